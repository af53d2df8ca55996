//! Which epochs are good: cuts by name, each with its value at every epoch, its threshold and its unit.
//!
//! Here: what a checker is and gives, and the [`StandardQuality`] checker.
//! Not here: what a flag of a survey means; its reduction has set it.

mod cuts;
mod offset;
mod parameters;
mod standard;

use std::fmt::Debug;

pub use parameters::{CutName, QualityParameters};
pub use standard::StandardQuality;

use crate::photometry::{Column, Lightcurve};

/// Tells good epochs from bad ones. Stateless, so that one object serves all threads and all injections.
pub trait QualityChecker: Debug + Send + Sync {
    /// The cuts that it applies, in the order of their columns.
    fn cuts(&self) -> Vec<Cut>;

    /// Judges every epoch; the lightcurve stays as it is.
    fn check(&self, lightcurve: &Lightcurve) -> Quality;

    /// Whether it looks at magnitudes and fluxes, beside that there is one: if not, a lightcurve with a simulated event
    /// whose other columns are as they were is not judged again.
    fn looks_at_brightness(&self) -> bool {
        true
    }
}

/// One cut: an epoch fails where the value of its column is beyond the threshold, or NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// Name of the cut and of its column.
    pub name: String,
    /// Unit of value and threshold; empty for pure numbers.
    pub unit: String,
    /// Beyond this an epoch fails.
    pub threshold: f64,
    /// Which side is beyond.
    pub side: Side,
}

/// On which side of the threshold an epoch fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Too large.
    Above,
    /// Too small.
    Below,
    /// The absolute value counts.
    Both,
}

/// What a checker says of one lightcurve.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quality {
    /// For each epoch, true = bad: by the survey's flag or by a cut.
    pub qflag: Vec<bool>,
    /// For each cut that the lightcurve has the data for, its value at each epoch, under the name of the cut.
    pub columns: Vec<Column>,
    /// Cuts that were passed for want of data, in words.
    pub notes: Vec<String>,
}

/// A lightcurve with what is known of its quality.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'a> {
    /// The epochs.
    pub lightcurve: &'a Lightcurve,
    /// What the checker says of them.
    pub quality: &'a Quality,
}

impl Cut {
    /// True if an epoch of this value fails.
    pub fn fails(&self, value: f64) -> bool {
        let passes = match self.side {
            Side::Above => value <= self.threshold,
            Side::Below => value >= self.threshold,
            Side::Both => value.abs() <= self.threshold,
        };
        !passes
    }
}

impl Checked<'_> {
    /// An epoch to build on: good, with a finite time and flux.
    #[inline]
    pub fn is_good(&self, epoch: usize) -> bool {
        !self.quality.qflag[epoch] && self.lightcurve.epochs.is_good(epoch)
    }

    /// All these epochs.
    pub fn good_epochs(&self) -> Vec<usize> {
        let epochs = &self.lightcurve.epochs;
        let number = epochs.len();
        let (bad, flag) = (&self.quality.qflag[..number], &epochs.flag[..number]);
        let (mjd, flux) = (&epochs.mjd[..number], &epochs.flux[..number]);
        let mut good = vec![0; number];
        let mut count = 0;
        for epoch in 0..number {
            // always written, and written over if it was not good: no branch that could be guessed wrong
            good[count] = epoch;
            let is_bad = bad[epoch] | flag[epoch];
            count += usize::from(!is_bad & mjd[epoch].is_finite() & flux[epoch].is_finite());
        }
        good.truncate(count);
        good
    }
}
