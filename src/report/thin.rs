//! Fewer epochs of a long lightcurve, so that many of them fit on one page.

use std::ops::Range;

use crate::plot::{LightcurveFigure, Series};

/// The same lightcurves with about `most` epochs in all, and how many there were, if there were more.
///
/// Each lightcurve keeps its share: of each stretch of as many epochs the faintest and the brightest, so that no event
/// gets lost, however short; and all epochs of what is marked.
pub fn thinned(figure: &LightcurveFigure, most: usize) -> Option<(LightcurveFigure, usize)> {
    let all: usize = figure.series.iter().map(|series| series.time.len()).sum();
    if all <= most {
        return None;
    }
    let thin = |series: &Series| {
        let number = series.time.len();
        let share = (most as u128 * number as u128 / all as u128) as usize;
        let mut kept = keeping_extremes(&series.value, 0..number, share.max(2));
        for mark in &figure.marks {
            let from = series.time.partition_point(|&time| time < mark.start);
            let to = series.time.partition_point(|&time| time <= mark.end);
            kept.extend(from..to.min(from + most));
        }
        kept.sort_unstable();
        kept.dedup();
        chosen(series, &kept)
    };
    let series = figure.series.iter().map(thin).collect();
    let thinned = LightcurveFigure {
        series,
        ..figure.clone()
    };
    Some((thinned, all))
}

fn chosen(series: &Series, kept: &[usize]) -> Series {
    let column = |values: &[f64]| kept.iter().map(|&epoch| values[epoch]).collect();
    Series {
        time: column(&series.time),
        value: column(&series.value),
        error: column(&series.error),
        flagged: kept.iter().map(|&epoch| series.flagged[epoch]).collect(),
        observatory: series.observatory.clone(),
        filter: series.filter.clone(),
        series_number: series.series_number,
        injection: series.injection,
        brightness: series.brightness,
        unit: series.unit.clone(),
    }
}

/// Some of these epochs, in their order: all, if they are not more than `most`; else the lowest and the highest of
/// each of `most / 2` stretches of (nearly) equal length.
pub(super) fn keeping_extremes(values: &[f64], epochs: Range<usize>, most: usize) -> Vec<usize> {
    let number = epochs.len();
    if number <= most {
        return epochs.collect();
    }
    let stretches = (most / 2).max(1);
    let mut kept = Vec::with_capacity(2 * stretches);
    for stretch in 0..stretches {
        let at = |stretch: usize| epochs.start + number * stretch / stretches;
        let by_value = |one: &usize, other: &usize| values[*one].total_cmp(&values[*other]);
        let lowest = (at(stretch)..at(stretch + 1)).min_by(by_value);
        let highest = (at(stretch)..at(stretch + 1)).max_by(by_value);
        let mut both: Vec<usize> = lowest.into_iter().chain(highest).collect();
        both.sort_unstable();
        both.dedup();
        kept.extend(both);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Brightness, Mark, MarkKind};
    use proptest::prelude::*;

    fn figure(value: Vec<f64>) -> LightcurveFigure {
        let number = value.len();
        let series = Series {
            observatory: "TESS".to_owned(),
            filter: "TESS".to_owned(),
            series_number: 1,
            injection: None,
            brightness: Brightness::Flux,
            unit: String::new(),
            time: (0..number).map(|epoch| epoch as f64).collect(),
            error: vec![0.1; number],
            flagged: vec![false; number],
            value,
        };
        LightcurveFigure {
            series: vec![series],
            ..LightcurveFigure::default()
        }
    }

    #[test]
    fn a_short_lightcurve_stays_as_it_is() {
        assert_eq!(thinned(&figure(vec![1.0; 100]), 100), None);
    }

    #[test]
    fn every_epoch_of_an_event_stays() {
        let mut figure = figure(vec![1.0; 20_000]);
        figure.marks.push(Mark {
            kind: MarkKind::Detection,
            time: 505.0,
            start: 500.0,
            end: 510.0,
            snr: 9.0,
            text: String::new(),
        });
        let (thin, all) = thinned(&figure, 400).unwrap();
        let kept = &thin.series[0].time;
        assert_eq!(all, 20_000);
        assert!(kept.len() <= 411, "{}", kept.len());
        assert!((500..=510).all(|time| kept.contains(&f64::from(time))));
    }

    proptest! {
        #[test]
        fn extremes_and_order_stay(
            values in prop::collection::vec(-1e3..1e3f64, 1..500),
            most in 2..100usize,
        ) {
            let kept = keeping_extremes(&values, 0..values.len(), most);
            let extreme = |better: fn(f64, f64) -> f64, of: &mut dyn Iterator<Item = f64>| of.reduce(better);
            prop_assert!(kept.len() <= most.max(2));
            prop_assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
            for better in [f64::min as fn(f64, f64) -> f64, f64::max] {
                prop_assert_eq!(
                    extreme(better, &mut kept.iter().map(|&epoch| values[epoch])),
                    extreme(better, &mut values.iter().copied())
                );
            }
        }
    }
}
