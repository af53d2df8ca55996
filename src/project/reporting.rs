//! The report of a project: everything that is known of it, gathered for one page.

use std::collections::HashMap;
use std::io::{self, Write};

use futures::TryStreamExt;

use super::{Project, ProjectError, Rates, Status, Table};
use crate::database::Row;
use crate::parameters::{Document, sha256_hex};
use crate::plot::{SkyFigure, SkyStatus};
use crate::query::{Query, Record};
use crate::report::{DetectionRow, FailureRow, ReleaseRow, Report, ReportWriter, Searched};
use crate::storage;
use crate::time::JD_OF_MJD_ZERO;

mod best; // which sources are shown with their lightcurves
mod curves; // those lightcurves

/// Failures that are shown with their text.
const FAILURES: usize = 100;
/// Sources on the sky map, detections and failures always among them.
const SKY_POINTS: usize = 20_000;

/// What stands in a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReportOptions {
    /// Sources that are shown with their lightcurves: those with the detections of highest |S/N|, this many of them. None: up
    /// to 1000, as long as their lightcurves take no more than 15 MB; the others have the small picture only.
    pub max_lightcurves: Option<usize>,
    /// List detections in lightcurves with a simulated event, too.
    pub simulated: bool,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ReportError {
    /// What the page is about cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Project(#[from] ProjectError),
    /// What the page is written to does not take it.
    #[error("the report cannot be written: {0}")]
    Write(#[from] io::Error),
}

impl Project {
    /// Writes the report of the project as one self-contained page of HTML.
    ///
    /// Detections and lightcurves are written as they come out of the database: memory grows by some bytes for each
    /// detection, not with what is on the page. A lightcurve file that cannot be read is told on the page, and as a
    /// warning.
    ///
    /// # Errors
    /// A database that cannot be asked; what the page is written to.
    pub async fn report<W: Write>(&self, options: ReportOptions, out: W) -> Result<W, ReportError> {
        let head = self.report_head(options).await?;
        let mut page = ReportWriter::begin(out, &head)?;
        let best = self.best_sources(options.max_lightcurves).await?;
        let places: HashMap<&str, usize> = (best.names.iter().enumerate())
            .map(|(place, name)| (name.as_str(), place))
            .collect();
        let mut rows = self.list(Table::Detections).await?;
        while let Some(row) = rows.try_next().await? {
            let row = self.detection_row(&row, &places);
            if options.simulated || row.injection == 0 {
                page.detection(&row)?;
            }
        }
        let mut left_out = best.left_out();
        left_out.extend(self.write_curves(&best, options, &mut page).await?);
        Ok(page.finish(&left_out)?)
    }

    /// Everything but detections and lightcurves.
    async fn report_head(&self, options: ReportOptions) -> Result<Report, ProjectError> {
        let status = self.status().await?;
        let (failures, failures_cut) = self.report_failures().await?;
        let run = self.run_text().await?;
        let (sky, sky_left_out) = thinned_sky(self.sky_figure().await?, SKY_POINTS);
        let scores = self.scores_figure().await?;
        let rates = self.rates().await?;
        let mut report = Report {
            project: self.name().to_owned(),
            description: self.settings.project.description.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: env!("RETRIEVER_COMMIT").to_owned(),
            facts: self.report_facts(&status, run.as_deref()),
            config: self.configuration().to_owned(),
            releases: self.releases().await?,
            warnings: self.report_warnings().await?,
            searched: searched(&rates),
            failures_cut,
            failures,
            sky_left_out,
            coverage: self.coverage_figure().await?,
            sky,
            scores: Some(scores)
                .filter(|scores| !scores.all.is_empty())
                .into_iter()
                .collect(),
            efficiency: self.efficiency_figure().await?,
            run,
            ..Report::default()
        };
        count(&mut report, &status, options);
        Ok(report)
    }

    /// Text of `run.yaml`, if the project ran.
    async fn run_text(&self) -> Result<Option<String>, ProjectError> {
        if !self.data_root().join(self.folder()).is_dir() {
            return Ok(None);
        }
        let path = storage::run_path(self.folder());
        let bytes = self.store()?.get(&path).await.ok();
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn report_facts(&self, status: &Status, run: Option<&str>) -> Vec<(String, String)> {
        let observatories = self.observatories().iter();
        let names: Vec<&str> = observatories
            .map(|observatory| observatory.name())
            .collect();
        let version_control = match self.cfg_hash() {
            "" => "off",
            _ => "on: products are of exactly this configuration",
        };
        let mut facts = vec![
            ("Observatories", names.join(", ")),
            (
                "Catalog",
                format!("{} sources, {}", status.sources, self.catalog_place),
            ),
            (
                "Configuration (SHA-256)",
                sha256_hex(self.configuration().as_bytes()),
            ),
            ("Version control", version_control.to_owned()),
            ("Products", self.folder().to_owned()),
        ];
        let run = run.and_then(|text| Document::parse(text, "run.yaml").ok());
        let run = run.map(|document| document.root().to_json());
        let said = |path: &str| {
            let value = run.as_ref()?.pointer(path)?;
            value.as_str().map(str::to_owned)
        };
        let of_run = [
            ("Last run began", said("/started")),
            ("by retriever", said("/retriever/version")),
            ("of commit", said("/retriever/commit")),
            ("Database", said("/database")),
        ];
        facts.extend(
            of_run
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        let facts = facts.into_iter();
        facts
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// Failures of all stages, the last ones where a time is known, and whether there are more.
    async fn report_failures(&self) -> Result<(Vec<FailureRow>, bool), ProjectError> {
        let mut stages = Vec::new();
        for stage in ["fetch", "reduce", "analyze"] {
            // one more, to know whether there are more
            let query = Query::all()
                .matching(format!("stage = '{stage}'"))
                .sorted("-requested_at")
                .first(FAILURES as u64 + 1);
            let rows = self.query(Table::Failures, &query).await?;
            let rows: Vec<Record> = rows.try_collect().await?;
            stages.push(rows.iter().map(failure).collect());
        }
        Ok(evenly(stages, FAILURES))
    }

    async fn releases(&self) -> Result<Vec<ReleaseRow>, ProjectError> {
        let Some(database) = self.existing_database().await? else {
            return Ok(Vec::new());
        };
        let observatories = self.observatories().iter();
        let names: Vec<&str> = observatories
            .map(|observatory| observatory.name())
            .collect();
        let releases = match self.existing_row(&database).await? {
            Some(row) => database.releases(row.id, &names).await?,
            None => Vec::new(),
        };
        super::close(database).await;
        let rows = releases.into_iter().map(|row| ReleaseRow {
            observatory: row.observatory,
            release: row.release,
            sources: row.sources,
            first: row.first,
            last: row.last,
        });
        Ok(rows.collect())
    }

    async fn report_warnings(&self) -> Result<Vec<String>, ProjectError> {
        let mut warnings = self.warnings().to_vec();
        let (stale, all) = self.stale_analyses().await?;
        if stale > 0 {
            warnings.push(format!(
                "{stale} of {all} analyses were made with other parameters than those of this configuration"
            ));
        }
        Ok(warnings)
    }

    fn detection_row(&self, row: &Row, places: &HashMap<&str, usize>) -> DetectionRow {
        let number = |name: &str| row.get(name)?.as_f64();
        let word = |name: &str| row.get(name).and_then(|value| value.as_str()).unwrap_or("");
        let whole = |name: &str| {
            row.get(name)
                .and_then(|value| value.as_i64())
                .unwrap_or_default()
        };
        let barycentric = word("clock") == crate::analysis::Clock::BjdTdb.as_str();
        let zero = if barycentric { JD_OF_MJD_ZERO } else { 0.0 };
        let time = |name: &str| number(name).map(|time| time - zero);
        let source_name = word("source_name");
        let catalog = self.catalog();
        let position = catalog.row_of(source_name).map(|row| {
            let (ra, dec) = catalog.positions();
            (ra[row], dec[row])
        });
        DetectionRow {
            ra: position.map(|(ra, _)| ra),
            dec: position.map(|(_, dec)| dec),
            observatory: word("observatory").to_owned(),
            filter: word("filter").to_owned(),
            series_number: whole("series_number"),
            time: time("peak_time"),
            start: time("time_start"),
            end: time("time_end"),
            barycentric,
            snr: number("snr"),
            score: number("score"),
            mag: number("peak_mag"),
            mag_diff: number("peak_mag_diff"),
            false_alarm_probability: number("false_alarm_probability"),
            flagged: row.get("quality_flag").and_then(|flag| flag.as_bool()) == Some(true),
            injection: whole("injection_number"),
            detection_number: whole("detection_number"),
            place: places.get(source_name).copied(),
            source_name: source_name.to_owned(),
        }
    }
}

fn count(report: &mut Report, status: &Status, options: ReportOptions) {
    report.sources = status.sources;
    report.lightcurves = status.lightcurves;
    report.epochs = status.epochs;
    report.bytes = status.bytes;
    report.analysed = status.analyses.ok;
    report.analyses_failed = status.analyses.failed;
    report.detections = status.detections.real;
    report.simulated = status.detections.simulated;
    report.simulated_listed = options.simulated;
    report.injected = status.injections.total;
    report.recovered = status.injections.recovered;
}

fn searched(rates: &Rates) -> Searched {
    Searched {
        exposure: rates.exposure,
        source_hours: rates.exposure.source_hours(),
        event_duration: rates.event_duration,
        detections: rates.detections,
        efficiency: rates.efficiency,
        widths: rates.widths,
        rate: rates.rate,
    }
}

fn failure(row: &Record) -> FailureRow {
    let text = |name: &str| row[name].as_str().map(str::to_owned);
    FailureRow {
        source_name: text("source_name").unwrap_or_default(),
        observatory: text("observatory").unwrap_or_default(),
        stage: text("stage").unwrap_or_default(),
        error_class: text("error_class"),
        message: text("message"),
        attempts: row["attempts"]
            .as_u64()
            .and_then(|attempts| u32::try_from(attempts).ok()),
        requested_at: text("requested_at"),
    }
}

/// At most so many of all stages together, and whether there are more: each stage has an equal share, and what one does
/// not need goes to the others.
fn evenly<T>(stages: Vec<Vec<T>>, most: usize) -> (Vec<T>, bool) {
    let all: usize = stages.iter().map(Vec::len).sum();
    let mut by_length: Vec<usize> = (0..stages.len()).collect();
    by_length.sort_by_key(|&stage| stages[stage].len());
    let mut shares = vec![0; stages.len()];
    let mut left = most;
    for (place, stage) in by_length.into_iter().enumerate() {
        let others = stages.len() - place;
        shares[stage] = stages[stage].len().min(left / others);
        left -= shares[stage];
    }
    let shown = stages.into_iter().zip(shares);
    let shown = shown.flat_map(|(stage, share)| stage.into_iter().take(share));
    (shown.collect(), all > most)
}

/// A map of at most so many sources, and how many are left out: of those without detection or failure every n-th stays.
fn thinned_sky(mut sky: SkyFigure, most: usize) -> (SkyFigure, u64) {
    let all = sky.points.len();
    if all <= most {
        return (sky, 0);
    }
    let matters = |status| matches!(status, SkyStatus::Detected | SkyStatus::Failed);
    let always = (sky.points.iter())
        .filter(|point| matters(point.status))
        .count();
    let every = (all - always).div_ceil(most.saturating_sub(always).max(1));
    let mut passed = 0;
    sky.points.retain(|point| {
        matters(point.status) || {
            passed += 1;
            (passed - 1) % every == 0
        }
    });
    let left_out = (all - sky.points.len()) as u64;
    (sky, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::SkyPoint;

    #[test]
    fn many_failures_of_one_stage_do_not_hide_those_of_another() {
        let stages = |lengths: [usize; 3]| {
            let stage = |(number, length): (usize, usize)| vec![number; length];
            let stages: Vec<Vec<usize>> = lengths.into_iter().enumerate().map(stage).collect();
            let (shown, cut) = evenly(stages, 100);
            let of = |number: usize| shown.iter().filter(|&&stage| stage == number).count();
            ([of(0), of(1), of(2)], cut)
        };
        assert_eq!(stages([101, 101, 101]), ([33, 33, 34], true));
        assert_eq!(stages([101, 5, 0]), ([95, 5, 0], true));
        assert_eq!(stages([101, 2, 101]), ([49, 2, 49], true));
        assert_eq!(stages([60, 40, 0]), ([60, 40, 0], false));
        assert_eq!(stages([0, 0, 0]), ([0, 0, 0], false));
    }

    #[test]
    fn a_map_of_too_many_sources_keeps_what_matters() {
        let point = |number: usize| SkyPoint {
            name: number.to_string(),
            ra: 0.0,
            dec: 0.0,
            status: match number % 100 {
                0 => SkyStatus::Detected,
                1 => SkyStatus::Failed,
                _ => SkyStatus::Ok,
            },
        };
        let sky = SkyFigure {
            title: String::new(),
            points: (0..1000).map(point).collect(),
        };
        let (thin, left_out) = thinned_sky(sky.clone(), 118);
        let of = |status| {
            thin.points
                .iter()
                .filter(|point| point.status == status)
                .count()
        };
        assert_eq!((of(SkyStatus::Detected), of(SkyStatus::Failed)), (10, 10));
        // 980 others in 98 places: every tenth
        assert_eq!((of(SkyStatus::Ok), left_out), (98, 882));
        assert_eq!(thinned_sky(sky.clone(), 1000), (sky, 0));
    }
}
