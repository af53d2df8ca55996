//! Something that happened to a source: the fields of `analysis::Detection`.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "detections")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub project_id: i64,
    pub source_id: i64,
    pub source_name: String,
    /// 0 for a detection in the lightcurves as they were observed, never null, so that the key has no holes.
    pub injection_number: i32,
    /// By time, from 1, among those of the same source and injection.
    pub detection_number: i32,
    pub simulated: bool,
    pub method: String,
    /// Lightcurve and epoch of the peak.
    pub observatory: String,
    pub filter: String,
    pub series_number: i32,
    pub peak_epoch: i64,
    pub clock: String,
    /// Days, on the clock.
    pub time_start: Option<f64>,
    pub time_end: Option<f64>,
    pub peak_time: Option<f64>,
    pub peak_start: Option<f64>,
    pub peak_end: Option<f64>,
    pub snr: Option<f64>,
    pub score: Option<f64>,
    pub peak_mag: Option<f64>,
    pub peak_mag_diff: Option<f64>,
    pub false_alarm_probability: Option<f64>,
    pub quality_flag: bool,
    pub quality_values: Json,
    pub extra_scores: Json,
    pub template_index: Option<i64>,
    pub template_shape: Option<String>,
    pub template_width: Option<f64>,
    pub template_time: Option<f64>,
    pub template_amplitude: Option<f64>,
    pub template_amplitude_error: Option<f64>,
    /// A list, an object for each lightcurve that has it.
    pub parts: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
