//! Files below the data root: put completely or not at all, found again, checked against their checksum.

use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use futures::future;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::disk::{Disk, hexadecimal};
use super::names::STAGING;
use schemars::JsonSchema;

use super::{StorageClass, StorageError};
use crate::parameters::Parameters;

type Result<T> = std::result::Result<T, StorageError>;

/// What a project may set under `storage:`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StorageParameters {
    /// Wait until file and folder are on the disk itself before a product counts as written: survives a power
    /// cut without work to do again, and is slower.
    #[schemars(extend("critical" = false))]
    pub fsync: bool,
}

impl Parameters for StorageParameters {}

/// A file as it was put: what a database row keeps of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Path below the root, separated by `/`.
    pub path: String,
    /// Bytes.
    pub length: u64,
    /// SHA-256 in 64 hexadecimal digits.
    pub sha256: String,
}

impl Stored {
    /// What a row keeps of these bytes under this path.
    pub fn of(path: &str, bytes: &[u8]) -> Stored {
        Stored {
            path: path.to_owned(),
            length: bytes.len() as u64,
            sha256: crate::parameters::sha256_hex(bytes),
        }
    }
}

/// What became of [`Store::put_new`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    Stored(Stored),
    /// Somebody was first; her file is untouched.
    Exists,
}

/// How a file compares with what was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Sound,
    Missing,
    /// Of another length (bytes).
    WrongLength {
        found: u64,
    },
    /// Of the right length with other content.
    Damaged {
        sha256: String,
    },
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Verdict::Sound => f.write_str("the file is sound"),
            Verdict::Missing => f.write_str("the file is missing"),
            Verdict::WrongLength { found } => {
                write!(f, "the file has {found} bytes, not those of its row")
            }
            Verdict::Damaged { .. } => f.write_str("the file has another checksum than its row"),
        }
    }
}

/// A file of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub path: String,
    pub length: u64,
}

/// The files of one data root. Clones share it; may be used from many tasks and processes at once.
///
/// On a disk a file is written in a staging folder and renamed to its place. The staging folder appears
/// with the first file and goes with the last clone; what a killed process left there is removed when a
/// store is opened.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    objects: Arc<dyn ObjectStore>,
    /// None for an object store that is not a folder of this machine: its own puts are atomic.
    disk: Option<Disk>,
}

impl Store {
    /// The store of a folder, which is made if it is not there.
    ///
    /// # Errors
    /// The folder cannot be made or read.
    pub fn open(root: impl AsRef<FilePath>, parameters: StorageParameters) -> Result<Store> {
        let (disk, objects) = Disk::open(root.as_ref(), parameters.fsync)?;
        Ok(Store {
            inner: Arc::new(Inner {
                objects: Arc::new(objects),
                disk: Some(disk),
            }),
        })
    }

    /// A store over any object store, such as one in memory.
    pub fn over(objects: Arc<dyn ObjectStore>) -> Store {
        Store {
            inner: Arc::new(Inner {
                objects,
                disk: None,
            }),
        }
    }

    /// The folder on this machine; none for other object stores.
    pub fn root(&self) -> Option<&FilePath> {
        self.inner.disk.as_ref().map(Disk::root)
    }

    /// Writes a file under its name, in place of one that is there: readers see the old or the new bytes.
    ///
    /// # Errors
    /// A path that leaves the root, no space, no right. Then what was there before is still there.
    pub async fn put(&self, path: &str, bytes: Bytes) -> Result<Stored> {
        match self.write(path, bytes, PutMode::Overwrite).await? {
            Created::Stored(stored) => Ok(stored),
            Created::Exists => Err(StorageError::Path {
                path: path.to_owned(),
                reason: "the store would not replace it",
            }),
        }
    }

    /// Writes a file if there is none of that name: of many writers exactly one succeeds.
    ///
    /// # Errors
    /// As [`Store::put`].
    pub async fn put_new(&self, path: &str, bytes: Bytes) -> Result<Created> {
        self.write(path, bytes, PutMode::Create).await
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// Of the class [`Missing`](StorageClass::Missing) if there is none.
    pub async fn get(&self, path: &str) -> Result<Bytes> {
        let location = checked(path)?;
        let read = async { self.inner.objects.get(&location).await?.bytes().await };
        read.await.map_err(|cause| failed("read", path, cause))
    }

    /// The length of a file (bytes); none if there is no such file.
    ///
    /// # Errors
    /// The store cannot be asked.
    pub async fn head(&self, path: &str) -> Result<Option<u64>> {
        match self.inner.objects.head(&checked(path)?).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(cause) => Err(failed("look for", path, cause)),
        }
    }

    /// Compares a file with what was put.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub async fn verify(&self, path: &str, length: u64, sha256: &str) -> Result<Verdict> {
        match self.head(path).await? {
            None => return Ok(Verdict::Missing),
            Some(found) if found != length => return Ok(Verdict::WrongLength { found }),
            Some(_) => {}
        }
        match self.digest(path).await {
            // removed between the two questions
            Err(error) if error.class() == StorageClass::Missing => Ok(Verdict::Missing),
            Err(error) => Err(error),
            Ok(found) if found.eq_ignore_ascii_case(sha256) => Ok(Verdict::Sound),
            Ok(found) => Ok(Verdict::Damaged { sha256: found }),
        }
    }

    /// Removes a file and the folders that it leaves empty; says whether there was one.
    ///
    /// # Errors
    /// The file is there and cannot be removed.
    pub async fn remove(&self, path: &str) -> Result<bool> {
        match self.inner.objects.delete(&checked(path)?).await {
            Ok(()) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(cause) => Err(failed("remove", path, cause)),
        }
    }

    /// All files below a folder (all of the root for the empty text), in no order, without half-written ones.
    ///
    /// # Errors
    /// As the first and only item, a path that leaves the root; else what the store tells.
    pub fn list(&self, folder: &str) -> BoxStream<'static, Result<Listed>> {
        let location = match folder {
            "" => None,
            folder => match checked(folder) {
                Ok(location) => Some(location),
                Err(error) => return stream::once(future::ready(Err(error))).boxed(),
            },
        };
        let folder = folder.to_owned();
        let listed = move |found: object_store::Result<ObjectMeta>| match found {
            Ok(file)
                if file
                    .location
                    .parts()
                    .next()
                    .is_some_and(|part| part.as_ref() == STAGING) =>
            {
                None
            }
            Ok(file) => Some(Ok(Listed {
                path: file.location.to_string(),
                length: file.size,
            })),
            // removed while the listing was made, or a folder that is not there
            Err(object_store::Error::NotFound { .. }) => None,
            Err(cause) => Some(Err(failed("list", &folder, cause))),
        };
        self.inner
            .objects
            .list(location.as_ref())
            .filter_map(move |found| future::ready(listed(found)))
            .boxed()
    }

    async fn write(&self, path: &str, bytes: Bytes, mode: PutMode) -> Result<Created> {
        let location = checked(path)?;
        let is_new = mode == PutMode::Create;
        let inner = Arc::clone(&self.inner);
        let payload = bytes.clone();
        // checksum and disk in one step of the threads that may block
        let (stored, written) = blocking(move || {
            let stored = Stored {
                path: location.to_string(),
                length: payload.len() as u64,
                sha256: checksum(&payload),
            };
            let disk = inner.disk.as_ref();
            let written = disk.map(|disk| disk.write(&stored.path, &payload, is_new));
            Ok((stored, written))
        })
        .await?;
        let created = match written {
            Some(written) => written?,
            None => self.put_object(path, bytes, mode).await?,
        };
        Ok(if created {
            Created::Stored(stored)
        } else {
            Created::Exists
        })
    }

    /// False if the object was to be new and is not.
    async fn put_object(&self, path: &str, bytes: Bytes, mode: PutMode) -> Result<bool> {
        let location = checked(path)?;
        let options = PutOptions::from(mode);
        let put = self
            .inner
            .objects
            .put_opts(&location, bytes.into(), options);
        match put.await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(cause) => Err(failed("write", path, cause)),
        }
    }

    async fn digest(&self, path: &str) -> Result<String> {
        if self.inner.disk.is_none() {
            let bytes = self.get(path).await?;
            return blocking(move || Ok(checksum(&bytes))).await;
        }
        let (inner, path) = (Arc::clone(&self.inner), path.to_owned());
        blocking(move || {
            let disk = inner
                .disk
                .as_ref()
                .expect("asked above, and it never changes");
            disk.checksum(&path)
        })
        .await
    }
}

/// Refuses what could leave the root or means different files on different systems.
fn checked(path: &str) -> Result<Path> {
    let refused = |reason| StorageError::Path {
        path: path.to_owned(),
        reason,
    };
    if path.is_empty() {
        return Err(refused("it is empty"));
    }
    if path.starts_with('/') {
        return Err(refused("it is absolute"));
    }
    if path.contains(['\\', ':']) {
        return Err(refused("it has a separator of another system"));
    }
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(refused("a part of it is empty, \".\" or \"..\""));
    }
    if path.split('/').next() == Some(STAGING) {
        return Err(refused("that folder is for half-written files"));
    }
    Path::parse(path).map_err(|_| refused("it has a control character"))
}

/// Off the threads that must not block; right here where no runtime is.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::runtime::Handle::try_current() {
        Err(_) => work(),
        Ok(runtime) => match runtime.spawn_blocking(work).await {
            Ok(done) => done,
            Err(_) => Err(StorageError::ThreadEnded),
        },
    }
}

fn checksum(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn failed(doing: &'static str, path: &str, cause: object_store::Error) -> StorageError {
    StorageError::ObjectStore {
        doing,
        path: path.to_owned(),
        cause,
    }
}
