//! Photometry to the bytes of an HDF5 file that netCDF-4 readers open too.
//!
//! A group per dataset, in it a column per dataset and the one dimension that they share. The same content
//! gives the same bytes: no times, no addresses, nothing of the machine.

use std::borrow::Cow;
use std::collections::HashSet;

use bytes::Bytes;

use super::image::{self, Attributes, Column, Group, Value};
use super::schema::{self, Cells, ColumnView};
use super::{StorageError, names, seal};
use crate::photometry::{Kind, Lightcurve, RawPhotometry};
use crate::time::TimeFrame;

type Result<T> = std::result::Result<T, StorageError>;

/// The file of one source's raw photometry: one group, named by [`names::raw_key`].
///
/// # Errors
/// Text with a zero character in a column, or an attribute that a header cannot hold.
pub fn encode_raw(raw: &RawPhotometry) -> Result<Bytes> {
    let columns: Vec<ColumnView> = raw.table.columns().iter().map(ColumnView::from).collect();
    let time = raw.time.as_ref();
    let mut attributes = identity(schema::RAW_KIND, &raw.source_name, &raw.observatory);
    if let Some(time) = time {
        attributes.push(text(schema::TIME_COLUMN, &time.name));
    }
    attributes.extend(frame(time.map(|time| time.frame)));
    attributes.push(json(schema::ALTDATA, &raw.altdata)?);
    let times = time.map(|time| (time.name.as_str(), time.frame));
    let name = names::raw_key(&raw.source_name);
    let group = group(name, attributes, raw.table.rows(), times, &columns);
    Ok(Bytes::from(seal::seal(image::encode(&[group])?)))
}

/// The file of one source's lightcurves of one kind: a group for each, named by [`names::lightcurve_keys`].
///
/// # Errors
/// Columns of different lengths or of the same name, two lightcurves of one number (unless simulated), text
/// with a zero character in a column, or an attribute that a header cannot hold.
pub fn encode_lightcurves(lightcurves: &[Lightcurve], kind: Kind) -> Result<Bytes> {
    let keys = names::lightcurve_keys(lightcurves, kind);
    let mut seen = HashSet::new();
    if let Some(twice) = keys.iter().find(|key| !seen.insert(key.as_str())) {
        return Err(StorageError::Unencodable {
            what: format!("the lightcurve {twice:?}"),
            reason: "it is there twice",
        });
    }
    let columns: Vec<Vec<ColumnView>> = lightcurves
        .iter()
        .map(|lightcurve| schema::columns_of(&lightcurve.epochs))
        .collect();
    let groups = lightcurves
        .iter()
        .zip(keys)
        .zip(&columns)
        .map(|((lightcurve, key), columns)| lightcurve_group(key, lightcurve, kind, columns))
        .collect::<Result<Vec<Group>>>()?;
    Ok(Bytes::from(seal::seal(image::encode(&groups)?)))
}

fn lightcurve_group<'a>(
    key: String,
    lightcurve: &'a Lightcurve,
    kind: Kind,
    columns: &[ColumnView<'a>],
) -> Result<Group<'a>> {
    let epochs = &lightcurve.epochs;
    check_columns(columns, epochs.len())?;
    let mut attributes = identity(
        kind.as_str(),
        &lightcurve.source_name,
        &lightcurve.observatory,
    );
    attributes.extend([
        text(schema::FILTER, &lightcurve.filter),
        integer(schema::SERIES_NUMBER, lightcurve.series_number.into()),
        integer(schema::SERIES_TOTAL, lightcurve.series_total.into()),
        text(schema::TIME_COLUMN, schema::MJD),
    ]);
    attributes.extend(frame(Some(lightcurve.frame)));
    attributes.extend([
        text(schema::FLUX_UNIT, &epochs.flux_unit),
        (schema::ZERO_POINT, Value::Float(epochs.zero_point)),
        json(schema::STATISTICS, &lightcurve.statistics)?,
        json(schema::ALTDATA, &lightcurve.altdata)?,
    ]);
    let times = Some((schema::MJD, lightcurve.frame));
    Ok(group(key, attributes, epochs.len(), times, columns))
}

fn check_columns(columns: &[ColumnView], rows: usize) -> Result<()> {
    let mut seen = HashSet::new();
    for column in columns {
        let reason = if column.cells.len() != rows {
            "its length is not that of the times"
        } else if !seen.insert(column.name) {
            "it is there twice"
        } else {
            continue;
        };
        return Err(StorageError::Unencodable {
            what: format!("the column {:?}", column.name),
            reason,
        });
    }
    Ok(())
}

fn identity<'a>(kind: &'a str, source_name: &'a str, observatory: &'a str) -> Attributes<'a> {
    vec![
        integer(schema::VERSION, schema::SCHEMA_VERSION),
        text(schema::KIND, kind),
        text(schema::OBSERVATORY, observatory),
        text(schema::SOURCE_NAME, source_name),
    ]
}

/// What the times mean, on the group and on the time column alike.
fn frame(frame: Option<TimeFrame>) -> [(&'static str, Value<'static>); 4] {
    let [format, scale, reference, alignment] = frame.map_or([schema::UNKNOWN; 4], |frame| {
        [
            frame.format.as_str(),
            frame.scale.as_str(),
            frame.reference.as_str(),
            frame.alignment.as_str(),
        ]
    });
    [
        text(schema::TIME_FORMAT, format),
        text(schema::TIME_SCALE, scale),
        text(schema::TIME_REFERENCE, reference),
        text(schema::TIME_ALIGNMENT, alignment),
    ]
}

fn text<'a>(name: &'static str, text: &'a str) -> (&'static str, Value<'a>) {
    (name, Value::Text(Cow::Borrowed(text)))
}

fn integer(name: &'static str, number: i64) -> (&'static str, Value<'static>) {
    (name, Value::Integer(number))
}

fn json(
    name: &'static str,
    value: &impl serde::Serialize,
) -> Result<(&'static str, Value<'static>)> {
    let text = serde_json::to_string(value).map_err(|_| StorageError::Unencodable {
        what: format!("the attribute {name:?}"),
        reason: "it is no JSON",
    })?;
    Ok((name, Value::Text(Cow::Owned(text))))
}

fn group<'a>(
    name: String,
    attributes: Attributes<'a>,
    rows: usize,
    times: Option<(&str, TimeFrame)>,
    columns: &[ColumnView<'a>],
) -> Group<'a> {
    let links: Vec<String> = columns
        .iter()
        .map(|column| names::link_name(column.name))
        .collect();
    let dimension = dimension_name(&links);
    let column = |(column, link): (&ColumnView<'a>, String)| {
        let mut attributes = describe(column, &link);
        if let Some((_, of_column)) = times.filter(|(name, _)| *name == column.name) {
            attributes.extend(frame(Some(of_column)));
        }
        Column {
            name: link,
            cells: column.cells,
            attributes,
        }
    };
    Group {
        name,
        attributes,
        dimension,
        rows,
        columns: columns.iter().zip(links).map(column).collect(),
    }
}

fn describe<'a>(column: &ColumnView<'a>, link: &str) -> Attributes<'a> {
    let mut attributes = Attributes::new();
    let is_float = matches!(column.cells, Cells::Float64(_) | Cells::Float32(_));
    // every float says its unit, be it that it has none
    if is_float || !column.unit.is_empty() {
        attributes.push(text(schema::UNITS, column.unit));
    }
    if !column.description.is_empty() {
        attributes.push(text(schema::DESCRIPTION, column.description));
    }
    if matches!(column.cells, Cells::Boolean(_)) {
        attributes.push(text(schema::DTYPE, schema::BOOLEAN));
    }
    if link != column.name {
        attributes.push(text(schema::COLUMN_NAME, column.name));
    }
    attributes
}

/// `epoch`, or with underscores after it where a column has that name.
fn dimension_name(links: &[String]) -> String {
    let mut name = schema::DIMENSION.to_owned();
    while links.contains(&name) {
        name.push('_');
    }
    name
}
