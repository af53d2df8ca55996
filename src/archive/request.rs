//! What is asked: address, parameters, credentials, and how large an answer may be.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::error::ArchiveError;
use super::redact::RedactedUrl;

/// Encoded in a query: all but the unreserved, and `:` `/` `,` which archives like to see as they are.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b'/')
    .remove(b',');

/// A request to an archive, built step by step. `Debug` shows no secret.
///
/// ```
/// use retriever::archive::Request;
/// let request = Request::get("https://archive.example/lc")
///     .query("POS", "CIRCLE 10.5 -2 0.0006")
///     .query_secret("password", "hunter2");
/// assert!(format!("{request:?}").contains("POS=CIRCLE%2010.5%20-2%200.0006&password=***"));
/// ```
#[derive(Clone)]
pub struct Request {
    method: Method,
    address: String,
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    basic: Option<(String, String)>,
    cookie: Option<String>,
    secret_names: Vec<String>,
    secrets: Vec<String>,
    transient: Vec<u16>,
    max_bytes: Option<u64>,
    words_of_refusal: Option<WordsOfRefusal>,
}

/// Finds in an error page of that status what the service says for good.
type WordsOfRefusal = fn(u16, &[u8]) -> Option<String>;

impl Request {
    /// A GET of `url`, which may have a query of its own.
    pub fn get(url: impl Into<String>) -> Request {
        Request {
            method: Method::GET,
            address: url.into(),
            query: Vec::new(),
            form: Vec::new(),
            headers: Vec::new(),
            basic: None,
            cookie: None,
            secret_names: Vec::new(),
            secrets: Vec::new(),
            transient: Vec::new(),
            max_bytes: None,
            words_of_refusal: None,
        }
    }

    /// A POST to `url`; fill it with [`form`](Self::form).
    pub fn post(url: impl Into<String>) -> Request {
        Request {
            method: Method::POST,
            ..Request::get(url)
        }
    }

    /// A DELETE of `url`.
    pub fn delete(url: impl Into<String>) -> Request {
        Request {
            method: Method::DELETE,
            ..Request::get(url)
        }
    }

    /// Adds a query parameter; it is percent-encoded here (a space as `%20`). The order is kept.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl fmt::Display) -> Request {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// The same, never shown in a message.
    #[must_use]
    pub fn query_secret(mut self, name: &str, value: &str) -> Request {
        self.secret_names.push(encoded(name));
        self.hide(value);
        self.query(name, value)
    }

    /// Adds a field of the form that is sent as the body.
    #[must_use]
    pub fn form(mut self, name: &str, value: impl fmt::Display) -> Request {
        self.form.push((name.to_owned(), value.to_string()));
        self
    }

    /// The same; should the server repeat the value, it is not quoted.
    #[must_use]
    pub fn form_secret(mut self, name: &str, value: &str) -> Request {
        self.hide(value);
        self.form(name, value)
    }

    /// Adds a header. It is not sent on to another host that a redirect leads to.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Request {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Media types wanted.
    #[must_use]
    pub fn accept(self, media_types: &str) -> Request {
        self.header(ACCEPT.as_str(), media_types)
    }

    /// HTTP Basic authorisation. It is not sent on to another host.
    #[must_use]
    pub fn basic_auth(mut self, user: &str, password: &str) -> Request {
        self.hide(password);
        self.basic = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// A Cookie header (`name=value`). It is not sent on to another host.
    #[must_use]
    pub fn cookie(mut self, cookie: &str) -> Request {
        self.hide(cookie.split_once('=').map_or(cookie, |(_, value)| value));
        self.cookie = Some(cookie.to_owned());
        self
    }

    /// Statuses that this archive sends without meaning them (IRSA's 400): retried as if they were 503.
    #[must_use]
    pub fn transient_statuses(mut self, statuses: &[u16]) -> Request {
        self.transient.extend_from_slice(statuses);
        self
    }

    /// Largest reply (bytes, after decompression) instead of the default.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Request {
        self.max_bytes = Some(bytes);
        self
    }

    /// How this archive's refusals are told from its troubles: where `find` sees words of the archive in the page of an
    /// error status, the request is rejected with them at once, also if the status alone would be worth another attempt.
    #[must_use]
    pub fn words_of_refusal(mut self, find: fn(u16, &[u8]) -> Option<String>) -> Request {
        self.words_of_refusal = Some(find);
        self
    }

    fn hide(&mut self, value: &str) {
        self.secrets.push(value.to_owned());
        self.secrets.push(encoded(value));
    }

    /// The address with its query, ready to be sent.
    pub(super) fn url(&self) -> Result<Url, ArchiveError> {
        let mut url = Url::parse(&self.address).map_err(|error| ArchiveError::Request {
            url: RedactedUrl::of_text(&self.address),
            cause: error.to_string(),
        })?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(ArchiveError::Request {
                url: RedactedUrl::of_text(&self.address),
                cause: "not an http or https address".into(),
            });
        }
        if !self.query.is_empty() {
            let mut query = url.query().map_or(String::new(), |own| format!("{own}&"));
            query.push_str(&pairs(&self.query));
            url.set_query(Some(&query));
        }
        Ok(url)
    }

    /// The address as it may be shown.
    pub(super) fn shown(&self) -> RedactedUrl {
        match self.url() {
            Ok(url) => RedactedUrl::hiding(&url, &self.secret_names),
            Err(_) => RedactedUrl::of_text(&self.address),
        }
    }

    /// Headers of its own, checked.
    pub(super) fn header_map(&self) -> Result<HeaderMap, ArchiveError> {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            let parsed = HeaderName::try_from(name).ok();
            match parsed.zip(HeaderValue::try_from(value).ok()) {
                Some((name, value)) => {
                    map.append(name, value);
                }
                None => {
                    return Err(ArchiveError::Request {
                        url: self.shown(),
                        cause: format!("bad header {name:?}"),
                    });
                }
            }
        }
        Ok(map)
    }

    /// The form as sent; empty without one.
    pub(super) fn body(&self) -> String {
        pairs(&self.form)
    }

    /// A number that tells this request from others, for its jitter.
    pub(super) fn identity(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.address, &self.query, &self.form).hash(&mut hasher);
        hasher.finish()
    }

    pub(super) fn method(&self) -> &Method {
        &self.method
    }

    pub(super) fn basic(&self) -> Option<&(String, String)> {
        self.basic.as_ref()
    }

    pub(super) fn cookie_header(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    pub(super) fn secret_names(&self) -> &[String] {
        &self.secret_names
    }

    pub(super) fn secrets(&self) -> &[String] {
        &self.secrets
    }

    pub(super) fn transient(&self) -> &[u16] {
        &self.transient
    }

    pub(super) fn refusal_in(&self, status: u16, page: &[u8]) -> Option<String> {
        self.words_of_refusal?(status, page)
    }

    pub(super) fn size_limit(&self) -> Option<u64> {
        self.max_bytes
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method.as_str())
            .field("url", &self.shown())
            .finish_non_exhaustive()
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string()
}

fn pairs(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_encoded_once_and_added_to_those_of_the_address() {
        let url = Request::get("http://h.example/a?x=1")
            .query("uri", "mast:TESS/a b.fits")
            .query("BANDNAME", "g,r")
            .query("q", "50%&é+")
            .url()
            .unwrap();
        assert_eq!(
            url.as_str(),
            "http://h.example/a?x=1&uri=mast:TESS/a%20b.fits&BANDNAME=g,r&q=50%25%26%C3%A9%2B"
        );
    }

    #[test]
    fn neither_debug_nor_errors_show_a_secret() {
        let request = Request::get("https://me:hunter2@h.example/")
            .query_secret("pin", "hunter2")
            .basic_auth("me", "hunter2")
            .cookie("session=hunter2")
            .header("X-Token", "hunter2\n");
        assert!(!format!("{request:?}").contains("hunter2"));
        let error = request.header_map().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        let error = Request::get("me:hunter2@h/?a=hunter2").url().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }

    #[test]
    fn only_http_is_spoken() {
        for address in ["file:///etc/passwd", "ftp://h.example/", "nonsense", ""] {
            assert!(Request::get(address).url().is_err(), "{address}");
        }
    }
}
