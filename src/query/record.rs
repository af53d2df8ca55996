//! A row that comes out.

use std::ops::Index;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// A row: a value for each of the table's own columns, in its order. As JSON it is an object.
///
/// Its names are shared with all other rows of the same answer, so that a million of them are cheap.
///
/// ```
/// # use retriever::query::Record;
/// # use serde_json::json;
/// let row = Record::new(["snr", "filter"].into(), vec![json!(8.5), json!(null)]);
/// assert_eq!(row["snr"], 8.5);
/// assert!(row["filter"].is_null() && row.get("flux").is_none());
/// assert_eq!(serde_json::to_string(&row)?, r#"{"snr":8.5,"filter":null}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    names: Arc<[&'static str]>,
    values: Vec<Value>,
}

impl Record {
    /// Of as many values as names.
    pub fn new(names: Arc<[&'static str]>, values: Vec<Value>) -> Record {
        debug_assert_eq!(names.len(), values.len());
        Record { names, values }
    }

    /// The value of a column; none if the table has no such column.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let place = self.names.iter().position(|known| *known == name)?;
        self.values.get(place)
    }

    /// In the order of the table.
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// In the same order; null where there is none.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Names with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.names.iter().copied().zip(&self.values)
    }

    /// The same as a JSON object.
    pub fn into_object(self) -> Map<String, Value> {
        let names = self.names.iter().map(|name| (*name).to_owned());
        names.zip(self.values).collect()
    }
}

/// A column that the table does not have is null, as in [`serde_json::Value`].
impl Index<&str> for Record {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.names.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
