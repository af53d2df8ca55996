//! What archives called the data that they sent, and when they were asked.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::entity::{raw_photometry, source};
use super::{Database, DatabaseError};

/// The sources of a project that one release answered for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseCount {
    pub observatory: String,
    /// Empty if the archive has no releases, or none was reached.
    pub release: String,
    pub sources: u64,
    /// First and last request (ISO 8601, UTC).
    pub first: Option<String>,
    pub last: Option<String>,
}

type ReleaseTuple = (String, Option<String>, i64, Option<String>, Option<String>);

impl Database {
    /// The releases that a project's raw photometry is of, by observatory and release.
    pub async fn releases(
        &self,
        project_id: i64,
        observatories: &[&str],
    ) -> Result<Vec<ReleaseCount>, DatabaseError> {
        use raw_photometry::{Column, Entity};
        let names = source::Entity::find()
            .select_only()
            .column(source::Column::Name)
            .filter(source::Column::ProjectId.eq(project_id))
            .into_query();
        let rows: Vec<ReleaseTuple> = self
            .retry("listing data releases", || {
                Entity::find()
                    .select_only()
                    .columns([Column::Observatory, Column::Release])
                    .expr(Column::Id.count())
                    .expr(Column::RequestedAt.min())
                    .expr(Column::RequestedAt.max())
                    .filter(Column::Observatory.is_in(observatories.iter().copied()))
                    .filter(Column::SourceName.in_subquery(names.clone()))
                    .group_by(Column::Observatory)
                    .group_by(Column::Release)
                    .order_by_asc(Column::Observatory)
                    .order_by_asc(Column::Release)
                    .into_tuple()
                    .all(&self.connection)
            })
            .await?;
        let count = |(observatory, release, sources, first, last): ReleaseTuple| ReleaseCount {
            observatory,
            release: release.unwrap_or_default(),
            sources: u64::try_from(sources).unwrap_or_default(),
            first,
            last,
        };
        Ok(rows.into_iter().map(count).collect())
    }
}
