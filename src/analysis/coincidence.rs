//! Events of several lightcurves at one time become one detection.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Checked, Detection, Event, Found, Part};
use crate::photometry::{Column, magnitude_from_flux};

/// What times of several lightcurves are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Julian date in TDB at the barycentre of the solar system (d).
    BjdTdb,
    /// The lightcurves' own MJD (d): one of them has no barycentric time. Surveys may differ by minutes.
    Mjd,
}

/// The times of the epochs of all lightcurves of a source on one clock.
#[derive(Debug, Clone)]
pub struct ClockTimes<'a> {
    /// What the times are.
    pub clock: Clock,
    /// One list for each lightcurve.
    pub times: Vec<Cow<'a, [f64]>>,
}

impl Clock {
    /// The word that files and tables use.
    pub fn as_str(self) -> &'static str {
        match self {
            Clock::BjdTdb => "bjd_tdb",
            Clock::Mjd => "mjd",
        }
    }
}

impl<'a> ClockTimes<'a> {
    /// Barycentric times if every lightcurve has them, else MJD.
    pub fn of(lightcurves: &[Checked<'a>]) -> ClockTimes<'a> {
        let barycentric: Option<Vec<Cow<'a, [f64]>>> = lightcurves
            .iter()
            .map(|checked| checked.lightcurve.bjd_tdb().map(Cow::Owned))
            .collect();
        match barycentric {
            Some(times) => ClockTimes {
                clock: Clock::BjdTdb,
                times,
            },
            None => ClockTimes {
                clock: Clock::Mjd,
                times: lightcurves
                    .iter()
                    .map(|checked| Cow::Borrowed(checked.lightcurve.epochs.mjd.as_slice()))
                    .collect(),
            },
        }
    }
}

/// Detections by time, each of the events that belong together.
///
/// The event with the highest score takes from each other lightcurve the strongest event of its own sign that
/// overlaps it in time, with `tolerance` (d) added at either end of both; then the strongest of those that are left, and
/// so on. So a detection has at most one part in each lightcurve, and two events of one lightcurve stay two
/// detections even where another lightcurve shows only one long event. Nothing depends on the order of the events.
pub fn link(
    method: &str,
    lightcurves: &[Checked<'_>],
    found: &Found,
    tolerance: f64,
) -> Vec<Detection> {
    if found.events.is_empty() {
        return Vec::new();
    }
    let times = ClockTimes::of(lightcurves);
    let mut parts: Vec<(&Event, Part)> = found
        .events
        .iter()
        .map(|event| (event, part(event, &times.times[event.lightcurve])))
        .collect();
    parts.sort_by(|(a, _), (b, _)| {
        (b.score.total_cmp(&a.score))
            .then(a.lightcurve.cmp(&b.lightcurve))
            .then(a.peak.cmp(&b.peak))
    });
    let mut taken = vec![false; parts.len()];
    let mut detections = Vec::new();
    for anchor in 0..parts.len() {
        if taken[anchor] {
            continue;
        }
        let mut group = vec![anchor];
        for other in anchor + 1..parts.len() {
            let fits = !taken[other]
                && belongs(&parts[anchor].1, &parts[other].1, tolerance)
                && (group.iter())
                    .all(|&member| parts[member].1.lightcurve != parts[other].1.lightcurve);
            if fits {
                taken[other] = true;
                group.push(other);
            }
        }
        let group: Vec<&(&Event, Part)> = group.iter().map(|&index| &parts[index]).collect();
        detections.push(detection(method, lightcurves, found, times.clock, &group));
    }
    detections.sort_by(|a, b| {
        (a.peak_time.total_cmp(&b.peak_time)).then(a.peak().lightcurve.cmp(&b.peak().lightcurve))
    });
    detections
}

fn part(event: &Event, times: &[f64]) -> Part {
    Part {
        lightcurve: event.lightcurve,
        peak: event.peak,
        epochs: event.epochs.clone(),
        peak_time: times[event.peak],
        time_start: times[event.epochs.start],
        time_end: times[event.epochs.end - 1],
        snr: event.snr,
        score: event.score,
        quality_flag: event.quality_flag,
        template: event.template,
        false_alarm_probability: event.false_alarm_probability,
    }
}

fn belongs(one: &Part, other: &Part, tolerance: f64) -> bool {
    one.snr.is_sign_negative() == other.snr.is_sign_negative()
        && one.time_start - tolerance <= other.time_end + tolerance
        && other.time_start - tolerance <= one.time_end + tolerance
}

/// The detection of these events; the first is the strongest.
fn detection(
    method: &str,
    lightcurves: &[Checked<'_>],
    found: &Found,
    clock: Clock,
    group: &[&(&Event, Part)],
) -> Detection {
    let (event, peak) = group[0];
    let mut parts: Vec<Part> = group.iter().map(|(_, part)| part.clone()).collect();
    parts.sort_by_key(|part| part.lightcurve);
    let peak_part = parts
        .iter()
        .position(|part| part.lightcurve == peak.lightcurve)
        .expect("the strongest event is one of the parts");
    let smallest = group
        .iter()
        .map(|(event, _)| event.false_alarm_probability)
        .fold(f64::INFINITY, f64::min);
    let level = found.scores[event.lightcurve].noise.level;
    let (peak_mag, peak_mag_diff) = magnitudes(&lightcurves[event.lightcurve], event.peak, level);
    Detection {
        method: method.to_owned(),
        peak_part,
        clock,
        time_start: parts
            .iter()
            .map(|part| part.time_start)
            .fold(f64::INFINITY, f64::min),
        time_end: parts
            .iter()
            .map(|part| part.time_end)
            .fold(f64::NEG_INFINITY, f64::max),
        peak_time: peak.peak_time,
        peak_start: peak.time_start,
        peak_end: peak.time_end,
        snr: event.snr,
        score: event.score,
        extra_scores: scores_at(&found.scores[event.lightcurve].columns, event.peak),
        peak_mag,
        peak_mag_diff,
        template: event.template,
        quality_values: quality_values(lightcurves, group),
        quality_flag: parts.iter().any(|part| part.quality_flag),
        // as many searches as lightcurves
        false_alarm_probability: any_of(smallest, lightcurves.len() as f64),
        simulated: false,
        injection: None,
        parts,
    }
}

/// How likely at least one of `number` independent things of this probability happens: 1 − (1 − p)^n.
pub(super) fn any_of(probability: f64, number: f64) -> f64 {
    -(number * (-probability).ln_1p()).exp_m1()
}

fn scores_at(columns: &[Column], epoch: usize) -> BTreeMap<String, f64> {
    columns
        .iter()
        .filter_map(|column| match &column.values {
            crate::photometry::Values::Float64(values) => {
                Some((column.name.clone(), values[epoch]))
            }
            _ => None,
        })
        .collect()
}

/// Magnitude of an epoch, and that of the usual flux minus it.
fn magnitudes(checked: &Checked<'_>, epoch: usize, level: f64) -> (f64, f64) {
    let epochs = &checked.lightcurve.epochs;
    let usual = magnitude_from_flux(level, 0.0, epochs.zero_point).0;
    (epochs.mag[epoch], usual - epochs.mag[epoch])
}

/// For each cut, the most extreme value at the epochs of the events; one NaN makes it NaN.
fn quality_values(lightcurves: &[Checked<'_>], group: &[&(&Event, Part)]) -> BTreeMap<String, f64> {
    let mut extremes: BTreeMap<String, f64> = BTreeMap::new();
    for (event, _) in group {
        for column in &lightcurves[event.lightcurve].quality.columns {
            let Some(values) = column.values.to_floats() else {
                continue;
            };
            let extreme = event
                .members
                .iter()
                .map(|&epoch| values[epoch])
                .chain(extremes.get(&column.name).copied())
                .reduce(more_extreme);
            if let Some(extreme) = extreme {
                extremes.insert(column.name.clone(), extreme);
            }
        }
    }
    extremes
}

fn more_extreme(one: f64, other: f64) -> f64 {
    if one.is_nan() || one.abs() >= other.abs() {
        one
    } else {
        other
    }
}
