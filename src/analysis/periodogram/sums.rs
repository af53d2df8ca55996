//! Power from weighted sums of sines and cosines (Zechmeister & Kürster 2009, equations 4–15).

use std::f64::consts::TAU;

use rustfft::num_complex::Complex64;

use super::transform::{Modes, exponential_sums};
use super::{FEWEST, Grid};

/// Data ready for the sums: times from the first epoch on, weights of sum 1, values minus their weighted mean.
pub(super) struct Weighted {
    times: Vec<f64>,
    weights: Vec<f64>,
    weighted_values: Vec<f64>,
    /// Σ w y²: χ² of no variation at all.
    variance: f64,
}

/// Frequencies at the low end of the grid that are summed directly: there the determinant of the fit is small, and
/// a relative error of 1e-11 in the sums would be seen.
const DIRECT: usize = 4;

impl Weighted {
    pub fn new(times: &[f64], values: &[f64], errors: &[f64]) -> Option<Weighted> {
        assert!(times.len() == values.len() && times.len() == errors.len());
        if times.len() < FEWEST {
            return None;
        }
        let raw: Vec<f64> = errors.iter().map(|error| error.powi(-2)).collect();
        let sum: f64 = raw.iter().sum();
        let weights: Vec<f64> = raw.iter().map(|weight| weight / sum).collect();
        let mean: f64 = weights.iter().zip(values).map(|(w, y)| w * y).sum();
        let centered = weights.iter().zip(values).map(|(w, y)| (w, y - mean));
        let variance: f64 = centered.clone().map(|(w, y)| w * y * y).sum();
        if !(variance > 0.0 && variance.is_finite()) {
            return None;
        }
        Some(Weighted {
            times: times.iter().map(|time| time - times[0]).collect(),
            weighted_values: centered.map(|(w, y)| w * y).collect(),
            weights,
            variance,
        })
    }

    /// The power at one frequency (1/d), by direct summation.
    pub fn power(&self, frequency: f64) -> f64 {
        let mut sums = Sums::default();
        let epochs = self
            .times
            .iter()
            .zip(&self.weights)
            .zip(&self.weighted_values);
        for ((time, weight), value) in epochs {
            let (sine, cosine) = (TAU * frequency * time).sin_cos();
            let wave = Complex64::new(cosine, sine);
            sums.weight += wave * weight;
            sums.value += wave * value;
            sums.double += wave * wave * weight;
        }
        sums.power(self.variance)
    }

    /// The power at all frequencies of a grid.
    pub fn powers(&self, grid: &Grid) -> Vec<f64> {
        let phase =
            |factor: f64| move |time: &f64| (factor * grid.first * time, factor * grid.step * time);
        let once: Vec<_> = self.times.iter().map(phase(1.0)).collect();
        let twice: Vec<_> = self.times.iter().map(phase(2.0)).collect();
        let modes = Modes::new(grid.number);
        let [weight, value] =
            exponential_sums(&modes, &once, [&self.weights, &self.weighted_values]);
        let [double] = exponential_sums(&modes, &twice, [&self.weights]);
        (0..grid.number)
            .map(|index| {
                if index < DIRECT {
                    return self.power(grid.frequency(index));
                }
                let sums = Sums {
                    weight: weight[index],
                    value: value[index],
                    double: double[index],
                };
                sums.power(self.variance)
            })
            .collect()
    }
}

/// Σ w e^{iωt}, Σ w y e^{iωt}, Σ w e^{2iωt}.
#[derive(Default)]
struct Sums {
    weight: Complex64,
    value: Complex64,
    double: Complex64,
}

impl Sums {
    fn power(&self, variance: f64) -> f64 {
        let (c, s) = (self.weight.re, self.weight.im);
        let (yc, ys) = (self.value.re, self.value.im);
        let cc = 0.5 * (1.0 + self.double.re) - c * c;
        let ss = 0.5 * (1.0 - self.double.re) - s * s;
        let cs = 0.5 * self.double.im - c * s;
        let determinant = cc * ss - cs * cs;
        // sine and cosine are one function at these times: fit the one that there is
        let power = if determinant <= 1e-12 * (cc + ss).powi(2) {
            let (square, overlap) = if cc > ss { (cc, yc) } else { (ss, ys) };
            if square > 1e-12 {
                overlap * overlap / square
            } else {
                0.0
            }
        } else {
            (ss * yc * yc + cc * ys * ys - 2.0 * cs * yc * ys) / determinant
        };
        (power / variance).clamp(0.0, 1.0)
    }
}
