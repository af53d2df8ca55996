//! What can be typed, and what it prints.
//!
//! Here: a file for each sub-command, the one error printer, the one table writer, progress, exit codes.
//! Not here: science, SQL, anything that a program using the library would miss.
//!
//! Results go to standard output, everything else to standard error.

mod allocation;
mod catalog;
mod check;
mod cite;
mod completions;
mod config;
mod efficiency;
#[cfg(test)]
mod examples_tests;
mod exit;
mod export;
mod init;
mod ls;
mod output;
mod plot;
mod progress;
mod report;
mod report_page;
mod rows;
mod run;
mod selection;
mod shell;
mod show;
mod signals;
mod status;
mod summary;
mod target;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::analysis;
use crate::catalog::CatalogError;
use crate::observatory::{BuildError, Registry};
use crate::project::{Project, ProjectBuilder, ProjectError};
use crate::words::counted;
use exit::Exit;

pub use allocation::keep_freed_memory;

/// Photometry of many targets from many surveys, reduced to uniform lightcurves
///
/// Write one YAML file with a catalog and observatories; `retriever run` downloads what they have of each
/// target, politely and resumably, reduces it, and keeps files and database rows of it. The same command goes on
/// where it was stopped.
#[derive(Debug, Parser)]
#[command(name = "retriever", version, long_version = VERSION, propagate_version = true, after_help = EXAMPLE)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Products are named after the commit too.
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (commit ",
    env!("RETRIEVER_COMMIT"),
    ")"
);

const EXAMPLE: &str = "\
Exit codes:
  0  done                                     5  network, server, or missing data
  1  some sources failed                      6  verification failed
  2  usage, configuration or catalog          7  disk full or not writable
  4  credentials                              130, 143  interrupted, state saved

Example:
  retriever init wd_flares
  retriever run wd_flares/project.yaml
  retriever status wd_flares/project.yaml";

const GLOBAL: &str = "Options of every command";

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Folder of all products, if RETRIEVER_DATA is not set [default: results]
    #[arg(long, global = true, value_name = "DIR", help_heading = GLOBAL)]
    data: Option<PathBuf>,
    /// Say only errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = GLOBAL)]
    quiet: bool,
    /// Say more; twice: still more
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = GLOBAL)]
    verbose: u8,
    /// Colours in what is said
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN", help_heading = GLOBAL)]
    color: Colour,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fetch, reduce and analyse everything that is not done yet
    #[command(after_help = "\
Example:
  retriever run project.yaml
  retriever run project.yaml --source 3984115430179696128 --redo
  retriever run project.yaml --shard 2/8 --jobs 4
  retriever run project.yaml --refresh
  retriever run project.yaml --offline -v")]
    Run(run::AskingArguments),
    /// Fetch raw photometry only
    #[command(after_help = "\
Example:
  retriever fetch project.yaml --start 0 --stop 1000
  retriever fetch project.yaml --dry-run
  retriever fetch project.yaml --tic 188589164")]
    Fetch(run::AskingArguments),
    /// Reduce the raw photometry that is on disk
    #[command(after_help = "\
Example:
  retriever reduce project.yaml
  retriever reduce project.yaml --source 3984115430179696128 --redo")]
    Reduce(run::Arguments),
    /// Analyse the lightcurves that are on disk: quality, events, simulated events
    #[command(after_help = "\
Example:
  retriever analyze project.yaml
  retriever analyze project.yaml --redo")]
    Analyze(run::Arguments),
    /// Say how far a project is
    Status(status::Arguments),
    /// List sources, raw photometry, lightcurves, detections, simulated events or failures
    Ls(ls::Arguments),
    /// Show all that is known of one source
    Show(show::Arguments),
    /// Draw a lightcurve, or a picture of all sources
    Plot(Box<plot::Arguments>),
    /// Say which simulated events were found
    #[command(after_help = "\
Example:
  retriever efficiency project.yaml
  retriever efficiency project.yaml --json | jq '.tables[0].bins'")]
    Efficiency(efficiency::Arguments),
    /// Say how much was searched, and how often events happen
    #[command(after_help = "\
Example:
  retriever rates project.yaml
  retriever rates project.yaml --json | jq .rate")]
    Rates(efficiency::Arguments),
    /// Write a table for other programs: Parquet, FITS, VOTable, ECSV, CSV, HATS
    Export(export::Arguments),
    /// Write one HTML page: what was run, how far it is, what was found
    Report(report_page::Arguments),
    /// Compare database and files
    Check(check::Arguments),
    /// Show, describe or check the parameters of a project file
    Config(config::Arguments),
    /// Make and look into catalogs
    Catalog(Box<catalog::Arguments>),
    /// Begin a project in a folder: a commented project file and a catalog, ready to run
    Init(init::Arguments),
    /// Print acknowledgements and references for everything that a project used
    Cite(cite::Arguments),
    /// Print what a shell needs to complete commands and options
    Completions(completions::Completions),
    /// Print the manual page of a command, or write all of them
    Man(completions::Pages),
}

/// The name that the program was called by: a crate with classes of its own has one of its own.
fn program() -> String {
    let called = std::env::args_os().next().map(PathBuf::from);
    let name = called.as_deref().and_then(|path| path.file_stem());
    name.map_or_else(
        || "retriever".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// Runs the command line with these observatories: the whole program of a crate that adds its own.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     let registry = retriever::observatory::Registry::standard();
///     retriever::cli::main(registry)
/// }
/// ```
pub fn main(registry: Registry) -> ExitCode {
    main_with(registry, analysis::Registry::standard())
}

/// The same with finders, checkers, simulators and analyses of somebody's own.
pub fn main_with(registry: Registry, classes: analysis::Registry) -> ExitCode {
    keep_freed_memory();
    // a defect is told as one, in a line; where it is stands there for whoever mends it
    std::panic::set_hook(Box::new(|defect| {
        let place = defect
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let words = defect.payload_as_str().unwrap_or("it gave no reason");
        eprintln!("a defect in the program ({place}): {words}");
    }));
    let run = std::panic::AssertUnwindSafe(|| run_with(registry, classes, std::env::args_os()));
    std::panic::catch_unwind(run).unwrap_or(Exit::Failed).into()
}

fn run_with(
    registry: Registry,
    classes: analysis::Registry,
    arguments: impl IntoIterator<Item = OsString>,
) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let command = Arguments::command().color(colour_of_help(&arguments));
    let matches = match command.try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            // help and version are results; a broken pipe is no reason to complain
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Success
            };
        }
    };
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    output::set_up(&arguments.global);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            output::print_error(&*miette::miette!("no threads can be started: {error}"));
            return Exit::Failed;
        }
    };
    let context = Context {
        global: arguments.global,
        registry: Arc::new(registry),
        classes: Arc::new(classes),
    };
    let mut out = std::io::stdout().lock();
    let result = runtime.block_on(dispatch(&context, arguments.command, &mut out));
    let exit = match (result, out.flush()) {
        // who stops reading still learns how it ended
        (Ok(exit), Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => exit,
        (Ok(_), Err(error)) => Failure::Output(error).report(),
        (Ok(exit), Ok(())) => exit,
        (Err(failure), _) => failure.report(),
    };
    // requests that were given up may still wait for an answer
    runtime.shutdown_background();
    exit
}

/// `--color` counts for help and usage errors too, which are printed before it is read.
fn colour_of_help(arguments: &[OsString]) -> clap::ColorChoice {
    let mut words = arguments.iter().filter_map(|word| word.to_str());
    let mut choice = None;
    while let Some(word) = words.next() {
        match word.strip_prefix("--color") {
            Some("") => choice = words.next(),
            Some(rest) => choice = rest.strip_prefix('=').or(choice),
            None => {}
        }
    }
    match choice {
        Some("always") => clap::ColorChoice::Always,
        Some("never") => clap::ColorChoice::Never,
        _ => clap::ColorChoice::Auto,
    }
}

async fn dispatch(
    context: &Context,
    command: Command,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    match command {
        Command::Run(arguments) => run::ask(context, &arguments, run::Stages::All, out).await,
        Command::Fetch(arguments) => run::ask(context, &arguments, run::Stages::Fetch, out).await,
        Command::Reduce(arguments) => {
            run::work(context, &arguments, run::Stages::Reduce, out).await
        }
        Command::Analyze(arguments) => {
            run::work(context, &arguments, run::Stages::Analyze, out).await
        }
        Command::Plot(arguments) => plot::run(context, &arguments, out).await,
        Command::Efficiency(arguments) => efficiency::efficiency(context, &arguments, out).await,
        Command::Rates(arguments) => efficiency::rates(context, &arguments, out).await,
        Command::Status(arguments) => status::run(context, &arguments, out).await,
        Command::Ls(arguments) => ls::run(context, &arguments, out).await,
        Command::Export(arguments) => {
            signals::interruptible(export::run(context, &arguments)).await
        }
        Command::Show(arguments) => show::run(context, &arguments, out).await,
        Command::Report(arguments) => {
            signals::interruptible(report_page::run(context, &arguments)).await
        }
        Command::Check(arguments) => check::run(context, &arguments, out).await,
        Command::Config(arguments) => config::run(context, &arguments, out).await,
        Command::Catalog(arguments) => catalog::run(context, &arguments, out).await,
        Command::Init(arguments) => init::run(context, &arguments, out),
        Command::Cite(arguments) => cite::run(context, &arguments, out).await,
        Command::Completions(arguments) => completions::completions(&arguments, out),
        Command::Man(arguments) => completions::pages(&arguments, out),
    }
}

/// What every command needs.
pub(crate) struct Context {
    global: Global,
    registry: Arc<Registry>,
    classes: Arc<analysis::Registry>,
}

impl Context {
    /// A project file as it is described; nothing is loaded.
    fn describe(&self, file: &std::path::Path) -> Result<ProjectBuilder, ProjectError> {
        let builder = ProjectBuilder::from_file(file)?
            .registry(Arc::clone(&self.registry))
            .classes(Arc::clone(&self.classes));
        let from_environment =
            std::env::var_os("RETRIEVER_DATA").filter(|folder| !folder.is_empty());
        Ok(match (&self.global.data, from_environment) {
            (Some(folder), None) => builder.data_root(folder),
            (Some(folder), Some(set)) if *folder != set => {
                tracing::warn!("RETRIEVER_DATA is set to {set:?}: --data {folder:?} is not used");
                builder
            }
            _ => builder,
        })
    }

    async fn open(&self, file: &std::path::Path) -> Result<Project, ProjectError> {
        self.open_as(file, false).await
    }

    /// A project; if `offline`, one that asks nobody.
    async fn open_as(
        &self,
        file: &std::path::Path,
        offline: bool,
    ) -> Result<Project, ProjectError> {
        let project = self.describe(file)?.offline(offline).open().await?;
        let observatories = project.observatories().iter();
        let names: Vec<&str> = observatories
            .map(|observatory| observatory.name())
            .collect();
        tracing::info!(
            "project {} of {:?}: {}, {}; files under {:?}",
            project.name(),
            file.display().to_string(),
            counted(project.catalog().len(), "source"),
            names.join(", "),
            project.data_root().join(project.folder())
        );
        Ok(project)
    }

    /// Says what the user should know.
    fn warn(&self, warnings: &[String]) {
        for warning in warnings {
            tracing::warn!("{warning}");
        }
    }
}

/// Why a command ended without a result.
#[derive(Debug)]
pub(crate) enum Failure {
    Project(ProjectError),
    /// What a command says of itself, on its arguments or input.
    Usage(miette::Report),
    /// Standard output cannot be written.
    Output(std::io::Error),
    /// A file that was asked for cannot be written.
    Unwritable {
        file: PathBuf,
        cause: std::io::Error,
    },
}

impl From<ProjectError> for Failure {
    fn from(error: ProjectError) -> Failure {
        Failure::Project(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl From<CatalogError> for Failure {
    fn from(error: CatalogError) -> Failure {
        Failure::Project(error.into())
    }
}

impl Failure {
    fn unwritable(file: &Path, cause: std::io::Error) -> Failure {
        Failure::Unwritable {
            file: file.to_owned(),
            cause,
        }
    }

    /// Prints it, and says how the program ends.
    fn report(self) -> Exit {
        match self {
            Failure::Project(error) => {
                let exit = Exit::of(&error);
                print_each(&error);
                exit
            }
            Failure::Usage(report) => {
                output::print_error(report.as_ref());
                Exit::Usage
            }
            Failure::Unwritable { file, cause } => {
                output::print_error(&*miette::miette!(
                    help = "check the path, permissions and free space",
                    "cannot write {:?}: {cause}",
                    file.display().to_string()
                ));
                Exit::Disk
            }
            Failure::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                Exit::Success
            }
            Failure::Output(error) => {
                output::print_error(&*miette::miette!("cannot write the result: {error}"));
                if error.kind() == std::io::ErrorKind::StorageFull {
                    Exit::Disk
                } else {
                    Exit::Failed
                }
            }
        }
    }
}

/// Mistakes in parameters come several at once: each with its own help below it.
fn print_each(error: &ProjectError) {
    match error {
        ProjectError::Parameters(errors)
        | ProjectError::Observatory(BuildError::Parameters(errors)) => {
            errors.iter().for_each(|error| output::print_error(error));
        }
        error => output::print_error(error),
    }
}
