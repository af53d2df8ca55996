//! Rows of the tables of a report.

use serde::ser::SerializeTuple;
use serde::{Serialize, Serializer};

use crate::analysis::{Exposure, Rate, Recovered};

/// A detection; what is not known is none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DetectionRow {
    pub source_name: String,
    /// Degrees, ICRS, at the epoch of the catalog.
    pub ra: Option<f64>,
    pub dec: Option<f64>,
    /// Of the lightcurve with the peak.
    pub observatory: String,
    pub filter: String,
    pub series_number: i64,
    /// Of the peak, of the first and of the last epoch (d): MJD, or BJD (TDB) less 2400000.5.
    pub time: Option<f64>,
    pub start: Option<f64>,
    pub end: Option<f64>,
    /// Whether these are barycentric.
    pub barycentric: bool,
    pub snr: Option<f64>,
    pub score: Option<f64>,
    pub mag: Option<f64>,
    pub mag_diff: Option<f64>,
    pub false_alarm_probability: Option<f64>,
    /// An epoch of it fails a cut.
    pub flagged: bool,
    /// Number of the simulated event in its lightcurves; 0 of a real one.
    pub injection: i64,
    pub detection_number: i64,
    /// Place of its source among those whose lightcurves are on the page.
    pub place: Option<usize>,
}

/// A list of cells: names would be most of the text. The order is that of `ROW` in `detections.js`.
impl Serialize for DetectionRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut cells = serializer.serialize_tuple(19)?;
        cells.serialize_element(&self.source_name)?;
        cells.serialize_element(&self.ra)?;
        cells.serialize_element(&self.dec)?;
        cells.serialize_element(&self.observatory)?;
        cells.serialize_element(&self.filter)?;
        cells.serialize_element(&self.series_number)?;
        cells.serialize_element(&self.time)?;
        cells.serialize_element(&self.start)?;
        cells.serialize_element(&self.end)?;
        cells.serialize_element(&self.snr)?;
        cells.serialize_element(&self.score)?;
        cells.serialize_element(&self.mag)?;
        cells.serialize_element(&self.mag_diff)?;
        cells.serialize_element(&self.false_alarm_probability)?;
        cells.serialize_element(&self.flagged)?;
        cells.serialize_element(&self.injection)?;
        cells.serialize_element(&self.detection_number)?;
        cells.serialize_element(&self.place)?;
        cells.serialize_element(if self.barycentric { "BJD" } else { "MJD" })?;
        cells.end()
    }
}

/// A source that failed, and why.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FailureRow {
    pub source_name: String,
    /// Empty for the analysis, which is of all of them.
    pub observatory: String,
    /// `fetch`, `reduce` or `analyze`.
    pub stage: String,
    pub error_class: Option<String>,
    pub message: Option<String>,
    pub attempts: Option<u32>,
    /// ISO 8601, UTC.
    pub requested_at: Option<String>,
}

/// What an archive called its data, and when it was asked for them.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ReleaseRow {
    pub observatory: String,
    /// Empty if the archive has no releases.
    pub release: String,
    pub sources: u64,
    /// First and last request (ISO 8601, UTC).
    pub first: Option<String>,
    pub last: Option<String>,
}

/// How much was searched, and how often events happen.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Searched {
    pub exposure: Exposure,
    /// Time of sources within half an event of a good epoch (h).
    pub source_hours: f64,
    /// Days.
    pub event_duration: f64,
    /// In good epochs of lightcurves as they were observed.
    pub detections: u64,
    pub efficiency: Recovered,
    pub rate: Option<Rate>,
}
