//! What is to be seen in a picture. The same data become PNG, SVG and HTML.

use serde::Serialize;

use crate::analysis::Efficiency;

/// One picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Figure {
    /// Brightness of one source against time or phase, a panel for each unit.
    Lightcurve(LightcurveFigure),
    /// Where the sources are, in Mollweide's projection.
    Sky(SkyFigure),
    /// Histograms of the scores of epochs, with logarithmic counts.
    Scores(ScoresFigure),
    /// Part of the simulated events that was found, a panel for each table.
    Efficiency(EfficiencyFigure),
    /// Sources by outcome, a bar for each observatory.
    Coverage(CoverageFigure),
}

/// The lightcurves of one source on one time axis.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LightcurveFigure {
    /// Name of the source, which heads the picture.
    pub source_name: String,
    /// Right ascension (deg, ICRS).
    pub ra: f64,
    /// Declination (deg, ICRS).
    pub dec: f64,
    /// What the times of all series are: `MJD (UTC, mid-exposure)`, `BJD (TDB) - 2400000.5`.
    pub time_label: String,
    /// In the order in which they are to be listed: by observatory, filter, series number.
    pub series: Vec<Series>,
    /// Detections and simulated events, by time.
    pub marks: Vec<Mark>,
    /// Days: the time axis is the phase, from 0 at `epoch`, and shown twice. None: the axis is of times.
    pub period: Option<f64>,
    /// Time of phase 0 (d, on the axis of the times).
    pub epoch: f64,
}

/// One lightcurve: epochs of one filter and season.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    /// Who observed it; observatory and filter together have one colour and marker.
    pub observatory: String,
    /// The survey's name of the filter (`zg`, `R`, `TESS`).
    pub filter: String,
    /// Place among the lightcurves of this source and observatory by start time, from 1.
    pub series_number: u32,
    /// Number of the simulated event in it; none in a lightcurve as it was observed.
    pub injection: Option<u32>,
    /// Whether `value` and `error` are magnitudes or fluxes.
    pub brightness: Brightness,
    /// Unit of value and error: `mag`, `uJy`, `e-/s`, or empty where it is relative.
    pub unit: String,
    /// Times of the epochs (d, on the axis of the times), rising; in a folded figure too they are times, not phases.
    /// All four lists are of equal length; epochs without a time or a value are left out.
    pub time: Vec<f64>,
    /// Magnitude or flux of each epoch (in `unit`), finite.
    pub value: Vec<f64>,
    /// Its standard error (in `unit`); NaN where there is none.
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
    /// Brighter is up; a relative flux if the series has no unit.
    Flux,
}

/// Something that happened, or was made to happen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mark {
    /// Whether it was found or simulated: decides on its symbol.
    pub kind: MarkKind,
    /// Time of the peak (d, on the axis of the times, as the two that follow).
    pub time: f64,
    /// First epoch of a detection; of a simulated event half its width before the peak. NaN is taken as `time`.
    pub start: f64,
    /// Last epoch of a detection; of a simulated event half its width after the peak. NaN is taken as `time`.
    pub end: f64,
    /// S/N of a detection, expected S/N of a simulated event; NaN where it is not known.
    pub snr: f64,
    /// What is said when it is pointed at.
    pub text: String,
}

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MarkKind {
    /// An event that the finder found.
    Detection,
    /// A simulated event that was found.
    Recovered,
    /// A simulated event that was not found.
    Missed,
}

/// Sources on the whole sky, with the galactic plane.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SkyFigure {
    /// One line above the picture, cut where there is no room for it.
    pub title: String,
    /// A point for each source, in any order: the status decides which are drawn on top.
    pub points: Vec<SkyPoint>,
}

/// A source on the sky; without a finite position it is counted and not drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SkyPoint {
    /// Name of the source; only a page of HTML shows it.
    pub name: String,
    /// Right ascension (deg, ICRS).
    pub ra: f64,
    /// Declination (deg, ICRS).
    pub dec: f64,
    /// How the source stands: its colour and symbol.
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
    /// One line above the picture, cut where there is no room for it.
    pub title: String,
    /// Name of the score: `snr`; empty if nothing has been analysed.
    pub score: String,
    /// Edges of the bins, rising, in the unit of the score: one more than there are bins, none without bins.
    pub edges: Vec<f64>,
    /// Epochs in each bin, good or not.
    pub all: Vec<u64>,
    /// Those of them that pass the cuts; as long as `all`.
    pub good: Vec<u64>,
    /// Of the good ones by filter, each list as long as `all`; drawn if there are two or more.
    pub filters: Vec<(String, Vec<u64>)>,
    /// Beyond it is an event; on both sides. None if the finder has no threshold for this score.
    pub threshold: Option<f64>,
    /// Epochs, good or not, in no bin because they are below the axis of the score or another axis of the histogram.
    pub underflow: u64,
    /// Those in no bin because they are above such an axis.
    pub overflow: u64,
    /// Those in no bin because they have no score, or no value on another axis.
    pub nan: u64,
}

/// Which part of the simulated events was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct EfficiencyFigure {
    /// One line above the picture, cut where there is no room for it.
    pub title: String,
    /// One for each quantity that events are counted against, all of the same events: below the title stands the total
    /// of the first.
    pub tables: Vec<Efficiency>,
}

/// What each observatory has of the sources.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CoverageFigure {
    /// One line above the picture, cut where there is no room for it.
    pub title: String,
    /// Sources of the catalog, and those taken up beside it; the axis goes at least so far.
    pub sources: u64,
    /// A bar for each, from top to bottom.
    pub observatories: Vec<CoverageRow>,
}

/// Sources of one observatory by outcome, and what they have.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CoverageRow {
    /// Its name, left of the bar.
    pub observatory: String,
    /// Sources that its archive had data of.
    pub ok: u64,
    /// Sources that its archive had nothing of.
    pub empty: u64,
    /// Sources that a rule forbids to ask for.
    pub skipped: u64,
    /// Sources for which something went wrong.
    pub failed: u64,
    /// Sources that nobody has asked for yet.
    pub pending: u64,
    /// Reduced lightcurves of all its sources together.
    pub lightcurves: u64,
    /// Epochs of these lightcurves.
    pub epochs: u64,
}
