//! That a source was analysed for a project, and the numbers that describe it over all its lightcurves.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::database::AnalysisOutcome;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "properties")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub project_id: i64,
    pub source_id: i64,
    pub source_name: String,
    pub outcome: AnalysisOutcome,
    /// Why it failed.
    pub message: Option<String>,
    /// Of the parameters and the code of the analysis.
    pub fingerprint: String,
    /// Of the reduced lightcurves that it was made of.
    pub inputs: String,
    /// What the times of this analysis are: `bjd_tdb` or `mjd`.
    pub clock: Option<String>,
    pub lightcurves: i64,
    pub epochs: i64,
    pub good_epochs: i64,
    /// What was searched, in whole milliseconds, so that sums do not depend on their order.
    pub open_ms: i64,
    pub watched_ms: i64,
    pub span_ms: i64,
    /// Real ones; then simulated events, and those of them that were found.
    pub detections: i64,
    pub injections: i64,
    pub recovered: i64,
    /// Of the filter with the lowest false-alarm probability.
    pub best_snr: Option<f64>,
    pub best_snr_time: Option<f64>,
    pub best_snr_false_alarm_probability: Option<f64>,
    /// Likewise (d).
    pub period: Option<f64>,
    pub period_power: Option<f64>,
    pub period_false_alarm_probability: Option<f64>,
    /// What was passed over, in words.
    pub notes: Json,
    /// What an analysis of somebody's own knows of the source, by name.
    pub extra: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
