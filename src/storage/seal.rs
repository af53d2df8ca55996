//! Sixteen bytes after the end of an HDF5 file by which a reader knows that nothing in it has changed.
//!
//! libhdf5 has no checksum over the heap that texts are in, and a wrong byte there ends the process (a
//! segmentation fault with 1.10.8), which no program can catch. So damage has to be found before the library sees
//! it. HDF5 readers never look beyond the length that the file states, and a program that opens the file for
//! writing cuts it there: a file that somebody edited has no seal, and is read as it is.

use flate2::Crc;

use super::StorageError;

const MARK: &[u8; 12] = b"RETRIEVERCRC";
/// Bytes that a seal takes.
pub(super) const LENGTH: usize = MARK.len() + 4;

/// Adds the seal to a finished file.
pub(super) fn seal(mut image: Vec<u8>) -> Vec<u8> {
    let checksum = checksum(&image);
    image.extend_from_slice(MARK);
    image.extend_from_slice(&checksum.to_le_bytes());
    image
}

/// The file without its seal; an error if the seal is another file's, or only a part of one.
pub(super) fn open(sealed: &[u8]) -> Result<&[u8], StorageError> {
    let damaged = |reason: &str| {
        Err(StorageError::Damaged {
            reason: reason.to_owned(),
        })
    };
    let (image, seal) = sealed.split_at(sealed.len().saturating_sub(LENGTH));
    if seal.starts_with(MARK) {
        if seal[MARK.len()..] == checksum(image).to_le_bytes() {
            Ok(image)
        } else {
            damaged("its checksum is not that of its content")
        }
    } else if stated_length(sealed).is_some_and(|stated| stated < sealed.len() as u64) {
        damaged("there is more in it than it states, and no checksum")
    } else {
        Ok(sealed)
    }
}

/// The length that the superblock states (its versions 2 and 3, with addresses of eight bytes); none for others.
fn stated_length(image: &[u8]) -> Option<u64> {
    let [version, address_bytes] = [image.get(8)?, image.get(9)?];
    if image.starts_with(b"\x89HDF\r\n\x1a\n") && matches!(version, 2 | 3) && *address_bytes == 8 {
        Some(u64::from_le_bytes(image.get(28..36)?.try_into().ok()?))
    } else {
        None
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    // CRC-32 of "123456789" is 0xcbf43926 in every catalogue of checksums.
    #[test]
    fn a_seal_is_known_again_and_a_broken_one_refused() {
        let sealed = seal(b"123456789".to_vec());
        assert_eq!(sealed[21..], 0xcbf4_3926_u32.to_le_bytes());
        assert_eq!(open(&sealed).unwrap(), b"123456789");
        let mut broken = sealed.clone();
        broken[3] ^= 1;
        assert!(open(&broken).is_err());
        assert_eq!(open(b"no seal").unwrap(), b"no seal");
    }
}
