//! What is left in the folder of downloads when all is done: nobody will use it any more.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use super::client::Archive;
use super::disk::{blocking, remove, with_suffix};
use super::error::ArchiveError;
use super::part::PART;

/// Hexadecimal digits that the names of downloads begin with.
const DIGITS: usize = 64;

impl Archive {
    /// Removes what is left in the folder of downloads, but for what a living process is downloading, and the folder
    /// itself if it is empty then.
    ///
    /// For the end of a run that has finished everything: whatever is there was left by runs that were killed, for
    /// files that nobody asked for any more.
    ///
    /// # Errors
    /// [`ArchiveError::Disk`] when the folder cannot be read or a file cannot be removed.
    pub(crate) async fn sweep_downloads(&self) -> Result<(), ArchiveError> {
        let Some(folder) = self.kept().folder.clone() else {
            return Ok(());
        };
        blocking(&folder.clone(), move || {
            sweep(&folder)?;
            remove_if_empty(&folder)
        })
        .await
    }

    /// Removes the folder of downloads if nothing is in it.
    ///
    /// # Errors
    /// [`ArchiveError::Disk`] when it is empty and cannot be removed.
    pub(crate) async fn remove_empty_downloads(&self) -> Result<(), ArchiveError> {
        match self.kept().folder.clone() {
            Some(folder) => blocking(&folder.clone(), move || remove_if_empty(&folder)).await,
            None => Ok(()),
        }
    }
}

fn sweep(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        // what else somebody has put there is not ours
        let Some(name) = entry.file_name().to_str().and_then(name_of_download) else {
            continue;
        };
        let part = with_suffix(&folder.join(name), PART);
        // the lock is held until its files are gone
        if let Some(_lock) = lock_of(&part)? {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// The part of that name, locked, or that there is none; nothing if a living process has it.
fn lock_of(part: &Path) -> io::Result<Option<Option<File>>> {
    let file = match File::open(part) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(None)),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(Some(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// What the name of a download, its note or its part begins with.
fn name_of_download(name: &str) -> Option<String> {
    let digits = name.get(..DIGITS)?;
    let ours = digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        && matches!(&name[DIGITS..], "" | ".json" | ".part" | ".part.json");
    ours.then(|| digits.to_owned())
}

fn remove_if_empty(folder: &Path) -> io::Result<()> {
    match fs::remove_dir(folder) {
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty
            ) =>
        {
            Err(error)
        }
        _ => Ok(()),
    }
}
