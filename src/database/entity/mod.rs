//! The tables as they are: a file per table, a field per column, under the column's name.

pub(super) mod analysis_file;
pub(super) mod claim;
pub(super) mod contribution;
pub(super) mod detection;
pub(super) mod filter_properties;
pub(super) mod histogram;
pub(super) mod injection;
pub(super) mod lightcurve;
pub(super) mod project;
pub(super) mod properties;
pub(super) mod raw_photometry;
pub(super) mod reduction;
pub(super) mod session;
pub(super) mod source;
