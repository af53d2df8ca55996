//! Single sources of a project, and those that are in no row of its catalog.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use serde_json::Value;

use super::entity::source;
use super::insert::signed;
use super::{Database, DatabaseError};

impl Database {
    /// The catalog row of a source as it was when the project took it up; none if it has not.
    pub async fn source_row(
        &self,
        project_id: i64,
        name: &str,
    ) -> Result<Option<Value>, DatabaseError> {
        self.retry("looking for a source", || {
            source::Entity::find()
                .select_only()
                .column(source::Column::CatRow)
                .filter(source::Column::ProjectId.eq(project_id))
                .filter(source::Column::Name.eq(name))
                .into_tuple()
                .one(&self.connection)
        })
        .await
    }

    /// How many sources of a project stand behind the rows of its catalog.
    pub async fn sources_behind(
        &self,
        project_id: i64,
        catalog_rows: usize,
    ) -> Result<u64, DatabaseError> {
        self.retry("counting sources", || {
            source::Entity::find()
                .filter(source::Column::ProjectId.eq(project_id))
                .filter(source::Column::CatalogRow.gte(signed(catalog_rows as u64)))
                .count(&self.connection)
        })
        .await
    }
}
