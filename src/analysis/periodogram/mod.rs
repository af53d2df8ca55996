//! The generalised Lomb–Scargle periodogram: a sinusoid with a floating mean, fitted by weighted least squares.
//!
//! Zechmeister & Kürster 2009 (A&A 496, 577), power 1 − χ²/χ²₀ ("standard" in astropy); the false-alarm probability is
//! that of Baluev 2008 (MNRAS 385, 1279). All frequencies of a grid at once by a non-uniform Fourier transform, good
//! to about 1e-10 of the largest power. Who wants the best period alone has it from a coarser transform, and exactly:
//! each peak that may be the highest is climbed by direct sums.

mod grid; // which frequencies
mod jet; // numbers with derivatives
mod kernel; // of the transform
mod peaks; // the highest of them
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
        let (frequency, power) = peaks::highest(&data, &grid)?;
        Some(Period {
            frequency,
            period: 1.0 / frequency,
            power,
            false_alarm_probability: false_alarm_probability(power, times, errors, grid.highest()),
        })
    }
}

#[cfg(test)]
mod tests;
