//! What one run is asked to do.

use super::Selection;

/// What one run is asked to do. The default fetches, reduces and analyses everything that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOptions {
    /// Which sources.
    pub selection: Selection,
    /// Ask archives.
    pub fetch: bool,
    /// Reduce raw photometry.
    pub reduce: bool,
    /// Analyse lightcurves, unless the project says `analysis: {enabled: false}`.
    pub analyze: bool,
    /// Do again what is done.
    pub redo: bool,
    /// Ask archives again for what is there, whether it has changed.
    pub refresh: bool,
    /// Ask nobody: reduce what is on disk, and tell what is missing. Of `redo` the reduction remains.
    pub offline: bool,
    /// Stop at the first failure.
    pub fail_fast: bool,
    /// Threads that compute; none = one for each processor.
    pub jobs: Option<usize>,
}

impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions {
            selection: Selection::default(),
            fetch: true,
            reduce: true,
            analyze: true,
            redo: false,
            refresh: false,
            offline: false,
            fail_fast: false,
            jobs: None,
        }
    }
}

impl RunOptions {
    /// Whether archives are asked.
    pub(super) fn asks(&self) -> bool {
        self.fetch && !self.offline
    }

    /// Whether nothing is to be done but the analysis.
    pub(super) fn analyzes_only(&self) -> bool {
        self.analyze && !self.reduce && !self.fetch
    }

    /// Only ask archives.
    pub fn fetch_only() -> RunOptions {
        RunOptions {
            reduce: false,
            analyze: false,
            ..RunOptions::default()
        }
    }

    /// Only reduce what is on disk.
    pub fn reduce_only() -> RunOptions {
        RunOptions {
            fetch: false,
            analyze: false,
            ..RunOptions::default()
        }
    }

    /// Only analyse what is reduced.
    pub fn analyze_only() -> RunOptions {
        RunOptions {
            fetch: false,
            reduce: false,
            ..RunOptions::default()
        }
    }
}
