//! A FITS file with one binary table (FITS standard 4.0, section 7.3).

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::catalog::Catalog;
use crate::fits::{HeaderWriter, filling};

pub(super) fn write(catalog: &Catalog, path: &Path) -> io::Result<()> {
    let (texts, numbers) = (catalog.text_columns(), catalog.number_columns());
    let widths: Vec<usize> = texts
        .iter()
        .map(|(_, texts)| texts.iter().map(str::len).max().unwrap_or(0).max(1))
        .collect();
    let row_bytes = widths.iter().sum::<usize>() + 8 * numbers.len();
    let mut columns: Vec<(String, &str, &str)> = Vec::new();
    for ((name, _), width) in texts.iter().zip(&widths) {
        columns.push((format!("{width}A"), name, ""));
    }
    columns.extend(
        numbers
            .iter()
            .map(|column| ("1D".to_owned(), column.name, column.unit)),
    );

    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(&HeaderWriter::primary().finish())?;
    out.write_all(&table_header(row_bytes, catalog.len(), &columns).finish())?;
    for row in 0..catalog.len() {
        for ((_, texts), &width) in texts.iter().zip(&widths) {
            let text = texts.get(row).as_bytes();
            out.write_all(text)?;
            out.write_all(&vec![0; width - text.len()])?;
        }
        for column in &numbers {
            out.write_all(&column.values[row].to_be_bytes())?;
        }
    }
    let written = row_bytes * catalog.len();
    out.write_all(&vec![0; filling(written as u64)])?;
    out.flush()
}

fn table_header(row_bytes: usize, rows: usize, columns: &[(String, &str, &str)]) -> HeaderWriter {
    let mut header = HeaderWriter::binary_table(row_bytes, rows as u64, columns.len());
    for (number, (form, name, unit)) in (1..).zip(columns) {
        header.text(&format!("TTYPE{number}"), name, "");
        header.text(&format!("TFORM{number}"), form, "");
        if !unit.is_empty() {
            header.text(&format!("TUNIT{number}"), unit, "");
        }
    }
    header
}
