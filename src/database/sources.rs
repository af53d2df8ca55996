//! Single sources of a project, and those that its catalog does not have.

use futures::TryStreamExt;
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;

use super::entity::{reduction, source};
use super::list::row;
use super::{Database, DatabaseError, Row};

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

    /// How the raw photometry of a source was reduced, by the name of the observatory.
    pub async fn reductions_of_source(
        &self,
        project_id: i64,
        name: &str,
    ) -> Result<Vec<Row>, DatabaseError> {
        let to_source: sea_orm::RelationDef = reduction::Entity::belongs_to(source::Entity)
            .from(reduction::Column::SourceId)
            .to(source::Column::Id)
            .into();
        let query = reduction::Entity::find()
            .join(JoinType::InnerJoin, to_source)
            .filter(source::Column::ProjectId.eq(project_id))
            .filter(source::Column::Name.eq(name))
            .order_by_asc(reduction::Column::Observatory);
        let rows = self
            .retry("listing reductions", || query.clone().all(&self.connection))
            .await?;
        Ok(rows.iter().map(row).collect())
    }

    /// How many sources of a project have a name that is not known.
    pub async fn unknown_sources(
        &self,
        project_id: i64,
        is_known: impl Fn(&str) -> bool,
    ) -> Result<u64, DatabaseError> {
        let mut unknown = 0;
        let mut pages = self.walk(project_id, None);
        while let Some(page) = pages.try_next().await? {
            let names = page.names.iter();
            unknown += names.filter(|name| !is_known(name.as_str())).count() as u64;
        }
        Ok(unknown)
    }
}
