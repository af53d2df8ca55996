//! Text, with the shortest digits that read back to the same number.

use std::io;
use std::path::Path;

use crate::catalog::Catalog;

pub(super) fn write(catalog: &Catalog, path: &Path, separator: u8) -> io::Result<()> {
    let (texts, numbers) = (catalog.text_columns(), catalog.number_columns());
    let mut writer = csv::WriterBuilder::new()
        .delimiter(separator)
        .from_path(path)?;
    let heads = texts
        .iter()
        .map(|(name, _)| *name)
        .chain(numbers.iter().map(|column| column.name));
    writer.write_record(heads)?;
    for row in 0..catalog.len() {
        for (_, texts) in &texts {
            writer.write_field(texts.get(row))?;
        }
        for column in &numbers {
            let value = column.values[row];
            let text = if value.is_nan() {
                String::new()
            } else {
                value.to_string()
            };
            writer.write_field(text)?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}
