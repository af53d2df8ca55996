//! `retriever run`, `fetch` and `reduce`.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::exit::Exit;
use super::progress::Display;
use super::selection::SelectionArguments;
use super::{Context, Failure, output};
use crate::project::{Plan, Project, RunControl, RunOptions, RunSummary, Stopped};

/// What of the pipeline to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stages {
    All,
    Fetch,
    Reduce,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  retriever run project.yaml
  retriever run project.yaml --source 3984115430179696128 --redo
  retriever run project.yaml --shard 2/8 --jobs 4")]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: SelectionArguments,
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

impl Arguments {
    fn options(&self, stages: Stages) -> RunOptions {
        RunOptions {
            selection: self.selection.selection(),
            fetch: stages != Stages::Reduce,
            reduce: stages != Stages::Fetch,
            redo: self.redo,
            fail_fast: self.fail_fast,
            jobs: self.jobs.map(usize::from),
        }
    }
}

pub(crate) async fn run(
    context: &Context,
    arguments: &Arguments,
    stages: Stages,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let project = context.open(&arguments.selection.file).await?;
    let options = arguments.options(stages);
    if arguments.dry_run {
        write_plan(&project, &project.plan(&options).await?, out)?;
        return Ok(Exit::Success);
    }
    let control = RunControl::default();
    let terminated = Arc::new(AtomicBool::new(false));
    let watch = tokio::spawn(watch_signals(
        control.interrupt.clone(),
        Arc::clone(&terminated),
    ));
    let display = Display::start(Arc::clone(&control.progress), context.global.quiet);
    let result = project.run_with(options, control).await;
    display.end().await;
    watch.abort();
    let summary = result?;
    for warning in &summary.warnings {
        tracing::warn!("{warning}");
    }
    write_summary(&project, &summary, arguments, out)?;
    Ok(Exit::of_run(&summary, terminated.load(Ordering::Relaxed)))
}

/// The first signal ends the run in good order, the second at once: what is committed stays.
async fn watch_signals(interrupt: CancellationToken, terminated: Arc<AtomicBool>) {
    let mut times = 0;
    loop {
        let by_terminate = next_signal().await;
        times += 1;
        if times == 1 {
            terminated.store(by_terminate, Ordering::Relaxed);
            output::say("interrupted: finishing what is in flight (once more: stop at once)");
            interrupt.cancel();
        } else {
            let terminated = terminated.load(Ordering::Relaxed);
            std::process::exit(i32::from(Exit::Interrupted { terminated }.code()));
        }
    }
}

/// Waits for Ctrl-C (false) or SIGTERM (true).
#[cfg(unix)]
async fn next_signal() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => true,
            _ = tokio::signal::ctrl_c() => false,
        },
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
            false
        }
    }
}

#[cfg(not(unix))]
async fn next_signal() -> bool {
    let _ = tokio::signal::ctrl_c().await;
    false
}

fn write_plan(project: &Project, plan: &Plan, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(
        out,
        "{}: {} sources selected, {} done already",
        project.name(),
        plan.selected,
        plan.already_done
    )?;
    for (observatory, counts) in &plan.observatories {
        writeln!(
            out,
            "  {observatory}: {} to fetch ({} of them skipped by a rule), {} to reduce from disk",
            counts.fetch, counts.skip, counts.reduce
        )?;
    }
    writeln!(out, "Nothing was done (--dry-run).")
}

fn write_summary(
    project: &Project,
    summary: &RunSummary,
    arguments: &Arguments,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let file = arguments.selection.file.display();
    let seconds = summary.elapsed.as_secs_f64();
    if summary.all_was_done() {
        writeln!(
            out,
            "{}: all was already done ({} sources).",
            summary.project, summary.selected
        )?;
        return write_next(project, &file.to_string(), out);
    }
    writeln!(
        out,
        "{}: {} sources in {seconds:.1} s ({:.0} a second), {} done before, {} failed, {} written.",
        summary.project,
        summary.worked_on,
        summary.worked_on as f64 / seconds.max(1e-9),
        summary.already_done,
        summary.failed,
        output::bytes(summary.bytes),
    )?;
    for (observatory, counts) in &summary.observatories {
        writeln!(
            out,
            "  {observatory}: {} ok, {} empty, {} skipped, {} failed; {} reduced to {} lightcurves with {} epochs",
            counts.ok,
            counts.empty,
            counts.skipped,
            counts.failed,
            counts.reduced,
            counts.lightcurves,
            counts.epochs
        )?;
    }
    for failure in &summary.failures {
        writeln!(
            out,
            "  failed: {:?} at {} ({}): {}",
            failure.source_name, failure.observatory, failure.stage, failure.message
        )?;
    }
    if summary.failed > summary.failures.len() {
        writeln!(
            out,
            "  … and {} more; `retriever status {file}` shows the last",
            summary.failed - summary.failures.len()
        )?;
    }
    if let Some(stopped) = &summary.stopped {
        let left = summary
            .selected
            .saturating_sub(summary.already_done + summary.worked_on);
        let reason = match stopped {
            Stopped::Interrupted => "interrupted".to_owned(),
            Stopped::Failures(why) => why.clone(),
            Stopped::Credentials(why) => format!("credentials refused: {why}"),
            Stopped::Disk(why) | Stopped::Database(why) => why.clone(),
        };
        writeln!(out, "Stopped: {reason}.")?;
        writeln!(
            out,
            "{left} sources are left; what is done is kept. Go on with: retriever run {file}"
        )?;
        return Ok(());
    }
    write_next(project, &file.to_string(), out)
}

fn write_next(project: &Project, file: &str, out: &mut impl Write) -> std::io::Result<()> {
    let root = project.data_root();
    writeln!(
        out,
        "Files: {} (raw photometry beside it, one folder an observatory)",
        root.join(project.folder()).display()
    )?;
    writeln!(
        out,
        "Next: retriever status {file}; retriever ls lightcurves {file}; retriever check {file}"
    )
}
