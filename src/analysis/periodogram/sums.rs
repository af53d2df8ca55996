//! Power from weighted sums of sines and cosines (Zechmeister & Kürster 2009, equations 4–15).

use std::f64::consts::TAU;

use rustfft::num_complex::Complex64;

use super::jet::Jet;
use super::kernel::{COARSE, Kernel, PRECISE};
use super::transform::{Spectra, Stretch, Term, Width, middle};
use super::wave::waves;
use super::{FEWEST, Grid};

/// Data ready for the sums: times from the first epoch on, weights of sum 1, values minus their weighted mean over
/// their weighted standard deviation.
pub(super) struct Weighted {
    times: Vec<f64>,
    /// The lowest and the highest time.
    reach: (f64, f64),
    weights: Vec<f64>,
    weighted_values: Vec<f64>,
}

/// Frequencies at the low end of the grid that are summed directly: there the determinant of the fit is small, and
/// a relative error of 1e-11 in the sums would be seen.
const DIRECT: usize = 4;

/// Where the determinant is smaller than this part of the trace, errors of the coarse sums may be more than
/// [`COARSENESS`] in the power.
const SMALLEST: f32 = 0.002;

/// Part of the trace, of which the determinant is a quarter at most, above which it does not make peaks by itself.
const SMOOTH: f32 = 0.1;

/// How far a coarse power may be off.
pub(super) const COARSENESS: f64 = 2e-3;

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
        let times: Vec<f64> = times.iter().map(|time| time - times[0]).collect();
        let reach = (times.iter()).fold((0.0_f64, 0.0_f64), |(low, high), &time| {
            (low.min(time), high.max(time))
        });
        Some(Weighted {
            times,
            reach,
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
        self.power_of(&self.waves(frequency))
    }

    /// e^{iωt} of each epoch.
    fn waves(&self, frequency: f64) -> Vec<Complex64> {
        waves(self.times.iter().map(|time| frequency * time))
    }

    fn power_of(&self, waves: &[Complex64]) -> f64 {
        let mut sums = Sums::default();
        for ((_, weight, value), &wave) in self.epochs().zip(waves) {
            sums.weight += wave * weight;
            sums.value += wave * value;
            sums.double += wave * wave * weight;
        }
        sums.power()
    }

    /// The power around one frequency (1/d).
    pub fn series(&self, frequency: f64) -> Series {
        // from the middle of the times the terms are smallest; the power does not depend on it
        let middle = (self.reach.0 + self.reach.1) / 2.0;
        let half = (self.reach.1 - self.reach.0) / 2.0;
        let scale = if half > 0.0 { half.recip() } else { 1.0 };
        let scaled: Vec<f64> = (self.times.iter())
            .map(|time| (time - middle) * scale)
            .collect();
        let waves = waves(self.times.iter().map(|time| frequency * (time - middle)));
        let all = || self.epochs().zip(&waves).zip(&scaled);
        Series {
            frequency,
            radians: TAU / scale,
            weight: taylor(all().map(|(((_, weight, _), wave), &at)| (wave * weight, at))),
            value: taylor(all().map(|(((_, _, value), wave), &at)| (wave * value, at))),
            double: taylor(
                all().map(|(((_, weight, _), wave), &at)| (wave * wave * weight, 2.0 * at)),
            ),
        }
    }

    /// How many epochs.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// From the first epoch to the last (d).
    pub fn span(&self) -> f64 {
        self.reach.1 - self.reach.0
    }

    /// The power at all frequencies of a grid, to about 1e-10.
    pub fn powers(&self, grid: &Grid) -> Vec<f64> {
        let spectra = self.spectra(grid, &PRECISE);
        let mut powers = Vec::with_capacity(grid.number);
        for Stretch {
            values: [weights, values, doubles],
            corrections,
        } in spectra.stretches()
        {
            let sums = weights.iter().zip(values).zip(doubles).zip(corrections);
            powers.extend(sums.map(|(((weight, value), double), &correction)| {
                let sums = Sums {
                    weight: weight * correction,
                    value: value * correction,
                    double: double * correction,
                };
                sums.power()
            }));
        }
        for (index, power) in powers.iter_mut().take(DIRECT).enumerate() {
            *power = self.power(grid.frequency(index));
        }
        powers
    }

    /// The power at all frequencies of a grid, good enough to see where its peaks are.
    pub fn coarse_powers(&self, grid: &Grid) -> Coarse {
        let spectra = self.spectra(grid, &COARSE);
        let mut coarse = Coarse {
            powers: vec![0.0; grid.number],
            determinants: vec![0.0; grid.number],
        };
        let mut begin = 0;
        for stretch in spectra.stretches() {
            let end = begin + stretch.corrections.len();
            let powers = &mut coarse.powers[begin..end];
            fill(&stretch, powers, &mut coarse.determinants[begin..end]);
            begin = end;
        }
        let small = coarse.determinants.iter().filter(|&&d| d <= SMALLEST);
        if small.count() > MOST_DIRECT {
            coarse.powers = self.powers(grid);
            coarse.determinants.fill(f32::INFINITY);
            return coarse;
        }
        self.replace_small(grid, &mut coarse);
        coarse
    }

    /// Direct sums where the determinant is small. Many are neighbours: from one to the next the waves are only turned.
    fn replace_small(&self, grid: &Grid, coarse: &mut Coarse) {
        let mut turns = Vec::new();
        let mut last: Option<(usize, Vec<Complex64>)> = None;
        for index in 0..grid.number {
            if coarse.determinants[index] > SMALLEST {
                continue;
            }
            let waves = match last.take() {
                Some((before, mut waves)) if before + 1 == index => {
                    if turns.is_empty() {
                        turns = self.waves(grid.step);
                    }
                    for (wave, turn) in waves.iter_mut().zip(&turns) {
                        *wave *= turn;
                    }
                    waves
                }
                _ => self.waves(grid.frequency(index)),
            };
            coarse.powers[index] = self.power_of(&waves);
            coarse.determinants[index] = f32::INFINITY;
            last = Some((index, waves));
        }
    }

    /// The sums of weights, and of weighted values, at all frequencies, and those of weights at twice the frequencies.
    fn spectra<T: Width, const W: usize, const D: usize>(
        &self,
        grid: &Grid,
        kernel: &'static Kernel<T, W, D>,
    ) -> Spectra<T, 3, W, D> {
        let waves = self.waves(grid.frequency(middle(grid.number)));
        let mut spectra = Spectra::new(kernel, grid.number);
        for ((time, weight, value), &wave) in self.epochs().zip(&waves) {
            let single = Term {
                wave,
                step: grid.step * time,
                coefficients: [weight, value],
            };
            let double = Term {
                wave: wave * wave,
                step: 2.0 * grid.step * time,
                coefficients: [weight],
            };
            spectra.add(0, single);
            spectra.add(2, double);
        }
        spectra.transform();
        spectra
    }
}

/// Power by the coarse transform, at all frequencies of a grid.
pub(super) struct Coarse {
    pub powers: Vec<f64>,
    /// Of the fit, over its trace; infinite where the power is exact.
    determinants: Vec<f32>,
}

impl Coarse {
    /// Whether sine and cosine are so different that the power is as smooth as the sums.
    pub fn is_smooth(&self, index: usize) -> bool {
        self.determinants[index] > SMOOTH && self.determinants[index].is_finite()
    }

    /// How far the power may be off: errors of the sums grow where sine and cosine are nearly one function.
    pub fn uncertainty(&self, index: usize) -> f64 {
        COARSENESS * f64::from(SMALLEST / self.determinants[index])
    }
}

/// Powers and determinants of neighbouring frequencies.
fn fill(stretch: &Stretch<'_, f32, 3>, powers: &mut [f64], determinants: &mut [f32]) {
    let number = stretch.corrections.len();
    let corrections = &stretch.corrections[..number];
    let [weights, values, doubles] = stretch.values.map(|values| &values[..number]);
    let (powers, determinants) = (&mut powers[..number], &mut determinants[..number]);
    for place in 0..number {
        let correction = corrections[place];
        let (c, s) = (
            weights[place].re * correction,
            weights[place].im * correction,
        );
        let (yc, ys) = (values[place].re * correction, values[place].im * correction);
        let double_c = doubles[place].re * correction;
        let double_s = doubles[place].im * correction;
        let cc = 0.5 * (1.0 + double_c) - c * c;
        let ss = 0.5 * (1.0 - double_c) - s * s;
        let cs = 0.5 * double_s - c * s;
        let determinant = cc * ss - cs * cs;
        let power = (ss * yc * yc + cc * ys * ys - 2.0 * cs * yc * ys) / determinant;
        powers[place] = f64::from(power);
        determinants[place] = determinant / (cc + ss);
    }
}

/// Terms of a Taylor series of the sums.
const ORDER: usize = 8;

/// Σ c e^{i(a + bx)} for small x, as Σ c e^{ia} (bx)^n iⁿ/n!: a sum over the epochs for each n, and none for each x.
fn taylor(terms: impl Iterator<Item = (Complex64, f64)>) -> [Complex64; ORDER] {
    let mut sums = [Complex64::ZERO; ORDER];
    for (mut term, at) in terms {
        for sum in &mut sums {
            *sum += term;
            term *= at;
        }
    }
    let mut factor = Complex64::ONE;
    for (n, sum) in sums.iter_mut().enumerate() {
        *sum *= factor;
        factor *= Complex64::I / (n as f64 + 1.0);
    }
    sums
}

/// The power near a frequency, from Taylor series of its sums.
pub(super) struct Series {
    /// Where they begin (1/d).
    frequency: f64,
    /// How far the outermost epochs turn (rad) for a change of the frequency by 1/d.
    radians: f64,
    weight: [Complex64; ORDER],
    value: [Complex64; ORDER],
    double: [Complex64; ORDER],
}

impl Series {
    /// Whether the terms left out, at most (2x)⁸/8! of Σ|c| where the outermost epoch turns by x, are below 1e-13: a small
    /// determinant makes more of it.
    pub fn reaches(&self, frequency: f64) -> bool {
        ((frequency - self.frequency) * self.radians).abs() < 0.045
    }

    /// The power at a frequency (1/d) that it [reaches](Series::reaches), with its derivatives; none where sine and cosine
    /// are one function.
    pub fn power(&self, frequency: f64) -> Option<Jet> {
        let x = (frequency - self.frequency) * self.radians;
        let [(c, s), (yc, ys), (double_c, double_s)] =
            [&self.weight, &self.value, &self.double].map(|terms| jets(terms, x));
        let one = Jet::constant(1.0);
        let cc = 0.5 * (one + double_c) - c * c;
        let ss = 0.5 * (one - double_c) - s * s;
        let cs = 0.5 * double_s - c * s;
        let determinant = cc * ss - cs * cs;
        let numerator = ss * yc * yc + cc * ys * ys - 2.0 * (cs * yc * ys);
        let is_regular = determinant.value > 1e-9 * (cc.value + ss.value).powi(2);
        let power = is_regular.then(|| numerator / determinant)?;
        let (first, second) = (power.first, power.second);
        let radians = self.radians;
        Some(Jet::new(
            power.value,
            first * radians,
            second * radians * radians,
        ))
    }
}

/// Real and imaginary part of Σ a xⁿ.
fn jets(terms: &[Complex64; ORDER], x: f64) -> (Jet, Jet) {
    let [mut value, mut first, mut half] = [Complex64::ZERO; 3];
    for &term in terms.iter().rev() {
        half = half * x + first;
        first = first * x + value;
        value = value * x + term;
    }
    (
        Jet::new(value.re, first.re, 2.0 * half.re),
        Jet::new(value.im, first.im, 2.0 * half.im),
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
