//! What all sources together say: which simulated events were found, and how often real ones happen.

use futures::TryStreamExt;
use serde::Serialize;

use super::workshop::Standing;
use super::{Project, ProjectError};
use crate::analysis::{Efficiency, Exposure, Rate, Recovered, SimulatedTime, Tally};
use crate::database::Database;

/// Of the intervals and limits of rates: as of two standard deviations.
const CONFIDENCE: f64 = 0.95;

/// How often events happen in the sources that were searched.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rates {
    /// How much was searched.
    pub exposure: Exposure,
    /// Width of the events that [`Exposure::watched_ms`] is counted for (d); none if some of it is of an analysis with
    /// other parameters.
    pub event_duration: Option<f64>,
    /// Detections in the lightcurves as they were observed, without those that have a bad epoch.
    pub detections: u64,
    /// Simulated events, and how many of them were found.
    pub efficiency: Recovered,
    /// Widths at half maximum of the narrowest and the widest simulated event (d); none without any.
    pub widths: Option<[f64; 2]>,
    /// Events like the simulated ones per source and day; none if nothing was searched or nothing would have been found.
    pub rate: Option<Rate>,
}

impl Project {
    /// Recovered fractions of the simulated events against S/N, magnitude and width, and for each filter.
    pub async fn efficiency(&self) -> Result<Vec<Efficiency>, ProjectError> {
        let mut tally = Tally::default();
        if let Some(database) = self.existing_database().await? {
            if let Some(row) = self.existing_row(&database).await? {
                tally = simulated(&database, row.id).await?.0;
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
    /// It is that of events like the simulated ones, each of which stands for the time of which its own was drawn
    /// ([`Truth::searched`](crate::analysis::Truth::searched)). Where that is not known of any, as of a simulator of
    /// somebody's own, the time is that within half an
    /// [`event_duration`](crate::analysis::AnalysisParameters::event_duration) of a good epoch.
    pub async fn rates(&self) -> Result<Rates, ProjectError> {
        let (mut tally, mut time) = (Tally::default(), SimulatedTime::default());
        let (mut exposure, mut detections, mut sources) = (Exposure::default(), 0, 0);
        let mut stale = 0;
        if let Some(database) = self.existing_database().await? {
            if let Some(row) = self.existing_row(&database).await? {
                (tally, time) = simulated(&database, row.id).await?;
                exposure = database.searched(row.id).await?;
                detections = database.good_detections(row.id).await?;
                sources = database.sources_with_good_epochs(row.id).await?;
                stale = self.stale_of(&database, row.id).await?.0;
            }
            super::close(database).await;
        }
        let efficiency = (tally.tables().first())
            .map(|table| table.total)
            .unwrap_or_default();
        let (days, fraction) = match time.widths() {
            Some(_) => (time.days(sources), time.efficiency()),
            None => (
                exposure.watched_days(),
                efficiency.fraction.unwrap_or_default(),
            ),
        };
        let duration = self.settings.analysis.parameters().event_duration;
        Ok(Rates {
            event_duration: (stale == 0).then_some(duration),
            rate: Rate::of(detections, days, fraction, CONFIDENCE),
            widths: time.widths(),
            exposure,
            detections,
            efficiency,
        })
    }
}

/// The simulated events of a project, counted and with the time that they stand for.
async fn simulated(
    database: &Database,
    project: i64,
) -> Result<(Tally, SimulatedTime), ProjectError> {
    let (mut tally, mut time) = (Tally::default(), SimulatedTime::default());
    let mut stored = database.trials(project);
    while let Some(stored) = stored.try_next().await? {
        let trial = &stored.trial;
        time.add(trial.width, stored.searched, trial.recovered);
        tally.add(trial, &stored.filters);
    }
    Ok((tally, time))
}
