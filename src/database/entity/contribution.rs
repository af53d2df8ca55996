//! What a source has added to the histograms of its project.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contributions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: i64,
    pub project_id: i64,
    /// Its analysis is gone. The counts are still in the sums of `histograms` and not in what they tell, until the next
    /// analysis of the source, or tidying up, takes them out.
    pub withdrawn: bool,
    /// For each histogram its layout and its counts, see `contributions.rs`.
    pub counts: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
