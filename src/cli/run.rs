//! `retriever run`, `fetch`, `reduce` and `analyze`.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::exit::Exit;
use super::progress::Display;
use super::selection::SelectionArguments;
use super::signals::Signals;
use super::summary::Told;
use super::{Context, Failure, output};
use crate::project::{ObjectNumber, RunControl, RunOptions};

/// What of the pipeline to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stages {
    All,
    Fetch,
    Reduce,
    Analyze,
}

impl Stages {
    pub(crate) fn fetches(self) -> bool {
        matches!(self, Stages::All | Stages::Fetch)
    }

    pub(crate) fn reduces(self) -> bool {
        matches!(self, Stages::All | Stages::Reduce)
    }

    pub(crate) fn analyzes(self) -> bool {
        matches!(self, Stages::All | Stages::Analyze)
    }
}

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Threads that compute [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Do again what is done
    #[arg(long)]
    redo: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Stop at the first failure
    #[arg(long)]
    fail_fast: bool,
}

/// The stages that ask archives.
#[derive(Debug, Args)]
pub(crate) struct AskingArguments {
    #[command(flatten)]
    pub common: Arguments,
    #[command(flatten)]
    pub asking: Asking,
}

/// How archives are asked.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Asking {
    /// Ask again for what is there, and take what has changed
    #[arg(long, conflicts_with = "offline")]
    pub refresh: bool,
    /// Ask nobody: work with what is on disk, and list what is missing
    #[arg(long)]
    pub offline: bool,
    /// Only the object of this number in the TESS Input Catalog, also if the catalog does not have it; may be given
    /// several times
    #[arg(long, value_name = "N", help_heading = "Selection", conflicts_with_all = ["start", "stop", "sources", "shard", "dry_run"])]
    pub tic: Vec<u64>,
}

/// One run, as it was typed.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub common: &'a Arguments,
    pub asking: Asking,
    pub stages: Stages,
}

impl Asked<'_> {
    fn options(&self) -> Result<RunOptions, Failure> {
        let common = self.common;
        Ok(RunOptions {
            selection: common.selection.selection()?,
            fetch: self.stages.fetches(),
            reduce: self.stages.reduces(),
            analyze: self.stages.analyzes(),
            redo: common.redo,
            refresh: self.asking.refresh,
            offline: self.asking.offline,
            fail_fast: common.fail_fast,
            jobs: common.jobs.map(usize::from),
        })
    }

    /// The flags that name objects by their numbers.
    pub(crate) fn numbers(&self) -> Vec<String> {
        let tic = self.asking.tic.iter();
        tic.flat_map(|number| ["--tic".to_owned(), number.to_string()])
            .collect()
    }

    fn objects(&self) -> Vec<ObjectNumber> {
        let tic = self.asking.tic.iter();
        tic.map(|number| ObjectNumber::new("TIC", &number.to_string()))
            .collect()
    }

    /// The flags as they are typed, those that are not set left out.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = self.common.words();
        words.extend(self.common.redo.then(|| "--redo".to_owned()));
        words.extend(self.asking.refresh.then(|| "--refresh".to_owned()));
        words.extend(self.numbers());
        words.extend(self.asking.offline.then(|| "--offline".to_owned()));
        words
    }
}

impl Arguments {
    /// The flags that say what is worked on and how, those that are not set left out: for a run after a complete one,
    /// that only has to do what failed.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = self.selection.words();
        if let Some(jobs) = self.jobs {
            words.extend(["--jobs".to_owned(), jobs.to_string()]);
        }
        words.extend(self.fail_fast.then(|| "--fail-fast".to_owned()));
        words
    }
}

/// `retriever run` and `fetch`.
pub(crate) async fn ask(
    context: &Context,
    arguments: &AskingArguments,
    stages: Stages,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let asked = Asked {
        common: &arguments.common,
        asking: arguments.asking.clone(),
        stages,
    };
    run(context, &asked, out).await
}

/// `retriever reduce` and `analyze`.
pub(crate) async fn work(
    context: &Context,
    arguments: &Arguments,
    stages: Stages,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let asked = Asked {
        common: arguments,
        asking: Asking::default(),
        stages,
    };
    run(context, &asked, out).await
}

async fn run(context: &Context, asked: &Asked<'_>, out: &mut impl Write) -> Result<Exit, Failure> {
    let options = asked.options()?;
    let file = &asked.common.selection.file;
    let project = context.open_as(file, options.offline).await?;
    let mut told = Told {
        context,
        project: &project,
        asked,
        efficiency: Vec::new(),
    };
    if asked.common.dry_run {
        context.warn(project.warnings());
        told.plan(&project.plan(&options).await?, out)?;
        return Ok(Exit::Success);
    }
    let control = RunControl::default();
    let terminated = Arc::new(AtomicBool::new(false));
    let watch = tokio::spawn(watch_signals(
        Signals::new(),
        control.interrupt.clone(),
        Arc::clone(&terminated),
    ));
    let display = Display::start(Arc::clone(&control.progress), context.global.quiet);
    let objects = asked.objects();
    let result = match objects.is_empty() {
        true => project.run_with(options, control).await,
        false => project.run_objects(&objects, options, control).await,
    };
    display.end().await;
    watch.abort();
    let summary = result?;
    context.warn(&summary.warnings);
    if summary.analysis.injections > 0 && summary.stopped.is_none() {
        told.efficiency = project.efficiency().await?;
    }
    let exit = Exit::of_run(&summary, terminated.load(Ordering::Relaxed));
    match told.summary(&summary, out).and_then(|()| out.flush()) {
        // who stops reading still wants to know how it ended
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(exit),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(exit),
    }
}

/// The first signal ends the run in good order, the second at once: what is committed stays.
async fn watch_signals(
    mut signals: Signals,
    interrupt: CancellationToken,
    terminated: Arc<AtomicBool>,
) {
    terminated.store(signals.next().await, Ordering::Relaxed);
    output::say("interrupted: finishing what is in flight (once more: stop at once)");
    interrupt.cancel();
    signals.next().await;
    let terminated = terminated.load(Ordering::Relaxed);
    std::process::exit(i32::from(Exit::Interrupted { terminated }.code()));
}
