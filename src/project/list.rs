//! Rows of a project.

use futures::stream::{self, BoxStream, StreamExt};

use super::lightcurves::closing;
use super::{Project, ProjectError};
use crate::database::{Row, RowFilter};
use crate::photometry::Kind;

/// The tables that can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    Sources,
    Raw,
    /// Of this kind; none: of all.
    Lightcurves(Option<Kind>),
    Detections,
    Injections,
    /// Of the sources that are analysed; `filters` of each is a list, a row for each filter.
    Properties,
}

impl Project {
    /// Rows of this version of the project, in the order of the catalog, as a stream that holds a page at a
    /// time. Keys are the names of the database's columns. A project that never ran has none.
    pub async fn list(
        &self,
        table: Table,
    ) -> Result<BoxStream<'static, Result<Row, ProjectError>>, ProjectError> {
        let Some(database) = self.existing_database().await? else {
            return Ok(stream::empty().boxed());
        };
        let Some(project) = self.existing_row(&database).await? else {
            return Ok(stream::empty().boxed());
        };
        let mut filter = RowFilter::default();
        let rows = match table {
            Table::Sources => database.list_sources(project.id, &filter),
            Table::Raw => database.list_raw(project.id, &filter),
            Table::Lightcurves(kind) => {
                filter.kind = kind;
                database.list_lightcurves(project.id, &filter)
            }
            Table::Detections => database.list_detections(project.id, &filter),
            Table::Injections => database.list_injections(project.id, &filter),
            Table::Properties => database.list_properties(project.id, &filter),
        };
        Ok(rows
            .map(|row| row.map_err(ProjectError::from))
            .chain(closing(database))
            .boxed())
    }
}
