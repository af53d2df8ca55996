//! `/files/<name>`: what nginx in front of a product store answers, with Range, If-Range and ETag.

use crate::connection::http_date;
use crate::faults::Fault;
use crate::http::{HttpRequest, Reply};
use std::time::{Duration, UNIX_EPOCH};

/// Folder of the files in a URL.
pub(crate) const PREFIX: &str = "/files/";
/// When the first version of every file was written (2023-03-23T01:22:33Z).
const WRITTEN: u64 = 0x641b_aa59;

/// A file on offer. Each version has other bytes and another ETag.
#[derive(Debug, Clone)]
pub(crate) struct ServedFile {
    pub(crate) bytes: Vec<u8>,
    pub(crate) version: u64,
}

impl ServedFile {
    /// nginx's tag: time and length in hexadecimal.
    fn tag(&self) -> String {
        format!("\"{:x}-{:x}\"", WRITTEN + self.version, self.bytes.len())
    }
}

pub(crate) fn answer(request: &HttpRequest, file: &mut ServedFile, fault: Option<Fault>) -> Reply {
    if fault == Some(Fault::TagChanged) && request.header("range").is_some() {
        file.version += 1;
        file.bytes.reverse();
    }
    let written = UNIX_EPOCH + Duration::from_secs(WRITTEN + file.version);
    let dressed = |reply: Reply| {
        reply
            .with("Accept-Ranges", "bytes")
            .with("ETag", file.tag())
            .with("Last-Modified", http_date(written))
    };
    let whole = || {
        dressed(Reply::new(
            200,
            "application/octet-stream",
            file.bytes.clone(),
        ))
    };
    if request.header("if-none-match") == Some(file.tag().as_str()) {
        return dressed(Reply::new(304, "application/octet-stream", Vec::new()));
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
    match parse(range, file.bytes.len()) {
        Range::Malformed => whole(),
        Range::Outside => Reply::new(416, "text/html", "<html><body>416</body></html>\n")
            .with("Content-Range", format!("bytes */{}", file.bytes.len())),
        Range::Part(start, end) => dressed(Reply::new(
            206,
            "application/octet-stream",
            &file.bytes[start..end],
        ))
        .with(
            "Content-Range",
            format!("bytes {start}-{}/{}", end - 1, file.bytes.len()),
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
