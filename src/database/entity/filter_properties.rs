//! The numbers that describe a source in one filter of one observatory: the fields of `analysis::FilterProperties`.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "filter_properties")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub source_id: i64,
    pub observatory: String,
    pub filter: String,
    pub flux_unit: String,
    pub lightcurves: i64,
    pub number: i64,
    pub num_good: i64,
    pub time_start: Option<f64>,
    pub time_end: Option<f64>,
    pub flux_mean: Option<f64>,
    pub flux_rms: Option<f64>,
    pub mag_mean: Option<f64>,
    pub chi2: Option<f64>,
    pub degrees_of_freedom: i64,
    pub chi2_probability: Option<f64>,
    pub von_neumann: Option<f64>,
    pub excess_variance: Option<f64>,
    pub stetson_j: Option<f64>,
    pub stetson_k: Option<f64>,
    pub amplitude: Option<f64>,
    pub amplitude_mag: Option<f64>,
    pub best_snr: Option<f64>,
    pub best_snr_time: Option<f64>,
    pub best_snr_false_alarm_probability: Option<f64>,
    pub frequency: Option<f64>,
    pub period: Option<f64>,
    pub period_power: Option<f64>,
    pub period_false_alarm_probability: Option<f64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
