//! The run: plan, work, commit, joined by bounded queues.
//!
//! ```text
//! planner ──► work (bounded) ──► one task a source, as many as archives and processors can use
//!    │ one query a batch              │ fetch → encode → put → reduce → encode → put
//!    │ claims                         ▼
//!    └──────────────────────────► committer: one transaction a batch
//! ```

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::committer::Committer;
use super::error::ProjectError;
use super::limits::FailureLimits;
use super::plan::{Findings, Planner, Task, Work};
use super::progress::Progress;
use super::session::{self, HEARTBEAT_SECONDS};
use super::summary::{RunSummary, Stopped};
use super::work::{Processed, process};
use super::workshop::Workshop;
use crate::catalog::Catalog;
use crate::database::DatabaseError;

/// Sources that are planned with one query.
const PLANNED_TOGETHER: usize = 1000;
/// After an interruption what is in flight may take this long to end.
const GRACE: Duration = Duration::from_secs(20);
/// How often to look whether another process has finished what it holds.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// A run that is about to start.
pub(super) struct Run {
    pub workshop: Arc<Workshop>,
    pub catalog: Arc<Catalog>,
    pub rows: Vec<usize>,
    pub progress: Arc<Progress>,
    pub interrupt: CancellationToken,
    pub limits: FailureLimits,
    pub batch_size: usize,
}

/// What planning found out.
#[derive(Debug, Default)]
struct Planned {
    already_done: usize,
    left_to_others: usize,
    findings: Findings,
}

impl Run {
    /// Runs to the end, or until something stops it; what is done then is committed.
    pub(super) async fn go(
        self,
        summary: RunSummary,
    ) -> Result<(RunSummary, Findings), ProjectError> {
        let session = self.begin_session().await?;
        let width = self.width();
        let (work_sender, work) = mpsc::channel(width);
        let (finished_sender, finished) = mpsc::channel(self.batch_size.max(width));
        let (stop_sender, stop) = mpsc::unbounded_channel();
        let halt = CancellationToken::new();
        let committer = Committer {
            workshop: Arc::clone(&self.workshop),
            session,
            batch_size: self.batch_size,
            progress: Arc::clone(&self.progress),
            summary,
            stop: stop_sender,
        };
        let heart = session.map(|session| tokio::spawn(beat(Arc::clone(&self.workshop), session)));
        let committing = tokio::spawn(committer.run(finished));
        let planning = tokio::spawn(plan(
            Arc::clone(&self.workshop),
            Arc::clone(&self.catalog),
            self.rows.clone(),
            session,
            work_sender,
            Arc::clone(&self.progress),
            halt.clone(),
        ));
        let stopped = self.work(work, finished_sender, stop, width, &halt).await;
        let planned = planning.await.map_err(ProjectError::defect)?;
        let mut summary = committing.await.map_err(ProjectError::defect)?;
        if let Some(heart) = heart {
            heart.abort();
            // it holds the store, whose last holder tidies up: that must not be a task left to itself
            let _ = heart.await;
        }
        if let Some(session) = session {
            // the rows of a session that cannot be ended now are swept by the next one
            let _ = self.workshop.database.drop_session(session).await;
        }
        summary.stopped = summary.stopped.or(stopped?);
        let planned = match planned {
            Ok(planned) => planned,
            Err(error) => {
                summary
                    .stopped
                    .get_or_insert_with(|| Stopped::by_database(&error));
                Planned::default()
            }
        };
        summary.already_done = planned.already_done;
        summary.left_to_others = planned.left_to_others;
        Ok((summary, planned.findings))
    }

    /// Sources in flight: enough to keep every archive at its limit and every processor busy.
    fn width(&self) -> usize {
        let requests: usize = self
            .workshop
            .observatories
            .iter()
            .map(|obs| obs.parameters().max_concurrency)
            .sum();
        let threads = self.workshop.pool.current_num_threads();
        if self.workshop.options.fetch {
            requests + 8 * threads
        } else {
            8 * threads
        }
    }

    async fn begin_session(&self) -> Result<Option<i64>, DatabaseError> {
        if !self.workshop.options.fetch {
            return Ok(None);
        }
        let database = &self.workshop.database;
        let session = database.begin_session(&session::this_process()).await?;
        drop_dead_sessions(&self.workshop).await?;
        Ok(Some(session))
    }

    /// Keeps `width` sources in flight. Gives back what stopped it, the user or sources that failed; an error
    /// if a task ended by a panic.
    async fn work(
        &self,
        mut work: mpsc::Receiver<Work>,
        finished: mpsc::Sender<Processed>,
        mut stop: mpsc::UnboundedReceiver<Stopped>,
        width: usize,
        halt: &CancellationToken,
    ) -> Result<Option<Stopped>, ProjectError> {
        let mut tasks: JoinSet<Processed> = JoinSet::new();
        let mut planned = false;
        let mut limits = self.limits.clone();
        let mut stopped = None;
        let mut deadline = None;
        let mut begun = 0;
        let mut defect = None;
        while !(tasks.is_empty() && (planned || deadline.is_some())) {
            tokio::select! {
                biased;
                () = self.interrupt.cancelled(), if deadline.is_none() => {
                    stopped = Some(Stopped::Interrupted);
                    deadline = Some(Instant::now() + GRACE);
                    halt.cancel();
                }
                Some(_) = stop.recv(), if deadline.is_none() => {
                    deadline = Some(Instant::now() + GRACE);
                    halt.cancel();
                }
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => break,
                Some(ended) = tasks.join_next(), if !tasks.is_empty() => {
                    let processed = match ended {
                        Ok(processed) => processed,
                        Err(panic) => {
                            defect = Some(ProjectError::defect(panic));
                            break;
                        }
                    };
                    // seen here, not at the commit: an archive that is down is not asked on meanwhile
                    let reason = reason_to_stop(&processed, &mut limits);
                    if deadline.is_none() && reason.is_some() {
                        stopped = reason;
                        deadline = Some(Instant::now() + GRACE);
                        halt.cancel();
                    }
                    if finished.send(processed).await.is_err() {
                        break;
                    }
                }
                next = work.recv(), if !planned && deadline.is_none() && tasks.len() < width => match next {
                    Some(next) => {
                        tasks.spawn(process(Arc::clone(&self.workshop), next, begun));
                        begun += 1;
                    }
                    None => planned = true,
                },
            }
        }
        halt.cancel();
        // what was given up holds the store: see that it lets go
        tasks.shutdown().await;
        defect.map_or(Ok(stopped), Err)
    }
}

/// Why no further source is begun after this one, if so.
fn reason_to_stop(processed: &Processed, limits: &mut FailureLimits) -> Option<Stopped> {
    let reached = limits.note(processed.order, !processed.failures.is_empty());
    processed
        .fatal
        .clone()
        .or_else(|| reached.map(Stopped::Failures))
}

async fn beat(workshop: Arc<Workshop>, session: i64) {
    let mut ticks = tokio::time::interval(Duration::from_secs(HEARTBEAT_SECONDS));
    loop {
        ticks.tick().await;
        if let Err(error) = workshop.database.heartbeat(session).await {
            tracing::warn!(%error, "no sign of life given");
        }
    }
}

async fn drop_dead_sessions(workshop: &Workshop) -> Result<(), DatabaseError> {
    let sessions = workshop.database.sessions().await?;
    for dead in session::dead(&sessions, jiff::Timestamp::now().as_second()) {
        workshop.database.drop_session(dead).await?;
    }
    Ok(())
}

/// Plans the catalog batch by batch, then what other processes were busy with.
async fn plan(
    workshop: Arc<Workshop>,
    catalog: Arc<Catalog>,
    rows: Vec<usize>,
    session: Option<i64>,
    work: mpsc::Sender<Work>,
    progress: Arc<Progress>,
    halt: CancellationToken,
) -> Result<Planned, DatabaseError> {
    progress.expect(rows.len());
    let mut planning = Planning {
        workshop: &workshop,
        catalog: &catalog,
        session,
        work,
        progress,
        planned: Planned::default(),
    };
    let mut held_by_others: Vec<usize> = Vec::new();
    for batch in rows.chunks(PLANNED_TOGETHER) {
        if halt.is_cancelled() {
            return Ok(planning.planned);
        }
        held_by_others.extend(planning.batch(batch, &HashSet::new()).await?);
    }
    // what failed in another process while this one ran was just tried: it is not tried again at once
    let mut settled_by_others: HashSet<String> = HashSet::new();
    while !held_by_others.is_empty() {
        settled_by_others.extend(
            held_by_others
                .iter()
                .filter_map(|&row| catalog.name(row).map(str::to_owned)),
        );
        tokio::select! {
            () = halt.cancelled() => {
                planning.planned.left_to_others = held_by_others.len();
                return Ok(planning.planned);
            }
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
        drop_dead_sessions(&workshop).await?;
        let mut still_held = Vec::new();
        for batch in held_by_others.chunks(PLANNED_TOGETHER) {
            still_held.extend(planning.batch(batch, &settled_by_others).await?);
        }
        held_by_others = still_held;
    }
    Ok(planning.planned)
}

struct Planning<'a> {
    workshop: &'a Workshop,
    catalog: &'a Catalog,
    session: Option<i64>,
    work: mpsc::Sender<Work>,
    progress: Arc<Progress>,
    planned: Planned,
}

impl Planning<'_> {
    /// Sends the work of these rows on its way; gives back the rows that other processes hold.
    async fn batch(
        &mut self,
        rows: &[usize],
        settled_by_others: &HashSet<String>,
    ) -> Result<Vec<usize>, DatabaseError> {
        let mut findings = Findings::default();
        let (works, _) = self.compare(rows, settled_by_others, &mut findings).await?;
        let held = self.held_by_others(&works).await?;
        // between the first look and the claim another process may have finished some of them
        let claimed: Vec<usize> = works
            .iter()
            .filter(|work| work.fetches_any())
            .map(|work| work.target.index)
            .collect();
        let (works, settled) = if claimed.is_empty() || self.session.is_none() {
            let settled = rows.len() - works.len();
            (works, settled)
        } else {
            let (again, finished) = self
                .compare(&claimed, settled_by_others, &mut Findings::default())
                .await?;
            self.give_back(&finished).await?;
            let settled = rows.len() - works.len() + finished.len();
            let others = works.into_iter().filter(|work| !work.fetches_any());
            (others.chain(again).collect(), settled)
        };
        self.planned.findings.add(&findings);
        self.planned.already_done += settled;
        self.progress.settle(settled);
        self.send(works, &held).await
    }

    /// The work of these rows, and the names of those that are settled.
    async fn compare(
        &self,
        rows: &[usize],
        settled_by_others: &HashSet<String>,
        findings: &mut Findings,
    ) -> Result<(Vec<Work>, Vec<String>), DatabaseError> {
        let names: Vec<&str> = rows
            .iter()
            .filter_map(|&row| self.catalog.name(row))
            .collect();
        let observatories: Vec<&str> = self
            .workshop
            .observatories
            .iter()
            .map(|obs| obs.name())
            .collect();
        let planner = Planner::new(&self.workshop.observatories, &self.workshop.options);
        let states = self
            .workshop
            .database
            .states(self.workshop.project_id, &names, &observatories)
            .await?;
        let mut works = Vec::new();
        let mut settled = Vec::new();
        for (&row, state) in rows.iter().zip(states) {
            let Some(target) = self.catalog.target(row) else {
                continue;
            };
            match planner.work(target, &state, settled_by_others, findings) {
                Some(work) => works.push(work),
                None => settled.push(state.name),
            }
        }
        Ok((works, settled))
    }

    /// Claims what is to be fetched; names of sources that another process is fetching.
    async fn held_by_others(&self, works: &[Work]) -> Result<HashSet<String>, DatabaseError> {
        let mut held = HashSet::new();
        let Some(session) = self.session else {
            return Ok(held);
        };
        for (index, observatory) in self.workshop.observatories.iter().enumerate() {
            let wanted: Vec<&str> = works
                .iter()
                .filter(|work| work.fetches(index))
                .map(|work| work.target.name.as_str())
                .collect();
            if wanted.is_empty() {
                continue;
            }
            let obtained: HashSet<String> = self
                .workshop
                .database
                .claim(session, observatory.name(), &wanted)
                .await?
                .into_iter()
                .collect();
            held.extend(
                wanted
                    .iter()
                    .filter(|name| !obtained.contains(**name))
                    .map(|name| (*name).to_owned()),
            );
        }
        Ok(held)
    }

    async fn send(
        &mut self,
        works: Vec<Work>,
        held: &HashSet<String>,
    ) -> Result<Vec<usize>, DatabaseError> {
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

    /// Gives back the claims on sources: a source waits until all its observatories are free.
    async fn give_back(&self, names: &[String]) -> Result<(), DatabaseError> {
        let Some(session) = self.session.filter(|_| !names.is_empty()) else {
            return Ok(());
        };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for observatory in &self.workshop.observatories {
            self.workshop
                .database
                .release(session, observatory.name(), &names)
                .await?;
        }
        Ok(())
    }
}

impl Work {
    /// Whether the archive of an observatory is asked for this source.
    fn fetches(&self, observatory: usize) -> bool {
        self.steps
            .iter()
            .any(|step| step.observatory == observatory && matches!(step.task, Task::Fetch { .. }))
    }

    fn fetches_any(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step.task, Task::Fetch { .. }))
    }
}
