//! Apache Parquet with what is known of the table in its metadata.
//!
//! The key `IVOA.VOTable-Parquet.content` holds a VOTable without data (VOParquet 1.0), the facts stand under their own names with
//! `retriever.` before them, units and descriptions on Arrow's fields too.

use std::io::Write;

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{KeyValue, ParquetMetaData};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use super::{Column, ColumnKind, Description, ExportError, RowWriter, votable_header};

/// Encoded bytes of a row group, which is what the writer keeps in memory.
const GROUP: usize = 32 << 20;

pub(super) struct ParquetWriter<W: Write + Send> {
    writer: ArrowWriter<W>,
}

impl<W: Write + Send> ParquetWriter<W> {
    pub fn begin(description: &Description, out: W) -> Result<Self, ExportError> {
        let properties = properties(description);
        let writer = ArrowWriter::try_new(out, description.schema(), Some(properties))?;
        Ok(ParquetWriter { writer })
    }

    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), ExportError> {
        self.writer.write(batch)?;
        if self.writer.in_progress_size() > GROUP {
            self.writer.flush()?;
        }
        Ok(())
    }

    /// The same as [`RowWriter::finish`], and where all of it lies.
    pub fn close(self) -> Result<ParquetMetaData, ExportError> {
        Ok(self.writer.close()?)
    }
}

impl<W: Write + Send> RowWriter for ParquetWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ExportError> {
        self.push(batch)
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        self.close().map(|_| ())
    }
}

fn properties(description: &Description) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(key_values(description)));
    for column in &description.columns {
        builder = without_dictionaries(builder, column, Vec::new());
    }
    builder.build()
}

/// Floats hardly repeat: a dictionary of them is work for nothing.
fn without_dictionaries(
    builder: WriterPropertiesBuilder,
    column: &Column,
    above: Vec<String>,
) -> WriterPropertiesBuilder {
    let mut path = above;
    path.push(column.name.clone());
    let is_float = |kind: &ColumnKind| matches!(kind, ColumnKind::Float32 | ColumnKind::Float64);
    match &column.kind {
        ColumnKind::Nested(columns) => columns.iter().fold(builder, |builder, column| {
            let list = Column {
                kind: ColumnKind::List(Box::new(column.kind.clone())),
                ..column.clone()
            };
            without_dictionaries(builder, &list, path.clone())
        }),
        ColumnKind::List(item) if is_float(item) => {
            path.extend(["list".to_owned(), "item".to_owned()]);
            builder.set_column_dictionary_enabled(ColumnPath::new(path), false)
        }
        kind if is_float(kind) => {
            builder.set_column_dictionary_enabled(ColumnPath::new(path), false)
        }
        _ => builder,
    }
}

/// What stands in the file's metadata.
pub(super) fn key_values(description: &Description) -> Vec<KeyValue> {
    let mut pairs = vec![
        ("retriever.table".to_owned(), description.name.clone()),
        (
            "retriever.description".to_owned(),
            description.title.clone(),
        ),
    ];
    for fact in &description.facts {
        pairs.push((format!("retriever.{}", fact.name), fact.value.clone()));
    }
    // VOTable has no word for a table in a cell
    let nested = |column: &Column| matches!(column.kind, ColumnKind::Nested(_));
    if !description.columns.iter().any(nested) {
        let header = votable_header::head(description) + votable_header::TAIL;
        for (key, value) in [
            ("IVOA.VOTable-Parquet.version", "1.0"),
            ("IVOA.VOTable-Parquet.type", "Parquet-local-XML"),
            ("IVOA.VOTable-Parquet.encoding", "utf-8"),
            ("IVOA.VOTable-Parquet.content", header.as_str()),
        ] {
            pairs.push((key.to_owned(), value.to_owned()));
        }
    }
    let pairs = pairs.into_iter();
    pairs
        .map(|(key, value)| KeyValue::new(key, value))
        .collect()
}
