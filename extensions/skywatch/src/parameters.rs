//! What a project may set for the survey.

use retriever::parameters::{Check, Parameters};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a project may set under `observatories: skywatch:`. How often and how fast is asked needs no place here: every
/// observatory has `rate_limit`, `max_concurrency`, `max_retries` and so on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SkywatchParameters {
    /// Address of the service.
    #[schemars(extend("critical" = false))]
    pub url: String,
    /// The object is the nearest to the target within this.
    #[schemars(range(min = 0.1, max = 600.0), extend("unit" = "arcsec"))]
    pub radius: f64,
    /// Targets north of this declination are skipped: the survey does not see them.
    #[schemars(range(min = -90.0, max = 90.0), extend("unit" = "deg"))]
    pub maximal_declination: f64,
    /// A season ends where the next epoch comes later than this.
    #[schemars(range(min = 0.0), extend("unit" = "d"))]
    pub gap: f64,
}

impl Default for SkywatchParameters {
    fn default() -> SkywatchParameters {
        SkywatchParameters {
            url: "http://127.0.0.1:8765".to_owned(),
            radius: 5.0,
            maximal_declination: 60.0,
            gap: 40.0,
        }
    }
}

impl Parameters for SkywatchParameters {
    fn check(&self, check: &mut Check) {
        let is_web = self.url.starts_with("http://") || self.url.starts_with("https://");
        check.require(is_web, "url", "an address begins with https:// or http://");
    }
}
