//! The generalised Lomb–Scargle periodogram: a sinusoid with a floating mean, fitted by weighted least squares.
//!
//! Zechmeister & Kürster 2009 (A&A 496, 577), power 1 − χ²/χ²₀ ("standard" in astropy); the false-alarm probability is
//! that of Baluev 2008 (MNRAS 385, 1279). All frequencies of a grid at once by a non-uniform Fourier transform, good
//! to about 1e-10 of the largest power. Who wants the best period alone has it from a coarser transform, and exactly:
//! each peak that may be the highest is climbed by direct sums.

mod grid; // which frequencies
mod jet; // numbers with derivatives
mod kernel; // of the transform
mod probability; // of peaks in noise
mod sums; // power of sums
mod transform; // sums at all frequencies
mod wave; // e^{ix}

use serde::{Deserialize, Serialize};

use sums::Weighted;

pub use grid::{Grid, PeriodogramParameters};
pub use probability::false_alarm_probability;

/// Power over a grid of frequencies.
#[derive(Debug, Clone, PartialEq)]
pub struct Periodogram {
    /// The frequencies.
    pub grid: Grid,
    /// 1 − χ²/χ²₀ at each frequency, from 0 to 1.
    pub power: Vec<f64>,
}

/// The highest peak of a periodogram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Frequency of the peak (1/d), refined between the frequencies of the grid, and one over it (d).
    pub frequency: f64,
    /// The period (d).
    pub period: f64,
    /// 1 − χ²/χ²₀ there.
    pub power: f64,
    /// How likely noise has a peak of this power at any frequency up to the highest of the grid (Baluev 2008).
    pub false_alarm_probability: f64,
}

/// Fewest epochs for a fit of three numbers that says anything.
const FEWEST: usize = 5;

impl Periodogram {
    /// The power of `values` with their `errors` (one unit) at `times` (d); all finite, errors above 0, in any order.
    ///
    /// None with fewer than five epochs, or values that are all the same.
    ///
    /// # Panics
    /// If the three are not of equal length.
    pub fn of(times: &[f64], values: &[f64], errors: &[f64], grid: Grid) -> Option<Periodogram> {
        let data = Weighted::new(times, values, errors)?;
        let power = data.powers(&grid);
        Some(Periodogram { grid, power })
    }

    /// The highest peak on the grid that suits these times, refined; the grid is not kept.
    ///
    /// None where [`Periodogram::of`] has none, or if the times do not differ.
    pub fn best_period(
        times: &[f64],
        values: &[f64],
        errors: &[f64],
        parameters: &PeriodogramParameters,
    ) -> Option<Period> {
        let grid = Grid::suited_to(times, parameters)?;
        let data = Weighted::new(times, values, errors)?;
        let powers = data.coarse_powers(&grid);
        let peaks = highest(&powers).into_iter();
        let tops = peaks.map(|peak| top(&data, &grid, &powers, peak));
        // of equal peaks the first
        let (frequency, power) =
            tops.reduce(|best, other| if other.1 > best.1 { other } else { best })?;
        Some(Period {
            frequency,
            period: 1.0 / frequency,
            power,
            false_alarm_probability: false_alarm_probability(power, times, errors, grid.highest()),
        })
    }
}

/// A peak may be lower than it is by so much in coarse powers.
const COARSENESS: f64 = 2e-3;

/// No more peaks than this are looked at: where so many are equally high none is the period.
const MOST_PEAKS: usize = 16;

/// Where the peaks are that may be the highest, in the order of the frequencies.
fn highest(powers: &[f64]) -> Vec<usize> {
    let most = powers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let lowest = most - 2.0 * COARSENESS;
    let before = |index: usize| {
        index
            .checked_sub(1)
            .map_or(f64::NEG_INFINITY, |i| powers[i])
    };
    let after = |index: usize| powers.get(index + 1).copied().unwrap_or(f64::NEG_INFINITY);
    let is_peak = |&index: &usize| {
        let power = powers[index];
        power >= lowest && power >= before(index) && power > after(index)
    };
    let mut peaks: Vec<usize> = (0..powers.len()).filter(is_peak).collect();
    if peaks.len() > MOST_PEAKS {
        peaks.sort_by(|&a, &b| powers[b].total_cmp(&powers[a]));
        peaks.truncate(MOST_PEAKS);
        peaks.sort_unstable();
    }
    peaks
}

/// Frequency and power of the top of the peak at a frequency of the grid.
fn top(data: &Weighted, grid: &Grid, powers: &[f64], peak: usize) -> (f64, f64) {
    let (frequency, coarse) = (grid.frequency(peak), powers[peak]);
    let neighbours = peak
        .checked_sub(1)
        .and_then(|before| Some((powers[before], *powers.get(peak + 1)?)));
    let climbed = neighbours.and_then(|(low, high)| {
        let offset = 0.5 * (low - high) / (low - 2.0 * coarse + high);
        climb(data, frequency, grid.step, offset.clamp(-0.5, 0.5))
    });
    // on another peak, if not as high as where it began
    climbed
        .filter(|&(_, power)| power > coarse - COARSENESS)
        .unwrap_or_else(|| refine(data, frequency, grid.step, data.power(frequency)))
}

/// Newton's way to the top, from `offset` steps beside a frequency of the grid. None if it leads away by more than a
/// step.
fn climb(data: &Weighted, frequency: f64, step: f64, offset: f64) -> Option<(f64, f64)> {
    /// When the last stride is shorter than this (steps of the grid) the next one would be of 1e-6.
    const SHORT: f64 = 2e-3;
    const MOST_STRIDES: usize = 6;
    let mut place = frequency + offset * step;
    for _ in 0..MOST_STRIDES {
        let power = data.power_with_derivatives(place)?;
        let stride = -power.first / power.second;
        if !(power.second < 0.0 && (place + stride - frequency).abs() < step) {
            return None;
        }
        if stride.abs() < SHORT * step {
            let there = power.value + stride * (power.first + stride * power.second / 2.0);
            return Some((place + stride, there.clamp(0.0, 1.0)));
        }
        place += stride;
    }
    None
}

/// Follows parabolas to the top of the peak, each through points nearer to it: slower than Newton's way, and never
/// down.
fn refine(data: &Weighted, frequency: f64, step: f64, power: f64) -> (f64, f64) {
    let (mut frequency, mut power) = (frequency, power);
    for fraction in [0.5, 0.1, 0.02] {
        let reach = (step * fraction).min(frequency / 2.0);
        let low = data.power(frequency - reach);
        let high = data.power(frequency + reach);
        let curvature = low - 2.0 * power + high;
        if curvature < 0.0 {
            let offset = (0.5 * (low - high) / curvature).clamp(-1.0, 1.0) * reach;
            let there = data.power(frequency + offset);
            if there > power {
                (frequency, power) = (frequency + offset, there);
            }
        }
    }
    (frequency, power)
}

#[cfg(test)]
mod tests;
