//! `retriever ls`.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::rows::{Form, write};
use super::{Context, Failure, output};
use crate::photometry::Kind;
use crate::project::{Project, Table};
use crate::query::{Cone, Query, Selection};

/// Bytes that are written together: a system call for each line would be most of the work.
const BUFFER: usize = 65_536;

#[derive(Debug, Args)]
#[command(after_help = "\
A condition compares columns with numbers, 'text', true or false:
  = != < <= > >=, and, or, not, (...), in (...), between ... and ..., like 'J12%', ilike,
  is null, is not null, + - * /, abs(...)
Every list can be asked for ra, dec, mag and catalog_row of the source too.

Example:
  retriever ls sources project.yaml --cone 150.1,2.2,0.5
  retriever ls detections project.yaml --where 'snr > 8 and filter = \"zr\"' --sort=-snr
  retriever ls detections project.yaml --where 'abs(snr) > 8 and not simulated' --limit 20
  retriever ls lightcurves project.yaml --where 'num_good >= 50' --csv > lightcurves.csv
  retriever ls failures project.yaml --jsonl | jq .message
  retriever ls lightcurves project.yaml --json | jq '.[].mag_mean_robust'")]
pub(crate) struct Arguments {
    /// What to list
    #[arg(value_enum)]
    what: What,
    /// Project file
    file: PathBuf,
    /// Only rows for which this is true, in the words of SQL's WHERE
    #[arg(long = "where", value_name = "EXPR", allow_hyphen_values = true)]
    condition: Option<String>,
    /// Only rows of sources within this circle on the sky (degrees)
    #[arg(long, value_name = "RA,DEC,RADIUS", allow_hyphen_values = true)]
    cone: Option<String>,
    /// Columns to sort by, those with a minus downwards; without it in the order of the catalog
    #[arg(long, value_name = "COL[,-COL]", allow_hyphen_values = true)]
    sort: Option<String>,
    /// So many rows at most
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Which lightcurves [default: reduced, or all if the condition says which kind]
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<KindWord>,
    #[command(flatten)]
    form: Form,
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
    /// Sources that could not be fetched, reduced or analysed, and why
    Failures,
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
            What::Failures => Table::Failures,
        }
    }

    /// The columns that a person wants to see; all other forms have all.
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
                "score",
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
            What::Failures => &[
                "source_name",
                "observatory",
                "stage",
                "error_class",
                "attempts",
                "requested_at",
                "message",
            ],
        }
    }

    fn none_yet(self, project: &Project) -> &'static str {
        let wanted = project.analysis_settings().parameters().num_injections;
        match self {
            What::Failures => "nothing failed",
            What::Injections if wanted == 0.0 => {
                "the project asks for none (num_injections: 0 in section `analysis`)"
            }
            _ => "nothing yet: `retriever run` makes it",
        }
    }
}

impl Arguments {
    fn query(&self) -> Result<Query, Failure> {
        let cone = self.cone.as_deref().map(str::parse::<Cone>).transpose();
        Ok(Query {
            condition: self.condition.clone(),
            cone: cone.map_err(crate::project::ProjectError::from)?,
            sort: self.sort.clone(),
            limit: self.limit,
        })
    }

    /// A condition on the kind is on all kinds, unless it is said which ones to list.
    fn table(&self, selection: &Selection) -> Table {
        let on_kinds = named_in(selection).contains(&"kind");
        let kind = match self.kind {
            Some(word) => word.kind(),
            None if on_kinds => None,
            None => Some(Kind::Reduced),
        };
        self.what.table(kind)
    }
}

/// Columns of the table that a condition or an order names.
fn named_in(selection: &Selection) -> Vec<&'static str> {
    let conditions = selection.condition.iter();
    let columns = conditions.flat_map(crate::query::Condition::columns);
    let columns = columns.chain(selection.sort.iter().map(|key| key.column));
    columns
        .filter(|column| column.owner == crate::query::Owner::Table)
        .map(|column| column.name)
        .collect()
}

pub(crate) async fn run(
    context: &Context,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let query = arguments.query()?;
    let columns = Project::columns(arguments.what.table(None));
    // mistakes are told before anything is opened
    let selection = query
        .on(&columns)
        .map_err(crate::project::ProjectError::from)?;
    let project = context.open(&arguments.file).await?;
    let rows = project.query(arguments.table(&selection), &query).await?;
    let mut shown = arguments.what.columns().to_vec();
    for name in named_in(&selection) {
        if !shown.contains(&name) {
            shown.push(name);
        }
    }
    let no_targets = project.catalog().is_empty();
    let all: Vec<&str> = columns.own().map(|column| column.name).collect();
    let mut out = BufWriter::with_capacity(BUFFER, out);
    let written = write(rows, &arguments.form, &all, &shown, &mut out).await?;
    out.flush()?;
    if written == 0 && arguments.form.is_table() {
        // a header alone looks like an error
        let restricted = query != Query::all() || arguments.kind.is_some();
        output::say(match restricted {
            true => "no row is like that",
            false if no_targets => "the catalog has no targets",
            false => arguments.what.none_yet(&project),
        });
    }
    Ok(Exit::Success)
}
