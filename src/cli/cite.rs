//! `retriever cite`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::report::printable;
use super::{Context, Failure};
use crate::credit::Credit;
use crate::project::{ProjectError, ProjectErrorClass};

/// Words of a text for the eye stand in lines of this width.
const WIDTH: usize = 100;

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  retriever cite project.yaml
  retriever cite project.yaml --bibtex > references.bib")]
pub(crate) struct Arguments {
    /// Project file
    file: PathBuf,
    /// Print BibTeX entries only
    #[arg(long, conflicts_with = "json")]
    bibtex: bool,
    /// Print a JSON array of objects
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(
    context: &Context,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let credits = credits(context, arguments).await?;
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &credits).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else if arguments.bibtex {
        let entries: Vec<String> = credits
            .iter()
            .flat_map(|credit| &credit.references)
            .map(|reference| reference.bibtex())
            .collect();
        write!(out, "{}", entries.join("\n"))?;
    } else {
        write_text(&credits, out)?;
    }
    Ok(Exit::Success)
}

/// Nobody is asked for a catalog to know what is to be cited for it.
async fn credits(context: &Context, arguments: &Arguments) -> Result<Vec<Credit>, ProjectError> {
    let builder = context.describe(&arguments.file)?.offline(true);
    let is_about_the_catalog = |error: &ProjectError| {
        let of_catalog = matches!(
            error,
            ProjectError::Catalog(_) | ProjectError::CatalogAt { .. }
        );
        of_catalog || error.class() == ProjectErrorClass::Network
    };
    match builder.clone().open().await {
        Ok(project) => project.credits().await,
        Err(error) if is_about_the_catalog(&error) => {
            tracing::warn!("{error}: what follows is what the file configures, used or not");
            builder.credits()
        }
        Err(error) => Err(error),
    }
}

fn write_text(credits: &[Credit], out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "ACKNOWLEDGEMENTS")?;
    for credit in credits {
        for words in &credit.acknowledgements {
            writeln!(out, "\n{}:", printable(&credit.subject))?;
            write_paragraph(words, out)?;
        }
    }
    writeln!(out, "\nREFERENCES (`--bibtex` for BibTeX)")?;
    for credit in credits
        .iter()
        .filter(|credit| !credit.references.is_empty())
    {
        writeln!(out, "\n{}:", printable(&credit.subject))?;
        for reference in &credit.references {
            writeln!(out, "  {}", printable(&reference.line()))?;
        }
    }
    Ok(())
}

fn write_paragraph(words: &str, out: &mut impl Write) -> std::io::Result<()> {
    let mut line = String::new();
    for word in words.split_whitespace().map(printable) {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(out, "  {line}")?;
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    writeln!(out, "  {line}")
}
