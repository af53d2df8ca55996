//! Checksums of header-data units: 32-bit ones' complement sums (FITS standard 4.0, section 4.4.2.7 and appendix J).

/// CHECKSUM of a unit whose sum was never worked out.
pub(super) const NOT_MADE: &str = "0000000000000000";

/// The sum of all 32-bit big-endian words, carries not yet added: exact up to 16 GB of data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums(u64);

impl Sums {
    /// Bytes of whole FITS blocks, so that they are a multiple of 8.
    pub(super) fn of(bytes: &[u8]) -> Sums {
        let mut sum = 0u64;
        for pair in bytes.chunks_exact(8) {
            let words = u64::from_be_bytes(pair.try_into().expect("chunks of 8"));
            sum = sum
                .wrapping_add(words >> 32)
                .wrapping_add(words & 0xffff_ffff);
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
        assert!(is_zero(Sums::of(&[0; 16]).folded()));
    }
}
