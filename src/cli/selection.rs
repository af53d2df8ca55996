//! Flags that select sources, shared by the stages.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use crate::project::{Selection, Shard};

/// Which project and which of its sources.
#[derive(Debug, Clone, Args)]
pub(crate) struct SelectionArguments {
    /// Project file
    pub file: PathBuf,
    /// First row of the catalog, from 0
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true, value_parser = row, help_heading = "Selection")]
    pub start: usize,
    /// Row after the last [default: all rows]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = row, help_heading = "Selection")]
    pub stop: Option<usize>,
    /// Only this source; may be given several times
    #[arg(long = "source", value_name = "NAME", help_heading = "Selection")]
    pub sources: Vec<String>,
    /// Only share I of N, drawn by name, I from 1
    #[arg(long, value_name = "I/N", help_heading = "Selection")]
    pub shard: Option<Shard>,
}

impl SelectionArguments {
    /// # Errors
    /// The rows run backwards.
    pub(crate) fn selection(&self) -> Result<Selection, Failure> {
        if let Some(stop) = self.stop.filter(|&stop| stop < self.start) {
            return Err(Failure::Usage(miette::miette!(
                help = "--stop is the row after the last: --start 0 --stop 10 takes ten rows",
                "--start {} is behind --stop {stop}",
                self.start
            )));
        }
        Ok(Selection {
            start: self.start,
            stop: self.stop,
            sources: self.sources.clone(),
            shard: self.shard,
        })
    }

    /// The flags as they are typed, those that are not set left out.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.start > 0 {
            words.extend(["--start".to_owned(), self.start.to_string()]);
        }
        if let Some(stop) = self.stop {
            words.extend(["--stop".to_owned(), stop.to_string()]);
        }
        for source in &self.sources {
            words.extend(["--source".to_owned(), source.clone()]);
        }
        if let Some(shard) = self.shard {
            words.extend(["--shard".to_owned(), shard.to_string()]);
        }
        words
    }
}

/// Where the name of a source comes before the project file: refuses the two in the wrong order.
///
/// # Errors
/// What stands for the name is called like a project file, and what stands for the file is none.
pub(crate) fn refuse_swapped(source: &str, file: &Path) -> Result<(), Failure> {
    let is_called_so = [".yaml", ".yml"].iter().any(|end| source.ends_with(end));
    if !is_called_so || file.exists() {
        return Ok(());
    }
    Err(Failure::Usage(miette::miette!(
        help = "the name of the source comes first, then the project file: swap the two",
        "{source:?} stands where the name of a source is expected, and there is no project file {:?}",
        file.display().to_string()
    )))
}

fn row(text: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| "a row is a whole number, from 0".to_owned())
}
