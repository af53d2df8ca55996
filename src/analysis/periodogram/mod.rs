//! The generalised Lomb–Scargle periodogram: a sinusoid with a floating mean, fitted by weighted least squares.
//!
//! Zechmeister & Kürster 2009 (A&A 496, 577), power 1 − χ²/χ²₀ ("standard" in astropy); the false-alarm probability is
//! that of Baluev 2008 (MNRAS 385, 1279). All frequencies of a grid at once by a non-uniform Fourier transform, good
//! to about 1e-10 of the largest power.

mod grid;
mod probability;
mod sums;
mod transform;

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
        let power = data.powers(&grid);
        let best = (0..power.len()).max_by(|&a, &b| power[a].total_cmp(&power[b]))?;
        let (frequency, power) = refine(&data, grid.frequency(best), grid.step, power[best]);
        Some(Period {
            frequency,
            period: 1.0 / frequency,
            power,
            false_alarm_probability: false_alarm_probability(power, times, errors, grid.highest()),
        })
    }
}

/// Follows parabolas to the top of the peak, each through points nearer to it.
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
