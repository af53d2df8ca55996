//! `retriever export`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::{Context, Failure, output};
use crate::export::{ExportError, Format, Layout};
use crate::photometry::Kind;
use crate::project::{Export, ExportTable, ProjectError};

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
    /// Which lightcurves
    #[arg(long, value_enum, default_value_t = KindWord::Reduced, value_name = "KIND")]
    kind: KindWord,
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

impl Arguments {
    fn export(&self) -> Result<Export, Failure> {
        let table = match self.what {
            What::Lightcurves => ExportTable::Lightcurves,
            What::Sources => ExportTable::Sources,
            What::Detections => ExportTable::Detections,
            What::Properties => ExportTable::Properties,
        };
        Ok(Export {
            table,
            format: self.format()?,
            kind: match self.kind {
                KindWord::Reduced => Kind::Reduced,
                KindWord::Processed => Kind::Processed,
                KindWord::Simulated => Kind::Simulated,
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
        output::say("a table without rows: `retriever run` makes some");
    } else if !to_stream {
        let place = arguments.output.display().to_string();
        let bytes = written.bytes.map(output::bytes);
        let bytes = bytes.map_or_else(String::new, |bytes| format!(", {bytes}"));
        output::say(&format!("{} rows in {place:?}{bytes}", written.rows));
    }
    Ok(Exit::Success)
}
