//! Files that a user of the library names herself: synchronous, anywhere on her disk.

use std::fs;
use std::io;
use std::path::Path;

use super::{StorageError, decode, encode, staging};
use crate::photometry::{Kind, Lightcurve, RawPhotometry};

type Result<T> = std::result::Result<T, StorageError>;

impl RawPhotometry {
    /// Reads a file of raw photometry.
    ///
    /// # Errors
    /// A file that is missing, unreadable, damaged, of a newer schema, or not of raw photometry.
    pub fn load(path: impl AsRef<Path>) -> Result<RawPhotometry> {
        let path = path.as_ref();
        decode::decode_raw(&read(path)?).map_err(|error| error.within(&shown(path)))
    }

    /// Writes a file of raw photometry, in place of one that is there; its folder must exist.
    ///
    /// ```
    /// # use retriever::photometry::{Column, RawPhotometry, Table, Values};
    /// # let folder = tempfile::tempdir()?;
    /// let raw = RawPhotometry {
    ///     observatory: "ZTF".to_owned(),
    ///     source_name: "J1349-2112".to_owned(),
    ///     time: None,
    ///     table: Table::new(vec![Column::new("mag", "mag", "", Values::Float64(vec![17.5]))])?,
    ///     altdata: Default::default(),
    /// };
    /// let path = folder.path().join("raw.h5");
    /// raw.save(&path)?;
    /// assert_eq!(RawPhotometry::load(&path)?, raw);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What cannot be encoded, or a file that cannot be written: then what was there before is still there.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        replace(path.as_ref(), &encode::encode_raw(self)?)
    }
}

impl Lightcurve {
    /// Reads all lightcurves of a file, in the order of their numbers.
    ///
    /// # Errors
    /// As [`RawPhotometry::load`].
    pub fn load_all(path: impl AsRef<Path>) -> Result<Vec<Lightcurve>> {
        let path = path.as_ref();
        decode::decode_lightcurves(&read(path)?).map_err(|error| error.within(&shown(path)))
    }

    /// Writes lightcurves of one source to one file, in place of one that is there.
    ///
    /// # Errors
    /// As [`RawPhotometry::save`].
    pub fn save_all(lightcurves: &[Lightcurve], kind: Kind, path: impl AsRef<Path>) -> Result<()> {
        replace(
            path.as_ref(),
            &encode::encode_lightcurves(lightcurves, kind)?,
        )
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|cause| failed("read", path, cause))
}

fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        let cause = io::Error::from(io::ErrorKind::InvalidInput);
        return Err(failed("write", path, cause));
    };
    let beside = folder.join(format!(".{}.{}", name.display(), staging::unique()));
    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    written.map_err(|cause| {
        let _ = fs::remove_file(&beside); // it may not even be there; the first error is the one to tell
        failed("write", path, cause)
    })
}

fn failed(doing: &'static str, path: &Path, cause: io::Error) -> StorageError {
    StorageError::File {
        doing,
        path: shown(path),
        cause,
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
