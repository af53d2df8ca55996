//! Values as they were written, each with its origin.

use serde_json::{Map, Number, Value};

use super::Origin;

/// A value and where it was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: NodeValue,
    /// Where it stands.
    pub origin: Origin,
}

/// What a YAML or JSON value can be. A mapping keeps the order in which it was written; no name stands in it twice.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeValue {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// Wide enough for every 64-bit number, signed or not.
    Integer(i128),
    /// A number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    Sequence(Vec<Node>),
    /// Names with values, in their order.
    Mapping(Vec<(Key, Node)>),
}

/// The name in a mapping and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub origin: Origin,
}

impl Node {
    /// A value of a program or a flag: everything in it gets the same origin.
    pub fn new(value: impl Into<NodeValue>, origin: Origin) -> Self {
        let mut node = Node {
            value: value.into(),
            origin,
        };
        let origin = node.origin.clone();
        node.relocate(&origin);
        node
    }

    /// A mapping with nothing in it.
    pub fn empty_mapping(origin: Origin) -> Self {
        Node {
            value: NodeValue::Mapping(Vec::new()),
            origin,
        }
    }

    /// The pairs of a mapping in written order; none of anything else.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.value {
            NodeValue::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// A section of a project file in code, without a parameter: [`with`](Node::with) sets them.
    ///
    /// ```
    /// use retriever::parameters::Node;
    /// let section = Node::section().with("gap", 40.0).with("bands", vec!["g", "r"]);
    /// assert_eq!(section.to_json(), serde_json::json!({"gap": 40.0, "bands": ["g", "r"]}));
    /// ```
    pub fn section() -> Node {
        Node::empty_mapping(Origin::Builder)
    }

    /// The same section with a parameter set.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<NodeValue>) -> Node {
        self.set(&[name], value, Origin::Builder);
        self
    }

    /// The value under a name of a mapping.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|(_, node)| node)
    }

    /// The value at the end of a path of names.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, name| node.get(name))
    }

    /// The key and the value under a name of a mapping.
    pub fn entry(&self, name: &str) -> Option<(&Key, &Node)> {
        self.entries()
            .iter()
            .find(|(key, _)| key.name == name)
            .map(|(key, node)| (key, node))
    }

    /// Sets the value at the end of a path of names, making the mappings on the way.
    ///
    /// What stood there is replaced; anything but a mapping that stands in the way too. An empty path replaces the
    /// node itself.
    pub fn set(&mut self, path: &[&str], value: impl Into<NodeValue>, origin: Origin) {
        self.place(path, Node::new(value, origin));
    }

    fn place(&mut self, path: &[&str], value: Node) {
        let Some((name, rest)) = path.split_first() else {
            *self = value;
            return;
        };
        let origin = value.origin.clone();
        if !matches!(self.value, NodeValue::Mapping(_)) {
            *self = Node::empty_mapping(origin.clone());
        }
        let NodeValue::Mapping(entries) = &mut self.value else {
            return;
        };
        match entries.iter_mut().find(|(key, _)| key.name == *name) {
            Some((key, node)) => {
                if rest.is_empty() {
                    key.origin = origin;
                }
                node.place(rest, value);
            }
            None => {
                let key = Key {
                    name: (*name).to_owned(),
                    origin: origin.clone(),
                };
                let mut node = Node::empty_mapping(origin);
                node.place(rest, value);
                entries.push((key, node));
            }
        }
    }

    /// The same values as JSON. What JSON lacks (not-a-number, infinities) becomes null.
    pub fn to_json(&self) -> Value {
        match &self.value {
            NodeValue::Null => Value::Null,
            NodeValue::Bool(value) => Value::Bool(*value),
            NodeValue::Integer(value) => {
                Number::from_i128(*value).map_or_else(|| Value::from(*value as f64), Value::Number)
            }
            NodeValue::Float(value) => Value::from(*value),
            NodeValue::Text(text) => Value::String(text.clone()),
            NodeValue::Sequence(items) => items.iter().map(Node::to_json).collect(),
            NodeValue::Mapping(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, node)| (key.name.clone(), node.to_json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// What it is, in words for a message.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            NodeValue::Null => "null",
            NodeValue::Bool(_) => "a truth value",
            NodeValue::Integer(_) => "a whole number",
            NodeValue::Float(_) => "a number",
            NodeValue::Text(_) => "text",
            NodeValue::Sequence(_) => "a list",
            NodeValue::Mapping(_) => "a mapping",
        }
    }

    pub(super) fn relocate(&mut self, origin: &Origin) {
        self.origin = origin.clone();
        match &mut self.value {
            NodeValue::Sequence(items) => items.iter_mut().for_each(|item| item.relocate(origin)),
            NodeValue::Mapping(entries) => entries.iter_mut().for_each(|(key, node)| {
                key.origin = origin.clone();
                node.relocate(origin);
            }),
            _ => {}
        }
    }
}

/// Children of a value that has no place yet; [`Node::new`] gives them theirs.
fn unplaced(value: impl Into<NodeValue>) -> Node {
    Node {
        value: value.into(),
        origin: Origin::Builder,
    }
}

impl From<Value> for NodeValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => match number.as_i128() {
                Some(integer) => Self::Integer(integer),
                None => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Self::Text(text),
            Value::Array(items) => items.into(),
            Value::Object(entries) => Self::Mapping(
                entries
                    .into_iter()
                    .map(|(name, value)| {
                        let origin = Origin::Builder;
                        (Key { name, origin }, unplaced(value))
                    })
                    .collect(),
            ),
        }
    }
}

impl<T: Into<NodeValue>> From<Vec<T>> for NodeValue {
    fn from(items: Vec<T>) -> Self {
        Self::Sequence(items.into_iter().map(unplaced).collect())
    }
}

impl<T: Into<NodeValue>, const N: usize> From<[T; N]> for NodeValue {
    fn from(items: [T; N]) -> Self {
        Self::Sequence(items.into_iter().map(unplaced).collect())
    }
}

impl<T: Into<NodeValue>> From<Option<T>> for NodeValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<bool> for NodeValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for NodeValue {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for NodeValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for NodeValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i32> for NodeValue {
    fn from(value: i32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<u32> for NodeValue {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<i64> for NodeValue {
    fn from(value: i64) -> Self {
        Self::Integer(value.into())
    }
}

impl From<u64> for NodeValue {
    fn from(value: u64) -> Self {
        Self::Integer(value.into())
    }
}

impl From<usize> for NodeValue {
    fn from(value: usize) -> Self {
        // No machine has an address space that i128 cannot count.
        Self::Integer(value as i128)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn setting_a_path_makes_the_mappings_on_the_way_and_keeps_the_neighbours() {
        let mut node = Node::new(json!({"ztf": {"gap": 30}, "finder": 3}), Origin::Default);
        let flag = Origin::command_line("--set");
        node.set(&["ztf", "radius"], 2.5, flag.clone());
        node.set(&["finder", "class"], "snr", flag.clone());
        node.set(&["ztf", "gap"], 40, flag.clone());
        assert_eq!(
            node.to_json(),
            json!({"ztf": {"gap": 40, "radius": 2.5}, "finder": {"class": "snr"}})
        );
        assert_eq!(node.at(&["ztf", "gap"]).unwrap().origin, flag);
        assert_eq!(node.origin, Origin::Default);
    }

    #[test]
    fn everything_in_a_value_set_by_a_program_has_that_origin() {
        let node = Node::new(json!({"a": [1, {"b": null}]}), Origin::command_line("--x"));
        let list = node.get("a").unwrap();
        assert_eq!(list.origin, Origin::command_line("--x"));
        let NodeValue::Sequence(items) = &list.value else {
            panic!("{list:?}")
        };
        assert_eq!(items[1].entries()[0].0.origin, Origin::command_line("--x"));
    }

    #[test]
    fn integers_keep_all_64_bits() {
        for text in ["18446744073709551615", "-9223372036854775808"] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(Node::new(value.clone(), Origin::Builder).to_json(), value);
        }
    }
}
