//! What can be wrong with parameters, where, and what to do about it.
//!
//! There are no code frames on purpose: the lines around a mistake may hold a password (`database: url:`), and the
//! position is in the text.

use std::collections::HashSet;
use std::fmt;
use std::io;
use std::path::PathBuf;

use miette::Diagnostic;

use super::Origin;

/// One mistake. Each variant that belongs to a place tells it as `file:line:column` at the head of its text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each says what its facts are
pub enum ParameterError {
    /// The file cannot be read at all.
    #[error("cannot read {file:?}")]
    Unreadable {
        file: PathBuf,
        #[source]
        cause: io::Error,
    },
    /// Not UTF-8 text, or not YAML.
    #[error("{origin}: {message}")]
    Syntax { origin: Origin, message: String },
    /// Beyond what a project file can need: a defence against files made to exhaust the memory.
    #[error("{origin}: {what}, more than a parameter file may have ({limit})")]
    TooLarge {
        origin: Origin,
        what: &'static str,
        limit: usize,
    },
    /// A second `---`.
    #[error("{origin}: a second document begins here; a parameter file has one")]
    SeveralDocuments { origin: Origin },
    /// Valid YAML that has no use here: tags, merge keys, aliases of themselves.
    #[error("{origin}: {what}")]
    Unsupported {
        origin: Origin,
        what: String,
        advice: &'static str,
    },
    /// The file, or a section, is a list or a single value.
    #[error("{origin}: {place} must be a mapping of names to values, found {found}")]
    NotAMapping {
        origin: Origin,
        place: String,
        found: String,
    },
    /// A name that YAML reads as a number, a truth value or null.
    #[error("{origin}: a name must be text, found {found}")]
    KeyNotText { origin: Origin, found: String },
    /// The same name twice in one mapping, or two spellings of a section.
    #[error("{origin}: {name:?} stands here a second time; first at {first}")]
    DuplicateKey {
        origin: Origin,
        name: String,
        first: Origin,
    },
    /// A name that nothing is known under.
    #[error("{origin}: unknown {kind} {name:?} in {place}")]
    UnknownName {
        origin: Origin,
        /// `parameter` or `section`.
        kind: &'static str,
        name: String,
        place: String,
        suggestion: Box<Suggestion>,
    },
    /// A parameter under its name and its alias, or under two aliases.
    #[error("{origin}: {name:?} is another name of {other:?}, which is given at {first}")]
    GivenTwice {
        origin: Origin,
        name: String,
        other: String,
        first: Origin,
    },
    /// The value is of another kind than the parameter.
    #[error("{origin}: {name} must be {expected}, found {found}")]
    WrongType {
        origin: Origin,
        name: String,
        expected: String,
        found: String,
        advice: Option<&'static str>,
    },
    /// A number, a length or a text outside the limits.
    #[error("{origin}: {name} must be {range}, found {found}")]
    OutOfRange {
        origin: Origin,
        name: String,
        /// With the unit: `0.1 to 600 arcsec`.
        range: String,
        found: String,
    },
    /// Not one of the words that the parameter can be.
    #[error("{origin}: {name} cannot be {found:?}")]
    UnknownWord {
        origin: Origin,
        name: String,
        found: String,
        suggestion: Box<Suggestion>,
    },
    /// A parameter without default that was not given.
    #[error("{origin}: {name} must be given in {place}")]
    Missing {
        origin: Origin,
        name: String,
        place: String,
    },
    /// A rule across parameters, or of a type's own reading, is broken.
    #[error("{origin}: {name}: {message}")]
    Rule {
        origin: Origin,
        name: String,
        message: String,
    },
    /// A name that cannot become a folder's name.
    #[error("{origin}: {message}")]
    IllegalName { origin: Origin, message: String },
}

impl ParameterError {
    /// Where the mistake is; a file that cannot be read has no place inside.
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Unreadable { .. } => None,
            Self::Syntax { origin, .. }
            | Self::TooLarge { origin, .. }
            | Self::SeveralDocuments { origin }
            | Self::Unsupported { origin, .. }
            | Self::NotAMapping { origin, .. }
            | Self::KeyNotText { origin, .. }
            | Self::DuplicateKey { origin, .. }
            | Self::UnknownName { origin, .. }
            | Self::GivenTwice { origin, .. }
            | Self::WrongType { origin, .. }
            | Self::OutOfRange { origin, .. }
            | Self::UnknownWord { origin, .. }
            | Self::Missing { origin, .. }
            | Self::Rule { origin, .. }
            | Self::IllegalName { origin, .. } => Some(origin),
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::UnknownName { suggestion, .. } => Some(suggestion.advice("known")),
            Self::UnknownWord { suggestion, .. } => Some(suggestion.advice("possible")),
            Self::Unsupported { advice, .. } => Some((*advice).to_owned()),
            Self::WrongType { advice, .. } => advice.map(str::to_owned),
            Self::KeyNotText { .. } => Some("put the name in quotes".to_owned()),
            Self::DuplicateKey { .. } | Self::GivenTwice { .. } => {
                Some("remove one of the two".to_owned())
            }
            Self::Unreadable { file, cause } if cause.kind() == io::ErrorKind::IsADirectory => {
                let inside = file.join("project.yaml");
                let inside = inside.display();
                Some(format!(
                    "it is a folder: give the project file, like {inside}"
                ))
            }
            Self::Unreadable { .. } => Some("check the path and the permissions".to_owned()),
            Self::Syntax { message, .. } if message.contains("tab") => {
                Some("indent with blanks: YAML takes no tabs there".to_owned())
            }
            _ => None,
        }
    }
}

/// What could have been meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The name or word that is most like the one that was given, if any is.
    pub nearest: Option<String>,
    /// All that there are.
    pub known: Vec<String>,
}

/// Names that are shown beside the nearest one.
const LONG_LIST: usize = 16;

impl Suggestion {
    /// The names that there are, and which of them is meant.
    pub fn new<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Box<Self> {
        let known: Vec<String> = known.map(str::to_owned).collect();
        Box::new(Suggestion {
            nearest: nearest(given, known.iter().map(String::as_str)),
            known,
        })
    }

    fn advice(&self, label: &str) -> String {
        let list = match self.known.as_slice() {
            [] => "nothing can be set here".to_owned(),
            names => format!("{label}: {}", names.join(", ")),
        };
        match &self.nearest {
            // a long list hides what was meant, once for every mistake
            Some(nearest) if self.known.len() > LONG_LIST => {
                format!("did you mean {nearest:?}? `retriever config schema` describes all names")
            }
            Some(nearest) => format!("did you mean {nearest:?}? {list}"),
            None => list,
        }
    }
}

impl Diagnostic for ParameterError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.advice()
            .map(|advice| Box::new(advice) as Box<dyn fmt::Display>)
    }
}

/// All mistakes that were found at once, in the order of the file; never none.
#[derive(Debug)]
pub struct ParameterErrors(Vec<ParameterError>);

impl ParameterErrors {
    /// The mistakes in the order of the file; `Ok` if there are none.
    pub fn check(mut errors: Vec<ParameterError>) -> Result<(), Self> {
        if errors.is_empty() {
            return Ok(());
        }
        settle(&mut errors);
        Err(Self(errors))
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &ParameterError> {
        self.0.iter()
    }

    /// Puts the mistakes of several sections together.
    pub fn append(&mut self, other: ParameterErrors) {
        self.0.extend(other.0);
        settle(&mut self.0);
    }

    /// The mistakes themselves.
    pub fn into_vec(self) -> Vec<ParameterError> {
        self.0
    }
}

/// In the order of the file; a general key that several sections read is one mistake.
fn settle(errors: &mut Vec<ParameterError>) {
    errors.sort_by_key(|error| error.origin().map(Origin::line_and_column));
    let mut seen = HashSet::new();
    errors.retain(|error| seen.insert(error.to_string()));
}

impl From<ParameterError> for ParameterErrors {
    fn from(error: ParameterError) -> Self {
        Self(vec![error])
    }
}

/// A line for each mistake.
impl fmt::Display for ParameterErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ParameterErrors {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.0.as_slice() {
            [only] => only.source(),
            _ => None,
        }
    }
}

impl Diagnostic for ParameterErrors {
    /// What to do about each, in the same order; the same advice once.
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let mut lines: Vec<String> = Vec::new();
        for advice in self.0.iter().filter_map(ParameterError::advice) {
            if !lines.contains(&advice) {
                lines.push(advice);
            }
        }
        (!lines.is_empty()).then(|| Box::new(lines.join("\n")) as Box<dyn fmt::Display>)
    }
}

/// The candidate that a misspelt word most likely means, if any is near.
fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let plain = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let word = plain(word);
    candidates
        .into_iter()
        .map(|candidate| (closeness(&word, &plain(candidate)), candidate))
        .filter(|(closeness, _)| *closeness >= 0.6)
        // The first of equals: reversed, because max_by keeps the last.
        .fold(None, |best: Option<(f64, &str)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, candidate)| candidate.to_owned())
}

/// 1 for equal words, 0 for strangers. A beginning of the word counts: the original took `num_inj` for `num_injections`.
fn closeness(word: &str, candidate: &str) -> f64 {
    let edits = strsim::normalized_damerau_levenshtein(word, candidate);
    if word.len() >= 3 && candidate.starts_with(word) {
        edits.max(0.8)
    } else {
        edits
    }
}

/// A text from outside as a message may show it: escaped, shortened, without the password of a URL.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    let shown = without_password(text);
    match shown.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}…", &shown[..end]),
        None => format!("{shown:?}"),
    }
}

fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    // A password may hold the characters that should end the authority, so the last @ counts.
    match rest.rsplit_once('@') {
        Some((_, host)) => {
            format!("{scheme}://***@{host}")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_the_one_that_was_meant() {
        let known = ["snr_threshold", "num_injections", "gap", "class"];
        for (typed, meant) in [
            ("snr_treshold", Some("snr_threshold")),
            ("SNR-Threshold", Some("snr_threshold")),
            ("num_inj", Some("num_injections")),
            ("gpa", Some("gap")),
            ("wavelength", None),
        ] {
            assert_eq!(nearest(typed, known).as_deref(), meant, "{typed}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_never_repeated() {
        for url in [
            "postgres://user:hunter2@host/db",
            "postgres://user:hun/ter2@host/db",
            "https://:hunter2@host",
        ] {
            let shown = quoted(url);
            assert!(!shown.contains("ter2") && shown.contains("host"), "{shown}");
        }
        assert_eq!(quoted("https://host:80/a"), "\"https://host:80/a\"");
    }

    #[test]
    fn long_and_wild_text_is_cut_and_escaped() {
        assert_eq!(quoted("a\u{1b}b"), "\"a\\u{1b}b\"");
        assert_eq!(quoted(&"ä".repeat(100)).chars().count(), 63);
    }
}
