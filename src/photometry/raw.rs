//! What an archive answered for one source, before anything is done to it.

use serde_json::{Map, Value};

use super::Table;
use crate::time::TimeFrame;

/// The table of one observatory for one source, in the archive's own columns.
#[derive(Debug, Clone, PartialEq)]
pub struct RawPhotometry {
    /// Upper-case name of the observatory.
    pub observatory: String,
    /// Name of the source, exactly as in the catalog.
    pub source_name: String,
    /// Which column holds the times and what they mean; none if the archive does not say.
    pub time: Option<TimeColumn>,
    /// The rows, in the columns of the archive.
    pub table: Table,
    /// What else is known: the catalog row it was asked for, the parameters of the request, headers.
    /// The same request and reply always give the same `altdata`: no times, no machine names.
    pub altdata: Map<String, Value>,
}

/// The time column of a raw table, in the archive's frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeColumn {
    /// Its name in the table.
    pub name: String,
    /// What its numbers mean.
    pub frame: TimeFrame,
}

impl RawPhotometry {
    /// First and last time of the table (MJD, otherwise in the archive's own frame); none if it has no time column,
    /// or all times are NaN.
    pub fn time_range(&self) -> Option<(f64, f64)> {
        let time = self.time.as_ref()?;
        let times = self.table.floats(&time.name).ok()?;
        let mjd = |time_of_row| time.frame.format.to_mjd(time_of_row);
        times
            .into_iter()
            .map(mjd)
            .filter(|time| time.is_finite())
            .fold(None, |range, time| match range {
                None => Some((time, time)),
                Some((first, last)) => Some((time.min(first), time.max(last))),
            })
    }
}
