//! Requests to a service, and the answer at once.

use std::path::Path;

use url::Url;

use super::error::TapError;
use super::words;
use crate::archive::{Archive, ArchiveError, RedactedUrl, Request};

/// Largest answer that is taken (bytes): so much, and so much for each row, but never more than the most. All 152
/// columns of Gaia's main table are about 5 kB a row as text.
const LARGEST_WITHOUT_ROWS: u64 = 64 << 20;
const LARGEST_ROW: u64 = 16 << 10;
const LARGEST: u64 = 16 << 30;

/// A query, and the service that it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Base address of the service, to which `/sync` and `/async` are added.
    service: Url,
    /// What is asked, in ADQL.
    pub adql: String,
    /// Rows that the service is to send at most (MAXREC).
    pub max_rows: u64,
}

impl Query {
    /// # Errors
    /// [`ArchiveError::Request`] when `service` is no web address.
    pub fn new(service: &str, adql: &str, max_rows: u64) -> Result<Query, TapError> {
        // checked here and sent as it is later: a request checks again
        let url = Url::parse(service.trim_end_matches('/')).ok();
        match url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
            Some(service) => Ok(Query {
                service,
                adql: adql.to_owned(),
                max_rows,
            }),
            None => Err(TapError::Archive(ArchiveError::Request {
                url: RedactedUrl::of_text(service),
                cause: "not an http or https address".into(),
            })),
        }
    }

    /// The service as it may be shown and kept.
    pub fn service(&self) -> RedactedUrl {
        RedactedUrl::new(&self.service)
    }

    pub(super) fn at(&self, door: &str) -> String {
        let base = self.service.as_str().trim_end_matches('/');
        format!("{base}/{door}")
    }

    /// The query as a form, for `sync` and `async` alike.
    pub(super) fn form(&self, door: &str) -> Request {
        asking(Request::post(self.at(door)))
            .form("REQUEST", "doQuery")
            .form("LANG", "ADQL")
            .form("FORMAT", "votable")
            .form("MAXREC", self.max_rows)
            .form("QUERY", &self.adql)
    }

    /// The most bytes that an answer with all rows may have.
    pub(super) fn largest(&self) -> u64 {
        let rows = self.max_rows.saturating_mul(LARGEST_ROW);
        LARGEST_WITHOUT_ROWS.saturating_add(rows).min(LARGEST)
    }
}

/// A request whose refusals are read as a TAP service means them.
pub(super) fn asking(request: Request) -> Request {
    request.words_of_refusal(words::of_refusal)
}

/// Asks a query that is answered at once; the table goes to `destination`, as it comes.
///
/// # Errors
/// [`TapError`]. That what came is a table, and all of it, is for the reader to see: an error may come with a status of
/// success, and words about missing rows at the end.
pub async fn sync(archive: &Archive, query: &Query, destination: &Path) -> Result<(), TapError> {
    archive
        .download(query.form("sync").max_bytes(query.largest()), destination)
        .await
        .map(drop)
        .map_err(TapError::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_named_with_and_without_a_slash() {
        for service in ["https://tap.example/tap", "https://tap.example/tap/"] {
            let query = Query::new(service, "SELECT 1", 10).unwrap();
            assert_eq!(query.at("sync"), "https://tap.example/tap/sync");
        }
        let root = Query::new("http://127.0.0.1:80", "SELECT 1", 10).unwrap();
        assert_eq!(root.at("async"), "http://127.0.0.1/async");
        assert!(Query::new("tap.example", "SELECT 1", 10).is_err());
        assert!(Query::new("file:///etc", "SELECT 1", 10).is_err());
    }
}
