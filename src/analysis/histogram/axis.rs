//! An axis: which bin a value belongs to, by one rule for all.
//!
//! Bin k of a numeric axis holds the values v with `start + (k − ½)·step ≤ v < start + (k + ½)·step`: half-open, on
//! fixed and dynamic axes, for single values and columns alike. In floating point the rule is
//! `k = floor((v − start)/step + ½)`, so a value within rounding of an edge goes where this expression sends it.

use serde::{Deserialize, Serialize};

use super::{AxisSpec, HistogramError};

/// One axis of a histogram.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// What it is of: `mag`, `filter`, `snr`.
    pub name: String,
    /// Unit as text; empty for words and for numbers without a unit.
    pub unit: String,
    /// Where its values come from.
    pub input: AxisInput,
    /// How its bins lie.
    pub kind: AxisKind,
}

/// Where the values of an axis come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AxisInput {
    /// A score or quality value.
    Score,
    /// What is known of the source.
    Source,
    /// What is known of the epoch.
    Obs,
}

/// Which values an axis knows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum AxisKind {
    /// `bins` bins, the first centred on `start`; what lies outside is underflow or overflow.
    Fixed {
        /// Centre of the first bin.
        start: f64,
        /// From one centre to the next.
        step: f64,
        /// How many.
        bins: u32,
    },
    /// Bins wherever there are values, on the lattice `start + k·step` with |k| ≤ `reach`; outside of that underflow
    /// or overflow. The limit is of the lattice and not of the number of bins, so it does not depend on what came
    /// first.
    Dynamic {
        /// Centre of one bin.
        start: f64,
        /// From one centre to the next.
        step: f64,
        /// How many steps from the start it may reach.
        reach: u32,
    },
    /// A bin for each word.
    Words,
}

/// A bin of an axis, ordered as the coordinate is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Bin {
    /// Place on the lattice of a numeric axis: its centre is `start + k·step`.
    Number(i32),
    /// A word of an axis of words.
    Word(String),
    /// The source has no value: a bin of its own, after all others.
    NoValue,
}

/// Why a value is in no bin of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outside {
    /// Below the first bin.
    Underflow,
    /// Above the last bin.
    Overflow,
    /// Not a number, or missing.
    Nan,
}

/// The most bins that a fixed axis may have, and the furthest that a dynamic one may reach.
pub(super) const MOST_BINS: f64 = 1e6;

impl Axis {
    pub(super) fn new(
        name: &str,
        spec: &AxisSpec,
        input: AxisInput,
        reach: u32,
    ) -> Result<Axis, HistogramError> {
        let failed = |message: &str| HistogramError::Axis {
            axis: name.to_owned(),
            message: message.to_owned(),
        };
        spec.fault().map_or(Ok(()), |fault| Err(failed(fault)))?;
        let kind = match *spec {
            AxisSpec::Fixed {
                start, stop, step, ..
            } => AxisKind::Fixed {
                start,
                step,
                bins: fixed_bins(start, stop, step),
            },
            AxisSpec::Dynamic { start, step, .. } => AxisKind::Dynamic { start, step, reach },
            AxisSpec::Words { .. } if input == AxisInput::Score => {
                return Err(failed("a score is a number: give [start, stop, step]"));
            }
            AxisSpec::Words { .. } => AxisKind::Words,
        };
        let unit = spec.unit().unwrap_or_else(|| default_unit(name));
        Ok(Axis {
            name: name.to_owned(),
            unit: unit.to_owned(),
            input,
            kind,
        })
    }

    /// The bin of a number, as its place on the lattice.
    #[inline]
    pub(super) fn place(&self, value: f64) -> Result<i32, Outside> {
        place_on(self.lattice(), value)
    }

    /// Start and step of the lattice, its lowest and highest place. Words have no lattice: no number is on it.
    pub(super) fn lattice(&self) -> Lattice {
        match self.kind {
            AxisKind::Fixed { start, step, bins } => (start, step, 0.0, f64::from(bins) - 1.0),
            AxisKind::Dynamic { start, step, reach } => {
                (start, step, -f64::from(reach), f64::from(reach))
            }
            AxisKind::Words => (f64::NAN, f64::NAN, f64::NAN, f64::NAN),
        }
    }

    /// Centre of a bin of a numeric axis; NaN for what has none.
    pub fn center(&self, bin: &Bin) -> f64 {
        let (start, step, _, _) = self.lattice();
        match bin {
            Bin::Number(place) => start + f64::from(*place) * step,
            Bin::Word(_) | Bin::NoValue => f64::NAN,
        }
    }

    pub(super) fn is_of_words(&self) -> bool {
        self.kind == AxisKind::Words
    }

    /// Can this bin be on this axis?
    pub(super) fn holds(&self, bin: &Bin) -> bool {
        let (_, _, low, high) = self.lattice();
        match bin {
            Bin::Number(place) => (low..=high).contains(&f64::from(*place)),
            Bin::Word(_) => self.kind == AxisKind::Words,
            Bin::NoValue => self.input == AxisInput::Source,
        }
    }

    /// The name in words, as plots write it.
    pub fn long_name(&self) -> &str {
        match self.name.as_str() {
            "mag" => "Magnitude",
            "dmag" => "Delta Magnitude",
            "snr" => "Signal to Noise Ratio",
            "score" => "Score",
            "exptime" => "Exposure Time",
            "filt" => "Filter",
            name => name,
        }
    }
}

/// Start and step of a lattice, its lowest and highest place.
type Lattice = (f64, f64, f64, f64);

/// The place of a number on a [`lattice`](Axis::lattice).
#[inline]
pub(super) fn place_on((start, step, low, high): Lattice, value: f64) -> Result<i32, Outside> {
    let place = (value - start) / step + 0.5;
    if place >= low && place < high + 1.0 {
        // the floor without a call: a truncation, one less where that rounded up
        let truncated = place as i32;
        Ok(truncated - i32::from(f64::from(truncated) > place))
    } else {
        Err(Outside::of(place))
    }
}

/// The same for several numbers, without a branch, so that several are placed at once; false if one is outside, and
/// then its place says nothing.
pub(super) fn places_on(
    (start, step, low, high): Lattice,
    values: &[f64],
    places: &mut [i32],
) -> bool {
    /// Added to a number below 2^31 it leaves no room for digits behind the point, and the lowest bits are an i32.
    const ROUND: f64 = 1.5 * (1_u64 << 52) as f64;
    let mut outside = 0;
    for (found, &value) in places.iter_mut().zip(values) {
        let place = (value - start) / step + 0.5;
        let is_inside = (place >= low) & (place < high + 1.0);
        outside |= u64::from(!is_inside);
        let rounded = place + ROUND - ROUND;
        let less = if rounded > place { 1.0 } else { 0.0 };
        *found = (rounded - less + ROUND).to_bits() as i32;
    }
    outside == 0
}

impl Outside {
    /// Why a number that is on no place of the lattice is not on it.
    #[inline]
    fn of(place: f64) -> Outside {
        if place.is_nan() {
            Outside::Nan
        } else if place >= 1.0 {
            Outside::Overflow
        } else {
            Outside::Underflow
        }
    }
}

/// Bins of `start, stop, step`: as many as numpy's `arange(start, stop + step, step)` has without its rounding.
fn fixed_bins(start: f64, stop: f64, step: f64) -> u32 {
    // a stop within a billionth of a step of the lattice is on it
    ((stop - start) / step - 1e-9).ceil().max(0.0) as u32 + 1
}

fn default_unit(name: &str) -> &'static str {
    match name {
        "mag" | "dmag" => "mag",
        "exptime" => "s",
        _ => "",
    }
}
