//! Rows of the tables of a report.

use serde::ser::SerializeTuple;
use serde::{Serialize, Serializer};

use crate::analysis::{Exposure, Rate, Recovered};

/// A detection; what is not known is none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DetectionRow {
    /// Name of the source; the list can be searched for it, for the observatory and for the filter.
    pub source_name: String,
    /// Right ascension (deg, ICRS, at the epoch of the catalog); none of a source that the catalog does not have.
    pub ra: Option<f64>,
    /// Declination (deg), as `ra`.
    pub dec: Option<f64>,
    /// Who observed the lightcurve with the peak.
    pub observatory: String,
    /// Filter of that lightcurve, as the survey calls it.
    pub filter: String,
    /// Number of that lightcurve among those of its source and observatory, from 1.
    pub series_number: i64,
    /// Time of the peak (d): MJD, or BJD (TDB) less 2400000.5.
    pub time: Option<f64>,
    /// First epoch of it in any lightcurve (d), on the same clock.
    pub start: Option<f64>,
    /// Last epoch of it in any lightcurve (d), on the same clock.
    pub end: Option<f64>,
    /// Whether these are barycentric.
    pub barycentric: bool,
    /// Signal to noise at the peak, negative for a dip.
    pub snr: Option<f64>,
    /// What the finder compared with its threshold.
    pub score: Option<f64>,
    /// Magnitude at the peak (mag); none if its flux has none.
    pub mag: Option<f64>,
    /// Magnitude of the robust mean flux less that of the peak (mag): positive = brighter.
    pub mag_diff: Option<f64>,
    /// How likely pure noise gives such a score anywhere in the lightcurves of the source.
    pub false_alarm_probability: Option<f64>,
    /// An epoch of it fails a cut.
    pub flagged: bool,
    /// Number of the simulated event in its lightcurves; 0 of a real one.
    pub injection: i64,
    /// By time, from 1, among those of the same source and `injection`.
    pub detection_number: i64,
    /// Place of its source among those whose lightcurves are on the page, from 0; none if they are not.
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
    /// Name of the source, as in the catalog.
    pub source_name: String,
    /// Empty for the analysis, which is of all of them.
    pub observatory: String,
    /// `fetch`, `reduce` or `analyze`.
    pub stage: String,
    /// What kind of failure it is (`transient`, `permanent`, `storage`, …); only of `fetch`.
    pub error_class: Option<String>,
    /// Text of the error; none if no reason is known.
    pub message: Option<String>,
    /// How often the observatory was asked for it; only of `fetch`.
    pub attempts: Option<u32>,
    /// Time of the last request (ISO 8601, UTC); only of `fetch`.
    pub requested_at: Option<String>,
}

/// What an archive called its data, and when it was asked for them.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ReleaseRow {
    /// Whose archive was asked.
    pub observatory: String,
    /// Empty if the archive has no releases, or none was reached.
    pub release: String,
    /// Sources of the project whose request is recorded with this release, whatever came of it.
    pub sources: u64,
    /// Time of the first request for one of them (ISO 8601, UTC); none if no time is kept.
    pub first: Option<String>,
    /// Time of the last request (ISO 8601, UTC), as `first`.
    pub last: Option<String>,
}

/// How much was searched, and how often events happen.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Searched {
    /// Sources, lightcurves and epochs that were searched, and the time that they amount to.
    pub exposure: Exposure,
    /// Time of sources within half an event of a good epoch (h).
    pub source_hours: f64,
    /// Width of the events that these hours are counted for (d); none if some are of an analysis with other parameters.
    pub event_duration: Option<f64>,
    /// Detections in good epochs of lightcurves as they were observed.
    pub detections: u64,
    /// Simulated events, and how many of them were found.
    pub efficiency: Recovered,
    /// Widths at half maximum of the narrowest and the widest simulated event (d); none without any.
    pub widths: Option<[f64; 2]>,
    /// Events like the simulated ones per source and day; none if nothing was searched or nothing would have been found.
    pub rate: Option<Rate>,
}
