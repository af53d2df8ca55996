//! Finds out what is left to do, claims it, and sends it on its way.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::plan::{Findings, Planner, Work};
use super::progress::Progress;
use super::session;
use super::targets::Targets;
use super::workshop::Workshop;
use crate::database::DatabaseError;

/// Sources that are looked at with one query.
const PLANNED_TOGETHER: usize = 1000;
/// Sources that are claimed together: few, so that another process finds something to do.
const CLAIMED_TOGETHER: usize = 100;
/// How often to look whether another process has finished what it holds.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What planning found out.
#[derive(Debug, Default)]
pub(super) struct Planned {
    pub already_done: usize,
    pub left_to_others: usize,
    pub findings: Findings,
}

/// Goes through the catalog batch by batch.
pub(super) struct Planning {
    pub workshop: Arc<Workshop>,
    pub targets: Targets,
    pub session: i64,
    pub work: mpsc::Sender<Work>,
    pub progress: Arc<Progress>,
    pub planned: Planned,
}

impl Planning {
    /// Plans the targets of the run, then those that other processes were busy with.
    pub(super) async fn run(mut self, halt: CancellationToken) -> Result<Planned, DatabaseError> {
        let rows = self.targets.selected().to_vec();
        self.progress.expect(rows.len());
        let mut held_by_others: Vec<usize> = Vec::new();
        for batch in rows.chunks(PLANNED_TOGETHER) {
            if halt.is_cancelled() {
                return Ok(self.planned);
            }
            held_by_others.extend(self.batch(batch, &HashSet::new()).await?);
        }
        // what failed in another process while this one ran was just tried: it is not tried again at once
        let mut tried_by_others: HashSet<String> = HashSet::new();
        while !held_by_others.is_empty() {
            let names = held_by_others
                .iter()
                .filter_map(|&row| self.targets.name(row));
            tried_by_others.extend(names.map(str::to_owned));
            tokio::select! {
                () = halt.cancelled() => {
                    self.planned.left_to_others = held_by_others.len();
                    return Ok(self.planned);
                }
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
            session::drop_dead(&self.workshop.database).await?;
            let mut still_held = Vec::new();
            for batch in held_by_others.chunks(PLANNED_TOGETHER) {
                still_held.extend(self.batch(batch, &tried_by_others).await?);
            }
            held_by_others = still_held;
        }
        Ok(self.planned)
    }

    /// Sends the work of these rows on its way; gives back the rows that other processes hold.
    async fn batch(
        &mut self,
        rows: &[usize],
        tried_by_others: &HashSet<String>,
    ) -> Result<Vec<usize>, DatabaseError> {
        let mut findings = Findings::default();
        let (works, settled) = self.compare(rows, tried_by_others, &mut findings).await?;
        self.planned.findings.add(&findings);
        self.settle(settled.len());
        let mut held_by_others = Vec::new();
        let mut works = works.into_iter();
        loop {
            let some: Vec<Work> = works.by_ref().take(CLAIMED_TOGETHER).collect();
            if some.is_empty() {
                return Ok(held_by_others);
            }
            held_by_others.extend(self.claim_and_send(some, tried_by_others).await?);
        }
    }

    /// Claims what is to be done and sends what it got; gives back the rows that other processes hold.
    async fn claim_and_send(
        &mut self,
        works: Vec<Work>,
        tried_by_others: &HashSet<String>,
    ) -> Result<Vec<usize>, DatabaseError> {
        let held = self.held_by_others(&works).await?;
        // between the first look and the claim another process may have finished some of them
        let rows: Vec<usize> = works.iter().map(|work| work.target.index).collect();
        let (works, settled) = self
            .compare(&rows, tried_by_others, &mut Findings::default())
            .await?;
        self.give_back(&settled).await?;
        self.settle(settled.len());
        let (theirs, ours): (Vec<Work>, Vec<Work>) = works
            .into_iter()
            .partition(|work| held.contains(&work.target.name));
        let names: Vec<String> = theirs.iter().map(|work| work.target.name.clone()).collect();
        self.give_back(&names).await?;
        for work in ours {
            if self.work.send(work).await.is_err() {
                break; // the run has stopped
            }
        }
        Ok(theirs.iter().map(|work| work.target.index).collect())
    }

    fn settle(&mut self, sources: usize) {
        self.planned.already_done += sources;
        self.progress.settle(sources);
    }

    /// The work of these rows, and the names of those that are settled.
    async fn compare(
        &self,
        rows: &[usize],
        tried_by_others: &HashSet<String>,
        findings: &mut Findings,
    ) -> Result<(Vec<Work>, Vec<String>), DatabaseError> {
        let names: Vec<&str> = rows
            .iter()
            .filter_map(|&row| self.targets.name(row))
            .collect();
        let observatories: Vec<&str> = self
            .workshop
            .observatories
            .iter()
            .map(|obs| obs.name())
            .collect();
        let planner = Planner::new(
            &self.workshop.observatories,
            &self.workshop.options,
            &self.workshop.analysis,
        );
        let states = self
            .workshop
            .database
            .states(self.workshop.project_id, &names, &observatories)
            .await?;
        let mut works = Vec::new();
        let mut settled = Vec::new();
        for (&row, state) in rows.iter().zip(states) {
            let Some(target) = self.targets.target(row) else {
                continue;
            };
            let compared = planner.compare(target, &state, tried_by_others, findings);
            for &observatory in &compared.missing {
                findings
                    .missing
                    .note(&state.name, observatories[observatory]);
            }
            match compared.work {
                Some(work) => works.push(work),
                None if compared.missing.is_empty() => settled.push(state.name),
                None => self.progress.settle(1),
            }
        }
        Ok((works, settled))
    }

    /// Claims sources: at each observatory that is to be asked, or the work on their files where nobody is. Names of
    /// those that another process is busy with.
    async fn held_by_others(&self, works: &[Work]) -> Result<HashSet<String>, DatabaseError> {
        let mut held = HashSet::new();
        for (place, key) in self.workshop.claim_keys().iter().enumerate() {
            let wanted: Vec<&str> = works
                .iter()
                .filter(|work| match self.workshop.observatories.get(place) {
                    Some(_) => work.fetches(place),
                    None => !work.fetches_any(),
                })
                .map(|work| work.target.name.as_str())
                .collect();
            if wanted.is_empty() {
                continue;
            }
            let database = &self.workshop.database;
            let obtained = database.claim(self.session, key, &wanted).await?;
            let obtained: HashSet<String> = obtained.into_iter().collect();
            let theirs = wanted.iter().filter(|name| !obtained.contains(**name));
            held.extend(theirs.map(|name| (*name).to_owned()));
        }
        Ok(held)
    }

    /// Gives back the claims on sources: a source waits until all its observatories are free.
    async fn give_back(&self, names: &[String]) -> Result<(), DatabaseError> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.workshop.release(self.session, &names).await
    }
}

impl Work {
    /// Whether the archive of an observatory is asked for this source.
    fn fetches(&self, observatory: usize) -> bool {
        self.steps
            .iter()
            .any(|step| step.observatory == observatory && step.task.asks())
    }

    fn fetches_any(&self) -> bool {
        self.steps.iter().any(|step| step.task.asks())
    }
}
