//! Why a table could not be written.

use std::io;
use std::path::{Path, PathBuf};

/// Why a table could not be written. What stood in its place is still there.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each says what its facts are
pub enum ExportError {
    #[error("cannot write {file:?}")]
    #[diagnostic(code(export::unwritable), help("{}", advice(cause)))]
    Unwritable {
        file: PathBuf,
        #[source]
        cause: io::Error,
    },

    /// Whoever reads the stream has stopped, or its disk is full.
    #[error("cannot write the table")]
    #[diagnostic(code(export::stream))]
    Stream(#[source] io::Error),

    #[error("{format} cannot hold {what}")]
    #[diagnostic(code(export::unrepresentable), help("{advice}"))]
    Unrepresentable {
        format: &'static str,
        what: String,
        advice: &'static str,
    },

    /// A text is longer than the column was declared: the caller knew too little of its table.
    #[error("a text of {length} bytes does not fit the {width} of column {column:?}")]
    #[diagnostic(code(export::wide))]
    Wide {
        column: String,
        length: usize,
        width: usize,
    },

    #[error("the rows are not those that were described: {words}")]
    #[diagnostic(
        code(export::rows),
        help("this is a fault of the program: please report it")
    )]
    Rows { words: String },
}

impl ExportError {
    pub(crate) fn unwritable(file: &Path, cause: io::Error) -> ExportError {
        ExportError::Unwritable {
            file: file.to_owned(),
            cause,
        }
    }

    /// The same, where the stream is a file.
    pub(crate) fn in_file(self, file: &Path) -> ExportError {
        match self {
            ExportError::Stream(cause) => ExportError::unwritable(file, cause),
            other => other,
        }
    }
}

impl From<io::Error> for ExportError {
    fn from(cause: io::Error) -> ExportError {
        ExportError::Stream(cause)
    }
}

impl From<parquet::errors::ParquetError> for ExportError {
    fn from(error: parquet::errors::ParquetError) -> ExportError {
        match error {
            parquet::errors::ParquetError::External(cause) => match cause.downcast::<io::Error>() {
                Ok(cause) => ExportError::Stream(*cause),
                Err(cause) => ExportError::Rows {
                    words: cause.to_string(),
                },
            },
            other => ExportError::Rows {
                words: other.to_string(),
            },
        }
    }
}

impl From<arrow::error::ArrowError> for ExportError {
    fn from(error: arrow::error::ArrowError) -> ExportError {
        ExportError::Rows {
            words: error.to_string(),
        }
    }
}

fn advice(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make space on the disk, or choose another place with `-o`"
        }
        io::ErrorKind::NotFound => "make the folder first, or choose another place with `-o`",
        io::ErrorKind::AlreadyExists
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::NotADirectory => {
            "something else stands there: move it away, or choose another place with `-o`"
        }
        _ => "make the folder writable for you, or choose another place with `-o`",
    }
}
