//! Header cards of FITS files (FITS standard 4.0, sections 3, 4 and 7.3).

use std::io::Read;

use super::Input;
use crate::catalog::CatalogError;

/// FITS files are made of blocks of this many bytes.
pub(super) const BLOCK: u64 = 2880;
const CARD: usize = 80;
/// More header than this is no header: 999 columns with 10 cards each are 300 blocks.
const MOST_BLOCKS: usize = 4_096;

/// The cards of one header, as keyword and value.
pub(super) struct Header {
    cards: Vec<(String, String)>,
}

impl Header {
    /// Reads the next header; none at the end of the file.
    pub(super) fn read(input: &mut Input, place: &str) -> Result<Option<Header>, CatalogError> {
        let mut cards = Vec::new();
        for count in 0..MOST_BLOCKS {
            let mut block = Vec::with_capacity(BLOCK as usize);
            let mut limited = (&mut input.reader).take(BLOCK);
            if let Err(cause) = limited.read_to_end(&mut block) {
                return Err(input.damaged(place, cause));
            }
            if count == 0 && block.is_empty() {
                return Ok(None);
            }
            if (block.len() as u64) < BLOCK {
                return Err(input.malformed(place, "the file ends within a header"));
            }
            for card in block.chunks(CARD) {
                if card.starts_with(b"END     ") {
                    return Ok(Some(Header { cards }));
                }
                cards.extend(parse(card));
            }
        }
        Err(input.malformed(place, "its header has no end"))
    }

    pub(super) fn text(&self, keyword: &str) -> Option<&str> {
        let card = self.cards.iter().find(|(name, _)| name == keyword)?;
        Some(&card.1)
    }

    pub(super) fn unsigned(&self, keyword: &str) -> Option<u64> {
        self.text(keyword)?.parse().ok()
    }

    /// Bytes of the data after this header, filled up to whole blocks; none if the numbers are absurd.
    pub(super) fn data_bytes(&self) -> Option<u64> {
        let axes = self.unsigned("NAXIS")?;
        if axes > 999 {
            return None;
        }
        let mut elements = u64::from(axes > 0);
        for axis in 1..=axes {
            elements = elements.checked_mul(self.unsigned(&format!("NAXIS{axis}"))?)?;
        }
        let bits = self.text("BITPIX")?.parse::<i64>().ok()?.unsigned_abs();
        let parameters = self.unsigned("PCOUNT").unwrap_or(0);
        let groups = self.unsigned("GCOUNT").unwrap_or(1);
        let bytes = elements
            .checked_add(parameters)?
            .checked_mul(groups)?
            .checked_mul(bits / 8)?;
        bytes.checked_next_multiple_of(BLOCK)
    }
}

/// Keyword and value of a card; none for comments.
fn parse(card: &[u8]) -> Option<(String, String)> {
    if card.get(8..10)? != b"= " {
        return None;
    }
    let keyword = String::from_utf8_lossy(&card[..8]).trim_end().to_owned();
    let value = String::from_utf8_lossy(&card[10..]).into_owned();
    let value = match value.trim_start().strip_prefix('\'') {
        Some(quoted) => unquoted(quoted),
        None => value
            .split('/')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned(),
    };
    Some((keyword, value))
}

/// Text up to the closing quote; two quotes stand for one, blanks at the end do not count.
fn unquoted(text: &str) -> String {
    let mut value = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\'' && letters.next_if_eq(&'\'').is_none() {
            break;
        }
        value.push(letter);
    }
    value.truncate(value.trim_end().len());
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_read_with_quotes_and_comments() {
        let card = |text: &str| parse(format!("{text:80}").as_bytes());
        let expected = |keyword: &str, value: &str| Some((keyword.to_owned(), value.to_owned()));
        assert_eq!(
            card("TTYPE1  = 'it''s / me '  / name"),
            expected("TTYPE1", "it's / me")
        );
        assert_eq!(
            card("NAXIS2  =      1280266 / rows"),
            expected("NAXIS2", "1280266")
        );
        assert_eq!(card("COMMENT nothing"), None);
    }
}
