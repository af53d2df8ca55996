//! Lightcurves with what was found out about their epochs.

use super::{Event, Quality, Scores};
use crate::photometry::{Column, Lightcurve, Values};

/// A prefix for a column whose name the lightcurve has already, for something else.
const OWN: &str = "analysis_";

/// Adds `qflag`, the values of the cuts, the scores, and `detected` (true at the epochs of the events of the lightcurve
/// at this place). What the lightcurve had stays as it was: a cut of a survey's own column (`airmass`) is not told
/// twice, and a column of another meaning under the same name gets the prefix `analysis_`.
pub(super) fn add(
    lightcurve: &mut Lightcurve,
    quality: &Quality,
    scores: &Scores,
    events: &[Event],
    place: usize,
) {
    let mut detected = vec![false; lightcurve.epochs.len()];
    for event in events.iter().filter(|event| event.lightcurve == place) {
        for &epoch in &event.members {
            detected[epoch] = true;
        }
    }
    let bad = Column::new(
        "qflag",
        "",
        "true = bad, by the flag of the survey or by a cut",
        Values::Boolean(quality.qflag.clone()),
    );
    let detected = Column::new(
        "detected",
        "",
        "true = an epoch of an event",
        Values::Boolean(detected),
    );
    let columns = [bad]
        .into_iter()
        .chain(quality.columns.iter().cloned())
        .chain(scores.columns.iter().cloned())
        .chain([detected]);
    for mut column in columns {
        let own = lightcurve.epochs.extra.iter();
        let mut same_name = own.filter(|own| own.name == column.name);
        match same_name.next() {
            Some(own) if equal(&own.values, &column.values) => continue,
            Some(_) => column.name.insert_str(0, OWN),
            None => {}
        }
        lightcurve.epochs.extra.push(column);
    }
}

/// The same numbers, whatever their types; NaN equals itself.
fn equal(one: &Values, other: &Values) -> bool {
    match (one.to_floats(), other.to_floats()) {
        (Some(one), Some(other)) => {
            let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
            one.len() == other.len() && one.iter().zip(&other).all(same)
        }
        _ => one == other,
    }
}
