//! A FITS file with one binary table (FITS standard 4.0, section 7.3).

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::catalog::Catalog;

const BLOCK: usize = 2880;

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
    out.write_all(&header(&primary_cards()))?;
    out.write_all(&header(&table_cards(row_bytes, catalog.len(), &columns)))?;
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
    out.write_all(&vec![0; written.next_multiple_of(BLOCK) - written])?;
    out.flush()
}

fn primary_cards() -> Vec<String> {
    vec![
        card("SIMPLE", "T"),
        card("BITPIX", "8"),
        card("NAXIS", "0"),
        card("EXTEND", "T"),
    ]
}

fn table_cards(row_bytes: usize, rows: usize, columns: &[(String, &str, &str)]) -> Vec<String> {
    let mut cards = vec![
        text_card("XTENSION", "BINTABLE"),
        card("BITPIX", "8"),
        card("NAXIS", "2"),
        card("NAXIS1", &row_bytes.to_string()),
        card("NAXIS2", &rows.to_string()),
        card("PCOUNT", "0"),
        card("GCOUNT", "1"),
        card("TFIELDS", &columns.len().to_string()),
    ];
    for (number, (form, name, unit)) in (1..).zip(columns) {
        cards.push(text_card(&format!("TTYPE{number}"), name));
        cards.push(text_card(&format!("TFORM{number}"), form));
        if !unit.is_empty() {
            cards.push(text_card(&format!("TUNIT{number}"), unit));
        }
    }
    cards
}

fn header(cards: &[String]) -> Vec<u8> {
    let mut bytes: Vec<u8> = cards.concat().into_bytes();
    bytes.extend(format!("{:80}", "END").into_bytes());
    bytes.resize(bytes.len().next_multiple_of(BLOCK), b' ');
    bytes
}

fn card(keyword: &str, value: &str) -> String {
    format!("{:80}", format!("{keyword:8}= {value:>20}"))
}

/// Header text is printable ASCII and ends within the card; a longer name is cut.
fn text_card(keyword: &str, value: &str) -> String {
    const LONGEST: usize = 60;
    let value: String = value
        .chars()
        .map(|letter| {
            if letter.is_ascii_graphic() || letter == ' ' {
                letter
            } else {
                '_'
            }
        })
        .take(LONGEST / 2)
        .collect();
    let quoted = format!("'{:8}'", value.replace('\'', "''"));
    format!("{:80}", format!("{keyword:8}= {quoted}"))
}
