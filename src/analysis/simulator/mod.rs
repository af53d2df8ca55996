//! Simulated events: drawn, put into copies of the lightcurves, and found again or not.
//!
//! Here: what a project may set, the draws ([`EventSimulator`]), the change of the lightcurves, how many events a
//! source gets, and what "recovered" means.
//! Not here: counting what was recovered (`efficiency`).

mod draw;
mod flux;
mod parameters;
mod recovery;
#[cfg(test)]
mod tests;

use std::fmt::Debug;

use rand::RngExt;
use rand_chacha::ChaCha12Rng;
use rand_distr::{Distribution, Poisson};

use super::{Checked, Injection, Simulator};
use crate::seed;

pub use parameters::{SimulatorParameters, TemplateShape, TimeDistribution};
pub use recovery::{recovered, recovering, repeats};

/// Draws events as the parameters say and puts them into lightcurves.
///
/// The flux of each lightcurve is multiplied by 1 + A·T((t − t₀)/FWHM), with the robust mean for the flux of the
/// star: the *same relative* change everywhere. Fluxes of surveys are in units that cannot be compared (µJy, electrons
/// per second), fractions can; so an event is grey. The noise stays as it was observed, and the photon noise of the
/// added light comes on top: see [`SimulatorParameters::source_noise_fraction`]. Flagged epochs get the event, too;
/// columns beside flux and magnitude (a second aperture) stay as they are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventSimulator {
    /// What is drawn.
    pub parameters: SimulatorParameters,
}

impl EventSimulator {
    /// With these parameters.
    pub fn new(parameters: SimulatorParameters) -> EventSimulator {
        EventSimulator { parameters }
    }
}

impl Simulator for EventSimulator {
    fn inject(&self, lightcurves: &[Checked<'_>], random: &mut ChaCha12Rng) -> Option<Injection> {
        let star = flux::Star::of(lightcurves)?;
        let truth = draw::truth(&self.parameters, &star, random);
        let fraction = self.parameters.source_noise_fraction;
        let lightcurves = flux::with_event(lightcurves, &star, &truth, fraction, random);
        Some(Injection { truth, lightcurves })
    }
}

/// The event of this number of a source: the same in any order, thread or restart.
///
/// None if there is nowhere to put it: no lightcurve has a good epoch and a robust mean flux above 0.
pub fn inject(
    simulator: &dyn Simulator,
    lightcurves: &[Checked<'_>],
    project_seed: u64,
    source_name: &str,
    number: u32,
) -> Option<Injection> {
    let mut random = seed::random(project_seed, source_name, "injection", u64::from(number));
    simulator.inject(lightcurves, &mut random)
}

/// How many events a source gets: `num_injections` itself if that is a whole number, else a Poisson number of that
/// mean. What is not above 0 is none.
pub fn number_of_injections(num_injections: f64, project_seed: u64, source_name: &str) -> u32 {
    if !(num_injections > 0.0 && num_injections.is_finite()) {
        return 0;
    }
    if num_injections.fract() == 0.0 {
        return num_injections as u32;
    }
    let mut random = seed::random(project_seed, source_name, "number of injections", 0);
    // a mean that the distribution does not take (above 1e19) is not reached by any project
    Poisson::new(num_injections).map_or(0, |poisson| poisson.sample(&mut random) as u32)
}

/// A number from `low` to `high`, evenly.
fn uniform(low: f64, high: f64, random: &mut ChaCha12Rng) -> f64 {
    low + (high - low) * random.random::<f64>()
}
