//! Real replies of the archive, where somebody has them: they are no part of the repository.

use std::path::PathBuf;

/// A file or folder below `RETRIEVER_REAL_DATA`; none, with a word of it, where that is not set.
pub fn path(name: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("RETRIEVER_REAL_DATA").filter(|root| !root.is_empty()) else {
        eprintln!("skipped: RETRIEVER_REAL_DATA names no folder with real survey files");
        return None;
    };
    let path = PathBuf::from(root).join(name);
    assert!(path.exists(), "{path:?} is not there");
    Some(path)
}
