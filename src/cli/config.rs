//! `retriever config`.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::exit::Exit;
use super::{Context, Failure};
use crate::parameters::{describe_text, to_yaml_line};
use crate::project::descriptions;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show every parameter with its final value
    #[command(after_help = "Example:\n  retriever config show project.yaml --origin")]
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
            let schema = crate::project::json_schema(&context.registry);
            serde_json::to_writer_pretty(&mut *out, &schema).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        Command::Schema { json: false, .. } => {
            for (section, described) in descriptions(&context.registry) {
                writeln!(out, "{section}:\n{}", describe_text(&described))?;
            }
        }
        Command::Check { file } => {
            let project = context.open(file).await?;
            for warning in project.warnings() {
                tracing::warn!("{warning}");
            }
            writeln!(
                out,
                "{}: no mistakes; {} sources, {}",
                file.display(),
                project.catalog().len(),
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

fn show(
    context: &Context,
    file: &std::path::Path,
    origin: bool,
    out: &mut impl Write,
) -> Result<(), Failure> {
    for (section, rows) in context.describe(file)?.parameters()? {
        writeln!(out, "{section}:")?;
        for row in rows {
            let value = to_yaml_line(&row.value);
            if origin {
                writeln!(out, "  {}: {value}  # {}", row.name, row.origin)?;
            } else {
                writeln!(out, "  {}: {value}", row.name)?;
            }
        }
    }
    Ok(())
}
