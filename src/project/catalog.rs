//! Where a project's catalog comes from: a file, a download, or the answer of a service that is asked once.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use miette::Diagnostic;

use super::error::ProjectError;
use crate::archive::{Archive, ArchiveError, ErrorClass, RedactedUrl, Request};
use crate::catalog::{
    self, Catalog, CatalogError, CatalogParameters, Mode, Places, Role, ServiceQuery, download,
};
use crate::observatory::{BuildError, Surroundings};
use crate::tap::{self, Patience, Query, TapError};

/// Answers that are asked for when one after the other is no table.
const ANSWERS: u32 = 3;
const ABOUT_URL: &str = "is `url` the base address of a TAP service?";
/// How often to look whether another process has stored the same catalog.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// The catalog and where it was found; one that is nowhere is downloaded or asked for.
pub(super) async fn load(
    parameters: &CatalogParameters,
    places: &Places,
    surroundings: &Surroundings,
) -> Result<(Catalog, String), ProjectError> {
    let place = if let Some(query) = parameters.service_query() {
        let asker = Asker::new(&query, places, surroundings)?;
        let kept = asker.kept_or_asked().await?;
        kept.display().to_string()
    } else if parameters.resolved().filename.is_some() {
        let archive = surroundings.archive().map_err(BuildError::from)?.clone();
        let file = download(parameters, places, |url, destination| async move {
            let request = Request::get(url.as_str());
            archive.download(request, &destination).await.map(drop)
        })
        .await?;
        file.display().to_string()
    } else {
        "the test catalog".to_owned()
    };
    let (parameters, places) = (parameters.clone(), places.clone());
    let catalog = off_the_async_threads(move || Catalog::load(&parameters, &places)).await??;
    some_are_good(&catalog)?;
    Ok((catalog, place))
}

/// A catalog without rows has nothing to do; one whose rows are all bad is a mistake.
fn some_are_good(catalog: &Catalog) -> Result<(), CatalogError> {
    let summary = catalog.describe();
    match &summary.file {
        Some(file) if catalog.is_empty() && summary.rows_in_file > 0 => {
            Err(CatalogError::NoGoodRow {
                file: file.clone(),
                rows: summary.rows_in_file,
                first: summary.problems.first().cloned().unwrap_or_default(),
            })
        }
        _ => Ok(()),
    }
}

/// The same, with a service asked again.
pub(super) async fn load_anew(
    parameters: &CatalogParameters,
    places: &Places,
    surroundings: &Surroundings,
) -> Result<(Catalog, String), ProjectError> {
    if let Some(query) = parameters.service_query() {
        let asker = Asker::new(&query, places, surroundings)?;
        let _lock = asker.lock().await?;
        asker.ask().await?;
    }
    load(parameters, places, surroundings).await
}

/// What the user should know of a catalog.
pub(super) fn warnings(parameters: &CatalogParameters, catalog: &Catalog) -> Vec<String> {
    let summary = catalog.describe();
    let name = &summary.catalog_name;
    let mut warnings: Vec<String> = summary.left_out().into_iter().collect();
    let commented = summary.commented();
    warnings.extend(commented.map(|words| format!("catalog {name:?}: {words}")));
    if catalog.is_empty() {
        warnings.push(format!(
            "catalog {name:?} has no targets: its file has no rows"
        ));
    }
    let moves = summary.columns.iter().any(|used| used.role == Role::PmRa);
    let is_assumed = parameters.catalog_observation_year.is_none() && summary.epoch == 2000.0;
    if parameters.service_query().is_some() && is_assumed && moves {
        warnings.push(format!(
            "the positions of {name:?} are taken as of J2000: set `catalog_observation_year` (2016.0 for those of Gaia EDR3 and DR3)"
        ));
    }
    warnings
}

/// Asks the service of a catalog, and keeps what it says.
struct Asker {
    query: ServiceQuery,
    tap: Query,
    archive: Archive,
    /// The stored answer, the note of a job, and the answer on its way.
    kept: PathBuf,
    note: PathBuf,
    answer: PathBuf,
    names: PathBuf,
}

impl Asker {
    fn new(
        query: &ServiceQuery,
        places: &Places,
        surroundings: &Surroundings,
    ) -> Result<Asker, ProjectError> {
        let tap = Query::new(&query.url, &query.adql, query.max_rows).map_err(|_| {
            CatalogError::BadUrl {
                url: RedactedUrl::of_text(&query.url).to_string(),
                cause: "not an http or https address".to_owned(),
            }
        })?;
        Ok(Asker {
            tap,
            archive: surroundings.archive().map_err(BuildError::from)?.clone(),
            kept: query.stored_in(places)?,
            note: query.note_in(places)?,
            answer: query.answer_in(places)?,
            names: query.names_in(places)?,
            query: query.clone(),
        })
    }

    /// The stored answer; the service is asked if there is none, or a damaged one.
    async fn kept_or_asked(&self) -> Result<PathBuf, ProjectError> {
        if self.is_kept(true).await? {
            return Ok(self.kept.clone());
        }
        let _lock = self.lock().await?;
        // another process may have stored it while this one waited
        if !self.is_kept(false).await? {
            self.ask().await?;
        }
        Ok(self.kept.clone())
    }

    async fn is_kept(&self, tells: bool) -> Result<bool, ProjectError> {
        let (query, kept) = (self.query.clone(), self.kept.clone());
        match off_the_async_threads(move || catalog::stored(&query, &kept)).await? {
            Ok(notes) => Ok(notes.is_some()),
            Err(error @ CatalogError::Unreadable { .. }) => Err(error.into()),
            Err(error) => {
                if tells {
                    tracing::warn!("the stored catalog is damaged and is asked for again: {error}");
                }
                Ok(false)
            }
        }
    }

    /// Asks until there is a table, and stores it.
    async fn ask(&self) -> Result<(), ProjectError> {
        tracing::info!(
            url = %self.tap.service(),
            "asking for the catalog: {}",
            self.query.adql
        );
        let mut asked = 1;
        loop {
            // what an earlier run had left may be the answer to another limit
            remove(&self.answer)?;
            let job = match self.answer().await {
                Ok(job) => job,
                Err(error) => return Err(self.explained(error).await),
            };
            let kept = self.keep().await?;
            let is_no_table = match &kept {
                Err(CatalogError::Malformed { .. } | CatalogError::UnknownFormat { .. }) => true,
                // a job that went well has a result: a service that then speaks of an error has one of its own
                Err(CatalogError::ServerError { .. }) => job.is_some() && asked < ANSWERS,
                _ => false,
            };
            let may_come_again = (is_no_table && asked < ANSWERS)
                || matches!(kept, Err(CatalogError::Unwritable { .. }));
            remove(&self.answer)?;
            if let Some(job) = job.as_ref().filter(|_| !may_come_again) {
                job.dismiss().await.map_err(|error| self.error(error))?;
            }
            return match kept {
                Ok(notes) => {
                    tracing::info!(rows = notes.rows, file = ?self.kept, "the catalog is stored");
                    Ok(())
                }
                Err(error) if is_no_table && asked < ANSWERS => {
                    tracing::warn!("the answer is asked for again: {error}");
                    asked += 1;
                    continue;
                }
                Err(CatalogError::ServerError { words, .. }) => {
                    let said = TapError::said(self.tap.service(), words);
                    Err(self.explained(said).await)
                }
                Err(error) if is_no_table => Err(self.no_table(&error).into()),
                Err(error) => Err(error.into()),
            };
        }
    }

    /// The answer as a file; of a job, which is dropped when the answer is stored.
    async fn answer(&self) -> Result<Option<tap::Job>, TapError> {
        let (archive, tap) = (&self.archive, &self.tap);
        match self.query.mode {
            Mode::Sync => tap::sync(archive, tap, &self.answer).await.map(|()| None),
            Mode::Async => {
                let longest = self.query.poll_interval;
                let patience = Patience {
                    first: Patience::default().first.min(longest),
                    longest,
                    overall: self.query.timeout,
                };
                let job = tap::job(archive, tap, &self.note, &patience, &self.answer).await?;
                Ok(Some(job))
            }
        }
    }

    async fn keep(&self) -> Result<Result<catalog::Notes, CatalogError>, ProjectError> {
        let (query, answer, kept) = (self.query.clone(), self.answer.clone(), self.kept.clone());
        off_the_async_threads(move || catalog::keep(&query, &answer, &kept)).await
    }

    /// A refusal with what can be found out about it: which of the columns the table does not have.
    async fn explained(&self, error: TapError) -> ProjectError {
        if matches!(error, TapError::Refused { .. })
            && let Ok(Some(unknown)) = self.unknown_columns().await
        {
            return unknown.into();
        }
        self.error(error).into()
    }

    async fn unknown_columns(&self) -> Result<Option<CatalogError>, ProjectError> {
        let Some(adql) = self.query.adql_of_columns() else {
            return Ok(None);
        };
        let tap = Query::new(&self.query.url, &adql, self.query.max_rows)
            .map_err(|error| self.error(error))?;
        let asked = tap::sync(&self.archive, &tap, &self.names).await;
        asked.map_err(|error| self.error(error))?;
        let (query, names) = (self.query.clone(), self.names.clone());
        let unknown =
            off_the_async_threads(move || catalog::unknown_columns(&query, &names)).await?;
        remove(&self.names)?;
        Ok(unknown?)
    }

    fn error(&self, error: TapError) -> CatalogError {
        let parameter = self.query.parameter;
        let class = match &error {
            TapError::Refused { words, .. } => {
                return CatalogError::QueryRefused {
                    parameter,
                    url: self.tap.service().to_string(),
                    adql: self.query.adql.clone(),
                    words: words.clone(),
                };
            }
            TapError::Note { file, cause } => {
                return CatalogError::unwritable(file, std::io::Error::from(cause.kind()));
            }
            TapError::Archive(error) => error.class(),
            _ => ErrorClass::Transient,
        };
        let is_elsewhere = matches!(error, TapError::Archive(ArchiveError::NotFound { .. }));
        let advice = match is_elsewhere {
            true => Some(ABOUT_URL.to_owned()),
            false => error.help().map(|help| help.to_string()),
        };
        CatalogError::NoAnswer {
            parameter,
            class,
            cause: error.to_string(),
            advice,
        }
    }

    fn no_table(&self, error: &CatalogError) -> CatalogError {
        let problem = match error {
            CatalogError::Malformed { place, problem, .. } => format!("at {place}: {problem}"),
            CatalogError::UnknownFormat { start, .. } => format!("it begins {start:?}"),
            other => other.to_string(),
        };
        CatalogError::NoAnswer {
            parameter: self.query.parameter,
            class: ErrorClass::Transient,
            cause: format!("what {} sent is no VOTable, {problem}", self.tap.service()),
            advice: Some(ABOUT_URL.to_owned()),
        }
    }

    /// Keeps other processes from asking the same, until it is dropped. Where folders cannot be locked, two may ask.
    async fn lock(&self) -> Result<Option<File>, ProjectError> {
        let folder = self.kept.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|cause| CatalogError::unwritable(folder, cause))?;
        let Ok(folder) = File::open(folder) else {
            return Ok(None);
        };
        let mut told = false;
        loop {
            match folder.try_lock() {
                Ok(()) => return Ok(Some(folder)),
                Err(TryLockError::Error(_)) => return Ok(None),
                Err(TryLockError::WouldBlock) => {}
            }
            if !told {
                tracing::info!("another process is asking a service for a catalog: waiting for it");
                told = true;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

fn remove(file: &Path) -> Result<(), CatalogError> {
    match std::fs::remove_file(file) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            Err(CatalogError::unwritable(file, cause))
        }
        _ => Ok(()),
    }
}

async fn off_the_async_threads<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ProjectError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(ProjectError::defect)
}
