//! Rows that a condition, a cone, an order and a limit select: one statement, whatever is asked, whose rows are
//! read as they are needed. The database filters and sorts, so memory does not grow with what it holds.

mod condition; // a typed condition as SQL that means the same on both databases
mod records; // rows out of the database's types
mod select; // the statement

use futures::stream::BoxStream;
use sea_orm::EntityTrait;

use super::entity::{detection, injection, lightcurve, properties, raw_photometry, source};
use super::{Database, DatabaseError};
use crate::query::{Columns, Record, Selection, Table};
use records::Stored;

/// The columns of the rows of a table, and what conditions may say of their source.
pub fn columns_of(table: Table) -> Columns {
    let stored = stored(table);
    Columns::new(
        table,
        stored.into_iter().map(|(name, kind)| (name, kind.kind())),
    )
}

impl Database {
    /// The rows of a project that are selected. Without a sort key they come in the order of the catalog; those of a source
    /// by observatory and number, real detections before those of simulated events.
    ///
    /// Raw photometry may stem from other projects. Failures are those at `observatories`, and of the analysis.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn query(
        &self,
        project_id: i64,
        observatories: &[&str],
        table: Table,
        selection: &Selection,
    ) -> BoxStream<'static, Result<Record, DatabaseError>> {
        let statement = select::Statement {
            backend: self.backend(),
            project_id,
            observatories,
            table,
            selection,
        };
        let reading = records::Reading {
            statement: statement.build(),
            columns: stored(table),
            cone: selection.cone,
            limit: selection.limit,
        };
        self.records(reading)
    }
}

/// The columns of a table in its order, and how the database keeps them.
fn stored(table: Table) -> Vec<(&'static str, Stored)> {
    match table {
        Table::Sources => records::stored_in::<source::Entity>(),
        Table::Raw => records::stored_in::<raw_photometry::Entity>(),
        Table::Lightcurves(_) => records::stored_in::<lightcurve::Entity>(),
        Table::Detections => records::stored_in::<detection::Entity>(),
        Table::Injections => records::stored_in::<injection::Entity>(),
        Table::Properties => records::stored_in::<properties::Entity>(),
        Table::Failures => select::FAILURE_COLUMNS.to_vec(),
    }
}

/// The name of a table in the database.
fn table_name<E: EntityTrait>() -> &'static str {
    E::default().as_str()
}
