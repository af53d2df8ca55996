//! `retriever export`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::target::refuse_own_files;
use super::{Context, Failure, output};
use crate::export::{ExportError, Format, Layout};
use crate::photometry::Kind;
use crate::project::{Export, ExportTable, Project, ProjectError};

#[derive(Debug, Args)]
#[command(after_help = "\
Parquet, FITS, VOTable and ECSV carry units, descriptions, time frames and where the table comes from; CSV has \
them as remarks, for `pandas.read_csv(file, comment='#')`. HATS is a folder that LSDB opens: sources by their \
place on the sky, with their lightcurves in a nested column.

Example:
  retriever export lightcurves project.yaml -o epochs.parquet
  retriever export lightcurves project.yaml --layout nested -o curves.parquet
  retriever export detections project.yaml --format votable -o - | head
  retriever export lightcurves project.yaml --format hats -o collection")]
pub(crate) struct Arguments {
    /// What to export
    #[arg(value_enum)]
    what: What,
    /// Project file
    file: PathBuf,
    /// Format [default: by the end of the output's name]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<FormatWord>,
    /// File, or folder for HATS; `-` is standard output, for csv, ecsv and votable
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Which lightcurves [default: reduced]
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<KindWord>,
    /// What a row is [default: flat for lightcurves, nested for properties]
    #[arg(long, value_enum, value_name = "LAYOUT")]
    layout: Option<LayoutWord>,
    /// Largest number of epochs, or of rows, in a file of a HATS collection [default: 1000000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    partition_rows: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Epochs of all lightcurves
    Lightcurves,
    /// Targets that the project has taken up
    Sources,
    /// What happened
    Detections,
    /// Numbers that describe each source
    Properties,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatWord {
    Parquet,
    Fits,
    Votable,
    Ecsv,
    Csv,
    Hats,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindWord {
    /// As they were observed
    Reduced,
    /// The same with scores and quality
    Processed,
    /// With a simulated event
    Simulated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LayoutWord {
    /// An epoch of a lightcurve; the properties of a source in one filter
    Flat,
    /// A lightcurve with lists in it (Parquet); the properties of a source
    Nested,
}

impl What {
    fn as_str(self) -> &'static str {
        match self {
            What::Lightcurves => "lightcurves",
            What::Sources => "sources",
            What::Detections => "detections",
            What::Properties => "properties",
        }
    }
}

impl Arguments {
    /// # Errors
    /// Options that would change nothing.
    fn check(&self, format: Format) -> Result<(), Failure> {
        let refused = |words: String, help: &str| {
            let help = help.to_owned();
            Err(Failure::Usage(miette::miette!(help = help, "{words}")))
        };
        let (what, is_hats) = (self.what.as_str(), format == Format::Hats);
        if self.kind.is_some() && self.what != What::Lightcurves {
            let words = format!("--kind is of lightcurves, and {what} are exported");
            return refused(words, "leave --kind out, or export lightcurves");
        }
        match (self.what, self.layout) {
            (What::Sources | What::Detections, Some(_)) => {
                let words =
                    format!("--layout is of lightcurves and properties, {what} have one layout");
                return refused(words, "leave --layout out");
            }
            (What::Lightcurves, Some(LayoutWord::Flat)) if is_hats => {
                let words = "a HATS collection of lightcurves has a row for each source";
                let help = "leave --layout out, or choose a format with a row for each epoch";
                return refused(words.to_owned(), help);
            }
            _ => {}
        }
        if self.partition_rows.is_some() && !is_hats {
            let words = format!(
                "--partition-rows is of HATS, {} is one file",
                format.as_str()
            );
            return refused(words, "leave --partition-rows out, or choose --format hats");
        }
        Ok(())
    }

    fn export(&self) -> Result<Export, Failure> {
        let format = self.format()?;
        self.check(format)?;
        let table = match self.what {
            What::Lightcurves => ExportTable::Lightcurves,
            What::Sources => ExportTable::Sources,
            What::Detections => ExportTable::Detections,
            What::Properties => ExportTable::Properties,
        };
        Ok(Export {
            table,
            format,
            kind: match self.kind {
                None | Some(KindWord::Reduced) => Kind::Reduced,
                Some(KindWord::Processed) => Kind::Processed,
                Some(KindWord::Simulated) => Kind::Simulated,
            },
            layout: self.layout.map(|layout| match layout {
                LayoutWord::Flat => Layout::Flat,
                LayoutWord::Nested => Layout::Nested,
            }),
            partition_rows: self.partition_rows,
        })
    }

    fn format(&self) -> Result<Format, Failure> {
        let format = match self.format {
            Some(FormatWord::Parquet) => Some(Format::Parquet),
            Some(FormatWord::Fits) => Some(Format::Fits),
            Some(FormatWord::Votable) => Some(Format::Votable),
            Some(FormatWord::Ecsv) => Some(Format::Ecsv),
            Some(FormatWord::Csv) => Some(Format::Csv),
            Some(FormatWord::Hats) => Some(Format::Hats),
            None => Format::of_name(&self.output),
        };
        let words = Format::ALL.map(Format::as_str).join(", ");
        format.ok_or_else(|| {
            Failure::Usage(miette::miette!(
                help = format!("add `--format FORMAT`; known are {words}"),
                "{:?} does not say which format to write",
                self.output.display().to_string()
            ))
        })
    }
}

pub(crate) async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let export = arguments.export()?;
    let to_stream = arguments.output == Path::new("-");
    if to_stream && !export.format.streams() {
        return Err(Failure::Usage(miette::miette!(
            help =
                "write to a file with `-o FILE`; csv, ecsv and votable can go to standard output",
            "{} cannot go to standard output",
            export.format.as_str()
        )));
    }
    let project = context.open(&arguments.file).await?;
    if !to_stream {
        refuse_own_files(&arguments.output, &project, &arguments.file)?;
    }
    context.warn(unfinished(&project, &export).await?.as_slice());
    let written = match to_stream {
        true => {
            let written = project.export_to(&export, &mut std::io::stdout()).await;
            written.map_err(|error| match error {
                ProjectError::Export(ExportError::Stream(cause)) => Failure::Output(cause),
                other => other.into(),
            })?
        }
        false => project.export(&export, &arguments.output).await?,
    };
    if written.rows == 0 {
        output::say(&without_rows(&export));
    } else if !to_stream {
        let place = arguments.output.display().to_string();
        let bytes = written.bytes.map(output::bytes);
        let bytes = bytes.map_or_else(String::new, |bytes| format!(", {bytes}"));
        output::say(&format!("{} rows in {place:?}{bytes}", written.rows));
    }
    Ok(Exit::Success)
}

/// What is not in the table yet, asked before it is read: a run that goes on meanwhile may add some of it.
async fn unfinished(project: &Project, export: &Export) -> Result<Option<String>, Failure> {
    let number = project.unfinished(export).await?;
    let sources = match number {
        0 => return Ok(None),
        1 => "1 source of the catalog is".to_owned(),
        number => format!("{number} sources of the catalog are"),
    };
    // of several observatories one may be done with a source
    let in_part = export.table != ExportTable::Sources && project.observatories().len() > 1;
    let absent = match (in_part, number) {
        (true, _) => "not all of their data are in it",
        (false, 1) => "it is not in it",
        (false, _) => "they are not in it",
    };
    let words = format!("{sources} pending or being made again: {absent}");
    Ok(Some(words))
}

fn without_rows(export: &Export) -> String {
    let why = match (export.table, export.kind) {
        (ExportTable::Lightcurves, Kind::Simulated) => {
            ", as there are no lightcurves with a simulated event"
        }
        _ => "",
    };
    format!("a table without rows{why}: {}", export.advice())
}
