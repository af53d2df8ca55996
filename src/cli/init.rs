//! `retriever init`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::report::printable;
use super::{Context, Failure, output, shell};
use crate::project::{self, ProjectError};

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  retriever init wd_flares
  retriever run wd_flares/project.yaml
  retriever ls detections wd_flares/project.yaml")]
pub(crate) struct Arguments {
    /// Folder of the project; it is made if it is not there
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn run(
    context: &Context,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let folder = &arguments.folder;
    let files = project::start(folder, &context.registry).map_err(ProjectError::from)?;
    for file in &files {
        writeln!(out, "{}", printable(&file.display().to_string()))?;
    }
    out.flush()?;
    let here = folder.as_os_str() == ".";
    if !here {
        output::say(&format!("next: {}", shell::change_to(folder)));
    }
    let commands = [
        "run project.yaml",
        "ls detections project.yaml",
        "report project.yaml -o report.html",
    ];
    for (index, command) in commands.iter().enumerate() {
        let label = if here && index == 0 { "next:" } else { "     " };
        output::say(&format!("{label} retriever {command}"));
    }
    Ok(Exit::Success)
}
