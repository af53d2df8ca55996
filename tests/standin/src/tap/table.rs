//! Tables that queries can select from: columns with a type, rows of values.

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum TapValue {
    Null,
    Integer(i64),
    Number(f64),
    Boolean(bool),
    Text(String),
}

impl From<i64> for TapValue {
    fn from(value: i64) -> TapValue {
        TapValue::Integer(value)
    }
}

impl From<f64> for TapValue {
    fn from(value: f64) -> TapValue {
        TapValue::Number(value)
    }
}

impl From<bool> for TapValue {
    fn from(value: bool) -> TapValue {
        TapValue::Boolean(value)
    }
}

impl From<&str> for TapValue {
    fn from(value: &str) -> TapValue {
        TapValue::Text(value.to_owned())
    }
}

impl From<String> for TapValue {
    fn from(value: String) -> TapValue {
        TapValue::Text(value)
    }
}

impl<T: Into<TapValue>> From<Option<T>> for TapValue {
    fn from(value: Option<T>) -> TapValue {
        value.map_or(TapValue::Null, Into::into)
    }
}

impl TapValue {
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            TapValue::Integer(value) => Some(*value as f64),
            TapValue::Number(value) => Some(*value),
            _ => None,
        }
    }
}

/// Type of a column, as VOTable knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TapType {
    Boolean,
    Short,
    Int,
    Long,
    Float,
    Double,
    Text,
    /// Text of two bytes a character (`unicodeChar`).
    Unicode,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TapColumn {
    pub name: String,
    pub kind: TapType,
    pub unit: String,
    pub description: String,
}

impl TapColumn {
    /// A column without a unit or a description.
    pub fn new(name: &str, kind: TapType) -> TapColumn {
        TapColumn {
            name: name.to_owned(),
            kind,
            unit: String::new(),
            description: String::new(),
        }
    }

    /// The same in a unit.
    #[must_use]
    pub fn unit(mut self, unit: &str) -> TapColumn {
        unit.clone_into(&mut self.unit);
        self
    }

    /// The same with a description.
    #[must_use]
    pub fn described(mut self, description: &str) -> TapColumn {
        description.clone_into(&mut self.description);
        self
    }
}

/// Columns and rows, whether stored or found.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Table {
    pub(crate) columns: Vec<TapColumn>,
    pub(crate) rows: Vec<Vec<TapValue>>,
}
