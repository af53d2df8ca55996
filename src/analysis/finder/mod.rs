//! What happened in a lightcurve: a score for each epoch, and events where the score stands out.
//!
//! Here: what a finder is and gives, the finder of single peaks ([`SnrFinder`]) and the one of events of known shape
//! ([`MatchedFilter`]). Both compare with the noise at the usual flux (`law`).
//! Not here: which events belong together (`coincidence`), and what is kept of them (`detection`).

mod baseline;
mod best;
mod chance;
mod dependence;
mod excursions;
mod height;
mod law;
mod level;
mod matched_filter;
mod matched_filter_parameters;
mod matched_sums;
#[cfg(test)]
mod noise_tests;
mod peaks;
mod placed;
mod quiet;
mod snr;
mod snr_parameters;
mod suppression;
mod trials;

use std::fmt::Debug;
use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use level::Level;
pub use matched_filter::MatchedFilter;
pub use matched_filter_parameters::MatchedFilterParameters;
pub use snr::SnrFinder;
pub use snr_parameters::SnrParameters;
pub use trials::noise_probability;

use super::{Checked, Shape};
use crate::photometry::Column;

/// Looks for events. Stateless, so that one object serves all threads and all injections.
pub trait Finder: Debug + Send + Sync {
    /// The word that detections carry: `snr`, `matched_filter`.
    fn method(&self) -> &str;

    /// The names of the columns of [`Scores`].
    fn score_names(&self) -> Vec<String>;

    /// Scores and events of the lightcurves of one source; everything is worked out from the epochs as they are.
    fn find(&self, lightcurves: &[Checked<'_>]) -> Found;
}

/// Scores of each lightcurve, and events by lightcurve and time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// One for each lightcurve, in their order.
    pub scores: Vec<Scores>,
    /// By lightcurve and time.
    pub events: Vec<Event>,
}

/// What a finder says of the epochs of one lightcurve.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// One value for each epoch; NaN where there is none.
    pub columns: Vec<Column>,
    /// How many independent Gaussian numbers would exceed the threshold as often as this search does in pure noise.
    pub trials: f64,
    /// Level and noise as they were taken.
    pub noise: Noise,
}

/// Level and noise of a lightcurve as the finder took them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Robust mean of the flux of good epochs (flux unit); NaN without good epochs.
    pub level: f64,
    /// Robust scatter around the baseline (flux unit), that of noise at the level; NaN without good epochs.
    pub scatter: f64,
    /// By what the errors were multiplied to agree with the scatter; 1 where they were taken as they are.
    pub error_scale: f64,
}

/// A stretch of one lightcurve that stands out.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Which of the lightcurves.
    pub lightcurve: usize,
    /// The epoch of its peak.
    pub peak: usize,
    /// From its first to its last epoch. Bad epochs in between are none of its own.
    pub epochs: Range<usize>,
    /// Its own epochs, in order.
    pub members: Vec<usize>,
    /// Signal to noise at the peak, with the noise at the usual flux; negative for a dip.
    pub snr: f64,
    /// What was compared with the threshold: the size of `snr`, or, where noise is not Gaussian in flux, of the Gaussian
    /// number that noise exceeds as often.
    pub score: f64,
    /// One of its own epochs fails a cut.
    pub quality_flag: bool,
    /// The template that fits best; none from a finder without templates.
    pub template: Option<TemplateMatch>,
    /// How likely pure white noise gives this score or more anywhere in the lightcurve, with all trials counted.
    pub false_alarm_probability: f64,
}

/// The template that fits an event best.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateMatch {
    /// Its place in the bank.
    pub index: usize,
    /// How it goes with time.
    pub shape: Shape,
    /// Full width at half maximum (d).
    pub width: f64,
    /// Time of the peak of the template (d, as the epochs of the lightcurve).
    pub time: f64,
    /// Height of the peak and its error (flux unit), with the noise that the light of the event brings along.
    pub amplitude: f64,
    /// Error of the height (flux unit).
    pub amplitude_error: f64,
}
