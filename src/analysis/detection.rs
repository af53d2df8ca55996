//! What is kept of an event: one row with its parts in the lightcurves.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Clock, TemplateMatch, not_a_number};

/// Something that happened to a source, seen in one lightcurve or in several.
///
/// Times are on one clock for all lightcurves of the source: see [`Detection::clock`]. The numbers of the peak are
/// those of the part with the highest score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detection {
    /// The finder's word for itself.
    pub method: String,
    /// In each lightcurve that has it; in the order of the lightcurves.
    pub parts: Vec<Part>,
    /// Which of the parts has the peak.
    pub peak_part: usize,
    /// What its times are.
    pub clock: Clock,
    /// First epoch of any part (d).
    pub time_start: f64,
    /// Last epoch of any part (d).
    pub time_end: f64,
    /// The epoch of the peak (d).
    pub peak_time: f64,
    /// First epoch of the part that has the peak (d).
    pub peak_start: f64,
    /// Last epoch of that part (d).
    pub peak_end: f64,
    /// Signal to noise at the peak, negative for a dip.
    pub snr: f64,
    /// What the finder compared with its threshold.
    pub score: f64,
    /// Further scores of the finder at the peak, by the names of their columns; NaN where there is none.
    #[serde(deserialize_with = "not_a_number::map")]
    pub extra_scores: BTreeMap<String, f64>,
    /// Magnitude at the peak; NaN if its flux has none.
    #[serde(deserialize_with = "not_a_number::number")]
    pub peak_mag: f64,
    /// Magnitude of the robust mean flux minus that of the peak: positive = brighter; NaN if there is none.
    #[serde(deserialize_with = "not_a_number::number")]
    pub peak_mag_diff: f64,
    /// The template that fits best; none from a finder without templates.
    pub template: Option<TemplateMatch>,
    /// For each cut, the most extreme value at the epochs of the detection; NaN if one of them is NaN.
    #[serde(deserialize_with = "not_a_number::map")]
    pub quality_values: BTreeMap<String, f64>,
    /// One of its epochs fails a cut.
    pub quality_flag: bool,
    /// How likely pure noise gives such a score anywhere in the lightcurves of the source.
    pub false_alarm_probability: f64,
    /// It was found in lightcurves with a simulated event; whether it *is* that event, its time tells.
    pub simulated: bool,
    /// The number of the simulated event, from 1; none in lightcurves as observed.
    pub injection: Option<u32>,
}

/// A detection as one lightcurve has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Which of the lightcurves of the source.
    pub lightcurve: usize,
    /// The epoch of its peak.
    pub peak: usize,
    /// From its first to its last epoch.
    pub epochs: Range<usize>,
    /// Time of the peak (d, on the clock of the detection; so are the next two).
    pub peak_time: f64,
    /// Time of the first epoch (d).
    pub time_start: f64,
    /// Time of the last epoch (d).
    pub time_end: f64,
    /// Signal to noise at its peak, negative for a dip.
    pub snr: f64,
    /// What was compared with the threshold.
    pub score: f64,
    /// One of its epochs fails a cut.
    pub quality_flag: bool,
    /// The template that fits best here.
    pub template: Option<TemplateMatch>,
    /// Within its own lightcurve.
    pub false_alarm_probability: f64,
}

impl Detection {
    /// The same detection, found in lightcurves with a simulated event.
    pub fn of_injection(self, number: u32) -> Detection {
        Detection {
            simulated: true,
            injection: Some(number),
            ..self
        }
    }

    /// The part with the highest score.
    pub fn peak(&self) -> &Part {
        &self.parts[self.peak_part]
    }
}
