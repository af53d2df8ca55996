//! What all sources of a run share: observatories, files, database, processors.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;

use super::memory::Memory;
use super::options::RunOptions;
use super::plan::StoredRaw;
use crate::analysis::{Analysis, AnalysisSettings};
use crate::database::{Database, DatabaseError};
use crate::observatory::Observatory;
use crate::photometry::{Kind, Lightcurve, RawPhotometry};
use crate::storage::{self, Hdf5Thread, StorageError, Store, Stored};

/// What all sources of a run share.
pub(super) struct Workshop {
    pub observatories: Vec<Observatory>,
    pub options: RunOptions,
    pub store: Store,
    pub hdf5: Hdf5Thread,
    pub database: Database,
    pub project_id: i64,
    /// Folder of this version of the project, under the data root.
    pub folder: String,
    pub pool: rayon::ThreadPool,
    pub memory: Arc<Memory>,
    pub analysis: Analyser,
}

/// What is done with the lightcurves of each source.
#[derive(Debug, Clone)]
pub(super) struct Analyser {
    pub object: Arc<dyn Analysis>,
    /// Of the project.
    pub seed: u64,
    /// What its products depend on besides the lightcurves, and which of those are kept.
    pub fingerprint: String,
    settings: AnalysisSettings,
}

/// How an analysis that is there stands to the one that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Same,
    /// Of the same rules, and lightcurves that are to be kept were not.
    Incomplete,
    /// Of other rules.
    Stale,
}

impl Analyser {
    pub(super) fn new(
        object: Arc<dyn Analysis>,
        settings: AnalysisSettings,
        seed: u64,
    ) -> Analyser {
        Analyser {
            object,
            seed,
            fingerprint: settings.fingerprint(seed),
            settings,
        }
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.settings.parameters().enabled
    }

    pub(super) fn standing(&self, fingerprint: &str) -> Standing {
        if self.settings.is_served_by(fingerprint, self.seed) {
            return Standing::Same;
        }
        let rules = |text: &str| text.split('+').next().unwrap_or_default().to_owned();
        match rules(fingerprint) == rules(&self.fingerprint) {
            true => Standing::Incomplete,
            false => Standing::Stale,
        }
    }
}

impl Workshop {
    /// Computes on the pool while this task waits. A panic there is an error here, in its own words.
    pub(super) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, String> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        self.pool.spawn(move || {
            // nobody listens any more if the run was stopped
            let _ = sender.send(catch_unwind(AssertUnwindSafe(work)));
        });
        match receiver.await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(panic)) => Err(panic_words(panic.as_ref())),
            Err(_) => Err("the computation was given up".to_owned()),
        }
    }

    /// [`storage::encode_raw`] on the pool.
    pub(super) async fn encode_raw(&self, raw: Arc<RawPhotometry>) -> Result<Bytes, StorageError> {
        self.encode(move || storage::encode_raw(&raw)).await
    }

    /// [`storage::encode_lightcurves`] on the pool.
    pub(super) async fn encode_lightcurves(
        &self,
        lightcurves: Arc<[Lightcurve]>,
        kind: Kind,
    ) -> Result<Bytes, StorageError> {
        self.encode(move || storage::encode_lightcurves(&lightcurves, kind))
            .await
    }

    async fn encode(
        &self,
        work: impl FnOnce() -> Result<Bytes, StorageError> + Send + 'static,
    ) -> Result<Bytes, StorageError> {
        let encoded = self.compute(work).await;
        encoded.unwrap_or(Err(StorageError::ThreadEnded))
    }

    /// What a source is claimed under: the name of each observatory, in their order, and last a word for the work on
    /// files of this project, which two processes need not both do either. No observatory has such a name.
    pub(super) fn claim_keys(&self) -> Vec<String> {
        let names = self.observatories.iter().map(|one| one.name().to_owned());
        let desk = format!("files of project {}", self.project_id);
        names.chain([desk]).collect()
    }

    /// Gives back whatever this session holds of these sources.
    pub(super) async fn release(&self, session: i64, names: &[&str]) -> Result<(), DatabaseError> {
        if names.is_empty() {
            return Ok(());
        }
        for key in self.claim_keys() {
            self.database.release(session, &key, names).await?;
        }
        Ok(())
    }

    /// Raw photometry of a row, if the file is what the row says.
    pub(super) async fn load_raw(&self, stored: &StoredRaw) -> Result<RawPhotometry, StorageError> {
        let bytes = self.load(&stored.file, &stored.checksum).await?;
        self.hdf5.decode_raw(bytes).await
    }

    /// A file, if it is what its row says.
    pub(super) async fn load(&self, path: &str, checksum: &str) -> Result<Bytes, StorageError> {
        load(&self.store, path, checksum).await
    }

    /// The raw file that stands where this one was to go, if it is sound and of the same source.
    pub(super) async fn adopt(
        &self,
        path: &str,
        expected: &RawPhotometry,
    ) -> Option<(Arc<RawPhotometry>, Stored)> {
        let bytes = self.store.get(path).await.ok()?;
        let stored = Stored::of(path, &bytes);
        let found = self.hdf5.decode_raw(bytes).await.ok()?;
        let same = found.source_name == expected.source_name
            && found.observatory == expected.observatory
            && found.altdata.get("download_parameters")
                == expected.altdata.get("download_parameters");
        same.then(|| (Arc::new(found), stored))
    }

    /// Before a raw file is replaced its row goes: a crash in between leaves a file without a row (C1).
    pub(super) async fn forget_raw(&self, row: Option<i64>) -> Result<(), DatabaseError> {
        match row {
            Some(row) => self.database.forget_raw(&[row]).await,
            None => Ok(()),
        }
    }

    /// Before a file of lightcurves is replaced its rows go.
    pub(super) async fn forget_reduction(&self, row: Option<i64>) -> Result<(), DatabaseError> {
        match row {
            Some(row) => self.database.forget_reductions(&[row]).await,
            None => Ok(()),
        }
    }
}

/// A file, if it is what its row says.
pub(super) async fn load(store: &Store, path: &str, checksum: &str) -> Result<Bytes, StorageError> {
    let bytes = store.get(path).await?;
    if Stored::of(path, &bytes).sha256 != checksum {
        return Err(StorageError::Damaged {
            reason: "its checksum is not that of its row".to_owned(),
        });
    }
    Ok(bytes)
}

/// What a panic said.
pub(super) fn panic_words(panic: &(dyn std::any::Any + Send)) -> String {
    let words = panic
        .downcast_ref::<&str>()
        .map(|words| (*words).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!(
        "a defect in the program: {}",
        words.unwrap_or_else(|| "it gave no reason".to_owned())
    )
}
