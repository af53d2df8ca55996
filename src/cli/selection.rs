//! Flags that select sources, shared by the stages.

use std::path::PathBuf;

use clap::Args;

use crate::project::{Selection, Shard};

/// Which project and which of its sources.
#[derive(Debug, Clone, Args)]
pub(crate) struct SelectionArguments {
    /// Project file
    pub file: PathBuf,
    /// First row of the catalog, from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub start: usize,
    /// Row after the last
    #[arg(long, value_name = "N")]
    pub stop: Option<usize>,
    /// Only this source; may be given several times
    #[arg(long = "source", value_name = "NAME")]
    pub sources: Vec<String>,
    /// Only share i of n, drawn by name, i from 1
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
}

impl SelectionArguments {
    pub(crate) fn selection(&self) -> Selection {
        Selection {
            start: self.start,
            stop: self.stop,
            sources: self.sources.clone(),
            shard: self.shard,
        }
    }
}
