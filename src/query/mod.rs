//! Which rows of a table are wanted: a condition in the words of the table's columns, a cone on the sky, an order, a limit.
//!
//! Here: the tables that can be asked ([`Table`]), their columns and types ([`Columns`]), and from the text of a
//! condition to a typed [`Condition`] in which every column is known and every comparison fits.
//! Not here: SQL, which `database` makes of it; I/O of any kind.
//!
//! A condition goes through `parse`, then `convert`.

mod columns; // what a table has
mod cone; // a circle on the sky
mod convert; // syntax tree → typed condition, or what does not fit
mod error; // what is wrong, and where
mod expression; // the typed condition
mod order; // which rows come first
mod parse; // text → syntax tree, or where it is no condition
mod record; // a row that comes out
#[cfg(test)]
mod tests;

pub use columns::{Column, ColumnKind, Columns, Owner, Table};
pub use cone::Cone;
pub use error::QueryError;
pub use expression::{Arithmetic, Comparison, Condition, Operand, Pattern, Piece};
pub use order::{Direction, SortKey};
pub use record::Record;

/// What is asked of a table; what is not set does not restrict.
///
/// ```
/// use retriever::query::{Cone, Query};
///
/// let strongest = Query::all()
///     .matching("snr > 8 and filter = 'zr' and not simulated")
///     .within(Cone::new(150.1, 2.2, 0.5)?)
///     .sorted("-snr")
///     .first(10);
/// # let _ = strongest;
/// # Ok::<(), retriever::query::QueryError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// Rows for which this is true, see [`Condition::parse`].
    pub condition: Option<String>,
    /// Rows of sources in this circle.
    pub cone: Option<Cone>,
    /// Columns to sort by, see [`SortKey::parse_list`]; without any the order is that of the catalog.
    pub sort: Option<String>,
    /// So many rows at most.
    pub limit: Option<u64>,
}

impl Query {
    /// All rows, in the order of the catalog.
    pub fn all() -> Query {
        Query::default()
    }

    /// Only rows for which this condition is true.
    pub fn matching(mut self, condition: impl Into<String>) -> Query {
        self.condition = Some(condition.into());
        self
    }

    /// Only rows of sources in this circle.
    pub fn within(mut self, cone: Cone) -> Query {
        self.cone = Some(cone);
        self
    }

    /// In this order: names of columns with commas between them, `-` before one that is to go down.
    pub fn sorted(mut self, columns: impl Into<String>) -> Query {
        self.sort = Some(columns.into());
        self
    }

    /// So many rows at most.
    pub fn first(mut self, limit: u64) -> Query {
        self.limit = Some(limit);
        self
    }

    /// The same in terms of a table's columns.
    ///
    /// # Errors
    /// A condition or an order that the table cannot answer.
    pub fn on(&self, columns: &Columns) -> Result<Selection, QueryError> {
        let condition = self.condition.as_deref();
        let sort = self.sort.as_deref();
        Ok(Selection {
            condition: condition
                .map(|text| Condition::parse(text, columns))
                .transpose()?,
            cone: self.cone,
            sort: sort
                .map(|text| SortKey::parse_list(text, columns))
                .transpose()?
                .unwrap_or_default(),
            limit: self.limit,
        })
    }
}

/// A [`Query`] of which all is known to fit its table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection {
    /// Rows for which this is true.
    pub condition: Option<Condition>,
    /// Rows of sources in this circle.
    pub cone: Option<Cone>,
    /// The first one counts most.
    pub sort: Vec<SortKey>,
    /// So many rows at most.
    pub limit: Option<u64>,
}
