//! Parameters of the project itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::parameters::{Check, Parameters};

/// What a project may set under `project:`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProjectParameters {
    /// Name, in any case; becomes upper-case, with `_` for blanks and dashes. Folders are named after it.
    pub name: String,
    /// Observatories to ask, in any case.
    pub obs_names: Vec<String>,
    /// Free text.
    #[schemars(extend("critical" = false))]
    pub description: String,
    /// Keep products under a folder named after the exact configuration and code that made them.
    #[serde(alias = "vc")]
    #[schemars(extend("critical" = false))]
    pub version_control: bool,
    /// Sources that are committed to the database together.
    #[schemars(range(min = 1, max = 10_000), extend("critical" = false))]
    pub source_batch_size: usize,
    /// Failed sources after which the run stops.
    #[schemars(range(min = 1), extend("critical" = false))]
    pub max_num_total_exceptions: usize,
    /// Sources failing one after the other after which the run stops.
    #[schemars(range(min = 1), extend("critical" = false))]
    pub max_num_sequence_exceptions: usize,
    /// Root of every random number.
    pub seed: u64,
}

impl Default for ProjectParameters {
    fn default() -> ProjectParameters {
        ProjectParameters {
            name: String::new(),
            obs_names: Vec::new(),
            description: String::new(),
            version_control: false,
            source_batch_size: 100,
            max_num_total_exceptions: 100,
            max_num_sequence_exceptions: 10,
            seed: 0,
        }
    }
}

impl Parameters for ProjectParameters {
    fn check(&self, check: &mut Check) {
        check.require(
            !self.name.trim().is_empty(),
            "name",
            "the project needs a name",
        );
        check.require(
            !self.obs_names.is_empty(),
            "obs_names",
            "list the observatories to ask, like [ZTF]",
        );
    }
}
