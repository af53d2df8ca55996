//! One connection: requests in, replies out, with the fault that was drawn made byte for byte.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::faults::Fault;
use crate::flood;
use crate::http::{self, HttpRequest, Reply};
use crate::shared::{InFlight, Shared};
use crate::votable;

/// Cuts are at multiples of this, as users of real archives found them.
const CUT_STEP: usize = 64 * 1024;
const CHUNK: usize = 8 * 1024;
const DRIP: usize = 1024;

/// What becomes of the connection after a reply.
enum After<'a> {
    Keep,
    Close,
    Reset,
    /// Say nothing until the client goes.
    Silence(InFlight<'a>),
}

/// Answers until the client goes or a fault ends the connection.
pub(crate) async fn serve(stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (read_half, mut writer) = stream.into_split();
    let mut reader = BufReader::new(read_half);
    let mut buffer = Vec::new();
    while let Some(request) = http::read(&mut reader, &mut buffer).await? {
        let place = shared.begin(&request);
        tokio::time::sleep(shared.latency()).await;
        match respond(&request, place, &shared, &mut writer).await? {
            After::Keep => {}
            After::Close => break,
            After::Silence(_place) => {
                // the place stays taken: for the client, the request is still being answered
                wait_for_the_end(&mut reader).await;
                break;
            }
            After::Reset => {
                let stream = reader.into_inner().reunite(writer);
                stream.map_err(io::Error::other)?.set_zero_linger()?;
                break;
            }
        }
    }
    Ok(())
}

async fn wait_for_the_end(reader: &mut BufReader<OwnedReadHalf>) {
    let mut ignored = [0; 1024];
    while let Ok(1..) = reader.read(&mut ignored).await {}
}

/// The place is given up just before the last byte goes: a client may ask again the moment it has that.
async fn respond<'a>(
    request: &HttpRequest,
    place: InFlight<'a>,
    shared: &Shared,
    writer: &mut OwnedWriteHalf,
) -> io::Result<After<'a>> {
    let injected = place.injected;
    let fault = injected.map(|injected| injected.fault);
    let other = fault.and_then(|fault| instead(fault, shared));
    let is_other = other.is_some();
    let reply = other.unwrap_or_else(|| shared.answer(request, fault));
    if !reply.settled {
        place.is_not_settled();
    }
    let body: &[u8] = if request.method == "HEAD" {
        &[]
    } else {
        &reply.body
    };
    let length = |n: usize| vec![("Content-Length", n.to_string())];
    let detail = injected.map_or(0, |injected| injected.detail);
    match fault {
        Some(Fault::Cut) => {
            let end = cut(body.len(), detail);
            send(
                writer,
                &reply,
                &length(body.len()),
                &body[..end],
                Some(place),
            )
            .await?;
            Ok(After::Close)
        }
        Some(Fault::LengthTooLarge) => {
            send(writer, &reply, &length(body.len() + 1), body, Some(place)).await?;
            Ok(After::Close)
        }
        Some(Fault::LengthTooSmall) => {
            // the client has all that it was told of before the last byte
            drop(place);
            send(writer, &reply, &length(inside_a_row(body)), body, None).await?;
            Ok(After::Close)
        }
        Some(Fault::StallBeforeReply) => Ok(After::Silence(place)),
        Some(Fault::StallInBody) => {
            send(
                writer,
                &reply,
                &length(body.len() + 1),
                &body[..body.len() / 2],
                None,
            )
            .await?;
            Ok(After::Silence(place))
        }
        Some(Fault::Reset) => Ok(After::Reset),
        Some(Fault::EmptyReply) => Ok(After::Close),
        Some(Fault::Garbage) => {
            drop(place);
            writer.write_all(b"\x00\xffnot HTTP at all\r\n\r\n").await?;
            Ok(After::Close)
        }
        Some(Fault::Chunked) => {
            send_chunks(writer, &reply, body).await?;
            drop(place);
            writer.write_all(b"0\r\n\r\n").await?;
            Ok(After::Keep)
        }
        Some(Fault::ChunkedCut) => {
            let (sent, rest) = body.split_at(body.len() / 2);
            send_chunks(writer, &reply, sent).await?;
            // a chunk that is announced and ends after its first bytes
            let announced = format!("{:x}\r\n", rest.len().max(1) + 1);
            writer.write_all(announced.as_bytes()).await?;
            writer.write_all(&rest[..rest.len() / 2]).await?;
            Ok(After::Close)
        }
        Some(Fault::Gzip | Fault::GzipCut) => {
            let mut packed = gzip(body)?;
            if fault == Some(Fault::GzipCut) {
                packed.truncate(packed.len() / 2);
            }
            let mut framing = length(packed.len());
            framing.push(("Content-Encoding", "gzip".into()));
            send(writer, &reply, &framing, &packed, Some(place)).await?;
            Ok(After::Keep)
        }
        Some(Fault::NoLength) => {
            let framing = [("Connection", "close".into())];
            send(writer, &reply, &framing, body, Some(place)).await?;
            Ok(After::Close)
        }
        Some(Fault::SlowDrip) => {
            writer.write_all(&reply.head(&length(body.len()))).await?;
            let (slow, last) = body.split_at(body.len().saturating_sub(1));
            for drops in slow.chunks(DRIP) {
                writer.write_all(drops).await?;
                tokio::time::sleep(shared.drip()).await;
            }
            drop(place);
            writer.write_all(last).await?;
            Ok(After::Keep)
        }
        Some(Fault::Endless) => {
            drop(place);
            let framing = [("Connection", "close".into())];
            writer.write_all(&reply.head(&framing)).await?;
            writer.write_all(body).await?;
            flood::blanks(writer, shared.flood()).await?;
            Ok(After::Close)
        }
        Some(Fault::GzipBomb) => {
            drop(place);
            let bomb = flood::Bomb::new(shared.flood());
            let mut framing = length(bomb.length());
            framing.push(("Content-Encoding", "gzip".into()));
            writer.write_all(&reply.head(&framing)).await?;
            bomb.send(writer).await?;
            Ok(After::Keep)
        }
        _ if is_other => {
            // its head may be enough for a client to go and ask again
            drop(place);
            send(writer, &reply, &length(reply.body.len()), body, None).await?;
            Ok(After::Keep)
        }
        _ if reply.chunked => {
            send_chunks(writer, &reply, body).await?;
            drop(place);
            writer.write_all(b"0\r\n\r\n").await?;
            Ok(After::Keep)
        }
        _ if reply.status == 304 => {
            send(writer, &reply, &[], &[], Some(place)).await?;
            Ok(After::Keep)
        }
        _ => {
            // a HEAD is told the length of what a GET would bring
            send(writer, &reply, &length(reply.body.len()), body, Some(place)).await?;
            Ok(After::Keep)
        }
    }
}

/// The reply that a fault puts in the place of the true one.
fn instead(fault: Fault, shared: &Shared) -> Option<Reply> {
    let reply = match fault {
        Fault::XmlError => Reply::new(200, "text/xml", votable::error("Internal database error")),
        Fault::UnknownCollection => Reply::new(
            200,
            "text/xml",
            votable::error("COLLECTION is not one of the releases held here"),
        ),
        Fault::HtmlPage => Reply::new(
            200,
            "text/html; charset=utf-8",
            "<!DOCTYPE html>\n<html><head><title>Sign on</title></head><body>Please sign on</body></html>\n",
        ),
        Fault::EmptyBody => Reply::new(200, "text/csv", ""),
        _ => {
            let reply = Reply::new(
                fault.status()?,
                "text/html",
                format!("<html><body>{fault:?}</body></html>\n"),
            );
            match fault {
                Fault::TooManyRequestsRetryAfter | Fault::UnavailableRetryAfter => {
                    reply.with("Retry-After", shared.retry_after().as_secs().to_string())
                }
                Fault::UnavailableRetryDate => {
                    let now = SystemTime::now();
                    reply
                        .with("Date", http_date(now))
                        .with("Retry-After", http_date(now + shared.retry_after()))
                }
                _ => reply,
            }
        }
    };
    Some(reply)
}

async fn send(
    writer: &mut OwnedWriteHalf,
    reply: &Reply,
    framing: &[(&str, String)],
    body: &[u8],
    place: Option<InFlight<'_>>,
) -> io::Result<()> {
    let mut head = reply.head(framing);
    // a large body is not copied for the sake of one packet less
    let mut rest = body;
    if body.len() < CUT_STEP {
        head.extend_from_slice(body);
        rest = &[];
    }
    let (first, last) = match rest.split_at_checked(rest.len().wrapping_sub(1)) {
        Some((first, last)) => {
            writer.write_all(&head).await?;
            (first, last)
        }
        None => head.split_at(head.len() - 1),
    };
    writer.write_all(first).await?;
    drop(place);
    writer.write_all(last).await?;
    writer.flush().await
}

/// Head and chunks, without the last one that says it was all.
async fn send_chunks(writer: &mut OwnedWriteHalf, reply: &Reply, body: &[u8]) -> io::Result<()> {
    let head = reply.head(&[("Transfer-Encoding", "chunked".into())]);
    writer.write_all(&head).await?;
    for chunk in body.chunks(CHUNK) {
        writer
            .write_all(format!("{:x}\r\n", chunk.len()).as_bytes())
            .await?;
        writer.write_all(chunk).await?;
        writer.write_all(b"\r\n").await?;
    }
    Ok(())
}

/// A multiple of 64 KiB inside the body; half of a body that is too short for one.
fn cut(length: usize, detail: u64) -> usize {
    let steps = length.saturating_sub(1) / CUT_STEP;
    match steps {
        0 => length / 2,
        steps => CUT_STEP * (1 + (detail % steps as u64) as usize),
    }
}

/// Half of the body, and not at the end of a line.
fn inside_a_row(body: &[u8]) -> usize {
    let half = body.len() / 2;
    match half {
        0 => 0,
        _ if body[half - 1] == b'\n' => half - 1,
        _ => half,
    }
}

pub(crate) fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

/// RFC 9110's date, such as `Sun, 06 Nov 1994 08:49:37 GMT`. (The civil date is Hinnant's `civil_from_days`.)
pub(crate) fn http_date(time: SystemTime) -> String {
    const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12;
    let year = year_of_era + era * 400 + u64::from(month < 2);
    format!(
        "{}, {day:02} {} {year:04} {:02}:{:02}:{:02} GMT",
        WEEKDAYS[(days % 7) as usize],
        MONTHS[month as usize],
        second / 3_600,
        second / 60 % 60,
        second % 60,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    // Dates of RFC 9110 and of the leap day, seconds by `date -u +%s`.
    #[test]
    fn dates_are_those_of_the_rfc() {
        for (seconds, text) in [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        ] {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(http_date(time), text);
        }
    }

    #[test]
    fn cuts_are_inside_the_body_and_at_multiples_of_64_kib() {
        for detail in 0..9 {
            let end = cut(300_000, detail);
            assert!(end.is_multiple_of(65_536) && end > 0 && end < 300_000);
            assert_eq!(cut(65_536, detail), 32_768);
        }
    }
}
