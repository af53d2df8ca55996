//! What a check says.

use serde::Serialize;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CheckReport {
    /// Files that are what their rows say.
    pub sound: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Raw files without a row, of sources that the catalog of this project does not have: other projects' to
    /// take up.
    pub of_other_projects: u64,
    /// What interrupted runs have downloaded and not used yet: the next run takes it up.
    pub downloads: LeftDownloads,
    /// The process of a run that was at work meanwhile, if there was one: what it may be writing was not judged.
    pub running: Option<u32>,
    /// Files that may be such a run's: without a row yet, or histograms that are to be written anew.
    pub not_judged: u64,
    /// Whether the findings were mended.
    pub repaired: bool,
}

/// Files in the folder of downloads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LeftDownloads {
    /// How many files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The file, below the data root.
    pub file: String,
    /// Empty if the file does not tell.
    pub source_name: String,
    /// What is wrong with it.
    pub problem: String,
    /// What `--repair` does, or did, about it.
    pub remedy: String,
    /// Whether there is anything that `--repair` does about it.
    pub can_be_mended: bool,
}

impl Finding {
    /// One that `--repair` mends.
    pub(super) fn mendable(
        file: &str,
        source_name: &str,
        problem: String,
        remedy: &str,
    ) -> Finding {
        Finding {
            file: file.to_owned(),
            source_name: source_name.to_owned(),
            problem,
            remedy: remedy.to_owned(),
            can_be_mended: true,
        }
    }
}

impl CheckReport {
    /// Nothing was found, or all of it was mended.
    pub fn is_clean(&self) -> bool {
        let is_mended = |finding: &Finding| self.repaired && finding.can_be_mended;
        self.findings.iter().all(is_mended)
    }
}
