//! What can be set, for people (`config schema`) and for editors (JSON schema).

use std::fmt::Write;

use serde_json::{Map, Value};

use super::limits::join;
use super::shape::{Field, Shape};
use super::{Parameters, Range, to_yaml_line};

/// Width of [`describe_text`].
const WIDTH: usize = 96;

/// All that is to be known of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// With the names of the structs around it, joined by dots.
    pub name: String,
    /// What a value must be, in words: `number`, `list of text`, `text or null`, `one of snr, tess`.
    pub kind: String,
    /// Unit; none for pure numbers and words.
    pub unit: Option<String>,
    /// The value where nothing is set.
    pub default: Value,
    /// Limits; none if it has none.
    pub range: Option<Range>,
    /// The words to choose from; empty for anything but an enum.
    pub words: Vec<String>,
    /// The meaning, in one paragraph.
    pub doc: String,
    /// Other names that are understood.
    pub aliases: Vec<String>,
    /// Can it change results? Only such parameters are hashed.
    pub critical: bool,
}

/// The parameters of a struct, those of structs in it under dotted names, in the order of declaration.
pub fn describe<P: Parameters>() -> Vec<Description> {
    let mut descriptions = Vec::new();
    collect(&Shape::of::<P>(), "", true, &mut descriptions);
    descriptions
}

/// The names that a section may have, aliases after their own.
pub fn known_names<P: Parameters>() -> Vec<String> {
    Shape::of::<P>().names().map(str::to_owned).collect()
}

/// The JSON schema, for editors that complete and check YAML; aliases are in it, marked as deprecated.
pub fn json_schema<P: Parameters>() -> Value {
    let mut schema = schemars::schema_for!(P).to_value();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for field in Shape::of::<P>().fields {
            for alias in field.aliases {
                let mut property = properties.get(&field.name).cloned().unwrap_or_default();
                if let Some(property) = property.as_object_mut() {
                    property.insert("deprecated".to_owned(), Value::Bool(true));
                    property.shift_remove("default");
                }
                properties.insert(alias, property);
            }
        }
    }
    schema
}

/// The descriptions as text: a line of name, kind, default with unit and range for each, its meaning below.
pub fn describe_text(descriptions: &[Description]) -> String {
    let longest = |text: fn(&Description) -> &str| {
        let widths = descriptions.iter().map(|d| text(d).chars().count());
        widths.max().unwrap_or(0)
    };
    let name_width = longest(|description| &description.name);
    let kind_width = longest(|description| &description.kind).min(28);
    let mut out = String::new();
    for description in descriptions {
        let line = format!(
            "{:name_width$}  {:kind_width$}  {}",
            description.name,
            description.kind,
            default_and_range(description)
        );
        let _ = writeln!(out, "{}", line.trim_end());
        wrap(&meaning(description), 4, &mut out);
    }
    out
}

fn collect(shape: &Shape, place: &str, critical: bool, descriptions: &mut Vec<Description>) {
    for field in &shape.fields {
        let name = join(place, &field.name);
        let critical = critical && field.critical;
        match &field.inner {
            Some(inner) => collect(inner, &name, critical, descriptions),
            None => descriptions.push(description(field, name, critical)),
        }
    }
}

fn description(field: &Field, name: String, critical: bool) -> Description {
    Description {
        name,
        kind: kind(&field.schema),
        unit: field.word("unit").map(str::to_owned),
        default: field.default.clone(),
        range: range(&field.schema),
        words: words(&field.schema),
        doc: field
            .word("description")
            .unwrap_or("")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
        aliases: field.aliases.clone(),
        critical,
    }
}

/// The range of a number, or of each number in a list.
fn range(schema: &Map<String, Value>) -> Option<Range> {
    Range::of(schema).or_else(|| range(schema.get("items")?.as_object()?))
}

fn kind(schema: &Map<String, Value>) -> String {
    let words = words(schema);
    let inner = |keyword: &str| match schema.get(keyword) {
        Some(Value::Object(inner)) => kind(inner),
        _ => "values".to_owned(),
    };
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(only)) => vec![only],
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let named = types
        .iter()
        .filter(|name| **name != "null")
        .map(|name| match *name {
            "number" => "number".to_owned(),
            "integer" => "whole number".to_owned(),
            "boolean" => "true or false".to_owned(),
            "string" => "text".to_owned(),
            "array" => list_kind(schema, &inner("items")),
            _ => format!("names with {}", inner("additionalProperties")),
        });
    let mut kinds: Vec<String> = match words.as_slice() {
        [] => named.collect(),
        words => vec![format!("one of {}", words.join(", "))],
    };
    if kinds.is_empty() {
        kinds.push("any value".to_owned());
    }
    if types.contains(&"null") || schema.contains_key("nullable") {
        kinds.push("null".to_owned());
    }
    kinds.join(" or ")
}

fn list_kind(schema: &Map<String, Value>, items: &str) -> String {
    let limit = |keyword| schema.get(keyword).and_then(Value::as_u64);
    let items = match items {
        "number" => "numbers",
        "whole number" => "whole numbers",
        items => items,
    };
    match (limit("minItems"), limit("maxItems")) {
        (Some(least), Some(most)) if least == most => format!("list of {least} {items}"),
        _ => match items.strip_prefix("one of ") {
            Some(words) => format!("list of some of {words}"),
            None => format!("list of {items}"),
        },
    }
}

/// The words of an enum without contents, in whichever of its three forms the schema has them.
fn words(schema: &Map<String, Value>) -> Vec<String> {
    let word = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().filter_map(word).collect();
    }
    let alternatives = schema.get("oneOf").and_then(Value::as_array);
    alternatives
        .into_iter()
        .flatten()
        .flat_map(|alternative| match alternative.get("const") {
            Some(only) => word(only).into_iter().collect(),
            None => alternative.as_object().map(words).unwrap_or_default(),
        })
        .collect()
}

fn default_and_range(description: &Description) -> String {
    let mut text = to_yaml_line(&description.default);
    if let Some(unit) = description
        .unit
        .as_ref()
        .filter(|_| !description.default.is_null())
    {
        let _ = write!(text, " {unit}");
    }
    // The unit stands once: behind the default, or behind the range if there is no default.
    let unit = description
        .unit
        .as_deref()
        .filter(|_| description.default.is_null());
    let range = description.range.as_ref().map(Range::to_string);
    let limits: Vec<&str> = range.as_deref().into_iter().chain(unit).collect();
    if !limits.is_empty() {
        let _ = write!(text, "  ({})", limits.join(" "));
    }
    text
}

fn meaning(description: &Description) -> String {
    let mut text = description.doc.clone();
    if !description.aliases.is_empty() {
        let _ = write!(text, " Also: {}.", description.aliases.join(", "));
    }
    if !description.critical {
        text.push_str(" Does not change results.");
    }
    text
}

fn wrap(text: &str, indent: usize, out: &mut String) {
    let mut width = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > WIDTH {
            out.push('\n');
            width = 0;
        }
        if width == 0 {
            let _ = write!(out, "{:indent$}{word}", "");
            width = indent + length;
        } else {
            let _ = write!(out, " {word}");
            width += 1 + length;
        }
    }
    if width > 0 {
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::Finder;
    use super::*;

    fn named(name: &str) -> Description {
        let descriptions = describe::<Finder>();
        let found = descriptions.iter().find(|d| d.name == name);
        found
            .unwrap_or_else(|| panic!("{name}: {descriptions:#?}"))
            .clone()
    }

    #[test]
    fn name_meaning_unit_default_and_range_stand_once_on_the_field() {
        let threshold = named("snr_threshold");
        assert_eq!(threshold.kind, "number");
        assert_eq!(threshold.unit.as_deref(), Some("sigma"));
        assert_eq!(threshold.default, json!(5.0));
        assert_eq!(
            threshold.range.unwrap().to_string(),
            "above 0 and below 1000"
        );
        assert_eq!(
            threshold.doc,
            "Score above which an epoch is a detection; lower finds more, and more noise."
        );
        assert_eq!(threshold.aliases, ["threshold"]);
        assert!(threshold.critical);
        assert!(!named("url").critical);
    }

    #[test]
    fn kinds_are_words_that_an_astronomer_reads() {
        for (name, kind) in [
            ("num_kernels", "whole number"),
            ("kind", "one of snr, matched_filter"),
            ("rate_limit", "number or null"),
            ("limits", "list of 2 numbers"),
            ("words", "names with text"),
            ("password", "text or null"),
            ("nested.depth", "whole number"),
        ] {
            assert_eq!(named(name).kind, kind, "{name}");
        }
        assert_eq!(named("kind").words, ["snr", "matched_filter"]);
    }

    #[test]
    fn aliases_come_from_serde_also_in_structs_within() {
        assert_eq!(named("nested.depth").aliases, ["levels"]);
        assert_eq!(named("kind").aliases, ["class"]);
        assert_eq!(named("rate_limit").aliases, Vec::<String>::new());
        let names = known_names::<Finder>();
        assert!(
            names.contains(&"threshold".to_owned()) && names.contains(&"snr_threshold".to_owned())
        );
    }

    #[test]
    fn the_text_is_aligned_and_wrapped() {
        let text = describe_text(&describe::<Finder>());
        assert!(
            text.lines().all(|line| line.chars().count() <= WIDTH),
            "{text}"
        );
        let lines = [
            "snr_threshold   number                      5.0 sigma  (above 0 and below 1000)\n",
            "    Score above which an epoch is a detection; lower finds more, and more noise. Also:\n    threshold.\n",
            "rate_limit      number or null              null  (at least 0.1 1/s)\n",
            "limits          list of 2 numbers           [3.0, 20.0]  (at least 0)\n",
            "    Address of the service. Does not change results.\n",
        ];
        for line in lines {
            assert!(text.contains(line), "{line}{text}");
        }
    }

    #[test]
    fn editors_are_told_the_aliases_too() {
        let schema = json_schema::<Finder>();
        assert_eq!(schema["properties"]["threshold"]["deprecated"], true);
        assert_eq!(schema["properties"]["threshold"]["type"], "number");
        assert_eq!(schema["additionalProperties"], false);
    }
}
