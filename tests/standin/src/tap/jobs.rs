//! Jobs of the asynchronous way: they live as long as the server, and come to their end as they are looked at.

use std::collections::BTreeMap;

use super::formats::Format;
use super::table::Table;

/// A query that was handed in.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) query: String,
    pub(crate) format: Format,
    pub(crate) maxrec: Option<usize>,
    pub(crate) stage: Stage,
    /// What came of it, once it runs.
    pub(crate) outcome: Result<Table, String>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Pending,
    /// Looked at so often since it was started.
    Running(u32),
    Aborted,
}

/// All jobs of a server, and how they go.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    pub(crate) all: BTreeMap<String, Job>,
    /// Jobs that were ever begun.
    pub(crate) begun: usize,
    /// Jobs that clients deleted.
    pub(crate) deleted: usize,
    /// How often a job is looked at before it is done.
    pub(crate) polls: u32,
    /// No job comes to its end.
    pub(crate) held: bool,
}

impl Jobs {
    /// Takes a job and gives it a number as Gaia's archive does.
    pub(crate) fn begin(&mut self, job: Job) -> String {
        self.begun += 1;
        let number = format!("{}O", 1_710_099_405_832_u64 + self.begun as u64);
        self.all.insert(number.clone(), job);
        number
    }

    /// The phase of a job; whoever asks for it brings the job on.
    pub(crate) fn look(&mut self, number: &str, counts: bool) -> Option<&'static str> {
        let (polls, held) = (self.polls, self.held);
        let job = self.all.get_mut(number)?;
        let looked = match &mut job.stage {
            Stage::Pending => return Some("PENDING"),
            Stage::Aborted => return Some("ABORTED"),
            Stage::Running(looked) => looked,
        };
        if *looked >= polls && !held {
            return Some(match job.outcome {
                Ok(_) => "COMPLETED",
                Err(_) => "ERROR",
            });
        }
        let phase = if *looked == 0 { "QUEUED" } else { "EXECUTING" };
        *looked += u32::from(counts);
        Some(phase)
    }
}
