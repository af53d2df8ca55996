//! From the answer of a service to the stored file: read in parts, judged, written all at once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use jiff::Timestamp;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::content::Content;
use super::limit;
use super::stored::{KEY, Notes};
use super::{Mode, ServiceQuery};
use crate::archive::RedactedUrl;
use crate::catalog::CatalogError;
use crate::catalog::reader::{self, Cells, Head};

/// Rows of a group, which is what the writer keeps in memory.
const GROUP: usize = 1 << 18;

/// Makes the stored file of a VOTable that a service sent for `query`.
///
/// The table is read in parts, so that memory does not grow with its rows. All columns of numbers and texts are
/// kept under their exact names; arrays are left out. The file appears only when the answer is known to be whole.
///
/// # Errors
/// [`CatalogError::ServerError`] for an error in the form of a table, [`CatalogError::Cut`] for one with missing rows,
/// [`CatalogError::Malformed`] for what is no table, [`CatalogError::Unwritable`].
pub fn keep(query: &ServiceQuery, answer: &Path, kept: &Path) -> Result<Notes, CatalogError> {
    let unwritable = |cause: io::Error| CatalogError::unwritable(kept, cause);
    let folder = kept.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    let part = crate::disk::temporary_in(folder, ".part")
        .map_err(unwritable)?
        .into_temp_path();
    let table = RefCell::new(Table::new(&part));
    let raw = reader::pass_votable(
        answer,
        &mut |heads| {
            table.borrow_mut().heads = heads.to_vec();
            Ok((0..heads.len()).collect())
        },
        &mut |cells| table.borrow_mut().add(cells).map_err(unwritable),
    )?;
    if let Some(error) = limit::cut(query, raw.rows as u64, raw.is_cut) {
        return Err(error);
    }
    let table = table.into_inner();
    if table.heads.is_empty() {
        let problem = "it has no column of numbers or texts";
        return Err(CatalogError::malformed(answer, "its fields", problem));
    }
    let notes = table.finish(query).map_err(unwritable)?;
    part.persist(kept)
        .map_err(|error| unwritable(error.error))?;
    Ok(notes)
}

/// The file in the making.
struct Table<'a> {
    path: &'a Path,
    heads: Vec<Head>,
    content: Content,
    writer: Option<ArrowWriter<File>>,
}

impl Table<'_> {
    fn new(path: &Path) -> Table<'_> {
        Table {
            path,
            heads: Vec::new(),
            content: Content::default(),
            writer: None,
        }
    }

    fn add(&mut self, cells: &[Cells]) -> io::Result<()> {
        if cells.is_empty() {
            return Ok(());
        }
        self.content.add(cells);
        if self.writer.is_none() {
            self.writer = Some(begin(self.path, &self.heads, cells)?);
        }
        let writer = self.writer.as_mut().expect("it was begun one line above");
        let arrays = cells.iter().map(array).collect();
        let batch =
            RecordBatch::try_new(schema(&self.heads, cells), arrays).map_err(io::Error::other)?;
        Ok(writer.write(&batch)?)
    }

    fn finish(self, query: &ServiceQuery) -> io::Result<Notes> {
        let mut writer = self
            .writer
            .ok_or_else(|| io::Error::other("it has no columns"))?;
        let mut notes = Notes {
            service: query.service.to_owned(),
            url: RedactedUrl::of_text(&query.url).to_string(),
            mode: match query.mode {
                Mode::Sync => "sync".to_owned(),
                Mode::Async => "async".to_owned(),
            },
            adql: query.adql.clone(),
            date: Timestamp::now(),
            rows: self.content.rows(),
            sha256: String::new(),
        };
        notes.sha256 = self.content.sha256(&self.heads, &notes.told());
        let text = serde_json::to_string(&notes).map_err(io::Error::other)?;
        writer.append_key_value_metadata(KeyValue::new(KEY.to_owned(), text));
        writer.close()?;
        Ok(notes)
    }
}

fn begin(path: &Path, heads: &[Head], cells: &[Cells]) -> io::Result<ArrowWriter<File>> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(GROUP))
        .build();
    let file = File::create(path)?;
    Ok(ArrowWriter::try_new(
        file,
        schema(heads, cells),
        Some(properties),
    )?)
}

fn schema(heads: &[Head], cells: &[Cells]) -> Arc<Schema> {
    let fields = heads.iter().zip(cells).map(|(head, cells)| {
        let kind = match cells {
            Cells::Float(_) => DataType::Float64,
            Cells::Integer(_) => DataType::Int64,
            Cells::Unsigned(_) => DataType::UInt64,
            Cells::Text(_) => DataType::Utf8,
        };
        let words = [("unit", &head.unit), ("description", &head.description)];
        let words: HashMap<String, String> = words
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(key, text)| (key.to_owned(), text.clone()))
            .collect();
        Field::new(&head.name, kind, true).with_metadata(words)
    });
    Arc::new(Schema::new(fields.collect::<Vec<Field>>()))
}

fn array(cells: &Cells) -> ArrayRef {
    match cells {
        Cells::Float(values) => {
            let values = values
                .iter()
                .map(|&value| (!value.is_nan()).then_some(value));
            Arc::new(values.collect::<Float64Array>())
        }
        Cells::Integer(values) => Arc::new(Int64Array::from(values.clone())),
        Cells::Unsigned(values) => Arc::new(UInt64Array::from(values.clone())),
        Cells::Text(texts) => Arc::new(StringArray::from_iter_values(texts.iter())),
    }
}
