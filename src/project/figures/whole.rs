//! Pictures of all sources together.

use crate::analysis::histogram::Histogram;
use crate::database::SourceStanding;
use crate::plot::{
    CoverageFigure, CoverageRow, EfficiencyFigure, ScoresFigure, SkyFigure, SkyPoint, SkyStatus,
};
use crate::project::{Project, ProjectError};

impl Project {
    /// Every source of the catalog, and those taken up beside it, where it is on the sky and how it stands.
    pub async fn sky_figure(&self) -> Result<SkyFigure, ProjectError> {
        let standings = match self.existing_database().await? {
            Some(database) => {
                let standings = self.standings(&database).await;
                crate::project::close(database).await;
                standings?
            }
            None => Vec::new(),
        };
        let catalog = self.catalog();
        let (ra, dec) = catalog.positions();
        let mut points: Vec<SkyPoint> = (0..catalog.len())
            .map(|row| SkyPoint {
                name: catalog.name(row).unwrap_or_default().to_owned(),
                ra: ra[row],
                dec: dec[row],
                status: SkyStatus::Pending,
            })
            .collect();
        for standing in standings {
            let row = catalog.row_of(&standing.name);
            match row.and_then(|row| points.get_mut(row)) {
                Some(point) => point.status = status(&standing),
                None if standing.catalog_row >= catalog.len() as u64 => points.push(SkyPoint {
                    status: status(&standing),
                    name: standing.name,
                    ra: standing.ra,
                    dec: standing.dec,
                }),
                // of another catalog that this project once had
                None => {}
            }
        }
        Ok(SkyFigure {
            title: self.titled("sources on the sky"),
            points,
        })
    }

    /// How often each value of the score that has the threshold was met: `score`, or the first one of a finder that has none
    /// of this name.
    ///
    /// From the histograms `all_scores` and `good_scores`, or the first two of an analysis of somebody's own; nothing if
    /// it has none. Epochs that are in no bin because of *another* axis (a magnitude beyond its axis) are counted with
    /// the underflow, overflow or NaN of that axis: the counts always add up to all epochs.
    pub async fn scores_figure(&self) -> Result<ScoresFigure, ProjectError> {
        let histograms = self.histograms().await?;
        let named = |name: &str, place: usize| {
            let by_name = histograms.iter().find(|other| other.name() == name);
            by_name.or_else(|| histograms.get(place))
        };
        let title = self.titled("scores of all epochs");
        let (all, good) = (named("all_scores", 0), named("good_scores", 1));
        let score = all.and_then(|all| {
            let judged = all.score_axes().find(|axis| axis.name == "score");
            judged.or_else(|| all.score_axes().next())
        });
        let Some((all, score)) = all.zip(score) else {
            let score = String::new();
            return Ok(ScoresFigure {
                title,
                score,
                ..ScoresFigure::default()
            });
        };
        let score = score.name.as_str();
        Ok(ScoresFigure {
            title,
            threshold: self.threshold(score),
            ..scores(score, all, good)
        })
    }

    /// Which part of the simulated events was found, against S/N, magnitude and width, and for each filter.
    pub async fn efficiency_figure(&self) -> Result<EfficiencyFigure, ProjectError> {
        Ok(EfficiencyFigure {
            title: self.titled("simulated events that were found"),
            tables: self.efficiency().await?,
        })
    }

    /// What each observatory has of the sources.
    pub async fn coverage_figure(&self) -> Result<CoverageFigure, ProjectError> {
        let status = self.status().await?;
        let rows = status.observatories.into_iter();
        Ok(CoverageFigure {
            title: self.titled("sources by observatory"),
            sources: status.sources + status.not_in_catalog,
            observatories: rows
                .map(|(observatory, of)| CoverageRow {
                    observatory,
                    ok: of.ok,
                    empty: of.empty,
                    skipped: of.skipped,
                    failed: of.failed,
                    pending: of.pending,
                    lightcurves: of.lightcurves,
                    epochs: of.epochs,
                })
                .collect(),
        })
    }

    async fn standings(
        &self,
        database: &crate::database::Database,
    ) -> Result<Vec<SourceStanding>, ProjectError> {
        let Some(row) = self.existing_row(database).await? else {
            return Ok(Vec::new());
        };
        let observatories = self.observatories().iter();
        let names: Vec<&str> = observatories
            .map(|observatory| observatory.name())
            .collect();
        Ok(database.standings(row.id, &names).await?)
    }

    /// The threshold of the finder, if it is of this score.
    fn threshold(&self, score: &str) -> Option<f64> {
        let finder = self.analysis_settings().canonical.get("finder")?;
        let own = finder.get(format!("{score}_threshold"));
        // the finder `snr` compares its score with what is called a threshold of S/N
        let usual = || (score == "score").then(|| finder.get("snr_threshold"));
        own.or_else(|| usual().flatten())?.as_f64()
    }

    fn titled(&self, words: &str) -> String {
        match self.cfg_hash().get(..8) {
            Some(hash) => format!("{} {hash}: {words}", self.name()),
            None => format!("{}: {words}", self.name()),
        }
    }
}

fn status(standing: &SourceStanding) -> SkyStatus {
    if standing.detected {
        SkyStatus::Detected
    } else if standing.failed {
        SkyStatus::Failed
    } else if standing.has_photometry {
        SkyStatus::Ok
    } else if standing.asked {
        SkyStatus::Empty
    } else {
        SkyStatus::Pending
    }
}

fn scores(score: &str, all: &Histogram, good: Option<&Histogram>) -> ScoresFigure {
    let along = all.marginal(score).unwrap_or_default();
    // where the axis grows the good ones may have a shorter stretch of it
    let good_along = good
        .and_then(|good| good.marginal(score))
        .unwrap_or_default();
    let first = (along.edges.iter()).position(|edge| Some(edge) == good_along.edges.first());
    let spread = |counts: &[u64]| {
        let mut spread = vec![0; along.counts.len()];
        for (place, count) in counts.iter().enumerate() {
            if let Some(bin) = first.and_then(|first| spread.get_mut(first + place)) {
                *bin = *count;
            }
        }
        spread
    };
    let filters = good.and_then(|good| good.marginals_by(score, "filter"));
    let totals = all.totals(score).unwrap_or_default();
    ScoresFigure {
        score: score.to_owned(),
        good: spread(&good_along.counts),
        filters: (filters.unwrap_or_default().into_iter())
            .map(|(filter, counts)| (filter, spread(&counts)))
            .collect(),
        all: along.counts,
        edges: along.edges,
        underflow: totals.underflow,
        overflow: totals.overflow,
        nan: totals.nan,
        ..ScoresFigure::default()
    }
}
