//! The limits of numbers, lists and texts, as the schema of a parameter states them.

use std::fmt;

use serde_json::{Map, Number, Value};

use super::deserialize::found;
use super::shape::{Field, Shape};
use super::{Node, NodeValue, ParameterError};

/// From where to where a number may go. With a display in words: `0.1 to 600`, `at least 0`, `above 0 and below 1`.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The smallest value.
    pub minimum: Option<Bound>,
    /// The largest value.
    pub maximum: Option<Bound>,
}

/// One end of a [`Range`].
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// The limit itself.
    pub value: Number,
    /// The end itself is not allowed.
    pub exclusive: bool,
}

impl Range {
    /// The range that a schema states, if it states one.
    pub(super) fn of(schema: &Map<String, Value>) -> Option<Self> {
        let bound = |inclusive, exclusive| {
            let number = |keyword, exclusive| match schema.get(keyword) {
                Some(Value::Number(value)) => Some(Bound {
                    value: value.clone(),
                    exclusive,
                }),
                _ => None,
            };
            number(exclusive, true).or_else(|| number(inclusive, false))
        };
        let range = Range {
            minimum: bound("minimum", "exclusiveMinimum"),
            maximum: bound("maximum", "exclusiveMaximum"),
        };
        (range.minimum.is_some() || range.maximum.is_some()).then_some(range)
    }

    fn holds(&self, node: &Node) -> bool {
        let (exact, approximate) = match &node.value {
            NodeValue::Integer(value) => (Some(*value), *value as f64),
            NodeValue::Float(value) if value.is_finite() => (None, *value),
            _ => return true,
        };
        let order = |bound: &Bound| match (exact, bound.value.as_i128()) {
            (Some(value), Some(bound)) => Some(value.cmp(&bound)),
            _ => approximate.partial_cmp(&bound.value.as_f64().unwrap_or(f64::NAN)),
        };
        let above = |bound: &Bound| {
            order(bound).is_some_and(|o| o.is_gt() || (!bound.exclusive && o.is_eq()))
        };
        let below = |bound: &Bound| {
            order(bound).is_some_and(|o| o.is_lt() || (!bound.exclusive && o.is_eq()))
        };
        self.minimum.as_ref().is_none_or(above) && self.maximum.as_ref().is_none_or(below)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let low = self.minimum.as_ref().map(|bound| {
            let word = if bound.exclusive { "above" } else { "at least" };
            (word, short(&bound.value))
        });
        let high = self.maximum.as_ref().map(|bound| {
            let word = if bound.exclusive { "below" } else { "at most" };
            (word, short(&bound.value))
        });
        match (low, high) {
            (Some(("at least", low)), Some(("at most", high))) => write!(f, "{low} to {high}"),
            (Some((above, low)), Some((below, high))) => {
                write!(f, "{above} {low} and {below} {high}")
            }
            (Some((word, end)), None) | (None, Some((word, end))) => write!(f, "{word} {end}"),
            (None, None) => f.write_str("any"),
        }
    }
}

/// A number without the `.0` that a float has in JSON.
fn short(number: &Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// Finds what is outside its limits; `place` is the path of the mapping, `node` has its own names only.
pub(super) fn check(shape: &Shape, node: &Node, place: &str, errors: &mut Vec<ParameterError>) {
    for (key, value) in node.entries() {
        let Some(field) = shape.field(&key.name) else {
            continue;
        };
        let name = join(place, &field.name);
        match &field.inner {
            Some(inner) => check(inner, value, &name, errors),
            None => check_value(&field.schema, unit(field), value, &name, errors),
        }
    }
}

/// A name within the path of a mapping.
pub(super) fn join(place: &str, name: &str) -> String {
    match place {
        "" => name.to_owned(),
        place => format!("{place}.{name}"),
    }
}

fn unit(field: &Field) -> &str {
    field.word("unit").unwrap_or("")
}

fn check_value(
    schema: &Map<String, Value>,
    unit: &str,
    node: &Node,
    name: &str,
    errors: &mut Vec<ParameterError>,
) {
    if let Some(range) = Range::of(schema).filter(|range| !range.holds(node)) {
        errors.push(ParameterError::OutOfRange {
            origin: node.origin.clone(),
            name: name.to_owned(),
            range: format!("{range} {unit}").trim_end().to_owned(),
            found: found(node),
        });
    }
    check_length(schema, node, name, errors);
    match &node.value {
        NodeValue::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                let inner = match schema.get("prefixItems").and_then(|items| items.get(index)) {
                    Some(inner) => Some(inner),
                    None => schema.get("items"),
                };
                if let Some(Value::Object(inner)) = inner {
                    check_value(inner, unit, item, &format!("{name}[{index}]"), errors);
                }
            }
        }
        NodeValue::Mapping(entries) => {
            for (key, value) in entries {
                let property = schema.get("properties").and_then(|p| p.get(&key.name));
                let inner = property.or_else(|| schema.get("additionalProperties"));
                if let Some(Value::Object(inner)) = inner {
                    check_value(inner, unit, value, &join(name, &key.name), errors);
                }
            }
        }
        _ => {}
    }
}

fn check_length(
    schema: &Map<String, Value>,
    node: &Node,
    name: &str,
    errors: &mut Vec<ParameterError>,
) {
    let (length, least, most, things) = match &node.value {
        NodeValue::Text(text) => (text.chars().count(), "minLength", "maxLength", "characters"),
        NodeValue::Sequence(items) => (items.len(), "minItems", "maxItems", "items"),
        NodeValue::Mapping(entries) => (entries.len(), "minProperties", "maxProperties", "names"),
        _ => return,
    };
    let limit = |keyword| schema.get(keyword).and_then(Value::as_u64);
    let length = length as u64;
    let range = match (limit(least), limit(most)) {
        (Some(least), Some(most)) if things == "items" && least == most && length != least => {
            format!("a list of {least}")
        }
        (Some(least), _) if length < least => format!("at least {least} {things}"),
        (_, Some(most)) if length > most => format!("at most {most} {things}"),
        _ => return,
    };
    errors.push(ParameterError::OutOfRange {
        origin: node.origin.clone(),
        name: name.to_owned(),
        range,
        found: format!("{length} {things}"),
    });
}
