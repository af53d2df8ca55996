//! A client as plain as can be: one request a connection, chunks put together.

#![allow(dead_code)] // each test program uses a part of it

use std::io::{Read, Write};
use std::net::TcpStream;

use retriever_standin::StandIn;

/// What came back.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }
}

/// Sends a request with these header lines and this form.
pub fn send(stand_in: &StandIn, method: &str, target: &str, headers: &str, form: &str) -> Answer {
    let address = stand_in.url();
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{headers}\r\n",
        form.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(form.as_bytes()).unwrap();
    let mut received = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        if let Some(answer) = whole(&received, method == "HEAD") {
            return answer;
        }
        match stream.read(&mut buffer).unwrap() {
            0 => panic!("the stand-in closed the connection"),
            read => received.extend_from_slice(&buffer[..read]),
        }
    }
}

pub fn get(stand_in: &StandIn, target: &str, headers: &str) -> Answer {
    send(stand_in, "GET", target, headers, "")
}

fn whole(received: &[u8], head_only: bool) -> Option<Answer> {
    let end = received.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8(received[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut answer = Answer {
        status,
        head,
        body: received[end..].to_vec(),
    };
    if head_only || status == 304 {
        return Some(answer);
    }
    if answer.header("transfer-encoding") == Some("chunked") {
        if !answer.body.ends_with(b"0\r\n\r\n") {
            return None;
        }
        let (mut rest, mut body) = (&answer.body[..], Vec::new());
        loop {
            let line = rest.windows(2).position(|two| two == b"\r\n")?;
            let length = std::str::from_utf8(&rest[..line]).unwrap();
            let length = usize::from_str_radix(length, 16).unwrap();
            if length == 0 {
                break;
            }
            body.extend_from_slice(rest.get(line + 2..line + 2 + length)?);
            rest = &rest[line + 4 + length..];
        }
        answer.body = body;
        return Some(answer);
    }
    let length: usize = answer.header("content-length")?.parse().unwrap();
    (answer.body.len() == length).then_some(answer)
}

/// Everything but letters and digits as `%XX`.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
