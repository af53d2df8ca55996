//! Why a project cannot be opened or run.

use std::path::PathBuf;

use super::{NotInCatalog, StartError};
use crate::analysis::AnalysisError;
use crate::archive::ErrorClass;
use crate::catalog::CatalogError;
use crate::database::{DatabaseError, DatabaseErrorClass};
use crate::export::ExportError;
use crate::observatory::BuildError;
use crate::parameters::{Origin, ParameterError, ParameterErrors};
use crate::query::QueryError;
use crate::storage::{StorageClass, StorageError};

/// Why a project cannot be opened or run. What concerns one source only is in the summary instead.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each says what its facts are
pub enum ProjectError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Parameter(#[from] ParameterError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Parameters(#[from] ParameterErrors),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Catalog(#[from] CatalogError),
    /// A catalog error, and where the project file says what leads to it.
    #[error("{origin}: {error}")]
    CatalogAt {
        origin: Origin,
        // not the cause: its words are in the text
        error: Box<CatalogError>,
        #[help]
        advice: Option<String>,
    },
    #[error(transparent)]
    #[diagnostic(transparent)]
    Start(#[from] StartError),
    /// The analysis that the project file describes cannot be made.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Analysis(#[from] AnalysisError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Observatory(#[from] BuildError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    NotInCatalog(#[from] NotInCatalog),
    /// A condition, a cone or an order that cannot be asked.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Query(#[from] QueryError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Database(#[from] DatabaseError),
    /// An object that no observatory of the project knows by its number.
    #[error("no observatory of the project knows {object:?}")]
    #[diagnostic(help(
        "asked were {asked}: correct the number, or add an observatory that knows {kind} numbers to `obs_names`"
    ))]
    UnknownObject {
        object: String,
        kind: String,
        asked: String,
    },
    #[error("{observatory} was asked which object {object:?} is, without an answer: {words}")]
    Resolve {
        object: String,
        observatory: String,
        class: ErrorClass,
        words: String,
    },
    #[error(
        "a run is going on in this database (process {pid}): its files are not all in rows yet"
    )]
    #[diagnostic(help("wait for its end, then repair"))]
    Running { pid: u32 },
    #[error(
        "`check --repair` is at work in this database (process {pid}): it removes files that are not in rows"
    )]
    #[diagnostic(help("wait for its end, then repeat the command"))]
    Repairing { pid: u32 },
    /// Only the analysis is asked for, and the project has none.
    #[error("the project has no analysis: `analysis: {{enabled: false}}`")]
    #[diagnostic(help("set `enabled: true`, or leave it out, to analyse its lightcurves"))]
    NoAnalysis,
    #[error("no threads can be started: {words}")]
    Threads { words: String },
    #[error("a defect in the program: {words}")]
    #[diagnostic(help("what is done is kept; please report this with the project file"))]
    Defect { words: String },
    #[error("no file {file:?}")]
    NoFile { file: PathBuf },
    #[error(transparent)]
    #[diagnostic(transparent)]
    Export(#[from] ExportError),
    /// What is asked of a source is not kept.
    #[error("source {name:?} has no {what}")]
    NothingToShow {
        name: String,
        what: String,
        #[help]
        advice: String,
    },
    #[error("a period of {period} d is none")]
    #[diagnostic(help("a period is a number of days above 0"))]
    Period { period: f64 },
}

/// What a caller does about an error: what exit code it becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProjectErrorClass {
    /// Configuration, usage or catalog.
    Configuration,
    /// Credentials are wrong or cannot be read.
    Credentials,
    /// Network, server, or a database that is away.
    Network,
    /// No space, or no permission to write.
    Disk,
    /// Anything else.
    Other,
}

impl ProjectError {
    pub(super) fn defect(error: tokio::task::JoinError) -> ProjectError {
        ProjectError::Defect {
            words: error.to_string(),
        }
    }

    /// What to do about it.
    pub fn class(&self) -> ProjectErrorClass {
        match self {
            ProjectError::Observatory(BuildError::Credentials(_)) => ProjectErrorClass::Credentials,
            ProjectError::Parameter(_)
            | ProjectError::Parameters(_)
            | ProjectError::Analysis(_)
            | ProjectError::Observatory(_)
            | ProjectError::NotInCatalog(_)
            | ProjectError::Query(_)
            | ProjectError::UnknownObject { .. }
            | ProjectError::NothingToShow { .. }
            | ProjectError::Period { .. }
            | ProjectError::NoAnalysis
            | ProjectError::NoFile { .. } => ProjectErrorClass::Configuration,
            ProjectError::Start(StartError::Unwritable { .. }) => ProjectErrorClass::Disk,
            ProjectError::Start(_) => ProjectErrorClass::Configuration,
            ProjectError::Catalog(error) => class_of_catalog(error),
            ProjectError::CatalogAt { error, .. } => class_of_catalog(error),
            ProjectError::Storage(error) => match error.class() {
                StorageClass::DiskFull | StorageClass::ReadOnly => ProjectErrorClass::Disk,
                _ => ProjectErrorClass::Other,
            },
            ProjectError::Database(error) => match error.class() {
                DatabaseErrorClass::DiskFull | DatabaseErrorClass::ReadOnly => {
                    ProjectErrorClass::Disk
                }
                DatabaseErrorClass::Lost | DatabaseErrorClass::Busy => ProjectErrorClass::Network,
                DatabaseErrorClass::Refused => ProjectErrorClass::Credentials,
                _ => ProjectErrorClass::Configuration,
            },
            ProjectError::Resolve { class, .. } => match class {
                ErrorClass::Authorisation => ProjectErrorClass::Credentials,
                ErrorClass::Disk => ProjectErrorClass::Disk,
                _ => ProjectErrorClass::Network,
            },
            ProjectError::Export(error) => match error {
                ExportError::Unwritable { .. } => ProjectErrorClass::Disk,
                ExportError::Unrepresentable { .. } => ProjectErrorClass::Configuration,
                _ => ProjectErrorClass::Other,
            },
            ProjectError::Running { .. }
            | ProjectError::Repairing { .. }
            | ProjectError::Threads { .. }
            | ProjectError::Defect { .. } => ProjectErrorClass::Other,
        }
    }
}

fn class_of_catalog(error: &CatalogError) -> ProjectErrorClass {
    match error {
        CatalogError::NoAnswer { class, .. } => match class {
            ErrorClass::Authorisation => ProjectErrorClass::Credentials,
            ErrorClass::Disk => ProjectErrorClass::Disk,
            ErrorClass::Permanent => ProjectErrorClass::Configuration,
            _ => ProjectErrorClass::Network,
        },
        CatalogError::Download { .. } => ProjectErrorClass::Network,
        CatalogError::Unwritable { .. } => ProjectErrorClass::Disk,
        _ => ProjectErrorClass::Configuration,
    }
}
