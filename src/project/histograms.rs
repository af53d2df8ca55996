//! The histograms of a project as files: what the database has added up.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::workshop::Workshop;
use super::{Project, ProjectError, RunSummary};
use crate::analysis::histogram::Histogram;
use crate::database::Database;
use crate::storage;

impl Project {
    /// The histograms of all sources that are analysed now, with the axes of this configuration, in the order of the
    /// analysis. Empty ones for a project that never ran.
    pub async fn histograms(&self) -> Result<Vec<Histogram>, ProjectError> {
        let empty = self.analysis.histograms();
        let Some(database) = self.existing_database().await? else {
            return Ok(empty);
        };
        match self.existing_row(&database).await? {
            Some(row) => sums(&database, row.id, &empty).await,
            None => Ok(empty),
        }
    }

    /// Writes the histograms unless nothing has been added since.
    pub(super) async fn write_histograms(
        &self,
        workshop: &Workshop,
        summary: &RunSummary,
    ) -> Result<(), ProjectError> {
        if summary.analysis.analysed + summary.analysis.failed == 0 {
            return Ok(());
        }
        let (database, project) = (&workshop.database, workshop.project_id);
        let provenance = self.provenance();
        for sum in sums(database, project, &self.analysis.histograms()).await? {
            let path = storage::histogram_path(&workshop.folder, sum.name());
            let encoding = workshop
                .encoder
                .encode_histogram(Arc::new(sum), provenance.clone());
            let image = encoding.await?;
            workshop.store.put(&path, image).await?;
        }
        // rows of writers that are gone; left to the next run if it cannot be done now
        if let Err(error) = database.fold_histograms(project).await {
            tracing::debug!(%error, "the histograms of ended runs were not added up");
        }
        Ok(())
    }

    /// What made the numbers: nothing of the run, for the same numbers are the same file.
    fn provenance(&self) -> Map<String, Value> {
        let facts = json!({
            "project": self.settings.name,
            "cfg_hash": self.version.cfg_hash,
            "retriever_version": env!("CARGO_PKG_VERSION"),
        });
        match facts {
            Value::Object(facts) => facts,
            _ => Map::new(),
        }
    }
}

async fn sums(
    database: &Database,
    project: i64,
    empty: &[Histogram],
) -> Result<Vec<Histogram>, ProjectError> {
    let mut sums = Vec::with_capacity(empty.len());
    for like in empty {
        sums.push(database.histogram_sum(project, like).await?);
    }
    Ok(sums)
}
