//! A folder of this machine: files written aside and renamed, so that no name ever shows half a file.
//!
//! The store's own put would write `<name>#1` beside the product and leave it there when killed; and it never
//! waits for the disk. So writing is done here, and everything else through the object store.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use object_store::local::LocalFileSystem;
use sha2::{Digest, Sha256};

use super::StorageError;
use super::error::MAKE_FOLDER;
use super::staging::{self, Session};
use crate::disk::write_all;

type Result<T> = std::result::Result<T, StorageError>;

/// How often a folder is made again that somebody removed at the same moment because it was empty.
const ATTEMPTS: usize = 100;

/// Bytes read at a time for a checksum.
const BLOCK: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Disk {
    root: PathBuf,
    fsync: bool,
    /// Made with the first file, so that who only reads leaves no trace.
    session: Mutex<Option<Arc<Session>>>,
}

impl Disk {
    /// Makes the folder where it is not there, and sweeps it.
    pub(super) fn open(root: &Path, fsync: bool) -> Result<(Disk, LocalFileSystem)> {
        let shown = root.display().to_string();
        fs::create_dir_all(root).map_err(|cause| failed(MAKE_FOLDER, &shown, cause))?;
        if let Err(error) = staging::sweep(root) {
            // who may only read need not tidy up
            tracing::debug!(%error, "half-written files of another process could not be removed");
        }
        let objects = LocalFileSystem::new_with_prefix(root)
            .map_err(|cause| StorageError::ObjectStore {
                doing: "open the folder",
                path: shown.clone(),
                cause,
            })?
            .with_automatic_cleanup(true);
        let root = root
            .canonicalize()
            .map_err(|cause| failed("find the folder", &shown, cause))?;
        let disk = Disk {
            root,
            fsync,
            session: Mutex::new(None),
        };
        Ok((disk, objects))
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Writes a file under its name; false if it was to be new and is not.
    pub(super) fn write(&self, path: &str, bytes: &[u8], is_new: bool) -> Result<bool> {
        let target = self.root.join(path);
        let session = self
            .session()
            .map_err(|cause| failed("prepare to write", path, cause))?;
        let staged = session.path();
        let written = self.stage(&staged, bytes).and_then(|()| {
            if is_new {
                claim(&session, &staged, &target)
            } else {
                place(&target, || fs::rename(&staged, &target)).map(|()| true)
            }
        });
        if is_new || written.is_err() {
            let _ = fs::remove_file(&staged); // it may not be there; the session's end takes it in any case
        }
        let created = written.map_err(|cause| failed("write", path, cause))?;
        if self.fsync && created {
            self.sync_folders(&target)
                .map_err(|cause| failed("make durable", path, cause))?;
        }
        Ok(created)
    }

    /// SHA-256 of a file in hexadecimal digits.
    pub(super) fn checksum(&self, path: &str) -> Result<String> {
        let read = || -> io::Result<String> {
            let mut file = File::open(self.root.join(path))?;
            let mut digest = Sha256::new();
            let mut block = vec![0u8; BLOCK];
            loop {
                match file.read(&mut block)? {
                    0 => return Ok(hexadecimal(&digest.finalize())),
                    length => digest.update(&block[..length]),
                }
            }
        };
        read().map_err(|cause| failed("read", path, cause))
    }

    fn session(&self) -> io::Result<Arc<Session>> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        match &*session {
            Some(session) => Ok(Arc::clone(session)),
            None => {
                let opened = Arc::new(Session::open(&self.root)?);
                *session = Some(Arc::clone(&opened));
                Ok(opened)
            }
        }
    }

    fn stage(&self, staged: &Path, bytes: &[u8]) -> io::Result<()> {
        let file = File::create_new(staged)?;
        write_all(&file, bytes)?;
        if self.fsync {
            file.sync_all()?;
        }
        Ok(())
    }

    /// The name of a file is in its folder, and that folder's in the one above.
    fn sync_folders(&self, target: &Path) -> io::Result<()> {
        if cfg!(unix) {
            for folder in target.ancestors().skip(1) {
                File::open(folder)?.sync_all()?;
                if folder == self.root {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// Gives a finished file its name if no file has it; false if one has.
fn claim(session: &Session, staged: &Path, target: &Path) -> io::Result<bool> {
    let linked = place(target, || fs::hard_link(staged, target));
    let claimed = match linked {
        // exFAT and some network file systems have no second names for a file
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
            ) =>
        {
            claim_alone(session, staged, target)
        }
        linked => linked,
    };
    match claimed {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// The same where only renaming is there, one process after the other.
fn claim_alone(session: &Session, staged: &Path, target: &Path) -> io::Result<()> {
    session.alone(|| {
        if target.try_exists()? {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        place(target, || fs::rename(staged, target))
    })
}

/// Puts a file in its folder, which is made when it turns out not to be there.
fn place(target: &Path, put: impl Fn() -> io::Result<()>) -> io::Result<()> {
    for _ in 0..ATTEMPTS {
        match put() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(target.parent().ok_or(error)?)?;
            }
            placed => return placed,
        }
    }
    put()
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

fn failed(doing: &'static str, path: &str, cause: io::Error) -> StorageError {
    StorageError::File {
        doing,
        path: path.to_owned(),
        cause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_hard_links_the_first_writer_wins_too() {
        let root = tempfile::tempdir().unwrap();
        let session = Session::open(root.path()).unwrap();
        let target = root.path().join("a/x");
        let staged: Vec<PathBuf> = (0..2).map(|_| session.path()).collect();
        for (number, staged) in staged.iter().enumerate() {
            fs::write(staged, number.to_string()).unwrap();
        }
        claim_alone(&session, &staged[0], &target).unwrap();
        let second = claim_alone(&session, &staged[1], &target).unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&target).unwrap(), b"0");
    }
}
