//! The tables as they are: a file per table, a field per column, under the column's name.

pub(super) mod claim;
pub(super) mod lightcurve;
pub(super) mod project;
pub(super) mod raw_photometry;
pub(super) mod reduction;
pub(super) mod session;
pub(super) mod source;
