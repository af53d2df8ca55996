//! A collection: a catalog with its margin, in a folder of its own.

use arrow::array::RecordBatch;

use super::Partition;
use super::catalog::{CatalogWriter, write_properties};
use crate::export::place::FolderPlace;
use crate::export::{Column, ColumnKind, Description, ExportError};

/// The column that sources are sorted by.
pub(crate) const HEALPIX_COLUMN: &str = "_healpix_29";

/// Sources so near to a partition are in its margin (arcsec): wider than any crossmatch of photometry.
pub(crate) const MARGIN_ARCSEC: f64 = 10.0;

/// The column [`HEALPIX_COLUMN`].
pub(crate) fn healpix_column() -> Column {
    let words = "HEALPix cell of the position, nested, order 29";
    Column::new(HEALPIX_COLUMN, ColumnKind::Int64, "", words).ucd("pos.healpix")
}

/// A collection that is being written: first the partitions of the catalog, then those of its margin.
pub(crate) struct Collection<'a> {
    name: String,
    description: &'a Description,
    /// `object`: a row for each source; `source`: several.
    catalog_type: &'static str,
    catalog: Option<CatalogWriter<'a>>,
    margin: Option<CatalogWriter<'a>>,
    place: &'a FolderPlace,
    rows: u64,
}

impl<'a> Collection<'a> {
    /// Begins a collection in a folder, which is emptied before.
    pub fn begin(
        place: &'a FolderPlace,
        name: &str,
        description: &'a Description,
        catalog_type: &'static str,
    ) -> Result<Collection<'a>, ExportError> {
        place.empty()?;
        let catalog = CatalogWriter::begin(place.path().join(name), description)?;
        Ok(Collection {
            name: name.to_owned(),
            description,
            catalog_type,
            catalog: Some(catalog),
            margin: None,
            place,
            rows: 0,
        })
    }

    /// Begins a partition of the catalog, or of its margin.
    pub fn partition(&mut self, partition: &Partition, is_margin: bool) -> Result<(), ExportError> {
        if is_margin && self.margin.is_none() {
            self.end_catalog()?;
            let folder = self.place.path().join(self.margin_name());
            self.margin = Some(CatalogWriter::begin(folder, self.description)?);
        }
        match self.margin.as_mut().or(self.catalog.as_mut()) {
            Some(catalog) => catalog.partition(partition),
            None => Err(ended()),
        }
    }

    /// Writes rows of the partition that was begun last.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ExportError> {
        match self.margin.as_mut().or(self.catalog.as_mut()) {
            Some(catalog) => catalog.write(batch),
            None => Err(ended()),
        }
    }

    /// Writes what joins them. Gives back how many rows the catalog has.
    pub fn finish(mut self) -> Result<u64, ExportError> {
        self.end_catalog()?;
        let mut pairs = vec![
            ("obs_collection", self.name.clone()),
            ("hats_primary_table_url", self.name.clone()),
        ];
        if let Some(margin) = self.margin.take() {
            let name = self.margin_name();
            let mut properties = self.properties(&name, "margin");
            properties.push(("hats_primary_table_url", self.name.clone()));
            properties.push(("hats_margin_threshold", format!("{MARGIN_ARCSEC:?}")));
            margin.finish(&properties)?;
            pairs.push(("all_margins", name.clone()));
            pairs.push(("default_margin", name));
        }
        write_properties(&self.place.path().join("collection.properties"), &pairs)?;
        Ok(self.rows)
    }

    fn end_catalog(&mut self) -> Result<(), ExportError> {
        if let Some(catalog) = self.catalog.take() {
            self.rows = catalog.finish(&self.properties(&self.name, self.catalog_type))?;
        }
        Ok(())
    }

    fn margin_name(&self) -> String {
        format!("{}_margin_{MARGIN_ARCSEC:.0}arcs", self.name)
    }

    fn properties(&self, name: &str, catalog_type: &str) -> Vec<(&'static str, String)> {
        let version = env!("CARGO_PKG_VERSION");
        let mut pairs = vec![
            ("obs_collection", name.to_owned()),
            ("dataproduct_type", catalog_type.to_owned()),
            ("obs_title", self.description.title.clone()),
            ("hats_col_ra", "ra".to_owned()),
            ("hats_col_dec", "dec".to_owned()),
            ("hats_builder", format!("retriever {version}")),
        ];
        // the facts have names of their own, which readers keep
        for fact in &self.description.facts {
            pairs.push((fact.name, fact.value.clone()));
        }
        pairs
    }
}

fn ended() -> ExportError {
    ExportError::Rows {
        words: "rows for a catalog that has ended".to_owned(),
    }
}
