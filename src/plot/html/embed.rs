//! JSON inside of HTML.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Writes a value as JSON that is text of an HTML element whatever stands in it: `<`, `>`, `&` and the two line ends
/// that only JavaScript knows are written as `\u003c` and so on. They occur in strings only, where that is the same.
pub(crate) fn write_json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Harmless))?;
    Ok(())
}

struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        let harmful = |sign: char| matches!(sign, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
        while let Some(place) = rest.find(harmful) {
            let (before, from) = rest.split_at(place);
            out.write_all(before.as_bytes())?;
            let mut signs = from.chars();
            if let Some(sign) = signs.next() {
                write!(out, "\\u{:04x}", u32::from(sign))?;
            }
            rest = signs.as_str();
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_comes_back_and_holds_no_markup(text in ".*") {
            let mut json = Vec::new();
            write_json(&mut json, &[&text]).unwrap();
            let json = String::from_utf8(json).unwrap();
            let is_plain = !json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']);
            prop_assert!(is_plain, "{json:?}");
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
        }
    }
}
