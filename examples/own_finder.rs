//! A whole program with a finder of one's own: `cargo run --example own_finder -- run project.yaml`, and in the
//! project file `finder: {class: brightenings, brighter_by: 0.3}`.

use retriever::analysis::{Checked, Finder, Found, Registry, SnrFinder};
use retriever::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a project may set for it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct BrighteningParameters {
    /// Smallest brightening.
    #[schemars(range(min = 0.0), extend("unit" = "mag"))]
    brighter_by: f64,
}

impl Default for BrighteningParameters {
    fn default() -> Self {
        BrighteningParameters { brighter_by: 0.5 }
    }
}

impl Parameters for BrighteningParameters {}

/// Peaks that are much brighter than usual: those of the standard finder whose magnitude says so too.
#[derive(Debug)]
struct Brightenings(BrighteningParameters);

impl Finder for Brightenings {
    fn method(&self) -> &str {
        "brightenings"
    }
    fn score_names(&self) -> Vec<String> {
        SnrFinder::default().score_names()
    }
    fn find(&self, lightcurves: &[Checked<'_>]) -> Found {
        let mut found = SnrFinder::default().find(lightcurves);
        found.events.retain(|event| {
            let dmag = found.scores[event.lightcurve].columns[1].values.to_floats();
            dmag.is_some_and(|dmag| dmag[event.peak] < -self.0.brighter_by)
        });
        found
    }
}

pub fn classes() -> Registry {
    let mut classes = Registry::standard();
    classes.add_finder("brightenings", |parameters| Ok(Brightenings(parameters)));
    classes
}

fn main() -> std::process::ExitCode {
    retriever::cli::main_with(retriever::observatory::Registry::standard(), classes())
}
