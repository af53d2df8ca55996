//! Parquet: only the wanted columns are read from disk.

use std::fs::File;
use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{can_cast_types, cast};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, UInt64Type};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::caught::caught;
use super::{Cells, Choose, Head, RawTable, Sink};
use crate::catalog::CatalogError;
use crate::catalog::strings::Strings;

pub(super) fn read(path: &Path, choose: &mut Choose) -> Result<RawTable, CatalogError> {
    read_batches(path, choose, None)
}

/// The same, with the rows handed to `sink` as they come.
pub(super) fn pass(
    path: &Path,
    choose: &mut Choose,
    sink: &mut Sink,
) -> Result<RawTable, CatalogError> {
    read_batches(path, choose, Some(sink))
}

fn read_batches(
    path: &Path,
    choose: &mut Choose,
    sink: Option<&mut Sink>,
) -> Result<RawTable, CatalogError> {
    caught(|| decode_batches(path, choose, sink))
        .unwrap_or_else(|words| Err(CatalogError::malformed(path, "its pages", words)))
}

fn decode_batches(
    path: &Path,
    choose: &mut Choose,
    mut sink: Option<&mut Sink>,
) -> Result<RawTable, CatalogError> {
    let damaged = |place: &str, problem: String| CatalogError::malformed(path, place, problem);
    let file = File::open(path).map_err(|cause| CatalogError::unreadable(path, cause))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)
        .map_err(|error| damaged("its footer", error.to_string()))?;
    let schema = builder.schema().clone();
    let usable: Vec<usize> = (0..schema.fields().len())
        .filter(|&place| cell_type(schema.field(place).data_type()).is_some())
        .collect();
    let heads: Vec<Head> = usable
        .iter()
        .map(|&place| head(schema.field(place)))
        .collect();
    let wanted: Vec<usize> = choose(&heads)?
        .into_iter()
        .map(|place| usable[place])
        .collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
    let batches = builder
        .with_projection(mask)
        .build()
        .map_err(|error| damaged("its footer", error.to_string()))?;

    let mut table = RawTable {
        columns: wanted
            .iter()
            .map(|&place| no_cells(schema.field(place).data_type()))
            .collect(),
        ..RawTable::default()
    };
    // a batch has the wanted columns in the order of the file
    let mut in_file_order = wanted.clone();
    in_file_order.sort_unstable();
    for batch in batches {
        let place = format!("row {}", table.rows + 1);
        let batch = batch.map_err(|error| damaged(&place, error.to_string()))?;
        for (cells, column) in table.columns.iter_mut().zip(&wanted) {
            let position = in_file_order
                .binary_search(column)
                .expect("each wanted column was asked for");
            append(batch.column(position), cells).map_err(|problem| damaged(&place, problem))?;
        }
        table.rows += batch.num_rows();
        if let Some(sink) = &mut sink {
            sink(&table.columns)?;
            for cells in &mut table.columns {
                *cells = cells.emptied();
            }
        }
    }
    if let (Some(sink), 0) = (&mut sink, table.rows) {
        // a table without rows has columns all the same
        sink(&table.columns)?;
    }
    Ok(table)
}

/// Unit and meaning are where our own files, and those of IRSA, have them.
fn head(field: &Field) -> Head {
    let word = |key: &str| field.metadata().get(key).cloned().unwrap_or_default();
    Head {
        name: field.name().clone(),
        unit: word("unit"),
        description: word("description"),
    }
}

/// The type that a column is read as; none for lists, structures, times and the like.
fn cell_type(stored: &DataType) -> Option<DataType> {
    Some(match stored {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => DataType::Int64,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
            DataType::UInt64
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => DataType::Float64,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::LargeUtf8,
        DataType::Dictionary(_, inner) if can_cast_types(stored, inner) => return cell_type(inner),
        _ => return None,
    })
}

fn no_cells(stored: &DataType) -> Cells {
    match cell_type(stored) {
        Some(DataType::Int64) => Cells::Integer(Vec::new()),
        Some(DataType::UInt64) => Cells::Unsigned(Vec::new()),
        Some(DataType::Float64) => Cells::Float(Vec::new()),
        _ => Cells::Text(Strings::default()),
    }
}

fn append(array: &ArrayRef, cells: &mut Cells) -> Result<(), String> {
    let to =
        cell_type(array.data_type()).ok_or_else(|| format!("{} is no cell", array.data_type()))?;
    let array = cast(array, &to).map_err(|error| error.to_string())?;
    match cells {
        Cells::Float(values) => {
            let array = array.as_primitive::<Float64Type>();
            values.extend(array.iter().map(|value| value.unwrap_or(f64::NAN)));
        }
        Cells::Integer(values) => values.extend(array.as_primitive::<Int64Type>().iter()),
        Cells::Unsigned(values) => values.extend(array.as_primitive::<UInt64Type>().iter()),
        Cells::Text(texts) => {
            let array = array.as_string::<i64>();
            array
                .iter()
                .for_each(|text| texts.push(text.unwrap_or_default()));
        }
    }
    Ok(())
}
