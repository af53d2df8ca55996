//! What a parameter struct says about itself: names, aliases, units, limits, defaults.
//!
//! Names, meaning, units and limits come from its JSON schema, defaults from its `Default`, aliases from serde.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::deserialize::{KnownNames, NodeReader};
use super::fault::{Fault, FaultKind, Path};
use super::{Node, Origin, Parameters};

/// How deep structs may stand in structs; ends the walk of a type that contains itself.
const MAX_NESTING: usize = 8;

/// The names of one struct.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub fields: Vec<Field>,
    /// Takes names beside its fields: a struct with a flattened map in it.
    pub open: bool,
}

/// One parameter.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub name: String,
    pub aliases: Vec<String>,
    /// The schema of its values, references resolved.
    pub schema: Map<String, Value>,
    pub default: Value,
    /// Can it change results?
    pub critical: bool,
    /// The parameters of a struct in the struct.
    pub inner: Option<Shape>,
}

impl Shape {
    /// The shape of a parameter struct.
    pub fn of<P: Parameters>() -> Self {
        let schema = schemars::schema_for!(P).to_value();
        let default = serde_json::to_value(P::default()).unwrap_or(Value::Null);
        let no_definitions = Map::new();
        let definitions = schema["$defs"].as_object().unwrap_or(&no_definitions);
        let root = schema.as_object().cloned().unwrap_or_default();
        let mut shape = Shape::from_schema(&root, &default, definitions, 0);
        let names = known_names::<P>(&shape);
        shape.add_aliases::<P>(&names, &mut Vec::new());
        shape
    }

    /// The field of a name or of an alias.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.name == name || field.aliases.iter().any(|alias| alias == name))
    }

    /// All names, aliases after their own.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().flat_map(|field| {
            std::iter::once(field.name.as_str()).chain(field.aliases.iter().map(String::as_str))
        })
    }

    fn from_schema(
        schema: &Map<String, Value>,
        default: &Value,
        definitions: &Map<String, Value>,
        depth: usize,
    ) -> Self {
        let fields = schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, property)| {
                Field::from_schema(name, property, default.get(name), definitions, depth)
            })
            .collect();
        let open = !matches!(
            schema.get("additionalProperties"),
            None | Some(Value::Bool(false))
        );
        Shape { fields, open }
    }

    /// Learns from serde which names beside the schema's are taken, and for what.
    fn add_aliases<P: Parameters>(&mut self, names: &Names, path: &mut Path) {
        let unexplained: Vec<&str> = names
            .get(path)
            .into_iter()
            .flat_map(|names| names.iter().copied())
            .filter(|name| self.field(name).is_none())
            .collect();
        for alias in unexplained {
            let owner = self
                .fields
                .iter()
                .position(|field| is_alias::<P>(path, alias, field));
            if let Some(owner) = owner {
                self.fields[owner].aliases.push(alias.to_owned());
            }
        }
        for field in &mut self.fields {
            if let Some(inner) = &mut field.inner {
                path.push(field.name.clone());
                inner.add_aliases::<P>(names, path);
                path.pop();
            }
        }
    }

    /// A value with every struct present, so that reading it visits them all.
    fn complete_default(&self) -> Value {
        self.fields
            .iter()
            .map(|field| (field.name.clone(), field.complete_default()))
            .collect::<Map<_, _>>()
            .into()
    }
}

impl Field {
    fn from_schema(
        name: &str,
        property: &Value,
        default: Option<&Value>,
        definitions: &Map<String, Value>,
        depth: usize,
    ) -> Self {
        let schema = resolve(property, definitions, 0);
        let default = default
            .filter(|default| !default.is_null())
            .or_else(|| schema.get("default"))
            .cloned()
            .unwrap_or(Value::Null);
        let inner = (depth < MAX_NESTING && schema.contains_key("properties"))
            .then(|| Shape::from_schema(&schema, &default, definitions, depth + 1));
        let aliases = schema
            .get("aliases")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        Field {
            name: name.to_owned(),
            aliases,
            critical: schema.get("critical") != Some(&Value::Bool(false)),
            schema,
            default,
            inner,
        }
    }

    fn complete_default(&self) -> Value {
        match (&self.inner, &self.default) {
            (Some(inner), _) => inner.complete_default(),
            (None, Value::Null) => plausible(&self.schema),
            (None, default) => default.clone(),
        }
    }

    /// A text of the schema.
    pub fn word(&self, keyword: &str) -> Option<&str> {
        self.schema.get(keyword).and_then(Value::as_str)
    }
}

/// A value of the right type for a field without default.
fn plausible(schema: &Map<String, Value>) -> Value {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.first().cloned().unwrap_or(Value::Null);
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => Value::from(""),
        Some("integer") => Value::from(0),
        Some("number") => Value::from(0.0),
        Some("boolean") => Value::from(false),
        Some("array") => Value::Array(Vec::new()),
        Some("object") => Value::Object(Map::new()),
        // A list of types has null in it.
        _ => Value::Null,
    }
}

/// Follows references and takes `null` out of the alternatives, so that the keywords stand in one place.
///
/// What stands beside a reference (the field's own meaning, unit, limits) wins over what the type says.
pub(super) fn resolve(
    schema: &Value,
    definitions: &Map<String, Value>,
    depth: usize,
) -> Map<String, Value> {
    let Some(own) = schema.as_object() else {
        return Map::new();
    };
    let target = if let Some(reference) = own.get("$ref").and_then(Value::as_str) {
        reference
            .strip_prefix("#/$defs/")
            .and_then(|name| definitions.get(name))
    } else {
        only_alternative(own)
    };
    let mut own = own.clone();
    let Some(target) = target.filter(|_| depth < MAX_NESTING) else {
        return with_inner_resolved(own, definitions, depth);
    };
    let nullable = own.contains_key("anyOf");
    for keyword in ["$ref", "anyOf", "allOf"] {
        own.shift_remove(keyword);
    }
    let mut merged = resolve(target, definitions, depth + 1);
    merged.extend(own);
    if nullable {
        merged.insert("nullable".to_owned(), Value::Bool(true));
    }
    merged
}

/// X of `anyOf: [X, null]` and of `allOf: [X]`.
fn only_alternative(schema: &Map<String, Value>) -> Option<&Value> {
    let alternatives = schema.get("anyOf").or_else(|| schema.get("allOf"))?;
    let mut real = alternatives
        .as_array()?
        .iter()
        .filter(|alternative| alternative["type"] != "null");
    match (real.next(), real.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

fn with_inner_resolved(
    mut schema: Map<String, Value>,
    definitions: &Map<String, Value>,
    depth: usize,
) -> Map<String, Value> {
    if depth >= MAX_NESTING {
        return schema;
    }
    for keyword in ["items", "additionalProperties"] {
        if let Some(inner @ Value::Object(_)) = schema.get_mut(keyword) {
            *inner = Value::Object(resolve(inner, definitions, depth + 1));
        }
    }
    let several = |inner: &mut Value| {
        *inner = Value::Object(resolve(inner, definitions, depth + 1));
    };
    if let Some(Value::Array(items)) = schema.get_mut("prefixItems") {
        items.iter_mut().for_each(several);
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.values_mut().for_each(several);
    }
    schema
}

type Names = BTreeMap<Path, &'static [&'static str]>;

/// What each struct in the parameters offers to serde as its names.
fn known_names<P: Parameters>(shape: &Shape) -> Names {
    let node = Node::new(shape.complete_default(), Origin::Default);
    let names = KnownNames::default();
    // A default that cannot be read back still told the names that were passed on the way.
    let _ = try_reading::<P>(&node, &names);
    names.into_inner()
}

fn try_reading<P: Parameters>(node: &Node, names: &KnownNames) -> Result<P, Fault> {
    P::deserialize(NodeReader {
        node,
        path: Path::new(),
        names,
    })
}

/// Serde does not tell which field an alias means, but it refuses a field that is given twice.
fn is_alias<P: Parameters>(path: &Path, alias: &str, field: &Field) -> bool {
    let mut node = Node::empty_mapping(Origin::Default);
    for name in [alias, &field.name] {
        let mut path: Vec<&str> = path.iter().map(String::as_str).collect();
        path.push(name);
        node.set(&path, field.complete_default(), Origin::Default);
    }
    let answer = try_reading::<P>(&node, &KnownNames::default());
    answer
        .is_err_and(|fault| matches!(*fault.kind, FaultKind::Duplicate(name) if name == field.name))
}
