//! Parameters with everything that a field can have, for the tests of this room.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Check, Parameters, Secret};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Finder {
    /// Score above which an epoch is a detection;
    /// lower finds more, and more noise.
    #[serde(alias = "threshold")]
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1000, "unit" = "sigma"))]
    pub snr_threshold: f64,
    /// Number of kernels.
    #[schemars(range(min = 1, max = 500))]
    pub num_kernels: u32,
    /// Which finder.
    #[serde(alias = "class")]
    pub kind: Kind,
    /// Requests a second, null for no limit.
    #[schemars(range(min = 0.1), extend("unit" = "1/s"))]
    pub rate_limit: Option<f64>,
    /// Smallest and largest score.
    #[schemars(inner(range(min = 0.0)))]
    pub limits: [f64; 2],
    /// Any names.
    pub words: BTreeMap<String, String>,
    /// Address of the service.
    #[schemars(extend("critical" = false))]
    pub url: String,
    /// Word of the service.
    pub password: Option<Secret>,
    /// A struct within.
    pub nested: Nested,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// Signal to noise.
    Snr,
    /// A bank of templates.
    MatchedFilter,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Nested {
    /// How deep.
    #[serde(alias = "levels")]
    #[schemars(range(max = 9))]
    pub depth: u8,
    /// How many at once.
    #[schemars(extend("critical" = false))]
    pub threads: u32,
}

impl Default for Finder {
    fn default() -> Self {
        Finder {
            snr_threshold: 5.0,
            num_kernels: 20,
            kind: Kind::Snr,
            rate_limit: None,
            limits: [3.0, 20.0],
            words: BTreeMap::new(),
            url: "https://example.org".into(),
            password: None,
            nested: Nested::default(),
        }
    }
}

impl Default for Nested {
    fn default() -> Self {
        Nested {
            depth: 2,
            threads: 1,
        }
    }
}

impl Parameters for Finder {
    fn check(&self, check: &mut Check) {
        let [low, high] = self.limits;
        check.require(low < high, "limits", format!("{low} is not below {high}"));
    }
}
