//! A reply that goes to a file: streamed, resumed after any interruption, under its final name only when it is whole.

use std::io::Write;
use std::path::Path;

use flate2::write::MultiGzDecoder;
use reqwest::Response;
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderMap, HeaderName, HeaderValue, IF_RANGE, LAST_MODIFIED, RANGE,
};

use super::client::Archive;
use super::error::{ArchiveError, ErrorClass, chain};
use super::exchange::{Exchange, Failure, Open, Trouble, What, broken};
use super::part::{Note, Part, checksum};
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
        let Some(mut part) = Part::open(destination).await? else {
            return already_there(destination).await;
        };
        let found = part.length;
        let (mut retry, mut furthest) = (0, found);
        let etag = loop {
            let trouble = match self.download_attempt(&request, &mut part).await {
                Ok(etag) => break etag,
                Err(Failure::Final(error)) => return Err(given_up(part, error).await),
                Err(Failure::Retry(trouble)) => trouble,
            };
            part.flush().await?;
            if part.length > furthest {
                (retry, furthest) = (0, part.length);
            }
            self.wait_or_give_up(&request, trouble, retry).await?;
            retry += 1;
        };
        let bytes = part.length;
        let resumed_from = if part.begun_anew { 0 } else { found };
        let sha256 = part.finish(destination, self.settings().fsync).await?;
        Ok(Downloaded {
            bytes,
            etag,
            sha256,
            resumed_from,
        })
    }

    /// Asks for what is missing. Returns the ETag of the whole file once it is all there.
    async fn download_attempt(
        &self,
        request: &Request,
        part: &mut Part,
    ) -> Result<Option<String>, Failure> {
        let exchange = Exchange {
            archive: self,
            request,
            verbatim: true,
            extra: conditions(part),
            let_through: &[416],
        };
        let open = exchange.open().await?;
        let headers = open.response.headers().clone();
        let etag = text(&headers, ETAG).map(str::to_owned);
        let (unpacker, total) = match open.response.status().as_u16() {
            416 => return nothing_after(part, &headers).await.map(|()| etag),
            206 => (None, continued(part, &headers).await?),
            _ => {
                refuse_web_page(&open.response)?;
                begin(part, &headers).await?
            }
        };
        receive(open, part, unpacker, request.size_limit()).await?;
        match total {
            _ if part.length == 0 => Err(Failure::Retry(Trouble::new(What::Unusable {
                reason: "an empty file".into(),
                words: String::new(),
            }))),
            Some(total) if total != part.length => Err(Trouble::interrupted(format!(
                "{} bytes instead of {total}",
                part.length
            ))),
            _ => Ok(etag),
        }
    }
}

/// What unpacks the bytes on their way: no packing was asked for, but some servers insist.
type Unpacker = Option<MultiGzDecoder<Vec<u8>>>;

/// Headers that ask for the rest of the same version, if there is something to continue.
fn conditions(part: &Part) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
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
async fn nothing_after(part: &mut Part, headers: &HeaderMap) -> Result<(), Failure> {
    let total = text(headers, CONTENT_RANGE).and_then(|range| range.strip_prefix("bytes */"));
    if part.length > 0 && total.and_then(|total| total.parse().ok()) == Some(part.length) {
        return Ok(());
    }
    part.restart(None).await?;
    Err(Trouble::interrupted(
        "the server has fewer bytes than had arrived",
    ))
}

/// 206: checks that it is the rest of what is here. Returns the length of the whole.
async fn continued(part: &mut Part, headers: &HeaderMap) -> Result<Option<u64>, Failure> {
    let range = text(headers, CONTENT_RANGE).and_then(parse_content_range);
    let same_version = match (text(headers, ETAG), &part.note) {
        (Some(etag), Some(note)) if note.validator.starts_with('"') => etag == note.validator,
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
    while let Some(chunk) = open.response.chunk().await.map_err(broken)? {
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

fn check_size(part: &Part, limit: Option<u64>, open: &Open) -> Result<(), Failure> {
    match limit {
        Some(limit) if part.length > limit => Err(Failure::Final(ArchiveError::TooLarge {
            url: open.url.clone(),
            limit,
        })),
        _ => Ok(()),
    }
}

/// The part of a file that is not to be had goes; that of one whose disk or credentials failed stays.
async fn given_up(mut part: Part, error: ArchiveError) -> ArchiveError {
    let kept = match error.class() {
        ErrorClass::Permanent => part.discard(),
        _ => part.flush().await,
    };
    // the first error is the one to tell; what is left of the part is found by the next call
    drop(kept);
    error
}

async fn already_there(destination: &Path) -> Result<Downloaded, ArchiveError> {
    let bytes = std::fs::metadata(destination)
        .map_err(|error| ArchiveError::disk(destination, &error))?
        .len();
    Ok(Downloaded {
        bytes,
        etag: None,
        sha256: checksum(destination).await?,
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
