//! Pairs of epochs and what they tell: plain numbers in and out.

use retriever::analysis::{Checked, ClockTimes};
use retriever::statistics::standard_deviation;
use serde::Serialize;
use statrs::function::gamma::checked_gamma_ur;

use crate::ColoursParameters;

/// A blue and a red epoch close in time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Lightcurve and epoch of each.
    pub blue: (usize, usize),
    pub red: (usize, usize),
    /// Blue minus red magnitude, and its error (mag).
    pub colour: f64,
    pub error: f64,
}

/// What the pairs of a source tell. A number that cannot be had is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    pub pairs: usize,
    /// Mean with weights 1/σ², its error, and the plain standard deviation (mag).
    pub mean: Option<f64>,
    pub mean_error: Option<f64>,
    pub rms: Option<f64>,
    /// χ² around the mean, and how likely noise has as much or more.
    pub chi2: Option<f64>,
    pub probability: Option<f64>,
    /// None with too few pairs.
    pub variable: Option<bool>,
}

/// A good epoch with a magnitude: its time, where it is, magnitude and error.
type Point = (f64, (usize, usize), f64, f64);

/// Pairs by time: each blue epoch with the nearest red one that no earlier pair has.
///
/// Times of several lightcurves are compared at the barycentre where all have such times.
pub fn of(lightcurves: &[Checked<'_>], parameters: &ColoursParameters) -> Vec<Pair> {
    let times = ClockTimes::of(lightcurves);
    let points = |filter: &str| -> Vec<Point> {
        let mut points = Vec::new();
        for (place, checked) in lightcurves.iter().enumerate() {
            let epochs = &checked.lightcurve.epochs;
            let wanted = (0..epochs.len()).filter(|&epoch| {
                let is_measured = epochs.mag[epoch].is_finite() && epochs.magerr[epoch] > 0.0;
                checked.lightcurve.filter == filter && checked.is_good(epoch) && is_measured
            });
            points.extend(wanted.map(|epoch| {
                let time = times.times[place][epoch];
                (
                    time,
                    (place, epoch),
                    epochs.mag[epoch],
                    epochs.magerr[epoch],
                )
            }));
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        points
    };
    let (blue, red) = (
        points(&parameters.blue_filter),
        points(&parameters.red_filter),
    );
    let mut pairs = Vec::new();
    let mut next = 0;
    for (time, place, mag, error) in blue {
        while next < red.len() && red[next].0 < time - parameters.pair_time {
            next += 1;
        }
        // the red epochs before the nearest one are further away from all later blue epochs
        while next + 1 < red.len() && (red[next + 1].0 - time).abs() < (red[next].0 - time).abs() {
            next += 1;
        }
        let Some(&(red_time, red_place, red_mag, red_error)) = red.get(next) else {
            break;
        };
        if (red_time - time).abs() <= parameters.pair_time {
            pairs.push(Pair {
                blue: place,
                red: red_place,
                colour: mag - red_mag,
                error: error.hypot(red_error),
            });
            next += 1;
        }
    }
    pairs
}

impl Summary {
    /// Of these pairs.
    pub fn of(pairs: &[Pair], parameters: &ColoursParameters) -> Summary {
        let weight: f64 = pairs.iter().map(|pair| pair.error.powi(-2)).sum();
        let mean = pairs
            .iter()
            .map(|pair| pair.colour * pair.error.powi(-2))
            .sum::<f64>()
            / weight;
        let colours: Vec<f64> = pairs.iter().map(|pair| pair.colour).collect();
        let chi2: f64 = pairs
            .iter()
            .map(|pair| ((pair.colour - mean) / pair.error).powi(2))
            .sum();
        let degrees = pairs.len().saturating_sub(1) as f64;
        let probability = checked_gamma_ur(degrees / 2.0, chi2 / 2.0).ok();
        let enough = pairs.len() >= parameters.min_pairs;
        let finite = |value: f64| Some(value).filter(|value| value.is_finite());
        Summary {
            pairs: pairs.len(),
            mean: finite(mean),
            mean_error: finite(weight.sqrt().recip()),
            rms: standard_deviation(&colours),
            chi2: finite(chi2).filter(|_| degrees > 0.0),
            probability: probability.filter(|_| degrees > 0.0),
            variable: probability
                .filter(|_| enough)
                .map(|probability| probability < parameters.false_alarm_probability),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use retriever::analysis::{self, Quality};
    use retriever::photometry::{Epochs, Lightcurve, MagnitudeColumns};

    fn lightcurve(filter: &str, points: &[(f64, f64)]) -> Lightcurve {
        let number = points.len();
        let (start, mag) = points.iter().copied().unzip();
        let epochs = Epochs::from(MagnitudeColumns {
            start,
            exptime: vec![0.0; number],
            mag,
            magerr: vec![0.03; number],
            flag: vec![false; number],
            ra: vec![f64::NAN; number],
            dec: vec![f64::NAN; number],
        });
        analysis::lightcurve("ZTF", "star", filter, epochs)
    }

    fn pairs_of(lightcurves: &[Lightcurve]) -> Vec<Pair> {
        let quality: Vec<Quality> = lightcurves
            .iter()
            .map(|lightcurve| Quality {
                qflag: lightcurve.epochs.flag.clone(),
                ..Quality::default()
            })
            .collect();
        let checked: Vec<Checked<'_>> = lightcurves
            .iter()
            .zip(&quality)
            .map(|(lightcurve, quality)| Checked {
                lightcurve,
                quality,
            })
            .collect();
        of(&checked, &ColoursParameters::default())
    }

    #[test]
    fn each_blue_epoch_takes_the_nearest_red_one_that_is_free() {
        let blue = lightcurve(
            "zg",
            &[(0.0, 15.0), (10.0, 15.2), (10.3, 15.3), (20.0, 15.1)],
        );
        let red = lightcurve(
            "zr",
            &[
                (0.4, 14.5),
                (9.9, 14.0),
                (10.1, 14.6),
                (10.5, 14.4),
                (20.6, 14.0),
            ],
        );
        let found = pairs_of(&[red.clone(), blue.clone(), lightcurve("zi", &[(0.0, 13.0)])]);
        let red_epochs: Vec<usize> = found.iter().map(|pair| pair.red.1).collect();
        // 20.0 has nothing within half a day
        assert_eq!(red_epochs, [0, 1, 2]);
        assert!(
            (found[0].colour - 0.5).abs() < 1e-12
                && (found[0].error - 0.03 * 2f64.sqrt()).abs() < 1e-12
        );
        assert_eq!((found[0].blue, found[0].red), ((1, 0), (0, 0)));
        assert!(pairs_of(&[blue]).is_empty() && pairs_of(&[]).is_empty());
    }

    // numpy: c = [0.5, 0.55, 0.45, 0.6, 0.4, 0.9], errors 0.03·√2; scipy.stats.chi2.sf(chi2, 5)
    #[test]
    fn a_summary_agrees_with_numpy_and_scipy() {
        let colours = [0.5, 0.55, 0.45, 0.6, 0.4, 0.9];
        let pair = |colour| Pair {
            blue: (0, 0),
            red: (1, 0),
            colour,
            error: 0.03 * 2f64.sqrt(),
        };
        let pairs = colours.map(pair);
        let summary = Summary::of(&pairs, &ColoursParameters::default());
        let close =
            |value: Option<f64>, expected: f64| (value.unwrap() - expected).abs() < 1e-6 * expected;
        assert!(close(summary.mean, 0.5666666666666667), "{summary:?}");
        assert!(close(summary.mean_error, 0.017320508), "{summary:?}");
        assert!(close(summary.chi2, 87.96296296296296), "{summary:?}");
        assert_eq!(summary.variable, Some(true));
        let quiet = Summary::of(&[0.5; 6].map(pair), &ColoursParameters::default());
        assert_eq!(
            (quiet.variable, quiet.chi2.map(f64::round)),
            (Some(false), Some(0.0))
        );
        let few = Summary::of(&pairs[..3], &ColoursParameters::default());
        assert_eq!((few.variable, few.pairs), (None, 3));
        let none = Summary::of(&[], &ColoursParameters::default());
        assert_eq!((none.mean, none.chi2, none.probability), (None, None, None));
    }
}
