//! Where files are written before they get their names, and who sweeps up after a process that was killed.
//!
//! `<root>/.staging/<session>/` belongs to one process at a time, which holds a lock on `lock` in it: the
//! system lets go of that lock however the process ends, so a folder whose lock can be had belongs to nobody.
//! `.staging/door` is locked for a moment by who makes, sweeps or removes a session, so that nobody sees one
//! half made. When the last session ends, all of it goes.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::names::STAGING;

const DOOR: &str = "door";
const LOCK: &str = "lock";

/// The folder of this process in one data root; removed with all in it when dropped.
#[derive(Debug)]
pub(super) struct Session {
    staging: PathBuf,
    folder: PathBuf,
    lock: Option<File>,
    next: AtomicU64,
}

impl Session {
    /// Makes a folder of its own below the root.
    pub(super) fn open(root: &Path) -> io::Result<Session> {
        let staging = root.join(STAGING);
        let _door = Door::lock(&staging)?;
        let folder = staging.join(unique());
        fs::create_dir(&folder)?;
        let lock = File::create_new(folder.join(LOCK))?;
        take(&lock)?;
        Ok(Session {
            staging,
            folder,
            lock: Some(lock),
            next: AtomicU64::new(0),
        })
    }

    /// A path that no other file of this session has.
    pub(super) fn path(&self) -> PathBuf {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.folder.join(number.to_string())
    }

    /// Does a thing that no other process does behind the door of the same root at the same time.
    pub(super) fn alone<T>(&self, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let _door = Door::lock(&self.staging)?;
        work()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // an error here leaves a folder that the next process sweeps
        let Ok(door) = Door::lock(&self.staging) else {
            return;
        };
        self.lock.take();
        let _ = fs::remove_dir_all(&self.folder);
        // a process that was killed while this one ran is swept here: nobody may come after
        let _ = remove_abandoned(&self.staging);
        door.leave();
    }
}

/// Removes the folders of processes that are no more. Does nothing where nothing was left.
pub(super) fn sweep(root: &Path) -> io::Result<()> {
    let staging = root.join(STAGING);
    if !staging.try_exists()? {
        return Ok(());
    }
    let door = Door::lock(&staging)?;
    remove_abandoned(&staging)?;
    door.leave();
    Ok(())
}

/// For who holds the door.
fn remove_abandoned(staging: &Path) -> io::Result<()> {
    for entry in fs::read_dir(staging)? {
        let folder = entry?.path();
        if folder.is_dir() && is_abandoned(&folder)? {
            fs::remove_dir_all(&folder)?;
        }
    }
    Ok(())
}

fn is_abandoned(folder: &Path) -> io::Result<bool> {
    match File::open(folder.join(LOCK)) {
        Ok(lock) => match lock.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            // a file system without locks tells nothing about who is alive
            Err(TryLockError::Error(error)) if is_unsupported(&error) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        },
        // its owner was killed between making the folder and the lock, for both happen behind the door
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Text that no other caller on this file system gets: process, moment and a count.
pub(super) fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let since_epoch = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    format!(
        "{}-{}-{}",
        std::process::id(),
        since_epoch.as_nanos(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

/// The lock on the folder of all sessions, let go when dropped.
struct Door {
    staging: PathBuf,
    file: File,
}

impl Door {
    fn lock(staging: &Path) -> io::Result<Door> {
        let path = staging.join(DOOR);
        loop {
            fs::create_dir_all(staging)?;
            let opened = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path);
            let file = match opened {
                Ok(file) => file,
                // the last session ended between these two lines
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            take(&file)?;
            // who held it before may have removed it: then it is no door any more
            if is_still_there(&file, &path) {
                return Ok(Door {
                    staging: staging.to_owned(),
                    file,
                });
            }
        }
    }

    /// Removes the folder if no session is in it, and lets go.
    fn leave(self) {
        let others = fs::read_dir(&self.staging)
            .map(|entries| entries.filter_map(|entry| entry.ok()))
            .is_ok_and(|mut entries| entries.any(|entry| entry.file_name() != DOOR));
        if !others {
            // should either fail, the next process finds an empty folder and removes that
            let _ = fs::remove_file(self.staging.join(DOOR));
            let _ = fs::remove_dir(&self.staging);
        }
        drop(self.file);
    }
}

fn take(file: &File) -> io::Result<()> {
    match file.lock() {
        Err(error) if is_unsupported(&error) => Ok(()),
        taken => taken,
    }
}

/// Some network file systems have no locks: then nothing is swept, and all else works.
fn is_unsupported(error: &io::Error) -> bool {
    const ENOLCK: i32 = 37;
    error.kind() == io::ErrorKind::Unsupported || error.raw_os_error() == Some(ENOLCK)
}

#[cfg(unix)]
fn is_still_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(held), Ok(named)) => (held.dev(), held.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still_there(_file: &File, path: &Path) -> bool {
    path.exists() // an open file cannot be removed there
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(root: &Path) -> Vec<PathBuf> {
        fs::read_dir(root)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect()
    }

    #[test]
    fn nothing_is_left_when_the_last_session_ends() {
        let root = tempfile::tempdir().unwrap();
        let first = Session::open(root.path()).unwrap();
        let second = Session::open(root.path()).unwrap();
        fs::write(first.path(), "half").unwrap();
        drop(first);
        fs::write(second.path(), "half").unwrap();
        drop(second);
        assert_eq!(left(root.path()), Vec::<PathBuf>::new());
    }

    #[test]
    fn the_sweep_takes_the_dead_and_leaves_the_living() {
        let root = tempfile::tempdir().unwrap();
        let living = Session::open(root.path()).unwrap();
        let staged = living.path();
        fs::write(&staged, "half").unwrap();
        let dead = root.path().join(STAGING).join("1-1-1");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        fs::write(dead.join("0"), "half").unwrap();
        fs::create_dir(root.path().join(STAGING).join("1-1-2")).unwrap();
        sweep(root.path()).unwrap();
        assert!(staged.exists() && !dead.exists());
        drop(living);
        sweep(root.path()).unwrap();
        assert_eq!(left(root.path()), Vec::<PathBuf>::new());
    }

    #[test]
    fn the_last_to_end_takes_those_with_it_that_died_meanwhile() {
        let root = tempfile::tempdir().unwrap();
        let living = Session::open(root.path()).unwrap();
        let dead = root.path().join(STAGING).join("1-1-1");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        fs::write(dead.join("0"), "half").unwrap();
        drop(living);
        assert_eq!(left(root.path()), Vec::<PathBuf>::new());
    }

    #[test]
    fn sessions_may_open_and_end_in_many_threads_at_once() {
        let root = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let session = Session::open(root.path()).unwrap();
                        fs::write(session.path(), "half").unwrap();
                        sweep(root.path()).unwrap();
                    }
                });
            }
        });
        assert_eq!(left(root.path()), Vec::<PathBuf>::new());
    }
}
