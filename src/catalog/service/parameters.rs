//! What a project may set in `catalog: gaia:` and `catalog: vizier:`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Addresses of the services.
const GAIA: &str = "https://gea.esac.esa.int/tap-server/tap";
const VIZIER: &str = "https://tapvizier.cds.unistra.fr/TAPVizieR/tap";

/// Rows that are asked for at most: what the Gaia archive gives to those who have not signed on.
const MAX_ROWS: u64 = 3_000_000;
/// Longest wait for a job (s): the Gaia archive ends jobs after 90 minutes, or 120 for those who have signed on.
const TIMEOUT: f64 = 7_200.0;
/// Longest wait between two looks at a job (s).
const POLL_INTERVAL: f64 = 10.0;

/// How a service is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// One request that is answered at once, or not at all.
    Sync,
    /// A job at the service, which goes on while nobody waits, and is found again by the next run.
    Async,
}

/// A query of the Gaia archive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GaiaParameters {
    /// What is asked, in ADQL: `SELECT source_id, ra, dec, pmra, pmdec, phot_g_mean_mag FROM gaiadr3.gaia_source WHERE …`.
    pub adql: String,
    /// Base address of the TAP service, also of a mirror.
    #[schemars(extend("critical" = false))]
    pub url: String,
    /// Rows that the service may send; more are an error, so that none is missing unnoticed.
    #[schemars(range(min = 1, max = 1_000_000_000), extend("critical" = false))]
    pub max_rows: u64,
    /// `async`: a job that a later run finds again; `sync`: at once, which the Gaia archive cuts at 2000 rows.
    #[schemars(extend("critical" = false))]
    pub mode: Mode,
    /// Longest wait for the job; the next run waits for the same one again.
    #[schemars(range(min = 1.0, max = 604_800.0), extend("unit" = "s", "critical" = false))]
    pub timeout: f64,
    /// Longest wait between two looks at the job.
    #[schemars(range(min = 0.01, max = 600.0), extend("unit" = "s", "critical" = false))]
    pub poll_interval: f64,
}

impl Default for GaiaParameters {
    fn default() -> GaiaParameters {
        GaiaParameters {
            adql: String::new(),
            url: GAIA.to_owned(),
            max_rows: MAX_ROWS,
            mode: Mode::Async,
            timeout: TIMEOUT,
            poll_interval: POLL_INTERVAL,
        }
    }
}

/// A table of VizieR.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VizierParameters {
    /// Name of the table, like `J/MNRAS/508/3877/maincat`. Its positions are taken as of J2000 unless
    /// `catalog_observation_year` says otherwise.
    pub table: String,
    /// Columns to take, in exactly this spelling (`Gmag` and `gmag` are two); all if not set.
    pub columns: Vec<String>,
    /// Which rows, in ADQL: `Pwd > 0.75`. Names that differ only by case go in double quotes.
    #[serde(rename = "where")]
    pub condition: Option<String>,
    /// So many rows and no more, on purpose (SELECT TOP).
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub top: Option<u64>,
    /// Base address of the TAP service, also of a mirror.
    #[schemars(extend("critical" = false))]
    pub url: String,
    /// Rows that the service may send; more are an error, so that none is missing unnoticed.
    #[schemars(range(min = 1, max = 1_000_000_000), extend("critical" = false))]
    pub max_rows: u64,
    /// `sync`: at once; `async`: a job that a later run finds again, for what takes long.
    #[schemars(extend("critical" = false))]
    pub mode: Mode,
    /// Longest wait for the job; the next run waits for the same one again.
    #[schemars(range(min = 1.0, max = 604_800.0), extend("unit" = "s", "critical" = false))]
    pub timeout: f64,
    /// Longest wait between two looks at the job.
    #[schemars(range(min = 0.01, max = 600.0), extend("unit" = "s", "critical" = false))]
    pub poll_interval: f64,
}

impl Default for VizierParameters {
    fn default() -> VizierParameters {
        VizierParameters {
            table: String::new(),
            columns: Vec::new(),
            condition: None,
            top: None,
            url: VIZIER.to_owned(),
            max_rows: MAX_ROWS,
            mode: Mode::Sync,
            timeout: TIMEOUT,
            poll_interval: POLL_INTERVAL,
        }
    }
}
