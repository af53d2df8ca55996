//! How files are written, whichever room does it.

use std::fs::File;
use std::io::{self, Write};

/// Bytes that are handed to the system at a time.
///
/// Linux takes memory in one piece for what is written in one call (large folios, since 6.16 for ext4 too), which is dear
/// where such pieces are rare: 200 files of 2 MB took 0.9 s in calls of 2 MB and 0.13 s in calls of 64 kB (kernel 6.18
/// in a virtual machine).
const PIECE: usize = 64 * 1024;

/// Writes all of it where the file stands.
pub(crate) fn write_all(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    bytes
        .chunks(PIECE)
        .try_for_each(|piece| file.write_all(piece))
}
