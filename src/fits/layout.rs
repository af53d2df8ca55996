//! Where the columns of a binary table lie in its rows, as its header says.

use super::{Card, CardValue, Form, Header};

/// The layout of a binary table.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    pub rows: u64,
    pub row_bytes: usize,
    pub fields: Vec<Field>,
}

/// One column: number `value · scale + zero`, missing where the stored integer is `null`.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// TTYPE; empty for a column without a name.
    pub name: String,
    pub unit: String,
    /// The comment of the card that names the column.
    pub description: String,
    pub form: Form,
    /// First byte of the cell in its row.
    pub offset: usize,
    pub scale: f64,
    pub zero: f64,
    pub null: Option<i64>,
}

/// Wider rows than this are no table of photometry: 999 columns of 8 bytes are 8 kB.
const WIDEST_ROW: u64 = 1 << 26;

/// Most columns that FITS allows.
const MOST_FIELDS: u64 = 999;

/// The cards of one column, as they are found.
#[derive(Debug, Clone, Default)]
struct Cards<'a> {
    kind: Option<&'a Card>,
    form: Option<&'a Card>,
    unit: Option<&'a Card>,
    scale: Option<&'a Card>,
    zero: Option<&'a Card>,
    null: Option<&'a Card>,
}

impl Layout {
    /// The layout that a header describes; an error says what is wrong with it.
    ///
    /// The number of rows is what the header claims: whether their bytes are there is for the reader to see.
    pub fn of(header: &Header) -> Result<Layout, String> {
        let number = |keyword: &str| {
            header
                .unsigned(keyword)
                .ok_or(format!("{keyword} is missing or no number"))
        };
        let (row_bytes, rows, fields) = (number("NAXIS1")?, number("NAXIS2")?, number("TFIELDS")?);
        if row_bytes > WIDEST_ROW || fields > MOST_FIELDS || (row_bytes == 0 && rows > 0) {
            return Err(format!(
                "{rows} rows of {row_bytes} bytes and {fields} columns are not sound"
            ));
        }
        let mut layout = Layout {
            rows,
            row_bytes: row_bytes as usize,
            fields: Vec::with_capacity(fields as usize),
        };
        let mut offset = 0;
        for (cards, number) in cards_of(header, fields as usize).into_iter().zip(1..) {
            let field = cards.field(number, offset)?;
            // the form was checked when the field was made of it
            offset += field.form.bytes().unwrap_or(0);
            if offset > layout.row_bytes {
                return Err(format!(
                    "column {number} ends after the row's {row_bytes} bytes"
                ));
            }
            layout.fields.push(field);
        }
        Ok(layout)
    }
}

/// The cards of each column, found in one pass: a lookup per column and keyword would be quadratic.
fn cards_of(header: &Header, fields: usize) -> Vec<Cards<'_>> {
    let mut all = vec![Cards::default(); fields];
    for card in header.cards() {
        let stem = card.keyword.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = card.keyword[stem.len()..].parse::<usize>().ok();
        let Some(cards) = number.and_then(|number| all.get_mut(number.checked_sub(1)?)) else {
            continue;
        };
        let place = match stem {
            "TTYPE" => &mut cards.kind,
            "TFORM" => &mut cards.form,
            "TUNIT" => &mut cards.unit,
            "TSCAL" => &mut cards.scale,
            "TZERO" => &mut cards.zero,
            "TNULL" => &mut cards.null,
            _ => continue,
        };
        place.get_or_insert(card);
    }
    all
}

impl Cards<'_> {
    fn field(&self, number: usize, offset: usize) -> Result<Field, String> {
        let text = |card: Option<&Card>| match card.map(|card| &card.value) {
            Some(CardValue::Text(text)) => text.clone(),
            _ => String::new(),
        };
        let form = text(self.form);
        let parsed = Form::parse(&form)
            .filter(|form| form.bytes().is_some_and(|bytes| bytes as u64 <= WIDEST_ROW))
            .ok_or(format!("TFORM{number} is {form:?}"))?;
        let factor = |card: Option<&Card>, default: f64| match card.map(|card| &card.value) {
            None | Some(CardValue::Undefined) => Ok(default),
            Some(value) => value
                .as_float()
                .ok_or(format!("TSCAL{number} or TZERO{number} is no number")),
        };
        let null = self.null.map(|card| &card.value);
        Ok(Field {
            name: text(self.kind),
            unit: text(self.unit),
            description: self.kind.map_or_else(String::new, |card| {
                let comment = card.comment.as_str();
                comment
                    .strip_prefix("column title: ")
                    .unwrap_or(comment)
                    .to_owned()
            }),
            form: parsed,
            offset,
            scale: factor(self.scale, 1.0)?,
            zero: factor(self.zero, 0.0)?,
            null: match null {
                Some(CardValue::Integer(null)) => Some(*null),
                _ => None,
            },
        })
    }
}
