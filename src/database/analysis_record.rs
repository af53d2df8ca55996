//! What the analysis of a source puts in.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

use super::LightcurveRecord;
use crate::analysis::Analysed;
use crate::parameters::sha256_hex;
use crate::photometry::{Kind, Lightcurve};

/// How analysing a source ended. "Not analysed yet" has no row and no word.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "lowercase")]
pub enum AnalysisOutcome {
    /// Done, be it without a good epoch.
    #[sea_orm(string_value = "ok")]
    Ok,
    /// An error; tried again on the next run.
    #[sea_orm(string_value = "failed")]
    Failed,
}

/// How the analysis of one source ended.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisRecord {
    /// Fingerprint of the analysis's parameters and code.
    pub fingerprint: String,
    /// Fingerprint of the reduced lightcurves that went in: see [`analysis_inputs`].
    pub inputs: String,
    /// What came out, or the error's text.
    pub result: Result<AnalysisResult, String>,
}

/// What came out of one source.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisResult {
    /// The lightcurves that went in, in their order: detections speak of their places.
    pub lightcurves: Vec<LightcurveName>,
    /// All but the lightcurves in it is stored: those are in the files, and may be taken out of it.
    pub analysed: Analysed,
    /// Files of processed and simulated lightcurves.
    pub files: Vec<AnalysisFile>,
}

/// Which lightcurve of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LightcurveName {
    /// Upper-case name.
    pub observatory: String,
    pub filter: String,
    /// From 1 over all lightcurves of the source and observatory.
    pub series_number: u32,
}

/// A file of processed or simulated lightcurves of one source and observatory.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisFile {
    /// Upper-case name.
    pub observatory: String,
    pub kind: Kind,
    /// Relative to the data root, its length (bytes) and SHA-256 (64 hex digits).
    pub file: String,
    pub length: u64,
    pub checksum: String,
    pub lightcurves: Vec<LightcurveRecord>,
}

impl LightcurveName {
    pub fn of(lightcurve: &Lightcurve) -> LightcurveName {
        LightcurveName {
            observatory: lightcurve.observatory.clone(),
            filter: lightcurve.filter.clone(),
            series_number: lightcurve.series_number,
        }
    }
}

/// Fingerprint of what an analysis is made of: each observatory whose photometry was reduced, and the SHA-256 of its
/// file of reduced lightcurves (none if there is no lightcurve), in any order.
///
/// Equal files have equal content, whatever made them. A reduction that failed does not belong in it.
///
/// ```
/// use retriever::database::analysis_inputs;
/// let (one, two) = (("TESS", None), ("ZTF", Some("0f")));
/// assert_eq!(analysis_inputs([one, two]), analysis_inputs([two, one]));
/// assert_ne!(analysis_inputs([one, two]), analysis_inputs([two]));
/// ```
pub fn analysis_inputs<'a>(
    reduced: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) -> String {
    let mut lines: Vec<String> = reduced
        .into_iter()
        .map(|(observatory, checksum)| format!("{observatory} {}\n", checksum.unwrap_or("-")))
        .collect();
    lines.sort_unstable();
    sha256_hex(lines.concat())
}
