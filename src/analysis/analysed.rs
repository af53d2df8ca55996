//! All that comes out of one source, in plain data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::histogram::Histogram;
use super::{Detection, Exposure, Properties, Trial, Truth};
use crate::photometry::Lightcurve;

/// What an analysis is told of a source besides its lightcurves.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Source {
    /// Exactly as in the catalog: random numbers depend on it.
    pub name: String,
    /// What else is known of it, by name (`mag`): the histograms' source axes are looked up here.
    pub facts: Map<String, Value>,
}

/// What one source gives: all of it is kept together, or nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysed {
    /// The lightcurves as they came, in their order, with further columns (`qflag`, one for each cut and each score,
    /// `detected`). Empty if they are not to be kept.
    pub processed: Vec<Lightcurve>,
    /// The same of lightcurves with a simulated event. By injection, and for each as many as there are lightcurves, in
    /// their order; `altdata.injection` is the number. Empty if they are not to be kept.
    pub simulated: Vec<Lightcurve>,
    /// Real ones by time, then for each injection those that it added or raised, by time: events that are there without
    /// it are not told again. [`Part::lightcurve`](super::Part::lightcurve) is a place among the lightcurves as they
    /// came, of a simulated one among those of its injection.
    pub detections: Vec<Detection>,
    /// In the order of their numbers: 1, 2, 3, ….
    pub injections: Vec<Injected>,
    /// Its numbers in each filter.
    pub properties: Properties,
    /// What was searched.
    pub exposure: Exposure,
    /// The epochs of the source, to be added to the histograms of the same names. Simulated ones are not counted.
    pub histograms: Vec<Histogram>,
    /// What should be known of it, in words: cuts that were passed for want of data. Each is told once.
    pub notes: Vec<String>,
}

/// A simulated event and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Injected {
    /// Its number within the source, from 1.
    pub number: u32,
    /// What was put in.
    pub truth: Truth,
    /// Each filter in which the source can show an event, and whether the detection that recovered it has a part there.
    pub filters: BTreeMap<String, bool>,
    /// Which of [`Analysed::detections`] recovered it; none if it was missed.
    pub detection: Option<usize>,
}

impl Analysed {
    /// Detections in the lightcurves as they were observed.
    pub fn real(&self) -> impl Iterator<Item = &Detection> {
        self.detections.iter().filter(|found| !found.simulated)
    }
}

impl Injected {
    /// Whether a detection is this event.
    pub fn recovered(&self) -> bool {
        self.detection.is_some()
    }

    /// The event as a trial of the efficiency; its filters are joined by `,`.
    pub fn trial(&self) -> Trial {
        let filters: Vec<&str> = self.filters.keys().map(String::as_str).collect();
        self.counted_for(&filters.join(","), self.recovered())
    }

    /// A trial for each filter, recovered if it was found there.
    pub fn trials_by_filter(&self) -> impl Iterator<Item = Trial> {
        self.filters
            .iter()
            .map(|(filter, &recovered)| self.counted_for(filter, recovered))
    }

    fn counted_for(&self, filter: &str, recovered: bool) -> Trial {
        let magnitudes = self.truth.amplitude_mag.iter().copied();
        Trial {
            recovered,
            snr: self.truth.snr_expected,
            // the same in each lightcurve that has a magnitude
            magnitude: magnitudes.reduce(f64::max).unwrap_or(f64::NAN),
            width: self.truth.width,
            filter: filter.to_owned(),
        }
    }
}
