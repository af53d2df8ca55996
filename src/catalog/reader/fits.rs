//! FITS binary tables: the first one of the file (FITS standard 4.0, section 7.3).
//!
//! Rows are read in order and only the wanted cells are kept, so that a packed file of a gigabyte needs no
//! unpacked copy in memory or on disk, and integers keep all 64 bits, unsigned ones too. (cfitsio unpacks
//! `.gz` wholly into memory.) Vector and variable-length columns are passed over.

use std::io::{self, Read};

use super::fits_header::Header;
use super::{Cells, Choose, Head, Input, RawTable};
use crate::catalog::CatalogError;
use crate::catalog::strings::Strings;

pub(super) fn read(mut input: Input, choose: &mut Choose) -> Result<RawTable, CatalogError> {
    let table = find_table(&mut input)?;
    let heads: Vec<Head> = table
        .columns
        .iter()
        .map(|column| column.head.clone())
        .collect();
    let wanted: Vec<&Column> = choose(&heads)?
        .into_iter()
        .map(|place| &table.columns[place])
        .collect();
    let mut cells: Vec<Cells> = wanted.iter().map(|column| column.kind.no_cells()).collect();
    let mut row = vec![0; table.row_bytes];
    for number in 0..table.rows {
        if let Err(cause) = input.reader.read_exact(&mut row) {
            let place = format!("row {} of {}", number + 1, table.rows);
            return Err(input.damaged(&place, cause));
        }
        for (column, cells) in wanted.iter().zip(&mut cells) {
            column.append(
                &row[column.offset..column.offset + column.kind.bytes()],
                cells,
            );
        }
    }
    Ok(RawTable {
        columns: cells,
        // every row was read, so that their number fits
        rows: table.rows as usize,
        ..RawTable::default()
    })
}

/// A binary table, with the reader standing at its first row.
struct BinaryTable {
    rows: u64,
    row_bytes: usize,
    columns: Vec<Column>,
}

struct Column {
    head: Head,
    kind: Kind,
    offset: usize,
    scale: f64,
    zero: f64,
    null: Option<i64>,
}

/// Type of a column with one value a row (FITS standard 4.0, table 18).
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Byte,
    Int16,
    Int32,
    Int64,
    /// 64-bit integers stored with TZERO = 2^63.
    Unsigned64,
    Float32,
    Float64,
    Text(usize),
}

/// Wider rows than this are no catalog: 999 columns of 8 bytes are 8 kB.
const WIDEST_ROW: u64 = 1 << 26;

fn find_table(input: &mut Input) -> Result<BinaryTable, CatalogError> {
    for number in 0.. {
        let place = format!("header {}", number + 1);
        let Some(header) = Header::read(input, &place)? else {
            break;
        };
        if number == 0 && header.text("SIMPLE") != Some("T") {
            return Err(input.malformed(place, "this is no FITS file"));
        }
        if header.text("XTENSION") == Some("BINTABLE") && header.text("ZIMAGE") != Some("T") {
            return table(&header).map_err(|problem| input.malformed(place, problem));
        }
        let Some(bytes) = header.data_bytes() else {
            return Err(input.malformed(place, "its NAXIS cards are not sound"));
        };
        let skipped = io::copy(&mut (&mut input.reader).take(bytes), &mut io::sink());
        match skipped {
            Ok(skipped) if skipped < bytes => break,
            Ok(_) => {}
            Err(cause) => return Err(input.damaged(&place, cause)),
        }
    }
    Err(input.malformed("its end", "there is no binary table in it"))
}

fn table(header: &Header) -> Result<BinaryTable, String> {
    let number = |keyword: &str| {
        header
            .unsigned(keyword)
            .ok_or(format!("{keyword} is missing or no number"))
    };
    let (row_bytes, rows, fields) = (number("NAXIS1")?, number("NAXIS2")?, number("TFIELDS")?);
    if row_bytes > WIDEST_ROW || fields > 999 || (row_bytes == 0 && rows > 0) {
        return Err(format!(
            "{rows} rows of {row_bytes} bytes and {fields} columns are not sound"
        ));
    }
    let mut columns = Vec::new();
    let mut offset = 0;
    for field in 1..=fields {
        let form = header.text(&format!("TFORM{field}")).unwrap_or_default();
        let (repeat, letter) = split_form(form).ok_or(format!("TFORM{field} is {form:?}"))?;
        let bytes = bytes_of(repeat, letter).ok_or(format!("TFORM{field} is {form:?}"))?;
        if let Some(column) = column(header, field, repeat, letter, offset) {
            columns.push(column);
        }
        offset = bytes
            .checked_add(offset)
            .filter(|&end| end as u64 <= row_bytes)
            .ok_or(format!(
                "column {field} ends after the row's {row_bytes} bytes"
            ))?;
    }
    Ok(BinaryTable {
        rows,
        row_bytes: row_bytes as usize,
        columns,
    })
}

/// Repeat count and type letter of a TFORM such as `D`, `1K`, `19A`.
fn split_form(form: &str) -> Option<(usize, char)> {
    let letter = form.find(|c: char| !c.is_ascii_digit())?;
    let repeat = if letter == 0 {
        1
    } else {
        form[..letter].parse().ok()?
    };
    Some((repeat, form[letter..].chars().next()?))
}

fn bytes_of(repeat: usize, letter: char) -> Option<usize> {
    let each = match letter {
        'L' | 'B' | 'A' => 1,
        'I' => 2,
        'J' | 'E' => 4,
        'K' | 'D' | 'C' | 'P' => 8,
        'M' | 'Q' => 16,
        'X' => return Some(repeat.div_ceil(8)),
        _ => return None,
    };
    repeat.checked_mul(each)
}

/// The column if it has one number or one text a row.
fn column(
    header: &Header,
    field: u64,
    repeat: usize,
    letter: char,
    offset: usize,
) -> Option<Column> {
    let card = |keyword: &str| header.text(&format!("{keyword}{field}"));
    let zero = card("TZERO").unwrap_or("0");
    let scale = card("TSCAL").unwrap_or("1");
    let is_unsigned = zero
        .parse::<i128>()
        .ok()
        .or_else(|| Some(zero.parse::<f64>().ok()? as i128))
        == Some(1 << 63);
    let kind = match letter {
        'A' => Kind::Text(repeat),
        _ if repeat != 1 => return None,
        'B' => Kind::Byte,
        'I' => Kind::Int16,
        'J' => Kind::Int32,
        'K' if is_unsigned => Kind::Unsigned64,
        'K' => Kind::Int64,
        'E' => Kind::Float32,
        'D' => Kind::Float64,
        _ => return None,
    };
    Some(Column {
        head: Head::new(card("TTYPE")?, card("TUNIT").unwrap_or_default()),
        kind,
        offset,
        // FITS writes exponents with D too
        scale: scale.replace('D', "E").parse().ok()?,
        zero: zero.replace('D', "E").parse().ok()?,
        null: card("TNULL").and_then(|null| null.parse().ok()),
    })
}

impl Kind {
    fn bytes(self) -> usize {
        match self {
            Kind::Byte => 1,
            Kind::Int16 => 2,
            Kind::Int32 | Kind::Float32 => 4,
            Kind::Int64 | Kind::Unsigned64 | Kind::Float64 => 8,
            Kind::Text(letters) => letters,
        }
    }

    fn no_cells(self) -> Cells {
        match self {
            Kind::Byte | Kind::Int16 | Kind::Int32 | Kind::Int64 => Cells::Integer(Vec::new()),
            Kind::Unsigned64 => Cells::Unsigned(Vec::new()),
            Kind::Float32 | Kind::Float64 => Cells::Float(Vec::new()),
            Kind::Text(_) => Cells::Text(Strings::default()),
        }
    }
}

impl Column {
    /// Adds the value of one row; the cells are of this column's kind, or floats once a scale made them so.
    fn append(&self, bytes: &[u8], cells: &mut Cells) {
        let value = self.stored(bytes);
        if self.scale != 1.0
            && matches!(cells, Cells::Integer(_) | Cells::Unsigned(_))
            && cells.len() == 0
        {
            *cells = Cells::Float(Vec::new());
        }
        match (cells, value) {
            (Cells::Float(values), Stored::Float(value)) => {
                values.push(value * self.scale + self.zero)
            }
            (Cells::Float(values), Stored::Integer(value)) => {
                values.push(value.map_or(f64::NAN, |value| value as f64 * self.scale + self.zero));
            }
            (Cells::Integer(values), Stored::Integer(value)) => {
                values.push(value.and_then(|value| value.checked_add(self.zero as i64)));
            }
            // 2^63 is added by turning the sign bit, which loses nothing
            (Cells::Unsigned(values), Stored::Integer(value)) => {
                values.push(value.map(|value| value as u64 ^ (1 << 63)));
            }
            (Cells::Text(texts), Stored::Text(text)) => texts.push(&text),
            _ => unreachable!("cells are made for the kind of the column"),
        }
    }

    fn stored<'a>(&self, bytes: &'a [u8]) -> Stored<'a> {
        let integer = |value: i64| Stored::Integer((Some(value) != self.null).then_some(value));
        match self.kind {
            Kind::Byte => integer(i64::from(bytes[0])),
            Kind::Int16 => integer(i64::from(i16::from_be_bytes(array(bytes)))),
            Kind::Int32 => integer(i64::from(i32::from_be_bytes(array(bytes)))),
            Kind::Int64 | Kind::Unsigned64 => integer(i64::from_be_bytes(array(bytes))),
            Kind::Float32 => Stored::Float(f64::from(f32::from_be_bytes(array(bytes)))),
            Kind::Float64 => Stored::Float(f64::from_be_bytes(array(bytes))),
            Kind::Text(_) => {
                let end = bytes
                    .iter()
                    .position(|&byte| byte == 0)
                    .unwrap_or(bytes.len());
                Stored::Text(String::from_utf8_lossy(&bytes[..end]))
            }
        }
    }
}

enum Stored<'a> {
    Integer(Option<i64>),
    Float(f64),
    Text(std::borrow::Cow<'a, str>),
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("a cell has the bytes of its kind")
}
