//! How files are written, whichever room does it.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Bytes that are handed to the system at a time.
///
/// Measured on ext4 with Linux 6.18 in a virtual machine: 200 files of 2 MB took 0.9 to 1.1 s in calls of 2 MB and 0.12 to
/// 0.17 s in calls of 64 kB, by one thread after a sync. Why was not traced; that the kernel takes larger pieces of
/// memory for larger calls would explain it.
const PIECE: usize = 64 * 1024;

/// Writes all of it where the file stands.
pub(crate) fn write_all(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    bytes
        .chunks(PIECE)
        .try_for_each(|piece| file.write_all(piece))
}

/// A new file in a folder, readable by all whom the umask lets, that vanishes when it is dropped.
pub(crate) fn temporary_in(folder: &Path, suffix: &str) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".retriever-").suffix(suffix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(|error| {
        // without the name of the temporary file, which nobody asked for
        let of_folder = fs::metadata(folder).err();
        of_folder.unwrap_or_else(|| error.kind().into())
    })
}

/// The folder that a file stands in.
pub(crate) fn folder_of(file: &Path) -> &Path {
    file.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// A file that appears in its place whole, instead of what was there, or not at all.
///
/// It is written beside its place and moved there at the end. A link stays a link: what it points to is replaced, with the
/// permissions that it had. What is no file but a pipe or a device stays, too, and is given all of it at the end.
pub(crate) struct WholeFile {
    target: PathBuf,
    place: Place,
    file: NamedTempFile,
}

enum Place {
    /// Where the file is moved to.
    File(PathBuf),
    /// What is written into.
    Stream(File),
}

impl WholeFile {
    /// Begins it.
    pub(crate) fn begin(target: &Path) -> io::Result<WholeFile> {
        let there = match fs::metadata(target) {
            Ok(there) => Some(there),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        // a folder would be found out only when all is written
        if there.as_ref().is_some_and(Metadata::is_dir) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let (place, file) = match there {
            Some(there) if !there.is_file() => {
                let stream = OpenOptions::new().write(true).open(target)?;
                (Place::Stream(stream), NamedTempFile::new()?)
            }
            there => {
                let place = end_of_links(target)?;
                let file = temporary_in(folder_of(&place), ".part")?;
                if let Some(there) = there {
                    fs::set_permissions(file.path(), there.permissions())?;
                }
                (Place::File(place), file)
            }
        };
        Ok(WholeFile {
            target: target.to_owned(),
            place,
            file,
        })
    }

    /// What was asked for.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// What is written so far.
    pub(crate) fn as_file_mut(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Puts it in its place; gives back its length (bytes).
    pub(crate) fn put(mut self) -> io::Result<u64> {
        match self.place {
            Place::File(place) => {
                let length = self.file.as_file().metadata()?.len();
                self.file.persist(place)?;
                Ok(length)
            }
            Place::Stream(mut stream) => {
                self.file.rewind()?;
                let length = io::copy(&mut self.file, &mut stream)?;
                stream.flush()?;
                Ok(length)
            }
        }
    }
}

/// Where a path leads, be there a file or not.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(path) {
        // nothing is there, or a link to nothing
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::read_link(path) {
            Ok(next) => Ok(folder_of(path).join(next)),
            Err(_) => Ok(path.to_owned()),
        },
        end => end,
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write_all(self.file.as_file(), bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(target: &Path, text: &str) -> io::Result<u64> {
        let mut file = WholeFile::begin(target)?;
        file.write_all(text.as_bytes())?;
        file.put()
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("table.csv");
        assert_eq!(put(&target, "one").unwrap(), 3);
        let mut given_up = WholeFile::begin(&target).unwrap();
        given_up.write_all(b"other").unwrap();
        drop(given_up);
        assert_eq!(fs::read_to_string(&target).unwrap(), "one");
        put(&target, "two").unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_and_a_missing_folder_are_refused_without_the_name_of_a_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        assert!(WholeFile::begin(folder.path()).is_err());
        let error = WholeFile::begin(&folder.path().join("none/table.csv")).err();
        let error = error.unwrap().to_string();
        assert!(!error.contains(".part"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        put(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        symlink("file", &link).unwrap();
        put(&link, "new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let dangling = folder.path().join("dangling");
        symlink("later", &dangling).unwrap();
        put(&dangling, "there").unwrap();
        let later = fs::read_to_string(folder.path().join("later"));
        assert_eq!(later.unwrap(), "there");
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_gets_all_of_it_and_stays_a_pipe() {
        use std::os::unix::fs::FileTypeExt;
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read_to_string(pipe).unwrap()
        });
        put(&pipe, "through").unwrap();
        assert_eq!(reader.join().unwrap(), "through");
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    }
}
