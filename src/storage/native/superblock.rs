//! The first 48 bytes of a file (HDF5 File Format Specification 3.0, II.A, superblock version 2).
//!
//! The library marks a file that is open for writing in a byte of the superblock. `H5Fget_file_image` clears that mark
//! in the copy and leaves the checksum that was made with it, so that nobody can open the copy (seen with
//! 1.10.8). [`seal`] makes the checksum anew.

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

/// Bob Jenkins' hash `lookup3` (2006) of whole words of four bytes, little-endian, from the initial value 0.
fn lookup3(bytes: &[u8]) -> u32 {
    let words: Vec<u32> = bytes
        .chunks_exact(4)
        .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
        .collect();
    let start = 0xdead_beef_u32.wrapping_add(bytes.len() as u32);
    let mut state = [start; 3];
    let blocks = words.len().div_ceil(3);
    for (place, block) in words.chunks(3).enumerate() {
        for (part, word) in state.iter_mut().zip(block) {
            *part = part.wrapping_add(*word);
        }
        if place + 1 < blocks {
            mix(&mut state);
        } else {
            finish(&mut state);
        }
    }
    state[2]
}

fn mix([a, b, c]: &mut [u32; 3]) {
    for rotations in [[4, 6, 8], [16, 19, 4]] {
        *a = a.wrapping_sub(*c) ^ c.rotate_left(rotations[0]);
        *c = c.wrapping_add(*b);
        *b = b.wrapping_sub(*a) ^ a.rotate_left(rotations[1]);
        *a = a.wrapping_add(*c);
        *c = c.wrapping_sub(*b) ^ b.rotate_left(rotations[2]);
        *b = b.wrapping_add(*a);
    }
}

fn finish([a, b, c]: &mut [u32; 3]) {
    let stir = |x: &mut u32, y: u32, rotation| *x = (*x ^ y).wrapping_sub(y.rotate_left(rotation));
    stir(c, *b, 14);
    stir(a, *c, 11);
    stir(b, *a, 25);
    stir(c, *b, 16);
    stir(a, *c, 4);
    stir(b, *a, 14);
    stir(c, *b, 24);
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
