//! A FITS file with one binary table (FITS standard 4.0, sections 7.3 and 9).
//!
//! Units are TUNITn if the standard has them, descriptions TCOMMn, descriptors TUCDn. An integer that is missing is TNULLn, a truth value 0, a
//! float NaN, so that a missing float and one that is no number are the same. Text is ASCII of a fixed width, blanks at its end
//! do not count, and a missing one is empty: any other character stands as `\u00e4`, a backslash as two (in JSON, which has the same
//! escape for itself, as it is).

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{Seek, SeekFrom, Write};

use arrow::array::{Array, RecordBatch};

use super::cells::{Cells, no_lists};
use super::{Column, ColumnKind, Description, ExportError, RowWriter, Widths};
use crate::fits::{HeaderWriter, filling};
use crate::time::{JD_OF_MJD_ZERO, TimeAlignment, TimeReference};

const NAME: &str = "FITS";

/// Longest text (bytes): each row has room for the longest one.
const LONGEST: usize = 1 << 16;

/// Bytes of rows that are handed on at a time.
const PIECE: usize = 1 << 20;

pub(super) struct FitsWriter<'a, W> {
    description: &'a Description,
    fields: Vec<Field>,
    row_bytes: usize,
    rows: u64,
    out: W,
}

/// Where a column lies in its row.
struct Field {
    offset: usize,
    width: usize,
}

impl<'a, W: Write + Seek> FitsWriter<'a, W> {
    pub fn begin(
        description: &'a Description,
        widths: &Widths,
        mut out: W,
    ) -> Result<Self, ExportError> {
        let mut fields = Vec::with_capacity(description.columns.len());
        let mut row_bytes = 0;
        for column in &description.columns {
            let width = width(column, widths)?;
            fields.push(Field {
                offset: row_bytes,
                width,
            });
            row_bytes += width;
        }
        out.write_all(&header(description, &fields, row_bytes, 0))?;
        Ok(FitsWriter {
            description,
            fields,
            row_bytes,
            rows: 0,
            out,
        })
    }

    fn write_slice(&mut self, batch: &RecordBatch) -> Result<(), ExportError> {
        let columns = &self.description.columns;
        let cells = Cells::of(NAME, columns, batch)?;
        let mut rows = vec![0; self.row_bytes * batch.num_rows()];
        for ((cells, field), column) in cells.iter().zip(&self.fields).zip(columns) {
            let places = rows
                .chunks_exact_mut(self.row_bytes)
                .map(|row| &mut row[field.offset..field.offset + field.width]);
            fill(cells, column, places)?;
        }
        self.out.write_all(&rows)?;
        self.rows += batch.num_rows() as u64;
        Ok(())
    }
}

impl<W: Write + Seek> RowWriter for FitsWriter<'_, W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ExportError> {
        let step = (PIECE / self.row_bytes.max(1)).max(1);
        for start in (0..batch.num_rows()).step_by(step) {
            let rows = step.min(batch.num_rows() - start);
            self.write_slice(&batch.slice(start, rows))?;
        }
        Ok(())
    }

    /// The number of rows is known now: the header, which is as long as before, is written again.
    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        let bytes = self.rows * self.row_bytes as u64;
        self.out.write_all(&vec![0; filling(bytes)])?;
        self.out.seek(SeekFrom::Start(0))?;
        let header = header(self.description, &self.fields, self.row_bytes, self.rows);
        self.out.write_all(&header)?;
        self.out.seek(SeekFrom::End(0))?;
        Ok(self.out.flush()?)
    }
}

/// Notes the width that each text column needs for these rows.
///
/// # Errors
/// The rows are not of these columns.
pub fn text_widths(
    description: &Description,
    batch: &RecordBatch,
    widths: &mut Widths,
) -> Result<(), ExportError> {
    let cells = Cells::of(NAME, &description.columns, batch)?;
    for (column, cells) in description.columns.iter().zip(&cells) {
        let (Cells::Text(array) | Cells::Json(array)) = cells else {
            continue;
        };
        let widest = array.iter().flatten();
        let widest = widest.map(|text| in_ascii(text, &column.kind).len()).max();
        let known = widths.entry(column.name.clone()).or_default();
        *known = (*known).max(widest.unwrap_or(0));
    }
    Ok(())
}

/// The width that a text needs.
pub(crate) fn text_width(text: &str) -> usize {
    in_ascii(text, &ColumnKind::Text).len()
}

fn width(column: &Column, widths: &Widths) -> Result<usize, ExportError> {
    Ok(match &column.kind {
        ColumnKind::Boolean => 1,
        ColumnKind::Int32 | ColumnKind::Float32 => 4,
        ColumnKind::Int64 | ColumnKind::Float64 => 8,
        ColumnKind::Text | ColumnKind::Json => {
            let width = widths.get(&column.name).copied().unwrap_or(0).max(1);
            if width > LONGEST {
                return Err(ExportError::Unrepresentable {
                    format: NAME,
                    what: format!(
                        "a text of {width} bytes in each row of column {:?}",
                        column.name
                    ),
                    advice: "use another format: in FITS each row has room for the longest text",
                });
            }
            width
        }
        ColumnKind::List(_) | ColumnKind::Nested(_) => return Err(no_lists(NAME, &column.name)),
    })
}

fn fill<'p>(
    cells: &Cells<'_>,
    column: &Column,
    places: impl Iterator<Item = &'p mut [u8]>,
) -> Result<(), ExportError> {
    for (row, place) in places.enumerate() {
        match cells {
            Cells::Boolean(array) if array.is_valid(row) => {
                place[0] = if array.value(row) { b'T' } else { b'F' };
            }
            // zero: missing
            Cells::Boolean(_) => {}
            Cells::Int32(array) => {
                let value = match array.is_valid(row) {
                    true => not_the_null(array.value(row), i32::MIN, column)?,
                    false => i32::MIN,
                };
                place.copy_from_slice(&value.to_be_bytes());
            }
            Cells::Int64(array) => {
                let value = match array.is_valid(row) {
                    true => not_the_null(array.value(row), i64::MIN, column)?,
                    false => i64::MIN,
                };
                place.copy_from_slice(&value.to_be_bytes());
            }
            Cells::Float32(array) => {
                let value = if array.is_valid(row) {
                    array.value(row)
                } else {
                    f32::NAN
                };
                place.copy_from_slice(&value.to_be_bytes());
            }
            Cells::Float64(array) => {
                let value = if array.is_valid(row) {
                    array.value(row)
                } else {
                    f64::NAN
                };
                place.copy_from_slice(&value.to_be_bytes());
            }
            Cells::Text(array) | Cells::Json(array) if array.is_valid(row) => {
                let text = in_ascii(array.value(row), &column.kind);
                let (length, width) = (text.len(), place.len());
                if length > width {
                    let column = column.name.clone();
                    return Err(ExportError::Wide {
                        column,
                        length,
                        width,
                    });
                }
                place[..length].copy_from_slice(text.as_bytes());
            }
            Cells::Text(_) | Cells::Json(_) => {}
        }
    }
    Ok(())
}

fn not_the_null<T: PartialEq + std::fmt::Display>(
    value: T,
    null: T,
    column: &Column,
) -> Result<T, ExportError> {
    if column.nullable && value == null {
        return Err(ExportError::Unrepresentable {
            format: NAME,
            what: format!(
                "the number {value} in column {:?}: it stands for a missing one",
                column.name
            ),
            advice: "use another format",
        });
    }
    Ok(value)
}

/// Text without what FITS has no letters for; it can be undone.
fn in_ascii<'t>(text: &'t str, kind: &ColumnKind) -> Cow<'t, str> {
    let is_json = *kind == ColumnKind::Json;
    let plain =
        |letter: char| (letter.is_ascii_graphic() || letter == ' ') && (is_json || letter != '\\');
    let ends_blank = !is_json && text.ends_with(' ');
    if !ends_blank && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut ascii = String::with_capacity(text.len() + 16);
    let last = text.chars().count().saturating_sub(1);
    for (place, letter) in text.chars().enumerate() {
        match letter {
            '\\' if !is_json => ascii.push_str(r"\\"),
            ' ' if ends_blank && place == last => ascii.push_str(r"\u0020"),
            letter if plain(letter) => ascii.push(letter),
            letter => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    let _ = write!(ascii, "\\u{unit:04x}");
                }
            }
        }
    }
    Cow::Owned(ascii)
}

fn header(description: &Description, fields: &[Field], row_bytes: usize, rows: u64) -> Vec<u8> {
    let mut header = HeaderWriter::binary_table(row_bytes, rows, fields.len());
    header.text("EXTNAME", &description.name.to_uppercase(), "");
    for ((column, field), number) in description.columns.iter().zip(fields).zip(1..) {
        column_cards(&mut header, column, field.width, number);
    }
    frame_cards(&mut header, description);
    for fact in &description.facts {
        header.text(fact.keyword, &fact.value, fact.description);
    }
    header.comment(&description.title);
    if description
        .columns
        .iter()
        .any(|column| column.kind.is_text())
    {
        header.comment(r"text: \u00e4 is the character of that number in Unicode, \\ a backslash");
    }
    let mut bytes = HeaderWriter::primary().finish();
    bytes.extend(header.finish());
    bytes
}

fn column_cards(header: &mut HeaderWriter, column: &Column, width: usize, number: usize) {
    let keyword = |stem: &str| format!("{stem}{number}");
    let null = match column.kind {
        ColumnKind::Int32 if column.nullable => Some(i64::from(i32::MIN)),
        ColumnKind::Int64 if column.nullable => Some(i64::MIN),
        _ => None,
    };
    let form = match column.kind {
        ColumnKind::Boolean => "L".to_owned(),
        ColumnKind::Int32 => "J".to_owned(),
        ColumnKind::Int64 => "K".to_owned(),
        ColumnKind::Float32 => "E".to_owned(),
        ColumnKind::Float64 => "D".to_owned(),
        _ => format!("{width}A"),
    };
    header.text(&keyword("TTYPE"), &column.name, "");
    header.text(&keyword("TFORM"), &form, "");
    let (unit, words) = column.in_standard_units();
    if !unit.is_empty() {
        header.text(&keyword("TUNIT"), unit, "");
    }
    if let Some(null) = null {
        header.integer(&keyword("TNULL"), null, "missing");
    }
    header.text(&keyword("TCOMM"), &words, "");
    if !column.ucd.is_empty() {
        header.text(&keyword("TUCD"), column.ucd, "");
    }
    if let Some(time) = column.time.filter(|time| time.origin == JD_OF_MJD_ZERO) {
        header.text(
            &keyword("TCTYP"),
            &time.scale.as_str().to_uppercase(),
            "time scale",
        );
        header.text(&keyword("TCUNI"), "d", "");
        header.text(
            &keyword("TRPOS"),
            place_word(time.reference),
            "where it was timed",
        );
    }
}

/// The frame of the days that count from MJD 0 (section 9), and of positions.
fn frame_cards(header: &mut HeaderWriter, description: &Description) {
    let mut times = description.columns.iter().filter_map(|column| column.time);
    if let Some(time) = times.find(|time| time.origin == JD_OF_MJD_ZERO) {
        let scale = time.scale.as_str().to_uppercase();
        header.text("TIMESYS", &scale, "time scale");
        header.float("MJDREF", 0.0, "[d] MJD of the day 0");
        header.text("TIMEUNIT", "d", "");
        header.text("TREFPOS", place_word(time.reference), "where it was timed");
        let part = match time.alignment {
            TimeAlignment::Start => 0.0,
            TimeAlignment::Middle => 0.5,
            TimeAlignment::End => 1.0,
        };
        header.float("TIMEPIXR", part, "part of the exposure: 0.5 = middle");
    }
    let has_positions = description
        .columns
        .iter()
        .any(|column| column.ucd.starts_with("pos.eq"));
    if has_positions {
        header.text("RADESYS", "ICRS", "frame of positions");
    }
}

fn place_word(reference: TimeReference) -> &'static str {
    match reference {
        TimeReference::Topocenter => "TOPOCENTER",
        TimeReference::Heliocenter => "HELIOCENTER",
        TimeReference::Barycenter => "BARYCENTER",
    }
}
