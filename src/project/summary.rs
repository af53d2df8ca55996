//! What a run did, in numbers and names.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::database::{DatabaseError, DatabaseErrorClass};

/// How many failures are kept with their text; all are in the database.
const KEPT_FAILURES: usize = 20;
/// How many detections are kept with their numbers; all are in the database.
const KEPT_EVENTS: usize = 5;
/// How many different remarks of analyses are kept; all are in the database.
const KEPT_NOTES: usize = 20;
/// How many missing sources are kept by name; all are told in the log.
const KEPT_MISSING: usize = 20;

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RunSummary {
    /// Name of the project.
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
    /// What is not on disk, where nobody was to be asked.
    pub missing: Missing,
    /// Each observatory by its name.
    pub observatories: BTreeMap<String, ObservatorySummary>,
    /// What the analysis did.
    pub analysis: AnalysisSummary,
    /// What the analyses had to say, each text with the number of sources: cuts that were passed for want of data.
    pub notes: BTreeMap<String, usize>,
    /// The strongest detections in lightcurves as they were observed, those of the highest S/N first.
    pub strongest: Vec<FoundEvent>,
    /// Bytes that were fetched.
    pub bytes: u64,
    /// Where the rows are: a path, or a URL without its password.
    pub database: String,
    /// The first failures.
    pub failures: Vec<SourceFailure>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// How long it took.
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
    /// The archive had nothing.
    pub empty: usize,
    /// A rule forbade to ask.
    pub skipped: usize,
    /// Something went wrong.
    pub failed: usize,
    /// Targets that were asked for again, for which the archive has what it had, and for which it has something else.
    pub unchanged: usize,
    /// Data that were not what they were before.
    pub changed: usize,
    /// Sources reduced in this run, and what came out.
    pub reduced: usize,
    /// Lightcurves that were made.
    pub lightcurves: usize,
    /// Their epochs.
    pub epochs: u64,
}

/// What a run did with lightcurves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct AnalysisSummary {
    /// Sources analysed in this run, and those whose analysis failed.
    pub analysed: usize,
    /// Sources that could not be analysed.
    pub failed: usize,
    /// Detections in the lightcurves as they were observed.
    pub detections: usize,
    /// Detections in those with a simulated event.
    pub simulated: usize,
    /// Simulated events.
    pub injections: usize,
    /// Those of them that were found.
    pub recovered: usize,
}

/// Something that happened to a source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundEvent {
    /// The source.
    pub source_name: String,
    /// Of the lightcurve with the peak.
    pub observatory: String,
    /// The filter of the peak.
    pub filter: String,
    /// Time of the peak (d, on the clock of the detection).
    pub time: f64,
    /// Negative for a dip.
    pub snr: f64,
    /// Brightening at the peak (mag), NaN if its flux has no magnitude.
    pub brightening: f64,
}

/// One source that failed, at one observatory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFailure {
    /// The source.
    pub source_name: String,
    /// Empty for the analysis, which is of all of them.
    pub observatory: String,
    /// `fetch`, `reduce`, `analyze` or `store`.
    pub stage: &'static str,
    /// Why, in words.
    pub message: String,
}

/// Raw photometry that is not on disk, of sources for which nobody was to be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// How often an observatory would have had to be asked for a source.
    pub total: usize,
    /// The first of them.
    pub first: Vec<MissingSource>,
}

/// One source that is missing at one observatory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingSource {
    /// The source.
    pub source_name: String,
    /// The observatory.
    pub observatory: String,
}

impl Missing {
    /// Takes note of one. It is told here: the summary has the first ones only.
    pub(super) fn note(&mut self, source_name: &str, observatory: &str) {
        tracing::info!("missing: {source_name:?} at {observatory}");
        self.total += 1;
        if self.first.len() < KEPT_MISSING {
            self.first.push(MissingSource {
                source_name: source_name.to_owned(),
                observatory: observatory.to_owned(),
            });
        }
    }

    pub(super) fn add(&mut self, more: &Missing) {
        self.total += more.total;
        let room = KEPT_MISSING.saturating_sub(self.first.len());
        self.first.extend(more.first.iter().take(room).cloned());
    }
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
        self.worked_on == 0
            && self.stopped.is_none()
            && self.left_to_others == 0
            && self.missing.total == 0
    }

    /// Nothing is left for another run to do.
    pub(super) fn has_finished(&self) -> bool {
        self.failed == 0
            && self.stopped.is_none()
            && self.left_to_others == 0
            && self.missing.total == 0
    }

    pub(super) fn observatory(&mut self, name: &str) -> &mut ObservatorySummary {
        self.observatories.entry(name.to_owned()).or_default()
    }

    pub(super) fn note_remark(&mut self, remark: &str) {
        if let Some(sources) = self.notes.get_mut(remark) {
            *sources += 1;
        } else if self.notes.len() < KEPT_NOTES {
            self.notes.insert(remark.to_owned(), 1);
        }
    }

    /// Keeps the strongest; of equal ones those of the first names, so that the order of the work does not matter.
    pub(super) fn note_event(&mut self, event: FoundEvent) {
        self.strongest.push(event);
        self.strongest.sort_by(|a, b| {
            let by_strength = b.snr.abs().total_cmp(&a.snr.abs());
            by_strength
                .then_with(|| a.source_name.cmp(&b.source_name))
                .then(a.time.total_cmp(&b.time))
        });
        self.strongest.truncate(KEPT_EVENTS);
    }

    pub(super) fn note_failure(&mut self, failure: SourceFailure) {
        if self.failures.len() < KEPT_FAILURES {
            self.failures.push(failure);
        }
    }
}
