//! Photometry as plain data, and the steps that turn one kind into the other.
//!
//! Here: columnar [`Table`]s, [`RawPhotometry`] as an archive gave it, uniform [`Lightcurve`]s, and the
//! reduction steps that surveys share (flux, seasons, statistics of a lightcurve).
//! Not here: I/O of any kind, and anything that only one survey knows.

mod flux;
mod lightcurve;
mod raw;
mod reduction;
mod seasons;
mod table;

pub use flux::{MICROJANSKY_ZERO_POINT, asinh_magnitude, flux_from_magnitude, magnitude_from_flux};
pub use lightcurve::{
    BJD_TDB, Epochs, INJECTION, Kind, Lightcurve, Statistics, number_by_start_time,
};
pub use raw::{RawPhotometry, TimeColumn};
pub use reduction::{MagnitudeColumns, Series};
pub use seasons::seasons;
pub use table::{Column, Table, TableError, Text, Values};
