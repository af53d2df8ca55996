//! Files that a command was asked for: they appear whole, or not at all.

use std::io::Write;
use std::path::Path;

use tempfile::NamedTempFile;

use super::Failure;
use crate::disk::temporary_in;

/// Puts bytes under a name, in place of what was there.
///
/// # Errors
/// A folder that is not there or not writable, a full disk.
pub(crate) fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut part = begin(file)?;
    part.write_all(bytes)
        .map_err(|cause| unwritable(file, cause))?;
    put(part, file)
}

/// A file for what is written piece by piece; it vanishes unless it is [`put`] under its name.
pub(crate) fn begin(file: &Path) -> Result<NamedTempFile, Failure> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    temporary_in(folder, ".part").map_err(|cause| unwritable(file, cause))
}

/// Puts what was written under its name, in place of what was there.
pub(crate) fn put(part: NamedTempFile, file: &Path) -> Result<(), Failure> {
    let put = part.persist(file).map(drop);
    put.map_err(|error| unwritable(file, error.error))
}

pub(crate) fn unwritable(file: &Path, cause: std::io::Error) -> Failure {
    Failure::Unwritable {
        file: file.to_owned(),
        cause,
    }
}
