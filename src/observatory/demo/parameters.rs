//! What a project may set for the demo observatory.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::parameters::{Check, Parameters};

/// What a project may set under `observatories: demo:`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DemoParameters {
    /// Epochs of each target.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub num_points: usize,
    /// First and last start of an exposure (MJD).
    #[schemars(extend("unit" = "d"))]
    pub mjd_range: [f64; 2],
    /// Draw the times at random instead of spacing them evenly.
    pub shuffle_time: bool,
    /// Range of the magnitude errors.
    #[schemars(extend("unit" = "mag"))]
    pub mag_err_range: [f64; 2],
    /// Mean magnitude; the catalog's magnitude is ignored.
    #[schemars(range(min = -30.0, max = 40.0), extend("unit" = "mag"))]
    pub mean_mag: f64,
    /// Exposure time.
    #[schemars(range(min = 0.0, max = 86400.0), extend("unit" = "s"))]
    pub exptime: f64,
    /// Name of the filter.
    pub filter: String,
    /// Mean number of flares in each target.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub flare_rate: f64,
    /// Fraction of the targets for which the archive has nothing.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub empty_rate: f64,
    /// Fraction of the targets for which the archive answers with an error.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub failure_rate: f64,
    /// Time that each answer takes.
    #[schemars(range(min = 0.0, max = 3600.0), extend("unit" = "s", "critical" = false))]
    pub wait_time: f64,
    /// Mean of a Poisson number of further seconds.
    #[schemars(range(min = 0.0, max = 3600.0), extend("unit" = "s", "critical" = false))]
    pub wait_time_poisson: f64,
    /// A season ends where the next epoch comes later than this.
    #[schemars(range(min = 0.0), extend("unit" = "d"))]
    pub gap: f64,
    /// Lightcurves that differ more from the catalog's magnitude are not the target; null = no cut.
    #[schemars(range(min = 0.0), extend("unit" = "mag"))]
    pub mag_range: Option<f64>,
    /// Leave out flagged epochs instead of keeping them with their flag.
    pub drop_bad: bool,
}

impl Default for DemoParameters {
    fn default() -> DemoParameters {
        DemoParameters {
            num_points: 100,
            mjd_range: [57_000.0, 58_000.0],
            shuffle_time: false,
            mag_err_range: [0.09, 0.11],
            mean_mag: 18.0,
            exptime: 30.0,
            filter: "R".to_owned(),
            flare_rate: 0.0,
            empty_rate: 0.0,
            failure_rate: 0.0,
            wait_time: 0.0,
            wait_time_poisson: 0.0,
            gap: 40.0,
            mag_range: None,
            drop_bad: false,
        }
    }
}

impl Parameters for DemoParameters {
    fn check(&self, check: &mut Check) {
        for (name, range) in [
            ("mjd_range", self.mjd_range),
            ("mag_err_range", self.mag_err_range),
        ] {
            check.require(range[0] <= range[1], name, "a range is [smallest, largest]");
        }
        check.require(
            self.mag_err_range[0] >= 0.0,
            "mag_err_range",
            "errors are 0 or more",
        );
        check.require(
            !self.filter.trim().is_empty(),
            "filter",
            "the filter needs a name",
        );
    }
}

impl DemoParameters {
    /// The parameters that change what the simulated archive sends.
    pub(super) fn download_parameters(&self, seed: u64) -> Map<String, Value> {
        let value = json!({
            "num_points": self.num_points,
            "mjd_range": self.mjd_range,
            "shuffle_time": self.shuffle_time,
            "mag_err_range": self.mag_err_range,
            "mean_mag": self.mean_mag,
            "exptime": self.exptime,
            "filter": self.filter,
            "flare_rate": self.flare_rate,
            "empty_rate": self.empty_rate,
            "seed": seed,
        });
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }
}
