//! What all sources together say: which simulated events were found, and how often real ones happen.

use futures::TryStreamExt;
use serde::Serialize;

use super::workshop::Standing;
use super::{Project, ProjectError};
use crate::analysis::{Efficiency, Exposure, Rate, Recovered, Tally};
use crate::database::Database;

/// Of the intervals and limits of rates: as of two standard deviations.
const CONFIDENCE: f64 = 0.95;

/// How often events happen in the sources that were searched.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rates {
    /// How much was searched.
    pub exposure: Exposure,
    /// Width of the events that the searched time is counted for (d).
    pub event_duration: f64,
    /// Detections in the lightcurves as they were observed, without those that have a bad epoch.
    pub detections: u64,
    /// Simulated events, and how many of them were found.
    pub efficiency: Recovered,
    /// Events per source and day; none if nothing was searched or nothing would have been found.
    pub rate: Option<Rate>,
}

impl Project {
    /// Recovered fractions of the simulated events against S/N, magnitude and width, and for each filter.
    pub async fn efficiency(&self) -> Result<Vec<Efficiency>, ProjectError> {
        let mut tally = Tally::default();
        if let Some(database) = self.existing_database().await? {
            if let Some(row) = self.existing_row(&database).await? {
                let mut stored = database.trials(row.id);
                while let Some(stored) = stored.try_next().await? {
                    tally.add(&stored.trial, &stored.filters);
                }
            }
            super::close(database).await;
        }
        Ok(tally.tables())
    }

    /// Sources whose analysis is of other parameters than those of this configuration, out of all that are analysed.
    pub async fn stale_analyses(&self) -> Result<(u64, u64), ProjectError> {
        let Some(database) = self.existing_database().await? else {
            return Ok((0, 0));
        };
        let counts = match self.existing_row(&database).await? {
            Some(row) => self.stale_of(&database, row.id).await?,
            None => (0, 0),
        };
        super::close(database).await;
        Ok(counts)
    }

    async fn stale_of(
        &self,
        database: &Database,
        project: i64,
    ) -> Result<(u64, u64), ProjectError> {
        let analyser = self.analyser();
        let (mut stale, mut all) = (0, 0);
        for (fingerprint, sources) in database.analysis_fingerprints(project).await? {
            all += sources;
            if analyser.standing(&fingerprint) == Standing::Stale {
                stale += sources;
            }
        }
        Ok((stale, all))
    }

    /// Rate of the detections in the time that was searched, or its upper limit where there is none.
    ///
    /// The time is that within half an [`event_duration`](crate::analysis::AnalysisParameters::event_duration) of a good
    /// epoch, and the efficiency that of all simulated events: the rate is that of events as they were simulated.
    pub async fn rates(&self) -> Result<Rates, ProjectError> {
        let efficiency = self.efficiency().await?;
        let efficiency = efficiency
            .first()
            .map(|table| table.total)
            .unwrap_or_default();
        let (mut exposure, mut detections) = (Exposure::default(), 0);
        if let Some(database) = self.existing_database().await? {
            if let Some(row) = self.existing_row(&database).await? {
                exposure = database.searched(row.id).await?;
                detections = database.good_detections(row.id).await?;
            }
            super::close(database).await;
        }
        let fraction = efficiency.fraction.unwrap_or(0.0);
        Ok(Rates {
            event_duration: self.settings.analysis.parameters().event_duration,
            rate: Rate::of(detections, exposure.watched_days(), fraction, CONFIDENCE),
            exposure,
            detections,
            efficiency,
        })
    }
}
