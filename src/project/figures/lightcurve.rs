//! The lightcurves of a source, with what was found in them.

use std::collections::{BTreeSet, HashSet};

use futures::TryStreamExt;

use super::clock::TimeAxis;
use crate::analysis::Clock;
use crate::database::{Database, ProjectRow, Row, RowFilter};
use crate::photometry::{Epochs, Kind, Lightcurve, Values};
use crate::plot::{Brightness, LightcurveFigure, Mark, MarkKind, Series};
use crate::project::{NotInCatalog, Project, ProjectError};

/// Where lightcurves with a simulated event come from.
pub(in crate::project) const SIMULATED_ARE_KEPT: &str = "they are kept with `analysis: {save_simulated: true}`; \
     `retriever ls injections` lists the events";

/// Which lightcurves of a source are shown, and how.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LightcurveOptions {
    /// None: processed ones, which have the flags of the quality cuts; reduced ones where there are no processed ones.
    pub kind: Option<Kind>,
    /// Fold on a period.
    pub fold: Option<Fold>,
    /// Time of phase 0 (d, on the axis of the times); none: the first epoch.
    pub epoch: Option<f64>,
    /// Show fluxes, also where there are magnitudes.
    pub flux: bool,
    /// Show the lightcurves with the simulated event of this number, from 1, instead of those that were observed.
    pub injection: Option<u32>,
}

/// What lightcurves are folded on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fold {
    /// This period (d).
    Days(f64),
    /// The best period of the source's properties.
    Best,
}

impl Project {
    /// The lightcurves of one source on one time axis, with its detections and simulated events.
    ///
    /// Surveys that are timed differently, and lightcurves that are folded, are shown at times at the barycentre where
    /// all have them. A series has magnitudes if at least half of its fluxes have one. A source that nobody has
    /// photometry of is a figure without series.
    ///
    /// # Errors
    /// A name that neither the catalog nor the project has; an injection, or a best period, that is not kept; a period
    /// that is none; a file that is missing or damaged.
    pub async fn lightcurve_figure(
        &self,
        source_name: &str,
        options: &LightcurveOptions,
    ) -> Result<LightcurveFigure, ProjectError> {
        let known = match self.existing_database().await? {
            Some(database) => {
                let known = self.known(&database, source_name, options).await;
                crate::project::close(database).await;
                known?
            }
            None => Known::default(),
        };
        let (ra, dec) = match (known.position, self.catalog().row_of(source_name)) {
            (Some(position), _) => position,
            (None, Some(row)) => {
                let (ra, dec) = self.catalog().positions();
                (ra[row], dec[row])
            }
            (None, None) => return Err(NotInCatalog::new(source_name, self.catalog()).into()),
        };
        let period = match options.fold {
            None => None,
            Some(Fold::Days(period)) if period.is_finite() && period > 0.0 => Some(period),
            Some(Fold::Days(period)) => return Err(ProjectError::Period { period }),
            Some(Fold::Best) => Some(known.period.ok_or_else(|| no_period(source_name))?),
        };
        let (lightcurves, injection) = self.shown(source_name, options, &known).await?;
        Ok(figure(
            source_name,
            (ra, dec),
            &lightcurves,
            &known,
            &Shown {
                injection,
                period,
                options,
            },
        ))
    }

    /// What the database knows of the source.
    async fn known(
        &self,
        database: &Database,
        source_name: &str,
        options: &LightcurveOptions,
    ) -> Result<Known, ProjectError> {
        let mut known = Known::default();
        let Some(ProjectRow { id, .. }) = self.existing_row(database).await? else {
            return Ok(known);
        };
        let filter = RowFilter {
            source_names: Some(vec![source_name.to_owned()]),
            ..RowFilter::default()
        };
        let sources: Vec<Row> = database.list_sources(id, &filter).try_collect().await?;
        known.position =
            (sources.first()).and_then(|source| number(source, "ra").zip(number(source, "dec")));
        known.detections = database.list_detections(id, &filter).try_collect().await?;
        known.injections = database.list_injections(id, &filter).try_collect().await?;
        if options.fold == Some(Fold::Best) {
            let properties: Vec<Row> = database.list_properties(id, &filter).try_collect().await?;
            let period = properties.first().and_then(|row| number(row, "period"));
            known.period = period.filter(|period| period.is_finite() && *period > 0.0);
        }
        if options.kind.is_none() && options.injection.is_none() {
            let rows = database.list_lightcurves(id, &filter);
            known.unprocessed = unprocessed(&rows.try_collect::<Vec<Row>>().await?);
        }
        Ok(known)
    }

    /// The lightcurves that the options ask for, and the number of the simulated event that is in them.
    async fn shown(
        &self,
        source_name: &str,
        options: &LightcurveOptions,
        known: &Known,
    ) -> Result<(Vec<Lightcurve>, Option<u32>), ProjectError> {
        let kind = match options.injection {
            Some(_) => Some(Kind::Simulated),
            None => options.kind,
        };
        match kind {
            Some(Kind::Simulated) => {
                let mut lightcurves = self.lightcurves_of(source_name, Kind::Simulated).await?;
                let first = || lightcurves.iter().filter_map(Lightcurve::injection).min();
                let injection = options.injection.or_else(first);
                lightcurves.retain(|lightcurve| lightcurve.injection() == injection);
                if lightcurves.is_empty() {
                    return Err(not_simulated(source_name, injection));
                }
                Ok((lightcurves, injection))
            }
            Some(kind) => Ok((self.lightcurves_of(source_name, kind).await?, None)),
            None => {
                let mut lightcurves = self.lightcurves_of(source_name, Kind::Processed).await?;
                let there: HashSet<(String, u32)> = lightcurves.iter().map(key).collect();
                // files of which nothing would be shown are not opened: they may be gone
                for observatory in &known.unprocessed {
                    let filter = RowFilter {
                        source_names: Some(vec![source_name.to_owned()]),
                        observatory: Some(observatory.clone()),
                        ..RowFilter::default()
                    };
                    let files = self.lightcurves_in(Kind::Reduced, filter).await?;
                    let reduced: Vec<Lightcurve> = files.try_concat().await?;
                    let others = reduced.into_iter();
                    lightcurves.extend(others.filter(|reduced| !there.contains(&key(reduced))));
                }
                Ok((lightcurves, None))
            }
        }
    }
}

/// Which of what is known is shown, and how.
struct Shown<'a> {
    /// Number of the simulated event that is in the lightcurves.
    injection: Option<u32>,
    /// Days.
    period: Option<f64>,
    options: &'a LightcurveOptions,
}

/// A figure of lightcurves as they were observed, and of rows that are at hand already.
pub(in crate::project) fn observed(
    source_name: &str,
    position: (f64, f64),
    lightcurves: &[Lightcurve],
    detections: Vec<Row>,
    injections: Vec<Row>,
) -> LightcurveFigure {
    let known = Known {
        detections,
        injections,
        ..Known::default()
    };
    let shown = Shown {
        injection: None,
        period: None,
        options: &LightcurveOptions::default(),
    };
    figure(source_name, position, lightcurves, &known, &shown)
}

fn figure(
    source_name: &str,
    (ra, dec): (f64, f64),
    lightcurves: &[Lightcurve],
    known: &Known,
    shown: &Shown<'_>,
) -> LightcurveFigure {
    let axis = TimeAxis::of(lightcurves, shown.period.is_some());
    let mut series: Vec<Series> = lightcurves
        .iter()
        .map(|lightcurve| series(lightcurve, &axis, shown.options.flux))
        .filter(|series| !series.time.is_empty())
        .collect();
    series.sort_by(|one, other| {
        let key = |series: &Series| (series.observatory.clone(), series.filter.clone());
        (key(one).cmp(&key(other))).then(one.series_number.cmp(&other.series_number))
    });
    let first = (series.iter().filter_map(|series| series.time.first()))
        .fold(f64::INFINITY, |first, time| first.min(*time));
    LightcurveFigure {
        source_name: source_name.to_owned(),
        ra,
        dec,
        marks: marks(known, shown.injection, &axis),
        time_label: axis.label,
        epoch: (shown.options.epoch).unwrap_or(if first.is_finite() { first } else { 0.0 }),
        series,
        period: shown.period,
    }
}

/// What the database knows of a source.
#[derive(Debug, Default)]
struct Known {
    /// Degrees.
    position: Option<(f64, f64)>,
    detections: Vec<Row>,
    injections: Vec<Row>,
    /// The best one (d).
    period: Option<f64>,
    /// Observatories with a reduced lightcurve that no processed one stands for.
    unprocessed: BTreeSet<String>,
}

fn unprocessed(rows: &[Row]) -> BTreeSet<String> {
    let processed = of_kind(rows, Kind::Processed);
    let reduced = of_kind(rows, Kind::Reduced);
    let without = reduced.difference(&processed);
    without
        .map(|(observatory, _)| (*observatory).to_owned())
        .collect()
}

/// Observatories and numbers of the lightcurves of a kind.
fn of_kind(rows: &[Row], kind: Kind) -> BTreeSet<(&str, Option<i64>)> {
    let rows = rows.iter().filter(|row| word(row, "kind") == kind.as_str());
    let series_number = |row: &Row| row.get("series_number")?.as_i64();
    rows.map(|row| (word(row, "observatory"), series_number(row)))
        .collect()
}

fn key(lightcurve: &Lightcurve) -> (String, u32) {
    (lightcurve.observatory.clone(), lightcurve.series_number)
}

fn series(lightcurve: &Lightcurve, axis: &TimeAxis, flux: bool) -> Series {
    let epochs = &lightcurve.epochs;
    let brightness = if flux || !has_magnitudes(epochs) {
        Brightness::Flux
    } else {
        Brightness::Magnitude
    };
    let (values, errors, unit) = match brightness {
        Brightness::Magnitude => (&epochs.mag, &epochs.magerr, "mag"),
        Brightness::Flux => (&epochs.flux, &epochs.fluxerr, epochs.flux_unit.as_str()),
    };
    let cut = epochs.extra.iter().find(|column| column.name == "qflag");
    let flags = match cut.map(|column| &column.values) {
        Some(Values::Boolean(flags)) => flags,
        _ => &epochs.flag,
    };
    let times = axis.times(lightcurve);
    let mut there: Vec<usize> = (0..times.len())
        .filter(|&epoch| times[epoch].is_finite() && values[epoch].is_finite())
        .collect();
    there.sort_by(|&one, &other| times[one].total_cmp(&times[other]));
    let taken = |column: &[f64]| there.iter().map(|&epoch| column[epoch]).collect();
    Series {
        observatory: lightcurve.observatory.clone(),
        filter: lightcurve.filter.clone(),
        series_number: lightcurve.series_number,
        injection: lightcurve.injection(),
        brightness,
        unit: unit.to_owned(),
        time: taken(&times),
        value: taken(values),
        error: taken(errors),
        flagged: there.iter().map(|&epoch| flags[epoch]).collect(),
    }
}

/// Negative fluxes have no magnitude: a series with many of them is a series of fluxes.
fn has_magnitudes(epochs: &Epochs) -> bool {
    let finite = |values: &[f64]| values.iter().filter(|value| value.is_finite()).count();
    let (magnitudes, fluxes) = (finite(&epochs.mag), finite(&epochs.flux));
    magnitudes > 0 && 2 * magnitudes >= fluxes
}

/// Of the lightcurves as they were observed, or of those with this simulated event.
fn marks(known: &Known, injection: Option<u32>, axis: &TimeAxis) -> Vec<Mark> {
    let shown = u64::from(injection.unwrap_or(0));
    let of_shown = |row: &&Row| row["injection_number"].as_u64() == Some(shown);
    let detections = known.detections.iter().filter(of_shown);
    let injections = (known.injections.iter()).filter(|row| injection.is_none() || of_shown(row));
    let mut marks: Vec<Mark> = detections
        .filter_map(|row| detection(row, axis))
        .chain(injections.filter_map(|row| simulated(row, axis)))
        .collect();
    marks.sort_by(|one, other| one.time.total_cmp(&other.time));
    marks
}

fn detection(row: &Row, axis: &TimeAxis) -> Option<Mark> {
    let clock = clock(row);
    let time = axis.place(number(row, "peak_time")?, clock);
    let end = |name: &str| number(row, name).map_or(time, |end| axis.place(end, clock));
    let snr = number(row, "snr").unwrap_or(f64::NAN);
    let mut text = format!(
        "detection: S/N {snr:.1} in {} {}",
        word(row, "observatory"),
        word(row, "filter")
    );
    if let Some(chance) = number(row, "false_alarm_probability") {
        text += &format!(", false-alarm probability {chance:.1e}");
    }
    if row["quality_flag"].as_bool() == Some(true) {
        text += ", an epoch fails a quality cut";
    }
    Some(Mark {
        kind: MarkKind::Detection,
        time,
        start: end("time_start"),
        end: end("time_end"),
        snr,
        text,
    })
}

fn simulated(row: &Row, axis: &TimeAxis) -> Option<Mark> {
    let time = axis.place(number(row, "time")?, clock(row));
    let half = 0.5 * number(row, "width").unwrap_or(0.0);
    let snr = number(row, "snr_expected").unwrap_or(f64::NAN);
    let (kind, found) = match row["recovered"].as_bool() {
        Some(true) => (MarkKind::Recovered, "found"),
        _ => (MarkKind::Missed, "not found"),
    };
    let number = row["injection_number"].as_u64().unwrap_or_default();
    Some(Mark {
        kind,
        time,
        start: time - half,
        end: time + half,
        snr,
        text: format!(
            "simulated event {number}: {}, expected S/N {snr:.1}, {found}",
            word(row, "shape")
        ),
    })
}

fn clock(row: &Row) -> Clock {
    if word(row, "clock") == Clock::BjdTdb.as_str() {
        Clock::BjdTdb
    } else {
        Clock::Mjd
    }
}

fn number(row: &Row, name: &str) -> Option<f64> {
    row.get(name)?.as_f64()
}

fn word<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name)
        .and_then(|value| value.as_str())
        .unwrap_or_default()
}

fn no_period(source_name: &str) -> ProjectError {
    ProjectError::NothingToShow {
        name: source_name.to_owned(),
        what: "best period".to_owned(),
        advice: "`retriever analyze` looks for one where there are epochs enough; give a number of days otherwise"
            .to_owned(),
    }
}

fn not_simulated(source_name: &str, injection: Option<u32>) -> ProjectError {
    let event = injection.map_or(String::new(), |number| format!(" {number}"));
    ProjectError::NothingToShow {
        name: source_name.to_owned(),
        what: format!("lightcurves with a simulated event{event}"),
        advice: SIMULATED_ARE_KEPT.to_owned(),
    }
}
