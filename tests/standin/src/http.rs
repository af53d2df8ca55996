//! HTTP/1.1 as far as a stand-in needs it: a request in, a reply out.

use std::io;

use tokio::io::{AsyncReadExt, BufReader};
use tokio::net::tcp::OwnedReadHalf;

use crate::body::Body;

/// Heads and forms beyond this are refused: no test sends more.
const LONGEST: usize = 1 << 20;

/// A request whose body (a form, if any) has arrived.
#[derive(Debug)]
pub(crate) struct HttpRequest {
    pub(crate) method: String,
    /// Path and query as sent.
    pub(crate) target: String,
    pub(crate) path: String,
    /// Query and form, decoded, in the order sent.
    pub(crate) parameters: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

impl HttpRequest {
    /// First parameter of that name, whatever its case.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// A whole reply, before any fault.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    /// Sent in chunks, without a length.
    pub(crate) chunked: bool,
    /// It is the answer, and not "ask again".
    pub(crate) settled: bool,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Body>) -> Reply {
        Reply {
            status,
            headers: vec![("Content-Type".into(), content_type.into())],
            body: body.into(),
            chunked: false,
            settled: true,
        }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Reply {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Status line and headers, `framing` (a length or an encoding) among them.
    pub(crate) fn head(&self, framing: &[(&str, String)]) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        head.push_str("Server: nginx\r\n");
        let own = self.headers.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        for (name, value) in own.chain(framing.iter().map(|(n, v)| (*n, v.as_str()))) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        206 => "Partial Content",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        413 => "Content Too Large",
        414 => "URI Too Long",
        416 => "Range Not Satisfiable",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Something Else",
    }
}

/// The next request of a connection; `None` when the client has gone.
pub(crate) async fn read(
    reader: &mut BufReader<OwnedReadHalf>,
    buffer: &mut Vec<u8>,
) -> io::Result<Option<HttpRequest>> {
    loop {
        if let Some((request, head)) = parse(buffer)? {
            let length = request
                .header("content-length")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0usize);
            if length > LONGEST {
                return Err(io::ErrorKind::InvalidData.into());
            }
            while buffer.len() < head + length {
                if reader.read_buf(buffer).await? == 0 {
                    return Ok(None);
                }
            }
            let form: Vec<u8> = buffer.drain(..head + length).skip(head).collect();
            return Ok(Some(with_form(request, &form)));
        }
        if buffer.len() > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if reader.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

/// The head, once it is whole, and its length.
fn parse(buffer: &[u8]) -> io::Result<Option<(HttpRequest, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let status = head
        .parse(buffer)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    let httparse::Status::Complete(length) = status else {
        return Ok(None);
    };
    let target = head.path.unwrap_or_default().to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let request = HttpRequest {
        method: head.method.unwrap_or_default().to_owned(),
        path: decoded(path, false),
        parameters: pairs(query),
        headers: head
            .headers
            .iter()
            .map(|h| {
                let value = String::from_utf8_lossy(h.value);
                (h.name.to_owned(), value.into_owned())
            })
            .collect(),
        target,
    };
    Ok(Some((request, length)))
}

fn with_form(mut request: HttpRequest, form: &[u8]) -> HttpRequest {
    if !form.is_empty() {
        request
            .parameters
            .extend(pairs(&String::from_utf8_lossy(form)));
    }
    request
}

fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name, true), decoded(value, true))
        })
        .collect()
}

fn decoded(text: &str, plus_is_space: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = match tail {
            [a, b, ..] if *first == b'%' => std::str::from_utf8(&[*a, *b])
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        match code {
            Some(code) => bytes.push(code),
            None if *first == b'+' && plus_is_space => bytes.push(b' '),
            None => bytes.push(*first),
        }
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_found_in_any_case() {
        let head = b"GET /a/b?pos=CIRCLE%201.5+-2%200.1&BANDNAME=g%2Cr HTTP/1.1\r\nHost: x\r\n\r\n";
        let (request, length) = parse(head).unwrap().unwrap();
        assert_eq!(length, head.len());
        assert_eq!(request.parameter("POS"), Some("CIRCLE 1.5 -2 0.1"));
        assert_eq!(request.parameter("bandname"), Some("g,r"));
        assert_eq!(request.path, "/a/b");
        assert_eq!(request.header("HOST"), Some("x"));
    }

    #[test]
    fn half_a_head_is_waited_for() {
        assert!(parse(b"GET / HTTP/1.1\r\nHost: ").unwrap().is_none());
    }
}
