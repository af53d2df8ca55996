//! Parameters that every observatory has.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::parameters::{Check, Parameters};

/// What a project may set for any observatory, under `observatories:` or in the section of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ObservatoryParameters {
    /// Requests in flight per host.
    #[schemars(range(min = 1, max = 1000), extend("critical" = false))]
    pub max_concurrency: usize,
    /// Requests per second per host; null = no limit.
    #[schemars(range(min = 0.001, max = 10_000.0), extend("unit" = "1/s", "critical" = false))]
    pub rate_limit: Option<f64>,
    /// Longest wait for the next bytes of a reply.
    #[schemars(range(min = 0.1, max = 3600.0), extend("unit" = "s", "critical" = false))]
    pub read_timeout: f64,
    /// How often a request that failed for a passing reason is sent again.
    #[schemars(range(min = 0, max = 100), extend("critical" = false))]
    pub max_retries: u32,
    /// First pause before a request is sent again; it doubles each time, with jitter.
    #[schemars(range(min = 0.0, max = 600.0), extend("unit" = "s", "critical" = false))]
    pub retry_delay: f64,
    /// Whom an archive's staff may write to (an address or a page), sent with each request; null = nobody.
    #[schemars(extend("critical" = false))]
    pub contact: Option<String>,
    /// Fetch again what was fetched with other download parameters; otherwise it is used, with a warning.
    pub check_download_pars: bool,
}

impl Default for ObservatoryParameters {
    fn default() -> ObservatoryParameters {
        ObservatoryParameters {
            max_concurrency: 4,
            rate_limit: Some(4.0),
            read_timeout: 240.0,
            max_retries: 5,
            retry_delay: 1.0,
            contact: None,
            check_download_pars: false,
        }
    }
}

impl Parameters for ObservatoryParameters {
    fn check(&self, check: &mut Check) {
        let printable = |c: char| c == ' ' || c.is_ascii_graphic();
        let sendable = self
            .contact
            .as_deref()
            .is_none_or(|contact| contact.chars().all(printable));
        check.require(
            sendable,
            "contact",
            "only plain ASCII characters can be sent",
        );
    }
}
