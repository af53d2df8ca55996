//! What a run would do, found out without doing it.

use std::collections::{BTreeMap, HashSet};

use super::options::RunOptions;
use super::plan::{Findings, Planner, Task};
use super::{Project, ProjectError};
use crate::database::{ObservatoryState, SourceState};

/// Sources that are looked at with one query.
const TOGETHER: usize = 1000;

/// What a run would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Sources that are selected, and those of them with nothing left to do.
    pub selected: usize,
    /// Sources of which all is done.
    pub already_done: usize,
    /// Sources whose lightcurves on disk would be analysed, and those that will be if something is reduced first.
    pub analyze: usize,
    /// For each observatory what would be done.
    pub observatories: BTreeMap<String, PlannedObservatory>,
}

/// What a run would do with one observatory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlannedObservatory {
    /// Targets that would be asked for, those that a rule skips included.
    pub fetch: usize,
    /// Sources that a rule forbids to ask for.
    pub skip: usize,
    /// Of those, targets whose raw photometry is there and would be asked for anew only if it has changed.
    pub refresh: usize,
    /// Raw files on disk that would be reduced.
    pub reduce: usize,
    /// Targets that would have to be asked for, and are not, as nobody is to be asked.
    pub missing: usize,
}

impl Project {
    /// What a run with these options would do. Asks no archive and writes nothing.
    pub async fn plan(&self, options: &RunOptions) -> Result<Plan, ProjectError> {
        let rows = options.selection.rows(self.catalog())?;
        let mut plan = Plan {
            selected: rows.len(),
            ..Plan::default()
        };
        for observatory in self.observatories() {
            plan.observatories
                .insert(observatory.name().to_owned(), PlannedObservatory::default());
        }
        let analyser = self.analyser();
        let planner = Planner::new(self.observatories(), options, &analyser);
        for batch in rows.chunks(TOGETHER) {
            for (&row, state) in batch.iter().zip(self.states(batch).await?) {
                let Some(target) = self.catalog().target(row) else {
                    continue;
                };
                let mut findings = Findings::default();
                let nobody = HashSet::new();
                let compared = planner.compare(target.clone(), &state, &nobody, &mut findings);
                if compared.work.is_none() && compared.missing.is_empty() {
                    plan.already_done += 1;
                }
                for observatory in compared.missing {
                    self.planned(&mut plan, observatory).missing += 1;
                }
                let analysed = compared
                    .work
                    .as_ref()
                    .and_then(|work| work.analysis.as_ref());
                plan.analyze += usize::from(analysed.is_some());
                for step in compared.work.into_iter().flat_map(|work| work.steps) {
                    let skipped = self.observatories()[step.observatory]
                        .skips(&target)
                        .is_some();
                    let counts = self.planned(&mut plan, step.observatory);
                    counts.fetch += usize::from(step.task.asks());
                    match step.task {
                        Task::Fetch { .. } => counts.skip += usize::from(skipped),
                        Task::Refresh { .. } => counts.refresh += 1,
                        Task::Reduce(_) => counts.reduce += 1,
                    }
                }
            }
        }
        Ok(plan)
    }

    /// The counts of one observatory.
    fn planned<'a>(&self, plan: &'a mut Plan, observatory: usize) -> &'a mut PlannedObservatory {
        let name = self.observatories()[observatory].name();
        plan.observatories.entry(name.to_owned()).or_default()
    }

    /// What is done of these rows; nothing, for a project that never ran.
    async fn states(&self, rows: &[usize]) -> Result<Vec<SourceState>, ProjectError> {
        let names: Vec<&str> = rows
            .iter()
            .filter_map(|&row| self.catalog().name(row))
            .collect();
        let observatories: Vec<&str> = self.observatories().iter().map(|obs| obs.name()).collect();
        if let Some(database) = self.existing_database().await? {
            let project = self.existing_row(&database).await?;
            // raw photometry may be there although the project is not: rows of project 0 do not exist
            let id = project.map_or(0, |project| project.id);
            return Ok(database.states(id, &names, &observatories).await?);
        }
        let pending = |name: &&str| SourceState {
            name: (*name).to_owned(),
            source_id: None,
            observatories: observatories
                .iter()
                .map(|observatory| ObservatoryState {
                    observatory: (*observatory).to_owned(),
                    raw: None,
                    reduction: None,
                })
                .collect(),
            analysis: None,
        };
        Ok(names.iter().map(pending).collect())
    }
}
