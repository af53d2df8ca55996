//! A catalog as a whole: from files to targets.

mod formats;
mod hostile;
mod loading;
mod real;
mod search;
mod services;

use std::path::PathBuf;

use super::{Catalog, CatalogError, CatalogParameters};

/// A folder for the files of one test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

fn load(text: &str, parameters: &CatalogParameters) -> Result<Catalog, CatalogError> {
    let folder = Folder::new();
    Catalog::from_file(&folder.file("targets.csv", text), parameters)
}

fn load_plain(text: &str) -> Catalog {
    load(text, &CatalogParameters::default()).unwrap()
}
