//! Reads the next header of a FITS file from a stream, block by block.

use std::io::Read;

use super::Input;
use crate::catalog::CatalogError;
use crate::fits::{BLOCK, Header, MOST_HEADER_BLOCKS};

/// The next header; none at the end of the file.
pub(super) fn next(input: &mut Input, place: &str) -> Result<Option<Header>, CatalogError> {
    let mut header = Header::default();
    let mut block = Vec::with_capacity(BLOCK);
    for count in 0..MOST_HEADER_BLOCKS {
        block.clear();
        let mut limited = (&mut input.reader).take(BLOCK as u64);
        if let Err(cause) = limited.read_to_end(&mut block) {
            return Err(input.damaged(place, cause));
        }
        if count == 0 && block.is_empty() {
            return Ok(None);
        }
        if block.len() < BLOCK {
            return Err(input.malformed(place, "the file ends within a header"));
        }
        if header.push_block(&block) {
            return Ok(Some(header));
        }
    }
    Err(input.malformed(place, "its header has no end"))
}
