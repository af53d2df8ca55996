//! Why a service gave no table.

use std::path::PathBuf;
use std::time::Duration;

use super::words;
use crate::archive::{ArchiveError, RedactedUrl};

/// Why a service gave no table.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum TapError {
    /// The service understood the query and does not answer it.
    #[error("{url} refuses the query: {words:?}")]
    #[diagnostic(code(tap::refused))]
    Refused { url: RedactedUrl, words: String },
    /// The service has a trouble of its own, and says so as if the query were wrong.
    #[error("{url} cannot answer now: {words:?}")]
    #[diagnostic(
        code(tap::troubled),
        help("the service has a problem; the same command tries again")
    )]
    Troubled { url: RedactedUrl, words: String },
    /// The job has not ended in time; it goes on at the service.
    #[error("the job {job} is still {phase} after {} s", waited.as_secs())]
    #[diagnostic(
        code(tap::unfinished),
        help("the same command waits for the same job again; `timeout` says for how long")
    )]
    Unfinished {
        job: RedactedUrl,
        phase: String,
        waited: Duration,
    },
    /// A job is lost at the service again and again.
    #[error("{service} loses its jobs: {job} is not there any more")]
    #[diagnostic(
        code(tap::lost),
        help("the service has a problem; the same command tries again")
    )]
    Lost {
        service: RedactedUrl,
        job: RedactedUrl,
    },
    /// The service does not say where its job is.
    #[error("{url} began no job; it answered {words:?}")]
    #[diagnostic(
        code(tap::no_job),
        help("is it the base address of a TAP service? `mode: sync` asks without a job")
    )]
    NoJob { url: RedactedUrl, words: String },
    /// The note of a job cannot be written.
    #[error("cannot write {file:?}: {cause}")]
    #[diagnostic(code(tap::note))]
    Note {
        file: PathBuf,
        cause: std::io::Error,
    },
    #[error(transparent)]
    #[diagnostic(transparent)]
    Archive(#[from] ArchiveError),
}

impl TapError {
    /// An archive's error, where the service's own words make it a refusal of the query.
    pub(super) fn of(error: ArchiveError) -> TapError {
        match error {
            ArchiveError::Rejected { url, words, .. } => TapError::said(url, words),
            error => TapError::Archive(error),
        }
    }

    /// What a service said instead of a table.
    pub fn said(url: RedactedUrl, words: String) -> TapError {
        match words::is_trouble(&words) {
            true => TapError::Troubled { url, words },
            false => TapError::Refused { url, words },
        }
    }
}
