//! Tables of the portal: named and typed columns, rows as JSON.

use serde_json::{Map, Value, json};

/// Name and declared type of a column. What is declared is not always what comes.
pub(crate) type Field = (&'static str, &'static str);

/// A row, by column name.
pub(crate) type Row = Map<String, Value>;

/// A number as the portal writes it: without a fraction if there is none, null if it is not one.
pub(crate) fn number(value: f64) -> Value {
    match value {
        v if !v.is_finite() => Value::Null,
        v if v.fract() == 0.0 && v.abs() < 1e15 => json!(v as i64),
        v => json!(v),
    }
}

/// All columns with their values, null where a value is missing.
pub(crate) fn row(
    fields: &[Field],
    values: impl IntoIterator<Item = (&'static str, Value)>,
) -> Row {
    let mut row: Row = fields
        .iter()
        .map(|(name, _)| ((*name).to_owned(), Value::Null))
        .collect();
    for (name, value) in values {
        row.insert(name.to_owned(), value);
    }
    row
}

/// Columns that were asked for: `*`, or names with commas. An unknown one is an error in the server's words.
pub(crate) fn select(fields: &[Field], columns: &str) -> Result<Vec<Field>, String> {
    if columns.trim() == "*" {
        return Ok(fields.to_vec());
    }
    columns
        .split(',')
        .map(|name| {
            let wanted = name.trim();
            let found = fields.iter().find(|(name, _)| *name == wanted);
            found
                .copied()
                .ok_or_else(|| format!("Invalid column name '{wanted}'."))
        })
        .collect()
}
