//! One attempt: wait for a place, send, follow redirects, tell success from trouble, read.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use reqwest::Response;
use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, RequestBuilder};
use url::Url;

use super::client::Archive;
use super::error::{ArchiveError, chain};
use super::limit::{Host, Place};
use super::policy::{Meaning, meaning};
use super::redact::{RedactedUrl, words};
use super::reply::Verdict;
use super::request::Request;
use super::retry_after;

/// Redirects followed before it is called a loop.
const MOST_REDIRECTS: usize = 5;
/// How much of an error page is read, for its words.
const ERROR_PAGE: usize = 4_096;

/// How one attempt failed.
pub(super) enum Failure {
    /// Asking again may help.
    Retry(Trouble),
    /// It would not.
    Final(ArchiveError),
}

impl Failure {
    /// What the receiver's verdict on a whole body means; none if it was accepted.
    pub(super) fn of(
        verdict: Verdict,
        request: &Request,
        url: &RedactedUrl,
        status: u16,
        body: &[u8],
    ) -> Option<Failure> {
        let told = |text: String| words(text.as_bytes(), request.secrets());
        let url = url.clone();
        Some(match verdict {
            Verdict::Accept => return None,
            Verdict::Retry(reason) => Failure::Retry(Trouble::new(What::Unusable {
                reason: told(reason),
                words: words(body, request.secrets()),
            })),
            Verdict::Refuse(text) => Failure::Final(ArchiveError::Rejected {
                url,
                status,
                words: told(text),
            }),
            Verdict::Unauthorised(text) => Failure::Final(ArchiveError::Refused {
                url,
                status,
                words: told(text),
            }),
        })
    }
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Failure {
        Failure::Final(error)
    }
}

/// A failure that may pass.
pub(super) struct Trouble {
    pub(super) what: What,
    /// The host that was asked, and the pause that it wants.
    pub(super) host: Option<Arc<Host>>,
    pub(super) pause: Option<Duration>,
}

pub(super) enum What {
    Unreachable(String),
    Interrupted(String),
    TimedOut,
    Status { status: u16, words: String },
    Unusable { reason: String, words: String },
}

impl Trouble {
    pub(super) fn new(what: What) -> Trouble {
        Trouble {
            what,
            host: None,
            pause: None,
        }
    }

    pub(super) fn interrupted(cause: impl Into<String>) -> Failure {
        Failure::Retry(Trouble::new(What::Interrupted(cause.into())))
    }

    /// Too many requests, in the server's own opinion.
    pub(super) fn is_overload(&self) -> bool {
        matches!(self.what, What::Status { status: 429, .. })
    }

    pub(super) fn into_error(self, url: RedactedUrl, attempts: u32) -> ArchiveError {
        match self.what {
            What::Unreachable(cause) => ArchiveError::Unreachable {
                url,
                attempts,
                cause,
            },
            What::Interrupted(cause) => ArchiveError::Interrupted {
                url,
                attempts,
                cause,
            },
            What::TimedOut => ArchiveError::TimedOut { url, attempts },
            What::Status { status, words } => ArchiveError::Unavailable {
                url,
                status,
                attempts,
                words,
            },
            What::Unusable { reason, words } => ArchiveError::Unusable {
                url,
                attempts,
                reason,
                words,
            },
        }
    }
}

/// A reply whose head has arrived; the place among the host's visitors is kept until it is dropped.
pub(super) struct Open {
    pub(super) response: Response,
    pub(super) url: RedactedUrl,
    _place: Place,
}

/// How a request is sent.
pub(super) struct Exchange<'a> {
    pub(super) archive: &'a Archive,
    pub(super) request: &'a Request,
    /// Bytes as they are on the server, without a time limit for the whole: for downloads.
    pub(super) verbatim: bool,
    /// Headers of this attempt, sent to every host on the way.
    pub(super) extra: HeaderMap,
    /// Statuses that the caller handles itself.
    pub(super) let_through: &'static [u16],
}

impl Exchange<'_> {
    /// Sends and follows until there is a reply of success.
    pub(super) async fn open(&self) -> Result<Open, Failure> {
        let start = self.request.url()?;
        // every request passes here: no way of asking can forget that nobody is to be asked
        if self.archive.is_offline() {
            let url = self.request.shown();
            return Err(Failure::Final(ArchiveError::Offline { url }));
        }
        let mut url = start.clone();
        let mut method = self.request.method().clone();
        for _ in 0..=MOST_REDIRECTS {
            let shown = RedactedUrl::hiding(&url, self.request.secret_names());
            let (place, host) = self.archive.place_for(&url, &shown).await?;
            let response = self
                .prepared(&method, &url, &start)?
                .send()
                .await
                .map_err(|error| self.sending_failed(error))?;
            let status = response.status().as_u16();
            if self.let_through.contains(&status) {
                return Ok(Open {
                    response,
                    url: shown,
                    _place: place,
                });
            }
            match meaning(status, self.request.transient()) {
                Meaning::Success => {
                    return Ok(Open {
                        response,
                        url: shown,
                        _place: place,
                    });
                }
                Meaning::Redirect => {
                    url = self.next_hop(&response, &url)?;
                    // 303 says so, 301 and 302 mean it in practice: the answer is fetched with a GET
                    if status < 307 {
                        method = Method::GET;
                    } else if method != Method::GET && !keeps_secrets(&start, &url) {
                        return Err(Failure::Final(ArchiveError::Redirected {
                            url: shown,
                            cause: "it would send the form to another host".into(),
                        }));
                    }
                }
                other => return Err(self.refusal(other, response, shown, host).await),
            }
        }
        Err(Failure::Final(ArchiveError::Redirected {
            url: self.request.shown(),
            cause: format!("more than {MOST_REDIRECTS} redirects"),
        }))
    }

    fn prepared(
        &self,
        method: &Method,
        url: &Url,
        start: &Url,
    ) -> Result<RequestBuilder, ArchiveError> {
        let clients = self.archive.clients();
        let mut builder = if self.verbatim {
            clients.verbatim.request(method.clone(), url.clone())
        } else {
            let total = self.archive.settings().total_timeout;
            clients
                .decoding
                .request(method.clone(), url.clone())
                .timeout(total)
        };
        let mut headers = self.request.header_map()?;
        if keeps_secrets(start, url) {
            if let Some((user, password)) = self.request.basic() {
                builder = builder.basic_auth(user, Some(password));
            }
            if let Some(cookie) = self.request.cookie_header() {
                let mut value =
                    HeaderValue::from_str(cookie).map_err(|_| ArchiveError::Request {
                        url: self.request.shown(),
                        cause: "bad cookie".into(),
                    })?;
                value.set_sensitive(true);
                headers.insert(COOKIE, value);
            }
        } else {
            let accept = headers.remove(ACCEPT);
            headers.clear();
            headers.extend(accept.map(|value| (ACCEPT, value)));
        }
        headers.extend(self.extra.clone());
        if *method == Method::POST {
            builder = builder
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(self.request.body());
        }
        Ok(builder.headers(headers))
    }

    fn next_hop(&self, response: &Response, from: &Url) -> Result<Url, ArchiveError> {
        let refused = |cause: String| ArchiveError::Redirected {
            url: RedactedUrl::hiding(from, self.request.secret_names()),
            cause,
        };
        let location = response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .ok_or_else(|| refused("a redirect without an address".into()))?;
        let next = from
            .join(location)
            .map_err(|error| refused(error.to_string()))?;
        if !matches!(next.scheme(), "http" | "https") {
            return Err(refused(format!("to {:?}", next.scheme())));
        }
        Ok(next)
    }

    /// A status that is no success, as a failure with the server's words.
    async fn refusal(
        &self,
        meaning: Meaning,
        mut response: Response,
        url: RedactedUrl,
        host: Arc<Host>,
    ) -> Failure {
        let status = response.status().as_u16();
        let pause = retry_after::pause(response.headers(), Timestamp::now());
        let mut page = Vec::new();
        // an error page that breaks off is still an error page
        while page.len() < ERROR_PAGE
            && let Ok(Some(chunk)) = response.chunk().await
        {
            page.extend_from_slice(&chunk);
        }
        if let Some(said) = self.request.refusal_in(status, &page) {
            let words = words(said.as_bytes(), self.request.secrets());
            return Failure::Final(ArchiveError::Rejected { url, status, words });
        }
        let words = words(&page, self.request.secrets());
        Failure::Final(match meaning {
            Meaning::Unauthorised => ArchiveError::Refused { url, status, words },
            Meaning::NotFound => ArchiveError::NotFound { url, status },
            Meaning::RequestTooLarge => ArchiveError::RequestTooLarge { url, status },
            Meaning::Transient => {
                return Failure::Retry(Trouble {
                    what: What::Status { status, words },
                    host: Some(host),
                    pause,
                });
            }
            _ => ArchiveError::Rejected { url, status, words },
        })
    }

    fn sending_failed(&self, error: reqwest::Error) -> Failure {
        if error.is_builder() {
            return Failure::Final(ArchiveError::Request {
                url: self.request.shown(),
                cause: chain(&error.without_url()),
            });
        }
        broken(error)
    }
}

/// A network error, without the URL and its secrets.
pub(super) fn broken(error: reqwest::Error) -> Failure {
    let what = if error.is_connect() {
        What::Unreachable(chain(&error.without_url()))
    } else if error.is_timeout() {
        What::TimedOut
    } else {
        What::Interrupted(chain(&error.without_url()))
    };
    Failure::Retry(Trouble::new(what))
}

/// The whole body, decompressed, if it is not larger than `limit` bytes.
pub(super) async fn read(mut open: Open, limit: u64) -> Result<Bytes, Failure> {
    let too_large = |url: &RedactedUrl| {
        Failure::Final(ArchiveError::TooLarge {
            url: url.clone(),
            limit,
        })
    };
    let announced = open.response.content_length().unwrap_or(0);
    if announced > limit {
        return Err(too_large(&open.url));
    }
    let mut body = BytesMut::with_capacity(announced.min(1 << 24) as usize);
    while let Some(chunk) = open.response.chunk().await.map_err(broken)? {
        if (body.len() + chunk.len()) as u64 > limit {
            return Err(too_large(&open.url));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Whether what was meant for `start` may be told to `other`: the same host, or the same host made secure.
fn keeps_secrets(start: &Url, other: &Url) -> bool {
    let place = |url: &Url| (url.scheme().to_owned(), url.port_or_known_default());
    let made_secure = start.scheme() == "http"
        && start.port().is_none()
        && other.scheme() == "https"
        && other.port().is_none();
    start.host() == other.host() && (place(start) == place(other) || made_secure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_with_the_host_they_are_for() {
        for (start, other, kept) in [
            ("http://a.example/x", "http://a.example/y", true),
            ("http://a.example/x", "https://a.example/y", true),
            ("https://a.example/x", "http://a.example/y", false),
            ("http://a.example/x", "http://a.example:8080/y", false),
            ("http://a.example/x", "http://b.example/y", false),
            ("https://a.example", "https://x.a.example/", false),
        ] {
            let parse = |url| Url::parse(url).unwrap();
            assert_eq!(keeps_secrets(&parse(start), &parse(other)), kept, "{other}");
        }
    }
}
