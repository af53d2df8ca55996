//! Rows as lines of cells between commas: what CSV and ECSV have in common.
//!
//! Numbers have the shortest digits that read back to the same number, one that is none is `nan`, a cell without a
//! value is empty. Text stands in quotes, so that no `#`, comma or line break in it can be taken for anything else.

use std::io::Write;

use arrow::array::{Array, RecordBatch};

use super::cells::Cells;
use super::{Column, ExportError};

/// Bytes that are handed on at a time.
const PIECE: usize = 1 << 18;

/// The line with the names of the columns.
pub(super) fn write_names(columns: &[Column], out: &mut impl Write) -> Result<(), ExportError> {
    let mut line = Vec::new();
    for (place, column) in columns.iter().enumerate() {
        if place > 0 {
            line.push(b',');
        }
        match is_plain(&column.name) {
            true => line.extend_from_slice(column.name.as_bytes()),
            false => push_quoted(&column.name, &mut line),
        }
    }
    line.push(b'\n');
    Ok(out.write_all(&line)?)
}

/// A line for each row.
pub(super) fn write_rows(
    format: &'static str,
    columns: &[Column],
    batch: &RecordBatch,
    out: &mut impl Write,
) -> Result<(), ExportError> {
    let cells = Cells::of(format, columns, batch)?;
    let mut lines = Vec::with_capacity(PIECE + PIECE / 8);
    for row in 0..batch.num_rows() {
        for (place, cells) in cells.iter().enumerate() {
            if place > 0 {
                lines.push(b',');
            }
            push_cell(cells, row, &mut lines);
        }
        lines.push(b'\n');
        if lines.len() >= PIECE {
            out.write_all(&lines)?;
            lines.clear();
        }
    }
    Ok(out.write_all(&lines)?)
}

fn push_cell(cells: &Cells<'_>, row: usize, line: &mut Vec<u8>) {
    match cells {
        Cells::Boolean(array) if array.is_valid(row) => {
            let word: &[u8] = if array.value(row) { b"True" } else { b"False" };
            line.extend_from_slice(word);
        }
        Cells::Int32(array) if array.is_valid(row) => push_number(array.value(row), line),
        Cells::Int64(array) if array.is_valid(row) => push_number(array.value(row), line),
        Cells::Float32(array) if array.is_valid(row) => {
            let value = array.value(row);
            match value.is_nan() {
                true => line.extend_from_slice(b"nan"),
                false => push_number(value, line),
            }
        }
        Cells::Float64(array) if array.is_valid(row) => {
            let value = array.value(row);
            match value.is_nan() {
                true => line.extend_from_slice(b"nan"),
                false => push_number(value, line),
            }
        }
        Cells::Text(array) | Cells::Json(array) if array.is_valid(row) => {
            push_quoted(array.value(row), line);
        }
        _ => {}
    }
}

/// `{:?}` has an exponent where a number needs one.
fn push_number(value: impl std::fmt::Debug, line: &mut Vec<u8>) {
    write!(line, "{value:?}").expect("memory takes all bytes");
}

fn push_quoted(text: &str, line: &mut Vec<u8>) {
    line.push(b'"');
    let mut pieces = text.split('"');
    line.extend_from_slice(pieces.next().unwrap_or_default().as_bytes());
    for piece in pieces {
        line.extend_from_slice(b"\"\"");
        line.extend_from_slice(piece.as_bytes());
    }
    line.push(b'"');
}

fn is_plain(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|letter| letter.is_ascii_alphabetic() || letter == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
