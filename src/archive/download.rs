//! A reply that goes to a file: streamed, resumed after any interruption, under its final name only when it is whole.

use std::io::Write;
use std::path::Path;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, RANGE,
};
use reqwest::{Response, StatusCode};
use tokio::time::{Instant, sleep_until};

use super::client::Archive;
use super::disk::blocking;
use super::error::{ArchiveError, ErrorClass, chain};
use super::exchange::{Exchange, Failure, Open, Trouble, What, broken};
use super::part::{Note, Part, checksum_of};
use super::redact::RedactedUrl;
use super::reply::Verdict;
use super::request::Request;

/// A file that is completely on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// Its length.
    pub bytes: u64,
    /// The server's ETag of this version, if it gave one.
    pub etag: Option<String>,
    /// SHA-256 of the bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Bytes that an earlier, interrupted call had left and that were not asked for again.
    pub resumed_from: u64,
}

/// What is wanted of a download, besides its request.
#[derive(Clone, Copy, Default)]
pub(super) struct Wishes<'a> {
    /// Most bytes; none: as many as the disk takes.
    pub(super) limit: Option<u64>,
    /// Not if the server still has the version of this ETag.
    pub(super) unless: Option<&'a str>,
    /// What the asker thinks of the whole file; none: it does not look.
    pub(super) verify: Option<&'a Verify<'a>>,
}

/// Judges all bytes of a file.
pub(super) type Verify<'a> = dyn Fn(&[u8]) -> Verdict + Send + Sync + 'a;

/// How a download ended.
pub(super) enum Transferred {
    /// The part is the whole file.
    Whole { etag: Option<String> },
    /// The server has the version that was named.
    Unchanged,
}

impl Archive {
    /// Downloads to `destination`, replacing what is there only when the new file is whole.
    ///
    /// What has arrived is kept in `<destination>.part`; the next attempt, or the next call, asks for the rest of the
    /// same version (Range, If-Range) and begins anew if the server cannot or has another version by now. Attempts that
    /// got further do not count as retries. Two processes on one destination: the second waits for the first.
    /// A request without [`max_bytes`](Request::max_bytes) has no bound but the disk. An empty file and a web page are
    /// retried; whether the bytes are what they should be is for the caller to see when it opens the file.
    ///
    /// # Errors
    /// As [`get`](Archive::get), and [`ArchiveError::Disk`]. The part stays for the next call, unless the file is not
    /// to be had at all.
    pub async fn download(
        &self,
        request: Request,
        destination: &Path,
    ) -> Result<Downloaded, ArchiveError> {
        if self.is_offline() {
            // a part would be left, of a file that was never asked for
            let url = request.shown();
            return Err(ArchiveError::Offline { url });
        }
        let Some(mut part) = Part::open(destination).await? else {
            return already_there(destination).await;
        };
        let found = part.length;
        let wishes = Wishes {
            limit: request.size_limit(),
            ..Wishes::default()
        };
        let etag = match self.transfer(&request, &mut part, wishes).await {
            Ok(Transferred::Whole { etag }) => etag,
            Ok(Transferred::Unchanged) => None,
            Err(error) => return Err(given_up(part, error).await),
        };
        let bytes = part.length;
        let resumed_from = if part.begun_anew { 0 } else { found };
        let sha256 = part.checksum().await?;
        part.finish(destination, None, self.settings().fsync)
            .await?;
        Ok(Downloaded {
            bytes,
            etag,
            sha256,
            resumed_from,
        })
    }

    /// Asks until all of the file is in the part, within the retries of the settings.
    pub(super) async fn transfer(
        &self,
        request: &Request,
        part: &mut Part,
        wishes: Wishes<'_>,
    ) -> Result<Transferred, ArchiveError> {
        let (mut retry, mut furthest) = (0, part.length);
        loop {
            let trouble = match self.attempt_transfer(request, part, wishes).await {
                Ok(transferred) => return Ok(transferred),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Retry(trouble)) => trouble,
            };
            part.flush().await?;
            // a whole file that is damaged leaves an empty part: it did not get further
            if part.length > furthest {
                (retry, furthest) = (0, part.length);
            }
            self.wait_or_give_up(request, trouble, retry).await?;
            retry += 1;
        }
    }

    /// Asks for what is missing, and looks at the whole.
    async fn attempt_transfer(
        &self,
        request: &Request,
        part: &mut Part,
        wishes: Wishes<'_>,
    ) -> Result<Transferred, Failure> {
        let exchange = Exchange {
            archive: self,
            request,
            verbatim: true,
            extra: conditions(part, wishes.unless),
            let_through: match wishes.unless {
                Some(_) => &[304, 416],
                None => &[416],
            },
        };
        let open = exchange.open().await?;
        let url = open.url.clone();
        let headers = open.response.headers().clone();
        let (unpacker, total) = match open.response.status().as_u16() {
            304 => return Ok(Transferred::Unchanged),
            416 => (None, nothing_after(part, &headers).await?),
            206 => (None, continued(part, &headers).await?),
            _ => {
                refuse_web_page(&open.response)?;
                begin(part, &headers).await?
            }
        };
        if let (Some(total), Some(limit)) = (total, wishes.limit)
            && total > limit
        {
            return Err(Failure::Final(ArchiveError::TooLarge { url, limit }));
        }
        if wishes.verify.is_some() {
            part.keep_content(total);
        }
        if open.response.status() != StatusCode::RANGE_NOT_SATISFIABLE {
            receive(open, part, unpacker, wishes.limit).await?;
        }
        check_length(part, total)?;
        if let Some(verify) = wishes.verify {
            judged(part, verify, request, url).await?;
        }
        let etag = text(&headers, ETAG).or(part.note.as_ref().and_then(Note::etag));
        Ok(Transferred::Whole {
            etag: etag.map(str::to_owned),
        })
    }
}

/// What its receiver thinks of a file that arrived completely. What is damaged is thrown away.
async fn judged(
    part: &mut Part,
    verify: &Verify<'_>,
    request: &Request,
    url: RedactedUrl,
) -> Result<(), Failure> {
    let content = part.content().await?;
    let verdict = verify(content);
    let is_damaged = matches!(verdict, Verdict::Retry(_));
    let failure = Failure::of(verdict, request, &url, StatusCode::OK.as_u16(), content);
    if is_damaged {
        part.restart(None).await?;
    }
    failure.map_or(Ok(()), Err)
}

fn check_length(part: &Part, total: Option<u64>) -> Result<(), Failure> {
    match total {
        _ if part.length == 0 => Err(Failure::Retry(Trouble::new(What::Unusable {
            reason: "an empty file".into(),
            words: String::new(),
        }))),
        Some(total) if total != part.length => Err(Trouble::interrupted(format!(
            "{} bytes instead of {total}",
            part.length
        ))),
        _ => Ok(()),
    }
}

/// What unpacks the bytes on their way: no packing was asked for, but some servers insist.
type Unpacker = Option<MultiGzDecoder<Vec<u8>>>;

/// Headers that ask for the rest of the same version, if there is something to continue, and for nothing at all if
/// the server still has the version of the ETag `unless`.
fn conditions(part: &Part, unless: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    // of the three conditions this one is looked at first (RFC 9110, 13.2.2)
    if let Some(Ok(etag)) = unless.map(HeaderValue::from_str) {
        headers.insert(IF_NONE_MATCH, etag);
    }
    if part.length > 0
        && let Some(note) = &part.note
        && let Ok(validator) = HeaderValue::from_str(&note.validator)
        && let Ok(range) = HeaderValue::from_str(&format!("bytes={}-", part.length))
    {
        headers.insert(RANGE, range);
        headers.insert(IF_RANGE, validator);
    }
    headers
}

/// 416: as If-Range held, there is nothing after the bytes that are here. Either they are all, or too many.
async fn nothing_after(part: &mut Part, headers: &HeaderMap) -> Result<Option<u64>, Failure> {
    let total = text(headers, CONTENT_RANGE).and_then(|range| range.strip_prefix("bytes */"));
    if part.length > 0 && total.and_then(|total| total.parse().ok()) == Some(part.length) {
        return Ok(Some(part.length));
    }
    part.restart(None).await?;
    Err(Trouble::interrupted(
        "the server has fewer bytes than had arrived",
    ))
}

/// 206: checks that it is the rest of what is here. Returns the length of the whole.
async fn continued(part: &mut Part, headers: &HeaderMap) -> Result<Option<u64>, Failure> {
    let range = text(headers, CONTENT_RANGE).and_then(parse_content_range);
    let noted = part.note.as_ref().and_then(Note::etag);
    let same_version = match (text(headers, ETAG), noted) {
        (Some(etag), Some(noted)) => etag == noted,
        _ => true,
    };
    match range {
        Some((start, total)) if start == part.length && same_version => Ok(total),
        _ => {
            part.restart(None).await?;
            Err(Trouble::interrupted(
                "the server sent another part or another version than it was asked for",
            ))
        }
    }
}

/// `bytes 65536-131071/200000`: first byte and length of the whole (`*`: not known).
fn parse_content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    let total = match total {
        "*" => None,
        total => Some(total.parse().ok()?),
    };
    Some((start.parse().ok()?, total))
}

/// 200: begins the file, noting its version. Returns how it is packed, and its length if that is known.
async fn begin(part: &mut Part, headers: &HeaderMap) -> Result<(Unpacker, Option<u64>), Failure> {
    match text(headers, CONTENT_ENCODING).unwrap_or("identity") {
        "identity" => {}
        "gzip" | "x-gzip" => {
            // no note: the positions of the unpacked file are not those that a Range would mean
            part.restart(None).await?;
            let decoder = MultiGzDecoder::new(Vec::new());
            return Ok((Some(decoder), None));
        }
        other => {
            return Err(Trouble::interrupted(format!(
                "it is packed as {other:?}, which was not asked for"
            )));
        }
    }
    let total = text(headers, CONTENT_LENGTH).and_then(|length| length.parse().ok());
    // a weak ETag says that the versions mean the same, not that their bytes are the same
    let validator = text(headers, ETAG)
        .filter(|etag| etag.starts_with('"'))
        .or_else(|| text(headers, LAST_MODIFIED));
    let note = validator.map(|validator| Note {
        validator: validator.to_owned(),
        total,
    });
    part.restart(note).await?;
    Ok((None, total))
}

/// A page for people where a file was asked for: a sign-on, or an apology.
fn refuse_web_page(response: &Response) -> Result<(), Failure> {
    match text(response.headers(), CONTENT_TYPE) {
        Some(kind) if kind.trim_start().starts_with("text/html") => {
            Err(Failure::Retry(Trouble::new(What::Unusable {
                reason: "a web page instead of a file".into(),
                words: String::new(),
            })))
        }
        _ => Ok(()),
    }
}

async fn receive(
    mut open: Open,
    part: &mut Part,
    mut unpacker: Unpacker,
    limit: Option<u64>,
) -> Result<(), Failure> {
    let broken_packing = |error: std::io::Error| Trouble::interrupted(chain(&error));
    while let Some(chunk) = next_chunk(&mut open, part).await? {
        match &mut unpacker {
            None => part.write(&chunk).await?,
            Some(decoder) => {
                // in small bites, so that a bomb shows before it has gone off
                for bite in chunk.chunks(4_096) {
                    decoder.write_all(bite).map_err(broken_packing)?;
                    part.write(&std::mem::take(decoder.get_mut())).await?;
                    check_size(part, limit, &open)?;
                }
            }
        }
        check_size(part, limit, &open)?;
    }
    if let Some(mut decoder) = unpacker {
        decoder.try_finish().map_err(broken_packing)?;
        part.write(&std::mem::take(decoder.get_mut())).await?;
        check_size(part, limit, &open)?;
    }
    Ok(())
}

/// Waits for the next bytes; what has arrived before is written when it is due, also if nothing more comes.
async fn next_chunk(open: &mut Open, part: &mut Part) -> Result<Option<Bytes>, Failure> {
    let next = open.response.chunk();
    tokio::pin!(next);
    loop {
        let due = part.due();
        let until = sleep_until(due.unwrap_or_else(Instant::now));
        tokio::select! {
            biased;
            chunk = &mut next => return chunk.map_err(broken),
            () = until, if due.is_some() => part.flush().await?,
        }
    }
}

fn check_size(part: &Part, limit: Option<u64>, open: &Open) -> Result<(), Failure> {
    match limit {
        Some(limit) if part.length > limit => Err(Failure::Final(ArchiveError::TooLarge {
            url: open.url.clone(),
            limit,
        })),
        _ => Ok(()),
    }
}

/// The part of a file that is not to be had goes, and one that is empty; that of one whose disk or credentials failed
/// stays.
pub(super) async fn given_up(mut part: Part, error: ArchiveError) -> ArchiveError {
    let kept = match error.class() {
        _ if part.length == 0 => part.discard().await.map(drop),
        ErrorClass::Permanent => part.discard().await.map(drop),
        _ => part.flush().await,
    };
    // the first error is the one to tell; what is left of the part is found by the next call
    drop(kept);
    error
}

/// Another process has just finished it; which version it is of, only that one knows.
async fn already_there(destination: &Path) -> Result<Downloaded, ArchiveError> {
    let path = destination.to_owned();
    let length = blocking(destination, move || Ok(std::fs::metadata(path)?.len()));
    Ok(Downloaded {
        bytes: length.await?,
        etag: None,
        sha256: checksum_of(destination).await?,
        resumed_from: 0,
    })
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges_are_read_as_in_the_rfc() {
        for (text, expected) in [
            ("bytes 65536-131071/200000", Some((65_536, Some(200_000)))),
            ("bytes 0-9/*", Some((0, None))),
            ("bytes */200000", None),
            ("lines 0-9/10", None),
        ] {
            assert_eq!(parse_content_range(text), expected, "{text}");
        }
    }
}
