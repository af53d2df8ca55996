//! One source: asked for, encoded, put on disk, reduced and analysed; what is left is the record to commit.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::join_all;

use super::analysing::{self, AnalysisStep};
use super::memory::Share;
use super::plan::{AnalysisTask, Step, Task, Work};
use super::summary::{Missing, SourceFailure, Stopped};
use super::workshop::{Workshop, panic_words};
use crate::archive::Downloads;
use crate::catalog::Target;
use crate::database::DatabaseError;
use crate::database::{
    LightcurveRecord, Outcome, RawRecord, ReductionOutcome, ReductionRecord, Renewed, SourceRecord,
};
use crate::observatory::{Observatory, Reduction};
use crate::photometry::{Kind, Lightcurve, RawPhotometry};
use crate::sky;
use crate::storage::{self, StorageClass, StorageError, Stored};

/// What became of one source.
#[derive(Debug)]
pub(super) struct Processed {
    /// As what number of the run it was begun, from 0.
    pub order: usize,
    pub record: SourceRecord,
    pub failures: Vec<SourceFailure>,
    /// Why the whole run has to stop.
    pub fatal: Option<Stopped>,
    /// Bytes of files written.
    pub bytes: u64,
    /// What came of asking again, by observatory.
    pub refreshed: Vec<(String, Refreshed)>,
    /// What is not on disk, where nobody was to be asked.
    pub missing: Missing,
    /// Files on disk that are in the record, and of no use once it is committed.
    pub downloads: Vec<Downloads>,
}

/// What came of asking again for what was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refreshed {
    Unchanged,
    Changed,
}

/// What became of one source at one observatory.
#[derive(Default)]
pub(super) struct StepResult {
    pub raw: Option<RawRecord>,
    /// The raw row that stays as it was.
    pub renewed: Option<Renewed>,
    pub refreshed: Option<Refreshed>,
    pub is_missing: bool,
    pub downloads: Vec<Downloads>,
    pub reduction: Option<ReductionRecord>,
    /// What was reduced, unless it is large.
    pub lightcurves: Option<Arc<[Lightcurve]>>,
    pub failure: Option<SourceFailure>,
    pub fatal: Option<Stopped>,
    pub bytes: u64,
}

/// Raw photometry that is on disk.
pub(super) struct Raw {
    pub photometry: Arc<RawPhotometry>,
    pub checksum: String,
}

/// Does all steps of a source, its observatories side by side.
pub(super) async fn process(workshop: Arc<Workshop>, work: Work, order: usize) -> Processed {
    let results = join_all(
        work.steps
            .iter()
            .map(|step| one_observatory(&workshop, &work.target, step)),
    )
    .await;
    let mut processed = Processed {
        order,
        record: source_record(&work.target),
        failures: Vec::new(),
        fatal: None,
        bytes: 0,
        refreshed: Vec::new(),
        missing: Missing::default(),
        downloads: Vec::new(),
    };
    let places = work.steps.iter().map(|step| step.observatory);
    let mut results: Vec<(usize, StepResult)> = places.zip(results).collect();
    let analysis = match work.analysis {
        Some(task) => analyse(&workshop, &work.target, task, &mut results).await,
        None => AnalysisStep::default(),
    };
    for (place, result) in results {
        let observatory = workshop.observatories[place].name();
        let refreshed = result.refreshed.map(|what| (observatory.to_owned(), what));
        processed.refreshed.extend(refreshed);
        if result.is_missing {
            processed.missing.note(&work.target.name, observatory);
        }
        processed.downloads.extend(result.downloads);
        processed.record.renewed.extend(result.renewed);
        processed.record.raw.extend(result.raw);
        processed.record.reductions.extend(result.reduction);
        processed.failures.extend(result.failure);
        processed.fatal = processed.fatal.or(result.fatal);
        processed.bytes += result.bytes;
    }
    processed.record.analysis = analysis.record;
    processed.failures.extend(analysis.failure);
    processed.fatal = processed.fatal.or(analysis.fatal);
    processed.bytes += analysis.bytes;
    processed
}

/// Nothing is analysed in a run that has to stop; where code panics the source has failed.
async fn analyse(
    workshop: &Arc<Workshop>,
    target: &Target,
    task: AnalysisTask,
    results: &mut [(usize, StepResult)],
) -> AnalysisStep {
    if results.iter().any(|(_, result)| result.fatal.is_some()) {
        return AnalysisStep::default();
    }
    let done = AssertUnwindSafe(analysing::analyse(workshop, target, task, results))
        .catch_unwind()
        .await;
    done.unwrap_or_else(|panic| AnalysisStep {
        failure: Some(SourceFailure {
            source_name: target.name.clone(),
            observatory: String::new(),
            stage: "analyze",
            message: panic_words(panic.as_ref()),
        }),
        ..AnalysisStep::default()
    })
}

fn source_record(target: &Target) -> SourceRecord {
    SourceRecord {
        name: target.name.clone(),
        ra: target.ra,
        dec: target.dec,
        healpix: target.healpix(),
        catalog_row: target.index,
        cat_row: serde_json::to_value(target).unwrap_or_default(),
        mag: target.mag,
        raw: Vec::new(),
        renewed: Vec::new(),
        reductions: Vec::new(),
        analysis: None,
    }
}

/// An observatory whose code panics has failed for this source; the others of the source have not.
async fn one_observatory(workshop: &Workshop, target: &Target, step: &Step) -> StepResult {
    let done = AssertUnwindSafe(fetch_and_reduce(workshop, target, step))
        .catch_unwind()
        .await;
    done.unwrap_or_else(|panic| {
        let mut at = Place::new(workshop, target, step);
        at.panicked(panic_words(panic.as_ref()));
        at.result
    })
}

async fn fetch_and_reduce(workshop: &Workshop, target: &Target, step: &Step) -> StepResult {
    let mut at = Place::new(workshop, target, step);
    at.share = Some(workshop.memory.share(step.observatory).await);
    let raw = match &step.task {
        Task::Fetch { replace, was_empty } => at.fetch(*replace, *was_empty).await,
        Task::Refresh { stored, due } => at.refresh(stored, *due).await,
        Task::Reduce(stored) => at.load(stored).await,
    };
    if let (Some(raw), true) = (raw, workshop.options.reduce) {
        at.reduce(raw).await;
    }
    at.result
}

/// One source at one observatory, and what has become of it so far.
pub(super) struct Place<'a> {
    pub workshop: &'a Workshop,
    pub target: &'a Target,
    pub step: &'a Step,
    pub result: StepResult,
    /// Of the memory, for as long as its photometry is there.
    share: Option<Share>,
}

impl<'a> Place<'a> {
    fn new(workshop: &'a Workshop, target: &'a Target, step: &'a Step) -> Place<'a> {
        Place {
            workshop,
            target,
            step,
            result: StepResult::default(),
            share: None,
        }
    }

    pub(super) fn observatory(&self) -> &Observatory {
        &self.workshop.observatories[self.step.observatory]
    }

    /// This photometry is in memory now.
    pub(super) fn hold(&mut self, raw: &RawPhotometry) {
        if let Some(share) = &mut self.share {
            share.hold(raw);
        }
    }

    /// Waits until its photometry may be encoded and reduced.
    pub(super) async fn work(&mut self) {
        if let Some(share) = &mut self.share {
            share.work().await;
        }
    }

    fn panicked(&mut self, message: String) {
        match &self.step.task {
            Task::Fetch { .. } | Task::Refresh { .. } => {
                let record = self.new_raw_record(Outcome::Failed);
                self.result.raw = Some(RawRecord {
                    message: Some(message.clone()),
                    error_class: Some("defect".to_owned()),
                    ..record
                });
                self.fail("fetch", message);
            }
            Task::Reduce(stored) => {
                let mut record = self.new_reduction_record(stored.checksum.clone());
                self.reduction_failed(&mut record, message);
                self.result.reduction = Some(record);
            }
        }
    }

    fn new_reduction_record(&self, raw_checksum: String) -> ReductionRecord {
        ReductionRecord {
            observatory: self.observatory().name().to_owned(),
            outcome: ReductionOutcome::Ok,
            message: None,
            raw_checksum: Some(raw_checksum),
            fingerprint: self.observatory().reduction_fingerprint(),
            file: None,
            length: None,
            checksum: None,
            lightcurves: Vec::new(),
        }
    }

    async fn reduce(&mut self, raw: Raw) {
        let observatory = self.observatory().clone();
        let target = self.target.clone();
        let Raw {
            photometry,
            checksum,
        } = raw;
        let mut record = self.new_reduction_record(checksum);
        if let Some(message) = another_star(&photometry, &target) {
            self.reduction_failed(&mut record, message);
            self.result.reduction = Some(record);
            return;
        }
        // the raw photometry is gone with the reduction: what comes of it needs the room
        let reduced = self
            .workshop
            .compute(move || observatory.reduce_for(&photometry, Some(&target)))
            .await;
        match reduced {
            Ok(Ok(reduction)) => {
                if let Err(error) = self.put_lightcurves(reduction, &mut record).await {
                    let message = self.keeping_failed(&error);
                    record.outcome = ReductionOutcome::Failed;
                    record.message = Some(message);
                }
            }
            Ok(Err(error)) => self.reduction_failed(&mut record, chain(&error)),
            Err(panicked) => self.reduction_failed(&mut record, panicked),
        }
        self.result.reduction = Some(record);
    }

    fn reduction_failed(&mut self, record: &mut ReductionRecord, message: String) {
        record.outcome = ReductionOutcome::Failed;
        record.message = Some(message.clone());
        self.fail("reduce", message);
    }

    async fn put_lightcurves(
        &mut self,
        reduction: Reduction,
        record: &mut ReductionRecord,
    ) -> Result<(), KeepError> {
        if !reduction.rejected.is_empty() {
            record.message = Some(reduction.rejected.join("; "));
        }
        let workshop = self.workshop;
        let path = storage::lightcurve_path(
            &workshop.folder,
            self.observatory().name(),
            self.target.ra,
            &self.target.name,
            Kind::Reduced,
        )?;
        workshop.forget_reduction(self.step.reduction_row).await?;
        if self.step.reduction_row.is_some() {
            // the analysis of the old lightcurves is forgotten with them
            analysing::remove_files(workshop, self.target).await?;
        }
        if reduction.lightcurves.is_empty() {
            // it may be there without a row, from a process that was killed
            workshop.store.remove(&path).await?;
            return Ok(());
        }
        let lightcurves: Arc<[Lightcurve]> = reduction.lightcurves.into();
        let image = workshop
            .encode_lightcurves(Arc::clone(&lightcurves), Kind::Reduced)
            .await?;
        let stored = workshop.store.put(&path, image).await?;
        self.result.bytes += stored.length;
        let keys = storage::lightcurve_keys(&lightcurves, Kind::Reduced);
        record.lightcurves = lightcurves
            .iter()
            .zip(&keys)
            .map(|(lightcurve, key)| LightcurveRecord::of(lightcurve, &path, key))
            .collect();
        record.file = Some(path);
        record.length = Some(stored.length);
        record.checksum = Some(stored.sha256);
        if stored.length <= analysing::LARGEST_HELD {
            self.result.lightcurves = Some(lightcurves);
        }
        Ok(())
    }

    /// What was made could not be kept; what would fail every source stops the run.
    pub(super) fn keeping_failed(&mut self, error: &KeepError) -> String {
        let message = chain(error);
        self.result.fatal = stops_the_run(error).or(self.result.fatal.take());
        self.fail("store", message.clone());
        message
    }

    pub(super) fn fail(&mut self, stage: &'static str, message: String) {
        self.result.failure = Some(SourceFailure {
            source_name: self.target.name.clone(),
            observatory: self.observatory().name().to_owned(),
            stage,
            message,
        });
    }
}

/// Why a run cannot go on when this could not be kept: it would fail every source.
pub(super) fn stops_the_run(error: &KeepError) -> Option<Stopped> {
    match error {
        KeepError::Storage(storage) => matches!(
            storage.class(),
            StorageClass::DiskFull | StorageClass::ReadOnly
        )
        .then(|| Stopped::Disk(chain(error))),
        KeepError::Database(error) => Some(Stopped::by_database(error)),
    }
}

/// Why what was made could not be kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeepError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// A record with what is known of raw photometry that is on disk.
pub(super) fn raw_facts(record: RawRecord, raw: &RawPhotometry, stored: &Stored) -> RawRecord {
    let times = raw.time_range();
    RawRecord {
        file: Some(stored.path.clone()),
        key: Some(storage::raw_key(&raw.source_name)),
        length: Some(stored.length),
        checksum: Some(stored.sha256.clone()),
        epochs: Some(raw.table.rows() as u64),
        time_start: times.map(|(start, _)| start),
        time_end: times.map(|(_, end)| end),
        ..record
    }
}

/// An error with its causes, on one line.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}

/// Sources that are this far apart (arcsec) are two stars of one name.
const ANOTHER_STAR: f64 = 60.0;

/// Raw photometry is shared by name: says so if it was asked for at another place than this target's.
fn another_star(raw: &RawPhotometry, target: &Target) -> Option<String> {
    let asked: Target = serde_json::from_value(raw.altdata.get("target")?.clone()).ok()?;
    let (ra, dec) = target.position_at(asked.epoch);
    let apart = sky::separation(ra, dec, asked.ra, asked.dec) * 3600.0;
    (apart > ANOTHER_STAR).then(|| {
        format!(
            "the raw photometry named {:?} in this data root is of another place ({:.5} {:+.5}, {apart:.0} arcsec away): \
             rename one of the two, use another data root, or fetch it anew for all projects with --redo",
            target.name, asked.ra, asked.dec
        )
    })
}
