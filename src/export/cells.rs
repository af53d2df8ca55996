//! The columns of a batch of rows by their types, found once for all rows.

use arrow::array::{
    Array, BooleanArray, Float32Array, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray,
};

use super::{Column, ColumnKind, ExportError};

/// The values of a column.
pub(super) enum Cells<'a> {
    Boolean(&'a BooleanArray),
    Int32(&'a Int32Array),
    Int64(&'a Int64Array),
    Float32(&'a Float32Array),
    Float64(&'a Float64Array),
    Text(&'a StringArray),
    Json(&'a StringArray),
}

impl<'a> Cells<'a> {
    /// The columns of a batch, which has to be of these columns; `format` is who asks, and holds no lists.
    pub fn of(
        format: &'static str,
        columns: &[Column],
        batch: &'a RecordBatch,
    ) -> Result<Vec<Cells<'a>>, ExportError> {
        if columns.len() != batch.num_columns() {
            return Err(ExportError::Rows {
                words: format!("{} columns, not {}", batch.num_columns(), columns.len()),
            });
        }
        let pairs = columns.iter().zip(batch.columns());
        pairs
            .map(|(column, array)| Cells::of_column(format, column, array.as_ref()))
            .collect()
    }

    fn of_column(
        format: &'static str,
        column: &Column,
        array: &'a dyn Array,
    ) -> Result<Cells<'a>, ExportError> {
        let array = array.as_any();
        let cells = match &column.kind {
            ColumnKind::Boolean => array.downcast_ref().map(Cells::Boolean),
            ColumnKind::Int32 => array.downcast_ref().map(Cells::Int32),
            ColumnKind::Int64 => array.downcast_ref().map(Cells::Int64),
            ColumnKind::Float32 => array.downcast_ref().map(Cells::Float32),
            ColumnKind::Float64 => array.downcast_ref().map(Cells::Float64),
            ColumnKind::Text => array.downcast_ref().map(Cells::Text),
            ColumnKind::Json => array.downcast_ref().map(Cells::Json),
            ColumnKind::List(_) | ColumnKind::Nested(_) => {
                return Err(no_lists(format, &column.name));
            }
        };
        cells.ok_or_else(|| ExportError::Rows {
            words: format!("column {:?} is of another type", column.name),
        })
    }

    pub fn is_null(&self, row: usize) -> bool {
        match self {
            Cells::Boolean(array) => array.is_null(row),
            Cells::Int32(array) => array.is_null(row),
            Cells::Int64(array) => array.is_null(row),
            Cells::Float32(array) => array.is_null(row),
            Cells::Float64(array) => array.is_null(row),
            Cells::Text(array) | Cells::Json(array) => array.is_null(row),
        }
    }
}

/// That a format has no lists.
pub(super) fn no_lists(format: &'static str, column: &str) -> ExportError {
    ExportError::Unrepresentable {
        format,
        what: format!("the lists of column {column:?}"),
        advice: "use Parquet for nested tables, or `--layout flat`",
    }
}
