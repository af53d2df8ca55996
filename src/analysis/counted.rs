//! The three histograms of an analysis: all scores, scores of good epochs, quality values.

use super::histogram::{AxisSpec, Histogram, HistogramError, HistogramParameters};
use super::{Cut, Finder, Found, Quality, QualityChecker, Source};
use crate::photometry::Lightcurve;

/// The histograms without any epoch.
///
/// # Errors
/// An axis without bins.
pub(super) fn empty(
    parameters: &HistogramParameters,
    finder: &dyn Finder,
    checker: &dyn QualityChecker,
) -> Result<Vec<Histogram>, HistogramError> {
    let mut parameters = parameters.clone();
    let usual = HistogramParameters::default().score_coords;
    let scores = finder.score_names();
    for name in &scores {
        let axis = usual.get(name).cloned();
        let axis = axis.unwrap_or_else(|| AxisSpec::fixed(-20.0, 20.0, 0.1));
        parameters = parameters.with_score(name, axis);
    }
    let cuts = checker.cuts();
    for cut in &cuts {
        let axis = usual.get(&cut.name).cloned();
        parameters = parameters.with_score(&cut.name, axis.unwrap_or_else(|| around(cut)));
    }
    let scores: Vec<&str> = scores.iter().map(String::as_str).collect();
    let values: Vec<&str> = cuts.iter().map(|cut| cut.name.as_str()).collect();
    Ok(vec![
        Histogram::new("all_scores", &parameters, &scores)?,
        Histogram::new("good_scores", &parameters, &scores)?,
        Histogram::new("quality_values", &parameters, &values)?,
    ])
}

/// Counts the epochs of a source into histograms of [`empty`].
///
/// # Errors
/// Text where an axis has numbers, or the other way round.
pub(super) fn count(
    histograms: &mut [Histogram],
    source: &Source,
    lightcurves: &[Lightcurve],
    quality: &[Quality],
    found: &Found,
) -> Result<(), HistogramError> {
    let [all, good, values] = histograms else {
        return Ok(());
    };
    for ((lightcurve, quality), scores) in lightcurves.iter().zip(quality).zip(&found.scores) {
        let epochs = 0..lightcurve.epochs.len();
        let keep: Vec<bool> = epochs
            .map(|epoch| !quality.qflag[epoch] && lightcurve.epochs.is_good(epoch))
            .collect();
        let facts = &source.facts;
        all.add_lightcurve(facts, lightcurve, &scores.columns, None)?;
        good.add_lightcurve(facts, lightcurve, &scores.columns, Some(&keep))?;
        values.add_lightcurve(facts, lightcurve, &quality.columns, None)?;
    }
    Ok(())
}

/// An axis for a cut that has none: bins wherever there are values, fifty from zero to the threshold.
fn around(cut: &Cut) -> AxisSpec {
    let size = cut.threshold.abs();
    let step = if size > 0.0 && size.is_finite() {
        size / 50.0
    } else {
        0.1
    };
    AxisSpec::Dynamic {
        start: 0.0,
        step,
        unit: (!cut.unit.is_empty()).then(|| cut.unit.clone()),
    }
}
