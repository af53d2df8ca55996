//! Tables to bytes that other programs read: Parquet, FITS, VOTable, ECSV, CSV, and HATS collections.
//!
//! Here: one [`Description`] of a table (columns with units, where it comes from) for all formats, a file for each format,
//! the columns of lightcurves ([`LightcurveColumns`]) and of the database's rows ([`RowTable`]). Rows come as Arrow's record batches, a
//! bounded number at a time, and go to whatever can be written to.
//! Not here: the database, files of the project, async. `project::exporting` joins them.
//!
//! ```
//! use std::sync::Arc;
//! use arrow::array::{Float64Array, RecordBatch};
//! use retriever::export::{self, Column, ColumnKind, Description, Format};
//!
//! let table = Description {
//!     name: "curve".into(),
//!     title: "two epochs".into(),
//!     columns: vec![Column::new("mjd", ColumnKind::Float64, "d", "time of the epoch")],
//!     facts: vec![],
//! };
//! let rows = RecordBatch::try_new(table.schema(), vec![Arc::new(Float64Array::from(vec![58_000.5, f64::NAN]))])?;
//! let mut bytes = Vec::new();
//! let mut writer = export::stream(Format::Csv, &table, &mut bytes)?;
//! writer.write(&rows)?;
//! writer.finish()?;
//! assert_eq!(String::from_utf8(bytes)?, "# two epochs\n# mjd [d]: time of the epoch\nmjd\n58000.5\nnan\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cells; // a batch by the types of its columns
mod csv;
mod delimited; // what CSV and ECSV have in common
mod description;
mod ecsv;
mod error;
mod fits;
mod format;
pub(crate) mod hats; // a folder of Parquet files by place on the sky
mod lightcurves; // lightcurves of any surveys as one table
mod parquet;
mod place; // files and folders that appear whole or not at all
mod rows; // rows of the database as tables
mod tables; // which columns those have
mod units; // which units readers know
mod votable;
mod votable_header; // also for Parquet

use std::collections::BTreeMap;
use std::io::{Seek, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

pub use description::{Column, ColumnKind, Description, Fact, TimeSystem};
pub use error::ExportError;
pub use format::Format;
pub use lightcurves::{Layout, LightcurveColumns};
pub(crate) use place::{FilePlace, FolderPlace};
pub use rows::RowTable;

/// Takes the rows of a table, batch by batch.
pub trait RowWriter {
    /// Writes these rows, which have the columns of the description.
    ///
    /// # Errors
    /// What they are written to takes no more, or the format cannot hold a value.
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ExportError>;

    /// Writes what stands after the last row.
    ///
    /// # Errors
    /// As [`RowWriter::write`].
    fn finish(self: Box<Self>) -> Result<(), ExportError>;
}

/// For each text column the bytes of its longest text, as FITS writes them.
pub type Widths = BTreeMap<String, usize>;

/// A table in a format that goes from its first to its last byte: VOTable, ECSV or CSV.
///
/// # Errors
/// Another format, lists in the columns, or the head cannot be written.
pub fn stream<'a, W: Write + Send + 'a>(
    format: Format,
    description: &'a Description,
    out: W,
) -> Result<Box<dyn RowWriter + Send + 'a>, ExportError> {
    Ok(match format {
        Format::Votable => Box::new(votable::VotableWriter::begin(description, out)?),
        Format::Ecsv => Box::new(ecsv::EcsvWriter::begin(description, out)?),
        Format::Csv => Box::new(csv::CsvWriter::begin(description, out)?),
        Format::Parquet | Format::Fits | Format::Hats => {
            return Err(ExportError::Unrepresentable {
                format: format.as_str(),
                what: "a table in a stream that cannot go back".to_owned(),
                advice: "write it to a file with `-o FILE`; csv, ecsv and votable can be streams",
            });
        }
    })
}

/// A table in any format that is one file. FITS needs the widths of its text columns: a longer text is
/// [`ExportError::Wide`], and [`text_widths`] says them of a batch.
///
/// # Errors
/// HATS, which is a folder; lists in the columns of a format without; the head cannot be written.
pub fn file<'a, W: Write + Seek + Send + 'a>(
    format: Format,
    description: &'a Description,
    widths: &Widths,
    out: W,
) -> Result<Box<dyn RowWriter + Send + 'a>, ExportError> {
    Ok(match format {
        Format::Parquet => Box::new(parquet::ParquetWriter::begin(description, out)?),
        Format::Fits => Box::new(fits::FitsWriter::begin(description, widths, out)?),
        other => stream(other, description, out)?,
    })
}

/// The columns as Arrow has them.
pub(crate) fn schema_of(columns: &[Column]) -> SchemaRef {
    description::schema(columns)
}

pub(crate) use fits::text_width;
pub use fits::text_widths;
