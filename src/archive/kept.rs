//! Whole files that stay on disk until what was made of them is safe: a run that is killed finds them again.
//!
//! Under the folder of downloads a file is called by the SHA-256 of its URL; beside it stands a note (`.json`) that
//! was written before the file got its name. A file without a note that fits is no file.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use flate2::Crc;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::client::Archive;
use super::disk::{blocking, remove, with_suffix};
use super::download::{Transferred, Verify, Wishes, given_up};
use super::error::ArchiveError;
use super::part::{Note, Part};
use super::redact::RedactedUrl;
use super::reply::Verdict;
use super::request::Request;
use crate::parameters::sha256_hex;

/// End of the names of notes of whole files.
pub(super) const NOTE: &str = ".json";

/// A file of an archive, whole and verified, in memory; its copy on disk stays until its [`Downloads`] are discarded.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// All of it.
    pub bytes: Bytes,
    /// The server's ETag of this version, if it gave one.
    pub etag: Option<String>,
    /// Where it came from, without secrets.
    pub url: RedactedUrl,
    /// Bytes that an earlier call had left on disk and that were not asked for again.
    pub resumed_from: u64,
}

/// The files that an archive has kept on disk since [`Archive::noting_downloads`].
///
/// Dropped without [`discard`](Downloads::discard) it leaves them, and the next run finds them.
#[derive(Debug, Default)]
#[must_use = "the files stay on disk until they are discarded"]
pub struct Downloads {
    noted: Noted,
}

/// Paths of whole files.
pub(super) type Noted = Arc<Mutex<BTreeSet<PathBuf>>>;

impl Archive {
    /// One file of at most [`max_file`](super::ArchiveSettings::max_file) bytes, unless the request says otherwise.
    ///
    /// What an interrupted call had left, also of a process that was killed, is continued as in
    /// [`download`](Archive::download); a whole file that nobody has used yet is not asked for again. `verify` sees
    /// all bytes: [`Verdict::Retry`] means that they are damaged, so they are thrown away and fetched anew, within the
    /// retries. Who asks for a file that is on its way waits for it and gets the same bytes, or the same error.
    ///
    /// # Errors
    /// As [`download`](Archive::download); [`ArchiveError::Rejected`] where `verify` refuses.
    pub async fn file(
        &self,
        request: Request,
        verify: impl Fn(&[u8]) -> Verdict + Send + Sync,
    ) -> Result<KeptFile, ArchiveError> {
        let found = self.one_flight(&request, None, &verify).await?;
        Ok(found.expect("a 304 is let through only where a version was named"))
    }

    /// The same, unless the server still has the version of that ETag (`If-None-Match`, 304): then `None`.
    ///
    /// # Errors
    /// As [`file`](Archive::file).
    pub async fn file_if_changed(
        &self,
        request: Request,
        etag: &str,
        verify: impl Fn(&[u8]) -> Verdict + Send + Sync,
    ) -> Result<Option<KeptFile>, ArchiveError> {
        self.one_flight(&request, Some(etag), &verify).await
    }

    /// The same archive, noting what files it keeps on disk from now on.
    pub fn noting_downloads(&self) -> (Archive, Downloads) {
        let downloads = Downloads::default();
        (self.with_noted(Arc::clone(&downloads.noted)), downloads)
    }

    /// Joins who is already on the way for the same file.
    async fn one_flight(
        &self,
        request: &Request,
        unless: Option<&str>,
        verify: &Verify<'_>,
    ) -> Result<Option<KeptFile>, ArchiveError> {
        let name = name_of(request)?;
        let flight = self.kept().flight(&name, unless);
        let mut outcome = flight.lock().await;
        if outcome.is_none() {
            *outcome = Some(self.kept_or_fetched(request, &name, unless, verify).await);
        }
        let result = outcome.clone().expect("it was filled above");
        if let (Ok(_), Some(noted), Some(folder)) = (&result, self.noted(), &self.kept().folder) {
            let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
            noted.insert(folder.join(&name));
        }
        result
    }

    async fn kept_or_fetched(
        &self,
        request: &Request,
        name: &str,
        unless: Option<&str>,
        verify: &Verify<'_>,
    ) -> Result<Option<KeptFile>, ArchiveError> {
        let path = self.kept().place().await?.join(name);
        loop {
            // who asks nobody does not make a part either
            let mut part = match self.is_offline() {
                true => None,
                false => Part::open(&path).await?,
            };
            let owned = part.is_some() || self.is_offline();
            if let Some(found) = self.found(&path, request, verify, owned).await?
                && (unless.is_none() || found.etag.as_deref() != unless)
            {
                if let Some(part) = part {
                    part.discard().await?;
                }
                return Ok(Some(found));
            }
            if self.is_offline() {
                let url = request.shown();
                return Err(ArchiveError::Offline { url });
            }
            // another process had it, and has used it up: it is our turn
            if let Some(part) = part.take() {
                return self.fetched(request, part, &path, unless, verify).await;
            }
        }
    }

    /// The whole file on disk, if it is what its note says and `verify` takes it. Otherwise it is removed by whom it
    /// is `owned`.
    async fn found(
        &self,
        path: &Path,
        request: &Request,
        verify: &Verify<'_>,
        owned: bool,
    ) -> Result<Option<KeptFile>, ArchiveError> {
        let place = path.to_owned();
        let why_not = match blocking(path, move || read_whole(&place)).await? {
            Found::Nothing => return Ok(None),
            Found::Damaged(reason) => reason.to_owned(),
            Found::Whole(bytes, note) => match verify(&bytes) {
                Verdict::Accept => {
                    return Ok(Some(KeptFile {
                        resumed_from: bytes.len() as u64,
                        bytes,
                        etag: note.etag,
                        url: request.shown(),
                    }));
                }
                Verdict::Retry(why) | Verdict::Refuse(why) | Verdict::Unauthorised(why) => why,
            },
        };
        if owned {
            tracing::warn!(url = %request.shown(), "the file that was kept is of no use ({why_not}): fetching it anew");
            let place = path.to_owned();
            blocking(path, move || remove_whole(&place)).await?;
        }
        Ok(None)
    }

    async fn fetched(
        &self,
        request: &Request,
        mut part: Part,
        path: &Path,
        unless: Option<&str>,
        verify: &Verify<'_>,
    ) -> Result<Option<KeptFile>, ArchiveError> {
        let found = part.length;
        let wishes = Wishes {
            limit: Some(request.size_limit().unwrap_or(self.settings().max_file)),
            unless,
            verify: Some(verify),
        };
        let etag = match self.transfer(request, &mut part, wishes).await {
            Ok(Transferred::Whole { etag }) => etag,
            Ok(Transferred::Unchanged) => return part.discard().await.map(|_| None),
            Err(error) => return Err(given_up(part, error).await),
        };
        let resumed_from = if part.begun_anew { 0 } else { found };
        let bytes = if self.kept().folder.is_some() {
            let last_modified = validator_that_is_no_etag(&part);
            let content = part.content().await?;
            let note = KeptNote {
                url: request.shown().to_string(),
                last_modified,
                etag: etag.clone(),
                crc32: crc32(content),
                length: content.len() as u64,
            };
            let text = serde_json::to_vec(&note).expect("a note is plain text and a number");
            let beside = (with_suffix(path, NOTE), text);
            let fsync = self.settings().fsync;
            part.finish(path, Some(beside), fsync).await?
        } else {
            part.discard().await?
        };
        Ok(Some(KeptFile {
            bytes: bytes.into(),
            etag,
            url: request.shown(),
            resumed_from,
        }))
    }
}

impl Downloads {
    /// Removes the files: what was made of them is safe. A file that cannot be removed is left to the sweep at the
    /// end of a run.
    pub async fn discard(self) {
        let noted = std::mem::take(&mut *self.noted.lock().unwrap_or_else(PoisonError::into_inner));
        if noted.is_empty() {
            return;
        }
        // the runtime waits for it even if nobody else does
        let removing = tokio::task::spawn_blocking(move || {
            for path in noted {
                if let Err(error) = remove_whole(&path) {
                    tracing::debug!(?path, %error, "a file that was used cannot be removed");
                }
            }
        });
        let _ = removing.await;
    }
}

/// Where whole files are kept, and which are on their way.
#[derive(Default)]
pub(super) struct KeptFiles {
    /// None: in a temporary folder, and not beyond the call that fetched them.
    pub(super) folder: Option<PathBuf>,
    temporary: tokio::sync::OnceCell<TempDir>,
    flights: Mutex<HashMap<FlightKey, Weak<Flight>>>,
}

/// Name of the file, and the version that is known of it.
type FlightKey = (String, Option<String>);

/// What came of it, for all who wait. It is gone with the last of them.
type Flight = tokio::sync::Mutex<Option<Result<Option<KeptFile>, ArchiveError>>>;

impl KeptFiles {
    pub(super) fn new(folder: Option<PathBuf>) -> KeptFiles {
        KeptFiles {
            folder,
            ..KeptFiles::default()
        }
    }

    async fn place(&self) -> Result<&Path, ArchiveError> {
        if let Some(folder) = &self.folder {
            return Ok(folder);
        }
        let make = || async {
            let elsewhere = std::env::temp_dir();
            blocking(&elsewhere, || {
                tempfile::Builder::new().prefix("retriever-").tempdir()
            })
            .await
        };
        self.temporary
            .get_or_try_init(make)
            .await
            .map(TempDir::path)
    }

    fn flight(&self, name: &str, unless: Option<&str>) -> Arc<Flight> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (name.to_owned(), unless.map(str::to_owned));
        if let Some(flight) = flights.get(&key).and_then(Weak::upgrade) {
            return flight;
        }
        flights.retain(|_, flight| flight.strong_count() > 0);
        let flight = Arc::<Flight>::default();
        flights.insert(key, Arc::downgrade(&flight));
        flight
    }
}

/// What is known of a whole file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeptNote {
    /// Without secrets.
    url: String,
    etag: Option<String>,
    last_modified: Option<String>,
    /// Against damage on the disk, for as long as the file waits there: as good for that as a longer sum, and a tenth of
    /// its time.
    crc32: u32,
    length: u64,
}

enum Found {
    Nothing,
    Whole(Bytes, KeptNote),
    /// In words.
    Damaged(&'static str),
}

fn read_whole(path: &Path) -> io::Result<Found> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error),
    };
    let note = fs::read(with_suffix(path, NOTE)).ok();
    let Some(note) = note.and_then(|text| serde_json::from_slice::<KeptNote>(&text).ok()) else {
        return Ok(Found::Damaged("it has no note"));
    };
    Ok(if note.length != bytes.len() as u64 {
        Found::Damaged("its length is not that of its note")
    } else if note.crc32 != crc32(&bytes) {
        Found::Damaged("its checksum is not that of its note")
    } else {
        Found::Whole(bytes.into(), note)
    })
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Removes a whole file and its note. One without the other is no file, so the order does not matter.
fn remove_whole(path: &Path) -> io::Result<()> {
    remove(path)?;
    remove(&with_suffix(path, NOTE))
}

/// What a file is called: the SHA-256 of its URL, and of the form that was posted, if any.
fn name_of(request: &Request) -> Result<String, ArchiveError> {
    let url = request.url()?;
    Ok(match request.body() {
        form if form.is_empty() => sha256_hex(url.as_str()),
        form => sha256_hex(format!("{url}\n{form}")),
    })
}

fn validator_that_is_no_etag(part: &Part) -> Option<String> {
    let note = part.note.as_ref()?;
    Note::etag(note).is_none().then(|| note.validator.clone())
}

impl fmt::Debug for KeptFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptFile")
            .field("url", &self.url)
            .field("length", &self.bytes.len())
            .field("etag", &self.etag)
            .field("resumed_from", &self.resumed_from)
            .finish()
    }
}
