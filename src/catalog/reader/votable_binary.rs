//! Fields of a VOTable, and rows in its two binary forms (VOTable 1.4, sections 2.1, 5.3 and 5.4).

use std::io::{self, BufRead, BufReader, Read};

use super::votable_base64::{Base64, LONGEST_TEXT};
use super::{Cells, Head};
use crate::catalog::strings::Strings;

/// A column of a VOTable.
pub(super) struct Field {
    pub(super) head: Head,
    kind: Kind,
    count: Count,
    /// The number that stands for a missing one.
    pub(super) null: Option<String>,
}

/// Primitive types.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Bit,
    Boolean,
    Byte,
    Short,
    Int,
    Long,
    Char,
    UnicodeChar,
    Float,
    Double,
    FloatComplex,
    DoubleComplex,
}

/// How many primitives a cell has.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Count {
    Fixed(usize),
    Variable,
}

impl Field {
    pub(super) fn new(name: &str, unit: &str, kind: &str, size: &str) -> Result<Field, String> {
        let kind = match kind {
            "bit" => Kind::Bit,
            "boolean" => Kind::Boolean,
            "unsignedByte" => Kind::Byte,
            "short" => Kind::Short,
            "int" => Kind::Int,
            "long" => Kind::Long,
            "char" => Kind::Char,
            "unicodeChar" => Kind::UnicodeChar,
            "float" => Kind::Float,
            "double" => Kind::Double,
            "floatComplex" => Kind::FloatComplex,
            "doubleComplex" => Kind::DoubleComplex,
            other => return Err(format!("field {name:?} has the unknown type {other:?}")),
        };
        let count =
            Count::parse(size).ok_or_else(|| format!("field {name:?} has the size {size:?}"))?;
        Ok(Field {
            head: Head::new(name, unit),
            kind,
            count,
            null: None,
        })
    }

    /// Whether each cell is one number or one text.
    pub(super) fn is_usable(&self) -> bool {
        match self.kind {
            Kind::Char | Kind::UnicodeChar => true,
            Kind::Byte | Kind::Short | Kind::Int | Kind::Long | Kind::Float | Kind::Double => {
                self.count == Count::Fixed(1)
            }
            Kind::Bit | Kind::Boolean | Kind::FloatComplex | Kind::DoubleComplex => false,
        }
    }

    pub(super) fn no_cells(&self) -> Cells {
        match self.kind {
            Kind::Float | Kind::Double => Cells::Float(Vec::new()),
            Kind::Byte | Kind::Short | Kind::Int | Kind::Long => Cells::Integer(Vec::new()),
            _ => Cells::Text(Strings::default()),
        }
    }

    /// Adds the content of a TD element.
    pub(super) fn append_text(&self, text: &str, cells: &mut Cells) -> Result<(), String> {
        let is_null = text.is_empty() || self.null.as_deref() == Some(text);
        match cells {
            _ if is_null => self.append_nothing(cells),
            Cells::Text(texts) => texts.push(text),
            Cells::Float(values) => {
                values.push(float(text).ok_or_else(|| self.not_a_number(text))?)
            }
            Cells::Integer(values) => {
                values.push(Some(integer(text).ok_or_else(|| self.not_a_number(text))?))
            }
            Cells::Unsigned(_) => unreachable!("VOTable has no unsigned 64-bit integers"),
        }
        Ok(())
    }

    pub(super) fn append_nothing(&self, cells: &mut Cells) {
        match cells {
            Cells::Text(texts) => texts.push(""),
            Cells::Float(values) => values.push(f64::NAN),
            Cells::Integer(values) => values.push(None),
            Cells::Unsigned(values) => values.push(None),
        }
    }

    fn not_a_number(&self, text: &str) -> String {
        format!(
            "{text:?} in field {:?} is not a number of its type",
            self.head.name
        )
    }

    fn append_bytes(&self, bytes: &[u8], cells: &mut Cells) {
        match cells {
            Cells::Float(values) => values.push(match self.kind {
                Kind::Float => f64::from(f32::from_be_bytes(array(bytes))),
                _ => f64::from_be_bytes(array(bytes)),
            }),
            Cells::Integer(values) => {
                let value = match self.kind {
                    Kind::Byte => i64::from(bytes[0]),
                    Kind::Short => i64::from(i16::from_be_bytes(array(bytes))),
                    Kind::Int => i64::from(i32::from_be_bytes(array(bytes))),
                    _ => i64::from_be_bytes(array(bytes)),
                };
                let null = self.null.as_deref().and_then(integer);
                values.push((Some(value) != null).then_some(value));
            }
            Cells::Text(texts) if self.kind == Kind::UnicodeChar => {
                let units = bytes
                    .chunks_exact(2)
                    .map(|pair| u16::from_be_bytes(array(pair)));
                let text: String = char::decode_utf16(units)
                    .map(|unit| unit.unwrap_or('\u{fffd}'))
                    .collect();
                texts.push(text.split('\0').next().unwrap_or_default().trim());
            }
            Cells::Text(texts) => {
                let text = String::from_utf8_lossy(bytes);
                texts.push(text.split('\0').next().unwrap_or_default().trim());
            }
            Cells::Unsigned(_) => unreachable!("VOTable has no unsigned 64-bit integers"),
        }
    }

    /// Bytes of a cell of so many primitives; none if that is more than any file has.
    fn bytes(&self, count: usize) -> Option<usize> {
        let each = match self.kind {
            Kind::Bit => return Some(count.div_ceil(8)),
            Kind::Boolean | Kind::Byte | Kind::Char => 1,
            Kind::Short | Kind::UnicodeChar => 2,
            Kind::Int | Kind::Float => 4,
            Kind::Long | Kind::Double | Kind::FloatComplex => 8,
            Kind::DoubleComplex => 16,
        };
        count.checked_mul(each)
    }
}

impl Count {
    /// `""`, `1`, `19`, `2x3`, `*`, `19*` or `2x*`.
    fn parse(size: &str) -> Option<Count> {
        if size.ends_with('*') {
            return Some(Count::Variable);
        }
        if size.is_empty() {
            return Some(Count::Fixed(1));
        }
        let mut count = 1usize;
        for axis in size.split('x') {
            count = count.checked_mul(axis.trim().parse().ok()?)?;
        }
        Some(Count::Fixed(count))
    }
}

/// Reads rows from a stream of base64, as far as its text goes.
pub(super) struct RowReader<R: BufRead> {
    bytes: BufReader<Base64<R>>,
    nulls: Vec<u8>,
    cell: Vec<u8>,
}

impl<R: BufRead> RowReader<R> {
    pub(super) fn new(text: R) -> RowReader<R> {
        RowReader {
            bytes: BufReader::with_capacity(1 << 16, Base64::new(text)),
            nulls: Vec::new(),
            cell: Vec::new(),
        }
    }

    /// Adds the next row to `cells`, unless there is none; `targets` has for each field the cells it fills.
    pub(super) fn next_row(
        &mut self,
        with_nulls: bool,
        fields: &[Field],
        targets: &[Option<usize>],
        cells: &mut [Cells],
    ) -> Result<bool, String> {
        if self.bytes.fill_buf().map_err(problem)?.is_empty() {
            return Ok(false);
        }
        let flags = if with_nulls {
            fields.len().div_ceil(8)
        } else {
            0
        };
        let mut taken = flags as u64;
        fill(&mut self.bytes, &mut self.nulls, taken)?;
        for (place, field) in fields.iter().enumerate() {
            let count = match field.count {
                Count::Fixed(count) => count,
                Count::Variable => {
                    fill(&mut self.bytes, &mut self.cell, 4)?;
                    u32::from_be_bytes(array(&self.cell)) as usize
                }
            };
            let length = field.bytes(count).ok_or_else(ends_too_early)? as u64;
            taken = taken
                .max(length)
                .max(4 * u64::from(field.count == Count::Variable));
            let Some(target) = targets[place] else {
                skip(&mut self.bytes, length)?;
                continue;
            };
            fill(&mut self.bytes, &mut self.cell, length)?;
            // the first field's flag is the highest bit of the first byte
            let is_null = self
                .nulls
                .get(place / 8)
                .is_some_and(|flags| flags >> (7 - place % 8) & 1 == 1);
            if is_null {
                field.append_nothing(&mut cells[target]);
            } else {
                field.append_bytes(&self.cell, &mut cells[target]);
            }
        }
        match taken {
            0 => Err("rows without bytes".to_owned()),
            _ => Ok(true),
        }
    }
}

/// Reads so many bytes. Room is made for what comes, not for what is claimed.
fn fill(from: &mut impl Read, cell: &mut Vec<u8>, length: u64) -> Result<(), String> {
    if length > LONGEST_TEXT as u64 {
        return Err(format!("a cell of {length} bytes"));
    }
    cell.clear();
    from.take(length).read_to_end(cell).map_err(problem)?;
    match cell.len() as u64 == length {
        true => Ok(()),
        false => Err(ends_too_early()),
    }
}

fn skip(from: &mut impl Read, length: u64) -> Result<(), String> {
    let skipped = io::copy(&mut from.take(length), &mut io::sink()).map_err(problem)?;
    match skipped == length {
        true => Ok(()),
        false => Err(ends_too_early()),
    }
}

fn ends_too_early() -> String {
    "its binary data end within the row".to_owned()
}

fn problem(error: io::Error) -> String {
    error.to_string()
}

fn float(text: &str) -> Option<f64> {
    text.parse().ok()
}

fn integer(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(hexadecimal) => i64::from_str_radix(hexadecimal, 16).ok(),
        None => text.parse().ok(),
    }
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("a cell has the bytes of its type")
}
