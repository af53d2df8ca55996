//! A walk through the sources of a project, page by page in the order of the catalog: what bounds the memory of lists.

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::source;
use super::{Database, DatabaseError};

/// Sources of one page.
const PAGE: usize = 200;

/// Some sources of a project, with their places in the walk.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) ids: Vec<i64>,
    pub(super) names: Vec<String>,
}

impl Page {
    /// The name of a source of this page.
    pub(super) fn name_of(&self, id: i64) -> String {
        let place = self.ids.iter().position(|known| *known == id);
        place
            .map(|place| self.names[place].clone())
            .unwrap_or_default()
    }
}

/// What follows.
enum Next {
    /// Of all sources those after this (catalog row, id).
    After(Option<(i64, i64)>),
    /// Of the sources with these names.
    Named(std::vec::IntoIter<Vec<String>>),
}

type SourceTuple = (i64, i64, String);

impl Database {
    /// All sources of a project, or those of these names.
    pub(super) fn walk(
        &self,
        project_id: i64,
        names: Option<&[String]>,
    ) -> BoxStream<'static, Result<Page, DatabaseError>> {
        let next = match names {
            None => Next::After(None),
            Some(names) => {
                let pages: Vec<Vec<String>> = names.chunks(PAGE).map(<[String]>::to_vec).collect();
                Next::Named(pages.into_iter())
            }
        };
        let database = self.clone();
        stream::try_unfold(next, move |mut next| {
            let database = database.clone();
            async move {
                let rows = match &mut next {
                    Next::After(after) => {
                        let rows = database.page_after(project_id, *after).await?;
                        let Some(&(id, row, _)) = rows.last() else {
                            return Ok(None);
                        };
                        *after = Some((row, id));
                        rows
                    }
                    Next::Named(pages) => match pages.next() {
                        Some(names) => database.page_named(project_id, &names).await?,
                        None => return Ok(None),
                    },
                };
                let (ids, names) = rows.into_iter().map(|(id, _, name)| (id, name)).unzip();
                Ok(Some((Page { ids, names }, next)))
            }
        })
        .boxed()
    }

    /// The rows that `question` gives for each page, one after the other.
    pub(super) fn rows_of_pages<T, Answer>(
        &self,
        pages: BoxStream<'static, Result<Page, DatabaseError>>,
        question: impl Fn(Database, Page) -> Answer + Send + 'static,
    ) -> BoxStream<'static, Result<T, DatabaseError>>
    where
        T: Send + 'static,
        Answer: Future<Output = Result<Vec<T>, DatabaseError>> + Send + 'static,
    {
        let database = self.clone();
        pages
            .and_then(move |page| question(database.clone(), page))
            .map_ok(|rows| stream::iter(rows.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }

    /// Keys are compared as a pair, which both databases answer from the index; the same written with OR is not.
    async fn page_after(
        &self,
        project_id: i64,
        after: Option<(i64, i64)>,
    ) -> Result<Vec<SourceTuple>, DatabaseError> {
        use source::Column;
        self.retry("listing sources", || async {
            let mut query = sources(project_id).limit(PAGE as u64);
            if let Some((row, id)) = after {
                let place = Expr::tuple([Expr::col(Column::CatalogRow), Expr::col(Column::Id)]);
                query = query.filter(place.gt(Expr::tuple([row.into(), id.into()])));
            }
            query.into_tuple().all(&self.connection).await
        })
        .await
    }

    async fn page_named(
        &self,
        project_id: i64,
        names: &[String],
    ) -> Result<Vec<SourceTuple>, DatabaseError> {
        self.retry("listing sources", || async {
            sources(project_id)
                .filter(source::Column::Name.is_in(names))
                .into_tuple()
                .all(&self.connection)
                .await as Result<Vec<SourceTuple>, DbErr>
        })
        .await
    }
}

fn sources(project_id: i64) -> sea_orm::Select<source::Entity> {
    use source::Column;
    source::Entity::find()
        .select_only()
        .columns([Column::Id, Column::CatalogRow, Column::Name])
        .filter(Column::ProjectId.eq(project_id))
        .order_by_asc(Column::CatalogRow)
        .order_by_asc(Column::Id)
}
