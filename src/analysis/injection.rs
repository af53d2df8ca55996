//! Simulated events: what is put into lightcurves, and what is known of it.

use std::fmt::Debug;

use rand_chacha::ChaCha12Rng;
use serde::{Deserialize, Serialize};

use super::{Checked, Shape, not_a_number};
use crate::photometry::Lightcurve;

/// Puts one simulated event into copies of the lightcurves of a source. Stateless; the generator is given.
pub trait Simulator: Debug + Send + Sync {
    /// None if there is nowhere to put it: no lightcurve has a good epoch.
    fn inject(&self, lightcurves: &[Checked<'_>], random: &mut ChaCha12Rng) -> Option<Injection>;
}

/// What was put in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// How it goes with time.
    pub shape: Shape,
    /// Full width at half maximum (d).
    pub width: f64,
    /// Time of the peak (d, on the clock that the lightcurves share).
    pub time: f64,
    /// How long the time is of which that was drawn, evenly (d); NaN if that is not known. Rates are for this time.
    #[serde(deserialize_with = "not_a_number::number")]
    pub searched: f64,
    /// Largest change of the flux over the robust mean of the flux, signed; the same in each lightcurve.
    pub amplitude: f64,
    /// Signal to noise of the best part of the event, had the true template been fitted.
    pub snr_expected: f64,
    /// For each lightcurve, the change at the peak (mag, positive = brighter); NaN where it has no magnitude.
    #[serde(deserialize_with = "not_a_number::list")]
    pub amplitude_mag: Vec<f64>,
}

/// A simulated event with the lightcurves that have it, in the order in which they came.
#[derive(Debug, Clone, PartialEq)]
pub struct Injection {
    /// What was put in.
    pub truth: Truth,
    /// The lightcurves with the event in them, in the order of those without.
    pub lightcurves: Vec<Lightcurve>,
}
