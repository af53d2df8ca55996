//! Bob Jenkins' hash `lookup3` (2006): the checksum of HDF5's superblock and object headers.

/// The hash of bytes, read as little-endian words, from the initial value 0.
pub(super) fn lookup3(bytes: &[u8]) -> u32 {
    let start = 0xdead_beef_u32.wrapping_add(bytes.len() as u32);
    let mut state = [start; 3];
    let blocks = bytes.len().div_ceil(12);
    for (place, block) in bytes.chunks(12).enumerate() {
        let mut padded = [0; 12];
        padded[..block.len()].copy_from_slice(block);
        for (part, word) in state.iter_mut().zip(padded.as_chunks::<4>().0) {
            *part = part.wrapping_add(u32::from_le_bytes(*word));
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

    // The values that the driver of lookup3.c prints for its text of 30 bytes and for no bytes.
    #[test]
    fn the_hash_is_that_of_its_author() {
        assert_eq!(lookup3(b""), 0xdead_beef);
        assert_eq!(lookup3(b"Four score and seven years ago"), 0x1777_0551);
    }
}
