//! `retriever report`.

use std::io::BufWriter;
use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::target::refuse_own_files;
use super::{Context, Failure, output};
use crate::disk::WholeFile;
use crate::project::{ReportError, ReportOptions};

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  retriever report project.yaml -o report.html
  retriever report project.yaml -o report.html --max-lightcurves 100 --simulated")]
pub(crate) struct Arguments {
    /// Project file
    file: PathBuf,
    /// Where the page goes: one file that needs no other, and no network
    #[arg(short, long, value_name = "OUT.html")]
    output: PathBuf,
    /// How many sources are shown with their lightcurves, those of the highest S/N first [default: 1000, as long as their
    /// lightcurves are within 15 MB]
    #[arg(long, value_name = "N")]
    max_lightcurves: Option<usize>,
    /// List detections of simulated events, too
    #[arg(long)]
    simulated: bool,
}

pub(crate) async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let file = &arguments.output;
    let is_page = |ending: &std::ffi::OsStr| {
        ending.eq_ignore_ascii_case("html") || ending.eq_ignore_ascii_case("htm")
    };
    if !file.extension().is_some_and(is_page) {
        return Err(Failure::Usage(miette::miette!(
            help = "give it a name like report.html",
            "{:?} does not end in .html: a report is a page",
            file.display().to_string()
        )));
    }
    let project = context.open(&arguments.file).await?;
    refuse_own_files(file, &project, &arguments.file)?;
    let options = ReportOptions {
        max_lightcurves: arguments.max_lightcurves,
        simulated: arguments.simulated,
    };
    let unwritable = |cause| Failure::unwritable(file, cause);
    let part = WholeFile::begin(file).map_err(unwritable)?;
    let page = project.report(options, BufWriter::new(part)).await;
    let page = page.map_err(|error| match error {
        ReportError::Project(error) => error.into(),
        ReportError::Write(cause) => unwritable(cause),
    })?;
    let part = page.into_inner();
    let part = part.map_err(|error| unwritable(error.into_error()))?;
    let bytes = part.put().map_err(unwritable)?;
    output::say(&format!(
        "report of {} in {:?} ({})",
        project.name(),
        file.display().to_string(),
        output::bytes(bytes)
    ));
    Ok(Exit::Success)
}
