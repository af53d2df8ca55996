//! HDF5: a group with a 1-D dataset per column, one compound dataset, or what pandas writes
//! (`format="fixed"` and `format="table"`).
//!
//! The first group from the root that is such a table is taken; members are looked at by name. HDF5 has
//! one lock for the whole process, so that a catalog is read at once and closed again.

use std::path::Path;

use hdf5::types::{FixedAscii, FixedUnicode, TypeDescriptor, VarLenAscii, VarLenUnicode};
use hdf5::{Dataset, File, Group};

use super::hdf5_cells::{Part, read_cells};
use super::pandas;
use super::{Choose, Head, RawTable};
use crate::catalog::CatalogError;

/// Groups within groups are followed so far.
const DEEPEST: usize = 4;

pub(super) fn read(path: &Path, choose: &mut Choose) -> Result<RawTable, CatalogError> {
    let damaged =
        |error: hdf5::Error| CatalogError::malformed(path, "its HDF5 structure", error.to_string());
    let file = File::open(path).map_err(damaged)?;
    let columns = find_table(&file, DEEPEST)
        .map_err(damaged)?
        .ok_or_else(|| {
            CatalogError::malformed(
                path,
                "its HDF5 structure",
                "no group or dataset in it is a table",
            )
        })?;
    let heads: Vec<Head> = columns.iter().map(|column| column.head.clone()).collect();
    let file_bytes = std::fs::metadata(path)
        .map_err(|cause| CatalogError::unreadable(path, cause))?
        .len();
    let mut table = RawTable::default();
    for place in choose(&heads)? {
        let column = &columns[place];
        let cells = read_cells(&column.dataset, &column.part, file_bytes).map_err(|problem| {
            CatalogError::malformed(path, format!("column {:?}", column.head.name), problem)
        })?;
        table.rows = column.dataset.shape()[0];
        table.columns.push(cells);
    }
    Ok(table)
}

/// A column and where its cells are.
pub(super) struct Column {
    pub(super) head: Head,
    pub(super) dataset: Dataset,
    pub(super) part: Part,
}

fn find_table(group: &Group, depth: usize) -> hdf5::Result<Option<Vec<Column>>> {
    if let Some(columns) = pandas::columns(group)? {
        return Ok(Some(columns));
    }
    let mut members = group.member_names()?;
    members.sort_unstable();
    // what is no dataset, or one that cannot be opened, is passed over
    let datasets: Vec<(&String, Dataset)> = members
        .iter()
        .filter_map(|name| Some((name, group.dataset(name).ok()?)))
        .filter(|(_, dataset)| dataset.ndim() == 1)
        .collect();
    if let Some((_, dataset)) = datasets.iter().find(|(_, dataset)| is_compound(dataset)) {
        return fields(dataset).map(Some);
    }
    let columns = equally_long(datasets);
    if columns.len() >= 2 {
        return Ok(Some(columns));
    }
    if depth > 0 {
        for name in &members {
            if let Ok(inner) = group.group(name)
                && let Some(columns) = find_table(&inner, depth - 1)?
            {
                return Ok(Some(columns));
            }
        }
    }
    Ok(None)
}

fn is_compound(dataset: &Dataset) -> bool {
    matches!(descriptor(dataset), Some(TypeDescriptor::Compound(_)))
}

fn descriptor(dataset: &Dataset) -> Option<TypeDescriptor> {
    dataset.dtype().ok()?.to_descriptor().ok()
}

/// The fields of a compound dataset that hold one value a row.
fn fields(dataset: &Dataset) -> hdf5::Result<Vec<Column>> {
    let TypeDescriptor::Compound(compound) = dataset.dtype()?.to_descriptor()? else {
        return Ok(Vec::new());
    };
    Ok(compound
        .fields
        .into_iter()
        .filter_map(|field| {
            Some(Column {
                head: Head::new(&field.name, ""),
                dataset: dataset.clone(),
                part: Part::field(&field.name, field.ty, 0)?,
            })
        })
        .collect())
}

/// The datasets that are as long as the first one and hold numbers or text.
fn equally_long(datasets: Vec<(&String, Dataset)>) -> Vec<Column> {
    let Some(rows) = datasets.first().map(|(_, dataset)| dataset.shape()) else {
        return Vec::new();
    };
    datasets
        .into_iter()
        .filter(|(_, dataset)| dataset.shape() == rows)
        .filter_map(|(name, dataset)| {
            let part = Part::whole(descriptor(&dataset)?)?;
            Some(Column {
                head: Head::new(name, &unit(&dataset)),
                dataset,
                part,
            })
        })
        .collect()
}

fn unit(dataset: &Dataset) -> String {
    let unit = text_attribute(dataset, "units").or_else(|| text_attribute(dataset, "unit"));
    unit.unwrap_or_default()
}

/// A text attribute of any kind of text.
pub(super) fn text_attribute(location: &hdf5::Location, name: &str) -> Option<String> {
    let attribute = location.attr(name).ok()?;
    let bytes = match attribute.dtype().ok()?.to_descriptor().ok()? {
        TypeDescriptor::VarLenUnicode => attribute
            .read_scalar::<VarLenUnicode>()
            .ok()?
            .as_bytes()
            .to_vec(),
        TypeDescriptor::VarLenAscii => attribute
            .read_scalar::<VarLenAscii>()
            .ok()?
            .as_bytes()
            .to_vec(),
        TypeDescriptor::FixedUnicode(letters) if letters <= LONGEST => attribute
            .read_scalar::<FixedUnicode<LONGEST>>()
            .ok()?
            .as_bytes()
            .to_vec(),
        TypeDescriptor::FixedAscii(letters) if letters <= LONGEST => attribute
            .read_scalar::<FixedAscii<LONGEST>>()
            .ok()?
            .as_bytes()
            .to_vec(),
        _ => return None,
    };
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Longest text attribute that is read: a pickled list of some hundred column names.
const LONGEST: usize = 16_384;
