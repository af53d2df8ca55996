//! What a run did, in numbers and names.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::database::{DatabaseError, DatabaseErrorClass};

/// How many failures are kept with their text; all are in the database.
const KEPT_FAILURES: usize = 20;

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RunSummary {
    pub project: String,
    /// Empty without version control.
    pub cfg_hash: String,
    /// Sources that were selected.
    pub selected: usize,
    /// Of those, done before this run.
    pub already_done: usize,
    /// Of those, taken up or gone on with in this run.
    pub worked_on: usize,
    /// Of those, with a failure.
    pub failed: usize,
    /// Of those, that another process was working on when this run ended.
    pub left_to_others: usize,
    pub observatories: BTreeMap<String, ObservatorySummary>,
    pub bytes: u64,
    /// Where the rows are: a path, or a URL without its password.
    pub database: String,
    /// The first failures.
    pub failures: Vec<SourceFailure>,
    /// What the user should know.
    pub warnings: Vec<String>,
    #[serde(skip)]
    pub elapsed: Duration,
    /// Why the run ended before its end.
    pub stopped: Option<Stopped>,
}

/// What a run did with one observatory.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ObservatorySummary {
    /// Targets asked for in this run, by outcome.
    pub ok: usize,
    pub empty: usize,
    pub skipped: usize,
    pub failed: usize,
    /// Sources reduced in this run, and what came out.
    pub reduced: usize,
    pub lightcurves: usize,
    pub epochs: u64,
}

/// One source that failed, at one observatory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFailure {
    pub source_name: String,
    pub observatory: String,
    /// `fetch`, `reduce` or `store`.
    pub stage: &'static str,
    pub message: String,
}

/// Why a run ended before its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason", content = "message")]
pub enum Stopped {
    /// The user asked for it.
    Interrupted,
    /// Too many failures.
    Failures(String),
    /// An archive refused the credentials.
    Credentials(String),
    /// No space, or no permission to write.
    Disk(String),
    /// The database was away for too long, or refused to work.
    Database(String),
}

impl Stopped {
    /// A database on a full or protected disk is a matter of the disk.
    pub(super) fn by_database(error: &DatabaseError) -> Stopped {
        let message = super::work::chain(error);
        match error.class() {
            DatabaseErrorClass::DiskFull | DatabaseErrorClass::ReadOnly => Stopped::Disk(message),
            _ => Stopped::Database(message),
        }
    }
}

impl RunSummary {
    /// Nothing was left to do.
    pub fn all_was_done(&self) -> bool {
        self.worked_on == 0 && self.stopped.is_none() && self.left_to_others == 0
    }

    pub(super) fn observatory(&mut self, name: &str) -> &mut ObservatorySummary {
        self.observatories.entry(name.to_owned()).or_default()
    }

    pub(super) fn note_failure(&mut self, failure: SourceFailure) {
        if self.failures.len() < KEPT_FAILURES {
            self.failures.push(failure);
        }
    }
}
