//! What came back, and what its receiver thinks of it.

use std::fmt;

use bytes::Bytes;
use reqwest::header::HeaderMap;

use super::redact::RedactedUrl;

/// A whole reply with a status of success.
#[derive(Clone)]
pub struct Reply {
    /// 200 to 299.
    pub status: u16,
    /// Headers as received; a Set-Cookie may be among them, so they are not shown by `Debug`.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
    /// Where it came from in the end, without secrets.
    pub url: RedactedUrl,
    /// How often was asked, this time included.
    pub attempts: u32,
}

impl Reply {
    /// A header's value, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("url", &self.url)
            .field("attempts", &self.attempts)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What the asker thinks of a body that came with a status of success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is what was asked for.
    Accept,
    /// It is not, for this reason, and may be if asked again: an error page, a table cut short.
    Retry(String),
    /// The archive says no, in these words; asking again would not help.
    Refuse(String),
    /// The credentials were not taken, in these words.
    Unauthorised(String),
}
