//! Demo: an observatory without an archive, so that everything else can be tried offline.
//!
//! It simulates photometry from a seed: the same target always gives the same table. Waiting, failures,
//! empty answers and flares can be switched on.

mod parameters;
mod reduce;
mod simulate;

use std::time::Duration;

use async_trait::async_trait;
use rand_chacha::ChaCha12Rng;
use rand_distr::{Distribution, Poisson};
use serde_json::{Map, Value};

pub use parameters::DemoParameters;

use super::{
    BuildError, FetchError, Fetched, Provenance, ReduceError, Reduction, Surroundings,
    VirtualObservatory,
};
use crate::archive::{Archive, ErrorClass};
use crate::catalog::Target;
use crate::photometry::{RawPhotometry, TimeColumn};
use crate::seed;
use crate::time::TimeFrame;

/// Upper-case name of the observatory.
pub const NAME: &str = "DEMO";

/// Simulated photometry.
#[derive(Debug)]
pub struct Demo {
    parameters: DemoParameters,
    seed: u64,
}

impl Demo {
    /// Of the surroundings only the seed counts.
    pub fn new(
        parameters: DemoParameters,
        surroundings: &Surroundings,
    ) -> Result<Demo, BuildError> {
        Ok(Demo {
            parameters,
            seed: surroundings.seed,
        })
    }

    /// The random numbers of one target and purpose.
    fn random(&self, target: &Target, purpose: &str) -> ChaCha12Rng {
        seed::random(self.seed, &target.name, purpose, 0)
    }

    async fn wait(&self, target: &Target) {
        let mut seconds = self.parameters.wait_time;
        if let Ok(poisson) = Poisson::new(self.parameters.wait_time_poisson) {
            seconds += poisson.sample(&mut self.random(target, "demo wait"));
        }
        if seconds > 0.0 {
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        }
    }

    fn draw(&self, target: &Target, purpose: &str, rate: f64) -> bool {
        rate > 0.0 && rand::RngExt::random::<f64>(&mut self.random(target, purpose)) < rate
    }
}

#[async_trait]
impl VirtualObservatory for Demo {
    fn name(&self) -> &str {
        NAME
    }

    fn epoch_names() -> Option<&'static [&'static str]> {
        Some(&["object_id"])
    }

    fn download_parameters(&self) -> Map<String, Value> {
        self.parameters.download_parameters(self.seed)
    }

    async fn fetch(&self, target: &Target, archive: &Archive) -> Result<Fetched, FetchError> {
        let _place = archive.place("demo").await;
        self.wait(target).await;
        if self.draw(target, "demo failure", self.parameters.failure_rate) {
            return Err(FetchError::Other {
                class: ErrorClass::Permanent,
                message: "the demo archive fails for this target (failure_rate)".to_owned(),
            });
        }
        let provenance = Provenance {
            url: "demo:".to_owned(),
            ..Provenance::default()
        };
        if self.draw(target, "demo empty", self.parameters.empty_rate) {
            return Ok(Fetched::Empty { provenance });
        }
        let (table, flares) = simulate::photometry(
            &self.parameters,
            target,
            &mut self.random(target, "demo photometry"),
        );
        let mut altdata = Map::new();
        if !flares.is_empty() {
            altdata.insert("flares".to_owned(), Value::Array(flares));
        }
        let raw = RawPhotometry {
            observatory: NAME.to_owned(),
            source_name: target.name.clone(),
            time: Some(TimeColumn {
                name: "mjd".to_owned(),
                frame: TimeFrame::UTC_START_OF_EXPOSURE,
            }),
            table,
            altdata,
        };
        Ok(Fetched::Data { raw, provenance })
    }

    fn reduce(
        &self,
        raw: &RawPhotometry,
        target: Option<&Target>,
    ) -> Result<Reduction, ReduceError> {
        reduce::by_filter_and_season(raw, target, &self.parameters)
    }
}
