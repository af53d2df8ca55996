//! What is left to do: states from the database, compared with what the project wants.

use std::collections::HashSet;

use super::options::RunOptions;
use crate::catalog::Target;
use crate::database::{ObservatoryState, Outcome, RawState, ReductionOutcome, SourceState};
use crate::observatory::Observatory;

/// What is to be done for one source.
#[derive(Debug)]
pub(super) struct Work {
    pub target: Target,
    pub steps: Vec<Step>,
}

/// What is to be done for one source at one observatory.
#[derive(Debug)]
pub(super) struct Step {
    /// Place of the observatory in the project's list.
    pub observatory: usize,
    pub task: Task,
    /// Rows whose files are going to be replaced.
    pub raw_row: Option<i64>,
    pub reduction_row: Option<i64>,
    /// Times that the archive was asked before.
    pub attempts: u32,
}

/// The work itself.
#[derive(Debug)]
pub(super) enum Task {
    /// Ask the archive; `replace` the raw file that is there.
    Fetch { replace: bool },
    /// Reduce the raw file that is there.
    Reduce(StoredRaw),
}

/// Where raw photometry is kept.
#[derive(Debug, Clone)]
pub(super) struct StoredRaw {
    pub file: String,
    pub checksum: String,
}

/// What was found while planning, besides the work.
#[derive(Debug, Default, Clone)]
pub(super) struct Findings {
    /// Reductions that other parameters or rules made, and that stay as they are.
    pub stale_reductions: usize,
    /// Raw data fetched with other download parameters, used as it is.
    pub stale_raw: usize,
}

impl Findings {
    pub(super) fn add(&mut self, more: &Findings) {
        self.stale_reductions += more.stale_reductions;
        self.stale_raw += more.stale_raw;
    }
}

/// Compares states with wishes.
pub(super) struct Planner<'a> {
    pub observatories: &'a [Observatory],
    pub options: &'a RunOptions,
    fingerprints: Vec<Fingerprints>,
}

struct Fingerprints {
    download: String,
    reduction: String,
}

impl<'a> Planner<'a> {
    pub(super) fn new(observatories: &'a [Observatory], options: &'a RunOptions) -> Planner<'a> {
        let fingerprints = observatories
            .iter()
            .map(|observatory| Fingerprints {
                download: observatory.download_fingerprint(),
                reduction: observatory.reduction_fingerprint(),
            })
            .collect();
        Planner {
            observatories,
            options,
            fingerprints,
        }
    }

    /// What is to be done for a source; none if it is settled.
    ///
    /// `tried_by_others` are sources whose failure another process has just found out.
    pub(super) fn work(
        &self,
        target: Target,
        state: &SourceState,
        tried_by_others: &HashSet<String>,
        findings: &mut Findings,
    ) -> Option<Work> {
        let retry_failed = !tried_by_others.contains(&state.name);
        let steps: Vec<Step> = state
            .observatories
            .iter()
            .enumerate()
            .filter_map(|(index, observed)| {
                self.step(index, &target, observed, retry_failed, findings)
            })
            .collect();
        // a source that the project does not have yet is taken up even if all its data is there already
        (state.source_id.is_none() || !steps.is_empty()).then_some(Work { target, steps })
    }

    fn step(
        &self,
        index: usize,
        target: &Target,
        observed: &ObservatoryState,
        retry_failed: bool,
        findings: &mut Findings,
    ) -> Option<Step> {
        let attempts = observed.raw.as_ref().map_or(0, |raw| raw.attempts);
        let raw_row = observed
            .raw
            .as_ref()
            .filter(|raw| raw.outcome == Outcome::Ok)
            .map(|raw| raw.id);
        let reduction_row = observed.reduction.as_ref().map(|reduction| reduction.id);
        let task =
            match self.fetch_task(index, target, observed.raw.as_ref(), retry_failed, findings) {
                Some(task) => Some(task),
                None => self.reduce_task(index, observed, retry_failed, findings),
            }?;
        Some(Step {
            observatory: index,
            task,
            raw_row,
            reduction_row,
            attempts,
        })
    }

    fn fetch_task(
        &self,
        index: usize,
        target: &Target,
        raw: Option<&RawState>,
        retry_failed: bool,
        findings: &mut Findings,
    ) -> Option<Task> {
        if !self.options.fetch {
            return None;
        }
        let Some(raw) = raw else {
            return Some(Task::Fetch { replace: false });
        };
        let observatory = &self.observatories[index];
        let same_request = raw.parameters == self.fingerprints[index].download;
        let again = match raw.outcome {
            Outcome::Failed => retry_failed,
            // the rule may be another project's
            Outcome::Skipped => self.options.redo || observatory.skips(target).is_none(),
            // what the archive had nothing for is another question with other parameters
            Outcome::Empty => self.options.redo || !same_request,
            Outcome::Ok => {
                let asked_otherwise = !same_request && observatory.parameters().check_download_pars;
                if !same_request && !asked_otherwise {
                    findings.stale_raw += 1;
                }
                self.options.redo || asked_otherwise
            }
        };
        again.then_some(Task::Fetch {
            replace: raw.outcome == Outcome::Ok,
        })
    }

    fn reduce_task(
        &self,
        index: usize,
        observed: &ObservatoryState,
        retry_failed: bool,
        findings: &mut Findings,
    ) -> Option<Task> {
        let raw = observed
            .raw
            .as_ref()
            .filter(|raw| raw.outcome == Outcome::Ok)?;
        if !self.options.reduce {
            return None;
        }
        let stored = StoredRaw {
            file: raw.file.clone()?,
            checksum: raw.checksum.clone()?,
        };
        let again = match &observed.reduction {
            None => true,
            Some(reduction) if reduction.outcome == ReductionOutcome::Failed => retry_failed,
            Some(reduction) => {
                let other_raw = reduction.raw_checksum.as_deref() != Some(stored.checksum.as_str());
                let again = other_raw || self.options.redo;
                if !again && reduction.fingerprint != self.fingerprints[index].reduction {
                    findings.stale_reductions += 1;
                }
                again
            }
        };
        again.then_some(Task::Reduce(stored))
    }
}
