//! `retriever status`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::exit::Exit;
use super::report::printable;
use super::{Context, Failure, output};
use crate::project::Status;

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  retriever status project.yaml
  retriever status project.yaml --json | jq .observatories.ZTF.failed")]
pub(crate) struct Arguments {
    /// Project file
    file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(
    context: &Context,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let status = context.open(&arguments.file).await?.status().await?;
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &status).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        write(&status, out)?;
    }
    Ok(Exit::Success)
}

fn write(status: &Status, out: &mut impl Write) -> std::io::Result<()> {
    let version = if status.cfg_hash.is_empty() {
        String::new()
    } else {
        format!(" ({})", status.cfg_hash)
    };
    let further = match status.not_in_catalog {
        0 => String::new(),
        1 => ", 1 more that is not in it".to_owned(),
        number => format!(", {number} more that are not in it"),
    };
    writeln!(
        out,
        "{}{version}: {} sources in the catalog{further}",
        status.project, status.sources
    )?;
    let rows: Vec<_> = status
        .observatories
        .iter()
        .filter_map(|(name, counts)| {
            let row = json!({
                "observatory": name, "pending": counts.pending, "ok": counts.ok, "empty": counts.empty,
                "skipped": counts.skipped, "failed": counts.failed, "reduced": counts.reduced,
                "lightcurves": counts.lightcurves, "epochs": counts.epochs, "size": output::bytes(counts.bytes),
            });
            row.as_object().cloned()
        })
        .collect();
    let columns = [
        "observatory",
        "pending",
        "ok",
        "empty",
        "skipped",
        "failed",
        "reduced",
        "lightcurves",
        "epochs",
        "size",
    ];
    output::Table::new(&columns).write(&rows, out)?;
    let (found, injections) = (status.detections, status.injections);
    if status.analyses.ok > 0 {
        writeln!(
            out,
            "analysed: {} sources, {} detections; {} of {} simulated events found",
            status.analyses.ok, found.real, injections.recovered, injections.total
        )?;
    }
    if !status.failures.is_empty() {
        writeln!(out, "Last failures:")?;
    }
    for failure in &status.failures {
        let attempts = failure
            .attempts
            .map(|n| format!(", attempt {n}"))
            .unwrap_or_default();
        let message = failure.message.as_deref().unwrap_or("no reason is known");
        writeln!(
            out,
            "  {:?} {}{attempts}: {}",
            failure.source_name,
            match failure.observatory.as_str() {
                "" => "in the analysis".to_owned(),
                observatory => format!("at {observatory}"),
            },
            printable(message)
        )?;
    }
    Ok(())
}
