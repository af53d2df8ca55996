//! What is put in: plain values, as the stages of a run have them.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::AnalysisRecord;
use crate::photometry::{Lightcurve, Statistics};
use crate::time::TimeFrame;

/// How asking an observatory for a source ended. "Not asked yet" has no row and no word.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// There is photometry, and its file is on disk.
    #[sea_orm(string_value = "ok")]
    Ok,
    /// The archive has nothing.
    #[sea_orm(string_value = "empty")]
    Empty,
    /// A stated rule says not to ask.
    #[sea_orm(string_value = "skipped")]
    Skipped,
    /// An error; asked again on the next run.
    #[sea_orm(string_value = "failed")]
    Failed,
}

/// How reducing a source's raw photometry ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "lowercase")]
pub enum ReductionOutcome {
    /// Done, be it without a lightcurve.
    #[sea_orm(string_value = "ok")]
    Ok,
    /// An error; tried again on the next run.
    #[sea_orm(string_value = "failed")]
    Failed,
}

/// A source and all that a batch has found out about it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceRecord {
    /// Name, exactly as in the catalog: neither empty nor above 2 000 bytes, without NUL.
    pub name: String,
    /// Position (deg, ICRS), finite.
    pub ra: f64,
    pub dec: f64,
    /// HEALPix cell of the position, nested, order 29.
    pub healpix: u64,
    /// Row in the catalog, from 0.
    pub catalog_row: usize,
    /// The whole catalog row.
    pub cat_row: Value,
    /// Magnitude (mag), if the catalog has one.
    pub mag: Option<f64>,
    /// What observatories were asked, one record each.
    pub raw: Vec<RawRecord>,
    /// Raw rows that were asked for again and stay as they are.
    pub renewed: Vec<Renewed>,
    /// What was reduced, one record for each observatory.
    pub reductions: Vec<ReductionRecord>,
    /// How it was analysed, if it was.
    pub analysis: Option<AnalysisRecord>,
}

/// A raw row that holds as before: the archive was asked again, and has nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewed {
    /// Id of the row.
    pub raw_row: i64,
    /// Time of the last request (ISO 8601, UTC).
    pub requested_at: String,
}

/// How one observatory answered for one source.
#[derive(Debug, Clone, PartialEq)]
pub struct RawRecord {
    /// Upper-case name.
    pub observatory: String,
    pub outcome: Outcome,
    /// The rule that skipped it, or the error's text.
    pub message: Option<String>,
    pub error_class: Option<String>,
    /// How often it was asked for in all, this time included.
    pub attempts: u32,
    /// File relative to the data root, the group in it, its length (bytes) and SHA-256 (64 hex digits).
    pub file: Option<String>,
    pub key: Option<String>,
    pub length: Option<u64>,
    pub checksum: Option<String>,
    /// Rows of the raw table, first and last time (d, in the survey's own frame).
    pub epochs: Option<u64>,
    pub time_start: Option<f64>,
    pub time_end: Option<f64>,
    /// Where it came from: address without secrets, data release, time of the request (ISO 8601, UTC).
    pub url: Option<String>,
    pub release: Option<String>,
    pub requested_at: Option<String>,
    /// Fingerprint of the parameters that decide what is asked for.
    pub parameters: String,
    /// Whether this may take the place of an `ok` row though it is not `ok` itself.
    pub replace: bool,
}

/// How the reduction of one observatory's raw photometry of one source ended.
///
/// What is counted of it, lightcurves and their epochs, is counted from `lightcurves` when it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct ReductionRecord {
    /// Upper-case name.
    pub observatory: String,
    pub outcome: ReductionOutcome,
    /// The error's text, or why there is no lightcurve.
    pub message: Option<String>,
    /// SHA-256 of the raw file that was reduced.
    pub raw_checksum: Option<String>,
    /// Fingerprint of the reduction's parameters and code.
    pub fingerprint: String,
    /// File relative to the data root, its length (bytes) and SHA-256; none if there is no lightcurve.
    pub file: Option<String>,
    pub length: Option<u64>,
    pub checksum: Option<String>,
    pub lightcurves: Vec<LightcurveRecord>,
}

/// One lightcurve, its place in a file and its statistics.
#[derive(Debug, Clone, PartialEq)]
pub struct LightcurveRecord {
    /// Place among the lightcurves of the source and observatory, from 1.
    pub series_number: u32,
    pub series_total: u32,
    /// Number of the simulated event in it, from 1; 0 where there is none.
    pub injection_number: u32,
    pub filter: String,
    /// File relative to the data root, and the group in it.
    pub file: String,
    pub key: String,
    pub frame: TimeFrame,
    /// Unit of the fluxes in `statistics`.
    pub flux_unit: String,
    pub statistics: Statistics,
    pub altdata: Map<String, Value>,
}

impl LightcurveRecord {
    /// The record of a lightcurve that is kept under `key` in `file`.
    pub fn of(lightcurve: &Lightcurve, file: &str, key: &str) -> LightcurveRecord {
        LightcurveRecord {
            series_number: lightcurve.series_number,
            series_total: lightcurve.series_total,
            injection_number: lightcurve.injection().unwrap_or(0),
            filter: lightcurve.filter.clone(),
            file: file.to_owned(),
            key: key.to_owned(),
            frame: lightcurve.frame,
            flux_unit: lightcurve.epochs.flux_unit.clone(),
            statistics: lightcurve.statistics.clone(),
            altdata: lightcurve.altdata.clone(),
        }
    }
}

impl RawRecord {
    /// A record of this outcome with nothing else known.
    pub fn new(observatory: &str, outcome: Outcome) -> RawRecord {
        RawRecord {
            observatory: observatory.to_owned(),
            outcome,
            message: None,
            error_class: None,
            attempts: 1,
            file: None,
            key: None,
            length: None,
            checksum: None,
            epochs: None,
            time_start: None,
            time_end: None,
            url: None,
            release: None,
            requested_at: None,
            parameters: String::new(),
            replace: false,
        }
    }
}
