//! Apache Parquet with what is known of the table in its metadata.
//!
//! The key `IVOA.VOTable-Parquet.content` holds a VOTable without data (VOParquet 1.0), the facts stand under their own names with
//! `retriever.` before them, units and descriptions on Arrow's fields too.

use std::io::Write;

use arrow::array::{RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{KeyValue, ParquetMetaData};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use super::votable_header::{self, Lengths};
use super::{Column, ColumnKind, Description, ExportError, RowWriter};

/// Encoded bytes of a row group, which is what the writer keeps in memory.
const GROUP: usize = 32 << 20;

pub(super) struct ParquetWriter<'a, W: Write + Send> {
    description: &'a Description,
    writer: ArrowWriter<W>,
    lengths: Lengths,
}

impl<'a, W: Write + Send> ParquetWriter<'a, W> {
    pub fn begin(description: &'a Description, out: W) -> Result<Self, ExportError> {
        let properties = properties(description);
        let writer = ArrowWriter::try_new(out, description.schema(), Some(properties))?;
        let texts = description
            .columns
            .iter()
            .filter(|column| column.kind.is_text());
        Ok(ParquetWriter {
            description,
            writer,
            lengths: texts.map(|column| (column.name.clone(), 0)).collect(),
        })
    }

    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), ExportError> {
        for (name, length) in &mut self.lengths {
            let column = batch.column_by_name(name).map(|column| column.as_any());
            let texts = column.and_then(|column| column.downcast_ref::<StringArray>());
            for text in texts.into_iter().flatten().flatten() {
                // a text has at most as many units as bytes
                if text.len() > *length {
                    *length = (*length).max(text.encode_utf16().count());
                }
            }
        }
        self.writer.write(batch)?;
        if self.writer.in_progress_size() > GROUP {
            self.writer.flush()?;
        }
        Ok(())
    }

    /// The same as [`RowWriter::finish`], and where all of it lies.
    pub fn close(mut self) -> Result<ParquetMetaData, ExportError> {
        for pair in votable_pairs(self.description, &self.lengths) {
            self.writer.append_key_value_metadata(pair);
        }
        Ok(self.writer.close()?)
    }
}

impl<W: Write + Send> RowWriter for ParquetWriter<'_, W> {
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

/// The facts, under their own names.
fn key_values(description: &Description) -> Vec<KeyValue> {
    let mut pairs = vec![
        KeyValue::new("retriever.table".to_owned(), description.name.clone()),
        KeyValue::new(
            "retriever.description".to_owned(),
            description.title.clone(),
        ),
    ];
    for fact in &description.facts {
        pairs.push(KeyValue::new(
            format!("retriever.{}", fact.name),
            fact.value.clone(),
        ));
    }
    pairs
}

/// The VOTable without data. It has no word for a table in a cell: then there is none.
fn votable_pairs(description: &Description, lengths: &Lengths) -> Vec<KeyValue> {
    let is_nested = |column: &Column| matches!(column.kind, ColumnKind::Nested(_));
    if description.columns.iter().any(is_nested) {
        return Vec::new();
    }
    let header = votable_header::head(description, Some(lengths)) + votable_header::TAIL;
    [
        ("IVOA.VOTable-Parquet.version", "1.0"),
        ("IVOA.VOTable-Parquet.type", "Parquet-local-XML"),
        ("IVOA.VOTable-Parquet.encoding", "utf-8"),
        ("IVOA.VOTable-Parquet.content", header.as_str()),
    ]
    .map(|(key, value)| KeyValue::new(key.to_owned(), value.to_owned()))
    .to_vec()
}
