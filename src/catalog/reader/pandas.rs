//! Tables that pandas wrote with `to_hdf`, in either of its layouts.
//!
//! "fixed": datasets `block{i}_values` (rows × columns of one type) with their names in `block{i}_items`;
//! blocks of text are Python pickles there, which are not read. "table": one compound dataset `table`
//! whose fields `values_block_{i}` are arrays, with the pickled list of names in `values_block_{i}_kind`.

use hdf5::types::TypeDescriptor;
use hdf5::{Dataset, Group};

use super::hdf5::{Column, text_attribute};
use super::hdf5_cells::{Part, read_cells};
use super::{Cells, Head};

/// The columns of a group that pandas wrote; none if it did not.
pub(super) fn columns(group: &Group) -> hdf5::Result<Option<Vec<Column>>> {
    Ok(match text_attribute(group, "pandas_type").as_deref() {
        Some("frame") => Some(fixed(group)),
        Some("frame_table" | "appendable_frame") => match group.dataset("table") {
            Ok(table) => Some(appendable(&table)),
            Err(_) => None,
        },
        _ => None,
    })
}

fn fixed(group: &Group) -> Vec<Column> {
    let mut columns = Vec::new();
    for block in 0.. {
        let (Ok(items), Ok(values)) = (
            group.dataset(&format!("block{block}_items")),
            group.dataset(&format!("block{block}_values")),
        ) else {
            break;
        };
        let width = values.shape().get(1).copied().unwrap_or(0);
        for (index, name) in names(&items).into_iter().enumerate().take(width) {
            let part =
                descriptor(&values).and_then(|descriptor| Part::of_rows(descriptor, width, index));
            columns.extend(part.map(|part| Column {
                head: Head::new(&name, ""),
                dataset: values.clone(),
                part,
            }));
        }
    }
    columns
}

fn names(items: &Dataset) -> Vec<String> {
    let part = descriptor(items).and_then(Part::whole);
    match part.map(|part| read_cells(items, &part, 0)) {
        Some(Ok(Cells::Text(texts))) => texts.iter().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn descriptor(dataset: &Dataset) -> Option<TypeDescriptor> {
    dataset.dtype().ok()?.to_descriptor().ok()
}

fn appendable(table: &Dataset) -> Vec<Column> {
    let Some(TypeDescriptor::Compound(compound)) = descriptor(table) else {
        return Vec::new();
    };
    let mut columns = Vec::new();
    for field in compound.fields {
        let kind = text_attribute(table, &format!("{}_kind", field.name));
        let names = match kind.as_deref().map(pickled_names) {
            Some(names) if field.name.starts_with("values_block_") => names,
            _ => vec![field.name.clone()],
        };
        for (index, name) in names.iter().enumerate() {
            let part = Part::field(&field.name, field.ty.clone(), index);
            columns.extend(part.map(|part| Column {
                head: Head::new(name, ""),
                dataset: table.clone(),
                part,
            }));
        }
    }
    columns
}

/// The texts of a pickled list of texts (protocol 0: a line each, with a `V` before it).
fn pickled_names(pickle: &str) -> Vec<String> {
    pickle
        .lines()
        .filter_map(|line| line.strip_prefix('V').or_else(|| line.strip_prefix("aV")))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // What Python's pickle.dumps(["ra", "dec"], protocol=0) gives.
    #[test]
    fn pickled_lists_of_names_are_read() {
        assert_eq!(pickled_names("(lp0\nVra\np1\naVdec\np2\na."), ["ra", "dec"]);
    }
}
