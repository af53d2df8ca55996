//! A lightcurve in one line of text.

use crate::photometry::{Lightcurve, Values};
use crate::statistics;

/// What a sparkline is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    /// Block elements, `▁` to `█`.
    Blocks,
    /// For terminals that know nothing else, `_` to `#`.
    Ascii,
}

impl Glyphs {
    /// From faint to bright.
    fn levels(self) -> [char; 8] {
        match self {
            Glyphs::Blocks => ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
            Glyphs::Ascii => ['_', '.', ':', '-', '=', '+', '*', '#'],
        }
    }
}

/// The good epochs of a lightcurve in so many characters: time to the right, brighter is higher, whatever the units.
///
/// Epochs that are flagged, by the survey or by the quality cuts of the analysis, are left out, and times without a good
/// epoch are spaces. A character that stands for many epochs shows the one farthest from the median, so that no event is
/// lost. Magnitudes where there are any, else fluxes. Empty without a good epoch.
pub fn sparkline(lightcurve: &Lightcurve, width: usize, glyphs: Glyphs) -> String {
    let epochs = &lightcurve.epochs;
    let cut = quality_flags(lightcurve);
    let is_good = |epoch: &usize| {
        !epochs.flag[*epoch]
            && !cut.is_some_and(|cut| cut[*epoch])
            && epochs.mjd[*epoch].is_finite()
    };
    let good: Vec<usize> = (0..epochs.len()).filter(is_good).collect();
    let points = |values: &[f64], sign: f64| -> Vec<(f64, f64)> {
        let points = good
            .iter()
            .map(|&epoch| (epochs.mjd[epoch], sign * values[epoch]));
        points.filter(|(_, value)| value.is_finite()).collect()
    };
    let magnitudes = points(&epochs.mag, -1.0);
    match magnitudes.is_empty() {
        true => line(&points(&epochs.flux, 1.0), width, glyphs),
        false => line(&magnitudes, width, glyphs),
    }
}

/// The flags of the analysis, of a lightcurve that went through it.
fn quality_flags(lightcurve: &Lightcurve) -> Option<&[bool]> {
    let mut columns = lightcurve.epochs.extra.iter();
    match &columns.find(|column| column.name == "qflag")?.values {
        Values::Boolean(flags) => Some(flags),
        _ => None,
    }
}

/// Points (time, brightness, both finite) in so many characters.
fn line(points: &[(f64, f64)], width: usize, glyphs: Glyphs) -> String {
    let range = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        })
    };
    if points.is_empty() || width == 0 {
        return String::new();
    }
    let (first, last) = range(&mut points.iter().map(|point| point.0));
    let values: Vec<f64> = points.iter().map(|point| point.1).collect();
    let middle = statistics::median(&values).unwrap_or_default();
    let mut columns: Vec<Option<f64>> = vec![None; width];
    for &(time, value) in points {
        let place = place(time, first, last, width);
        let farther = |known: f64| (value - middle).abs() > (known - middle).abs();
        if columns[place].is_none_or(farther) {
            columns[place] = Some(value);
        }
    }
    let (faintest, brightest) = range(&mut columns.iter().copied().flatten());
    let levels = glyphs.levels();
    let character = |value: Option<f64>| match value {
        None => ' ',
        Some(_) if brightest <= faintest => levels[levels.len() / 2],
        Some(value) => levels[place_of_level(value, faintest, brightest, levels.len())],
    };
    columns.into_iter().map(character).collect()
}

/// In which of `parts` equal parts a value lies.
fn place(value: f64, low: f64, high: f64, parts: usize) -> usize {
    // halves first: the difference of two finite numbers can be infinite
    let fraction = (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
    // a single time is nowhere between; the cast takes NaN to 0
    ((fraction * parts as f64) as usize).min(parts - 1)
}

/// The nearest of `levels`, of which the first is `low` and the last `high`.
fn place_of_level(value: f64, low: f64, high: f64, levels: usize) -> usize {
    let fraction = (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
    ((fraction * (levels - 1) as f64).round() as usize).min(levels - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photometry::{Column, Epochs, Statistics};
    use crate::time::TimeFrame;

    fn lightcurve(mjd: &[f64], mag: &[f64], flux: &[f64], flag: &[bool]) -> Lightcurve {
        let epochs = Epochs {
            mjd: mjd.to_vec(),
            mag: mag.to_vec(),
            flux: flux.to_vec(),
            flag: flag.to_vec(),
            ..Epochs::default()
        };
        Lightcurve {
            observatory: "DEMO".to_owned(),
            source_name: "star".to_owned(),
            filter: "R".to_owned(),
            series_number: 1,
            series_total: 1,
            frame: TimeFrame::UTC_MID_EXPOSURE,
            statistics: Statistics::default(),
            altdata: serde_json::Map::new(),
            epochs,
        }
    }

    const NONE: f64 = f64::NAN;

    #[test]
    fn brighter_is_higher_and_a_gap_is_empty() {
        let mjd = [0.0, 1.0, 2.0, 3.0, 9.0];
        let mag = [20.0, 19.0, 18.0, 20.0, 13.0];
        let curve = lightcurve(&mjd, &mag, &[1.0; 5], &[false; 5]);
        assert_eq!(sparkline(&curve, 10, Glyphs::Blocks), "▁▂▃▁     █");
        assert_eq!(sparkline(&curve, 10, Glyphs::Ascii), "_.:_     #");
    }

    #[test]
    fn without_magnitudes_it_is_of_fluxes() {
        let curve = lightcurve(&[0.0, 1.0], &[NONE; 2], &[1.0, 2.0], &[false; 2]);
        assert_eq!(sparkline(&curve, 2, Glyphs::Blocks), "▁█");
    }

    #[test]
    fn bad_epochs_are_left_out() {
        let mjd = [0.0, 1.0, 2.0, NONE, 4.0];
        let mag = [20.0, 10.0, 19.0, 5.0, 5.0];
        let flag = [false, true, false, false, false];
        let mut curve = lightcurve(&mjd, &mag, &[1.0; 5], &flag);
        let cut = Values::Boolean(vec![false, false, false, false, true]);
        curve.epochs.extra.push(Column::new("qflag", "", "", cut));
        assert_eq!(sparkline(&curve, 3, Glyphs::Blocks), "▁ █");
    }

    #[test]
    fn an_event_of_one_epoch_among_thousands_is_seen() {
        let mjd: Vec<f64> = (0..10_000).map(f64::from).collect();
        let mut mag = vec![18.0; 10_000];
        mag[5_500] = 15.0;
        let curve = lightcurve(&mjd, &mag, &[1.0; 10_000], &[false; 10_000]);
        assert_eq!(sparkline(&curve, 10, Glyphs::Blocks), "▁▁▁▁▁█▁▁▁▁");
    }

    #[test]
    fn nothing_a_single_epoch_and_a_constant_star_are_lines_too() {
        let blocks = |curve: &Lightcurve| sparkline(curve, 4, Glyphs::Blocks);
        assert_eq!(blocks(&lightcurve(&[], &[], &[], &[])), "");
        assert_eq!(blocks(&lightcurve(&[5.0], &[18.0], &[1.0], &[true])), "");
        assert_eq!(
            blocks(&lightcurve(&[5.0], &[18.0], &[1.0], &[false])),
            "▅   "
        );
        let constant = lightcurve(&[0.0, 9.0], &[18.0; 2], &[1.0; 2], &[false; 2]);
        assert_eq!(blocks(&constant), "▅  ▅");
        let huge = lightcurve(&[-1e308, 1e308], &[NONE; 2], &[-1e308, 1e308], &[false; 2]);
        assert_eq!(blocks(&huge), "▁  █");
        assert_eq!(sparkline(&constant, 0, Glyphs::Blocks), "");
    }
}
