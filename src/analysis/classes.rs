//! Classes of one kind by name, each with its own parameters.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::AnalysisError;
use crate::parameters::{
    Description, Node, Origin, ParameterError, ParameterErrors, Parameters, Shown, Suggestion,
    canonical, describe, json_schema, known_names, read, show,
};

/// The key that says which class.
const CLASS: &str = "class";

/// All classes of a kind; the first is taken where none is named.
pub(super) struct Classes<T: ?Sized, With = ()> {
    entries: Vec<Class<T, With>>,
}

struct Class<T: ?Sized, With> {
    name: String,
    known: Vec<String>,
    read: fn(&str, &Node) -> Result<Read, ParameterErrors>,
    build: Box<Build<T, With>>,
    describe: fn() -> Vec<Description>,
    schema: fn() -> Value,
}

/// Makes an object of its section.
type Build<T, With> = dyn Fn(&Node, With) -> Result<Arc<T>, AnalysisError> + Send + Sync;

/// What reading the own parameters of a class gives.
struct Read {
    canonical: Value,
    rows: Vec<Shown>,
}

/// A class with its parameters, read and checked.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub name: String,
    /// All parameters that can change results, and the class.
    pub canonical: Value,
    /// The class and its parameters with their final values and where each comes from.
    pub rows: Vec<Shown>,
    own: Node,
}

/// The parameters of a class that has none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NoParameters {}

impl Parameters for NoParameters {}

/// What stands beside the own parameters of every class.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct ClassName {
    /// Which class; the others of the section are its parameters.
    class: Option<String>,
}

impl Parameters for ClassName {}

impl<T: ?Sized, With> Classes<T, With> {
    pub(super) fn new() -> Classes<T, With> {
        Classes {
            entries: Vec::new(),
        }
    }

    /// Adds a class; it takes the place of one of the same name.
    pub(super) fn add<P: Parameters>(
        &mut self,
        name: &str,
        new: impl Fn(P, With) -> Result<Arc<T>, AnalysisError> + Send + Sync + 'static,
    ) {
        let name = name.to_lowercase();
        let class = Class {
            known: known_names::<P>(),
            read: |place, section| {
                let parameters = read::<P>(place, section)?;
                Ok(Read {
                    canonical: canonical(&parameters),
                    rows: show(&parameters, section),
                })
            },
            build: Box::new(move |section, with| {
                let parameters = read::<P>("", section).map_err(|errors| AnalysisError::Other {
                    message: errors.to_string(),
                })?;
                new(parameters, with)
            }),
            describe: describe::<P>,
            schema: json_schema::<P>,
            name,
        };
        match (self.entries.iter_mut()).find(|other| other.name == class.name) {
            Some(place) => *place = class,
            None => self.entries.push(class),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|class| class.name.as_str())
    }

    /// Reads a section: which class, and its parameters. Names in `common` belong to all classes and are left alone.
    pub(super) fn read(
        &self,
        place: &str,
        section: &Node,
        common: &[String],
    ) -> Result<Chosen, ParameterErrors> {
        let (class, _) = section.split(&[CLASS]);
        let name = read::<ClassName>(place, &class)?.class;
        let class = self.class(name.as_deref(), section)?;
        let mut known = vec![CLASS.to_owned()];
        known.extend(class.known.iter().cloned());
        known.extend(common.iter().cloned());
        let mut errors = Vec::new();
        if let Err(unknown) = section.refuse_unknown("parameter", place, &known) {
            errors.extend(unknown.into_vec());
        }
        let (own, _) = section.split(&class.known);
        let read = (class.read)(place, &own).map_err(|more| errors.extend(more.into_vec()));
        ParameterErrors::check(errors)?;
        let read = read.expect("an error of reading is among the errors");
        let origin = section.get(CLASS).map(|node| node.origin.clone());
        let mut rows = vec![Shown {
            name: CLASS.to_owned(),
            value: Value::from(class.name.clone()),
            origin: origin.unwrap_or(Origin::Default),
        }];
        rows.extend(read.rows);
        let mut canonical = json!({ CLASS: class.name });
        if let (Value::Object(all), Value::Object(own)) = (&mut canonical, read.canonical) {
            all.extend(own);
        }
        Ok(Chosen {
            name: class.name.clone(),
            canonical,
            rows,
            own,
        })
    }

    pub(super) fn build(&self, chosen: &Chosen, with: With) -> Result<Arc<T>, AnalysisError> {
        let class = self.entries.iter().find(|class| class.name == chosen.name);
        let class = class.ok_or_else(|| AnalysisError::Other {
            message: format!("there is no class {:?}", chosen.name),
        })?;
        (class.build)(&chosen.own, with)
    }

    fn class(
        &self,
        name: Option<&str>,
        section: &Node,
    ) -> Result<&Class<T, With>, ParameterErrors> {
        let Some(name) = name else {
            return Ok(&self.entries[0]);
        };
        let found = self
            .entries
            .iter()
            .find(|class| class.name == name.trim().to_lowercase());
        found.ok_or_else(|| {
            let node = section.get(CLASS).unwrap_or(section);
            let error = ParameterError::UnknownWord {
                origin: node.origin.clone(),
                name: CLASS.to_owned(),
                found: name.to_owned(),
                suggestion: Suggestion::new(&name.trim().to_lowercase(), self.names()),
            };
            error.into()
        })
    }

    /// The section itself with what belongs to all classes, then each class that has parameters.
    pub(super) fn descriptions(
        &self,
        section: &str,
        common: Vec<Description>,
    ) -> Vec<(String, Vec<Description>)> {
        let mut class = describe::<ClassName>();
        for description in &mut class {
            description.words = self.names().map(str::to_owned).collect();
            description.kind = format!("one of {}", description.words.join(", "));
            description.default = self.names().next().map_or(Value::Null, Value::from);
        }
        class.extend(common);
        let mut sections = vec![(section.to_owned(), class)];
        for class in &self.entries {
            let own = (class.describe)();
            if !own.is_empty() {
                sections.push((format!("{section} of class {}", class.name), own));
            }
        }
        sections
    }

    /// A JSON schema with an alternative for each class; `common` is that of what belongs to all.
    pub(super) fn schema(&self, common: &Value) -> Value {
        let part = |schema: &Value, name: &str| match schema.get(name) {
            Some(Value::Object(entries)) => entries.clone(),
            _ => serde_json::Map::new(),
        };
        let mut definitions = part(common, "$defs");
        let mut alternatives = Vec::new();
        for (place, class) in self.entries.iter().enumerate() {
            let own = (class.schema)();
            definitions.extend(part(&own, "$defs"));
            let mut properties = part(common, "properties");
            properties.insert(CLASS.to_owned(), json!({ "const": class.name }));
            properties.extend(part(&own, "properties"));
            // only the class that is taken where none is named need not be named
            let required: &[&str] = if place == 0 { &[] } else { &[CLASS] };
            alternatives.push(json!({
                "title": class.name,
                "properties": properties,
                "required": required,
                "additionalProperties": false,
            }));
        }
        json!({ "type": "object", "anyOf": alternatives, "$defs": definitions })
    }
}

impl<T: ?Sized, With> fmt::Debug for Classes<T, With> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}
