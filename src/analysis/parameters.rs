//! What a project may set for the analysis as a whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PropertiesParameters;
use crate::parameters::{Check, Parameters};

/// What a project may set under `analysis:`, whatever the class.
///
/// The switches that say what is done and kept are not critical: they change no number in any product, only which
/// products there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AnalysisParameters {
    /// Go on to the analysis after the reduction.
    #[schemars(extend("critical" = false))]
    pub enabled: bool,
    /// Simulated events for each source: a whole number is exact, a fraction is the mean of a Poisson number.
    #[schemars(range(min = 0.0, max = 10_000.0))]
    pub num_injections: f64,
    /// Keep lightcurves with their scores and quality flags as files.
    #[schemars(extend("critical" = false))]
    pub save_processed: bool,
    /// Keep lightcurves with simulated events as files. Truth and detections are always kept.
    #[schemars(extend("critical" = false))]
    pub save_simulated: bool,
    /// Events of several lightcurves that are not further apart than this are one detection.
    #[schemars(range(min = 0.0, max = 1000.0), extend("unit" = "d"))]
    pub coincidence_time: f64,
    /// Full width at half maximum of the events that searched time is told for: within half of it around each good epoch
    /// a source counts as watched. Rates are for the widths of the simulated events.
    #[schemars(range(max = 100_000.0), extend("exclusiveMinimum" = 0, "unit" = "d"))]
    pub event_duration: f64,
    /// The properties of sources.
    pub properties: PropertiesParameters,
}

impl Default for AnalysisParameters {
    fn default() -> AnalysisParameters {
        AnalysisParameters {
            enabled: true,
            num_injections: 1.0,
            save_processed: true,
            save_simulated: false,
            // two exposures of one visit to a field
            coincidence_time: 0.05,
            // the middle of what the simulator draws by default
            event_duration: 0.1,
            properties: PropertiesParameters::default(),
        }
    }
}

impl Parameters for AnalysisParameters {
    fn check(&self, check: &mut Check) {
        let periods = &self.properties.periodogram;
        let ends = periods.min_frequency.zip(periods.max_frequency);
        check.require(
            ends.is_none_or(|(low, high)| low < high),
            "properties.periodogram.max_frequency",
            "it must be above min_frequency",
        );
    }
}
