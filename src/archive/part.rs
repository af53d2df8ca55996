//! The unfinished file of a download (`<name>.part`) and its note of which version it is a part of.
//!
//! All work on the disk is done off the threads that wait for archives.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::disk::{blocking, parent, remove, with_suffix};
use super::error::ArchiveError;

/// How often to look whether another process has finished the same download.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// Bytes that are written together.
const BUFFER: usize = 1 << 18;

/// End of the names of unfinished files, and of their notes.
pub(super) const PART: &str = ".part";
pub(super) const PART_NOTE: &str = ".part.json";

/// Which version of the remote file the part belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    /// A strong ETag, or a Last-Modified: what If-Range takes.
    pub(super) validator: String,
    /// Length of the whole file, if the server told.
    pub(super) total: Option<u64>,
}

impl Note {
    /// The validator if it is an ETag.
    pub(super) fn etag(&self) -> Option<&str> {
        Some(self.validator.as_str()).filter(|validator| validator.starts_with('"'))
    }
}

/// The unfinished file, locked against other processes for as long as this lives.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    note_path: PathBuf,
    file: Arc<File>,
    /// Arrived, but not written yet.
    waiting: Vec<u8>,
    /// Bytes so far, those that wait to be written included.
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
        let path = with_suffix(destination, PART);
        let mut waited = false;
        let mut part = loop {
            let (destination, its_path) = (destination.to_owned(), path.clone());
            let opened = blocking(&path, move || {
                if waited && destination.exists() {
                    return Ok(Opened::Finished);
                }
                look(&destination, its_path)
            });
            match opened.await? {
                Opened::Ours(part) => break *part,
                Opened::Finished => return Ok(None),
                Opened::Busy => {
                    waited = true;
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            }
        };
        if part.note.is_none() && part.length > 0 {
            part.restart(None).await?;
        }
        Ok(Some(part))
    }

    /// Throws away what is there and begins a file of this version.
    pub(super) async fn restart(&mut self, note: Option<Note>) -> Result<(), ArchiveError> {
        let (file, note_path) = (Arc::clone(&self.file), self.note_path.clone());
        let text = note
            .as_ref()
            .map(|note| serde_json::to_vec(note).expect("a note is plain text and a number"));
        blocking(&self.path, move || {
            // the note goes first: a crash in between must not leave a new note on old bytes
            remove(&note_path)?;
            file.set_len(0)?;
            (&*file).seek(SeekFrom::Start(0))?;
            text.map_or(Ok(()), |text| fs::write(&note_path, text))
        })
        .await?;
        self.waiting.clear();
        self.length = 0;
        self.begun_anew = true;
        self.note = note;
        Ok(())
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.waiting.extend_from_slice(bytes);
        self.length += bytes.len() as u64;
        if self.waiting.len() >= BUFFER {
            self.flush().await?;
        }
        Ok(())
    }

    pub(super) async fn flush(&mut self) -> Result<(), ArchiveError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let mut bytes = std::mem::take(&mut self.waiting);
        // should this be given up half-way, the file stays locked until the bytes are written
        let file = Arc::clone(&self.file);
        self.waiting = blocking(&self.path, move || {
            (&*file).write_all(&bytes)?;
            bytes.clear();
            Ok(bytes)
        })
        .await?;
        Ok(())
    }

    /// All bytes so far.
    pub(super) async fn read(&mut self) -> Result<Vec<u8>, ArchiveError> {
        self.flush().await?;
        let (file, length) = (Arc::clone(&self.file), self.length);
        blocking(&self.path, move || {
            let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
            (&*file).seek(SeekFrom::Start(0))?;
            (&*file).read_to_end(&mut bytes)?;
            Ok(bytes)
        })
        .await
    }

    /// SHA-256 of all bytes so far, in hexadecimal.
    pub(super) async fn checksum(&mut self) -> Result<String, ArchiveError> {
        self.flush().await?;
        let file = Arc::clone(&self.file);
        blocking(&self.path, move || checksum(&file)).await
    }

    /// Gives the finished file its name; `beside` are files that stand beside it from that moment on.
    pub(super) async fn finish(
        mut self,
        destination: &Path,
        beside: Option<(PathBuf, Vec<u8>)>,
        fsync: bool,
    ) -> Result<(), ArchiveError> {
        self.flush().await?;
        let path = destination.to_owned();
        blocking(destination, move || {
            if fsync {
                self.file.sync_all()?;
            }
            if let Some((path, bytes)) = beside {
                fs::write(path, bytes)?;
            }
            // a note without a part does no harm, a part without its note would be lost
            fs::rename(&self.path, &path)?;
            remove(&self.note_path)?;
            if fsync {
                File::open(parent(&path))?.sync_all()?;
            }
            Ok(())
        })
        .await
    }

    /// Removes all traces of a file that is not to be had.
    pub(super) async fn discard(self) -> Result<(), ArchiveError> {
        blocking(&self.path.clone(), move || {
            remove(&self.note_path)?;
            remove(&self.path)
        })
        .await
    }
}

/// SHA-256 of the file of that name, in hexadecimal.
pub(super) async fn checksum_of(path: &Path) -> Result<String, ArchiveError> {
    let owned = path.to_owned();
    blocking(path, move || checksum(&File::open(owned)?)).await
}

fn checksum(mut file: &File) -> io::Result<String> {
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
}

/// What was found under the name of a part.
enum Opened {
    Ours(Box<Part>),
    /// Another process works on it.
    Busy,
    /// Another process has finished it.
    Finished,
}

fn look(destination: &Path, path: PathBuf) -> io::Result<Opened> {
    let Some(file) = open_locked(&path)? else {
        return Ok(Opened::Busy);
    };
    let note_path = with_suffix(destination, PART_NOTE);
    // a note that cannot be read is no note: the part is begun anew
    let note = fs::read(&note_path)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let length = (&file).seek(SeekFrom::End(0))?;
    Ok(Opened::Ours(Box::new(Part {
        path,
        note_path,
        file: Arc::new(file),
        waiting: Vec::new(),
        length,
        note,
        begun_anew: false,
    })))
}

/// The file of that name, made if it is not there, locked; `None` while another process has it.
fn open_locked(path: &Path) -> io::Result<Option<File>> {
    fs::create_dir_all(parent(path))?;
    let opened = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path);
    let file = match opened {
        Ok(file) => file,
        // another process has just removed the empty folder
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
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
