//! Checksums of header-data units: 32-bit ones' complement sums (FITS standard 4.0, section 4.4.2.7 and appendix J).

/// CHECKSUM of a unit whose sum was never worked out.
pub(super) const NOT_MADE: &str = "0000000000000000";

/// The sum of all 32-bit big-endian words, carries not yet added: exact up to 16 GB of data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums(u64);

impl Sums {
    /// Bytes of whole FITS blocks, so that they are a multiple of 4.
    ///
    /// First and third bytes of words are summed in the halves of one number, second and fourth in those of another:
    /// this needs no turning of bytes, and compilers do several words at a time (three times as fast as whole words).
    pub(super) fn of(bytes: &[u8]) -> Sums {
        const HALVES: u32 = 0x00ff_00ff;
        // 256 bytes of 255 still fit a half of 16 bits
        const WORDS: usize = 256;
        let mut sum = 0u64;
        for block in bytes.chunks(4 * WORDS) {
            let (mut first_third, mut second_fourth) = (0u32, 0u32);
            for word in block.chunks_exact(4) {
                let word = u32::from_le_bytes(word.try_into().expect("chunks of 4"));
                first_third += word & HALVES;
                second_fourth += (word >> 8) & HALVES;
            }
            let of_place = |sums: u32, shift: u32| u64::from(sums & 0xffff) << shift;
            let bytes = of_place(first_third, 24)
                + of_place(second_fourth, 16)
                + of_place(first_third >> 16, 8)
                + of_place(second_fourth >> 16, 0);
            sum = sum.wrapping_add(bytes);
        }
        Sums(sum)
    }

    pub(super) fn and(self, other: Sums) -> Sums {
        Sums(self.0.wrapping_add(other.0))
    }

    /// The sum with its carries added back in.
    pub(super) fn folded(self) -> u32 {
        let mut sum = self.0;
        while sum >> 32 != 0 {
            sum = (sum & 0xffff_ffff) + (sum >> 32);
        }
        sum as u32
    }
}

/// Zero has two forms in ones' complement; a whole unit with its CHECKSUM sums up to one of them.
pub(super) fn is_zero(sum: u32) -> bool {
    sum == 0 || sum == u32::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carries_are_added_back() {
        let bytes = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2];
        // 0xffffffff is zero in ones' complement
        assert_eq!(Sums::of(&bytes).folded(), 2);
        assert!(is_zero(Sums::of(&[0xff; 16]).folded()));
        assert!(is_zero(Sums::of(&[0xff; 2880]).folded()));
        // by hand: 256 + 1 words of 0x01020304
        let words = [1, 2, 3, 4].repeat(257);
        assert_eq!(Sums::of(&words).0, 257 * 0x0102_0304);
        assert!(is_zero(Sums::of(&[0; 16]).folded()));
    }
}
