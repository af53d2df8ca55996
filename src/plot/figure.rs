//! What is to be seen in a picture. The same data become PNG, SVG and HTML.

use serde::Serialize;

use crate::analysis::Efficiency;

/// One picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Figure {
    Lightcurve(LightcurveFigure),
    Sky(SkyFigure),
    Scores(ScoresFigure),
    Efficiency(EfficiencyFigure),
    Coverage(CoverageFigure),
}

/// The lightcurves of one source on one time axis.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LightcurveFigure {
    pub source_name: String,
    /// Degrees, ICRS.
    pub ra: f64,
    pub dec: f64,
    /// What the times of all series are: `MJD (UTC, mid-exposure)`, `BJD (TDB) - 2400000.5`.
    pub time_label: String,
    /// In the order in which they are to be listed: by observatory, filter, series number.
    pub series: Vec<Series>,
    /// Detections and simulated events, by time.
    pub marks: Vec<Mark>,
    /// Days: the time axis is the phase, from 0 at `epoch`, and shown twice.
    pub period: Option<f64>,
    /// Time of phase 0 (d, on the axis of the times).
    pub epoch: f64,
}

/// One lightcurve: epochs of one filter and season.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    pub observatory: String,
    pub filter: String,
    pub series_number: u32,
    /// Number of the simulated event in it; none in a lightcurve as it was observed.
    pub injection: Option<u32>,
    pub brightness: Brightness,
    /// Unit of value and error: `mag`, `uJy`, `e-/s`, or empty where it is relative.
    pub unit: String,
    /// Days, sorted. All of equal length; epochs without a time or a value are left out.
    pub time: Vec<f64>,
    pub value: Vec<f64>,
    /// NaN where there is none.
    pub error: Vec<f64>,
    /// True marks an epoch that fails a cut.
    pub flagged: Vec<bool>,
}

/// What the values of a series are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Brightness {
    /// Brighter is up, which is down in numbers.
    Magnitude,
    Flux,
}

/// Something that happened, or was made to happen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mark {
    pub kind: MarkKind,
    /// Days, on the axis of the times: of the peak, of the first and of the last epoch.
    pub time: f64,
    pub start: f64,
    pub end: f64,
    /// S/N of a detection, expected S/N of a simulated event.
    pub snr: f64,
    /// What is said when it is pointed at.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MarkKind {
    Detection,
    /// A simulated event that was found.
    Recovered,
    /// A simulated event that was not found.
    Missed,
}

/// Sources on the whole sky, with the galactic plane.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SkyFigure {
    pub title: String,
    pub points: Vec<SkyPoint>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SkyPoint {
    pub name: String,
    /// Degrees, ICRS.
    pub ra: f64,
    pub dec: f64,
    pub status: SkyStatus,
}

/// What is most worth knowing of a source: the first of these that is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SkyStatus {
    /// It has a detection.
    Detected,
    /// Something failed.
    Failed,
    /// It has photometry.
    Ok,
    /// Archives have nothing of it, or were not asked because of a rule.
    Empty,
    /// Nobody was asked yet.
    Pending,
}

/// How often each score was met, good epochs against all.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ScoresFigure {
    pub title: String,
    /// Name of the score: `snr`.
    pub score: String,
    /// One more than there are bins.
    pub edges: Vec<f64>,
    /// Of all epochs, and of those that pass the cuts.
    pub all: Vec<u64>,
    pub good: Vec<u64>,
    /// Of the good ones by filter.
    pub filters: Vec<(String, Vec<u64>)>,
    /// Beyond it is an event; on both sides.
    pub threshold: Option<f64>,
    /// Epochs outside the edges, and without a score, of all.
    pub underflow: u64,
    pub overflow: u64,
    pub nan: u64,
}

/// Which part of the simulated events was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct EfficiencyFigure {
    pub title: String,
    pub tables: Vec<Efficiency>,
}

/// What each observatory has of the sources.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CoverageFigure {
    pub title: String,
    pub sources: u64,
    pub observatories: Vec<CoverageRow>,
}

/// Sources of one observatory by outcome, and what they have.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CoverageRow {
    pub observatory: String,
    pub ok: u64,
    pub empty: u64,
    pub skipped: u64,
    pub failed: u64,
    pub pending: u64,
    pub lightcurves: u64,
    pub epochs: u64,
}
