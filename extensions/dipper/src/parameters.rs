//! What a project may set for the finder: name, meaning, unit, range and default, once each.

use retriever::parameters::{Check, Parameters};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Each box is longer than the one before by this factor: a dip is at most 12 % longer or shorter than the box nearest to it.
const RATIO: f64 = 1.25;

/// What a project may set under `finder:` with `class: dipper`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DipperParameters {
    /// Shortest dip.
    #[schemars(range(max = 10_000.0), extend("exclusiveMinimum" = 0, "unit" = "d"))]
    pub min_duration: f64,
    /// Longest dip.
    #[schemars(range(max = 10_000.0), extend("exclusiveMinimum" = 0, "unit" = "d"))]
    pub max_duration: f64,
    /// Smallest part of the usual flux that is missing: 0.01 is 1 %.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub min_depth: f64,
    /// The missing flux is more than this times its error.
    #[schemars(range(max = 1.0e6), extend("exclusiveMinimum" = 0, "unit" = "σ"))]
    pub snr_threshold: f64,
    /// Good epochs in a dip, at least: one alone is an outlier.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub min_epochs: usize,
    /// Of more dips in one lightcurve only the surest are kept.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_dips: usize,
    /// What is usual is the median of the good epochs in a window of this length; null = the robust mean of all.
    #[schemars(range(max = 1.0e6), extend("exclusiveMinimum" = 0, "unit" = "d"))]
    pub baseline_window: Option<f64>,
}

impl Default for DipperParameters {
    fn default() -> DipperParameters {
        DipperParameters {
            min_duration: 0.05,
            max_duration: 5.0,
            min_depth: 0.01,
            snr_threshold: 7.0,
            min_epochs: 3,
            max_dips: 10,
            baseline_window: None,
        }
    }
}

impl Parameters for DipperParameters {
    fn check(&self, check: &mut Check) {
        check.require(
            self.min_duration <= self.max_duration,
            "max_duration",
            "the longest dip is no shorter than min_duration",
        );
        let window = self.baseline_window;
        check.require(
            window.is_none_or(|window| window > 2.0 * self.max_duration),
            "baseline_window",
            "a window of less than two max_duration would take dips for usual",
        );
    }
}

impl DipperParameters {
    /// Lengths of the boxes (d), each longer than the one before by a quarter, both ends included.
    pub fn durations(&self) -> Vec<f64> {
        let longer = |duration: &f64| Some(duration * RATIO);
        let below = |duration: &f64| *duration < self.max_duration;
        let mut durations: Vec<f64> = std::iter::successors(Some(self.min_duration), longer)
            .take_while(below)
            .collect();
        durations.push(self.max_duration);
        durations
    }
}
