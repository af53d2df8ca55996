//! Photometry to the bytes of an HDF5 file that netCDF-4 readers open too.
//!
//! A group per dataset, in it a column per dataset and the one dimension that they share. The same content
//! gives the same bytes: no times, no addresses, nothing of the machine.

use std::collections::HashSet;

use bytes::Bytes;

use super::native::{Cells, NewFile, NewObject, locked};
use super::schema::{self, ColumnView};
use super::{StorageError, names, seal};
use crate::photometry::{Kind, Lightcurve, RawPhotometry};
use crate::time::TimeFrame;

type Result<T> = std::result::Result<T, StorageError>;

/// The file of one source's raw photometry: one group, named by [`names::raw_key`].
///
/// # Errors
/// Text with a zero character, or what the library refuses.
pub fn encode_raw(raw: &RawPhotometry) -> Result<Bytes> {
    let columns: Vec<ColumnView> = raw.table.columns().iter().map(ColumnView::from).collect();
    let time = raw.time.as_ref();
    let image = locked(|library| {
        let file = NewFile::create(library)?;
        let group = file.group(&names::raw_key(&raw.source_name))?;
        identify(&group, schema::RAW_KIND, &raw.source_name, &raw.observatory)?;
        if let Some(time) = time {
            group.text_attribute(schema::TIME_COLUMN, &time.name)?;
        }
        frame(&group, time.map(|time| time.frame))?;
        json(&group, schema::ALTDATA, &raw.altdata)?;
        let times = time.map(|time| (time.name.as_str(), time.frame));
        write_columns(&group, raw.table.rows(), times, &columns)?;
        drop(group);
        file.finish(seal::LENGTH)
    })?;
    Ok(Bytes::from(seal::seal(image)))
}

/// The file of one source's lightcurves of one kind: a group for each, named by [`names::lightcurve_keys`].
///
/// # Errors
/// Columns of different lengths or of the same name, two lightcurves of one number (unless simulated), text
/// with a zero character, or what the library refuses.
pub fn encode_lightcurves(lightcurves: &[Lightcurve], kind: Kind) -> Result<Bytes> {
    let keys = names::lightcurve_keys(lightcurves, kind);
    let mut seen = HashSet::new();
    if let Some(twice) = keys.iter().find(|key| !seen.insert(key.as_str())) {
        return Err(StorageError::Unencodable {
            what: format!("the lightcurve {twice:?}"),
            reason: "it is there twice",
        });
    }
    let image = locked(|library| {
        let file = NewFile::create(library)?;
        for (lightcurve, key) in lightcurves.iter().zip(&keys) {
            write_lightcurve(&file.group(key)?, lightcurve, kind)?;
        }
        file.finish(seal::LENGTH)
    })?;
    Ok(Bytes::from(seal::seal(image)))
}

fn write_lightcurve(group: &NewObject, lightcurve: &Lightcurve, kind: Kind) -> Result<()> {
    let epochs = &lightcurve.epochs;
    let columns = schema::columns_of(epochs);
    check_columns(&columns, epochs.len())?;
    identify(
        group,
        kind.as_str(),
        &lightcurve.source_name,
        &lightcurve.observatory,
    )?;
    group.text_attribute(schema::FILTER, &lightcurve.filter)?;
    group.integer_attribute(schema::SERIES_NUMBER, lightcurve.series_number.into())?;
    group.integer_attribute(schema::SERIES_TOTAL, lightcurve.series_total.into())?;
    group.text_attribute(schema::TIME_COLUMN, schema::MJD)?;
    frame(group, Some(lightcurve.frame))?;
    group.text_attribute(schema::FLUX_UNIT, &epochs.flux_unit)?;
    group.float_attribute(schema::ZERO_POINT, epochs.zero_point)?;
    json(group, schema::STATISTICS, &lightcurve.statistics)?;
    json(group, schema::ALTDATA, &lightcurve.altdata)?;
    let times = Some((schema::MJD, lightcurve.frame));
    write_columns(group, epochs.len(), times, &columns)
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

fn identify(group: &NewObject, kind: &str, source_name: &str, observatory: &str) -> Result<()> {
    group.integer_attribute(schema::VERSION, schema::SCHEMA_VERSION)?;
    group.text_attribute(schema::KIND, kind)?;
    group.text_attribute(schema::OBSERVATORY, observatory)?;
    group.text_attribute(schema::SOURCE_NAME, source_name)
}

/// What the times mean, on the group and on the time column alike.
fn frame(object: &NewObject, frame: Option<TimeFrame>) -> Result<()> {
    let words = frame.map_or([schema::UNKNOWN; 4], |frame| {
        [
            frame.format.as_str(),
            frame.scale.as_str(),
            frame.reference.as_str(),
            frame.alignment.as_str(),
        ]
    });
    let names = [
        schema::TIME_FORMAT,
        schema::TIME_SCALE,
        schema::TIME_REFERENCE,
        schema::TIME_ALIGNMENT,
    ];
    for (name, word) in names.into_iter().zip(words) {
        object.text_attribute(name, word)?;
    }
    Ok(())
}

fn json(group: &NewObject, name: &str, value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string(value).map_err(|_| StorageError::Unencodable {
        what: format!("the attribute {name:?}"),
        reason: "it is no JSON",
    })?;
    group.text_attribute(name, &text)
}

fn write_columns(
    group: &NewObject,
    rows: usize,
    times: Option<(&str, TimeFrame)>,
    columns: &[ColumnView],
) -> Result<()> {
    let links = column_links(columns);
    let dimension_name = dimension_name(&links);
    let dimension = group.dimension(&dimension_name, rows)?;
    let mut written = Vec::with_capacity(columns.len());
    for (column, link) in columns.iter().zip(&links) {
        let dataset = group.column(link, column.cells)?;
        describe(&dataset, column, link)?;
        if let Some((_, of_column)) = times.filter(|(name, _)| *name == column.name) {
            frame(&dataset, Some(of_column))?;
        }
        written.push((link.as_str(), dataset));
    }
    group.attach((&dimension_name, &dimension), &written)
}

fn describe(dataset: &NewObject, column: &ColumnView, link: &str) -> Result<()> {
    let is_float = matches!(column.cells, Cells::Float64(_) | Cells::Float32(_));
    // every float says its unit, be it that it has none
    if is_float || !column.unit.is_empty() {
        dataset.text_attribute(schema::UNITS, column.unit)?;
    }
    if !column.description.is_empty() {
        dataset.text_attribute(schema::DESCRIPTION, column.description)?;
    }
    if matches!(column.cells, Cells::Boolean(_)) {
        dataset.text_attribute(schema::DTYPE, schema::BOOLEAN)?;
    }
    if link != column.name {
        dataset.text_attribute(schema::COLUMN_NAME, column.name)?;
    }
    Ok(())
}

fn column_links(columns: &[ColumnView]) -> Vec<String> {
    columns
        .iter()
        .map(|column| names::link_name(column.name))
        .collect()
}

/// `epoch`, or with underscores after it where a column has that name.
fn dimension_name(links: &[String]) -> String {
    let mut name = schema::DIMENSION.to_owned();
    while links.contains(&name) {
        name.push('_');
    }
    name
}
