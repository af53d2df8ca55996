//! A new project in a folder: a commented file, a catalog, and what to type next.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::catalog::{self, CatalogError};
use crate::disk;
use crate::observatory::Registry;
use crate::parameters::{Document, Origin, legalize, to_yaml_line};

const PROJECT_FILE: &str = "project.yaml";
const CATALOG_FILE: &str = "targets.csv";
const README_FILE: &str = "README.txt";

const PROJECT: &str = include_str!("project.yaml");
const README: &str = include_str!("README.txt");

/// Targets of the catalog, and the seed that they are made up with.
const TARGETS: usize = 20;
const SEED: u64 = 1;

/// Characters of a name that is taken from the folder's.
const LONGEST_NAME: usize = 60;
/// The name where the folder's own cannot be one.
const PLAIN_NAME: &str = "my_project";

/// Why a project cannot be begun in a folder. Nothing has been written then.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each says what its facts are
pub enum StartError {
    /// There is a project file already.
    #[error("{folder:?} holds a project already: {file:?}")]
    #[diagnostic(
        code(project::start::holds_project),
        help("run that one, or name another folder; nothing was changed")
    )]
    HoldsProject { folder: PathBuf, file: PathBuf },
    /// A file of the project's would take the place of one that is there.
    #[error("{file:?} is there already")]
    #[diagnostic(
        code(project::start::exists),
        help("no file is overwritten: move it away, or name another folder; nothing was changed")
    )]
    Exists { file: PathBuf },
    /// The folder or a file cannot be written or looked at.
    #[error("cannot write {file:?}: {cause}")]
    #[diagnostic(code(project::start::unwritable), help("{}", what_to_do(.cause)))]
    Unwritable { file: PathBuf, cause: io::Error },
}

fn what_to_do(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::InvalidFilename => "choose a shorter name: most disks take 255 bytes",
        io::ErrorKind::NotADirectory => {
            "a file stands where a folder is needed: choose another place"
        }
        _ => "choose a folder on a disk with space, in which you may write",
    }
}

/// Begins a project in a folder, which is made if it is not there: a commented project file named after the folder, a
/// small made-up catalog, and a text with the next commands. The project runs at once, with the observatory DEMO.
///
/// `registry` holds the observatories, whose names a project cannot have. Gives the files in the order of reading.
///
/// ```
/// use retriever::observatory::Registry;
/// use retriever::project::{self, Project};
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let parent = tempfile::tempdir()?;
/// let folder = parent.path().join("first light");
/// let files = project::start(&folder, &Registry::standard())?;
/// let project = Project::from_file(&files[0]).await?;
/// assert_eq!((project.name(), project.catalog().len()), ("FIRST_LIGHT", 20));
/// assert!(project::start(&folder, &Registry::standard()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
///
/// # Errors
/// [`StartError`]: the folder holds a project or a file of one of the names, or nothing can be written there.
pub fn start(folder: &Path, registry: &Registry) -> Result<Vec<PathBuf>, StartError> {
    refuse_a_project(folder)?;
    let name = to_yaml_line(&Value::String(name_of(folder, registry)));
    let project = PROJECT.replacen("@NAME@", &name, 1);
    let files = [PROJECT_FILE, CATALOG_FILE, README_FILE].map(|name| folder.join(name));
    for file in &files {
        // a link that leads nowhere is there too
        if fs::symlink_metadata(file).is_ok() {
            return Err(StartError::Exists { file: file.clone() });
        }
    }
    let is_new = !folder.exists();
    fs::create_dir_all(folder).map_err(unwritable(folder))?;
    let [project_file, catalog_file, readme_file] = &files;
    // the project file last: without it there is no project
    let written = write_catalog(catalog_file).and_then(|()| {
        write(readme_file, README)
            .and_then(|()| write(project_file, &project).inspect_err(|_| remove(readme_file)))
            .inspect_err(|_| remove(catalog_file))
    });
    if written.is_err() && is_new {
        // only if it is as empty as it was made
        let _ = fs::remove_dir(folder);
    }
    written.map(|()| files.to_vec())
}

/// Takes away what was just written.
fn remove(file: &Path) {
    if let Err(cause) = fs::remove_file(file) {
        tracing::warn!("{file:?} is left behind: {cause}");
    }
}

/// A YAML file with a section `project` is a project file, whatever it is called.
fn refuse_a_project(folder: &Path) -> Result<(), StartError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(unwritable(folder)(cause)),
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let is_yaml = |file: &&PathBuf| {
        let extension = file.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| matches!(extension, "yaml" | "yml"))
    };
    let is_project = |file: &&PathBuf| {
        let document = Document::read(file);
        document.is_ok_and(|document| document.root().get("project").is_some())
    };
    match files.iter().filter(is_yaml).find(is_project) {
        Some(file) => Err(StartError::HoldsProject {
            folder: folder.to_owned(),
            file: file.clone(),
        }),
        None => Ok(()),
    }
}

/// The folder's name as far as it can be a project's.
fn name_of(folder: &Path, registry: &Registry) -> String {
    let absolute = fs::canonicalize(folder).or_else(|_| std::path::absolute(folder));
    let folder = absolute.unwrap_or_else(|_| folder.to_owned());
    let own = folder.file_name().unwrap_or_default().to_string_lossy();
    let letters = own.chars().take(LONGEST_NAME);
    let name: String = letters
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let name = name.trim_matches('_').to_lowercase();
    let legal = legalize(&name, &Origin::Builder);
    match legal {
        Ok(legal) if !registry.names().any(|observatory| observatory == legal) => name,
        _ => PLAIN_NAME.to_owned(),
    }
}

fn write_catalog(file: &Path) -> Result<(), StartError> {
    let catalog = catalog::make(TARGETS, SEED);
    catalog.write(file).map_err(|error| match error {
        CatalogError::Unwritable { file, cause } => StartError::Unwritable { file, cause },
        other => unwritable(file)(io::Error::other(other.to_string())),
    })
}

/// The whole file or nothing, and nothing if there is one by now.
fn write(file: &Path, text: &str) -> Result<(), StartError> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let part = disk::temporary_in(folder, ".part").map_err(unwritable(file))?;
    disk::write_all(part.as_file(), text.as_bytes()).map_err(unwritable(file))?;
    match part.persist_noclobber(file) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            let file = file.to_owned();
            Err(StartError::Exists { file })
        }
        Err(error) => Err(unwritable(file)(error.error)),
    }
}

fn unwritable(file: &Path) -> impl FnOnce(io::Error) -> StartError {
    let file = file.to_owned();
    |cause| StartError::Unwritable { file, cause }
}
