//! Lists of targets: from a file in any of the usual formats to rows that can be found by number, name and place.
//!
//! A catalog may come from a service instead: `service/` makes the query, judges what came, and keeps it as a file.
//! Here: what a project may set ([`CatalogParameters`]), reading and writing tables, the choice of columns, the
//! check of rows, named defaults and their download, the index of the sky, and [`Target`], one row of a catalog.
//! Not here: the database, and HTTP (a download is handed in as a function, services are asked by `project`).
//! A file becomes a catalog in this order:
mod load; // where is the file?
mod reader; // what columns does it have, and what is in them?

mod columns; // which column is taken for what?
mod rows; // which rows are good?

mod list; // the catalog
mod sky_index;
mod strings;
mod summary;
mod target;

mod credit;
mod download;
mod error;
mod make;
mod parameters;
mod service;
mod sexagesimal;
mod writer;

#[cfg(test)]
mod tests;

pub use columns::{ColumnUse, Role};
pub use download::download;
pub use error::CatalogError;
pub use list::Catalog;
pub use load::Places;
pub use make::make;
pub use parameters::{CatalogParameters, NamedCatalog};
pub use service::{
    GaiaParameters, Mode, Notes, ServiceQuery, VizierParameters, keep, notes, stored,
    unknown_columns,
};
pub use summary::Summary;
pub use target::Target;

/// The most similar of some names, for messages.
pub(crate) fn nearest_name<'a>(
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    columns::nearest(name, known)
}

/// The most similar ones of some names, the most similar first.
pub(crate) fn nearest_names<'a>(
    name: &str,
    known: impl Iterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    columns::nearest_few(name, known, most)
}
