//! What a project may set for simulated events.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::Shape;
use crate::parameters::{Check, Parameters};

/// What a project may set under `simulator:`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SimulatorParameters {
    /// Shape of the events; any = each of the others equally often.
    pub template_shape: TemplateShape,
    /// Smallest full width at half maximum; widths are drawn evenly in their logarithm.
    #[schemars(range(max = 100_000.0), extend("exclusiveMinimum" = 0), extend("unit" = "d"))]
    pub min_width: f64,
    /// Largest full width at half maximum.
    #[schemars(range(max = 100_000.0), extend("exclusiveMinimum" = 0), extend("unit" = "d"))]
    pub max_width: f64,
    /// Expected signal to noise in the best lightcurve, drawn evenly between these. Where the drawn time and width
    /// leave an event unobserved, it is no brighter than one with its peak on an epoch at half of that.
    pub snr_range: [f64; 2],
    /// Change at the peak, drawn evenly between these instead of by snr_range; null = by snr_range.
    #[schemars(extend("unit" = "mag"))]
    pub mag_range: Option<[f64; 2]>,
    /// Part of the events that are dips instead of flares.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub fading_fraction: f64,
    /// When the peaks are: evenly over observed time (an epoch sees half of the peak or more), or over the whole span
    /// from the first to the last good epoch.
    pub time_distribution: TimeDistribution,
    /// Part of the variance of an epoch that is photon noise of the source: light added in proportion x adds that
    /// part times x to the variance. 1 = bright sources, 0 = limited by the background.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub source_noise_fraction: f64,
}

/// The shape of simulated events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the words of the project file
pub enum TemplateShape {
    Gaussian,
    Box,
    Flare,
    Any,
}

/// How the times of simulated events are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the words of the project file
pub enum TimeDistribution {
    Observed,
    Span,
}

impl Default for SimulatorParameters {
    fn default() -> SimulatorParameters {
        SimulatorParameters {
            template_shape: TemplateShape::Gaussian,
            min_width: 0.01,
            max_width: 1.0,
            snr_range: [3.0, 20.0],
            mag_range: None,
            fading_fraction: 0.0,
            time_distribution: TimeDistribution::Observed,
            source_noise_fraction: 1.0,
        }
    }
}

impl Parameters for SimulatorParameters {
    fn check(&self, check: &mut Check) {
        let rising = |range: [f64; 2]| range[0] > 0.0 && range[0] <= range[1];
        check.require(
            self.min_width <= self.max_width,
            "max_width",
            "it must not be below min_width",
        );
        let message = "give the smaller number first; both must be above 0";
        check.require(rising(self.snr_range), "snr_range", message);
        check.require(self.mag_range.is_none_or(rising), "mag_range", message);
    }
}

impl TemplateShape {
    /// The shapes to draw from.
    pub(super) fn choices(self) -> &'static [Shape] {
        match self {
            TemplateShape::Gaussian => &[Shape::Gaussian],
            TemplateShape::Box => &[Shape::Box],
            TemplateShape::Flare => &[Shape::Flare],
            TemplateShape::Any => &Shape::ALL,
        }
    }
}
