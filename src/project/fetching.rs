//! Raw photometry of one source: asked for, compared with what is there, put on disk; or loaded from it.

use std::sync::Arc;

use bytes::Bytes;

use super::plan::StoredRaw;
use super::summary::Stopped;
use super::work::{KeepError, Place, Raw, Refreshed, chain, raw_facts};
use crate::archive::{Downloads, ErrorClass};
use crate::database::{Outcome, RawRecord, Renewed};
use crate::observatory::{FetchError, Fetched, Provenance};
use crate::photometry::RawPhotometry;
use crate::storage::{self, Created, StorageClass, StorageError, Stored};

impl Place<'_> {
    /// Asks the archive and keeps what it sent.
    pub(super) async fn fetch(&mut self, replace: bool, was_empty: bool) -> Option<Raw> {
        let (observatory, downloads) = self.observatory().noting_downloads();
        match observatory.fetch(self.target).await {
            Ok(Fetched::Data { raw, provenance }) => {
                let raw = self.keep(Arc::new(raw), provenance, replace).await?;
                self.used(downloads);
                self.note_refresh(was_empty, Refreshed::Changed);
                Some(raw)
            }
            Ok(Fetched::Empty { provenance }) => {
                self.used(downloads);
                self.note_refresh(was_empty, Refreshed::Unchanged);
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
                if was_empty {
                    // that there was nothing is an answer; a question without one does not undo it
                    self.result.raw = None;
                }
                None
            }
        }
    }

    /// Asks the archive whether it has something else than what is on disk. Gives back what is to be reduced: what
    /// is new, or what was there if its reduction is `due`.
    pub(super) async fn refresh(&mut self, stored: &StoredRaw, due: bool) -> Option<Raw> {
        let previous = match self.workshop.load_raw(stored).await {
            Ok(previous) => Arc::new(previous),
            Err(error) => return self.without_file(&error, "fetch").await,
        };
        self.hold(&previous);
        let (observatory, downloads) = self.observatory().noting_downloads();
        match observatory.refresh(self.target, &previous).await {
            Ok(Fetched::Data { raw, provenance }) => {
                match self.replace_if_changed(raw, provenance, stored).await {
                    Ok(Some(new)) => {
                        self.used(downloads);
                        return Some(new);
                    }
                    Ok(None) => self.unchanged(downloads),
                    Err(error) => self.raw_not_kept(&error),
                }
            }
            Ok(Fetched::Unchanged { .. }) => self.unchanged(downloads),
            // what an archive once had is not thrown away because it has lost it
            Ok(Fetched::Empty { .. }) => tracing::warn!(
                source_name = ?self.target.name,
                "{} has nothing any more: what is there stays",
                self.observatory().name()
            ),
            // the rule is older than the photometry: it would not have been asked for
            Ok(Fetched::Skipped { .. }) => {}
            Err(error) => self.fetch_failed(&error),
        }
        if due {
            self.work().await;
        }
        due.then(|| Raw {
            photometry: previous,
            checksum: stored.checksum.clone(),
        })
    }

    /// Reads raw photometry from disk. If the file is lost or damaged it is asked for again.
    pub(super) async fn load(&mut self, stored: &StoredRaw) -> Option<Raw> {
        self.work().await;
        match self.workshop.load_raw(stored).await {
            Ok(photometry) => {
                self.hold(&photometry);
                Some(Raw {
                    photometry: Arc::new(photometry),
                    checksum: stored.checksum.clone(),
                })
            }
            Err(error) => self.without_file(&error, "reduce").await,
        }
    }

    /// The file of a row does not open.
    async fn without_file(&mut self, error: &StorageError, stage: &'static str) -> Option<Raw> {
        let options = &self.workshop.options;
        let is_lost = error.class() != StorageClass::Other;
        if is_lost && options.asks() {
            tracing::warn!(source_name = ?self.target.name, %error, "raw file lost or damaged: fetching it again");
            return self.fetch(true, false).await;
        }
        if is_lost && options.offline {
            tracing::warn!(source_name = ?self.target.name, %error, "raw file lost or damaged");
            self.result.is_missing = true;
        } else {
            let advice = "`retriever check --repair`, and then a run, gets it again";
            self.fail(stage, format!("{} ({advice})", chain(error)));
        }
        None
    }

    /// Puts what the archive has now in place of what is on disk; none if it is the same.
    async fn replace_if_changed(
        &mut self,
        raw: RawPhotometry,
        provenance: Provenance,
        stored: &StoredRaw,
    ) -> Result<Option<Raw>, KeepError> {
        let raw = Arc::new(raw);
        self.hold(&raw);
        self.work().await;
        let path = storage::raw_path(&raw.observatory, self.target.ra, &raw.source_name)?;
        // the same table and facts make the same bytes; a comparison of the tables would stumble over NaN
        let image = self.workshop.encode_raw(Arc::clone(&raw)).await?;
        if self.is_kept(stored, &image).await {
            return Ok(None);
        }
        self.workshop.forget_raw(self.step.raw_row).await?;
        let new = self.workshop.store.put(&path, image).await?;
        self.result.bytes += new.length;
        self.note_refresh(true, Refreshed::Changed);
        Ok(Some(self.kept(raw, new, provenance)))
    }

    /// Whether the file of a row has the content of this one, be it that an earlier version of the program laid it out
    /// otherwise.
    async fn is_kept(&self, stored: &StoredRaw, image: &Bytes) -> bool {
        if Stored::of(&stored.file, image).sha256 == stored.checksum {
            return true;
        }
        let Ok(kept) = self.workshop.load_raw(stored).await else {
            return false;
        };
        let again = self.workshop.encode_raw(Arc::new(kept)).await;
        again.is_ok_and(|again| again == *image)
    }

    /// The row stays as it is, but for the time of the request.
    fn unchanged(&mut self, downloads: Downloads) {
        self.used(downloads);
        self.note_refresh(true, Refreshed::Unchanged);
        self.result.renewed = self.step.raw_row.map(|raw_row| Renewed {
            raw_row,
            requested_at: now(),
        });
    }

    fn note_refresh(&mut self, was_there: bool, refreshed: Refreshed) {
        if self.workshop.options.refresh && was_there {
            self.result.refreshed = Some(refreshed);
        }
    }

    /// Files that are in raw photometry now; they are discarded once that is committed.
    fn used(&mut self, downloads: Downloads) {
        self.result.downloads.push(downloads);
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
        self.hold(&raw);
        self.work().await;
        match self.put_raw(&raw, replace).await {
            Ok((raw, stored)) => Some(self.kept(raw, stored, provenance)),
            Err(error) => {
                self.raw_not_kept(&error);
                None
            }
        }
    }

    fn kept(&mut self, raw: Arc<RawPhotometry>, stored: Stored, provenance: Provenance) -> Raw {
        let record = raw_facts(self.new_raw_record(Outcome::Ok), &raw, &stored);
        self.result.raw = Some(with_provenance(record, provenance));
        Raw {
            photometry: raw,
            checksum: stored.sha256,
        }
    }

    fn raw_not_kept(&mut self, error: &KeepError) {
        let record = self.new_raw_record(Outcome::Failed);
        let message = self.keeping_failed(error);
        self.result.raw = Some(RawRecord {
            message: Some(message),
            error_class: Some("storage".to_owned()),
            ..record
        });
    }

    async fn put_raw(
        &mut self,
        raw: &Arc<RawPhotometry>,
        replace: bool,
    ) -> Result<(Arc<RawPhotometry>, Stored), KeepError> {
        let workshop = self.workshop;
        let path = storage::raw_path(&raw.observatory, self.target.ra, &raw.source_name)?;
        let image = workshop.encode_raw(Arc::clone(raw)).await?;
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

    pub(super) fn new_raw_record(&self, outcome: Outcome) -> RawRecord {
        RawRecord {
            attempts: self.step.attempts + 1,
            parameters: self.observatory().download_fingerprint(),
            requested_at: Some(now()),
            ..RawRecord::new(self.observatory().name(), outcome)
        }
    }
}

/// ISO 8601, UTC.
fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

fn with_provenance(record: RawRecord, provenance: Provenance) -> RawRecord {
    RawRecord {
        url: Some(provenance.url),
        release: Some(provenance.release).filter(|release| !release.is_empty()),
        message: Some(provenance.note)
            .filter(|note| !note.is_empty())
            .or(record.message),
        ..record
    }
}
