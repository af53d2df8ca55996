//! The histograms of a project as files: what the database has added up.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::workshop::Workshop;
use super::{Project, ProjectError};
use crate::analysis::histogram::Histogram;
use crate::database::Database;
use crate::storage::{self, Hdf5Thread};

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

    /// Writes the histograms that are not there, or not as they should be: those of a run that was killed when all its
    /// sources were committed too. Gives back what the user should know of them.
    pub(super) async fn write_histograms(
        &self,
        workshop: &Workshop,
    ) -> Result<Option<String>, ProjectError> {
        if !(workshop.options.analyze && workshop.analysis.is_wanted()) {
            return Ok(None);
        }
        let (database, project) = (&workshop.database, workshop.project_id);
        let images = self.histogram_images(database, project, &workshop.hdf5);
        for (path, image) in images.await? {
            if workshop.store.get(&path).await.ok().as_ref() != Some(&image) {
                workshop.store.put(&path, image).await?;
            }
        }
        // rows of writers that are gone; left to the next run if it cannot be done now
        if let Err(error) = database.fold_histograms(project).await {
            tracing::debug!(%error, "the histograms of ended runs were not added up");
        }
        self.counted_with_other_axes(database, project).await
    }

    /// What is missing in the files: epochs of sources that were analysed when the histograms had other axes.
    async fn counted_with_other_axes(
        &self,
        database: &Database,
        project: i64,
    ) -> Result<Option<String>, ProjectError> {
        let own = self.analysis.histograms();
        let mut missing = Vec::new();
        for like in &own {
            let others = database.histograms_beside(project, like).await?;
            let epochs: u64 = others.iter().map(Histogram::epochs).sum();
            if epochs > 0 {
                missing.push(format!("{epochs} epochs in {:?}", like.name()));
            }
        }
        Ok((!missing.is_empty()).then(|| {
            format!(
                "histograms_*.nc have the axes of this configuration and leave out what was counted with others ({}): \
                 `retriever analyze --redo` counts all sources with these",
                missing.join(", ")
            )
        }))
    }

    /// What the files of histograms should be, by their paths; none before anything was analysed.
    pub(super) async fn histogram_images(
        &self,
        database: &Database,
        project: i64,
        hdf5: &Hdf5Thread,
    ) -> Result<Vec<(String, Bytes)>, ProjectError> {
        let mut images = Vec::new();
        if database.analysis_fingerprints(project).await?.is_empty() {
            return Ok(images);
        }
        let provenance = self.provenance();
        for sum in sums(database, project, &self.analysis.histograms()).await? {
            let path = storage::histogram_path(&self.version.folder, sum.name());
            let image = hdf5.encode_histogram(Arc::new(sum), provenance.clone());
            images.push((path, image.await?));
        }
        Ok(images)
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
