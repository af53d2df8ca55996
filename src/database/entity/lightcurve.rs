//! One lightcurve and the numbers that describe it.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// Times in days of the stated frame, fluxes in `flux_unit`, magnitudes in mag, `exp_time` in s, `frame_rate` in Hz.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "lightcurves")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub project_id: i64,
    pub source_id: i64,
    pub source_name: String,
    pub observatory: String,
    pub kind: String,
    pub series_number: i32,
    pub series_total: i32,
    /// 0 for a lightcurve without an injection, never null, so that the key has no holes.
    pub injection_number: i32,
    pub filter: String,
    pub file: String,
    pub key: String,
    pub time_format: String,
    pub time_scale: String,
    pub time_reference: String,
    pub time_alignment: String,
    pub time_start: Option<f64>,
    pub time_end: Option<f64>,
    pub number: i64,
    pub num_good: i64,
    pub exp_time: Option<f64>,
    pub frame_rate: Option<f64>,
    pub is_uniformly_sampled: bool,
    pub flux_unit: String,
    pub flux_mean: Option<f64>,
    pub flux_rms: Option<f64>,
    pub flux_mean_robust: Option<f64>,
    pub flux_rms_robust: Option<f64>,
    pub flux_max: Option<f64>,
    pub flux_min: Option<f64>,
    pub mag_mean: Option<f64>,
    pub mag_rms: Option<f64>,
    pub mag_mean_robust: Option<f64>,
    pub mag_rms_robust: Option<f64>,
    pub mag_brightest: Option<f64>,
    pub mag_faintest: Option<f64>,
    pub snr_max: Option<f64>,
    pub snr_min: Option<f64>,
    pub snr_median: Option<f64>,
    pub dsnr_max: Option<f64>,
    pub dsnr_min: Option<f64>,
    pub dmag_brightest: Option<f64>,
    pub dmag_faintest: Option<f64>,
    pub altdata: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
