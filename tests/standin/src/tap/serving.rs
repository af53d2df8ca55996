//! What tests say to the TAP service: tables, limits, how errors look, how jobs go.

use super::Tap;
use super::jobs::Stage;
use super::table::{Table, TapColumn, TapValue};
use crate::server::StandIn;
use crate::shared::lock;

/// How the service tells that a query is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TapErrors {
    /// A VOTable: with status 400 at Gaia's paths; with 200, and prefixed names, at VizieR's.
    #[default]
    AsUsual,
    /// A VOTable whose QUERY_STATUS is ERROR.
    VoTable { status: u16 },
    /// A web page with the words in a list.
    Html { status: u16 },
}

impl StandIn {
    /// Offers a table to queries, under a name such as `gaiadr3.gaia_source` or `J/MNRAS/508/3877/maincat`.
    ///
    /// # Panics
    /// When a row has another number of values than there are columns.
    #[must_use]
    pub fn with_tap_table(
        self,
        name: &str,
        columns: impl IntoIterator<Item = TapColumn>,
        rows: impl IntoIterator<Item = Vec<TapValue>>,
    ) -> StandIn {
        let columns: Vec<TapColumn> = columns.into_iter().collect();
        let rows: Vec<Vec<TapValue>> = rows.into_iter().collect();
        assert!(
            rows.iter().all(|row| row.len() == columns.len()),
            "{name}: a row does not fit its columns"
        );
        self.tap(|tap| tap.tables.insert(name.to_owned(), Table { columns, rows }));
        self
    }

    /// A synchronous answer has no more rows than these, whatever was asked.
    #[must_use]
    pub fn tap_sync_rows(self, most: usize) -> StandIn {
        self.tap(|tap| tap.sync_rows = Some(most));
        self
    }

    /// Answers that are cut at a limit do not say so.
    #[must_use]
    pub fn tap_silent_cuts(self) -> StandIn {
        self.tap(|tap| tap.silent = true);
        self
    }

    /// Synchronous answers are behind a 303.
    #[must_use]
    pub fn tap_redirects(self) -> StandIn {
        self.tap(|tap| tap.redirects = true);
        self
    }

    /// How errors look.
    #[must_use]
    pub fn tap_errors(self, errors: TapErrors) -> StandIn {
        self.tap(|tap| tap.errors = errors);
        self
    }

    /// A job is looked at so often before it is done (default 0: it is done at once).
    #[must_use]
    pub fn tap_polls(self, times: u32) -> StandIn {
        self.tap(|tap| tap.jobs.polls = times);
        self
    }

    /// From now on no job comes to its end.
    pub fn hold_jobs(&self) {
        self.tap(|tap| tap.jobs.held = true);
    }

    /// From now on jobs come to their end again.
    pub fn release_jobs(&self) {
        self.tap(|tap| tap.jobs.held = false);
    }

    /// All jobs that are there end with an error in these words.
    pub fn fail_jobs(&self, words: &str) {
        self.tap(|tap| {
            for job in tap.jobs.all.values_mut() {
                job.outcome = Err(words.to_owned());
            }
        });
    }

    /// All jobs that are there are aborted by the service.
    pub fn abort_jobs(&self) {
        self.tap(|tap| {
            for job in tap.jobs.all.values_mut() {
                job.stage = Stage::Aborted;
            }
        });
    }

    /// The service knows no job any more.
    pub fn forget_jobs(&self) {
        self.tap(|tap| tap.jobs.all.clear());
    }

    /// Jobs that were ever begun: one, if whoever was interrupted found its job again.
    pub fn jobs_begun(&self) -> usize {
        self.tap(|tap| tap.jobs.begun)
    }

    /// Jobs that their clients deleted.
    pub fn jobs_deleted(&self) -> usize {
        self.tap(|tap| tap.jobs.deleted)
    }

    fn tap<T>(&self, change: impl FnOnce(&mut Tap) -> T) -> T {
        change(&mut lock(&self.shared.tap))
    }
}
