//! Rows as JSON objects, in the order of the catalog.

use std::collections::HashMap;

use futures::stream::BoxStream;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use serde_json::{Map, Value};

use super::entity::{lightcurve, raw_photometry, source};
use super::walk::Page;
use super::{Database, DatabaseError, Outcome};
use crate::photometry::Kind;

/// One row: the database's column names, in the order of the table.
pub type Row = Map<String, Value>;

/// Which rows; what is not set does not restrict.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowFilter {
    /// Only these sources: none at all if the list is empty.
    pub source_names: Option<Vec<String>>,
    /// Raw photometry, lightcurves and detections (by their peak) of this observatory.
    pub observatory: Option<String>,
    /// Raw photometry of this outcome.
    pub outcome: Option<Outcome>,
    /// Lightcurves of this kind.
    pub kind: Option<Kind>,
    /// Detections in lightcurves with a simulated event, or without one.
    pub simulated: Option<bool>,
    /// Simulated events that were found, or were not.
    pub recovered: Option<bool>,
}

impl Database {
    /// The sources of a project, as a stream that holds a page at a time.
    pub fn list_sources(
        &self,
        project_id: i64,
        filter: &RowFilter,
    ) -> BoxStream<'static, Result<Row, DatabaseError>> {
        let pages = self.walk(project_id, filter.source_names.as_deref());
        self.rows_of_pages(pages, async |database, page| {
            database.sources_of(&page).await
        })
    }

    /// The raw photometry of a project's sources, in the same way; it may stem from other projects.
    pub fn list_raw(
        &self,
        project_id: i64,
        filter: &RowFilter,
    ) -> BoxStream<'static, Result<Row, DatabaseError>> {
        self.listed(project_id, filter, async |database, page, filter| {
            database.raw_of(&page, &filter).await
        })
    }

    /// The lightcurves of a project's sources, in the same way.
    pub fn list_lightcurves(
        &self,
        project_id: i64,
        filter: &RowFilter,
    ) -> BoxStream<'static, Result<Row, DatabaseError>> {
        self.listed(project_id, filter, async |database, page, filter| {
            database.lightcurves_of(&page, &filter).await
        })
    }

    /// Rows of the sources that the filter names, page by page; what else it says is for `question` to keep.
    pub(super) fn listed<Answer>(
        &self,
        project_id: i64,
        filter: &RowFilter,
        question: impl Fn(Database, Page, RowFilter) -> Answer + Send + 'static,
    ) -> BoxStream<'static, Result<Row, DatabaseError>>
    where
        Answer: Future<Output = Result<Vec<Row>, DatabaseError>> + Send + 'static,
    {
        let pages = self.walk(project_id, filter.source_names.as_deref());
        let filter = filter.clone();
        self.rows_of_pages(pages, move |database, page| {
            question(database, page, filter.clone())
        })
    }

    async fn sources_of(&self, page: &Page) -> Result<Vec<Row>, DatabaseError> {
        use source::{Column, Entity};
        let rows = self
            .retry("listing sources", || {
                Entity::find()
                    .filter(Column::Id.is_in(page.ids.iter().copied()))
                    .order_by_asc(Column::CatalogRow)
                    .order_by_asc(Column::Id)
                    .all(&self.connection)
            })
            .await?;
        Ok(rows.iter().map(row).collect())
    }

    async fn raw_of(&self, page: &Page, filter: &RowFilter) -> Result<Vec<Row>, DatabaseError> {
        use raw_photometry::{Column, Entity};
        let mut query = Entity::find().filter(Column::SourceName.is_in(&page.names));
        if let Some(observatory) = &filter.observatory {
            query = query.filter(Column::Observatory.eq(observatory));
        }
        if let Some(outcome) = filter.outcome {
            query = query.filter(Column::Outcome.eq(outcome));
        }
        let mut rows = self
            .retry("listing raw photometry", || {
                query.clone().all(&self.connection)
            })
            .await?;
        let places = places(page.names.iter().map(String::as_str));
        rows.sort_by(|a, b| {
            let place = |row: &raw_photometry::Model| places.get(row.source_name.as_str()).copied();
            place(a)
                .cmp(&place(b))
                .then_with(|| a.observatory.cmp(&b.observatory))
        });
        Ok(rows.iter().map(row).collect())
    }

    async fn lightcurves_of(
        &self,
        page: &Page,
        filter: &RowFilter,
    ) -> Result<Vec<Row>, DatabaseError> {
        use lightcurve::{Column, Entity};
        let mut query = Entity::find().filter(Column::SourceId.is_in(page.ids.iter().copied()));
        if let Some(observatory) = &filter.observatory {
            query = query.filter(Column::Observatory.eq(observatory));
        }
        if let Some(kind) = filter.kind {
            query = query.filter(Column::Kind.eq(kind.as_str()));
        }
        let mut rows = self
            .retry("listing lightcurves", || {
                query.clone().all(&self.connection)
            })
            .await?;
        let places = places(page.ids.iter().copied());
        rows.sort_by(|a, b| {
            let place = |row: &lightcurve::Model| places.get(&row.source_id).copied();
            let numbers = |row: &lightcurve::Model| (row.series_number, row.injection_number);
            place(a)
                .cmp(&place(b))
                .then_with(|| a.observatory.cmp(&b.observatory))
                .then_with(|| a.kind.cmp(&b.kind))
                .then_with(|| numbers(a).cmp(&numbers(b)))
        });
        Ok(rows.iter().map(row).collect())
    }
}

/// Where in the page each one stands.
pub(super) fn places<Key: std::hash::Hash + Eq>(
    keys: impl Iterator<Item = Key>,
) -> HashMap<Key, usize> {
    keys.enumerate().map(|(place, key)| (key, place)).collect()
}

/// A row with the rows of another table that belong to it.
pub(super) fn with_row(mut row: Row, name: &str, others: Vec<Row>) -> Row {
    let others = others.into_iter().map(Value::Object).collect();
    row.insert(name.to_owned(), Value::Array(others));
    row
}

pub(super) fn row(model: &impl Serialize) -> Row {
    match serde_json::to_value(model) {
        Ok(Value::Object(row)) => row,
        other => unreachable!("a struct of plain fields becomes an object, not {other:?}"),
    }
}
