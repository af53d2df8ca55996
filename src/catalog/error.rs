//! What can go wrong with a catalog, one variant for each thing that the reader of the message can do.

use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use crate::archive::ErrorClass;
use crate::words::counted;

/// Why there is no catalog. Bad rows of a catalog that is not `strict` are counted in its
/// [`Summary`](super::Summary) and are no error.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each says what its facts are
pub enum CatalogError {
    #[error("the catalog has neither a file nor a default")]
    #[diagnostic(
        code(catalog::no_file),
        help(
            "set `filename: targets.csv` or `default: WD` in the section `catalog`, or ask a service (`gaia`, `vizier`)"
        )
    )]
    NoFile,

    #[error("there is no default catalog {name:?}")]
    #[diagnostic(code(catalog::unknown_default), help("the defaults are WD and test"))]
    UnknownDefault { name: String },

    #[error("there is no catalog file {filename:?}; looked for {}", list(.tried))]
    #[diagnostic(
        code(catalog::not_found),
        help(
            "a relative name is looked up beside the project file, then in the folder `catalogs` there and here"
        )
    )]
    NotFound {
        filename: String,
        tried: Vec<PathBuf>,
    },

    #[error("cannot read {file:?}: {cause}")]
    #[diagnostic(code(catalog::unreadable))]
    Unreadable { file: PathBuf, cause: io::Error },

    #[error("cannot write {file:?}: {cause}")]
    #[diagnostic(code(catalog::unwritable))]
    Unwritable { file: PathBuf, cause: io::Error },

    #[error("{file:?} is no table of a known kind; it starts with {start:?}")]
    #[diagnostic(
        code(catalog::unknown_format),
        help("known are .csv, .tsv, .fits, .vot, .h5 and .parquet, text and FITS also with .gz")
    )]
    UnknownFormat { file: PathBuf, start: String },

    #[error("{file:?} is damaged or not what its name says, at {place}: {problem}")]
    #[diagnostic(
        code(catalog::malformed),
        help("open the file with another program, or get it again")
    )]
    Malformed {
        file: PathBuf,
        place: String,
        problem: String,
    },

    #[error("{file:?} holds the error message of a server instead of a table: {words:?}")]
    #[diagnostic(
        code(catalog::server_error),
        help("repeat the query, then use its result")
    )]
    ServerError { file: PathBuf, words: String },

    #[error("{file:?} has no column {column:?} for `{parameter}`; its columns are {}", quoted(.available))]
    #[diagnostic(code(catalog::missing_column))]
    MissingColumn {
        file: PathBuf,
        parameter: &'static str,
        column: String,
        available: Vec<String>,
        #[help]
        advice: String,
    },

    #[error("{column:?} may be any of the columns {} of {file:?}", quoted(.matches))]
    #[diagnostic(
        code(catalog::ambiguous_column),
        help("set `{parameter}` to one of them, with its exact case")
    )]
    AmbiguousColumn {
        file: PathBuf,
        parameter: &'static str,
        column: String,
        matches: Vec<String>,
    },

    #[error("the names in column {column:?} of {file:?} are {found}")]
    #[diagnostic(
        code(catalog::inexact_names),
        help(
            "floating-point numbers lose the last digits of long identifiers: save the column as integers or as text"
        )
    )]
    InexactNames {
        file: PathBuf,
        column: String,
        found: &'static str,
    },

    #[error("{file:?} has {}: {}", number_of(.count, "bad row"), .listed.join("; "))]
    #[diagnostic(
        code(catalog::bad_rows),
        help("correct them, or set `strict: false` to skip and count them")
    )]
    BadRows {
        file: PathBuf,
        count: usize,
        listed: Vec<String>,
    },

    #[error("{file:?} has no target: {} left out; {first}", all_are(.rows))]
    #[diagnostic(
        code(catalog::no_good_row),
        help(
            "a row needs a name and a position: `retriever catalog info` with this file tells which columns are taken \
             for them"
        )
    )]
    NoGoodRow {
        file: PathBuf,
        rows: usize,
        /// The first row, and what is wrong with it.
        first: String,
    },

    #[error("{file:?} has {rows} rows, more than the {limit} that a catalog can hold")]
    #[diagnostic(code(catalog::too_many_rows), help("split the catalog"))]
    TooManyRows {
        file: PathBuf,
        rows: u64,
        limit: u64,
    },

    #[error("{url:?} is not a web address: {cause}")]
    #[diagnostic(code(catalog::bad_url))]
    BadUrl { url: String, cause: String },

    #[error("cannot download the catalog from {url}: {cause}")]
    #[diagnostic(
        code(catalog::download),
        help("download it yourself and set `filename` to it")
    )]
    Download { url: String, cause: String },

    #[error("what {url} sent is not the catalog: {problem}")]
    #[diagnostic(
        code(catalog::not_the_catalog),
        help("nothing was kept; look at the address in a browser, or set `filename` to a copy")
    )]
    NotTheCatalog { url: String, problem: String },

    #[error("{url} sent a file with SHA-256 {found}, expected {expected}")]
    #[diagnostic(
        code(catalog::checksum),
        help("nothing was kept; correct `checksum` if the catalog was published anew")
    )]
    Checksum {
        url: String,
        expected: String,
        found: String,
    },

    #[error("{url} refuses the query: {words:?}")]
    #[diagnostic(
        code(catalog::query_refused),
        help("correct the query; it was {}", shown_query(.adql))
    )]
    QueryRefused {
        parameter: &'static str,
        url: String,
        adql: String,
        words: String,
    },

    #[error("the table {table:?} has no column {}", .unknown.join(", "))]
    #[diagnostic(
        code(catalog::unknown_columns),
        help("names are taken with their case; its columns are {}", quoted(.known))
    )]
    UnknownColumns {
        table: String,
        /// With the nearest name that the table has.
        unknown: Vec<String>,
        known: Vec<String>,
    },

    #[error("{url} sent {rows} rows, {limit}: targets may be missing, and nothing was kept")]
    #[diagnostic(code(catalog::cut))]
    Cut {
        parameter: &'static str,
        url: String,
        rows: u64,
        /// Which limit the rows are at.
        limit: String,
        #[help]
        advice: String,
    },

    #[error("the catalog is not stored, and its service gave none: {cause}")]
    #[diagnostic(code(catalog::no_answer))]
    NoAnswer {
        parameter: &'static str,
        /// What became of the question.
        class: ErrorClass,
        cause: String,
        #[help]
        advice: Option<String>,
    },

    #[error("the catalog has no target {name:?}")]
    #[diagnostic(code(catalog::unknown_target))]
    UnknownTarget {
        name: String,
        #[help]
        advice: Option<String>,
    },

    #[error("the catalog has {}, there is no row {row}", number_of(.rows, "row"))]
    #[diagnostic(code(catalog::unknown_row), help("rows count from 0"))]
    UnknownRow { row: usize, rows: usize },

    #[error("{given:?} is not {expected}")]
    #[diagnostic(code(catalog::usage))]
    Usage {
        given: String,
        expected: &'static str,
    },
}

impl CatalogError {
    /// The parameter of the section `catalog` that the error is about; none if it is about the section itself,
    /// or about something else.
    pub fn parameter(&self) -> Option<&'static str> {
        match self {
            CatalogError::UnknownDefault { .. } => Some("default"),
            CatalogError::NotFound { .. }
            | CatalogError::Unreadable { .. }
            | CatalogError::UnknownFormat { .. }
            | CatalogError::Malformed { .. }
            | CatalogError::ServerError { .. }
            | CatalogError::BadRows { .. }
            | CatalogError::NoGoodRow { .. }
            | CatalogError::TooManyRows { .. } => Some("filename"),
            CatalogError::MissingColumn { parameter, .. }
            | CatalogError::AmbiguousColumn { parameter, .. } => Some(parameter),
            CatalogError::InexactNames { .. } => Some("name_column"),
            CatalogError::BadUrl { .. }
            | CatalogError::Download { .. }
            | CatalogError::NotTheCatalog { .. } => Some("url"),
            CatalogError::Checksum { .. } => Some("checksum"),
            CatalogError::QueryRefused { parameter, .. }
            | CatalogError::Cut { parameter, .. }
            | CatalogError::NoAnswer { parameter, .. } => Some(parameter),
            CatalogError::UnknownColumns { .. } => Some("vizier.columns"),
            _ => None,
        }
    }

    pub(crate) fn unreadable(file: &Path, cause: io::Error) -> CatalogError {
        CatalogError::Unreadable {
            file: file.to_owned(),
            cause,
        }
    }

    pub(crate) fn unwritable(file: &Path, cause: impl Into<io::Error>) -> CatalogError {
        CatalogError::Unwritable {
            file: file.to_owned(),
            cause: cause.into(),
        }
    }

    pub(crate) fn malformed(
        file: &Path,
        place: impl Into<String>,
        problem: impl Into<String>,
    ) -> CatalogError {
        CatalogError::Malformed {
            file: file.to_owned(),
            place: place.into(),
            problem: problem.into(),
        }
    }
}

fn number_of(number: &usize, one: &str) -> String {
    counted(*number, one)
}

fn all_are(rows: &usize) -> String {
    match rows {
        1 => "its only row is".to_owned(),
        _ => format!("all {rows} rows are"),
    }
}

/// Longest query that is shown (characters).
const QUERY_SHOWN: usize = 2_000;

fn shown_query(adql: &str) -> String {
    let line = adql.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUERY_SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// At most this many columns or places are named in a message.
const NAMED_AT_MOST: usize = 60;

fn quoted(names: &[String]) -> String {
    shortened(names.iter().map(|name| format!("{name:?}")), names.len())
}

fn list(paths: &[PathBuf]) -> String {
    shortened(paths.iter().map(|path| format!("{path:?}")), paths.len())
}

fn shortened(words: impl Iterator<Item = String>, count: usize) -> String {
    let mut text = words.take(NAMED_AT_MOST).collect::<Vec<_>>().join(", ");
    if count > NAMED_AT_MOST {
        text.push_str(&format!(" and {} more", count - NAMED_AT_MOST));
    }
    text
}
