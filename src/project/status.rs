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
    /// Its name.
    pub project: String,
    /// Empty without version control.
    pub cfg_hash: String,
    /// Sources in the catalog.
    pub sources: u64,
    /// Further sources of the project: the catalog had them once, or they were taken up beside it.
    pub not_in_catalog: u64,
    /// Each observatory by its name.
    pub observatories: BTreeMap<String, ObservatoryStatus>,
    /// Reduced lightcurves and their epochs.
    pub lightcurves: u64,
    /// Epochs of the reduced lightcurves.
    pub epochs: u64,
    /// How far the analysis is.
    pub analyses: AnalysisCounts,
    /// What was found.
    pub detections: DetectionCounts,
    /// What was put in, and found again.
    pub injections: InjectionCounts,
    /// Bytes of the files of this project, its raw photometry included.
    pub bytes: u64,
    /// The last failures.
    pub failures: Vec<Failure>,
}

/// Sources of the project at one observatory, by outcome: those of the catalog and the further ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ObservatoryStatus {
    /// Nobody has asked yet.
    pub pending: u64,
    /// The archive had data.
    pub ok: u64,
    /// The archive had nothing.
    pub empty: u64,
    /// A rule forbids to ask.
    pub skipped: u64,
    /// Something went wrong.
    pub failed: u64,
    /// Sources that were reduced.
    pub reduced: u64,
    /// Their lightcurves.
    pub lightcurves: u64,
    /// Epochs of these.
    pub epochs: u64,
    /// Bytes of raw and reduced files.
    pub bytes: u64,
}

/// Sources whose lightcurves were analysed, and those that could not be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct AnalysisCounts {
    /// Those that were.
    pub ok: u64,
    /// Those that could not be.
    pub failed: u64,
}

/// Events found in lightcurves as they were observed, and in those with a simulated event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DetectionCounts {
    /// In lightcurves as they were observed.
    pub real: u64,
    /// In those with a simulated event.
    pub simulated: u64,
}

/// Events injected, and those of them that were found again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct InjectionCounts {
    /// Events that were put in.
    pub total: u64,
    /// Those of them that were found.
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
        let is_in_catalog = |name: &str| self.catalog().row_of(name).is_some();
        status.not_in_catalog = database.unknown_sources(row.id, is_in_catalog).await?;
        let sources = status.sources + status.not_in_catalog;
        let counts = database.status(row.id, &names, failures).await?;
        for of in counts.observatories {
            status.lightcurves += of.lightcurves;
            status.epochs += of.epochs;
            status.bytes += of.raw_bytes + of.reduced_bytes;
            let asked = of.ok + of.empty + of.skipped + of.failed;
            let counted = ObservatoryStatus {
                pending: sources.saturating_sub(asked),
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
