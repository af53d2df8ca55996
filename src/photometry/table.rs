//! A table is a list of named columns of equal length; nothing in it is stored by row.

use std::collections::HashMap;
use std::fmt;

/// Columns of equal length, in the order of the archive.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    rows: usize,
}

/// One named column with its unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name, as the archive has it.
    pub name: String,
    /// Unit as text (`d`, `mag`, `deg`); empty for numbers without a unit and for text.
    pub unit: String,
    /// What it is, in words.
    pub description: String,
    /// One for each row.
    pub values: Values,
}

/// The values of a column, one type for all rows. A missing float is NaN.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers of 64 bits.
    Float64(Vec<f64>),
    /// Numbers of 32 bits.
    Float32(Vec<f32>),
    /// Whole numbers of 64 bits.
    Int64(Vec<i64>),
    /// Whole numbers of 32 bits.
    Int32(Vec<i32>),
    /// True or false.
    Boolean(Vec<bool>),
    /// Words.
    Text(Text),
}

/// Text by dictionary: survey tables repeat a few words (`zg`, `0xf`) thousands of times.
#[derive(Clone, Default)]
pub struct Text {
    words: Vec<String>,
    codes: Vec<u32>,
    index: HashMap<String, u32>,
}

/// A column that does not fit its table.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each says what its facts are
pub enum TableError {
    #[error("column {name:?} has {rows} rows, the table has {expected}")]
    Length {
        name: String,
        rows: usize,
        expected: usize,
    },
    #[error("column {name:?} is there twice")]
    Duplicate { name: String },
    #[error("there is no column {name:?}")]
    Missing { name: String },
    #[error("column {name:?} holds {found}, not {expected}")]
    Type {
        name: String,
        found: &'static str,
        expected: &'static str,
    },
}

impl Table {
    /// A table of these columns; they must be of equal length and have different names.
    pub fn new(columns: Vec<Column>) -> Result<Table, TableError> {
        let mut table = Table {
            rows: columns.first().map_or(0, |column| column.values.len()),
            columns: Vec::with_capacity(columns.len()),
        };
        for column in columns {
            table.push(column)?;
        }
        Ok(table)
    }

    /// Adds a column at the end.
    pub fn push(&mut self, column: Column) -> Result<(), TableError> {
        if self.columns.is_empty() {
            self.rows = column.values.len();
        }
        if column.values.len() != self.rows {
            return Err(TableError::Length {
                name: column.name,
                rows: column.values.len(),
                expected: self.rows,
            });
        }
        if self.column(&column.name).is_some() {
            return Err(TableError::Duplicate { name: column.name });
        }
        self.columns.push(column);
        Ok(())
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// True without a row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// All columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of that exact name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The values of a column as 64-bit floats, whatever its numeric type.
    pub fn floats(&self, name: &str) -> Result<Vec<f64>, TableError> {
        self.required(name)?
            .values
            .to_floats()
            .ok_or_else(|| self.mistyped(name, "numbers"))
    }

    /// The values of a column of 64-bit integers.
    pub fn integers(&self, name: &str) -> Result<&[i64], TableError> {
        match &self.required(name)?.values {
            Values::Int64(values) => Ok(values),
            _ => Err(self.mistyped(name, "64-bit integers")),
        }
    }

    /// The values of a text column.
    pub fn text(&self, name: &str) -> Result<&Text, TableError> {
        match &self.required(name)?.values {
            Values::Text(text) => Ok(text),
            _ => Err(self.mistyped(name, "text")),
        }
    }

    fn required(&self, name: &str) -> Result<&Column, TableError> {
        self.column(name).ok_or_else(|| TableError::Missing {
            name: name.to_owned(),
        })
    }

    fn mistyped(&self, name: &str, expected: &'static str) -> TableError {
        TableError::Type {
            name: name.to_owned(),
            found: self
                .column(name)
                .map_or("nothing", |column| column.values.kind()),
            expected,
        }
    }
}

impl Column {
    /// A column of these values.
    pub fn new(name: &str, unit: &str, description: &str, values: Values) -> Column {
        Column {
            name: name.to_owned(),
            unit: unit.to_owned(),
            description: description.to_owned(),
            values,
        }
    }

    /// The same column with only these rows, in this order.
    pub fn take(&self, rows: &[usize]) -> Column {
        Column {
            values: self.values.take(rows),
            ..self.clone_head()
        }
    }

    fn clone_head(&self) -> Column {
        Column::new(
            &self.name,
            &self.unit,
            &self.description,
            Values::Boolean(Vec::new()),
        )
    }
}

impl Values {
    /// How many values.
    pub fn len(&self) -> usize {
        match self {
            Values::Float64(values) => values.len(),
            Values::Float32(values) => values.len(),
            Values::Int64(values) => values.len(),
            Values::Int32(values) => values.len(),
            Values::Boolean(values) => values.len(),
            Values::Text(text) => text.len(),
        }
    }

    /// True without a value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type in words, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Values::Float64(_) => "64-bit floats",
            Values::Float32(_) => "32-bit floats",
            Values::Int64(_) => "64-bit integers",
            Values::Int32(_) => "32-bit integers",
            Values::Boolean(_) => "booleans",
            Values::Text(_) => "text",
        }
    }

    /// As 64-bit floats; none for text.
    pub fn to_floats(&self) -> Option<Vec<f64>> {
        Some(match self {
            Values::Float64(values) => values.clone(),
            Values::Float32(values) => values.iter().map(|&v| f64::from(v)).collect(),
            Values::Int64(values) => values.iter().map(|&v| v as f64).collect(),
            Values::Int32(values) => values.iter().map(|&v| f64::from(v)).collect(),
            Values::Boolean(values) => values.iter().map(|&v| f64::from(u8::from(v))).collect(),
            Values::Text(_) => return None,
        })
    }

    /// As 64-bit floats, without a copy if they are; none for text.
    pub fn into_floats(self) -> Option<Vec<f64>> {
        match self {
            Values::Float64(values) => Some(values),
            other => other.to_floats(),
        }
    }

    /// Only these rows, in this order.
    pub fn take(&self, rows: &[usize]) -> Values {
        fn pick<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|&row| values[row]).collect()
        }
        match self {
            Values::Float64(values) => Values::Float64(pick(values, rows)),
            Values::Float32(values) => Values::Float32(pick(values, rows)),
            Values::Int64(values) => Values::Int64(pick(values, rows)),
            Values::Int32(values) => Values::Int32(pick(values, rows)),
            Values::Boolean(values) => Values::Boolean(pick(values, rows)),
            Values::Text(text) => Values::Text(rows.iter().map(|&row| text.get(row)).collect()),
        }
    }
}

impl Text {
    /// Without a row.
    pub fn new() -> Text {
        Text::default()
    }

    /// Adds a row.
    pub fn push(&mut self, word: &str) {
        // most rows repeat the word before: comparing is cheaper than hashing
        let last = self.codes.last().copied();
        if let Some(code) = last.filter(|&code| self.words[code as usize] == word) {
            self.codes.push(code);
            return;
        }
        let code = match self.index.get(word) {
            Some(&code) => code,
            None => {
                let code =
                    u32::try_from(self.words.len()).expect("fewer than 2^32 different words");
                self.words.push(word.to_owned());
                self.index.insert(word.to_owned(), code);
                code
            }
        };
        self.codes.push(code);
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// True without a row.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The text of one row.
    ///
    /// # Panics
    /// If there is no such row, as a slice does.
    pub fn get(&self, row: usize) -> &str {
        &self.words[self.codes[row] as usize]
    }

    /// The word of each row.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.codes
            .iter()
            .map(|&code| self.words[code as usize].as_str())
    }

    /// The different words, in the order of their first appearance.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// For each row, the place of its word in [`Text::words`].
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

/// The texts themselves: the same for equal columns, however they are kept.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> FromIterator<&'a str> for Text {
    fn from_iter<I: IntoIterator<Item = &'a str>>(words: I) -> Text {
        let mut text = Text::new();
        for word in words {
            text.push(word);
        }
        text
    }
}
