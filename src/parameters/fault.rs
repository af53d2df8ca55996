//! What can stop serde, before it becomes a [`super::ParameterError`].

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::Origin;
use super::error::quoted;

/// The names on the way from a section to a value; an item of a list is `[0]`.
pub(super) type Path = Vec<String>;

/// What stopped the reading, and where.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub kind: Box<FaultKind>,
    /// None only until the enclosing value adds its own.
    pub place: Option<(Path, Origin)>,
}

#[derive(Debug, Clone)]
pub(super) enum FaultKind {
    WrongType {
        expected: String,
        found: String,
        advice: Option<&'static str>,
    },
    OutOfRange {
        range: String,
        found: String,
    },
    UnknownWord {
        found: String,
        words: &'static [&'static str],
    },
    UnknownName {
        name: String,
        known: &'static [&'static str],
    },
    /// The type would drop the value without a word.
    Ignored,
    Missing(&'static str),
    Duplicate(&'static str),
    Other(String),
}

impl Fault {
    fn unplaced(kind: FaultKind) -> Self {
        Fault {
            kind: Box::new(kind),
            place: None,
        }
    }

    /// A fault whose place is known at once.
    pub fn at(kind: FaultKind, path: &Path, origin: &Origin) -> Self {
        Fault {
            kind: Box::new(kind),
            place: Some((path.clone(), origin.clone())),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::unplaced(FaultKind::Other(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Str(text) => format!("text {}", quoted(text)),
            found => found.to_string(),
        };
        Self::unplaced(FaultKind::WrongType {
            expected: expected.to_string(),
            found,
            advice: None,
        })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(found: &str, words: &'static [&'static str]) -> Self {
        let found = found.to_owned();
        Self::unplaced(FaultKind::UnknownWord { found, words })
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        let name = name.to_owned();
        Self::unplaced(FaultKind::UnknownName { name, known })
    }

    fn missing_field(name: &'static str) -> Self {
        Self::unplaced(FaultKind::Missing(name))
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::unplaced(FaultKind::Duplicate(name))
    }
}

#[cfg(test)]
mod tests {
    use serde::de::Error;

    use super::*;

    #[test]
    fn what_serde_itself_refuses_is_told_without_passwords() {
        let url = Unexpected::Str("postgres://u:hunter2@host");
        let fault = Fault::invalid_type(url, &"a date");
        let FaultKind::WrongType {
            expected, found, ..
        } = *fault.kind
        else {
            panic!("{fault}")
        };
        assert_eq!(expected, "a date");
        assert_eq!(found, "text \"postgres://***@host\"");
    }
}
