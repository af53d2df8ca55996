//! Asking where an answer will be: a 303 that is told and not followed, as services with jobs mean it.

use bytes::Bytes;
use reqwest::header::{HeaderMap, LOCATION};
use url::Url;

use super::client::Archive;
use super::error::ArchiveError;
use super::exchange::{Exchange, Failure, read};
use super::redact::RedactedUrl;
use super::request::Request;

/// Largest answer that comes where an address was expected (bytes): it is words.
const LARGEST_ANSWER: u64 = 1 << 20;

/// What a request led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The answer is at this address.
    Elsewhere(Url),
    /// The answer itself.
    Here(Bytes),
}

impl Archive {
    /// Asks, and tells a redirect instead of following it. Troubles that pass are retried as by [`get`](Self::get):
    /// a request that begins something should be harmless when it arrives twice.
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`ArchiveError::Redirected`] for an address that cannot be asked.
    pub async fn location(&self, request: Request) -> Result<Answer, ArchiveError> {
        let mut retry = 0;
        loop {
            let trouble = match self.location_attempt(&request).await {
                Ok(answer) => return Ok(answer),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Retry(trouble)) => trouble,
            };
            self.wait_or_give_up(&request, trouble, retry).await?;
            retry += 1;
        }
    }

    async fn location_attempt(&self, request: &Request) -> Result<Answer, Failure> {
        let exchange = Exchange {
            archive: self,
            request,
            verbatim: false,
            extra: HeaderMap::new(),
            let_through: &[301, 302, 303, 307, 308],
        };
        let open = exchange.open().await?;
        if open.response.status().is_success() {
            return read(open, LARGEST_ANSWER).await.map(Answer::Here);
        }
        let refused = |cause: String| ArchiveError::Redirected {
            url: request.shown(),
            cause,
        };
        let location = open
            .response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .ok_or_else(|| refused("a redirect without an address".into()))?;
        let url = request
            .url()?
            .join(location)
            .map_err(|error| refused(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused(format!("to {}", RedactedUrl::new(&url))).into());
        }
        Ok(Answer::Elsewhere(url))
    }
}
