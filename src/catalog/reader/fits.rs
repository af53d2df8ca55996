//! FITS binary tables: the first one of the file (FITS standard 4.0, section 7.3).
//!
//! Rows are read in order and only the wanted cells are kept, so that a packed file of a gigabyte needs no
//! unpacked copy in memory or on disk, and integers keep all 64 bits, unsigned ones too. (cfitsio unpacks
//! `.gz` wholly into memory.) Vector and variable-length columns are passed over.

use std::io::{self, Read};

use super::fits_header;
use super::{Cells, Choose, Head, Input, RawTable};
use crate::catalog::CatalogError;
use crate::catalog::strings::Strings;
use crate::fits::{Field, Header, Layout};

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

fn find_table(input: &mut Input) -> Result<BinaryTable, CatalogError> {
    for number in 0.. {
        let place = format!("header {}", number + 1);
        let Some(header) = fits_header::next(input, &place)? else {
            break;
        };
        if number == 0 && header.logical("SIMPLE") != Some(true) {
            return Err(input.malformed(place, "this is no FITS file"));
        }
        if header.text("XTENSION") == Some("BINTABLE") && header.logical("ZIMAGE") != Some(true) {
            return table(&header).map_err(|problem| input.malformed(place, problem));
        }
        let Some(bytes) = header.padded_data_bytes() else {
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
    let layout = Layout::of(header)?;
    Ok(BinaryTable {
        rows: layout.rows,
        row_bytes: layout.row_bytes,
        columns: layout.fields.iter().filter_map(column).collect(),
    })
}

/// The column if it has a name and one number or one text a row.
fn column(field: &Field) -> Option<Column> {
    let kind = match (field.form.letter, field.form.repeat) {
        ('A', letters) => Kind::Text(letters),
        ('B', 1) => Kind::Byte,
        ('I', 1) => Kind::Int16,
        ('J', 1) => Kind::Int32,
        ('K', 1) if field.zero == TWO_TO_63 => Kind::Unsigned64,
        ('K', 1) => Kind::Int64,
        ('E', 1) => Kind::Float32,
        ('D', 1) => Kind::Float64,
        _ => return None,
    };
    (!field.name.is_empty()).then(|| Column {
        head: Head::new(&field.name, &field.unit),
        kind,
        offset: field.offset,
        scale: field.scale,
        zero: field.zero,
        null: field.null,
    })
}

/// The offset by which FITS stores unsigned integers of 64 bits.
const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

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
