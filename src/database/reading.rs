//! A file of SQLite that may only be looked at: how it is opened.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// It is made if it is not there.
    Write,
    /// Beside others that may write. SQLite needs both files beside the database for that: the journal (`-wal`) and
    /// its index (`-shm`).
    Read,
    /// As it stands, with no look at what is beside it: the only way to read where these files cannot be made. If
    /// somebody begins to write meanwhile, an answer may be wrong or an error.
    ReadAlone,
}

/// What this process may do with a file. One that is not there is to be made.
pub(super) fn access(file: &Path) -> Access {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // a file in a folder of others is not opened to write either: the journal would be ours and in their way
    if !file.is_file() || (may_write(file) && may_write(folder)) {
        return Access::Write;
    }
    without_writing(file)
}

/// What a journal holds is not in the file yet, and must not be missed.
fn without_writing(file: &Path) -> Access {
    let mut journal = OsString::from(file);
    journal.push("-wal");
    match fs::metadata(journal) {
        Ok(journal) if journal.len() > 0 => Access::Read,
        _ => Access::ReadAlone,
    }
}

/// Whether the system lets this process write there. It is asked and not tried: who opens a file and closes it again
/// gives up all locks that SQLite holds on it in the same process.
#[cfg(unix)]
fn may_write(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn may_write(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.permissions().readonly())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_there_or_is_ours_is_opened_to_write() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("retriever.db");
        assert_eq!(access(&file), Access::Write);
        fs::write(&file, "").unwrap();
        assert_eq!(access(&file), Access::Write);
        // what cannot be a file is for SQLite to refuse
        assert_eq!(access(folder.path()), Access::Write);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_where_nobody_may_write_is_opened_to_read() {
        // root may not write there either
        assert_eq!(access(Path::new("/proc/self/limits")), Access::ReadAlone);
    }

    #[test]
    fn a_journal_is_read_and_an_empty_one_is_not_missed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("retriever.db");
        let journal = folder.path().join("retriever.db-wal");
        assert_eq!(without_writing(&file), Access::ReadAlone);
        fs::write(&journal, "").unwrap();
        assert_eq!(without_writing(&file), Access::ReadAlone);
        fs::write(&journal, "rows").unwrap();
        assert_eq!(without_writing(&file), Access::Read);
    }
}
