//! `retriever check`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::report::printable;
use super::{Context, Failure, output};

#[derive(Debug, Args)]
#[command(after_help = "\
Exit code 0 if all is sound (or was mended), 6 otherwise.

Example:
  retriever check project.yaml
  retriever check project.yaml --repair && retriever run project.yaml")]
pub(crate) struct Arguments {
    /// Project file
    file: PathBuf,
    /// Mend what is found: forget rows whose file is lost, take up raw files without a row, remove the rest
    #[arg(long)]
    repair: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(
    context: &Context,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let report = context
        .open(&arguments.file)
        .await?
        .check(arguments.repair)
        .await?;
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &report).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        for finding in &report.findings {
            let source = if finding.source_name.is_empty() {
                String::new()
            } else {
                format!(" ({:?})", finding.source_name)
            };
            let remedy = if report.repaired || !finding.can_be_mended {
                ""
            } else {
                "with --repair: "
            };
            writeln!(
                out,
                "{}{source}: {} [{remedy}{}]",
                printable(&finding.file),
                printable(&finding.problem),
                finding.remedy
            )?;
        }
        if report.of_other_projects > 0 {
            writeln!(
                out,
                "{} raw files without a row are of sources that this catalog does not have: \
                 `check --repair` of their own project takes them up.",
                report.of_other_projects
            )?;
        }
        if report.downloads.files > 0 {
            writeln!(
                out,
                "{} in files of unfinished downloads: the next run goes on with them.",
                output::bytes(report.downloads.bytes)
            )?;
        }
        if let Some(pid) = report.running {
            let files = match report.not_judged {
                0 => String::new(),
                1 => " (1 file)".to_owned(),
                number => format!(" ({number} files)"),
            };
            writeln!(
                out,
                "A run is at work in this database (process {pid}): what it is writing is not judged{files}."
            )?;
        }
        let left_alone = report.findings.iter().any(|found| !found.can_be_mended);
        let verdict = match (report.findings.is_empty(), report.repaired, left_alone) {
            (true, ..) => "all sound",
            (false, true, false) => "mended",
            (false, true, true) => "mended but for what is left alone: move or remove it yourself",
            (false, false, _) => "not sound; --repair mends it",
        };
        let findings = match report.findings.len() {
            0 => String::new(),
            1 => ", 1 finding".to_owned(),
            number => format!(", {number} findings"),
        };
        let sound = report.sound;
        writeln!(
            out,
            "{sound} files are as their rows say{findings}: {verdict}."
        )?;
    }
    Ok(if report.is_clean() {
        Exit::Success
    } else {
        Exit::Verification
    })
}
