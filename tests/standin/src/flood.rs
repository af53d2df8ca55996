//! Replies larger than anyone wants, made as they are sent: the server itself stays small.

use std::io;

use flate2::{Compress, Compression, Crc, FlushCompress};
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;

/// Bytes that are made at once.
const STEP: usize = 1 << 20;
/// Magic number, deflate, no flags, no time, unknown system (RFC 1952).
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// A last block of fixed codes that holds nothing (RFC 1951).
const LAST_BLOCK: [u8; 2] = [3, 0];

/// So many blanks, with a line end now and then.
pub(crate) async fn blanks(writer: &mut OwnedWriteHalf, bytes: u64) -> io::Result<()> {
    let mut blanks = vec![b' '; STEP];
    blanks[STEP - 1] = b'\n';
    for _ in 0..bytes.div_ceil(STEP as u64) {
        writer.write_all(&blanks).await?;
    }
    Ok(())
}

/// A gzip stream of zeros: one compressed mebibyte, again and again.
pub(crate) struct Bomb {
    block: Vec<u8>,
    times: u64,
}

impl Bomb {
    /// Unpacks to at least so many bytes.
    pub(crate) fn new(bytes: u64) -> Bomb {
        let zeros = vec![0; STEP];
        let mut block = Vec::with_capacity(STEP);
        // ends at a byte, and a window of zeros fits any place in a stream of zeros
        Compress::new(Compression::best(), false)
            .compress_vec(&zeros, &mut block, FlushCompress::Sync)
            .expect("deflate takes any bytes");
        Bomb {
            block,
            times: bytes.div_ceil(STEP as u64).max(1),
        }
    }

    /// Bytes of the stream.
    pub(crate) fn length(&self) -> usize {
        GZIP_HEAD.len() + self.times as usize * self.block.len() + LAST_BLOCK.len() + 8
    }

    pub(crate) async fn send(&self, writer: &mut OwnedWriteHalf) -> io::Result<()> {
        writer.write_all(&GZIP_HEAD).await?;
        for _ in 0..self.times {
            writer.write_all(&self.block).await?;
        }
        writer.write_all(&self.end()).await
    }

    fn end(&self) -> Vec<u8> {
        let mut one = Crc::new();
        one.update(&vec![0; STEP]);
        let mut all = Crc::new();
        for _ in 0..self.times {
            all.combine(&one);
        }
        let length = (self.times * STEP as u64) as u32;
        let mut end = LAST_BLOCK.to_vec();
        end.extend(all.sum().to_le_bytes());
        end.extend(length.to_le_bytes());
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_bomb_is_a_right_and_small_stream() {
        let bomb = Bomb::new(5_000_000);
        let mut stream = GZIP_HEAD.to_vec();
        for _ in 0..bomb.times {
            stream.extend(&bomb.block);
        }
        stream.extend(bomb.end());
        assert_eq!(stream.len(), bomb.length());
        assert!(stream.len() < 20_000, "{}", stream.len());
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&stream[..])
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked.len(), 5 << 20);
        assert!(unpacked.iter().all(|byte| *byte == 0));
    }
}
