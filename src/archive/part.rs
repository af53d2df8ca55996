//! The unfinished file of a download (`<name>.part`) and its note of which version it is a part of.
//!
//! All work on the disk is done off the threads that wait for archives.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::disk::{blocking, remove, with_suffix};
use super::error::ArchiveError;
use crate::disk::{folder_of, write_all};

/// How often to look whether another process has finished the same download.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// What has arrived waits no longer to be written, so that a process that is killed loses no more,
const LONGEST_WAIT: Duration = Duration::from_millis(200);
/// and no more than this waits (bytes).
const MOST_WAITING: usize = 1 << 22;
/// Bytes that are read together.
const BUFFER: usize = 1 << 18;
/// Memory taken at once for a file that was announced (bytes).
const MOST_RESERVED: usize = 1 << 24;

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
///
/// What arrives is written when it has waited for a moment, or when it is much: a small file that comes quickly is
/// written once, and without a note.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    note_path: PathBuf,
    file: Arc<File>,
    /// Arrived, but not written yet; where the content is kept, with all before it that this call has received.
    arrived: Vec<u8>,
    /// How many of those are written.
    written: usize,
    /// When what has arrived is to be written.
    due: Option<Instant>,
    /// Somebody will look at all bytes: what arrived stays in memory.
    keeps_content: bool,
    /// Bytes so far, those that wait to be written included.
    pub(super) length: u64,
    /// `None`: what is there cannot be continued.
    pub(super) note: Option<Note>,
    /// There is something of an earlier call on the disk, or of this one.
    is_on_disk: bool,
    /// The note on the disk, if any, is another one.
    note_is_due: bool,
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
        if self.is_on_disk {
            let (file, note_path) = (Arc::clone(&self.file), self.note_path.clone());
            blocking(&self.path, move || {
                // the note goes first: a crash in between must not leave a new note on old bytes
                remove(&note_path)?;
                file.set_len(0)?;
                (&*file).seek(SeekFrom::Start(0)).map(drop)
            })
            .await?;
            self.is_on_disk = false;
        }
        self.arrived.clear();
        self.written = 0;
        self.due = None;
        self.length = 0;
        self.begun_anew = true;
        self.note_is_due = note.is_some();
        self.note = note;
        Ok(())
    }

    /// What arrives from now on stays in memory too, for [`content`](Part::content); so many bytes are expected.
    pub(super) fn keep_content(&mut self, expected: Option<u64>) {
        self.keeps_content = true;
        let expected = expected.unwrap_or_default().saturating_sub(self.length);
        // a server may announce anything
        let room = usize::try_from(expected).unwrap_or(usize::MAX);
        self.arrived.reserve(room.min(MOST_RESERVED));
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.arrived.extend_from_slice(bytes);
        self.length += bytes.len() as u64;
        let due = *self
            .due
            .get_or_insert_with(|| Instant::now() + LONGEST_WAIT);
        if self.arrived.len() - self.written >= MOST_WAITING || Instant::now() >= due {
            self.flush().await?;
        }
        Ok(())
    }

    /// When [`flush`](Part::flush) is to be called though nothing more has arrived; none if nothing waits.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Writes what has arrived.
    pub(super) async fn flush(&mut self) -> Result<(), ArchiveError> {
        self.due = None;
        if self.arrived.len() == self.written {
            return Ok(());
        }
        let (bytes, from) = (std::mem::take(&mut self.arrived), self.written);
        self.written = 0;
        let note = self.note.as_ref().filter(|_| self.note_is_due);
        let note = note.map(|note| {
            let text = serde_json::to_vec(note).expect("a note is plain text and a number");
            (self.note_path.clone(), text)
        });
        (self.is_on_disk, self.note_is_due) = (true, false);
        // should this be given up half-way, the file stays locked until the bytes are written
        let file = Arc::clone(&self.file);
        self.arrived = blocking(&self.path, move || {
            if let Some((path, text)) = note {
                fs::write(path, text)?;
            }
            write_all(&file, &bytes[from..])?;
            Ok(bytes)
        })
        .await?;
        if self.keeps_content {
            self.written = self.arrived.len();
        } else {
            self.arrived.clear();
        }
        Ok(())
    }

    /// All bytes of a file that arrived completely.
    pub(super) async fn content(&mut self) -> Result<&[u8], ArchiveError> {
        if self.arrived.len() as u64 != self.length {
            // an earlier call had received the beginning
            self.flush().await?;
            let (file, length) = (Arc::clone(&self.file), self.length);
            self.arrived = blocking(&self.path, move || {
                let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
                (&*file).seek(SeekFrom::Start(0))?;
                (&*file).read_to_end(&mut bytes)?;
                Ok(bytes)
            })
            .await?;
            self.written = self.arrived.len();
        }
        Ok(&self.arrived)
    }

    /// SHA-256 of all bytes so far, in hexadecimal.
    pub(super) async fn checksum(&mut self) -> Result<String, ArchiveError> {
        self.flush().await?;
        let file = Arc::clone(&self.file);
        blocking(&self.path, move || checksum(&file)).await
    }

    /// Gives the finished file its name; `beside` are files that stand beside it from that moment on. Gives back its
    /// content, where that was kept.
    pub(super) async fn finish(
        mut self,
        destination: &Path,
        beside: Option<(PathBuf, Vec<u8>)>,
        fsync: bool,
    ) -> Result<Vec<u8>, ArchiveError> {
        let path = destination.to_owned();
        blocking(destination, move || {
            write_all(&self.file, &self.arrived[self.written..])?;
            if fsync {
                self.file.sync_all()?;
            }
            if let Some((path, bytes)) = beside {
                fs::write(path, bytes)?;
            }
            // a note without a part does no harm, a part without its note would be lost
            fs::rename(&self.path, &path)?;
            if self.is_on_disk {
                remove(&self.note_path)?;
            }
            if fsync {
                File::open(folder_of(&path))?.sync_all()?;
            }
            Ok(std::mem::take(&mut self.arrived))
        })
        .await
    }

    /// Removes all traces of it; gives back its content, where that was kept.
    pub(super) async fn discard(self) -> Result<Vec<u8>, ArchiveError> {
        blocking(&self.path.clone(), move || {
            if self.is_on_disk {
                remove(&self.note_path)?;
            }
            remove(&self.path)?;
            Ok(self.arrived)
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
    let found = fs::read(&note_path).ok();
    let note_path_is_there = found.is_some();
    // a note that cannot be read is no note: the part is begun anew
    let note = found.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let length = (&file).seek(SeekFrom::End(0))?;
    Ok(Opened::Ours(Box::new(Part {
        path,
        note_path,
        file: Arc::new(file),
        arrived: Vec::new(),
        written: 0,
        due: None,
        keeps_content: false,
        is_on_disk: length > 0 || note_path_is_there,
        note_is_due: false,
        length,
        note,
        begun_anew: false,
    })))
}

/// The file of that name, made if it is not there, locked; `None` while another process has it.
fn open_locked(path: &Path) -> io::Result<Option<File>> {
    fs::create_dir_all(folder_of(path))?;
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
