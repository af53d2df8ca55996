//! The unfinished file of a download (`<name>.part`) and its note of which version it is a part of.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncSeekExt, AsyncWriteExt, BufWriter};

use super::error::ArchiveError;

/// How often to look whether another process has finished the same download.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
const BUFFER: usize = 1 << 18;

/// Which version of the remote file the part belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    /// A strong ETag, or a Last-Modified: what If-Range takes.
    pub(super) validator: String,
    /// Length of the whole file, if the server told.
    pub(super) total: Option<u64>,
}

/// The unfinished file, locked against other processes for as long as this lives.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    note_path: PathBuf,
    file: BufWriter<tokio::fs::File>,
    /// Bytes so far.
    pub(super) length: u64,
    /// `None`: what is there cannot be continued.
    pub(super) note: Option<Note>,
    /// What an earlier call had left was thrown away.
    pub(super) begun_anew: bool,
}

impl Part {
    /// Opens or begins the part of `destination`; waits while another process works on it, and is `None` when that
    /// one finished the file.
    pub(super) async fn open(destination: &Path) -> Result<Option<Part>, ArchiveError> {
        let path = with_suffix(destination, ".part");
        let note_path = with_suffix(destination, ".part.json");
        let mut waited = false;
        let file = loop {
            if waited && destination.exists() {
                return Ok(None);
            }
            match try_open(&path).map_err(|error| ArchiveError::disk(&path, &error))? {
                Some(file) => break file,
                None => {
                    waited = true;
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            }
        };
        let length = file
            .metadata()
            .map_err(|error| ArchiveError::disk(&path, &error))?
            .len();
        // a note that cannot be read is no note: the part is begun anew
        let note = fs::read(&note_path)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let mut part = Part {
            path,
            note_path,
            file: BufWriter::with_capacity(BUFFER, tokio::fs::File::from_std(file)),
            length,
            note,
            begun_anew: false,
        };
        if part.note.is_none() && length > 0 {
            part.restart(None).await?;
        }
        part.seek_to_end().await?;
        Ok(Some(part))
    }

    async fn seek_to_end(&mut self) -> Result<(), ArchiveError> {
        let end = SeekFrom::Start(self.length);
        let sought = self.file.seek(end).await;
        sought.map(drop).map_err(|error| self.disk(&error))
    }

    /// Throws away what is there and begins a file of this version.
    pub(super) async fn restart(&mut self, note: Option<Note>) -> Result<(), ArchiveError> {
        // the note goes first: a crash in between must not leave a new note on old bytes
        remove(&self.note_path).map_err(|error| ArchiveError::disk(&self.note_path, &error))?;
        self.flush().await?;
        let emptied = self.file.get_ref().set_len(0).await;
        emptied.map_err(|error| self.disk(&error))?;
        self.length = 0;
        self.begun_anew = true;
        self.seek_to_end().await?;
        if let Some(note) = &note {
            let text = serde_json::to_vec(note).expect("a note is plain text and a number");
            fs::write(&self.note_path, text)
                .map_err(|error| ArchiveError::disk(&self.note_path, &error))?;
        }
        self.note = note;
        Ok(())
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        let written = self.file.write_all(bytes).await;
        written.map_err(|error| self.disk(&error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    pub(super) async fn flush(&mut self) -> Result<(), ArchiveError> {
        let flushed = self.file.flush().await;
        flushed.map_err(|error| self.disk(&error))
    }

    /// Gives the finished file its name. Returns its SHA-256 in hexadecimal.
    pub(super) async fn finish(
        mut self,
        destination: &Path,
        fsync: bool,
    ) -> Result<String, ArchiveError> {
        self.flush().await?;
        if fsync {
            let synced = self.file.get_ref().sync_all().await;
            synced.map_err(|error| self.disk(&error))?;
        }
        let checksum = checksum(&self.path).await?;
        remove(&self.note_path).map_err(|error| ArchiveError::disk(&self.note_path, &error))?;
        fs::rename(&self.path, destination)
            .map_err(|error| ArchiveError::disk(destination, &error))?;
        if fsync {
            let folder = parent(destination);
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(|error| ArchiveError::disk(folder, &error))?;
        }
        Ok(checksum)
    }

    /// Removes all traces of a file that is not to be had.
    pub(super) fn discard(self) -> Result<(), ArchiveError> {
        remove(&self.note_path).map_err(|error| ArchiveError::disk(&self.note_path, &error))?;
        remove(&self.path).map_err(|error| self.disk(&error))
    }

    fn disk(&self, error: &io::Error) -> ArchiveError {
        ArchiveError::disk(&self.path, error)
    }
}

/// SHA-256 of a file's bytes, in hexadecimal.
pub(super) async fn checksum(path: &Path) -> Result<String, ArchiveError> {
    let owned = path.to_owned();
    let hashed = tokio::task::spawn_blocking(move || -> io::Result<String> {
        let mut file = File::open(owned)?;
        file.seek(SeekFrom::Start(0))?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; BUFFER];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                read => hasher.update(&buffer[..read]),
            }
        }
        let digest = hasher.finalize();
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    });
    hashed
        .await
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| ArchiveError::disk(path, &error))
}

/// The part, locked; `None` while another process has it.
fn try_open(path: &Path) -> io::Result<Option<File>> {
    fs::create_dir_all(parent(path))?;
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // its owner may have renamed it between the opening and the lock: that file is finished, not ours to write
    match fs::metadata(path) {
        Ok(named) if named.ino() == file.metadata()?.ino() => Ok(Some(file)),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
