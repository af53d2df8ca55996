//! The cards of one header, in order.

use serde_json::{Map, Number, Value, json};

use super::card::{CARD, Line};
use super::{BLOCK, Card, CardValue};

/// A header: its cards in the order of the file, remarks left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Header {
    cards: Vec<Card>,
    /// The text of the last card may go on in the next.
    open: bool,
}

impl Header {
    /// Adds the cards of a block of the file; true once the header has ended.
    pub fn push_block(&mut self, block: &[u8]) -> bool {
        for bytes in block.chunks(CARD) {
            match Line::of(bytes) {
                Line::End => return true,
                Line::Card(card) => {
                    self.open = matches!(&card.value, CardValue::Text(text) if text.ends_with('&'));
                    self.cards.push(card);
                }
                Line::Continue(more) => self.continue_text(&more),
                Line::Remark => self.open = false,
            }
        }
        false
    }

    fn continue_text(&mut self, more: &str) {
        if let Some(CardValue::Text(text)) = self.cards.last_mut().map(|card| &mut card.value)
            && self.open
        {
            text.pop();
            text.push_str(more);
            self.open = more.ends_with('&');
        }
    }

    pub fn cards(&self) -> &[Card] {
        &self.cards
    }

    /// The value of the first card of that keyword; none without such a card.
    pub fn value(&self, keyword: &str) -> Option<&CardValue> {
        let card = self.cards.iter().find(|card| card.keyword == keyword)?;
        Some(&card.value)
    }

    /// A text; none if there is no such card, or it holds something else.
    pub fn text(&self, keyword: &str) -> Option<&str> {
        match self.value(keyword)? {
            CardValue::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn integer(&self, keyword: &str) -> Option<i64> {
        match self.value(keyword)? {
            CardValue::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// A number, whether it is written with a decimal point or not.
    pub fn float(&self, keyword: &str) -> Option<f64> {
        self.value(keyword)?.as_float()
    }

    pub fn logical(&self, keyword: &str) -> Option<bool> {
        match self.value(keyword)? {
            CardValue::Logical(value) => Some(*value),
            // seen in the headers of QLP: INHERIT = 'T'
            CardValue::Text(text) if text == "T" => Some(true),
            CardValue::Text(text) if text == "F" => Some(false),
            _ => None,
        }
    }

    pub(crate) fn unsigned(&self, keyword: &str) -> Option<u64> {
        u64::try_from(self.integer(keyword)?).ok()
    }

    /// Bytes of the data after this header, without filling; none if its numbers are absurd.
    pub fn data_bytes(&self) -> Option<u64> {
        let axes = self.unsigned("NAXIS")?;
        if axes > 999 {
            return None;
        }
        let mut elements = u64::from(axes > 0);
        for axis in 1..=axes {
            elements = elements.checked_mul(self.unsigned(&format!("NAXIS{axis}"))?)?;
        }
        let parameters = self.unsigned("PCOUNT").unwrap_or(0);
        let groups = self.unsigned("GCOUNT").unwrap_or(1);
        let bits = self.integer("BITPIX")?.unsigned_abs();
        elements
            .checked_add(parameters)?
            .checked_mul(groups)?
            .checked_mul(bits / 8)
    }

    /// The same, filled up to whole blocks.
    pub fn padded_data_bytes(&self) -> Option<u64> {
        self.data_bytes()?.checked_next_multiple_of(BLOCK as u64)
    }

    /// The cards as JSON in their order, an undefined value as null; of equal keywords the first.
    ///
    /// Cards that only say how the bytes lie in the file are left out.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut map = Map::new();
        for card in &self.cards {
            if !is_structural(&card.keyword) && !map.contains_key(&card.keyword) {
                map.insert(card.keyword.clone(), card.value.to_json());
            }
        }
        map
    }
}

impl CardValue {
    pub fn as_float(&self) -> Option<f64> {
        match self {
            CardValue::Integer(value) => Some(*value as f64),
            CardValue::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The value in JSON; an undefined one is null.
    pub fn to_json(&self) -> Value {
        match self {
            CardValue::Undefined => Value::Null,
            CardValue::Logical(value) => json!(value),
            CardValue::Integer(value) => json!(value),
            CardValue::Float(value) => Number::from_f64(*value).map_or(Value::Null, Value::Number),
            CardValue::Text(text) | CardValue::Other(text) => json!(text),
        }
    }
}

/// Cards that describe the layout of the bytes, which has no meaning outside the file.
fn is_structural(keyword: &str) -> bool {
    const WORDS: [&str; 12] = [
        "SIMPLE", "XTENSION", "BITPIX", "NAXIS", "EXTEND", "NEXTEND", "PCOUNT", "GCOUNT",
        "TFIELDS", "INHERIT", "CHECKSUM", "DATASUM",
    ];
    const NUMBERED: [&str; 9] = [
        "NAXIS", "TTYPE", "TFORM", "TUNIT", "TDISP", "TNULL", "TSCAL", "TZERO", "TDIM",
    ];
    let stem = keyword.trim_end_matches(|c: char| c.is_ascii_digit());
    WORDS.contains(&keyword) || (stem.len() < keyword.len() && NUMBERED.contains(&stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(cards: &[&str]) -> Header {
        let mut header = Header::default();
        let text: String = cards.iter().map(|card| format!("{card:80}")).collect();
        header.push_block(text.as_bytes());
        header
    }

    // The example of section 4.2.1.2 of the standard, shortened.
    #[test]
    fn long_texts_go_on_in_the_next_cards() {
        let header = header(&[
            "STRKEY  = 'This keyword value is continued &'",
            "CONTINUE  ' over multiple &' / why",
            "CONTINUE  'cards.'",
            "CONTINUE  'nobody asked for this'",
            "NEXT    = 'ends with &'",
            "COMMENT in between",
            "CONTINUE  'not this'",
        ]);
        assert_eq!(
            header.text("STRKEY"),
            Some("This keyword value is continued  over multiple cards.")
        );
        assert_eq!(header.text("NEXT"), Some("ends with &"));
    }

    #[test]
    fn the_header_ends_where_it_says_so() {
        let mut header = Header::default();
        let text: String = ["A       = 1", "END", "B       = 2"]
            .map(|card| format!("{card:80}"))
            .concat();
        assert!(header.push_block(text.as_bytes()));
        assert_eq!((header.integer("A"), header.integer("B")), (Some(1), None));
    }

    #[test]
    fn json_has_null_for_what_is_not_known_and_no_layout() {
        let header = header(&[
            "XTENSION= 'BINTABLE'",
            "NAXIS1  = 100",
            "TTYPE12 = 'TIME'",
            "TSTART  = 1955.797963777476",
            "MH      =  / metallicity",
            "TICVER  = '8.1     '",
            "TICVER  = 9",
            "TSTOP   = NaN",
        ]);
        let json = Value::Object(header.to_json()).to_string();
        assert_eq!(
            json,
            r#"{"TSTART":1955.797963777476,"MH":null,"TICVER":"8.1","TSTOP":"NaN"}"#
        );
    }

    #[test]
    fn absurd_sizes_are_no_sizes() {
        let size = |cards: &[&str]| header(cards).data_bytes();
        assert_eq!(size(&["BITPIX  = 8", "NAXIS   = 0"]), Some(0));
        assert_eq!(
            size(&["BITPIX  = -64", "NAXIS   = 2", "NAXIS1  = 3", "NAXIS2  = 5"]),
            Some(120)
        );
        assert_eq!(
            size(&[
                "BITPIX  = 8",
                "NAXIS   = 2",
                "NAXIS1  = 9223372036854775807",
                "NAXIS2  = 4"
            ]),
            None
        );
        assert_eq!(size(&["BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = -1"]), None);
        assert_eq!(size(&["BITPIX  = 8"]), None);
    }
}
