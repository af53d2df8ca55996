//! What one writer has added to a histogram of a project, and what of anybody's it has taken out.
//!
//! A writer changes its own row only. The histogram is the sum of `added` less the sum of `withdrawn`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "histograms")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub project_id: i64,
    pub name: String,
    /// Number of the session; 0 for those that are over, and for whoever has none.
    pub writer: i64,
    /// Start of the SHA-256 of `axes`: histograms with other axes are other histograms.
    pub layout: String,
    /// Name and axes as canonical JSON.
    pub axes: String,
    /// Counts in the compact form.
    pub added: Vec<u8>,
    pub withdrawn: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
