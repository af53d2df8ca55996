//! What MAST is given to hold: synthetic stars, folders of recorded files, and changes while it runs.

use std::io;
use std::path::Path;

use crate::server::StandIn;
use crate::shared::lock;
use crate::tess::recorded;
use crate::tess::star::TessStar;

/// Seed of the synthetic light curves.
const SEED: u64 = 20_180_725;

impl StandIn {
    /// Holds the light curves of SPOC, TESS-SPOC and QLP in all files below a folder, under the URIs their names give.
    ///
    /// # Errors
    /// When the folder cannot be read, or a file of such a name is no light curve.
    pub fn with_tess_dir(self, folder: impl AsRef<Path>) -> io::Result<StandIn> {
        let mut mast = lock(&self.shared.mast);
        for recorded in recorded::load(folder.as_ref())? {
            mast.add_recorded(recorded);
        }
        drop(mast);
        Ok(self)
    }

    /// Holds synthetic light curves of these stars; the same ones every time.
    #[must_use]
    pub fn with_tess(self, stars: impl IntoIterator<Item = TessStar>) -> StandIn {
        for star in stars {
            self.add_tess(star);
        }
        self
    }

    /// From now on holds this star too. If it is there already, its light curves are added to what it has.
    pub fn add_tess(&self, star: TessStar) {
        lock(&self.shared.mast).add(star, SEED);
    }

    /// Every search says EXECUTING so often before it is done.
    #[must_use]
    pub fn executing(self, times: u32) -> StandIn {
        lock(&self.shared.mast).executing = times;
        self
    }

    /// URIs of all files of MAST's, sorted.
    pub fn tess_uris(&self) -> Vec<String> {
        let mut uris: Vec<String> = lock(&self.shared.mast).files.keys().cloned().collect();
        uris.sort();
        uris
    }

    /// The bytes of a file of MAST's.
    pub fn tess_file(&self, uri: &str) -> Option<Vec<u8>> {
        let file = self.shared.mast_file(uri, false)?;
        Some(file.contents.to_vec())
    }

    /// The ETag of a file of MAST's.
    pub fn tess_tag(&self, uri: &str) -> Option<String> {
        Some(self.shared.mast_file(uri, false)?.tag())
    }

    /// Another version of a file of MAST's, with another ETag; or any file under a URI of one's own.
    pub fn replace_file(&self, uri: &str, bytes: impl Into<Vec<u8>>) {
        lock(&self.shared.mast).replace(uri, bytes.into());
    }

    /// The file is gone, though searches still name it.
    pub fn lose_file(&self, uri: &str) {
        lock(&self.shared.mast).lose(uri);
    }

    /// The URL of a file of MAST's.
    pub fn tess_url(&self, uri: &str) -> String {
        format!("{}{}?uri={uri}", self.url(), crate::mast::DOWNLOAD_PATH)
    }
}
