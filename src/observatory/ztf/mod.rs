//! ZTF: IRSA's light-curve service, one cone a target, CSV.
//!
//! Formats and traps of the service: <https://irsa.ipac.caltech.edu/docs/program_interface/ztf_lightcurve_api.html>.
//! This file is the only one that waits for the archive; `request`, `reply` and `reduce` are pure.

mod credit;
mod oid;
mod parameters;
mod reduce;
mod reply;
mod request;

use async_trait::async_trait;
use serde_json::{Map, Value};

pub use oid::Oid;
pub use parameters::ZtfParameters;
pub use reply::parse as parse_reply;

use super::{
    BuildError, FetchError, Fetched, Provenance, ReduceError, Reduction, Surroundings, Used,
    VirtualObservatory,
};
use crate::archive::Archive;
use crate::catalog::Target;
use crate::credit::Credit;
use crate::parameters::Credentials;
use crate::photometry::{RawPhotometry, TimeColumn};
use crate::time::TimeFrame;

/// Upper-case name of the observatory.
pub const NAME: &str = "ZTF";

/// The Zwicky Transient Facility through IRSA's light-curve service.
#[derive(Debug)]
pub struct Ztf {
    parameters: ZtfParameters,
    /// Public releases need none; with them, one login a run.
    credentials: Option<Credentials>,
}

impl Ztf {
    /// Credentials are looked up in the surroundings; without any, requests are anonymous.
    pub fn new(parameters: ZtfParameters, surroundings: &Surroundings) -> Result<Ztf, BuildError> {
        let credentials = surroundings.credentials(NAME, &[("ZTF_USERNAME", "ZTF_PASSWORD")])?;
        Ok(Ztf {
            parameters,
            credentials,
        })
    }
}

#[async_trait]
impl VirtualObservatory for Ztf {
    fn name(&self) -> &str {
        NAME
    }

    fn epoch_names() -> Option<&'static [&'static str]> {
        Some(&reduce::EPOCH_NAMES)
    }

    fn skips(&self, target: &Target) -> Option<String> {
        self.parameters.skips(target)
    }

    fn download_parameters(&self) -> Map<String, Value> {
        self.parameters.download_parameters()
    }

    async fn fetch(&self, target: &Target, archive: &Archive) -> Result<Fetched, FetchError> {
        if let Some(rule) = self.skips(target) {
            return Ok(Fetched::Skipped { rule });
        }
        let signed_on = match &self.credentials {
            Some(credentials) => {
                let login = request::login(&self.parameters, credentials);
                Some(archive.session(NAME, login, reply::judge_login).await?)
            }
            None => None,
        };
        let archive = signed_on.as_ref().unwrap_or(archive);
        let reply = archive
            .get(
                request::light_curves(&self.parameters, target),
                reply::judge,
            )
            .await?;
        let provenance = Provenance {
            url: reply.url.to_string(),
            release: self.parameters.collection.clone(),
            note: String::new(),
        };
        let table = reply::parse(&reply.body).map_err(|problem| FetchError::Reply {
            service: "the ZTF light-curve service".to_owned(),
            url: reply.url.to_string(),
            problem,
        })?;
        if table.is_empty() {
            return Ok(Fetched::Empty { provenance });
        }
        let raw = RawPhotometry {
            observatory: NAME.to_owned(),
            source_name: target.name.clone(),
            time: Some(TimeColumn {
                name: "mjd".to_owned(),
                frame: TimeFrame::UTC_START_OF_EXPOSURE,
            }),
            table,
            altdata: Map::new(),
        };
        Ok(Fetched::Data { raw, provenance })
    }

    fn credits(&self, used: &Used) -> Vec<Credit> {
        credit::credits(used)
    }

    fn reduce(
        &self,
        raw: &RawPhotometry,
        target: Option<&Target>,
    ) -> Result<Reduction, ReduceError> {
        reduce::by_object_and_season(raw, target, &self.parameters)
    }
}
