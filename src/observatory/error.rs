//! Why a target has no raw photometry, or raw photometry no lightcurves.

use crate::archive::{ArchiveError, ErrorClass};
use crate::photometry::TableError;

/// Why an observatory gave no answer for a target.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each says what its facts are
pub enum FetchError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Archive(#[from] ArchiveError),
    /// The archive answered, but not with what its service documents.
    #[error("{service} answered with something else than a table of photometry: {problem}")]
    #[diagnostic(help(
        "if it persists, the service has changed: compare its answer to {url} with its documentation"
    ))]
    Reply {
        service: String,
        url: String,
        problem: String,
    },
    /// Anything that only one observatory knows.
    #[error("{message}")]
    Other { class: ErrorClass, message: String },
}

impl FetchError {
    /// What to do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            FetchError::Archive(error) => error.class(),
            FetchError::Reply { .. } => ErrorClass::Permanent,
            FetchError::Other { class, .. } => *class,
        }
    }
}

/// Why raw photometry could not be reduced.
#[derive(Debug, Clone, PartialEq, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each says what its facts are
pub enum ReduceError {
    #[error("the raw photometry of {observatory} cannot be reduced: {problem}")]
    #[diagnostic(help("fetch the source again with --redo, or report it with the raw file"))]
    Table {
        observatory: String,
        problem: TableError,
    },
    #[error("{message}")]
    Other { message: String },
}
