//! What a project may set for the analysis.

use retriever::parameters::{Check, Parameters};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a project may set under `analysis:` with `class: colours`, beside what belongs to every analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ColoursParameters {
    /// The filters of the two magnitudes, as the survey names them; the colour is blue minus red.
    pub blue_filter: String,
    pub red_filter: String,
    /// Epochs that are not further apart than this are a pair.
    #[schemars(range(min = 0.0, max = 1000.0), extend("unit" = "d"))]
    pub pair_time: f64,
    /// With fewer pairs nothing is said of a source.
    #[schemars(range(min = 2, max = 1_000_000))]
    pub min_pairs: usize,
    /// A colour is variable if noise has as much scatter with a probability below this.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub false_alarm_probability: f64,
}

impl Default for ColoursParameters {
    fn default() -> ColoursParameters {
        ColoursParameters {
            blue_filter: "zg".to_owned(),
            red_filter: "zr".to_owned(),
            // a night
            pair_time: 0.5,
            min_pairs: 5,
            false_alarm_probability: 1e-4,
        }
    }
}

impl Parameters for ColoursParameters {
    fn check(&self, check: &mut Check) {
        let message = "a colour needs two filters";
        check.require(self.blue_filter != self.red_filter, "red_filter", message);
    }
}
