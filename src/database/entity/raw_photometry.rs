//! What an observatory gave for a source name, shared by all projects. No row: nobody has asked yet.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::database::Outcome;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "raw_photometry")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub observatory: String,
    pub source_name: String,
    pub outcome: Outcome,
    pub message: Option<String>,
    pub error_class: Option<String>,
    pub attempts: i32,
    pub file: Option<String>,
    pub key: Option<String>,
    pub length: Option<i64>,
    pub checksum: Option<String>,
    pub epochs: Option<i64>,
    pub time_start: Option<f64>,
    pub time_end: Option<f64>,
    pub url: Option<String>,
    pub release: Option<String>,
    pub parameters: String,
    pub requested_at: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
