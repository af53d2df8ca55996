//! The run: plan, work, commit, joined by bounded queues.
//!
//! ```text
//! planner ──► work (bounded) ──► one task a source, as many as archives and processors can use
//!    │ one query a batch              │ fetch → encode → put → reduce → encode → put
//!    │ claims                         ▼
//!    └──────────────────────────► committer: one transaction a batch
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::committer::Committer;
use super::error::ProjectError;
use super::limits::FailureLimits;
use super::plan::{Findings, Work};
use super::planning::{Planned, Planning};
use super::progress::Progress;
use super::session;
use super::summary::{RunSummary, Stopped};
use super::targets::Targets;
use super::work::{Processed, process};
use super::workshop::Workshop;

/// After an interruption what is in flight may take this long to end,
const GRACE: Duration = Duration::from_secs(20);
/// and the database this long to take it.
const COMMIT_GRACE: Duration = Duration::from_secs(5);

/// A run that is about to start.
pub(super) struct Run {
    pub workshop: Arc<Workshop>,
    pub targets: Targets,
    pub progress: Arc<Progress>,
    pub interrupt: CancellationToken,
    pub limits: FailureLimits,
    pub batch_size: usize,
}

impl Run {
    /// Runs to the end, or until something stops it; what is done then is committed.
    pub(super) async fn go(
        self,
        summary: RunSummary,
    ) -> Result<(RunSummary, Findings), ProjectError> {
        let session = self.begin_session().await?;
        let begun = summary.clone();
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
        let heart = tokio::spawn(session::beat(self.workshop.database.clone(), session));
        let committing = tokio::spawn(committer.run(finished));
        let planning = Planning {
            workshop: Arc::clone(&self.workshop),
            targets: self.targets.clone(),
            session,
            work: work_sender,
            progress: Arc::clone(&self.progress),
            planned: Planned::default(),
        };
        let planning = tokio::spawn(planning.run(halt.clone()));
        let stopped = self.work(work, finished_sender, stop, width, &halt).await;
        let (planned, committed) = tokio::join!(self.end_of(planning), self.end_of(committing));
        heart.abort();
        let _ = heart.await;
        let is_there = committed.is_some();
        let mut summary = match committed {
            Some(summary) => summary.map_err(ProjectError::defect)?,
            // only after an interruption; it may have come when nothing but the last commit was left
            None => RunSummary {
                stopped: Some(Stopped::Interrupted),
                ..begun
            },
        };
        // a database that did not take the last commit is not waited for once more
        if is_there {
            // the rows of a session that cannot be ended now are swept by the next one
            let ending = self.workshop.database.drop_session(session);
            let _ = tokio::time::timeout(COMMIT_GRACE, ending).await;
        }
        summary.stopped = summary.stopped.or(stopped?);
        let planned = match planned.transpose().map_err(ProjectError::defect)? {
            None => Planned::default(),
            Some(Ok(planned)) => planned,
            Some(Err(error)) => {
                summary
                    .stopped
                    .get_or_insert_with(|| Stopped::by_database(&error));
                Planned::default()
            }
        };
        summary.already_done = planned.already_done;
        summary.left_to_others = planned.left_to_others;
        summary.missing.add(&planned.findings.missing);
        Ok((summary, planned.findings))
    }

    /// Sources in flight: enough to keep every archive at its limit and every processor busy.
    ///
    /// Replies come in bursts when they take equally long. So for every source that is being asked for there
    /// is room for another whose reply is being stored and reduced: with room for a few only, an archive of
    /// 100 ms and 50 requests in flight was kept 88 % busy, now 96 %.
    fn width(&self) -> usize {
        let requests: usize = self
            .workshop
            .observatories
            .iter()
            .map(|obs| obs.parameters().max_concurrency)
            .sum();
        let threads = self.workshop.pool.current_num_threads();
        if self.workshop.options.asks() {
            2 * requests + 8 * threads
        } else {
            8 * threads
        }
    }

    /// Begins a session, unless somebody repairs: that would take files whose rows are to follow for stray ones.
    async fn begin_session(&self) -> Result<i64, ProjectError> {
        let database = &self.workshop.database;
        let session = database.begin_session(&session::this_process()).await?;
        session::drop_dead(database).await?;
        // only now: a repair that begins later finds this session
        let Some(repair) = database.repairing().await? else {
            return Ok(session);
        };
        database.drop_session(session).await?;
        Err(ProjectError::Repairing {
            pid: repair.session.pid,
        })
    }

    /// Waits for a task that asks the database: the last commit, or the planning. After an interruption not for a
    /// database that is away: what it has not taken is done again by the next run.
    async fn end_of<T>(&self, mut task: JoinHandle<T>) -> Option<Result<T, JoinError>> {
        let give_up = async {
            self.interrupt.cancelled().await;
            tokio::time::sleep(COMMIT_GRACE).await;
        };
        tokio::select! {
            biased;
            ended = &mut task => Some(ended),
            () = give_up => {
                task.abort();
                let _ = task.await;
                None
            }
        }
    }

    /// Keeps `width` sources in flight. Gives back what stopped it: the user, or sources that failed; an error
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
        // ended, and not yet taken by the committer: while it waits for the database no more is begun
        let mut ended: VecDeque<Processed> = VecDeque::new();
        let mut limits = self.limits.clone();
        let mut stopped = None;
        let mut defect = None;
        let mut deadline = None;
        let mut planned = false;
        let mut begun = 0;
        while !(tasks.is_empty() && ended.is_empty() && (planned || deadline.is_some())) {
            tokio::select! {
                biased;
                () = self.interrupt.cancelled(), if stopped != Some(Stopped::Interrupted) => {
                    stopped = Some(Stopped::Interrupted);
                    deadline = Some(Instant::now() + GRACE);
                    halt.cancel();
                }
                Some(_) = stop.recv(), if deadline.is_none() => {
                    deadline = Some(Instant::now() + GRACE);
                    halt.cancel();
                }
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => break,
                permit = finished.reserve(), if !ended.is_empty() => match (permit, ended.pop_front()) {
                    (Ok(permit), Some(processed)) => permit.send(processed),
                    _ => break,
                },
                Some(task) = tasks.join_next(), if !tasks.is_empty() => match task {
                    Ok(processed) => {
                        // seen here, not at the commit: an archive that is down is not asked on meanwhile
                        let reason = reason_to_stop(&processed, &mut limits);
                        if let (Some(reason), None) = (reason, deadline) {
                            stopped = Some(reason);
                            deadline = Some(Instant::now() + GRACE);
                            halt.cancel();
                        }
                        ended.push_back(processed);
                    }
                    Err(panic) => {
                        defect = Some(ProjectError::defect(panic));
                        break;
                    }
                },
                next = work.recv(), if !planned && deadline.is_none() && tasks.len() + ended.len() < width => match next {
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
