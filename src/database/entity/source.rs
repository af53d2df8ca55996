//! A target that a project has taken up.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "sources")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub project_id: i64,
    pub name: String,
    /// Degrees, ICRS, at the epoch of the catalog.
    pub ra: f64,
    pub dec: f64,
    /// HEALPix cell, nested, order 29.
    pub healpix: i64,
    pub catalog_row: i64,
    pub cat_row: Json,
    pub mag: Option<f64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
