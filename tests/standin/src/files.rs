//! `/files/<name>`: what nginx in front of a product store answers, with Range, If-Range and ETag.

use crate::body::{Body, Contents};
use crate::connection::http_date;
use crate::faults::Fault;
use crate::http::{HttpRequest, Reply};
use std::time::{Duration, UNIX_EPOCH};

/// Folder of the files in a URL.
pub(crate) const PREFIX: &str = "/files/";
/// When the first version of every file was written (2023-03-23T01:22:33Z).
const WRITTEN: u64 = 0x641b_aa59;

/// A file on offer. Each version has another ETag.
#[derive(Debug, Clone)]
pub(crate) struct ServedFile {
    pub(crate) contents: Contents,
    version: u64,
}

impl ServedFile {
    pub(crate) fn new(contents: Contents) -> ServedFile {
        ServedFile {
            contents,
            version: 0,
        }
    }

    /// Another version takes its place.
    pub(crate) fn replace(&mut self, contents: Contents) {
        self.contents = contents;
        self.version += 1;
    }

    /// The same version with other bytes.
    pub(crate) fn holding(&self, bytes: Vec<u8>) -> ServedFile {
        ServedFile {
            contents: Contents::new(bytes),
            version: self.version,
        }
    }

    /// nginx's tag: time and length in hexadecimal.
    pub(crate) fn tag(&self) -> String {
        format!("\"{:x}-{:x}\"", WRITTEN + self.version, self.contents.len())
    }
}

/// A file, a part of it, or that it is still the same.
pub(crate) fn answer(request: &HttpRequest, file: &ServedFile, fault: Option<Fault>) -> Reply {
    let written = UNIX_EPOCH + Duration::from_secs(WRITTEN + file.version);
    let dressed = |reply: Reply| {
        reply
            .with("Accept-Ranges", "bytes")
            .with("ETag", file.tag())
            .with("Last-Modified", http_date(written))
    };
    let octets = |status, body| dressed(Reply::new(status, "application/octet-stream", body));
    let whole = || octets(200, Body::whole(&file.contents));
    if request
        .header("if-none-match")
        .is_some_and(|tags| tags == "*" || tags.split(',').any(|tag| tag.trim() == file.tag()))
    {
        return dressed(Reply::new(304, "application/octet-stream", ""));
    }
    let same = request
        .header("if-range")
        .is_none_or(|tag| tag == file.tag() || tag == http_date(written));
    let Some(range) = request.header("range") else {
        return whole();
    };
    if !same || fault == Some(Fault::RangeIgnored) {
        return whole();
    }
    let length = file.contents.len();
    match parse(range, length) {
        Range::Malformed => whole(),
        Range::Outside => Reply::new(416, "text/html", "<html><body>416</body></html>\n")
            .with("Content-Range", format!("bytes */{length}")),
        Range::Part(start, end) => octets(206, Body::part(&file.contents, start, end)).with(
            "Content-Range",
            format!("bytes {start}-{}/{length}", end - 1),
        ),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Range {
    Malformed,
    Outside,
    /// First byte, and the one after the last.
    Part(usize, usize),
}

fn parse(header: &str, length: usize) -> Range {
    let Some((first, last)) = header
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Range::Malformed;
    };
    let Ok(first) = first.parse::<usize>() else {
        return Range::Malformed;
    };
    let end = match last {
        "" => length,
        last => match last.parse::<usize>() {
            Ok(last) => length.min(last.saturating_add(1)),
            Err(_) => return Range::Malformed,
        },
    };
    if first >= end {
        return Range::Outside;
    }
    Range::Part(first, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_in_the_rfc() {
        assert_eq!(parse("bytes=0-", 10), Range::Part(0, 10));
        assert_eq!(parse("bytes=4-5", 10), Range::Part(4, 6));
        assert_eq!(parse("bytes=10-", 10), Range::Outside);
        assert_eq!(parse("lines=1-", 10), Range::Malformed);
    }
}
