//! Names of stars as names of files and of HDF5 links, and back.
//!
//! In a **file name** stay as they are: ASCII letters, digits and `- _ + = , @ ( ) '`, dots and spaces inside. All
//! else (separators, control characters, what Windows or an object store refuses, `%`, every byte that is not
//! ASCII, so that no file system can compose or fold it) becomes `%` and two hexadecimal digits; so do dots
//! and spaces at the ends and the first letter of a Windows device name.
//!
//! **Case.** Some file systems take `ab` and `AB` for one name. Of all spellings of a name that differ in
//! case, one is *customary* and stays plain; the others end in `%_` and hexadecimal digits whose bits, from
//! the highest, mark the letters that differ from it. Customary are capitals in runs of up to three letters
//! (`J1349`, `WDJ1353`, `TIC 1`, `RR`), small letters in longer runs (`ZTF18abcdefg`, `target_7`), and a few
//! words as everybody writes them ([`CUSTOMARY`]). So `star` and `Star%_8` are two files everywhere.
//!
//! **Length.** What is longer than [`LONGEST`] bytes is cut and ends in `%~` and 32 digits of the SHA-256 of
//! the name: different names stay different, but the name has to be read inside the file.

use sha2::{Digest, Sha256};

/// Bytes of an escaped name at most: with prefix and suffix well below the 255 of file systems and netCDF's 256.
const LONGEST: usize = 150;

/// Bytes kept of a name that is too long.
const KEPT: usize = 100;

/// Words that are customarily spelt other than the rule of lengths says.
const CUSTOMARY: [&str; 10] = [
    "Gaia", "SDSS", "EPIC", "MASS", "LSST", "ASASSN", "ATLAS", "SDSSJ", "src", "obj",
];

/// Stands for a name without characters.
const NOTHING: &str = "%-";

/// The name of a source as part of a file name; reversible by [`unescape`] unless it was cut.
///
/// Never empty, without separators, and different for different names even where case does not count.
///
/// ```
/// use retriever::storage::escape;
/// assert_eq!(escape("WDJ135309.97+484021.17"), "WDJ135309.97+484021.17");
/// assert_eq!(escape("../../x"), "%2E.%2F..%2Fx%_8");
/// assert_eq!(escape("Gaia DR3 4472832130942575872"), "Gaia DR3 4472832130942575872");
/// assert_eq!((escape("star"), escape("Star")), ("star".to_owned(), "Star%_8".to_owned()));
/// ```
pub fn escape(name: &str) -> String {
    if name.is_empty() {
        return NOTHING.to_owned();
    }
    let mut escaped = encode(name, is_plain);
    protect_device(&mut escaped);
    let spelling = spelling(&escaped);
    if !spelling.is_empty() {
        escaped.push_str("%_");
        escaped.push_str(&spelling);
    }
    shortened(escaped, name)
}

/// The name that [`escape`] was given; none if the text is not a result of it or was cut for its length.
///
/// ```
/// use retriever::storage::unescape;
/// assert_eq!(unescape("a%2FB").as_deref(), None); // escape gives "a%2FB%_8"
/// assert_eq!(unescape("a%2FB%_8").as_deref(), Some("a/B"));
/// ```
pub fn unescape(escaped: &str) -> Option<String> {
    if escaped == NOTHING {
        return Some(String::new());
    }
    let body = escaped.rsplit_once("%_").map_or(escaped, |(body, _)| body);
    let name = decode(body)?;
    // only the one text that escape gives is accepted, so that a file has one name and a name one file
    (escape(&name) == escaped).then_some(name)
}

/// The same for names that are upper-case by rule (projects, observatories): without a mark for case.
pub(crate) fn escape_upper(name: &str) -> String {
    if name.is_empty() {
        return NOTHING.to_owned();
    }
    let mut escaped = encode(name, is_plain);
    protect_device(&mut escaped);
    shortened(escaped, name)
}

/// The name that [`escape_upper`] was given, as [`unescape`].
pub(crate) fn unescape_upper(escaped: &str) -> Option<String> {
    let name = decode(escaped)?;
    (escape_upper(&name) == escaped).then_some(name)
}

/// The same for HDF5 links and netCDF names, where case counts and little is forbidden: only the separator, `%`,
/// control characters, dots and spaces at the ends, and accents apart from their letters are escaped.
pub(crate) fn escape_link(name: &str) -> String {
    if name.is_empty() {
        return NOTHING.to_owned();
    }
    shortened(encode(name, is_plain_in_link), name)
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_+=,@()' .".contains(character)
}

fn is_plain_in_link(character: char) -> bool {
    // netCDF composes names (NFC) before it looks for them, so a separate accent would not be found
    !character.is_control()
        && !matches!(character, '/' | '%')
        && !('\u{300}'..='\u{36f}').contains(&character)
}

/// Percent-encodes what is not plain, and dots and spaces at the ends.
fn encode(name: &str, plain: impl Fn(char) -> bool) -> String {
    let last = name.chars().count() - 1;
    let mut encoded = String::with_capacity(name.len());
    for (place, character) in name.chars().enumerate() {
        let exposed = (place == 0 || place == last) && matches!(character, '.' | ' ');
        if plain(character) && !exposed {
            encoded.push(character);
        } else {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                encoded.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    encoded
}

fn decode(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'%' {
            let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

/// `NUL`, `con.1`, `COM7` and their like open a device on Windows, whatever follows a dot.
fn protect_device(escaped: &mut String) {
    let stem = escaped.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_ascii_uppercase();
    let numbered = |prefix| {
        stem.strip_prefix(prefix)
            .is_some_and(|number: &str| number.len() == 1 && number.as_bytes()[0].is_ascii_digit())
    };
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
    {
        let first = escaped.as_bytes()[0];
        escaped.replace_range(..1, &format!("%{first:02X}"));
    }
}

/// Hexadecimal digits whose bits mark the letters that are not spelt as customary; empty if all are.
fn spelling(escaped: &str) -> String {
    let bytes = escaped.as_bytes();
    let mut differs = Vec::new();
    let mut place = 0;
    while place < bytes.len() {
        if bytes[place] == b'%' {
            place += 3; // an escape is no spelling
        } else if bytes[place].is_ascii_alphabetic() {
            let length = bytes[place..]
                .iter()
                .take_while(|byte| byte.is_ascii_alphabetic())
                .count();
            let run = &bytes[place..place + length];
            let customary = customary(run);
            differs.extend(run.iter().zip(customary).map(|(&is, should)| is != should));
            place += length;
        } else {
            place += 1;
        }
    }
    let digits: String = differs
        .chunks(4)
        .map(|bits| {
            let value = (0..4).fold(0, |value, bit| {
                value << 1 | u32::from(bits.get(bit) == Some(&true))
            });
            char::from_digit(value, 16).map_or('0', |digit| digit.to_ascii_uppercase())
        })
        .collect();
    digits.trim_end_matches('0').to_owned()
}

fn customary(run: &[u8]) -> Vec<u8> {
    const CAPITALS: usize = 3;
    let word = CUSTOMARY
        .iter()
        .find(|word| word.as_bytes().eq_ignore_ascii_case(run));
    match word {
        Some(word) => word.as_bytes().to_vec(),
        None if run.len() <= CAPITALS => run.to_ascii_uppercase(),
        None => run.to_ascii_lowercase(),
    }
}

fn shortened(escaped: String, name: &str) -> String {
    if escaped.len() <= LONGEST {
        return escaped;
    }
    let mut end = KEPT;
    while !escaped.is_char_boundary(end) {
        end -= 1;
    }
    // not through the middle of an escape
    if let Some(percent) = escaped[..end].rfind('%')
        && end - percent < 3
    {
        end = percent;
    }
    let digest = Sha256::digest(name.as_bytes());
    let digits: String = digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{}%~{digits}", &escaped[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_catalogs_stay_as_they_are() {
        for name in [
            "J134913.43-211252.3",
            "WDJ135309.97+484021.17",
            "Gaia DR3 4472832130942575872",
            "4472832130942575872",
            "TIC 261136679",
            "ZTF18abcdefg",
            "target_0007",
            "demo_12",
            "src_1",
            "T1",
        ] {
            assert_eq!(escape(name), name);
            assert_eq!(escape_link(name), name);
        }
    }

    #[test]
    fn hostile_names_are_escaped() {
        for (name, escaped) in [
            ("", "%-"),
            (".", "%2E"),
            ("..", "%2E%2E"),
            ("A/B", "A%2FB"),
            ("NUL", "%4EUL"),
            ("COM1.H", "%43OM1.H"),
            ("Ä", "%C3%84"),
            ("50%", "50%25"),
            ("X\0Y", "X%00Y"),
            ("12:34", "12%3A34"),
            ("A ", "A%20"),
            ("7#1", "7%231"),
        ] {
            assert_eq!(escape(name), escaped, "{name:?}");
            assert_eq!(unescape(escaped).as_deref(), Some(name));
        }
        assert_eq!(escape_link("../a b%"), "%2E.%2Fa b%25");
        assert_eq!(escape_link("Ä"), "Ä");
        assert_eq!(escape_link("A\u{308}"), "A%CC%88");
    }

    #[test]
    fn too_long_names_are_cut_and_stay_different() {
        let (one, two) = ("Ä".repeat(300), format!("{}B", "Ä".repeat(299)));
        for name in [&one, &two] {
            assert!(escape(name).len() <= LONGEST && escape_link(name).len() <= LONGEST);
            assert_eq!(unescape(&escape(name)), None);
        }
        assert_ne!(escape(&one), escape(&two));
        assert_ne!(escape_link(&one), escape_link(&two));
    }

    proptest! {
        #[test]
        fn escaping_is_reversible_and_makes_one_safe_component(name in "\\PC{0,40}|[ -~]{0,40}|.{0,8}") {
            let escaped = escape(&name);
            prop_assert!(!escaped.is_empty() && escaped.len() <= LONGEST);
            prop_assert!(escaped.is_ascii() && !escaped.contains(['/', '\\', '\0', ':', '#']));
            prop_assert!(!escaped.starts_with('.') && !escaped.ends_with(['.', ' ']));
            if !escaped.contains("%~") {
                prop_assert_eq!(unescape(&escaped), Some(name));
            }
        }

        #[test]
        fn names_that_differ_in_case_only_stay_different_without_case(
            letters in "[a-zA-Z0-9%_. ]{1,30}", flips in proptest::collection::vec(any::<bool>(), 30),
        ) {
            let other: String = letters
                .chars()
                .zip(flips)
                .map(|(letter, flip)| match (flip, letter.is_ascii_lowercase()) {
                    (true, true) => letter.to_ascii_uppercase(),
                    (true, false) => letter.to_ascii_lowercase(),
                    (false, _) => letter,
                })
                .collect();
            prop_assert_eq!(
                letters == other,
                escape(&letters).to_lowercase() == escape(&other).to_lowercase()
            );
        }
    }
}
