//! The words inside the files: names of attributes, the columns that every lightcurve has, the version.

use crate::photometry::{Column, Epochs, Text, Values};

/// Version of the layout of groups, columns and attributes. A reader refuses a higher one.
pub const SCHEMA_VERSION: i64 = 1;

pub(super) const SOURCE_NAME: &str = "source_name";
pub(super) const OBSERVATORY: &str = "observatory";
pub(super) const VERSION: &str = "schema_version";
pub(super) const KIND: &str = "kind";
pub(super) const ALTDATA: &str = "altdata";
pub(super) const TIME_FORMAT: &str = "time_format";
pub(super) const TIME_SCALE: &str = "time_scale";
pub(super) const TIME_REFERENCE: &str = "time_reference";
pub(super) const TIME_ALIGNMENT: &str = "time_alignment";
/// The column that holds the times.
pub(super) const TIME_COLUMN: &str = "time_column";
pub(super) const FILTER: &str = "filter";
pub(super) const SERIES_NUMBER: &str = "series_number";
pub(super) const SERIES_TOTAL: &str = "series_total";
pub(super) const FLUX_UNIT: &str = "flux_unit";
pub(super) const ZERO_POINT: &str = "zero_point";
pub(super) const STATISTICS: &str = "statistics";

pub(super) const UNITS: &str = "units";
pub(super) const DESCRIPTION: &str = "description";
/// xarray's convention for truth values kept as bytes: it gives them back as booleans.
pub(super) const DTYPE: &str = "dtype";
pub(super) const BOOLEAN: &str = "bool";
/// The true name of a column whose name cannot be a link.
pub(super) const COLUMN_NAME: &str = "column_name";
/// What marks the dataset that is no column but the dimension of all of them.
pub(super) const SCALE_MARK: &str = "CLASS";

/// `kind` of raw photometry; lightcurves have the words of `photometry::Kind`.
pub(super) const RAW_KIND: &str = "raw";
/// Time attributes of raw photometry whose observatory states no frame.
pub(super) const UNKNOWN: &str = "unknown";

/// Name of the dimension that the columns of a group share.
pub(super) const DIMENSION: &str = "epoch";

/// Name of the time column of every lightcurve.
pub(super) const MJD: &str = "mjd";
pub(super) const FLAG: &str = "flag";

/// Text that `CLASS` of a dimension scale has, with its terminating zero.
pub(super) const SCALE_CLASS: &[u8; 16] = b"DIMENSION_SCALE\0";
/// Bytes of the `NAME` attribute: netCDF's fixed sentence with a number of ten digits, and a zero.
pub(super) const SCALE_NAME_BYTES: usize = 64;

/// `NAME` of a dimension of this length that is no variable, as netCDF-4 has it.
pub(super) fn dimension_title(length: usize) -> [u8; SCALE_NAME_BYTES] {
    scale_title(&format!(
        "This is a netCDF dimension but not a netCDF variable.{length:10}"
    ))
}

/// `NAME` of a dimension scale: the last byte stays zero.
pub(super) fn scale_title(title: &str) -> [u8; SCALE_NAME_BYTES] {
    let mut bytes = [0; SCALE_NAME_BYTES];
    let fitting = title.len().min(SCALE_NAME_BYTES - 1);
    bytes[..fitting].copy_from_slice(&title.as_bytes()[..fitting]);
    bytes
}

/// Attributes of an object and links of a group beyond which libhdf5 builds a heap and a tree of several kilobytes when
/// it adds one. Its own default is 8.
pub(super) const COMPACT_ENTRIES: u16 = 64;

/// The cells of one column.
#[derive(Clone, Copy)]
pub(super) enum Cells<'a> {
    Float64(&'a [f64]),
    Float32(&'a [f32]),
    Int64(&'a [i64]),
    Int32(&'a [i32]),
    Boolean(&'a [bool]),
    Text(&'a Text),
}

impl Cells<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Cells::Float64(values) => values.len(),
            Cells::Float32(values) => values.len(),
            Cells::Int64(values) => values.len(),
            Cells::Int32(values) => values.len(),
            Cells::Boolean(values) => values.len(),
            Cells::Text(text) => text.len(),
        }
    }
}

/// A column as it goes into a file.
pub(super) struct ColumnView<'a> {
    pub name: &'a str,
    pub unit: &'a str,
    pub description: &'a str,
    pub cells: Cells<'a>,
}

impl<'a> From<&'a Column> for ColumnView<'a> {
    fn from(column: &'a Column) -> ColumnView<'a> {
        ColumnView {
            name: &column.name,
            unit: &column.unit,
            description: &column.description,
            cells: match &column.values {
                Values::Float64(values) => Cells::Float64(values),
                Values::Float32(values) => Cells::Float32(values),
                Values::Int64(values) => Cells::Int64(values),
                Values::Int32(values) => Cells::Int32(values),
                Values::Boolean(values) => Cells::Boolean(values),
                Values::Text(text) => Cells::Text(text),
            },
        }
    }
}

/// All columns of a lightcurve: the nine that each has, then those of its survey.
pub(super) fn columns_of(epochs: &Epochs) -> Vec<ColumnView<'_>> {
    let floats = |name, unit, description, values| ColumnView {
        name,
        unit,
        description,
        cells: Cells::Float64(values),
    };
    let flux_unit = epochs.flux_unit.as_str();
    let mut columns = vec![
        floats(MJD, "d", "time of the epoch", &epochs.mjd),
        floats("mag", "mag", "magnitude", &epochs.mag),
        floats("magerr", "mag", "error of mag", &epochs.magerr),
        floats("flux", flux_unit, "flux", &epochs.flux),
        floats("fluxerr", flux_unit, "error of flux", &epochs.fluxerr),
        ColumnView {
            name: FLAG,
            unit: "",
            description: "true: the survey or the reduction calls the epoch bad",
            cells: Cells::Boolean(&epochs.flag),
        },
        floats("exptime", "s", "exposure time", &epochs.exptime),
        floats("ra", "deg", "right ascension, ICRS", &epochs.ra),
        floats("dec", "deg", "declination, ICRS", &epochs.dec),
    ];
    columns.extend(epochs.extra.iter().map(ColumnView::from));
    columns
}
