//! What all sources together say: which simulated events were found, and how often real ones happen.

use futures::TryStreamExt;
use serde::Serialize;

use super::{Project, ProjectError};
use crate::analysis::{Efficiency, Exposure, Rate, Recovered, Trial};

/// Of the intervals and limits of rates: as of two standard deviations.
const CONFIDENCE: f64 = 0.95;

/// How often events happen in the sources that were searched.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rates {
    pub exposure: Exposure,
    /// Width of the events that the searched time is counted for (d).
    pub event_duration: f64,
    /// Detections in the lightcurves as they were observed.
    pub detections: u64,
    /// Simulated events, and how many of them were found.
    pub efficiency: Recovered,
    /// Events per source and day; none if nothing was searched or nothing would have been found.
    pub rate: Option<Rate>,
}

impl Project {
    /// Recovered fractions of the simulated events against S/N, magnitude and width, and for each filter.
    pub async fn efficiency(&self) -> Result<Vec<Efficiency>, ProjectError> {
        Ok(Efficiency::tables(&self.trials().await?))
    }

    /// All simulated events of this version, found or not.
    pub async fn trials(&self) -> Result<Vec<Trial>, ProjectError> {
        let Some(database) = self.existing_database().await? else {
            return Ok(Vec::new());
        };
        let trials = match self.existing_row(&database).await? {
            Some(row) => {
                let stored = database.trials(row.id).map_ok(|stored| stored.trial);
                stored.try_collect().await?
            }
            None => Vec::new(),
        };
        super::close(database).await;
        Ok(trials)
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
        let mut exposure = Exposure::default();
        if let Some(database) = self.existing_database().await? {
            if let Some(row) = self.existing_row(&database).await? {
                exposure = database.searched(row.id).await?;
            }
            super::close(database).await;
        }
        let detections = self.status().await?.detections.real;
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
