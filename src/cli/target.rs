//! Where a command writes: not over what the project lives on.

use std::path::Path;

use super::Failure;
use crate::project::Project;

/// Endings of the files that Retriever keeps under its data root.
const KEPT: [&str; 3] = ["h5", "nc", "db"];

/// Refuses a name that is that of the project file, of its catalog, or of a product.
///
/// # Errors
/// What stands there, as a mistake of usage.
pub(crate) fn refuse_own_files(
    target: &Path,
    project: &Project,
    project_file: &Path,
) -> Result<(), Failure> {
    // what is not there is nobody's
    let Ok(there) = target.canonicalize() else {
        return Ok(());
    };
    let is = |other: &Path| other.canonicalize().is_ok_and(|other| other == there);
    let in_root = (project.data_root().canonicalize()).is_ok_and(|root| there.starts_with(root));
    let ending = there.extension().and_then(|ending| ending.to_str());
    let what = if is(project_file) {
        "the project file"
    } else if is(Path::new(project.catalog_place())) {
        "the catalog of the project"
    } else if in_root && ending.is_some_and(|ending| KEPT.contains(&ending)) {
        "a file of the project's own products"
    } else {
        return Ok(());
    };
    Err(Failure::Usage(miette::miette!(
        help = "give another name with `-o`",
        "{:?} is {what}: it is not written over",
        target.display().to_string()
    )))
}
