//! Why there is no reply: one variant per thing that the reader can do about it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::redact::RedactedUrl;

/// Why there is no reply. That an archive has nothing is a reply, not an error.
#[derive(Debug, Clone, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each says what its facts are
pub enum ArchiveError {
    /// No connection: name not found, refused, TLS.
    #[error("cannot reach {url} ({}): {cause}", attempts_in_words(.attempts))]
    #[diagnostic(
        code(archive::unreachable),
        help("check the network and the observatory's url; the same command tries again")
    )]
    Unreachable {
        url: RedactedUrl,
        attempts: u32,
        cause: String,
    },
    /// The connection broke, or the reply was shorter than announced.
    #[error("the reply of {url} broke off ({}): {cause}", attempts_in_words(.attempts))]
    #[diagnostic(code(archive::interrupted), help("the same command tries again"))]
    Interrupted {
        url: RedactedUrl,
        attempts: u32,
        cause: String,
    },
    /// No bytes for too long, or too slow altogether.
    #[error("{url} did not answer in time ({})", attempts_in_words(.attempts))]
    #[diagnostic(
        code(archive::timed_out),
        help("the archive is busy; the same command tries again")
    )]
    TimedOut { url: RedactedUrl, attempts: u32 },
    /// The server could not answer now: 429, 5xx, and whatever the request calls transient.
    #[error("{url} answered {status} ({}): {words:?}", attempts_in_words(.attempts))]
    #[diagnostic(
        code(archive::unavailable),
        help("the archive is busy or down; the same command tries again")
    )]
    Unavailable {
        url: RedactedUrl,
        status: u16,
        attempts: u32,
        words: String,
    },
    /// The server asked for a longer pause than is reasonable.
    #[error("{url} asks not to be asked for {} s", pause.as_secs())]
    #[diagnostic(code(archive::paused), help("run the same command after that time"))]
    Paused { url: RedactedUrl, pause: Duration },
    /// 200 with something else than was asked for, as often as it was tried.
    #[error("{url} sent something unusable ({}): {reason:?}; it begins {words:?}", attempts_in_words(.attempts))]
    #[diagnostic(
        code(archive::unusable),
        help("the archive has a problem; the same command tries again")
    )]
    Unusable {
        url: RedactedUrl,
        attempts: u32,
        /// Why the caller cannot use it.
        reason: String,
        words: String,
    },
    /// 401, 403, or a sign-on that failed. It stops everything that needs the same credentials.
    #[error("{url} refused access ({status}): {words:?}")]
    #[diagnostic(
        code(archive::refused),
        help("correct the credentials of this observatory, or unset them: public data need none")
    )]
    Refused {
        url: RedactedUrl,
        status: u16,
        words: String,
    },
    /// 404 or 410.
    #[error("{url} is not there ({status})")]
    #[diagnostic(code(archive::not_found))]
    NotFound { url: RedactedUrl, status: u16 },
    /// 413 or 414: ask for less at a time.
    #[error("{url} takes no request of that size ({status})")]
    #[diagnostic(code(archive::request_too_large))]
    RequestTooLarge { url: RedactedUrl, status: u16 },
    /// The reply is larger than is allowed to be kept.
    #[error("the reply of {url} is larger than {limit} bytes")]
    #[diagnostic(code(archive::too_large))]
    TooLarge { url: RedactedUrl, limit: u64 },
    /// The server understood and says no; asking again would not help.
    #[error("{url} rejected the request ({status}): {words:?}")]
    #[diagnostic(code(archive::rejected))]
    Rejected {
        url: RedactedUrl,
        status: u16,
        words: String,
    },
    /// A redirect that is not followed.
    #[error("{url} leads elsewhere: {cause}")]
    #[diagnostic(
        code(archive::redirected),
        help("give the address it leads to as the observatory's url")
    )]
    Redirected { url: RedactedUrl, cause: String },
    /// The request cannot be sent at all.
    #[error("cannot ask {url}: {cause}")]
    #[diagnostic(code(archive::request))]
    Request { url: RedactedUrl, cause: String },
    /// Nobody is to be asked, and it is not on disk.
    #[error("{url} is not asked: no request may be made (--offline)")]
    #[diagnostic(code(archive::offline), help("run the same command without --offline"))]
    Offline { url: RedactedUrl },
    /// The HTTP client cannot be set up.
    #[error("cannot set up the HTTP client: {cause}")]
    #[diagnostic(code(archive::client))]
    Client { cause: String },
    /// A download cannot be written.
    #[error("{}: {cause}", path.display())]
    #[diagnostic(
        code(archive::disk),
        help("free some space, or make the folder writable")
    )]
    Disk { path: PathBuf, cause: String },
}

/// What an error means for the rest of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// May be right the next time.
    Transient,
    /// Will be the same the next time.
    Permanent,
    /// The credentials are refused: nothing that needs them will work.
    Authorisation,
    /// The host cannot be reached at all.
    Network,
    /// The disk is full or not writable.
    Disk,
}

impl ErrorClass {
    /// The word that rows and tables use.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorClass::Transient => "transient",
            ErrorClass::Permanent => "permanent",
            ErrorClass::Authorisation => "authorisation",
            ErrorClass::Network => "network",
            ErrorClass::Disk => "disk",
        }
    }
}

fn attempts_in_words(attempts: &u32) -> String {
    match attempts {
        1 => "1 attempt".to_owned(),
        number => format!("{number} attempts"),
    }
}

impl ArchiveError {
    /// What it means for the rest of the work.
    pub fn class(&self) -> ErrorClass {
        match self {
            ArchiveError::Unreachable { .. } | ArchiveError::Offline { .. } => ErrorClass::Network,
            ArchiveError::Interrupted { .. }
            | ArchiveError::TimedOut { .. }
            | ArchiveError::Unavailable { .. }
            | ArchiveError::Paused { .. }
            | ArchiveError::Unusable { .. } => ErrorClass::Transient,
            ArchiveError::Refused { .. } => ErrorClass::Authorisation,
            ArchiveError::NotFound { .. }
            | ArchiveError::RequestTooLarge { .. }
            | ArchiveError::TooLarge { .. }
            | ArchiveError::Rejected { .. }
            | ArchiveError::Redirected { .. }
            | ArchiveError::Request { .. }
            | ArchiveError::Client { .. } => ErrorClass::Permanent,
            ArchiveError::Disk { .. } => ErrorClass::Disk,
        }
    }

    /// How often it was tried, where that is known; once otherwise.
    pub fn attempts(&self) -> u32 {
        match self {
            ArchiveError::Unreachable { attempts, .. }
            | ArchiveError::Interrupted { attempts, .. }
            | ArchiveError::TimedOut { attempts, .. }
            | ArchiveError::Unavailable { attempts, .. }
            | ArchiveError::Unusable { attempts, .. } => *attempts,
            _ => 1,
        }
    }

    pub(super) fn disk(path: &Path, error: &std::io::Error) -> ArchiveError {
        ArchiveError::Disk {
            path: path.to_owned(),
            cause: error.to_string(),
        }
    }

    pub(super) fn client(error: reqwest::Error) -> ArchiveError {
        ArchiveError::Client {
            cause: chain(&error.without_url()),
        }
    }
}

/// An error and its causes in one line. reqwest's own text names the URL with its secrets: take that off first.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
