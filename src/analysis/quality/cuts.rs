//! The values of the simple cuts at each epoch.

use crate::photometry::Epochs;
use crate::statistics::{SIGMA_OF_MAD, median, median_distance};

/// A column of the survey as numbers; none if there is none, or if all of it is NaN.
pub(super) fn own_column(epochs: &Epochs, name: &str) -> Option<Vec<f64>> {
    let column = epochs.extra.iter().find(|column| column.name == name)?;
    let values = column.values.to_floats()?;
    values.iter().any(|value| !value.is_nan()).then_some(values)
}

/// Background of TESS (`bg`): (b − median b) / robust scatter of b, both over good epochs.
pub(super) fn background(epochs: &Epochs) -> Option<Vec<f64>> {
    let mut background = own_column(epochs, "bg")?;
    let (center, scatter) = robust_scale(&good(epochs, &background))?;
    if scatter <= 0.0 {
        return None;
    }
    for value in &mut background {
        *value = (*value - center) / scatter;
    }
    Some(background)
}

/// Light of the background in the aperture (`bg`) over the median flux of good epochs; none if the two have different
/// units.
pub(super) fn scattered_light(epochs: &Epochs) -> Option<Vec<f64>> {
    let column = epochs.extra.iter().find(|column| column.name == "bg")?;
    if column.unit != epochs.flux_unit {
        return None;
    }
    let mut background = own_column(epochs, "bg")?;
    let star = median(&good(epochs, &epochs.flux)).filter(|&flux| flux > 0.0)?;
    for value in &mut background {
        *value /= star;
    }
    Some(background)
}

/// Time from each epoch to the nearest other good epoch (d); infinite if there is none.
pub(super) fn isolation(epochs: &Epochs) -> Vec<f64> {
    let mut distance = vec![f64::INFINITY; epochs.len()];
    let mut pass = |order: &mut dyn Iterator<Item = usize>| {
        let mut last_good: Option<usize> = None;
        for epoch in order {
            if let Some(other) = last_good {
                let apart = (epochs.mjd[epoch] - epochs.mjd[other]).abs();
                distance[epoch] = if apart.is_nan() {
                    f64::NAN
                } else {
                    distance[epoch].min(apart)
                };
            }
            if epochs.is_good(epoch) {
                last_good = Some(epoch);
            }
        }
    };
    pass(&mut (0..epochs.len()));
    pass(&mut (0..epochs.len()).rev());
    distance
}

/// The values at epochs that the survey calls good.
pub(super) fn good(epochs: &Epochs, values: &[f64]) -> Vec<f64> {
    let keep: Vec<bool> = is_good(epochs).collect();
    kept(values, &keep)
}

/// For each epoch, whether the survey calls it good, with a time and a flux.
pub(super) fn is_good(epochs: &Epochs) -> impl Iterator<Item = bool> {
    let numbers = epochs.mjd.iter().zip(&epochs.flux);
    let flags = epochs.flag.iter().zip(numbers);
    flags.map(|(flag, (mjd, flux))| !flag & mjd.is_finite() & flux.is_finite())
}

/// The values that are to be kept.
pub(super) fn kept(values: &[f64], keep: &[bool]) -> Vec<f64> {
    let mut kept = vec![0.0; values.len()];
    let mut count = 0;
    for (&value, &keep) in values.iter().zip(keep) {
        // always written, and written over if it was not wanted: no branch that could be guessed wrong
        kept[count] = value;
        count += usize::from(keep);
    }
    kept.truncate(count);
    kept
}

/// Median and robust standard deviation (from the median absolute deviation); none without values.
///
/// Where more than half of the values are equal the plain standard deviation around the median stands in.
pub(super) fn robust_scale(values: &[f64]) -> Option<(f64, f64)> {
    let center = median(values)?;
    let scatter = SIGMA_OF_MAD * median_distance(values, center)?;
    if scatter > 0.0 {
        return Some((center, scatter));
    }
    let deviations = values.iter().map(|value| value - center);
    let squares = deviations.filter(|deviation| !deviation.is_nan());
    let (sum, count) = squares.fold((0.0, 0.0), |(sum, count), deviation| {
        (sum + deviation * deviation, count + 1.0)
    });
    Some((center, f64::sqrt(sum / count)))
}
