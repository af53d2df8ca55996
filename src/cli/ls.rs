//! `retriever ls`.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use futures::StreamExt;
use serde_json::{Map, Value};

use super::exit::Exit;
use super::{Context, Failure, output};
use crate::photometry::Kind;
use crate::project::{ProjectError, Table};

/// Rows that are aligned together: a table of millions of rows is never held at once.
const PAGE: usize = 1000;

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  retriever ls sources project.yaml
  retriever ls detections project.yaml
  retriever ls lightcurves project.yaml --json | jq '.[].mag_mean_robust'")]
pub(crate) struct Arguments {
    /// What to list
    #[arg(value_enum)]
    what: What,
    /// Project file
    file: PathBuf,
    /// Which lightcurves
    #[arg(long, value_enum, default_value_t = KindWord::Reduced, value_name = "KIND")]
    kind: KindWord,
    /// Print a JSON array of objects with the names of the database's columns
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Targets that the project has taken up
    Sources,
    /// What archives answered
    Raw,
    /// What came out
    Lightcurves,
    /// What happened, in the lightcurves as observed and in those with a simulated event
    Detections,
    /// Simulated events, found or not
    Injections,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindWord {
    /// As they were observed
    Reduced,
    /// The same with scores and quality
    Processed,
    /// With a simulated event
    Simulated,
    All,
}

impl KindWord {
    fn kind(self) -> Option<Kind> {
        match self {
            KindWord::Reduced => Some(Kind::Reduced),
            KindWord::Processed => Some(Kind::Processed),
            KindWord::Simulated => Some(Kind::Simulated),
            KindWord::All => None,
        }
    }
}

impl What {
    fn table(self, kind: Option<Kind>) -> Table {
        match self {
            What::Sources => Table::Sources,
            What::Raw => Table::Raw,
            What::Lightcurves => Table::Lightcurves(kind),
            What::Detections => Table::Detections,
            What::Injections => Table::Injections,
        }
    }

    /// The columns that a person wants to see; JSON has all.
    fn columns(self) -> &'static [&'static str] {
        match self {
            What::Sources => &["name", "ra", "dec", "mag", "catalog_row"],
            What::Raw => &[
                "observatory",
                "source_name",
                "outcome",
                "epochs",
                "length",
                "attempts",
                "file",
                "message",
            ],
            What::Lightcurves => &[
                "observatory",
                "source_name",
                "kind",
                "series_number",
                "filter",
                "number",
                "num_good",
                "time_start",
                "time_end",
                "mag_mean_robust",
                "mag_rms_robust",
            ],
            What::Detections => &[
                "source_name",
                "simulated",
                "observatory",
                "filter",
                "peak_time",
                "snr",
                "peak_mag_diff",
                "time_start",
                "time_end",
                "false_alarm_probability",
                "quality_flag",
            ],
            What::Injections => &[
                "source_name",
                "injection_number",
                "shape",
                "filter",
                "time",
                "width",
                "snr_expected",
                "magnitude",
                "recovered",
            ],
        }
    }
}

pub(crate) async fn run(
    context: &Context,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let project = context.open(&arguments.file).await?;
    let table = arguments.what.table(arguments.kind.kind());
    let rows = project.list(table).await?;
    let mut pages = rows.chunks(PAGE);
    if arguments.json {
        let mut separator = "[";
        while let Some(page) = pages.next().await {
            for row in page {
                write!(out, "{separator}\n  ")?;
                serde_json::to_writer(&mut *out, &row?).map_err(std::io::Error::from)?;
                separator = ",";
            }
        }
        writeln!(out, "{}", if separator == "[" { "[]" } else { "\n]" })?;
    } else {
        let mut table = output::Table::new(arguments.what.columns());
        while let Some(page) = pages.next().await {
            let page: Vec<Map<String, Value>> =
                page.into_iter().collect::<Result<_, ProjectError>>()?;
            table.write(&page, out)?;
        }
        if table.is_empty() {
            // a header alone looks like an error
            table.write(&[], out)?;
            output::say("nothing yet: `retriever run` makes it");
        }
    }
    Ok(Exit::Success)
}
