//! Puts finished sources into the database, many at a time.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::progress::Progress;
use super::summary::{FoundEvent, RunSummary, Stopped};
use super::work::{Processed, Refreshed};
use super::workshop::Workshop;
use crate::archive::Downloads;
use crate::database::{AnalysisRecord, DatabaseError, Outcome, ReductionOutcome};

/// A finished source waits no longer than this for others to be committed with.
const LONGEST_WAIT: Duration = Duration::from_millis(300);

/// Collects finished sources and commits them in batches.
pub(super) struct Committer {
    pub workshop: Arc<Workshop>,
    pub session: i64,
    pub batch_size: usize,
    pub progress: Arc<Progress>,
    pub summary: RunSummary,
    /// Told when nothing can be committed any more.
    pub stop: mpsc::UnboundedSender<Stopped>,
}

impl Committer {
    /// Commits what comes until the senders are gone; gives back the summary of it.
    ///
    /// If the database refuses, what was not committed is done again by the next run.
    pub(super) async fn run(mut self, mut finished: mpsc::Receiver<Processed>) -> RunSummary {
        let mut batch = Vec::with_capacity(self.batch_size);
        let mut deadline = Instant::now();
        loop {
            let next = if batch.is_empty() {
                finished.recv().await.map(Some)
            } else {
                tokio::select! {
                    next = finished.recv() => next.map(Some),
                    () = tokio::time::sleep_until(deadline) => Some(None),
                }
            };
            let last = next.is_none();
            if let Some(Some(processed)) = next {
                if batch.is_empty() {
                    deadline = Instant::now() + LONGEST_WAIT;
                }
                batch.push(processed);
            }
            let due = last || batch.len() >= self.batch_size || Instant::now() >= deadline;
            if due && !batch.is_empty() {
                let full = std::mem::replace(&mut batch, Vec::with_capacity(self.batch_size));
                if let Err(error) = self.commit(full).await {
                    self.stop_run(Stopped::by_database(&error));
                    // takers of claims and files must not wait for a receiver that is gone
                    finished.close();
                    while finished.recv().await.is_some() {}
                    return self.summary;
                }
            }
            if last {
                return self.summary;
            }
        }
    }

    async fn commit(&mut self, mut batch: Vec<Processed>) -> Result<(), DatabaseError> {
        let records: Vec<_> = batch
            .iter_mut()
            .map(|processed| std::mem::take(&mut processed.record))
            .collect();
        let (database, project) = (&self.workshop.database, self.workshop.project_id);
        database.commit_by(self.session, project, &records).await?;
        // others may look again at what is settled now, and will find that nothing is left to do
        let names: Vec<&str> = records.iter().map(|record| record.name.as_str()).collect();
        self.workshop.release(self.session, &names).await?;
        let mut used = Vec::new();
        for (record, mut processed) in records.iter().zip(batch) {
            self.count(record);
            used.append(&mut processed.downloads);
            self.note(processed);
        }
        join_all(used.into_iter().map(Downloads::discard)).await;
        Ok(())
    }

    fn count(&mut self, record: &crate::database::SourceRecord) {
        if let Some(analysis) = &record.analysis {
            self.count_analysis(&record.name, analysis);
        }
        for raw in &record.raw {
            let counts = self.summary.observatory(&raw.observatory);
            match raw.outcome {
                Outcome::Ok => counts.ok += 1,
                Outcome::Empty => counts.empty += 1,
                Outcome::Skipped => counts.skipped += 1,
                Outcome::Failed => counts.failed += 1,
            }
        }
        for reduction in &record.reductions {
            let counts = self.summary.observatory(&reduction.observatory);
            match reduction.outcome {
                ReductionOutcome::Ok => counts.reduced += 1,
                ReductionOutcome::Failed => counts.failed += 1,
            }
            counts.lightcurves += reduction.lightcurves.len();
            counts.epochs += reduction
                .lightcurves
                .iter()
                .map(|lc| lc.statistics.number as u64)
                .sum::<u64>();
        }
    }

    fn count_analysis(&mut self, source_name: &str, analysis: &AnalysisRecord) {
        let counts = &mut self.summary.analysis;
        let Ok(result) = &analysis.result else {
            counts.failed += 1;
            return;
        };
        counts.analysed += 1;
        let real = result.analysed.real().count();
        counts.detections += real;
        counts.simulated += result.analysed.detections.len() - real;
        let injections = &result.analysed.injections;
        counts.injections += injections.len();
        counts.recovered += injections.iter().filter(|one| one.recovered()).count();
        for note in &result.analysed.notes {
            self.summary.note_remark(note);
        }
        for found in result.analysed.real() {
            let place = result.lightcurves.get(found.peak().lightcurve);
            let (observatory, filter) = place.map_or_else(Default::default, |place| {
                (place.observatory.clone(), place.filter.clone())
            });
            self.summary.note_event(FoundEvent {
                source_name: source_name.to_owned(),
                observatory,
                filter,
                time: found.peak_time,
                snr: found.snr,
                brightening: found.peak_mag_diff,
            });
        }
    }

    fn note(&mut self, processed: Processed) {
        let failed = !processed.failures.is_empty();
        self.progress.finish(failed, processed.bytes);
        self.summary.worked_on += 1;
        self.summary.failed += usize::from(failed);
        self.summary.bytes += processed.bytes;
        self.summary.missing.add(&processed.missing);
        for (observatory, refreshed) in &processed.refreshed {
            let counts = self.summary.observatory(observatory);
            match refreshed {
                Refreshed::Unchanged => counts.unchanged += 1,
                Refreshed::Changed => counts.changed += 1,
            }
        }
        for failure in processed.failures {
            // the summary tells it again
            tracing::info!(
                "{:?} at {} failed ({}): {}",
                failure.source_name,
                failure.observatory,
                failure.stage,
                failure.message
            );
            self.summary.note_failure(failure);
        }
    }

    fn stop_run(&mut self, reason: Stopped) {
        if self.summary.stopped.is_none() {
            self.summary.stopped = Some(reason.clone());
            // the run may have ended by itself
            let _ = self.stop.send(reason);
        }
    }
}
