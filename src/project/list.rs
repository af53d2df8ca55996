//! Rows of a project.

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::lightcurves::closing;
use super::{Project, ProjectError};
use crate::database::{self, Row, RowFilter};
use crate::query::{Columns, Query, Record, Table};

/// Rows of a project, one after the other.
pub type Records = BoxStream<'static, Result<Record, ProjectError>>;

impl Project {
    /// All rows of this version of the project, in the order of the catalog, as a stream. Keys are the names of the
    /// database's columns; those of properties have a list `filters` besides, a row for each filter. A project that never
    /// ran has none.
    pub async fn list(
        &self,
        table: Table,
    ) -> Result<BoxStream<'static, Result<Row, ProjectError>>, ProjectError> {
        if table == Table::Properties {
            return self.properties().await;
        }
        let rows = self.query(table, &Query::all()).await?;
        Ok(rows.map_ok(Record::into_object).boxed())
    }

    async fn properties(
        &self,
    ) -> Result<BoxStream<'static, Result<Row, ProjectError>>, ProjectError> {
        let Some(database) = self.existing_database().await? else {
            return Ok(stream::empty().boxed());
        };
        let Some(project) = self.existing_row(&database).await? else {
            super::close(database).await;
            return Ok(stream::empty().boxed());
        };
        let rows = database.list_properties(project.id, &RowFilter::default());
        Ok(rows
            .map_err(ProjectError::from)
            .chain(closing(database))
            .boxed())
    }

    /// The rows of this version of the project that are asked for, as a stream: the database filters and sorts, and
    /// memory does not grow with the rows. Their columns are those of the database ([`Project::columns`]). A project that never
    /// ran has none.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use futures::TryStreamExt;
    /// use retriever::project::{Project, Table};
    /// use retriever::query::Query;
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let project = Project::builder("wd_flares")
    ///     .observatory("DEMO")
    ///     .set("catalog.default", "test")
    ///     .data_root(folder.path())
    ///     .open()
    ///     .await?;
    /// project.run().await?;
    ///
    /// let southern = Query::all().matching("dec < 0 and num_good >= 20").sorted("-mag_mean_robust").first(3);
    /// let rows = project.query(Table::Lightcurves(None), &southern).await?;
    /// let rows: Vec<_> = rows.try_collect().await?;
    /// for row in &rows {
    ///     println!("{} {}", row["source_name"], row["mag_mean_robust"]);
    /// }
    /// assert!(rows.len() <= 3);
    ///
    /// let error = project.query(Table::Sources, &Query::all().matching("dek < 0")).await.err().unwrap();
    /// assert!(error.to_string().contains("no column of sources"));
    /// # Ok::<(), retriever::project::ProjectError>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    /// A condition or an order that the table cannot answer ([`QueryError`](crate::query::QueryError)), also of a project that
    /// never ran; a database that cannot be asked; as an item, one that is lost on the way.
    pub async fn query(&self, table: Table, query: &Query) -> Result<Records, ProjectError> {
        let selection = query.on(&database::columns_of(table))?;
        let Some(database) = self.existing_database().await? else {
            return Ok(stream::empty().boxed());
        };
        let Some(project) = self.existing_row(&database).await? else {
            super::close(database).await;
            return Ok(stream::empty().boxed());
        };
        let observatories = self.observatories().iter();
        let observatories: Vec<&str> = observatories
            .map(|observatory| observatory.name())
            .collect();
        let rows = database.query(project.id, &observatories, table, &selection);
        Ok(rows
            .map_err(ProjectError::from)
            .chain(closing(database))
            .boxed())
    }

    /// The columns of a table's rows, and what conditions may say of their source.
    pub fn columns(table: Table) -> Columns {
        database::columns_of(table)
    }
}
