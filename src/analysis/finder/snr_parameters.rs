//! What a project may set for the finder of single peaks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::parameters::{Check, Parameters};

/// What a project may set under `finder:` with `class: snr`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SnrParameters {
    /// The peak of an event stands out by more than this.
    #[schemars(range(max = 1.0e6), extend("exclusiveMinimum" = 0, "unit" = "σ"))]
    pub snr_threshold: f64,
    /// Epochs next to the peak belong to its event while they stand out by more than this; below 0: so much less than
    /// `snr_threshold`. A lower epoch in between does not make two events of one, unless it is quiet again.
    #[schemars(range(min = -1.0e6, max = 1.0e6), extend("unit" = "σ"))]
    pub snr_threshold_sidebands: f64,
    /// Of more events in one lightcurve only the strongest are kept.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_det_per_lc: usize,
    /// Look for dips as well as for brightenings.
    pub abs_snr: bool,
    /// Leave out events of which an epoch fails a quality cut; otherwise they are kept and marked.
    pub remove_failed: bool,
    /// The usual flux at an epoch is the median of the good epochs in a window of this length around it, so that slow
    /// variables have no events for being slow; null = the robust mean of all.
    #[schemars(range(max = 1.0e6), extend("exclusiveMinimum" = 0, "unit" = "d"))]
    pub baseline_window: Option<f64>,
}

impl Default for SnrParameters {
    fn default() -> SnrParameters {
        SnrParameters {
            snr_threshold: 5.0,
            snr_threshold_sidebands: -2.0,
            max_det_per_lc: 10,
            abs_snr: true,
            remove_failed: false,
            baseline_window: None,
        }
    }
}

impl Parameters for SnrParameters {
    fn check(&self, check: &mut Check) {
        check.require(
            self.snr_threshold_sidebands <= self.snr_threshold,
            "snr_threshold_sidebands",
            "sidebands begin below the peak: no more than snr_threshold",
        );
    }
}

impl SnrParameters {
    /// The sideband threshold as such: 0 or more.
    pub(super) fn sideband(&self) -> f64 {
        if self.snr_threshold_sidebands < 0.0 {
            (self.snr_threshold + self.snr_threshold_sidebands).max(0.0)
        } else {
            self.snr_threshold_sidebands
        }
    }
}
