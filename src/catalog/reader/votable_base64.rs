//! The text of a VOTable as bytes come in: base64 unpacked on the way, and no piece of text without end.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::read::DecoderReader;

/// Longest text between two marks, and longest cell (bytes): what is longer is no table of stars.
pub(super) const LONGEST_TEXT: usize = 16 << 20;

pub(super) fn too_long() -> String {
    format!("a text of more than {LONGEST_TEXT} bytes")
}

/// Padding is left out by some servers.
static ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes of base64 that goes on until the next mark.
pub(super) struct Base64<R: BufRead>(DecoderReader<'static, GeneralPurpose, Letters<R>>);

impl<R: BufRead> Base64<R> {
    pub(super) fn new(text: R) -> Base64<R> {
        Base64(DecoderReader::new(Letters(text), &ENGINE))
    }
}

impl<R: BufRead> Read for Base64<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(out);
        read.map_err(|error| io::Error::new(error.kind(), format!("its base64 data: {error}")))
    }
}

/// What is no blank, up to the next mark, which stays.
struct Letters<R>(R);

impl<R: BufRead> Read for Letters<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let text = self.0.fill_buf()?;
            let end = memchr::memchr(b'<', text).unwrap_or(text.len());
            if end == 0 || out.is_empty() {
                return Ok(0);
            }
            let (mut written, mut seen) = (0, 0);
            for &letter in &text[..end] {
                if written == out.len() {
                    break;
                }
                seen += 1;
                if !letter.is_ascii_whitespace() {
                    out[written] = letter;
                    written += 1;
                }
            }
            self.0.consume(seen);
            if written > 0 {
                return Ok(written);
            }
        }
    }
}

/// Text in which marks have to come: packed, a few bytes may claim to be any amount of blanks.
pub(super) struct Bounded<R> {
    inner: R,
    /// Off while a stream is read, which is not gathered.
    is_counting: Rc<Cell<bool>>,
    /// Bytes since the last mark.
    since_mark: usize,
}

impl<R: BufRead> Bounded<R> {
    pub(super) fn new(inner: R, is_counting: Rc<Cell<bool>>) -> Bounded<R> {
        Bounded {
            inner,
            is_counting,
            since_mark: 0,
        }
    }
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.since_mark > LONGEST_TEXT {
            return Err(io::Error::new(io::ErrorKind::InvalidData, too_long()));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        if !self.is_counting.get() {
            self.since_mark = 0;
            return self.inner.consume(count);
        }
        // what is consumed lies in the buffer still: looking again reads nothing
        let last_mark = match self.inner.fill_buf() {
            Ok(text) => memchr::memrchr(b'<', &text[..count.min(text.len())]),
            Err(_) => None,
        };
        self.since_mark = match last_mark {
            Some(place) => count - place,
            None => self.since_mark + count,
        };
        self.inner.consume(count);
    }
}
