//! Parquet, compressed, missing numbers as null.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::catalog::Catalog;

pub(super) fn write(catalog: &Catalog, path: &Path) -> io::Result<()> {
    let mut columns: Vec<(&str, ArrayRef)> = Vec::new();
    for (name, texts) in catalog.text_columns() {
        let array = StringArray::from_iter_values(texts.iter());
        columns.push((name, Arc::new(array)));
    }
    for column in catalog.number_columns() {
        let values = column
            .values
            .iter()
            .map(|&value| (!value.is_nan()).then_some(value));
        columns.push((column.name, Arc::new(values.collect::<Float64Array>())));
    }
    let batch = RecordBatch::try_from_iter(columns).map_err(io::Error::other)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}
