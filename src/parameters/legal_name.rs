//! Names that become names of folders and groups.

use super::error::quoted;
use super::{Origin, ParameterError};

/// Longest name (bytes): with an underscore and a hash of 64 digits behind it, a file system still takes it.
const LONGEST: usize = 190;

/// The form of a project's or observatory's name: trimmed, spaces and `-` as `_`, upper-case.
///
/// Letters and digits of any script and `_` are allowed, not at the start a digit: ` wd-flares 2` becomes `WD_FLARES_2`.
///
/// # Errors
/// Empty, too long, begins with a digit, or has another character in it. The error has the origin that is passed.
pub fn legalize(name: &str, origin: &Origin) -> Result<String, ParameterError> {
    let legal = name.trim().replace([' ', '-'], "_").to_uppercase();
    let refuse = |why: String| ParameterError::IllegalName {
        origin: origin.clone(),
        message: format!("{} cannot be a name: {why}", quoted(name)),
    };
    let is_allowed = |character: &char| character.is_alphanumeric() || *character == '_';
    match legal.chars().next() {
        None => Err(refuse("it is empty".to_owned())),
        Some(first) if first.is_numeric() => Err(refuse("it begins with a digit".to_owned())),
        Some(_) if legal.len() > LONGEST => {
            Err(refuse(format!("it is longer than {LONGEST} bytes")))
        }
        Some(_) => match legal.chars().find(|character| !is_allowed(character)) {
            Some(character) => Err(refuse(format!(
                "{character:?} is neither a letter, a digit nor an underscore"
            ))),
            None => Ok(legal),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn legal(name: &str) -> Result<String, String> {
        legalize(name, &Origin::Builder).map_err(|error| error.to_string())
    }

    #[test]
    fn names_are_trimmed_joined_by_underscores_and_upper_case() {
        assert_eq!(legal("abcdefghijklmnop").unwrap(), "ABCDEFGHIJKLMNOP");
        assert_eq!(
            legal("  aaaaaaaa-bbbbbbbb12 ").unwrap(),
            "AAAAAAAA_BBBBBBBB12"
        );
        assert_eq!(
            legal(" xxxxxxxx-yyyyyyyy 42").unwrap(),
            "XXXXXXXX_YYYYYYYY_42"
        );
        assert_eq!(legal("É b-c").unwrap(), "É_B_C");
    }

    #[test]
    fn what_cannot_be_a_name_is_refused_with_the_reason() {
        assert_eq!(
            legal("1abc").unwrap_err(),
            "builder: \"1abc\" cannot be a name: it begins with a digit"
        );
        for name in [
            "",
            "  ",
            "a$",
            "a.b",
            "../x",
            "a/b",
            "a\0",
            "a\tb",
            "٣a",
            &"x".repeat(191),
        ] {
            assert!(legal(name).is_err(), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn a_legal_name_is_its_own_legal_name_and_one_folder(name in any::<String>()) {
            if let Ok(name) = legal(&name) {
                prop_assert_eq!(legal(&name), Ok(name.clone()));
                prop_assert_eq!(std::path::Path::new(&name).components().count(), 1);
                prop_assert!(!name.contains(['/', '\\', '.', '\0', ':']));
            }
        }
    }
}
