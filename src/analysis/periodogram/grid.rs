//! Which frequencies are looked at.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::parameters::{Check, Parameters};
use crate::statistics::quantile;

/// Evenly spaced frequencies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Lowest frequency, and the step to the next (1/d).
    pub first: f64,
    /// From one frequency to the next (1/d).
    pub step: f64,
    /// How many frequencies.
    pub number: usize,
}

/// What a project may set for periods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PeriodogramParameters {
    /// Frequencies over the width of a peak (one over the time from the first epoch to the last).
    #[schemars(range(min = 1.0, max = 100.0))]
    pub samples_per_peak: f64,
    /// Lowest frequency; null = half a step of the grid.
    #[schemars(extend("exclusiveMinimum" = 0), extend("unit" = "1/d"))]
    pub min_frequency: Option<f64>,
    /// Highest frequency; null = nyquist_factor times the mean Nyquist frequency, where the sampling can tell it.
    #[schemars(extend("exclusiveMinimum" = 0), extend("unit" = "1/d"))]
    pub max_frequency: Option<f64>,
    /// How far beyond the mean Nyquist frequency (half the epochs over the time they span) to look.
    #[schemars(range(min = 0.1, max = 1000.0))]
    pub nyquist_factor: f64,
    /// No more frequencies than this: the highest are left out.
    #[schemars(range(min = 10, max = 10_000_000))]
    pub max_frequencies: usize,
}

impl Default for PeriodogramParameters {
    fn default() -> PeriodogramParameters {
        PeriodogramParameters {
            samples_per_peak: 5.0,
            min_frequency: None,
            max_frequency: None,
            nyquist_factor: 5.0,
            max_frequencies: 200_000,
        }
    }
}

impl Parameters for PeriodogramParameters {
    fn check(&self, check: &mut Check) {
        let ordered = match (self.min_frequency, self.max_frequency) {
            (Some(low), Some(high)) => low < high,
            _ => true,
        };
        check.require(ordered, "max_frequency", "it must be above min_frequency");
    }
}

impl Grid {
    /// The grid for these times (d), as astropy's `autofrequency` has it (VanderPlas 2018, ApJS 236, 16), but not
    /// beyond one over twice the shortest steps (the 5th percentile): there even sampling repeats itself.
    ///
    /// None if the times do not differ, or if the highest frequency is below the lowest.
    pub fn suited_to(times: &[f64], parameters: &PeriodogramParameters) -> Option<Grid> {
        let (first, last) = times
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &time| {
                (low.min(time), high.max(time))
            });
        let baseline = last - first;
        if !(baseline > 0.0 && baseline.is_finite()) {
            return None;
        }
        let step = 1.0 / baseline / parameters.samples_per_peak;
        let low = parameters.min_frequency.unwrap_or(0.5 * step);
        let high = parameters.max_frequency.unwrap_or_else(|| {
            let nyquist = 0.5 * times.len() as f64 / baseline;
            (parameters.nyquist_factor * nyquist).min(folding_frequency(times))
        });
        let number = ((high - low) / step).round();
        if number.is_nan() || number < 0.0 {
            return None;
        }
        let number = (number as usize)
            .saturating_add(1)
            .min(parameters.max_frequencies);
        Some(Grid {
            first: low,
            step,
            number,
        })
    }

    /// The frequency at a place of the grid (1/d).
    pub fn frequency(&self, index: usize) -> f64 {
        self.first + self.step * index as f64
    }

    /// All frequencies (1/d).
    pub fn frequencies(&self) -> Vec<f64> {
        (0..self.number)
            .map(|index| self.frequency(index))
            .collect()
    }

    /// The highest frequency (1/d).
    pub fn highest(&self) -> f64 {
        self.frequency(self.number.saturating_sub(1))
    }
}

/// One over twice the 5th percentile of the steps between epochs of different times (1/d).
fn folding_frequency(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    if !sorted.is_sorted() {
        sorted.sort_unstable_by(f64::total_cmp);
    }
    let steps = sorted.windows(2).map(|pair| pair[1] - pair[0]);
    let mut steps: Vec<f64> = steps.collect();
    steps.retain(|&step| step > 0.0);
    quantile(&steps, 0.05).map_or(f64::INFINITY, |step| 0.5 / step)
}
