//! Power from weighted sums of sines and cosines (Zechmeister & Kürster 2009, equations 4–15).

use std::f64::consts::TAU;

use rustfft::num_complex::{Complex, Complex64};

use super::jet::Jet;
use super::kernel::{COARSE, Kernel, PRECISE};
use super::transform::{Spectrum, Term, Width, middle};
use super::wave::wave;
use super::{FEWEST, Grid};

/// Data ready for the sums: times from the first epoch on, weights of sum 1, values minus their weighted mean over
/// their weighted standard deviation.
pub(super) struct Weighted {
    times: Vec<f64>,
    weights: Vec<f64>,
    weighted_values: Vec<f64>,
}

/// Frequencies at the low end of the grid that are summed directly: there the determinant of the fit is small, and
/// a relative error of 1e-11 in the sums would be seen.
const DIRECT: usize = 4;

/// Where the determinant is smaller than this part of the trace, errors of the coarse sums are more than 1e-3 in the
/// power.
const SMALLEST: f32 = 0.002;

/// More of those are not worth their price: the precise transform is cheaper.
const MOST_DIRECT: usize = 32;

impl Weighted {
    pub fn new(times: &[f64], values: &[f64], errors: &[f64]) -> Option<Weighted> {
        assert!(times.len() == values.len() && times.len() == errors.len());
        if times.len() < FEWEST {
            return None;
        }
        let raw: Vec<f64> = errors.iter().map(|error| (error * error).recip()).collect();
        let sum: f64 = raw.iter().sum();
        let weights: Vec<f64> = raw.iter().map(|weight| weight / sum).collect();
        let mean: f64 = weights.iter().zip(values).map(|(w, y)| w * y).sum();
        let centered = weights.iter().zip(values).map(|(w, y)| (w, y - mean));
        // Σ w y²: χ² of no variation at all
        let variance: f64 = centered.clone().map(|(w, y)| w * y * y).sum();
        if !(variance > 0.0 && variance.is_finite()) {
            return None;
        }
        let scale = variance.sqrt().recip();
        Some(Weighted {
            times: times.iter().map(|time| time - times[0]).collect(),
            weighted_values: centered.map(|(w, y)| w * (y * scale)).collect(),
            weights,
        })
    }

    /// Time, weight and weighted value of each epoch.
    fn epochs(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let columns = self.times.iter().zip(&self.weights);
        (columns.zip(&self.weighted_values)).map(|((&time, &weight), &value)| (time, weight, value))
    }

    /// The power at one frequency (1/d), by direct summation.
    pub fn power(&self, frequency: f64) -> f64 {
        let mut sums = Sums::default();
        for (time, weight, value) in self.epochs() {
            let wave = wave(frequency * time);
            sums.weight += wave * weight;
            sums.value += wave * value;
            sums.double += wave * wave * weight;
        }
        sums.power()
    }

    /// The power at one frequency (1/d), by direct summation, with its derivatives; none where sine and cosine are
    /// one function.
    pub fn power_with_derivatives(&self, frequency: f64) -> Option<Jet> {
        // from the middle of the times the terms of the derivatives are smallest; the power does not depend on it
        let (low, high) = self
            .times
            .iter()
            .fold((0.0_f64, 0.0_f64), |(low, high), &time| {
                (low.min(time), high.max(time))
            });
        let origin = (low + high) / 2.0;
        let zero = [Complex64::ZERO; 3];
        let (mut weights, mut values, mut doubles) = (zero, zero, zero);
        for (time, weight, value) in self.epochs() {
            let time = time - origin;
            let angle = TAU * time;
            let wave = wave(frequency * time);
            let terms = [wave * weight, wave * value, wave * wave * weight];
            for (sums, term) in [&mut weights, &mut values, &mut doubles]
                .into_iter()
                .zip(terms)
            {
                let with_time = term * angle;
                sums[0] += term;
                sums[1] += with_time;
                sums[2] += with_time * angle;
            }
        }
        let (c, s) = jets(&weights, 1.0);
        let (yc, ys) = jets(&values, 1.0);
        let (double_c, double_s) = jets(&doubles, 2.0);
        let one = Jet::constant(1.0);
        let cc = 0.5 * (one + double_c) - c * c;
        let ss = 0.5 * (one - double_c) - s * s;
        let cs = 0.5 * double_s - c * s;
        let determinant = cc * ss - cs * cs;
        let numerator = ss * yc * yc + cc * ys * ys - 2.0 * (cs * yc * ys);
        let is_regular = determinant.value > 1e-9 * (cc.value + ss.value).powi(2);
        is_regular.then(|| numerator / determinant)
    }

    /// The power at all frequencies of a grid, to about 1e-10.
    pub fn powers(&self, grid: &Grid) -> Vec<f64> {
        let [weights, values, doubles] = self.spectra(grid, &PRECISE);
        let sums = weights.into_iter().zip(values).zip(doubles);
        sums.enumerate()
            .map(|(index, ((weight, value), double))| {
                if index < DIRECT {
                    return self.power(grid.frequency(index));
                }
                let sums = Sums {
                    weight,
                    value,
                    double,
                };
                sums.power()
            })
            .collect()
    }

    /// The power at all frequencies of a grid, to about 1e-3: good enough to see where its peaks are.
    pub fn coarse_powers(&self, grid: &Grid) -> Vec<f64> {
        let [weights, values, doubles] = self.spectra(grid, &COARSE);
        let sums = weights.iter().zip(&values).zip(&doubles);
        // where sine and cosine are nearly one function it is NaN
        let coarse = sums.map(|((weight, value), double)| {
            let cc = 0.5 * (1.0 + double.re) - weight.re * weight.re;
            let ss = 0.5 * (1.0 - double.re) - weight.im * weight.im;
            let cs = 0.5 * double.im - weight.re * weight.im;
            let determinant = cc * ss - cs * cs;
            let (yc, ys) = (value.re, value.im);
            let power = (ss * yc * yc + cc * ys * ys - 2.0 * cs * yc * ys) / determinant;
            let is_regular = determinant > SMALLEST * (cc + ss);
            f64::from(if is_regular { power } else { f32::NAN })
        });
        let mut powers: Vec<f64> = coarse.collect();
        let small = powers.iter().filter(|power| power.is_nan()).count();
        if small > MOST_DIRECT {
            return self.powers(grid);
        }
        for (index, power) in powers.iter_mut().enumerate() {
            if power.is_nan() {
                *power = self.power(grid.frequency(index));
            }
        }
        powers
    }

    /// The sums of weights, and of weighted values, at all frequencies, and those of weights at twice the frequencies.
    fn spectra<T: Width, const W: usize>(
        &self,
        grid: &Grid,
        kernel: &Kernel<T, W>,
    ) -> [Vec<Complex<T>>; 3] {
        let center = grid.frequency(middle(grid.number));
        let waves: Vec<Complex64> = (self.times.iter())
            .map(|time| wave(center * time))
            .collect();
        let terms = || self.epochs().zip(&waves);
        let single = terms().map(|((time, weight, value), &wave)| Term {
            wave,
            step: grid.step * time,
            coefficients: [weight, value],
        });
        let double = terms().map(|((time, weight, _), &wave)| Term {
            wave: wave * wave,
            step: 2.0 * grid.step * time,
            coefficients: [weight],
        });
        let single = Spectrum::of(kernel, grid.number, single);
        let double = Spectrum::of(kernel, grid.number, double);
        [single.sums(0), single.sums(1), double.sums(0)]
    }
}

/// Real and imaginary part of Σ c e^{iωτ}, of its sums with factors 1, τ and τ², where ω is `multiple` times the
/// frequency in question.
fn jets(sums: &[Complex64; 3], multiple: f64) -> (Jet, Jet) {
    let square = multiple * multiple;
    (
        Jet::new(sums[0].re, -multiple * sums[1].im, -square * sums[2].re),
        Jet::new(sums[0].im, multiple * sums[1].re, -square * sums[2].im),
    )
}

/// Σ w e^{iωt}, Σ w y e^{iωt}, Σ w e^{2iωt}.
#[derive(Default)]
struct Sums {
    weight: Complex64,
    value: Complex64,
    double: Complex64,
}

impl Sums {
    fn power(&self) -> f64 {
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
        power.clamp(0.0, 1.0)
    }
}
