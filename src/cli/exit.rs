//! How the program ends.

use std::process::ExitCode;

use crate::project::{ProjectError, ProjectErrorClass, RunSummary, Stopped};
use crate::storage::{StorageClass, StorageError};

/// The exit codes, all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Success,
    /// Some sources failed, or the program did.
    Failed,
    /// Usage, configuration or catalog.
    Usage,
    Credentials,
    /// Network, server, or a database that is away; data that are missing, as a file that is gone.
    Network,
    /// Database and files do not fit together, or a file is not what its row says.
    Verification,
    /// Disk full or not writable.
    Disk,
    /// Interrupted by Ctrl-C, or by SIGTERM; the state is saved.
    Interrupted {
        terminated: bool,
    },
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Credentials => 4,
            Exit::Network => 5,
            Exit::Verification => 6,
            Exit::Disk => 7,
            Exit::Interrupted { terminated: false } => 130,
            Exit::Interrupted { terminated: true } => 143,
        }
    }

    /// The code of an error.
    pub(crate) fn of(error: &ProjectError) -> Exit {
        if let ProjectError::Storage(file @ StorageError::Content { .. }) = error {
            match file.class() {
                StorageClass::Missing => return Exit::Network,
                StorageClass::Damaged => return Exit::Verification,
                _ => {}
            }
        }
        match error.class() {
            ProjectErrorClass::Configuration => Exit::Usage,
            ProjectErrorClass::Credentials => Exit::Credentials,
            ProjectErrorClass::Network => Exit::Network,
            ProjectErrorClass::Disk => Exit::Disk,
            ProjectErrorClass::Other => Exit::Failed,
        }
    }

    /// The code of a run.
    pub(crate) fn of_run(summary: &RunSummary, terminated: bool) -> Exit {
        match &summary.stopped {
            Some(Stopped::Interrupted) => Exit::Interrupted { terminated },
            Some(Stopped::Credentials(_)) => Exit::Credentials,
            Some(Stopped::Disk(_)) => Exit::Disk,
            Some(Stopped::Database(_)) => Exit::Network,
            Some(Stopped::Failures(_)) => Exit::Failed,
            None if summary.missing.total > 0 => Exit::Network,
            None if summary.failed > 0 => Exit::Failed,
            None => Exit::Success,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
