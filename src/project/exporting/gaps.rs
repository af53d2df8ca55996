//! Sources that an export leaves out, because they are not done.

use super::{Export, ExportTable};
use crate::database::{Outcome, SourceState};
use crate::photometry::Kind;
use crate::project::{Project, ProjectError};

/// Sources that are looked at with one query.
const TOGETHER: usize = 1_000;

impl Project {
    /// How many sources of the catalog are pending, or are being made again, so that an export has not all of them that
    /// it will have after the next run. Sources that failed are not among them.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use retriever::export::Format;
    /// use retriever::project::{Export, ExportTable, Project};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let project = Project::builder("doc").observatory("DEMO").set("catalog.default", "test")
    /// #     .set("observatories.demo.num_points", 20).data_root(folder.path()).open().await?;
    /// let export = Export::new(ExportTable::Lightcurves, Format::Parquet);
    /// assert_eq!(project.unfinished(&export).await?, 10);
    /// project.run().await?;
    /// assert_eq!(project.unfinished(&export).await?, 0);
    /// # Ok::<(), retriever::project::ProjectError>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    /// A database that cannot be asked.
    pub async fn unfinished(&self, export: &Export) -> Result<u64, ProjectError> {
        if export.needs_analysis() && !self.analysis_settings().parameters().enabled {
            return Ok(0);
        }
        let all = self.catalog().len();
        let Some(database) = self.existing_database().await? else {
            return Ok(all as u64);
        };
        let Some(row) = self.existing_row(&database).await? else {
            crate::project::close(database).await;
            return Ok(all as u64);
        };
        let observatories = self.observatories().iter();
        let observatories: Vec<&str> = observatories
            .map(|observatory| observatory.name())
            .collect();
        let mut unfinished = 0;
        for first in (0..all).step_by(TOGETHER) {
            let rows = first..all.min(first + TOGETHER);
            let names: Vec<&str> = rows.filter_map(|row| self.catalog().name(row)).collect();
            let states = database.states(row.id, &names, &observatories).await?;
            let missing = states.iter().filter(|state| export.misses(state));
            unfinished += missing.count() as u64;
        }
        crate::project::close(database).await;
        Ok(unfinished)
    }
}

impl Export {
    fn needs_analysis(&self) -> bool {
        match self.table {
            ExportTable::Lightcurves => self.kind != Kind::Reduced,
            ExportTable::Sources => false,
            ExportTable::Detections | ExportTable::Properties => true,
        }
    }

    /// Whether the next run will add something of a source.
    fn misses(&self, state: &SourceState) -> bool {
        if self.table == ExportTable::Sources {
            return state.source_id.is_none();
        }
        let is_pending = state.observatories.iter().any(|observed| {
            let raw = observed.raw.as_ref().map(|raw| raw.outcome);
            observed.reduction.is_none() && matches!(raw, None | Some(Outcome::Ok))
        });
        match self.needs_analysis() {
            true => state.analysis.is_none() && (is_pending || state.analysis_inputs().is_some()),
            false => is_pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{
        AnalysisOutcome, AnalysisState, ObservatoryState, RawState, ReductionOutcome,
        ReductionState,
    };
    use crate::export::Format;

    fn observed(outcome: Option<Outcome>, reduced: Option<ReductionOutcome>) -> ObservatoryState {
        ObservatoryState {
            observatory: "DEMO".to_owned(),
            raw: outcome.map(|outcome| RawState {
                id: 1,
                outcome,
                checksum: None,
                parameters: String::new(),
                attempts: 1,
                file: None,
                key: None,
                length: None,
                epochs: None,
            }),
            reduction: reduced.map(|outcome| ReductionState {
                id: 1,
                outcome,
                raw_checksum: None,
                fingerprint: String::new(),
                file: None,
                checksum: None,
            }),
        }
    }

    fn missed(observed: ObservatoryState, is_analysed: bool) -> (bool, bool) {
        let state = SourceState {
            name: "star".to_owned(),
            source_id: Some(1),
            observatories: vec![observed],
            analysis: is_analysed.then(|| AnalysisState {
                outcome: AnalysisOutcome::Ok,
                fingerprint: String::new(),
                inputs: String::new(),
            }),
        };
        let misses = |table| Export::new(table, Format::Csv).misses(&state);
        (
            misses(ExportTable::Lightcurves),
            misses(ExportTable::Properties),
        )
    }

    #[test]
    fn what_the_next_run_makes_is_missed() {
        let done = Some(ReductionOutcome::Ok);
        assert_eq!(missed(observed(None, None), false), (true, true));
        assert_eq!(
            missed(observed(Some(Outcome::Ok), None), false),
            (true, true)
        );
        assert_eq!(
            missed(observed(Some(Outcome::Ok), done), false),
            (false, true)
        );
        assert_eq!(
            missed(observed(Some(Outcome::Ok), done), true),
            (false, false)
        );
        // its lightcurves are those of before as long as it is fetched again
        assert_eq!(missed(observed(None, done), true), (false, false));
    }

    #[test]
    fn what_is_not_there_or_failed_is_not_missed() {
        for outcome in [Outcome::Empty, Outcome::Skipped, Outcome::Failed] {
            assert_eq!(missed(observed(Some(outcome), None), false), (false, false));
        }
        let failed = Some(ReductionOutcome::Failed);
        assert_eq!(
            missed(observed(Some(Outcome::Ok), failed), false),
            (false, false)
        );
    }
}
