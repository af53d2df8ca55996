//! The first 48 bytes of a file (HDF5 File Format Specification 3.0, II.A, superblock version 2).
//!
//! The library marks a file that is open for writing in a byte of the superblock. `H5Fget_file_image` clears that mark
//! in the copy and leaves the checksum that was made with it, so that nobody can open the copy (seen with
//! 1.10.8). [`seal`] makes the checksum anew.

use crate::storage::lookup3::lookup3;

/// Where the marks of consistency are, and where the checksum of all before it.
const MARKS: usize = 11;
const CHECKSUM: usize = 44;

/// Makes the superblock of a finished file right.
pub(super) fn seal(image: &mut [u8]) {
    if image.len() < CHECKSUM + 4 {
        return;
    }
    image[MARKS] = 0;
    let checksum = lookup3(&image[..CHECKSUM]);
    image[CHECKSUM..CHECKSUM + 4].copy_from_slice(&checksum.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    // The superblock and the checksum that HDF5 1.10.8 itself wrote for a file open for writing.
    #[test]
    fn the_checksum_is_that_of_the_library() {
        let mut superblock = *b"\x89HDF\r\n\x1a\n\x02\x08\x08\x01\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x10\x18\0\0\0\0\0\0\x30\0\0\0\0\0\0\0\0\0\0\0";
        assert_eq!(lookup3(&superblock[..CHECKSUM]), 0x92da_8b32);
        seal(&mut superblock);
        assert_eq!(superblock[MARKS], 0);
        assert_eq!(lookup3(&superblock[..CHECKSUM]), 0xf6a4_f78c);
    }
}
