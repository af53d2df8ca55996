//! How far a project is.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Project, ProjectError};
use crate::database::{Database, Failure, ProjectRow};

/// Failures that are shown with their text.
const SHOWN_FAILURES: u64 = 10;

/// How far a project is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Status {
    pub project: String,
    /// Empty without version control.
    pub cfg_hash: String,
    /// Sources in the catalog, and those that the project has taken up beside it.
    pub sources: u64,
    pub observatories: BTreeMap<String, ObservatoryStatus>,
    /// Reduced lightcurves and their epochs.
    pub lightcurves: u64,
    pub epochs: u64,
    pub analyses: AnalysisCounts,
    pub detections: DetectionCounts,
    pub injections: InjectionCounts,
    /// Bytes of the files of this project, its raw photometry included.
    pub bytes: u64,
    /// The last failures.
    pub failures: Vec<Failure>,
}

/// Sources of the catalog at one observatory, by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ObservatoryStatus {
    pub pending: u64,
    pub ok: u64,
    pub empty: u64,
    pub skipped: u64,
    pub failed: u64,
    pub reduced: u64,
    pub lightcurves: u64,
    pub epochs: u64,
    pub bytes: u64,
}

/// Sources whose lightcurves were analysed, and those that could not be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct AnalysisCounts {
    pub ok: u64,
    pub failed: u64,
}

/// Events found in lightcurves as they were observed, and in those with a simulated event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DetectionCounts {
    pub real: u64,
    pub simulated: u64,
}

/// Events injected, and those of them that were found again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct InjectionCounts {
    pub total: u64,
    pub recovered: u64,
}

impl Project {
    /// How far the project is. Of a project that never ran everything is pending; nothing is written.
    pub async fn status(&self) -> Result<Status, ProjectError> {
        self.status_with(SHOWN_FAILURES).await
    }

    /// The same with so many of the last failures.
    pub(super) async fn status_with(&self, failures: u64) -> Result<Status, ProjectError> {
        let mut status = Status {
            project: self.name().to_owned(),
            cfg_hash: self.cfg_hash().to_owned(),
            sources: self.catalog().len() as u64,
            ..Status::default()
        };
        for observatory in self.observatories() {
            let pending = ObservatoryStatus {
                pending: status.sources,
                ..ObservatoryStatus::default()
            };
            status
                .observatories
                .insert(observatory.name().to_owned(), pending);
        }
        let Some(database) = self.existing_database().await? else {
            return Ok(status);
        };
        let row = self.existing_row(&database).await?;
        if let Some(row) = row {
            self.count(&database, &row, failures, &mut status).await?;
        }
        super::close(database).await;
        Ok(status)
    }

    async fn count(
        &self,
        database: &Database,
        row: &ProjectRow,
        failures: u64,
        status: &mut Status,
    ) -> Result<(), ProjectError> {
        let names: Vec<&str> = self
            .observatories()
            .iter()
            .map(|observatory| observatory.name())
            .collect();
        status.sources += database
            .sources_behind(row.id, self.catalog().len())
            .await?;
        let counts = database.status(row.id, &names, failures).await?;
        for of in counts.observatories {
            status.lightcurves += of.lightcurves;
            status.epochs += of.epochs;
            status.bytes += of.raw_bytes + of.reduced_bytes;
            let asked = of.ok + of.empty + of.skipped + of.failed;
            let counted = ObservatoryStatus {
                pending: status.sources.saturating_sub(asked),
                ok: of.ok,
                empty: of.empty,
                skipped: of.skipped,
                failed: of.failed,
                reduced: of.reduced,
                lightcurves: of.lightcurves,
                epochs: of.epochs,
                bytes: of.raw_bytes + of.reduced_bytes,
            };
            status.observatories.insert(of.observatory, counted);
        }
        let analyses = counts.analyses;
        status.analyses.ok = analyses.analysed;
        status.analyses.failed = analyses.failed;
        status.detections.real = analyses.real;
        status.detections.simulated = analyses.simulated;
        status.injections.total = analyses.injected;
        status.injections.recovered = analyses.recovered;
        status.bytes += analyses.bytes;
        status.failures = counts.failures;
        Ok(())
    }
}
