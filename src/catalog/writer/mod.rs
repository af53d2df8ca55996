//! Writing a catalog, a file per format; the extension chooses.
//!
//! Columns are `name, ra, dec` and those of `mag, magerr, pmra, pmdec, parallax`, further filters, `alias` and object
//! numbers (`TIC`) that the catalog has, so that what is written is recognised without parameters. A file appears whole or not at all.

mod csv;
mod fits;
mod hdf5;
mod parquet;
mod votable;

use std::path::Path;

use super::strings::Strings;
use super::{Catalog, CatalogError};
use crate::disk::{folder_of, temporary_in};

/// A column of numbers: its name, its unit and its values, NaN where there is none.
struct NumberColumn<'a> {
    name: &'a str,
    unit: &'static str,
    values: &'a [f64],
}

impl Catalog {
    /// Writes `.csv`, `.tsv`, `.fits`, `.vot` (`.xml`, `.votable`), `.h5` (`.hdf5`) or `.parquet`, replacing an
    /// older file in one step. The same catalog gives the same bytes.
    pub fn write(&self, file: &Path) -> Result<(), CatalogError> {
        let extension = file
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default()
            .to_lowercase();
        let write: fn(&Catalog, &Path) -> std::io::Result<()> = match extension.as_str() {
            "csv" => |catalog, path| csv::write(catalog, path, b','),
            "tsv" => |catalog, path| csv::write(catalog, path, b'\t'),
            "fits" | "fit" => fits::write,
            "vot" | "votable" | "xml" => votable::write,
            "h5" | "hdf5" => hdf5::write,
            "parquet" => parquet::write,
            _ => {
                return Err(CatalogError::Usage {
                    given: file.display().to_string(),
                    expected: "a file name that ends in .csv, .tsv, .fits, .vot, .h5 or .parquet",
                });
            }
        };
        let unwritable = |cause: std::io::Error| CatalogError::unwritable(file, cause);
        let part = temporary_in(folder_of(file), ".part")
            .map_err(unwritable)?
            .into_temp_path();
        write(self, &part).map_err(unwritable)?;
        part.persist(file).map_err(|error| unwritable(error.error))
    }

    fn number_columns(&self) -> Vec<NumberColumn<'_>> {
        let numbers = &self.numbers;
        let own = [
            ("ra", "deg", &numbers.ra),
            ("dec", "deg", &numbers.dec),
            ("mag", "mag", &numbers.mag),
            ("magerr", "mag", &numbers.mag_err),
            ("pmra", "mas/yr", &numbers.pmra),
            ("pmdec", "mas/yr", &numbers.pmdec),
            ("parallax", "mas", &numbers.parallax),
        ];
        let further = numbers
            .mags
            .iter()
            .map(|(filter, values)| (filter.as_str(), "mag", values));
        own.into_iter()
            .chain(further)
            .filter(|(name, _, values)| matches!(*name, "ra" | "dec") || !values.is_empty())
            .map(|(name, unit, values)| NumberColumn { name, unit, values })
            .collect()
    }

    fn text_columns(&self) -> Vec<(&str, &Strings)> {
        let mut columns = vec![("name", self.names.strings())];
        columns.extend(self.aliases.as_ref().map(|aliases| ("alias", aliases)));
        columns.extend(self.ids.iter().map(|(kind, ids)| (kind.as_str(), ids)));
        columns
    }
}
