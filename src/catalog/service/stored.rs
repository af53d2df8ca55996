//! The stored answer of a service: what it says of itself, and whether it is what was stored.

use std::fs::File;
use std::path::Path;

use jiff::Timestamp;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde::{Deserialize, Serialize};

use super::ServiceQuery;
use super::content::Content;
use crate::catalog::CatalogError;
use crate::catalog::reader;

/// Name of the notes in the file's metadata.
pub(super) const KEY: &str = "retriever.service";

/// Where a stored catalog comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notes {
    /// `gaia` or `vizier`.
    pub service: String,
    /// Base address of the service, without secrets.
    pub url: String,
    /// `sync` or `async`.
    pub mode: String,
    /// What was asked.
    pub adql: String,
    /// When the answer was stored.
    pub date: Timestamp,
    /// How many rows it has.
    pub rows: u64,
    /// SHA-256 (64 hexadecimal digits) of all cells, of the columns' names, units and meanings, and of these notes.
    pub sha256: String,
}

impl Notes {
    /// What of the notes the checksum is over.
    pub(super) fn told(&self) -> [String; 5] {
        let date = self.date.to_string();
        [&self.service, &self.url, &self.mode, &self.adql, &date].map(|text| text.to_owned())
    }
}

/// What a stored catalog says of itself; none for any other file.
pub fn notes(file: &Path) -> Option<Notes> {
    let file = File::open(file).ok()?;
    let reader = reader::caught(|| SerializedFileReader::new(file))
        .ok()?
        .ok()?;
    let metadata = reader.metadata().file_metadata().key_value_metadata()?;
    let notes = metadata.iter().find(|entry| entry.key == KEY)?;
    serde_json::from_str(notes.value.as_deref()?).ok()
}

/// Whether the answer to a query is stored: the notes of a file that is there and says what was stored, none if there
/// is no file.
///
/// # Errors
/// [`CatalogError::Malformed`] for a file that is damaged or of another query.
pub fn stored(query: &ServiceQuery, file: &Path) -> Result<Option<Notes>, CatalogError> {
    if !file.exists() {
        return Ok(None);
    }
    let damaged = |problem: &str| CatalogError::malformed(file, "its notes", problem);
    let notes = notes(file).ok_or_else(|| damaged("they cannot be read"))?;
    if notes.adql != query.adql || notes.service != query.service {
        return Err(damaged("they are of another query"));
    }
    let mut heads = Vec::new();
    let mut content = Content::default();
    reader::pass_parquet(
        file,
        &mut |all| {
            heads = all.to_vec();
            Ok((0..all.len()).collect())
        },
        &mut |cells| {
            content.add(cells);
            Ok(())
        },
    )?;
    if content.sha256(&heads, &notes.told()) != notes.sha256 {
        return Err(damaged("its content has another checksum"));
    }
    Ok(Some(notes))
}
