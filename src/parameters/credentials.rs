//! User names and passwords: from the environment, or from a file that only its owner can read.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::{Document, Node, NodeValue, Origin, ParameterError, Secret};

/// What a service asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user.
    pub username: String,
    /// The password, which is never shown.
    pub password: Secret,
}

/// Why credentials that were given cannot be used. Nothing of the file's contents is ever in the text.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each says what its facts are
pub enum CredentialError {
    #[error("{given} is set, but {missing} is not")]
    #[diagnostic(help("set both {given} and {missing}, or neither"))]
    Incomplete { given: String, missing: String },
    #[error("{file:?} can be read by others (mode {mode:04o})")]
    #[diagnostic(help("chmod 600 {}", file.display()))]
    Exposed { file: PathBuf, mode: u32 },
    #[error("cannot read {file:?}")]
    Unreadable {
        file: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("{origin}: not valid YAML")]
    #[diagnostic(help("write `{service}: {{username: NAME, password: \"WORD\"}}`"))]
    Syntax { origin: Origin, service: String },
    #[error("{origin}: {what}")]
    #[diagnostic(help("write `{service}: {{username: NAME, password: \"WORD\"}}`"))]
    Malformed {
        origin: Origin,
        what: String,
        service: String,
    },
}

impl Credentials {
    /// Looks for the credentials of a service.
    ///
    /// First `RETRIEVER_<SERVICE>_USERNAME` and `RETRIEVER_<SERVICE>_PASSWORD`, then each pair of `aliases` (such as
    /// `ZTF_USERNAME` and `ZTF_PASSWORD`), then the service's mapping in `file`, its name in any case. `environment`
    /// looks a variable up; an empty one counts as unset. None if nothing is given, or the file is not there.
    ///
    /// # Errors
    /// Half of a pair is set; the file can be read by others than its owner, is not readable, or not of the form
    /// `ztf: {username: …, password: …}`.
    pub fn find(
        service: &str,
        aliases: &[(&str, &str)],
        file: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, CredentialError> {
        let prefix = format!("RETRIEVER_{}", variable_words(service));
        let own = (format!("{prefix}_USERNAME"), format!("{prefix}_PASSWORD"));
        let pairs =
            std::iter::once((own.0.as_str(), own.1.as_str())).chain(aliases.iter().copied());
        for (user_variable, password_variable) in pairs {
            let found = from_environment(user_variable, password_variable, &environment)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        match file {
            Some(file) => from_file(service, file),
            None => Ok(None),
        }
    }
}

fn variable_words(service: &str) -> String {
    service
        .to_uppercase()
        .replace(|character: char| !character.is_alphanumeric(), "_")
}

fn from_environment(
    user_variable: &str,
    password_variable: &str,
    environment: &impl Fn(&str) -> Option<String>,
) -> Result<Option<Credentials>, CredentialError> {
    let set = |variable| environment(variable).filter(|text| !text.is_empty());
    let incomplete = |given: &str, missing: &str| CredentialError::Incomplete {
        given: given.to_owned(),
        missing: missing.to_owned(),
    };
    match (set(user_variable), set(password_variable)) {
        (Some(username), Some(password)) => Ok(Some(Credentials {
            username,
            password: Secret::new(password),
        })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(incomplete(user_variable, password_variable)),
        (None, Some(_)) => Err(incomplete(password_variable, user_variable)),
    }
}

fn from_file(service: &str, file: &Path) -> Result<Option<Credentials>, CredentialError> {
    let Some(text) = private_text(file)? else {
        return Ok(None);
    };
    let malformed = |origin: &Origin, what: &str| CredentialError::Malformed {
        origin: origin.clone(),
        what: what.to_owned(),
        service: service.to_lowercase(),
    };
    // The parser's own words may repeat a part of the file, so only the place is passed on.
    let mut root = Document::parse(&text, file)
        .map_err(|error| CredentialError::Syntax {
            origin: place_of(&error, file),
            service: service.to_lowercase(),
        })?
        .into_root();
    let section = root.take_ignoring_case(service).map_err(|error| {
        malformed(
            &place_of(&error, file),
            "the service stands here a second time",
        )
    })?;
    let Some(section) = section else {
        return Ok(None);
    };
    if let Some((key, _)) = section
        .entries()
        .iter()
        .find(|(key, _)| !matches!(key.name.as_str(), "username" | "password"))
    {
        return Err(malformed(
            &key.origin,
            "only username and password may stand here",
        ));
    }
    let word =
        |name: &str| text_of(&section, name).map_err(|(origin, what)| malformed(origin, &what));
    Ok(Some(Credentials {
        username: word("username")?,
        password: Secret::new(word("password")?),
    }))
}

fn text_of<'a>(section: &'a Node, name: &str) -> Result<String, (&'a Origin, String)> {
    match section.get(name) {
        None => Err((&section.origin, format!("{name} is missing"))),
        Some(node) => match &node.value {
            NodeValue::Text(text) if !text.is_empty() => Ok(text.clone()),
            NodeValue::Text(_) => Err((&node.origin, format!("{name} is empty"))),
            _ => Err((
                &node.origin,
                format!("{name} must be text: put it in quotes"),
            )),
        },
    }
}

fn place_of(error: &ParameterError, file: &Path) -> Origin {
    error.origin().cloned().unwrap_or(Origin::File {
        file: file.into(),
        line: 1,
        column: 1,
    })
}

/// The text of a file that only its owner can read; none if there is no such file.
fn private_text(file: &Path) -> Result<Option<String>, CredentialError> {
    let unreadable = |cause| CredentialError::Unreadable {
        file: file.to_owned(),
        cause,
    };
    let mut opened = match File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    // Of the opened file, not of the name: what is checked is what is read.
    refuse_exposed(&opened, file)?;
    let mut text = String::new();
    opened.read_to_string(&mut text).map_err(unreadable)?;
    Ok(Some(text))
}

#[cfg(unix)]
fn refuse_exposed(opened: &File, file: &Path) -> Result<(), CredentialError> {
    use std::os::unix::fs::PermissionsExt;

    let metadata = opened
        .metadata()
        .map_err(|cause| CredentialError::Unreadable {
            file: file.to_owned(),
            cause,
        })?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(CredentialError::Exposed {
        file: file.to_owned(),
        mode,
    })
}

#[cfg(not(unix))]
fn refuse_exposed(_: &File, _: &Path) -> Result<(), CredentialError> {
    Ok(())
}

#[cfg(all(test, unix))]
#[path = "credentials_tests.rs"]
mod tests;
