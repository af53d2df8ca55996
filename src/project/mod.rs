//! A project: a catalog, observatories, and everything that is known of their sources so far.
//!
//! Here: [`Project`] (open, run, status, check), the pipeline that joins the stages, selections, version
//! control, summaries. The only room that joins archives, files and database.
//! Not here: the name of any survey; formats of files; SQL.
//!
//! A run goes through the files in this order: `settings` (what the file says), `version` (folder and hash),
//! `plan` (what is left to do), `pipeline` (who does it when), `work` (one source), `committer` (rows).

mod analysing;
mod builder;
mod catalog;
mod check;
mod committer;
mod credits;
mod describe;
mod error;
mod exporting;
mod exporting_hats;
mod fetching;
mod figures;
mod histograms;
mod lightcurves;
mod limits;
mod list;
mod memory;
mod objects;
mod opening;
mod options;
mod parameters;
mod pipeline;
mod plan;
mod planned;
mod planning;
mod progress;
mod reporting;
mod results;
mod selection;
mod session;
mod settings;
mod source;
mod starter;
mod status;
mod summary;
mod targets;
mod version;
mod work;
mod workshop;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

pub use crate::database::{Failure, Row, Stage};
pub use builder::ProjectBuilder;
pub use check::{CheckReport, Finding, LeftDownloads};
pub use describe::{descriptions, json_schema};
pub use error::{ProjectError, ProjectErrorClass};
pub use exporting::{Export, ExportSummary, ExportTable};
pub use figures::{Fold, LightcurveOptions};
pub use list::Records;
pub use objects::ObjectNumber;
pub use options::RunOptions;
pub use parameters::ProjectParameters;
pub use planned::{Plan, PlannedObservatory};
pub use progress::{Progress, Snapshot};
pub use reporting::{ReportError, ReportOptions};
pub use results::Rates;
pub use selection::{NotInCatalog, Selection, Shard};
pub use source::{AtObservatory, SourceReport};
pub use starter::{StartError, start};
pub use status::{AnalysisCounts, DetectionCounts, InjectionCounts, ObservatoryStatus, Status};
pub use summary::{
    AnalysisSummary, FoundEvent, Missing, MissingSource, ObservatorySummary, RunSummary,
    SourceFailure, Stopped,
};

pub use crate::query::Table;

use crate::analysis::{Analysis, AnalysisSettings};
use crate::archive::Archive;
use crate::catalog::Catalog;
use crate::database::{Database, ProjectRow};
use crate::observatory::Observatory;
use crate::parameters::Shown;
use crate::storage::{self, Hdf5Thread};

use limits::FailureLimits;
use memory::Memory;
use pipeline::Run;
use settings::Settings;
use targets::Targets;
use version::{RunFacts, Version};
use workshop::{Analyser, Workshop};

/// A database that does not let itself be closed in this time is left alone.
const LONGEST_CLOSING: Duration = Duration::from_secs(2);

/// A catalog of targets, observatories to ask, and what is known of them so far.
///
/// ```no_run
/// # async fn example() -> Result<(), retriever::project::ProjectError> {
/// use retriever::project::Project;
///
/// let project = Project::from_file("project.yaml").await?;
/// let summary = project.run().await?;
/// println!("{} sources, {} failed", summary.selected, summary.failed);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Project {
    settings: Settings,
    catalog: Arc<Catalog>,
    /// Where the catalog came from.
    catalog_place: String,
    observatories: Vec<Observatory>,
    analysis: Arc<dyn Analysis>,
    data_root: PathBuf,
    version: Version,
    /// What the observatories ask through, and where it keeps its files.
    archive: Archive,
}

/// Everything that can be asked of a run while it goes on.
#[derive(Debug, Clone, Default)]
pub struct RunControl {
    /// Cancelled by the user: what is in flight ends, the rest is left to the next run.
    pub interrupt: CancellationToken,
    /// How far it is.
    pub progress: Arc<Progress>,
}

impl Project {
    /// Reads a project file and its catalog. Nothing is asked, nothing is written.
    pub async fn from_file(file: impl AsRef<Path>) -> Result<Project, ProjectError> {
        ProjectBuilder::from_file(file.as_ref())?.open().await
    }

    /// Describes a project in code, with the names of the project file.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use retriever::project::Project;
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let project = Project::builder("wd_flares")
    ///     .observatory("DEMO")
    ///     .set("catalog.default", "test")
    ///     .set("observatories.demo.num_points", 20)
    ///     .data_root(folder.path())
    ///     .open()
    ///     .await?;
    /// let summary = project.run().await?;
    /// assert_eq!((summary.selected, summary.failed), (10, 0));
    /// assert!(project.run().await?.all_was_done());
    /// # Ok::<(), retriever::project::ProjectError>(()) }).unwrap();
    /// ```
    pub fn builder(name: &str) -> ProjectBuilder {
        ProjectBuilder::new(name)
    }

    /// Fetches, reduces and analyses everything that is not done yet.
    pub async fn run(&self) -> Result<RunSummary, ProjectError> {
        self.run_with(RunOptions::default(), RunControl::default())
            .await
    }

    /// Does what the options select, under the eyes of whoever holds the control.
    ///
    /// A source that fails does not stop the others; it is in the summary. An error means that nothing
    /// could be begun; whatever stops a run later is in [`RunSummary::stopped`], and what was done until
    /// then is kept.
    pub async fn run_with(
        &self,
        options: RunOptions,
        control: RunControl,
    ) -> Result<RunSummary, ProjectError> {
        let rows = options.selection.rows(&self.catalog)?;
        let targets = Targets::rows(Arc::clone(&self.catalog), rows);
        self.run_on(targets, options, control).await
    }

    async fn run_on(
        &self,
        targets: Targets,
        options: RunOptions,
        control: RunControl,
    ) -> Result<RunSummary, ProjectError> {
        if options.analyzes_only() && !self.settings.analysis.parameters().enabled {
            return Err(ProjectError::NoAnalysis);
        }
        let began = Instant::now();
        let started = jiff::Timestamp::now()
            .strftime("%Y-%m-%dT%H:%M:%SZ")
            .to_string();
        let options = RunOptions {
            offline: options.offline || self.archive.is_offline(),
            ..options
        };
        let store = self.store()?;
        let database = self.database().await?;
        let row = database
            .open_project(
                &self.settings.name,
                &self.version.cfg_hash,
                &self.version.config,
            )
            .await?;
        let pool = thread_pool(options.jobs)?;
        let facts = RunFacts {
            catalog: self.catalog_place.clone(),
            sources: self.catalog.len(),
            started,
            jobs: pool.current_num_threads(),
            database: database.place().to_owned(),
        };
        let limits = FailureLimits::new(&self.settings.project, options.fail_fast);
        let asked = self
            .observatories
            .iter()
            .map(|observatory| match options.offline {
                true => observatory.offline(),
                false => observatory.clone(),
            });
        let workshop = Arc::new(Workshop {
            observatories: asked.collect(),
            options,
            store,
            hdf5: Hdf5Thread::start()?,
            database,
            project_id: row.id,
            folder: self.version.folder.clone(),
            pool,
            memory: Arc::new(Memory::new(self.observatories.len())),
            analysis: self.analyser(),
        });
        self.write_configuration(&workshop).await?;
        let mut summary = RunSummary {
            project: self.settings.name.clone(),
            cfg_hash: self.version.cfg_hash.clone(),
            selected: targets.selected().len(),
            database: workshop.database.place().to_owned(),
            warnings: self.settings.warnings.clone(),
            ..RunSummary::default()
        };
        for observatory in &self.observatories {
            summary.observatory(observatory.name());
        }
        let run = Run {
            workshop: Arc::clone(&workshop),
            targets,
            progress: control.progress,
            interrupt: control.interrupt,
            limits,
            batch_size: self.settings.project.source_batch_size,
        };
        let everything = run.targets.is_everything();
        let (mut summary, findings) = run.go(summary).await?;
        self.tidy_downloads(&workshop, everything && summary.has_finished())
            .await;
        let recorded = self
            .record_run(&workshop, &row, &facts, &findings, &mut summary)
            .await;
        let written = match recorded {
            Ok(()) if summary.stopped.is_none() => self.write_histograms(&workshop).await,
            Ok(()) => {
                // a database that is away is not waited for; the next run writes what is not there
                let writing = self.write_histograms(&workshop);
                let in_time = tokio::time::timeout(LONGEST_CLOSING, writing).await;
                in_time.unwrap_or(Ok(None))
            }
            Err(error) => Err(error),
        };
        close(workshop.database.clone()).await;
        if summary.stopped.is_none() && self.database_file_is_gone() {
            summary.stopped = Some(Stopped::Database(format!(
                "the database {:?} was removed while the run went on: `retriever check --repair` takes up the \
                 raw photometry that is on disk, the next run does the rest",
                self.data_root.join(storage::DATABASE)
            )));
        }
        match written {
            Ok(warning) => summary.warnings.extend(warning),
            // a run that was stopped has told why: that the record of it fails too is no news
            Err(_) if summary.stopped.is_some() => {}
            Err(error) => return Err(error),
        }
        summary.elapsed = began.elapsed();
        Ok(summary)
    }

    /// The observatory of that name (any case), ready to be asked; none if the project does not use it.
    pub fn observatory(&self, name: &str) -> Option<&Observatory> {
        self.observatories
            .iter()
            .find(|observatory| observatory.name().eq_ignore_ascii_case(name))
    }

    /// The observatories of the project.
    pub fn observatories(&self) -> &[Observatory] {
        &self.observatories
    }

    /// What is done with the lightcurves of a source.
    pub fn analysis(&self) -> &Arc<dyn Analysis> {
        &self.analysis
    }

    /// The parameters of the analysis, with those of its classes in canonical form.
    pub fn analysis_settings(&self) -> &AnalysisSettings {
        &self.settings.analysis
    }

    /// Its targets.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The file that it came from, or in words what else.
    pub(crate) fn catalog_place(&self) -> &str {
        &self.catalog_place
    }

    /// Legal, upper-case name.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// SHA-256 of the configuration; empty without version control.
    pub fn cfg_hash(&self) -> &str {
        &self.version.cfg_hash
    }

    /// Text of `config.yaml`: everything that can change results, in canonical order.
    pub fn configuration(&self) -> &str {
        &self.version.config
    }

    /// For each section its parameters with their final values and where each comes from.
    pub fn parameters(&self) -> &[(String, Vec<Shown>)] {
        &self.settings.rows
    }

    /// Folder that all products are kept under.
    pub fn data_root(&self) -> &Path {
        &self.data_root
    }

    /// Folder of this version's products, under the data root.
    pub fn folder(&self) -> &str {
        &self.version.folder
    }

    /// What the user should know about the project file.
    pub fn warnings(&self) -> &[String] {
        &self.settings.warnings
    }

    fn analyser(&self) -> Analyser {
        let settings = &self.settings;
        let object = Arc::clone(&self.analysis);
        Analyser::new(object, settings.analysis.clone(), settings.project.seed)
    }

    /// Writes `config.yaml` unless the very same stands there.
    async fn write_configuration(&self, workshop: &Workshop) -> Result<(), ProjectError> {
        let path = storage::config_path(&self.version.folder);
        let same = workshop
            .store
            .get(&path)
            .await
            .is_ok_and(|bytes| bytes == self.version.config.as_bytes());
        if !same {
            workshop
                .store
                .put(&path, Bytes::from(self.version.config.clone()))
                .await?;
        }
        Ok(())
    }

    /// A run that has finished everything leaves no downloads; after any other the next run finds them.
    async fn tidy_downloads(&self, workshop: &Workshop, finished_everything: bool) {
        // files of others who are at work are not ours to sweep
        let alone =
            async || matches!(workshop.database.sessions().await, Ok(others) if others.is_empty());
        let tidied = if finished_everything && workshop.options.asks() && alone().await {
            self.archive.sweep_downloads().await
        } else {
            self.archive.remove_empty_downloads().await
        };
        if let Err(error) = tidied {
            tracing::warn!(%error, "downloads that nobody needs any more are left");
        }
    }

    /// What is left to write down when the sources are done.
    async fn record_run(
        &self,
        workshop: &Workshop,
        row: &ProjectRow,
        facts: &RunFacts,
        findings: &plan::Findings,
        summary: &mut RunSummary,
    ) -> Result<(), ProjectError> {
        self.warn_of_other_versions(&workshop.database, row, findings, summary)
            .await?;
        if summary.worked_on > 0 {
            let record = self.version.run_record(&self.settings, facts);
            let path = storage::run_path(&self.version.folder);
            workshop.store.put(&path, Bytes::from(record)).await?;
        }
        Ok(())
    }

    /// Without version control products of several configurations stand side by side: that is said.
    async fn warn_of_other_versions(
        &self,
        database: &Database,
        row: &ProjectRow,
        findings: &plan::Findings,
        summary: &mut RunSummary,
    ) -> Result<(), ProjectError> {
        if findings.stale_raw > 0 {
            summary.warnings.push(format!(
                "raw photometry of {} was fetched with other download parameters and is used as it is: \
                 check_download_pars: true, or --redo, fetches it again",
                sources(findings.stale_raw)
            ));
        }
        for (note, number) in &summary.notes {
            let told = format!("the analysis of {}: {note}", sources(*number));
            summary.warnings.push(told);
        }
        if findings.stale_analyses > 0 {
            summary.warnings.push(format!(
                "the analysis of {} was made with other parameters and stays as it is: `retriever analyze --redo` \
                 makes it again, version_control: true keeps versions apart",
                sources(findings.stale_analyses)
            ));
        }
        if findings.stale_reductions > 0 {
            let differences = version::differences(&row.config, &self.version.config);
            let which = if differences.is_empty() {
                String::new()
            } else {
                format!(" ({})", differences.join("; "))
            };
            summary.warnings.push(format!(
                "lightcurves of {} were made with other parameters{which} and stay as they are: \
                 --redo makes them again, version_control: true keeps versions apart",
                sources(findings.stale_reductions)
            ));
        } else if findings.stale_analyses == 0
            && row.config != self.version.config
            && summary.stopped.is_none()
        {
            database
                .set_project_config(row.id, &self.version.config)
                .await?;
        }
        Ok(())
    }
}

/// Lets go of a database in good order, so that SQLite's journal is folded into its file; all is committed
/// already, so nothing is lost if that cannot be done.
async fn close(database: Database) {
    if let Ok(Err(error)) = tokio::time::timeout(LONGEST_CLOSING, database.close()).await {
        tracing::debug!(%error, "the database was not closed in good order");
    }
}

fn sources(number: usize) -> String {
    if number == 1 {
        "1 source".to_owned()
    } else {
        format!("{number} sources")
    }
}

fn thread_pool(jobs: Option<usize>) -> Result<rayon::ThreadPool, ProjectError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.unwrap_or(0))
        .thread_name(|index| format!("compute-{index}"))
        .build()
        .map_err(|error| ProjectError::Threads {
            words: error.to_string(),
        })
}
