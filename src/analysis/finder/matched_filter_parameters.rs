//! What a project may set for the matched filter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::Shape;
use crate::parameters::{Check, Parameters};

/// A running median over less than this multiple of the widest template takes much of its signal away.
const SHORTEST_WINDOW: f64 = 3.0;

/// What a project may set under `finder:` with `class: matched_filter`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MatchedFilterParameters {
    /// The best template of an event stands out by more than this. Higher than for single epochs: many more
    /// trials are made.
    #[schemars(range(max = 1.0e6), extend("exclusiveMinimum" = 0, "unit" = "σ"))]
    pub snr_threshold: f64,
    /// Of more events in one lightcurve only the strongest are kept.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_det_per_lc: usize,
    /// Look for dips as well as for brightenings.
    pub abs_snr: bool,
    /// Shapes of the templates.
    #[serde(alias = "template_shape")]
    #[schemars(length(min = 1))]
    pub template_shapes: Vec<Shape>,
    /// Full width at half maximum of the narrowest templates.
    #[schemars(range(min = 1.0e-5, max = 1.0e6), extend("unit" = "d"))]
    pub min_width: f64,
    /// Full width at half maximum of the widest templates.
    #[schemars(range(min = 1.0e-5, max = 1.0e6), extend("unit" = "d"))]
    pub max_width: f64,
    /// Neighbours in width and in time overlap by at least this: the fraction of the signal to noise that one keeps
    /// if the other is tried.
    #[schemars(range(min = 0.5, max = 0.999))]
    pub overlap_required: f64,
    /// A template is tried where at least so many good epochs lie within its full width at half maximum: fewer tell
    /// nothing of a shape.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub min_epochs: usize,
    /// The usual flux at an epoch is the median of the good epochs in a window of this length around it, at least
    /// three times `max_width`; null = the robust mean of all.
    #[schemars(range(max = 1.0e6), extend("exclusiveMinimum" = 0, "unit" = "d"))]
    pub baseline_window: Option<f64>,
}

impl Default for MatchedFilterParameters {
    fn default() -> MatchedFilterParameters {
        MatchedFilterParameters {
            snr_threshold: 6.0,
            max_det_per_lc: 10,
            abs_snr: true,
            template_shapes: Shape::ALL.to_vec(),
            min_width: 0.01,
            max_width: 3.0,
            overlap_required: 0.95,
            min_epochs: 3,
            baseline_window: None,
        }
    }
}

impl Parameters for MatchedFilterParameters {
    fn check(&self, check: &mut Check) {
        check.require(
            self.min_width <= self.max_width,
            "min_width",
            "the narrowest template is no wider than max_width",
        );
        check.require(
            self.baseline_window
                .is_none_or(|window| window >= SHORTEST_WINDOW * self.max_width),
            "baseline_window",
            "a window shorter than three times max_width takes the signal away",
        );
        let different = |(index, shape)| !self.template_shapes[..index].contains(shape);
        check.require(
            self.template_shapes.iter().enumerate().all(different),
            "template_shapes",
            "list each shape once",
        );
    }
}
