//! Files that a command was asked for: they appear whole, or not at all.

use std::io::Write;
use std::path::Path;

use super::Failure;

/// Puts bytes under a name, in place of what was there.
///
/// # Errors
/// A folder that is not there or not writable, a full disk.
pub(crate) fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let unwritable = |cause: std::io::Error| Failure::Unwritable {
        file: file.to_owned(),
        cause,
    };
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".retriever-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // readable by all whom the umask lets
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut part = builder.tempfile_in(folder).map_err(unwritable)?;
    part.write_all(bytes).map_err(unwritable)?;
    part.persist(file)
        .map_err(|error| unwritable(error.error))?;
    Ok(())
}
