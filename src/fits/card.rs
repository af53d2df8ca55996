//! One header card: keyword, typed value, comment (FITS standard 4.0, section 4).

use std::borrow::Cow;

/// Bytes of a card.
pub(super) const CARD: usize = 80;

/// A card that has a value, or says that its value is not known.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    pub keyword: String,
    pub value: CardValue,
    /// What stands after the slash; often the only place that explains the keyword.
    pub comment: String,
}

/// The value of a card.
#[derive(Debug, Clone, PartialEq)]
pub enum CardValue {
    /// The card is there and its value is left out: not known, which is neither 0 nor an empty text.
    Undefined,
    Logical(bool),
    Integer(i64),
    /// Also integers that do not fit 64 bits.
    Float(f64),
    /// Without blanks at the end, which FITS does not count.
    Text(String),
    /// Anything that the standard does not know (complex numbers too), as it stands there.
    Other(String),
}

/// What the 80 bytes of a card are.
pub(super) enum Line {
    End,
    Card(Card),
    /// The rest of the text of the card before, with its `&` if it goes on.
    Continue(String),
    /// A remark, or bytes that are no card.
    Remark,
}

impl Line {
    /// Reads 80 bytes (or fewer: the rest counts as blanks). Nothing in them makes this fail.
    pub(super) fn of(bytes: &[u8]) -> Line {
        let keyword = bytes.get(..8).unwrap_or(bytes);
        if keyword == b"END     " {
            return Line::End;
        }
        let rest = bytes.get(8..).unwrap_or_default();
        if keyword == b"CONTINUE" {
            let text = lossy(rest);
            return match text.trim_start().strip_prefix('\'') {
                Some(quoted) => Line::Continue(unquoted(quoted).0),
                None => Line::Remark,
            };
        }
        if keyword == b"HIERARCH" {
            return long_keyword(&lossy(rest));
        }
        match rest.strip_prefix(b"= ") {
            Some(rest) => card(lossy(keyword).trim_end(), &lossy(rest)),
            // "=" alone at the very end, with the blanks cut off
            None if rest == b"=" => card(lossy(keyword).trim_end(), ""),
            None => Line::Remark,
        }
    }
}

fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// `HIERARCH words of a keyword = value`, a convention of ESO.
fn long_keyword(text: &str) -> Line {
    match text.split_once('=') {
        Some((keyword, rest)) => card(keyword.trim(), rest),
        None => Line::Remark,
    }
}

fn card(keyword: &str, rest: &str) -> Line {
    if keyword.is_empty() {
        return Line::Remark;
    }
    let rest = rest.trim_start();
    let (value, comment) = match rest.strip_prefix('\'') {
        Some(quoted) => {
            let (text, rest) = unquoted(quoted);
            (CardValue::Text(text), rest.split_once('/').map(|(_, c)| c))
        }
        None => match rest.split_once('/') {
            Some((value, comment)) => (CardValue::of(value.trim()), Some(comment)),
            None => (CardValue::of(rest.trim()), None),
        },
    };
    Line::Card(Card {
        keyword: keyword.to_owned(),
        value,
        comment: comment.unwrap_or_default().trim().to_owned(),
    })
}

/// Text up to the closing quote, and what follows; two quotes stand for one, blanks at the end do not count.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let Some((before, after)) = rest.split_once('\'') else {
            value.push_str(rest);
            rest = "";
            break;
        };
        value.push_str(before);
        match after.strip_prefix('\'') {
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            None => {
                rest = after;
                break;
            }
        }
    }
    value.truncate(value.trim_end_matches(' ').len());
    (value, rest)
}

impl CardValue {
    /// The value of what stands between the equals sign and the slash, if it is no text in quotes.
    fn of(text: &str) -> CardValue {
        match text {
            "" => return CardValue::Undefined,
            "T" => return CardValue::Logical(true),
            "F" => return CardValue::Logical(false),
            _ => {}
        }
        if let Ok(integer) = text.parse() {
            return CardValue::Integer(integer);
        }
        // Rust would take "inf" and "nan" for numbers, which FITS has no words for
        let numeric = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.');
        let is_number = text
            .chars()
            .all(|c| numeric(c) || matches!(c, 'E' | 'e' | 'D' | 'd'));
        let number = is_number
            .then(|| text.replace(['D', 'd'], "E").parse::<f64>().ok())
            .flatten();
        match number {
            Some(number) if number.is_finite() => CardValue::Float(number),
            _ => CardValue::Other(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Card> {
        match Line::of(format!("{text:80}").as_bytes()) {
            Line::Card(card) => Some(card),
            _ => None,
        }
    }

    fn value(text: &str) -> CardValue {
        parse(text).expect("a card").value
    }

    #[test]
    fn values_have_the_type_that_the_standard_gives_them() {
        assert_eq!(
            value("SIMPLE  =                    T / x"),
            CardValue::Logical(true)
        );
        assert_eq!(
            value("SIMDATA =                    F"),
            CardValue::Logical(false)
        );
        assert_eq!(
            value("TICID   =            188589164 / id"),
            CardValue::Integer(188_589_164)
        );
        assert_eq!(
            value("BIG     =  9223372036854775807"),
            CardValue::Integer(i64::MAX)
        );
        assert_eq!(
            value("TZERO1  =  9223372036854775808"),
            CardValue::Float(9_223_372_036_854_775_808.0)
        );
        assert_eq!(
            value("TIERRELA=             1.16E-05 / [d]"),
            CardValue::Float(1.16e-5)
        );
        assert_eq!(value("X       = -1.5D+03"), CardValue::Float(-1500.0));
        assert_eq!(
            value("DEC_OBJ =  35.4067440085437000 / [deg]"),
            CardValue::Float(35.4067440085437)
        );
        assert_eq!(
            value("C       = (1.0, 2.0)"),
            CardValue::Other("(1.0, 2.0)".to_owned())
        );
        for word in ["nan", "inf", "-inf", "NaN", "infinity", "1E999", "E", "."] {
            assert_eq!(
                value(&format!("X       = {word}")),
                CardValue::Other(word.to_owned())
            );
        }
    }

    #[test]
    fn an_undefined_value_is_neither_zero_nor_an_empty_text() {
        assert_eq!(
            value("MH      =                      / [log10([M/H])] metallicity"),
            CardValue::Undefined
        );
        assert_eq!(value("MH      ="), CardValue::Undefined);
        assert_eq!(value("EMPTY   = ''"), CardValue::Text(String::new()));
    }

    #[test]
    fn texts_keep_quotes_and_slashes_and_lose_blanks_at_the_end() {
        let card = parse("TTYPE1  = 'it''s / me '  / name").unwrap();
        assert_eq!(card.value, CardValue::Text("it's / me".to_owned()));
        assert_eq!(card.comment, "name");
        assert_eq!(
            value("A       = '  lead '"),
            CardValue::Text("  lead".to_owned())
        );
        assert_eq!(value("A       = 'open"), CardValue::Text("open".to_owned()));
        assert_eq!(
            value("INHERIT = 'T       '"),
            CardValue::Text("T".to_owned())
        );
    }

    #[test]
    fn remarks_and_garbage_are_no_cards() {
        assert_eq!(parse("COMMENT nothing"), None);
        assert_eq!(parse(""), None);
        assert_eq!(parse("        = 5"), None);
        let hierarch = parse("HIERARCH ESO TEL AMB = 3.5 / x").unwrap();
        assert_eq!(
            (hierarch.keyword.as_str(), hierarch.value),
            ("ESO TEL AMB", CardValue::Float(3.5))
        );
        for byte in 0..=255u8 {
            let _ = Line::of(&[byte; 80]);
            let _ = Line::of(&[byte; 3]);
        }
    }
}
