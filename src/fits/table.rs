//! Binary tables of a file in memory, as columns in their own types.

use super::{Field, FitsError, Layout, Unit};
use crate::photometry::{Column, Text, Values};

/// The columns of a binary table that have one value a row.
#[derive(Debug, Clone)]
pub struct BinaryTable {
    pub rows: usize,
    pub columns: Vec<TableColumn>,
    /// Names of the columns that were passed over: vectors, bits, complex numbers, columns without a name.
    pub passed_over: Vec<String>,
}

/// A column, and the integer in it that stands for a missing value (TNULL). Missing floats are NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct TableColumn {
    pub column: Column,
    pub missing: Option<i64>,
}

/// Rows that are turned into columns at a time: so many of 100 bytes stay in the first cache.
const ROWS_AT_A_TIME: usize = 128;

/// Reads a binary table.
///
/// D and E are 64- and 32-bit floats, K is a 64-bit, J, I and B are 32-bit integers, L is boolean (undefined is
/// false), A is text. A scale that is not 1 gives 64-bit floats, an offset of unsigned integers the integers.
///
/// # Errors
/// [`FitsError::Unsound`] if the unit is no binary table, or its header contradicts itself.
pub fn binary_table(unit: &Unit<'_>) -> Result<BinaryTable, FitsError> {
    let unsound = |problem: String| FitsError::Unsound {
        unit: unit.number,
        problem,
    };
    if unit.header.text("XTENSION") != Some("BINTABLE")
        || unit.header.logical("ZIMAGE") == Some(true)
    {
        return Err(unsound("it is no binary table".to_owned()));
    }
    let layout = Layout::of(&unit.header).map_err(unsound)?;
    let bytes = (layout.rows as usize).saturating_mul(layout.row_bytes);
    // the unit has NAXIS1 · NAXIS2 bytes and the heap, unless NAXIS or BITPIX say something else
    let Some(data) = unit.data.get(..bytes) else {
        return Err(unsound("its data are smaller than its table".to_owned()));
    };
    let rows = layout.rows as usize;
    let mut passed_over = Vec::new();
    let mut readers = Vec::new();
    for field in layout.fields {
        match Kind::of(&field) {
            Some(kind) => readers.push((Cells::new(kind, rows), field)),
            None => passed_over.push(field.name),
        }
    }
    if layout.row_bytes > 0 {
        for block in data.chunks(layout.row_bytes * ROWS_AT_A_TIME) {
            for (cells, field) in &mut readers {
                cells.append(block, layout.row_bytes, field.offset);
            }
        }
    }
    let columns = readers
        .into_iter()
        .filter_map(|(cells, field)| finish(cells, field, &mut passed_over))
        .collect();
    Ok(BinaryTable {
        rows,
        columns,
        passed_over,
    })
}

/// How a cell is kept while it is read.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Logical,
    Byte,
    Int16,
    Int32,
    Int64,
    Float32,
    Float64,
    Text(usize),
}

impl Kind {
    fn of(field: &Field) -> Option<Kind> {
        if field.name.is_empty() {
            return None;
        }
        Some(match (field.form.letter, field.form.repeat) {
            ('A', letters) => Kind::Text(letters),
            ('L', 1) => Kind::Logical,
            ('B', 1) => Kind::Byte,
            ('I', 1) => Kind::Int16,
            ('J', 1) => Kind::Int32,
            ('K', 1) => Kind::Int64,
            ('E', 1) => Kind::Float32,
            ('D', 1) => Kind::Float64,
            _ => return None,
        })
    }
}

/// Cells as they are stored, in their own types.
enum Cells {
    Logical(Vec<bool>),
    Byte(Vec<i32>),
    Int16(Vec<i32>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    Text(Text, usize),
}

impl Cells {
    /// Room for all rows: their bytes are there, so that this is no more than the file is long.
    fn new(kind: Kind, rows: usize) -> Cells {
        match kind {
            Kind::Logical => Cells::Logical(Vec::with_capacity(rows)),
            Kind::Byte => Cells::Byte(Vec::with_capacity(rows)),
            Kind::Int16 => Cells::Int16(Vec::with_capacity(rows)),
            Kind::Int32 => Cells::Int32(Vec::with_capacity(rows)),
            Kind::Int64 => Cells::Int64(Vec::with_capacity(rows)),
            Kind::Float32 => Cells::Float32(Vec::with_capacity(rows)),
            Kind::Float64 => Cells::Float64(Vec::with_capacity(rows)),
            Kind::Text(letters) => Cells::Text(Text::new(), letters),
        }
    }

    fn append(&mut self, block: &[u8], row: usize, at: usize) {
        match self {
            Cells::Logical(out) => gather(out, block, row, at, |[byte]| byte == b'T'),
            Cells::Byte(out) => gather(out, block, row, at, |[byte]| i32::from(byte)),
            Cells::Int16(out) => gather(out, block, row, at, |b| i32::from(i16::from_be_bytes(b))),
            Cells::Int32(out) => gather(out, block, row, at, i32::from_be_bytes),
            Cells::Int64(out) => gather(out, block, row, at, i64::from_be_bytes),
            Cells::Float32(out) => gather(out, block, row, at, f32::from_be_bytes),
            Cells::Float64(out) => gather(out, block, row, at, f64::from_be_bytes),
            Cells::Text(out, letters) => {
                for row in block.chunks_exact(row) {
                    out.push(&text(&row[at..at + *letters]));
                }
            }
        }
    }
}

fn gather<const N: usize, T>(
    out: &mut Vec<T>,
    block: &[u8],
    row: usize,
    at: usize,
    value: impl Fn([u8; N]) -> T,
) {
    let cell = |row: &[u8]| row[at..at + N].try_into().expect("a slice of N bytes");
    out.extend(block.chunks_exact(row).map(|row| value(cell(row))));
}

/// Text up to the first NUL, without blanks at the end.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0);
    let text = String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]);
    text.trim_end_matches(' ').to_owned()
}

/// The column that is handed out; none, with its name noted, if its numbers fit no type.
fn finish(cells: Cells, field: Field, passed_over: &mut Vec<String>) -> Option<TableColumn> {
    let is_stored = field.scale == 1.0 && field.zero == 0.0;
    let scaled = |value: f64| value * field.scale + field.zero;
    let (values, missing) = match cells {
        Cells::Text(text, _) => (Values::Text(text), None),
        Cells::Logical(values) => (Values::Boolean(values), None),
        Cells::Float32(values) if is_stored => (Values::Float32(values), None),
        Cells::Float64(values) if is_stored => (Values::Float64(values), None),
        Cells::Float32(values) => {
            let values = values.iter().map(|&value| scaled(f64::from(value)));
            (Values::Float64(values.collect()), None)
        }
        Cells::Float64(values) => {
            let values = values.iter().map(|&value| scaled(value));
            (Values::Float64(values.collect()), None)
        }
        Cells::Byte(values) | Cells::Int16(values) | Cells::Int32(values) if is_stored => {
            (Values::Int32(values), field.null)
        }
        Cells::Int64(values) if is_stored => (Values::Int64(values), field.null),
        Cells::Byte(values) | Cells::Int16(values) | Cells::Int32(values) => {
            let stored: Vec<i64> = values.into_iter().map(i64::from).collect();
            scaled_integers(&stored, &field)?
        }
        Cells::Int64(values) => match scaled_integers(&values, &field) {
            Some(scaled) => scaled,
            None => {
                passed_over.push(field.name);
                return None;
            }
        },
    };
    Some(TableColumn {
        column: Column::new(&field.name, &field.unit, &field.description, values),
        missing,
    })
}

/// Stored integers with their scale and offset; none if unsigned ones do not fit 64 bits with a sign.
fn scaled_integers(stored: &[i64], field: &Field) -> Option<(Values, Option<i64>)> {
    let is_offset = field.scale == 1.0 && field.zero.fract() == 0.0;
    if !is_offset {
        let value = |&value: &i64| match field.null {
            Some(null) if null == value => f64::NAN,
            _ => value as f64 * field.scale + field.zero,
        };
        return Some((Values::Float64(stored.iter().map(value).collect()), None));
    }
    // 2^15, 2^31 and 2^63 of unsigned columns are exact in a float
    let zero = field.zero as i128;
    let moved = |value: i64| i64::try_from(i128::from(value) + zero).ok();
    let values: Option<Vec<i64>> = stored.iter().map(|&value| moved(value)).collect();
    Some((Values::Int64(values?), field.null.and_then(moved)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fits::{BLOCK, units};

    fn block(cards: &[String]) -> Vec<u8> {
        let mut bytes: Vec<u8> = cards
            .iter()
            .flat_map(|card| format!("{card:80}").into_bytes())
            .collect();
        bytes.extend(format!("{:80}", "END").bytes());
        bytes.resize(bytes.len().next_multiple_of(BLOCK), b' ');
        bytes
    }

    /// A file with one binary table of these columns (TFORM, further cards) and rows.
    fn file(columns: &[(&str, &[&str])], row_bytes: usize, rows: &[&[u8]]) -> Vec<u8> {
        let text = |cards: &[&str]| {
            cards
                .iter()
                .map(|&card| card.to_owned())
                .collect::<Vec<_>>()
        };
        let mut bytes = block(&text(&[
            "SIMPLE  =                    T",
            "BITPIX  =                    8",
            "NAXIS   =                    0",
        ]));
        let mut cards = text(&[
            "XTENSION= 'BINTABLE'",
            "BITPIX  =                    8",
            "NAXIS   =                    2",
        ]);
        cards.push(format!("NAXIS1  = {row_bytes}"));
        cards.push(format!("NAXIS2  = {}", rows.len()));
        cards.push(format!("TFIELDS = {}", columns.len()));
        for ((form, more), number) in columns.iter().zip(1..) {
            cards.push(format!("{:8}= 'C{number}'", format!("TTYPE{number}")));
            cards.push(format!("{:8}= '{form}'", format!("TFORM{number}")));
            cards.extend(text(more));
        }
        bytes.extend(block(&cards));
        let before = bytes.len();
        rows.iter().for_each(|row| bytes.extend_from_slice(row));
        let end = before + (bytes.len() - before).next_multiple_of(BLOCK);
        bytes.resize(end, 0);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<BinaryTable, FitsError> {
        binary_table(&units(bytes)?[1])
    }

    #[test]
    fn every_type_is_read_in_its_own() {
        let mut row = Vec::new();
        row.extend(1.5f64.to_be_bytes());
        row.extend(f32::NAN.to_be_bytes());
        row.extend((-7i32).to_be_bytes());
        row.extend((1i64 << 60).to_be_bytes());
        row.extend((-2i16).to_be_bytes());
        row.push(200);
        row.push(b'T');
        row.extend(b"ab \0z");
        row.extend([0; 12]);
        let forms: [(&str, &[&str]); 9] = [
            ("D", &[]),
            ("E", &[]),
            ("J", &["TNULL3  = -7"]),
            ("K", &[]),
            ("I", &[]),
            ("B", &[]),
            ("L", &[]),
            ("5A", &[]),
            ("3E", &[]),
        ];
        let table = read(&file(&forms, row.len(), &[&row, &row])).unwrap();
        assert_eq!((table.rows, table.passed_over), (2, vec!["C9".to_owned()]));
        let values: Vec<Values> = table
            .columns
            .iter()
            .map(|c| c.column.values.clone())
            .collect();
        assert_eq!(values[0], Values::Float64(vec![1.5; 2]));
        assert!(matches!(&values[1], Values::Float32(v) if v.len() == 2 && v[0].is_nan()));
        assert_eq!(values[2], Values::Int32(vec![-7; 2]));
        assert_eq!(table.columns[2].missing, Some(-7));
        assert_eq!(values[3], Values::Int64(vec![1 << 60; 2]));
        assert_eq!(values[4], Values::Int32(vec![-2; 2]));
        assert_eq!(values[5], Values::Int32(vec![200; 2]));
        assert_eq!(values[6], Values::Boolean(vec![true; 2]));
        assert_eq!(values[7], Values::Text(["ab", "ab"].into_iter().collect()));
    }

    #[test]
    fn scales_and_offsets_are_applied_and_nulls_stay_nulls() {
        let mut row = Vec::new();
        row.extend((-32768i16).to_be_bytes()); // unsigned 0
        row.extend(10i32.to_be_bytes()); // 10 · 0.5 + 1
        row.extend(99i32.to_be_bytes()); // null
        row.extend(i64::MAX.to_be_bytes()); // unsigned 2^64 − 1: fits nothing
        let forms: [(&str, &[&str]); 4] = [
            ("I", &["TZERO1  = 32768"]),
            ("J", &["TSCAL2  = 5D-1", "TZERO2  = 1"]),
            ("J", &["TSCAL3  = 0.5", "TNULL3  = 99"]),
            ("K", &["TZERO4  = 9223372036854775808"]),
        ];
        let table = read(&file(&forms, row.len(), &[&row])).unwrap();
        assert_eq!(table.columns[0].column.values, Values::Int64(vec![0]));
        assert_eq!(table.columns[1].column.values, Values::Float64(vec![6.0]));
        assert!(matches!(&table.columns[2].column.values, Values::Float64(v) if v[0].is_nan()));
        assert_eq!(table.passed_over, ["C4"]);
    }

    #[test]
    fn a_header_that_claims_more_than_is_there_is_an_error_at_once() {
        let small = file(&[("D", &[])], 8, &[&[0; 8]]);
        for rows in [2_000u64, 1_000_000_000_000, 1 << 61, u64::MAX >> 1] {
            let text = String::from_utf8(small.clone()).unwrap();
            let claim = format!("{:80}", format!("NAXIS2  = {rows}"));
            let bytes = text.replace(&format!("{:80}", "NAXIS2  = 1"), &claim);
            let error = read(bytes.as_bytes()).unwrap_err();
            assert!(
                matches!(
                    error,
                    FitsError::Short { unit: 1, .. } | FitsError::Unsound { unit: 1, .. }
                ),
                "{error}"
            );
        }
        let wide = String::from_utf8(small).unwrap().replace("'D' ", "'9D'");
        assert!(matches!(
            read(wide.as_bytes()),
            Err(FitsError::Unsound { unit: 1, .. })
        ));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(place in 0usize..8_640, byte: u8, cut in 0usize..8_640) {
            let mut bytes = file(&[("D", &["TUNIT1  = 'd'"]), ("J", &["TNULL2  = 4"]), ("4A", &[])], 16, &[&[7; 16][..]; 5]);
            bytes[place] = byte;
            bytes.truncate(cut.max(place));
            if let Ok(units) = units(&bytes) {
                for unit in &units {
                    let _ = (unit.verify(), binary_table(unit), super::super::integer_image(unit), unit.header.to_json());
                }
            }
        }
    }
}
