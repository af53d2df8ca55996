//! One source: asked for, encoded, put on disk and reduced; what is left is the record to commit.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::join_all;

use super::plan::{Step, StoredRaw, Task, Work};
use super::summary::{SourceFailure, Stopped};
use super::workshop::{Workshop, panic_words};
use crate::archive::ErrorClass;
use crate::catalog::Target;
use crate::database::DatabaseError;
use crate::database::{
    LightcurveRecord, Outcome, RawRecord, ReductionOutcome, ReductionRecord, SourceRecord,
};
use crate::observatory::{FetchError, Fetched, Provenance, Reduction};
use crate::photometry::{Kind, Lightcurve, RawPhotometry};
use crate::storage::{self, Created, StorageClass, StorageError, Stored};

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
    /// Observatories that were asked, whose claim on the source ends with the commit.
    pub asked: Vec<String>,
}

/// What became of one source at one observatory.
#[derive(Default)]
struct StepResult {
    raw: Option<RawRecord>,
    reduction: Option<ReductionRecord>,
    failure: Option<SourceFailure>,
    fatal: Option<Stopped>,
    bytes: u64,
}

/// Raw photometry that is on disk.
struct Raw {
    photometry: Arc<RawPhotometry>,
    checksum: String,
}

/// Does all steps of a source, its observatories side by side.
pub(super) async fn process(workshop: Arc<Workshop>, work: Work, order: usize) -> Processed {
    let asked = work
        .steps
        .iter()
        .filter(|step| matches!(step.task, Task::Fetch { .. }))
        .map(|step| workshop.observatories[step.observatory].name().to_owned())
        .collect();
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
        asked,
    };
    for result in results {
        processed.record.raw.extend(result.raw);
        processed.record.reductions.extend(result.reduction);
        processed.failures.extend(result.failure);
        processed.fatal = processed.fatal.or(result.fatal);
        processed.bytes += result.bytes;
    }
    processed
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
        reductions: Vec::new(),
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
    let raw = match &step.task {
        Task::Fetch { replace } => at.fetch(*replace).await,
        Task::Reduce(stored) => at.load(stored).await,
    };
    if let (Some(raw), true) = (raw, workshop.options.reduce) {
        at.reduce(raw).await;
    }
    at.result
}

/// One source at one observatory, and what has become of it so far.
struct Place<'a> {
    workshop: &'a Workshop,
    target: &'a Target,
    step: &'a Step,
    result: StepResult,
}

impl<'a> Place<'a> {
    fn new(workshop: &'a Workshop, target: &'a Target, step: &'a Step) -> Place<'a> {
        Place {
            workshop,
            target,
            step,
            result: StepResult::default(),
        }
    }

    fn observatory(&self) -> &crate::observatory::Observatory {
        &self.workshop.observatories[self.step.observatory]
    }

    fn new_raw_record(&self, outcome: Outcome) -> RawRecord {
        RawRecord {
            attempts: self.step.attempts + 1,
            parameters: self.observatory().download_fingerprint(),
            requested_at: Some(
                jiff::Timestamp::now()
                    .strftime("%Y-%m-%dT%H:%M:%SZ")
                    .to_string(),
            ),
            ..RawRecord::new(self.observatory().name(), outcome)
        }
    }

    fn panicked(&mut self, message: String) {
        match &self.step.task {
            Task::Fetch { .. } => {
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

    /// Asks the archive and keeps what it sent.
    async fn fetch(&mut self, replace: bool) -> Option<Raw> {
        let fetched = self.observatory().fetch(self.target).await;
        match fetched {
            Ok(Fetched::Data { raw, provenance }) => {
                self.keep(Arc::new(raw), provenance, replace).await
            }
            Ok(Fetched::Empty { provenance }) => {
                let record = self.new_raw_record(Outcome::Empty);
                self.result.raw = Some(with_provenance(record, provenance));
                None
            }
            Ok(Fetched::Unchanged { .. }) => {
                self.fetch_failed(&FetchError::Other {
                    class: ErrorClass::Permanent,
                    message:
                        "the observatory says that nothing changed, but was not asked for changes"
                            .to_owned(),
                });
                None
            }
            Ok(Fetched::Skipped { rule }) => {
                let record = self.new_raw_record(Outcome::Skipped);
                self.result.raw = Some(RawRecord {
                    message: Some(rule),
                    ..record
                });
                None
            }
            Err(error) => {
                self.fetch_failed(&error);
                None
            }
        }
    }

    fn fetch_failed(&mut self, error: &FetchError) {
        let message = chain(error);
        match error.class() {
            ErrorClass::Authorisation => {
                self.result.fatal = Some(Stopped::Credentials(message.clone()))
            }
            ErrorClass::Disk => self.result.fatal = Some(Stopped::Disk(message.clone())),
            _ => {}
        }
        let record = self.new_raw_record(Outcome::Failed);
        self.result.raw = Some(RawRecord {
            message: Some(message.clone()),
            error_class: Some(error.class().as_str().to_owned()),
            ..record
        });
        self.fail("fetch", message);
    }

    /// Puts raw photometry on disk. The first writer wins: another process, or this one before it was
    /// killed, may have put the file there, and then that file is the raw photometry.
    async fn keep(
        &mut self,
        raw: Arc<RawPhotometry>,
        provenance: Provenance,
        replace: bool,
    ) -> Option<Raw> {
        match self.put_raw(&raw, replace).await {
            Ok((raw, stored)) => {
                let record = self.new_raw_record(Outcome::Ok);
                self.result.raw = Some(with_provenance(
                    raw_facts(record, &raw, &stored),
                    provenance,
                ));
                Some(Raw {
                    photometry: raw,
                    checksum: stored.sha256,
                })
            }
            Err(error) => {
                let record = self.new_raw_record(Outcome::Failed);
                let message = self.keeping_failed(&error);
                self.result.raw = Some(RawRecord {
                    message: Some(message),
                    error_class: Some("storage".to_owned()),
                    ..record
                });
                None
            }
        }
    }

    async fn put_raw(
        &mut self,
        raw: &Arc<RawPhotometry>,
        replace: bool,
    ) -> Result<(Arc<RawPhotometry>, Stored), KeepError> {
        let workshop = self.workshop;
        let path = storage::raw_path(&raw.observatory, self.target.ra, &raw.source_name)?;
        let image = workshop.encoder.encode_raw(Arc::clone(raw)).await?;
        if replace {
            workshop.forget_raw(self.step.raw_row).await?;
        } else {
            match workshop.store.put_new(&path, image.clone()).await? {
                Created::Stored(stored) => return Ok(self.wrote(raw, stored)),
                Created::Exists => {
                    if let Some(found) = workshop.adopt(&path, raw).await {
                        return Ok(found);
                    }
                }
            }
        }
        let stored = workshop.store.put(&path, image).await?;
        Ok(self.wrote(raw, stored))
    }

    fn wrote(&mut self, raw: &Arc<RawPhotometry>, stored: Stored) -> (Arc<RawPhotometry>, Stored) {
        self.result.bytes += stored.length;
        (Arc::clone(raw), stored)
    }

    /// Reads raw photometry from disk. If the file is lost or damaged it is asked for again.
    async fn load(&mut self, stored: &StoredRaw) -> Option<Raw> {
        match self.workshop.load_raw(stored).await {
            Ok(photometry) => Some(Raw {
                photometry: Arc::new(photometry),
                checksum: stored.checksum.clone(),
            }),
            Err(error) if self.workshop.options.fetch && error.class() != StorageClass::Other => {
                tracing::warn!(source_name = ?self.target.name, %error, "raw file lost or damaged: fetching it again");
                self.fetch(true).await
            }
            Err(error) => {
                self.fail(
                    "reduce",
                    format!("{} (run with fetching to get it again)", chain(&error)),
                );
                None
            }
        }
    }

    async fn reduce(&mut self, raw: Raw) {
        let observatory = self.observatory().clone();
        let target = self.target.clone();
        let photometry = Arc::clone(&raw.photometry);
        let reduced = self
            .workshop
            .compute(move || observatory.reduce_for(&photometry, Some(&target)))
            .await;
        let mut record = self.new_reduction_record(raw.checksum);
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
        if reduction.lightcurves.is_empty() {
            // it may be there without a row, from a process that was killed
            workshop.store.remove(&path).await?;
            return Ok(());
        }
        let lightcurves: Arc<[Lightcurve]> = reduction.lightcurves.into();
        let image = workshop
            .encoder
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
        Ok(())
    }

    /// What was made could not be kept; what would fail every source stops the run.
    fn keeping_failed(&mut self, error: &KeepError) -> String {
        let message = chain(error);
        match error {
            KeepError::Storage(error) => {
                if matches!(
                    error.class(),
                    StorageClass::DiskFull | StorageClass::ReadOnly
                ) {
                    self.result.fatal = Some(Stopped::Disk(message.clone()));
                }
            }
            KeepError::Database(error) => self.result.fatal = Some(Stopped::by_database(error)),
        }
        self.fail("store", message.clone());
        message
    }

    fn fail(&mut self, stage: &'static str, message: String) {
        self.result.failure = Some(SourceFailure {
            source_name: self.target.name.clone(),
            observatory: self.observatory().name().to_owned(),
            stage,
            message,
        });
    }
}

/// Why what was made could not be kept.
#[derive(Debug, thiserror::Error)]
enum KeepError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

fn with_provenance(record: RawRecord, provenance: Provenance) -> RawRecord {
    RawRecord {
        url: Some(provenance.url),
        release: Some(provenance.release).filter(|release| !release.is_empty()),
        ..record
    }
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
