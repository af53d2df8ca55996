//! Counts of epochs by score, source and observation: sums that many writers make and nobody has to lock.
//!
//! Here: the axes and their one rule of bins ([`Axis`]), what a project may set ([`HistogramParameters`]), counting
//! ([`Histogram::add`]), addition, the canonical form for partial sums ([`Histogram::to_json`], [`Histogram::counts_to_bytes`]) and a plain
//! description of what a netCDF file of it holds ([`Histogram::description`]).
//! Not here: files, databases, and what a score means.
//!
//! For each score, `counted + underflow + overflow + nan = epochs`, exactly and always: every epoch that is given is
//! counted in a bin or in one counter of one axis.

mod axis;
mod canonical;
mod compact;
mod count;
mod description;
mod error;
mod lightcurves;
mod marginal;
mod parameters;
mod row;
mod sum;

pub use axis::{Axis, AxisInput, AxisKind, Bin, Outside};
pub use count::{AxisValues, Histogram, Sample, Totals};
pub use description::{Coordinate, CoordinateValues, Counts, Description};
pub use error::HistogramError;
pub use lightcurves::{EPOCH_NAMES, sample_values};
pub use marginal::Marginal;
pub use parameters::{AxisSpec, HistogramParameters};

#[cfg(test)]
mod parameters_tests;
#[cfg(test)]
mod tests;
