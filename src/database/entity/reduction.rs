//! That a source's raw photometry was reduced for a project: also when nothing came out of it.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::database::ReductionOutcome;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "reductions")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub source_id: i64,
    pub observatory: String,
    pub outcome: ReductionOutcome,
    pub message: Option<String>,
    pub raw_checksum: Option<String>,
    pub fingerprint: String,
    pub file: Option<String>,
    pub length: Option<i64>,
    pub checksum: Option<String>,
    pub lightcurves: i64,
    pub epochs: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
