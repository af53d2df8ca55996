//! Rows of the database, which come as JSON objects, as batches.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, ListArray, RecordBatch,
    StringBuilder, StructArray,
};
use arrow::buffer::OffsetBuffer;
use serde_json::{Map, Value};

use super::description::{item_field, nested_fields, schema};
use super::hats::HEALPIX_COLUMN;
use super::{Column, ColumnKind, ExportError, Layout, tables};

type Row = Map<String, Value>;

/// The key under which properties have those of each filter.
const FILTERS: &str = "filters";

/// What a row of a filter has of its source; the last one in a HATS collection only.
const OF_SOURCE: [&str; 5] = ["source_name", "ra", "dec", "clock", HEALPIX_COLUMN];

/// Numbers of rows: they differ from database to database.
const ROW_NUMBERS: [&str; 3] = ["id", "project_id", "source_id"];

/// A table of the database that can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowTable {
    /// A row for each target that the project has taken up.
    Sources,
    /// A row for each event that was found, also in lightcurves with a simulated event.
    Detections,
    /// Nested: a row for each source, with its filters as a table in a cell or as JSON. Flat: a row for each source and
    /// filter.
    Properties(Layout),
}

impl RowTable {
    /// One word, as [`Description::name`](super::Description::name) has it; the same in both layouts.
    pub fn name(self) -> &'static str {
        match self {
            RowTable::Sources => "sources",
            RowTable::Detections => "detections",
            RowTable::Properties(_) => "properties",
        }
    }

    /// What its rows are, as [`Description::title`](super::Description::title) has it; it depends on the layout.
    pub fn title(self) -> &'static str {
        match self {
            RowTable::Sources => "targets that the project has taken up",
            RowTable::Detections => {
                "what happened to the sources, in lightcurves as observed and with simulated events"
            }
            RowTable::Properties(Layout::Nested) => "numbers that describe each source",
            RowTable::Properties(Layout::Flat) => {
                "numbers that describe each source in each filter"
            }
        }
    }

    /// The columns; in a format without lists those of the filters are JSON.
    pub fn columns(self, has_lists: bool) -> Vec<Column> {
        use tables::columns;
        match self {
            RowTable::Sources => columns(tables::SOURCES, tables::SOURCES_NULLABLE),
            RowTable::Detections => columns(tables::DETECTIONS, tables::DETECTIONS_NULLABLE),
            RowTable::Properties(Layout::Flat) => {
                let of_source = columns(tables::PROPERTIES, tables::PROPERTIES_NULLABLE);
                let is_kept = |column: &Column| OF_SOURCE.contains(&column.name.as_str());
                let of_filter = columns(tables::FILTERS, tables::FILTERS_NULLABLE);
                of_source
                    .into_iter()
                    .filter(is_kept)
                    .chain(of_filter)
                    .collect()
            }
            RowTable::Properties(Layout::Nested) => {
                let mut all = columns(tables::PROPERTIES, tables::PROPERTIES_NULLABLE);
                let nested = ColumnKind::Nested(columns(tables::FILTERS, tables::FILTERS_NULLABLE));
                let (kind, words) = match has_lists {
                    true => (nested, "the same numbers in each filter"),
                    false => (ColumnKind::Json, "the same numbers in each filter, as JSON"),
                };
                all.push(Column::new(FILTERS, kind, "", words));
                all
            }
        }
    }

    /// Rows of the table, which may be more than those of the database: see [`RowTable::Properties`].
    ///
    /// # Errors
    /// [`ExportError::Rows`] if a value is missing or of another type.
    pub fn batch(self, columns: &[Column], rows: &[Row]) -> Result<RecordBatch, ExportError> {
        match self {
            RowTable::Properties(Layout::Flat) => {
                let flat: Vec<Row> = rows.iter().flat_map(rows_of_filters).collect();
                batch(columns, &flat)
            }
            RowTable::Properties(Layout::Nested) => {
                let rows: Vec<Row> = rows.iter().map(without_row_numbers).collect();
                batch(columns, &rows)
            }
            _ => batch(columns, rows),
        }
    }
}

/// A row for each filter, with what the source has.
fn rows_of_filters(source: &Row) -> Vec<Row> {
    let filters = source.get(FILTERS).and_then(Value::as_array);
    let filters = filters.into_iter().flatten().filter_map(Value::as_object);
    filters
        .map(|filter| {
            let mut row = filter.clone();
            for name in OF_SOURCE {
                let value = source.get(name).cloned().unwrap_or_default();
                row.insert(name.to_owned(), value);
            }
            row
        })
        .collect()
}

/// The same source, its filters without the numbers that they have in the database.
fn without_row_numbers(source: &Row) -> Row {
    let mut source = source.clone();
    let filters = source.get_mut(FILTERS).and_then(Value::as_array_mut);
    for filter in filters.into_iter().flatten() {
        if let Some(filter) = filter.as_object_mut() {
            filter.retain(|name, _| !ROW_NUMBERS.contains(&name.as_str()));
        }
    }
    source
}

fn batch(columns: &[Column], rows: &[Row]) -> Result<RecordBatch, ExportError> {
    let arrays: Result<Vec<ArrayRef>, ExportError> = columns
        .iter()
        .map(|column| {
            let values: Vec<Option<&Value>> =
                rows.iter().map(|row| row.get(&column.name)).collect();
            array(column, &values)
        })
        .collect();
    Ok(RecordBatch::try_new(schema(columns), arrays?)?)
}

fn array(column: &Column, values: &[Option<&Value>]) -> Result<ArrayRef, ExportError> {
    let present = |value: &Option<&Value>| value.is_some_and(|value| !value.is_null());
    let values = values
        .iter()
        .map(|value| if present(value) { *value } else { None });
    // appends each value as `read` finds it; one that is there and is not found is a fault
    macro_rules! gather {
        ($builder:expr, $read:expr) => {{
            let mut builder = $builder;
            for value in values {
                let read = value.map(|value| $read(value).ok_or_else(|| mistyped(column, value)));
                builder.append_option(read.transpose()?);
            }
            Arc::new(builder.finish()) as ArrayRef
        }};
    }
    Ok(match &column.kind {
        ColumnKind::Boolean => gather!(BooleanBuilder::new(), Value::as_bool),
        ColumnKind::Int32 => gather!(Int32Builder::new(), |value: &Value| {
            i32::try_from(value.as_i64()?).ok()
        }),
        ColumnKind::Int64 => gather!(Int64Builder::new(), Value::as_i64),
        ColumnKind::Float32 | ColumnKind::Float64 => gather!(Float64Builder::new(), Value::as_f64),
        ColumnKind::Text => gather!(StringBuilder::new(), Value::as_str),
        ColumnKind::Json => gather!(StringBuilder::new(), |value: &Value| Some(
            value.to_string()
        )),
        ColumnKind::Nested(columns) => {
            let lists: Vec<&[Value]> = values.map(items).collect();
            Arc::new(nested(columns, &lists)?)
        }
        ColumnKind::List(_) => {
            return Err(ExportError::Rows {
                words: format!("rows have no list {:?}", column.name),
            });
        }
    })
}

fn items(value: Option<&Value>) -> &[Value] {
    let items = value.and_then(Value::as_array);
    items.map_or(&[], Vec::as_slice)
}

/// A list of objects in each row becomes an object of lists.
fn nested(columns: &[Column], lists: &[&[Value]]) -> Result<StructArray, ExportError> {
    let arrays: Result<Vec<ArrayRef>, ExportError> = columns
        .iter()
        .map(|column| {
            let inner = lists.iter().copied().flatten();
            let values: Vec<Option<&Value>> = inner.map(|value| value.get(&column.name)).collect();
            let values = array(column, &values)?;
            let offsets = OffsetBuffer::from_lengths(lists.iter().map(|list| list.len()));
            let list = ListArray::new(item_field(&column.kind), offsets, values, None);
            Ok(Arc::new(list) as ArrayRef)
        })
        .collect();
    Ok(StructArray::try_new(nested_fields(columns), arrays?, None)?)
}

fn mistyped(column: &Column, value: &Value) -> ExportError {
    ExportError::Rows {
        words: format!("column {:?} holds {value}", column.name),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_of_rows_are_left_out_of_filters() {
        let source = json!({"source_name": "a", "filters": [
            {"id": 7, "source_id": 7, "filter": "zg", "period": 1.5}, {"id": 8, "source_id": 7, "filter": "zr"},
        ]});
        let source = source.as_object().cloned().unwrap_or_default();
        let left = json!({"source_name": "a", "filters": [{"filter": "zg", "period": 1.5}, {"filter": "zr"}]});
        assert_eq!(Value::Object(without_row_numbers(&source)), left);
    }
}
