//! HDF5: a dataset per column in the group `catalog`.

use std::io;
use std::path::Path;

use hdf5::types::FixedUnicode;
use hdf5::{File, Group};

use crate::catalog::Catalog;
use crate::catalog::strings::Strings;

pub(super) fn write(catalog: &Catalog, path: &Path) -> io::Result<()> {
    write_columns(catalog, path).map_err(io::Error::other)
}

fn write_columns(catalog: &Catalog, path: &Path) -> hdf5::Result<()> {
    let file = File::create(path)?;
    // times of creation would make equal catalogs differ
    let group = file
        .create_group_builder()
        .obj_track_times(false)
        .create("catalog")?;
    for (name, texts) in catalog.text_columns() {
        let longest = texts.iter().map(str::len).max().unwrap_or(0);
        match longest {
            0..=32 => write_texts::<32>(&group, name, texts)?,
            33..=128 => write_texts::<128>(&group, name, texts)?,
            129..=1024 => write_texts::<1024>(&group, name, texts)?,
            _ => {
                return Err(
                    format!("a text of {longest} bytes in {name:?} is too long for HDF5").into(),
                );
            }
        }
    }
    for column in catalog.number_columns() {
        write_column(&group, column.name, column.unit, column.values)?;
    }
    file.close()
}

/// Text of fixed length: that of variable length lies on a heap of its own, and the HDF5 library (1.10)
/// crashes on files in which a bit of that heap has changed.
fn write_texts<const LENGTH: usize>(
    group: &Group,
    name: &str,
    texts: &Strings,
) -> hdf5::Result<()> {
    let texts: hdf5::Result<Vec<FixedUnicode<LENGTH>>> = texts
        .iter()
        .map(|text| {
            text.parse()
                .map_err(|_| format!("{text:?} cannot be text in HDF5").into())
        })
        .collect();
    write_column(group, name, "", &texts?)
}

fn write_column<T: hdf5::H5Type>(
    group: &Group,
    name: &str,
    unit: &str,
    values: &[T],
) -> hdf5::Result<()> {
    let dataset = group
        .new_dataset_builder()
        .obj_track_times(false)
        .with_data(values)
        .create(name)?;
    if !unit.is_empty() {
        let unit: FixedUnicode<16> = unit.parse().expect("units are short and have no NUL");
        dataset
            .new_attr::<FixedUnicode<16>>()
            .create("units")?
            .write_scalar(&unit)?;
    }
    Ok(())
}
