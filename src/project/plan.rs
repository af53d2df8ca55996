//! What is left to do: states from the database, compared with what the project wants.

use std::collections::HashSet;

use super::analysing::ReducedFile;
use super::options::RunOptions;
use super::summary::Missing;
use super::workshop::{Analyser, Standing};
use crate::catalog::Target;
use crate::database::{
    AnalysisOutcome, AnalysisState, ObservatoryState, Outcome, RawState, ReductionOutcome,
    SourceState,
};
use crate::observatory::Observatory;

/// What has come of comparing one source.
#[derive(Debug)]
pub(super) struct Compared {
    /// None if the source is settled, or if nobody is to be asked for it.
    pub work: Option<Work>,
    /// Observatories (places in the project's list) that would have to be asked, and are not, as nobody is.
    pub missing: Vec<usize>,
}

/// What is to be done for one source.
#[derive(Debug)]
pub(super) struct Work {
    pub target: Target,
    pub steps: Vec<Step>,
    pub analysis: Option<AnalysisTask>,
}

/// The analysis of a source, once its steps are done.
#[derive(Debug)]
pub(super) struct AnalysisTask {
    /// For each observatory of the project, what is reduced before the steps: none if nothing is, and none inside if
    /// no lightcurve came of it.
    pub reduced: Vec<Option<Option<ReducedFile>>>,
    /// The analysis that is there.
    pub state: Option<AnalysisState>,
    pub source_id: Option<i64>,
    /// Also if what is reduced is the same as before.
    pub is_due: bool,
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
    /// Ask the archive; `replace` the raw file that is there. It may have said before that it has nothing.
    Fetch { replace: bool, was_empty: bool },
    /// Ask the archive whether it has something else than what is there. What is there is to be reduced anyway if
    /// that is `due`.
    Refresh { stored: StoredRaw, due: bool },
    /// Reduce the raw file that is there.
    Reduce(StoredRaw),
}

impl Task {
    /// Whether an archive is asked.
    pub(super) fn asks(&self) -> bool {
        !matches!(self, Task::Reduce(_))
    }
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
    /// Analyses that other parameters or rules made, and that stay as they are.
    pub stale_analyses: usize,
    /// Raw data fetched with other download parameters, used as it is.
    pub stale_raw: usize,
    /// What is not on disk, where nobody is to be asked.
    pub missing: Missing,
}

impl Findings {
    pub(super) fn add(&mut self, more: &Findings) {
        self.stale_reductions += more.stale_reductions;
        self.stale_raw += more.stale_raw;
        self.stale_analyses += more.stale_analyses;
        self.missing.add(&more.missing);
    }
}

/// Compares states with wishes.
pub(super) struct Planner<'a> {
    pub observatories: &'a [Observatory],
    pub options: &'a RunOptions,
    /// None if nothing is to be analysed.
    analyser: Option<&'a Analyser>,
    fingerprints: Vec<Fingerprints>,
}

struct Fingerprints {
    download: String,
    reduction: String,
}

impl<'a> Planner<'a> {
    pub(super) fn new(
        observatories: &'a [Observatory],
        options: &'a RunOptions,
        analyser: &'a Analyser,
    ) -> Planner<'a> {
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
            analyser: Some(analyser).filter(|analyser| options.analyze && analyser.is_wanted()),
            fingerprints,
        }
    }

    /// What is to be done for a source.
    ///
    /// `tried_by_others` are sources whose failure another process has just found out.
    pub(super) fn compare(
        &self,
        target: Target,
        state: &SourceState,
        tried_by_others: &HashSet<String>,
        findings: &mut Findings,
    ) -> Compared {
        let just_tried = tried_by_others.contains(&state.name);
        let mut missing = Vec::new();
        let mut steps = Vec::new();
        for (index, observed) in state.observatories.iter().enumerate() {
            let asking = self.asking(index, &target, observed.raw.as_ref(), just_tried, findings);
            let task = match asking {
                Asking::Ask(task) => Some(task),
                Asking::CannotBe => {
                    missing.push(index);
                    None
                }
                Asking::Compare(stored) => Some(Task::Refresh {
                    stored,
                    due: self
                        .reduction(index, observed, just_tried, findings)
                        .is_some(),
                }),
                Asking::No => self
                    .reduction(index, observed, just_tried, findings)
                    .map(Task::Reduce),
            };
            steps.extend(task.map(|task| step(index, task, observed)));
        }
        // a source that the project does not have yet is taken up even if all its data is there already
        let is_new = state.source_id.is_none() && missing.is_empty();
        let analysis = self.analysis(state, &steps, just_tried, findings);
        let is_work = is_new || !steps.is_empty() || analysis.is_some();
        let work = is_work.then_some(Work {
            target,
            steps,
            analysis,
        });
        Compared { work, missing }
    }

    /// Whether an archive is to be asked for a source.
    fn asking(
        &self,
        index: usize,
        target: &Target,
        raw: Option<&RawState>,
        just_tried: bool,
        findings: &mut Findings,
    ) -> Asking {
        let options = self.options;
        if !options.fetch {
            return Asking::No;
        }
        let observatory = &self.observatories[index];
        let skips = || observatory.skips(target).is_some();
        let fetch = |replace, was_empty| {
            // a rule that forbids to ask is found out without asking
            if options.offline && !skips() {
                return Asking::CannotBe;
            }
            Asking::Ask(Task::Fetch { replace, was_empty })
        };
        let Some(raw) = raw else {
            return fetch(false, false);
        };
        let redo = options.redo && !options.offline;
        let refresh = options.refresh && !just_tried;
        let same_request = raw.parameters == self.fingerprints[index].download;
        match raw.outcome {
            Outcome::Failed if !just_tried => fetch(false, false),
            // the rule may be another project's
            Outcome::Skipped if redo || !skips() => fetch(false, false),
            // what the archive had nothing for is another question with other parameters
            Outcome::Empty if redo || refresh || !same_request => fetch(false, true),
            Outcome::Failed | Outcome::Skipped | Outcome::Empty => Asking::No,
            Outcome::Ok if refresh && skips() => Asking::No,
            Outcome::Ok => {
                let checked = observatory.parameters().check_download_pars || refresh;
                let asked_otherwise = !same_request && checked && !options.offline;
                if !same_request && !asked_otherwise {
                    findings.stale_raw += 1;
                }
                match stored(raw) {
                    _ if redo || asked_otherwise => fetch(true, false),
                    Some(stored) if refresh => Asking::Compare(stored),
                    _ => Asking::No,
                }
            }
        }
    }

    /// The analysis, if it is due now or may be after the steps.
    fn analysis(
        &self,
        state: &SourceState,
        steps: &[Step],
        just_tried: bool,
        findings: &mut Findings,
    ) -> Option<AnalysisTask> {
        let analyser = self.analyser?;
        let inputs = state.analysis_inputs();
        let due = match &state.analysis {
            None => true,
            Some(done) if done.outcome == AnalysisOutcome::Failed => !just_tried,
            Some(done) => {
                let standing = analyser.standing(&done.fingerprint);
                let again = self.options.redo
                    || inputs.as_ref() != Some(&done.inputs)
                    || standing == Standing::Incomplete;
                if !again && standing == Standing::Stale {
                    findings.stale_analyses += 1;
                }
                again
            }
        };
        let reduces = self.options.reduce && !steps.is_empty();
        let wanted = reduces || (due && inputs.is_some());
        let reduced = |observed: &ObservatoryState| {
            let reduction = observed.reduction.as_ref()?;
            let facts = (&reduction.file, &reduction.checksum);
            (reduction.outcome == ReductionOutcome::Ok).then(|| match facts {
                (Some(path), Some(checksum)) => Some(ReducedFile {
                    path: path.clone(),
                    checksum: checksum.clone(),
                }),
                _ => None,
            })
        };
        wanted.then(|| AnalysisTask {
            reduced: state.observatories.iter().map(reduced).collect(),
            state: state.analysis.clone(),
            source_id: state.source_id,
            is_due: due,
        })
    }

    /// The raw file that is there, if it is to be reduced.
    fn reduction(
        &self,
        index: usize,
        observed: &ObservatoryState,
        just_tried: bool,
        findings: &mut Findings,
    ) -> Option<StoredRaw> {
        let raw = observed
            .raw
            .as_ref()
            .filter(|raw| raw.outcome == Outcome::Ok)?;
        if !self.options.reduce {
            return None;
        }
        let stored = stored(raw)?;
        let again = match &observed.reduction {
            None => true,
            Some(reduction) if reduction.outcome == ReductionOutcome::Failed => !just_tried,
            Some(reduction) => {
                let other_raw = reduction.raw_checksum.as_deref() != Some(stored.checksum.as_str());
                let again = other_raw || self.options.redo;
                if !again && reduction.fingerprint != self.fingerprints[index].reduction {
                    findings.stale_reductions += 1;
                }
                again
            }
        };
        again.then_some(stored)
    }
}

/// Whether an archive is to be asked.
enum Asking {
    No,
    Ask(Task),
    /// Only whether it has something else than this.
    Compare(StoredRaw),
    /// It would have to be asked, and nobody is to be.
    CannotBe,
}

fn stored(raw: &RawState) -> Option<StoredRaw> {
    Some(StoredRaw {
        file: raw.file.clone()?,
        checksum: raw.checksum.clone()?,
    })
}

fn step(observatory: usize, task: Task, observed: &ObservatoryState) -> Step {
    let raw = observed.raw.as_ref();
    Step {
        observatory,
        task,
        raw_row: raw
            .filter(|raw| raw.outcome == Outcome::Ok)
            .map(|raw| raw.id),
        reduction_row: observed.reduction.as_ref().map(|reduction| reduction.id),
        attempts: raw.map_or(0, |raw| raw.attempts),
    }
}
