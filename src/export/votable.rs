//! VOTable 1.4 with its rows as BINARY2 (sections 5.4 and 6): exact, quick to read, missing values told apart from NaN.

use std::io::Write;

use arrow::array::{Array, RecordBatch};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::cells::{Cells, no_lists};
use super::{ColumnKind, Description, ExportError, RowWriter, votable_header};

const NAME: &str = "VOTable";

/// Bytes of a line of the encoded stream, before it is encoded: a multiple of three, so that lines join seamlessly.
const LINE: usize = 3 * 1024;

pub(super) struct VotableWriter<'a, W> {
    description: &'a Description,
    /// Rows that do not fill a line yet.
    rest: Vec<u8>,
    out: W,
}

impl<'a, W: Write> VotableWriter<'a, W> {
    pub fn begin(description: &'a Description, mut out: W) -> Result<Self, ExportError> {
        let nested =
            |kind: &ColumnKind| matches!(kind, ColumnKind::List(_) | ColumnKind::Nested(_));
        if let Some(column) = description
            .columns
            .iter()
            .find(|column| nested(&column.kind))
        {
            return Err(no_lists(NAME, &column.name));
        }
        out.write_all(votable_header::head(description, None).as_bytes())?;
        out.write_all(b"<DATA>\n<BINARY2>\n<STREAM encoding=\"base64\">\n")?;
        Ok(VotableWriter {
            description,
            rest: Vec::new(),
            out,
        })
    }

    fn write_lines(&mut self, lines: &[u8]) -> Result<(), ExportError> {
        let mut text = String::with_capacity(LINE / 3 * 4 + 1);
        for line in lines.chunks(LINE) {
            text.clear();
            STANDARD.encode_string(line, &mut text);
            text.push('\n');
            self.out.write_all(text.as_bytes())?;
        }
        Ok(())
    }
}

impl<W: Write> RowWriter for VotableWriter<'_, W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ExportError> {
        let cells = Cells::of(NAME, &self.description.columns, batch)?;
        for row in 0..batch.num_rows() {
            push_row(&cells, row, &mut self.rest);
            if self.rest.len() >= 64 * LINE {
                self.write_full_lines()?;
            }
        }
        self.write_full_lines()
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        let rest = std::mem::take(&mut self.rest);
        self.write_lines(&rest)?;
        self.out.write_all(b"</STREAM>\n</BINARY2>\n</DATA>\n")?;
        self.out.write_all(votable_header::TAIL.as_bytes())?;
        Ok(self.out.flush()?)
    }
}

impl<W: Write> VotableWriter<'_, W> {
    fn write_full_lines(&mut self) -> Result<(), ExportError> {
        let full = self.rest.len() / LINE * LINE;
        let rest = self.rest.split_off(full);
        let lines = std::mem::replace(&mut self.rest, rest);
        self.write_lines(&lines)
    }
}

/// The flags of missing cells, the first column in the highest bit, then the cells.
fn push_row(cells: &[Cells<'_>], row: usize, bytes: &mut Vec<u8>) {
    for eight in cells.chunks(8) {
        let flags = eight.iter().zip(0..).fold(0, |flags, (cells, place)| {
            flags | u8::from(cells.is_null(row)) << (7 - place)
        });
        bytes.push(flags);
    }
    for cells in cells {
        push_cell(cells, row, bytes);
    }
}

fn push_cell(cells: &Cells<'_>, row: usize, bytes: &mut Vec<u8>) {
    match cells {
        Cells::Boolean(array) => bytes.push(match (array.is_valid(row), array.value(row)) {
            (false, _) => b'?',
            (true, true) => b'T',
            (true, false) => b'F',
        }),
        Cells::Int32(array) => {
            let value = if array.is_valid(row) {
                array.value(row)
            } else {
                0
            };
            bytes.extend_from_slice(&value.to_be_bytes());
        }
        Cells::Int64(array) => {
            let value = if array.is_valid(row) {
                array.value(row)
            } else {
                0
            };
            bytes.extend_from_slice(&value.to_be_bytes());
        }
        Cells::Float32(array) => {
            let value = if array.is_valid(row) {
                array.value(row)
            } else {
                f32::NAN
            };
            bytes.extend_from_slice(&value.to_be_bytes());
        }
        Cells::Float64(array) => {
            let value = if array.is_valid(row) {
                array.value(row)
            } else {
                f64::NAN
            };
            bytes.extend_from_slice(&value.to_be_bytes());
        }
        Cells::Text(array) | Cells::Json(array) => {
            let text = if array.is_valid(row) {
                array.value(row)
            } else {
                ""
            };
            push_utf16(text, bytes);
        }
    }
}

/// The number of code units, then the text as UTF-16, which `unicodeChar` is to all readers.
fn push_utf16(text: &str, bytes: &mut Vec<u8>) {
    let at = bytes.len();
    bytes.extend_from_slice(&[0; 4]);
    let mut units: u32 = 0;
    for unit in text.encode_utf16() {
        bytes.extend_from_slice(&unit.to_be_bytes());
        units += 1;
    }
    bytes[at..at + 4].copy_from_slice(&units.to_be_bytes());
}
