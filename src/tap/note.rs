//! The note of a job: what a later process needs to find it again.

use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::TapError;
use super::query::Query;

/// A job that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Address of the job.
    pub job: String,
    /// The service, without secrets.
    pub service: String,
    pub query: String,
    pub max_rows: u64,
    pub begun: Timestamp,
}

impl Note {
    pub(super) fn new(job: String, query: &Query) -> Note {
        Note {
            job,
            service: query.service().to_string(),
            query: query.adql.clone(),
            max_rows: query.max_rows,
            begun: Timestamp::now(),
        }
    }

    /// Whether the job answers that query.
    pub(super) fn is_of(&self, query: &Query) -> bool {
        (self.service.as_str(), &self.query, self.max_rows)
            == (query.service().as_str(), &query.adql, query.max_rows)
    }

    /// The note in a file; none if there is none, or one that cannot be read, which is of no use.
    pub fn read(file: &Path) -> Option<Note> {
        let bytes = fs::read(file).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Writes it all at once.
    pub(super) fn write(&self, file: &Path) -> Result<(), TapError> {
        let text = serde_json::to_vec_pretty(self).expect("a note is text and a number");
        let part = file.with_extension("json.part");
        let folder = file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&part, text))
            .and_then(|()| fs::rename(&part, file))
            .map_err(|cause| unwritable(file, cause))
    }

    /// Removes the file, if it is there.
    pub(super) fn remove(file: &Path) -> Result<(), TapError> {
        match fs::remove_file(file) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(unwritable(file, cause)),
            _ => Ok(()),
        }
    }
}

fn unwritable(file: &Path, cause: io::Error) -> TapError {
    TapError::Note {
        file: file.to_owned(),
        cause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_of_the_query_at_the_service_with_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("catalogs/gaia_1.job.json");
        let query = |service, adql, rows| Query::new(service, adql, rows).unwrap();
        let asked = query("https://user:hunter2@tap.example/tap", "SELECT 1", 10);
        Note::new("https://tap.example/tap/async/7".into(), &asked)
            .write(&file)
            .unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("hunter2"), "{text}");
        let note = Note::read(&file).unwrap();
        assert!(note.is_of(&asked));
        for other in [
            query("https://other.example/tap", "SELECT 1", 10),
            query("https://user:hunter2@tap.example/tap", "SELECT 2", 10),
            query("https://user:hunter2@tap.example/tap", "SELECT 1", 11),
        ] {
            assert!(!note.is_of(&other));
        }
        Note::remove(&file).unwrap();
        Note::remove(&file).unwrap();
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 0);
        fs::write(&file, "{").unwrap();
        assert_eq!(Note::read(&file), None);
    }
}
