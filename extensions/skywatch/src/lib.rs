//! A survey of one's own for Retriever: SKYWATCH, made up after the services of small ground-based surveys.
//!
//! The service knows two questions, and answers both in CSV:
//!
//! - `GET /objects?ra=150.1&dec=2.2&radius=5`: the objects in a cone (deg, deg, arcsec): `id,ra,dec,v_mag`;
//! - `GET /lightcurves/SW0001.csv`: the epochs of an object: `jd,camera,filter,mag,mag_err,limit,exptime,quality`.
//!
//! A survey is four things: what a project may set (`parameters`), what is asked ([`request`]), what an answer means
//! ([`reply`]), and how raw epochs become lightcurves ([`reduce`]). This file joins them, and is the only one that waits.

mod parameters;
pub mod reduce;
pub mod reply;
pub mod request;

use async_trait::async_trait;
use retriever::archive::{Archive, Reply};
use retriever::catalog::Target;
use retriever::credit::{Credit, Reference};
use retriever::observatory::{
    BuildError, FetchError, Fetched, Provenance, ReduceError, Reduction, Registry, Surroundings,
    Used, VirtualObservatory,
};
use retriever::photometry::{RawPhotometry, TimeColumn};
use serde_json::{Map, Value, json};

pub use parameters::SkywatchParameters;

/// Upper-case name of the observatory.
pub const NAME: &str = "SKYWATCH";

/// The observatories that come with Retriever, and this one.
pub fn observatories() -> Registry {
    let mut registry = Registry::standard();
    registry.add(NAME, Skywatch::new);
    registry
}

/// The survey through its web service.
#[derive(Debug)]
pub struct Skywatch {
    parameters: SkywatchParameters,
}

impl Skywatch {
    /// The service is public: no credentials are looked for in the surroundings.
    pub fn new(parameters: SkywatchParameters, _: &Surroundings) -> Result<Skywatch, BuildError> {
        Ok(Skywatch { parameters })
    }
}

#[async_trait]
impl VirtualObservatory for Skywatch {
    fn name(&self) -> &str {
        NAME
    }

    fn skips(&self, target: &Target) -> Option<String> {
        let limit = self.parameters.maximal_declination;
        (target.dec > limit).then(|| format!("declination {:.2} is above {limit}", target.dec))
    }

    fn download_parameters(&self) -> Map<String, Value> {
        Map::from_iter([("radius".to_owned(), json!(self.parameters.radius))])
    }

    async fn fetch(&self, target: &Target, archive: &Archive) -> Result<Fetched, FetchError> {
        let cone = archive
            .get(request::objects(&self.parameters, target), reply::judge)
            .await?;
        let objects = reply::objects(&cone.body).map_err(|problem| unusable(&cone, problem))?;
        let Some(object) = reply::nearest(&objects, target, self.parameters.radius) else {
            return Ok(Fetched::Empty {
                provenance: provenance(&cone),
            });
        };
        let epochs = archive
            .get(
                request::lightcurve(&self.parameters, &object.id),
                reply::judge,
            )
            .await?;
        let table = reply::epochs(&epochs.body).map_err(|problem| unusable(&epochs, problem))?;
        if table.is_empty() {
            return Ok(Fetched::Empty {
                provenance: provenance(&epochs),
            });
        }
        let raw = RawPhotometry {
            observatory: NAME.to_owned(),
            source_name: target.name.clone(),
            time: Some(TimeColumn {
                name: "mjd".to_owned(),
                frame: reply::FRAME,
            }),
            table,
            altdata: Map::from_iter([("object".to_owned(), json!(object))]),
        };
        Ok(Fetched::Data {
            raw,
            provenance: provenance(&epochs),
        })
    }

    fn reduce(&self, raw: &RawPhotometry, _: Option<&Target>) -> Result<Reduction, ReduceError> {
        reduce::by_filter_and_camera(raw, self.parameters.gap).map_err(|problem| {
            ReduceError::Table {
                observatory: NAME.to_owned(),
                problem,
            }
        })
    }

    fn credits(&self, _: &Used) -> Vec<Credit> {
        let paper = Reference::new("misc", "Skywatch")
            .with("author", "{The Skywatch team}")
            .with("title", "{Skywatch, a survey that does not exist}");
        vec![
            Credit::of(NAME)
                .thanking("This work made use of data that Skywatch made up.")
                .citing(paper),
        ]
    }
}

fn provenance(reply: &Reply) -> Provenance {
    Provenance {
        url: reply.url.to_string(),
        ..Provenance::default()
    }
}

fn unusable(reply: &Reply, problem: String) -> FetchError {
    FetchError::Reply {
        service: "Skywatch".to_owned(),
        url: reply.url.to_string(),
        problem,
    }
}
