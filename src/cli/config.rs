//! `retriever config`.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::exit::Exit;
use super::report::printable;
use super::{Context, Failure};
use crate::parameters::{Origin, Shown, describe_text, to_yaml_line};
use crate::project::descriptions;
use crate::words::counted;

/// Lines up to this long are aligned.
const WIDEST: usize = 60;

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  retriever config check project.yaml
  retriever config show project.yaml --origin")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show every parameter with its final value
    ///
    /// What is printed is a project file itself, with nothing left to defaults.
    #[command(
        after_help = "Example:\n  retriever config show project.yaml --origin\n  retriever config show project.yaml > complete.yaml"
    )]
    Show {
        /// Project file
        file: PathBuf,
        /// Say where each value comes from
        #[arg(long)]
        origin: bool,
    },
    /// Describe every parameter that a project file may set
    #[command(
        after_help = "Example:\n  retriever config schema\n  retriever config schema project.yaml --json > schema.json"
    )]
    Schema {
        /// Project file; the parameters are the same for all
        file: Option<PathBuf>,
        /// Print a JSON schema, for editors
        #[arg(long)]
        json: bool,
    },
    /// Find mistakes in a project file and its catalog
    #[command(after_help = "Example:\n  retriever config check project.yaml")]
    Check {
        /// Project file
        file: PathBuf,
    },
}

pub(crate) async fn run(
    context: &Context,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::Show { file, origin } => show(context, file, *origin, out)?,
        Command::Schema { json: true, .. } => {
            let schema = crate::project::json_schema(&context.registry, &context.classes);
            serde_json::to_writer_pretty(&mut *out, &schema).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        Command::Schema { json: false, .. } => {
            writeln!(out, "# name  kind  default  (range); `null` is no value")?;
            for (section, described) in descriptions(&context.registry, &context.classes) {
                writeln!(
                    out,
                    "\n{section}:\n{}",
                    describe_text(&described).trim_end()
                )?;
            }
        }
        Command::Check { file } => {
            let project = context.open(file).await?;
            context.warn(project.warnings());
            writeln!(
                out,
                "{}: no mistakes; project {}, {}, {}",
                printable(&file.display().to_string()),
                project.name(),
                counted(project.catalog().len(), "source"),
                names(&project)
            )?;
        }
    }
    Ok(Exit::Success)
}

fn names(project: &crate::project::Project) -> String {
    let names: Vec<&str> = project
        .observatories()
        .iter()
        .map(|observatory| observatory.name())
        .collect();
    names.join(", ")
}

/// The sections nested as in a project file, values and origins aligned.
fn show(
    context: &Context,
    file: &std::path::Path,
    origin: bool,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let sections = context.describe(file)?.parameters()?;
    let mut above = "";
    for (section, rows) in &sections {
        let indent = match section.split_once('.') {
            Some((outer, inner)) => {
                if outer != above {
                    writeln!(out, "{outer}:")?;
                }
                above = outer;
                writeln!(out, "  {inner}:")?;
                "    "
            }
            None => {
                above = "";
                writeln!(out, "{section}:")?;
                "  "
            }
        };
        let lines = nested(rows, indent);
        let widths = lines.iter().map(|(line, _)| line.chars().count());
        // one long value does not push all origins out of sight
        let width = widths.filter(|&width| width <= WIDEST).max().unwrap_or(0);
        for (line, given) in &lines {
            match given.filter(|_| origin) {
                Some(given) => writeln!(out, "{line:width$}  # {given}")?,
                None => writeln!(out, "{line}")?,
            }
        }
    }
    Ok(())
}

/// A line for each parameter, with its origin; those of structs in structs below a line with the name of the struct.
fn nested<'a>(rows: &'a [Shown], indent: &str) -> Vec<(String, Option<&'a Origin>)> {
    let mut lines = Vec::new();
    let mut above: Vec<&str> = Vec::new();
    for row in rows {
        let mut path: Vec<&str> = row.name.split('.').collect();
        let name = path.pop().unwrap_or_default();
        let shared = above.iter().zip(&path).take_while(|(a, b)| a == b).count();
        for (depth, outer) in path.iter().enumerate().skip(shared) {
            lines.push((format!("{indent}{:1$}{outer}:", "", 2 * depth), None));
        }
        let value = to_yaml_line(&row.value);
        let line = format!("{indent}{:1$}{name}: {value}", "", 2 * path.len());
        lines.push((line, Some(&row.origin)));
        above = path;
    }
    lines
}
