//! Headers as bytes (FITS standard 4.0, section 4): what [`Header`](super::Header) reads back.

use super::BLOCK;
use super::card::CARD;

/// Characters of a text that fit between the quotes of one card.
const LONGEST: usize = 68;

/// A header that is being written, card after card.
///
/// ```
/// use retriever::fits::{HeaderWriter, units};
/// let mut header = HeaderWriter::primary();
/// header.text("OBJECT", "Barnard's star", "name");
/// let file = header.finish();
/// assert_eq!(units(&file)?[0].header.text("OBJECT"), Some("Barnard's star"));
/// # Ok::<(), retriever::fits::FitsError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct HeaderWriter {
    bytes: Vec<u8>,
}

impl HeaderWriter {
    /// The header of a file whose first unit has no data.
    pub fn primary() -> HeaderWriter {
        let mut header = HeaderWriter::default();
        header.logical("SIMPLE", true, "FITS standard 4.0");
        header.integer("BITPIX", 8, "");
        header.integer("NAXIS", 0, "");
        header.logical("EXTEND", true, "");
        header
    }

    /// The header of a binary table (section 7.3.1), up to the number of its columns.
    pub fn binary_table(row_bytes: usize, rows: u64, columns: usize) -> HeaderWriter {
        let mut header = HeaderWriter::default();
        header.text("XTENSION", "BINTABLE", "binary table");
        header.integer("BITPIX", 8, "");
        header.integer("NAXIS", 2, "");
        header.integer("NAXIS1", row_bytes as i64, "bytes of a row");
        header.integer("NAXIS2", rows as i64, "rows");
        header.integer("PCOUNT", 0, "");
        header.integer("GCOUNT", 1, "");
        header.integer("TFIELDS", columns as i64, "columns");
        header
    }

    /// Bytes so far: where the next card will stand.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub fn logical(&mut self, keyword: &str, value: bool, comment: &str) {
        self.value(keyword, if value { "T" } else { "F" }, comment);
    }

    pub fn integer(&mut self, keyword: &str, value: i64, comment: &str) {
        self.value(keyword, &value.to_string(), comment);
    }

    /// A number with all its digits; FITS has no word for one that is not finite, so that is left undefined.
    pub fn float(&mut self, keyword: &str, value: f64, comment: &str) {
        let text = match value.is_finite() {
            true => format!("{value:?}").replace('e', "E"),
            false => String::new(),
        };
        self.value(keyword, &text, comment);
    }

    /// A text, on as many cards as it needs (`CONTINUE`, section 4.2.1.2). What is not printable ASCII becomes `_`: see
    /// [`printable_ascii`]. A comment that does not fit behind it is cut.
    pub fn text(&mut self, keyword: &str, value: &str, comment: &str) {
        let quoted = printable_ascii(value).replace('\'', "''");
        if quoted.len() <= LONGEST {
            self.value(keyword, &format!("'{quoted:8}'"), comment);
            return;
        }
        let pieces = pieces(&quoted);
        let last = pieces.len() - 1;
        for (place, piece) in pieces.into_iter().enumerate() {
            let mark = if place == last { "" } else { "&" };
            let card = match place {
                0 => format!("{keyword:8}= '{piece}{mark}'"),
                _ => format!("CONTINUE  '{piece}{mark}'"),
            };
            self.push(&card);
        }
    }

    /// A remark, on as many cards as it needs.
    pub fn comment(&mut self, words: &str) {
        let words = printable_ascii(words).into_bytes();
        for piece in words.chunks(CARD - 8) {
            // it was made ASCII above
            self.push(&format!("COMMENT {}", String::from_utf8_lossy(piece)));
        }
    }

    /// All of it with its end, in whole blocks.
    pub fn finish(mut self) -> Vec<u8> {
        self.push("END");
        self.bytes
            .resize(self.bytes.len().next_multiple_of(BLOCK), b' ');
        self.bytes
    }

    fn value(&mut self, keyword: &str, value: &str, comment: &str) {
        let mut card = match value.starts_with('\'') {
            true => format!("{keyword:8}= {value:20}"),
            false => format!("{keyword:8}= {value:>20}"),
        };
        if !comment.is_empty() {
            card.push_str(" / ");
            card.push_str(&printable_ascii(comment));
        }
        self.push(&card);
    }

    fn push(&mut self, card: &str) {
        self.bytes.extend(card.bytes().take(CARD));
        self.bytes
            .resize(self.bytes.len().next_multiple_of(CARD), b' ');
    }
}

/// Pieces that fit on a card with the mark that more follows, no pair of quotes torn apart.
fn pieces(quoted: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = quoted;
    while rest.len() >= LONGEST {
        let mut end = LONGEST - 1;
        let quotes = rest[..end].bytes().rev().take_while(|&byte| byte == b'\'');
        if quotes.count() % 2 == 1 {
            end -= 1;
        }
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

/// The same text with `_` for each character that a header cannot hold.
pub fn printable_ascii(text: &str) -> String {
    let legal = |letter: char| letter.is_ascii_graphic() || letter == ' ';
    text.chars()
        .map(|letter| if legal(letter) { letter } else { '_' })
        .collect()
}

/// Bytes that fill data of this length up to whole blocks.
pub fn filling(length: u64) -> usize {
    let over = length % BLOCK as u64;
    // less than a block
    if over == 0 { 0 } else { BLOCK - over as usize }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{CardValue, Header};
    use super::*;

    fn read(header: HeaderWriter) -> Header {
        let bytes = header.finish();
        assert_eq!(bytes.len() % BLOCK, 0);
        let mut header = Header::default();
        let ended = bytes.chunks(BLOCK).any(|block| header.push_block(block));
        assert!(ended);
        header
    }

    proptest! {
        #[test]
        fn texts_of_any_length_come_back(text in "[ -~]{0,400}") {
            let mut header = HeaderWriter::default();
            header.text("WORDS", &text, "a comment");
            header.integer("NEXT", -7, "");
            let header = read(header);
            prop_assert_eq!(header.text("WORDS"), Some(text.trim_end_matches(' ')));
            prop_assert_eq!(header.integer("NEXT"), Some(-7));
        }

        #[test]
        fn numbers_come_back_bit_for_bit(number: f64) {
            let mut header = HeaderWriter::default();
            header.float("NUMBER", number, "");
            let read = read(header);
            match number.is_finite() {
                true => prop_assert_eq!(read.float("NUMBER").map(f64::to_bits), Some(number.to_bits())),
                false => prop_assert_eq!(read.value("NUMBER"), Some(&CardValue::Undefined)),
            }
        }
    }

    #[test]
    fn what_a_header_cannot_hold_is_marked() {
        let mut header = HeaderWriter::default();
        header.text("NAME", "Ä\n'x'", "");
        header.comment(&"remark ".repeat(30));
        assert_eq!(read(header).text("NAME"), Some("__'x'"));
    }
}
