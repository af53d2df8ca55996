//! A simulated event: its truth, and whether it was found.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "injections")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub project_id: i64,
    pub source_id: i64,
    pub source_name: String,
    /// From 1.
    pub injection_number: i32,
    pub shape: String,
    /// Filters of the lightcurves that it was put into, joined by commas.
    pub filter: String,
    pub clock: String,
    /// Of the peak and width at half maximum (d).
    pub time: Option<f64>,
    pub width: Option<f64>,
    /// Over the mean flux.
    pub amplitude: Option<f64>,
    /// The largest change in any lightcurve (mag, positive = brighter).
    pub magnitude: Option<f64>,
    pub snr_expected: Option<f64>,
    pub recovered: bool,
    /// The detection that is it.
    pub detection_number: Option<i32>,
    /// An object: each filter, and whether it was found there.
    pub filters: Json,
    /// A list, an object for each lightcurve that it was put into.
    pub parts: Json,
    /// How long the time is of which that of the peak was drawn (d).
    pub searched: Option<f64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
