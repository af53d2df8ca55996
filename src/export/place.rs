//! Files and folders that appear whole or not at all.

use std::borrow::Borrow;
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::ExportError;
use crate::disk::{WholeFile, folder_of, write_all};

/// A file that is being written beside the place where it will stand.
pub(crate) struct FilePlace(WholeFile);

impl FilePlace {
    /// Begins a file that will stand at `target`, in place of what may stand there.
    ///
    /// # Errors
    /// [`ExportError::Unwritable`], as all that goes wrong later.
    pub fn begin(target: &Path) -> Result<FilePlace, ExportError> {
        let file = WholeFile::begin(target);
        file.map(FilePlace)
            .map_err(|cause| ExportError::unwritable(target, cause))
    }

    /// What to write to: from the beginning, whatever was written before.
    pub fn writer(&mut self) -> Result<PlaceWriter<&File>, ExportError> {
        let file = self.0.as_file_mut();
        let emptied = file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0)));
        match emptied {
            Ok(_) => Ok(PlaceWriter {
                file: &*self.0.as_file_mut(),
            }),
            Err(cause) => Err(ExportError::unwritable(self.0.target(), cause)),
        }
    }

    /// Puts it in its place; gives back its length (bytes).
    pub fn keep(self) -> Result<u64, ExportError> {
        let target = self.0.target().to_owned();
        (self.0.put()).map_err(|cause| ExportError::unwritable(&target, cause))
    }
}

/// A file that says that a folder is a collection of Retriever's or of others.
const MARK: &str = "collection.properties";

/// A folder that is being filled beside the place where it will stand.
pub(crate) struct FolderPlace {
    target: PathBuf,
    folder: tempfile::TempDir,
}

impl FolderPlace {
    /// Begins a folder that will stand at `target`, in place of an older collection.
    ///
    /// # Errors
    /// [`ExportError::Unwritable`], as all that goes wrong later; also if something else than a collection stands there.
    pub fn begin(target: &Path) -> Result<FolderPlace, ExportError> {
        let unwritable = |cause| ExportError::unwritable(target, cause);
        if !may_be_replaced(target).map_err(unwritable)? {
            return Err(unwritable(io::ErrorKind::AlreadyExists.into()));
        }
        Ok(FolderPlace {
            folder: folder_beside(target).map_err(unwritable)?,
            target: target.to_owned(),
        })
    }

    /// What to fill.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes away what was put in.
    pub fn empty(&self) -> Result<(), ExportError> {
        let empty = || {
            for entry in fs::read_dir(self.path())? {
                let path = entry?.path();
                match path.is_dir() {
                    true => fs::remove_dir_all(&path)?,
                    false => fs::remove_file(&path)?,
                }
            }
            Ok(())
        };
        empty().map_err(|cause| ExportError::unwritable(&self.target, cause))
    }

    /// Puts it in its place. An older collection is moved aside before and removed after: for a moment neither stands
    /// there, and if the second move fails the older one is put back.
    pub fn keep(self) -> Result<(), ExportError> {
        let unwritable = |cause| ExportError::unwritable(&self.target, cause);
        if !may_be_replaced(&self.target).map_err(unwritable)? {
            return Err(unwritable(io::ErrorKind::AlreadyExists.into()));
        }
        let older = match self.target.exists() {
            true => {
                let aside = folder_beside(&self.target).map_err(unwritable)?;
                fs::rename(&self.target, aside.path().join("older")).map_err(unwritable)?;
                Some(aside)
            }
            false => None,
        };
        if let Err(cause) = fs::rename(self.folder.path(), &self.target) {
            if let Some(aside) = older {
                // not to be removed with the rest if it cannot go back
                let aside = aside.keep();
                fs::rename(aside.join("older"), &self.target).map_err(unwritable)?;
                fs::remove_dir(&aside).map_err(unwritable)?;
            }
            return Err(unwritable(cause));
        }
        Ok(())
    }
}

fn folder_beside(target: &Path) -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".retriever-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    builder.tempdir_in(folder_of(target))
}

/// Nothing, an empty folder, or a collection.
fn may_be_replaced(target: &Path) -> io::Result<bool> {
    match fs::read_dir(target) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(cause) => Err(cause),
        Ok(mut entries) => Ok(entries.next().is_none() || target.join(MARK).is_file()),
    }
}

/// Writes in pieces that the system likes.
pub(crate) struct PlaceWriter<F> {
    pub file: F,
}

impl<F: Borrow<File>> Write for PlaceWriter<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write_all(self.file.borrow(), bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.borrow().flush()
    }
}

impl<F: Borrow<File>> Seek for PlaceWriter<F> {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.file.borrow().seek(place)
    }
}
