//! The header-data units of a file in memory.

use super::checksum::{self, Sums};
use super::{BLOCK, FitsError, Header, MOST_HEADER_BLOCKS};

/// A header with its data.
#[derive(Debug, Clone)]
pub struct Unit<'a> {
    /// Place in the file, from 0.
    pub number: usize,
    pub header: Header,
    /// The data without the filling of the last block.
    pub data: &'a [u8],
    header_bytes: &'a [u8],
    padded_data: &'a [u8],
}

/// Takes a file apart. Headers are parsed, data are only found: every unit's bytes are there, all of them.
///
/// What stands after the last unit and does not begin like another is left alone, as the standard asks for.
///
/// # Errors
/// [`FitsError::Short`] if the file ends before a header says, at once and whatever size it claims.
pub fn units(bytes: &[u8]) -> Result<Vec<Unit<'_>>, FitsError> {
    if !bytes.starts_with(b"SIMPLE  =") {
        return Err(FitsError::NotFits);
    }
    let mut units = Vec::new();
    let mut rest = bytes;
    while units.is_empty() || rest.starts_with(b"XTENSION=") {
        let (unit, after) = unit(units.len(), rest)?;
        units.push(unit);
        rest = after;
    }
    Ok(units)
}

fn unit(number: usize, bytes: &[u8]) -> Result<(Unit<'_>, &[u8]), FitsError> {
    let mut header = Header::default();
    let mut blocks = 0;
    loop {
        let found = bytes.len() as u64;
        let start = blocks * BLOCK;
        let Some(block) = bytes.get(start..start + BLOCK) else {
            let needed = (start + BLOCK) as u64;
            return Err(FitsError::Short {
                unit: number,
                needed,
                found,
            });
        };
        blocks += 1;
        if header.push_block(block) {
            break;
        }
        if blocks == MOST_HEADER_BLOCKS {
            let problem = "its header has no end".to_owned();
            return Err(FitsError::Unsound {
                unit: number,
                problem,
            });
        }
    }
    let (header_bytes, rest) = bytes.split_at(blocks * BLOCK);
    let sizes = header.data_bytes().zip(header.padded_data_bytes());
    let Some((size, padded)) = sizes else {
        let problem = "its NAXIS cards are not sound".to_owned();
        return Err(FitsError::Unsound {
            unit: number,
            problem,
        });
    };
    if padded > rest.len() as u64 {
        return Err(FitsError::Short {
            unit: number,
            needed: padded.saturating_add(header_bytes.len() as u64),
            found: bytes.len() as u64,
        });
    }
    // both are at most the length of a slice
    let (padded_data, after) = rest.split_at(padded as usize);
    let unit = Unit {
        number,
        header,
        data: &padded_data[..size as usize],
        header_bytes,
        padded_data,
    };
    Ok((unit, after))
}

impl Unit<'_> {
    /// EXTNAME; empty if it has none.
    pub fn name(&self) -> &str {
        self.header.text("EXTNAME").unwrap_or_default()
    }

    /// Checks DATASUM and CHECKSUM where the header has them.
    ///
    /// # Errors
    /// [`FitsError::Damaged`] if the bytes are others than those that were summed up.
    pub fn verify(&self) -> Result<(), FitsError> {
        let damaged = |keyword| FitsError::Damaged {
            unit: self.number,
            keyword,
        };
        let stated = |keyword| {
            let text = self.header.text(keyword).unwrap_or_default();
            (!text.trim().is_empty()).then_some(text)
        };
        let (datasum, all) = (stated("DATASUM"), stated("CHECKSUM"));
        if datasum.is_none() && all.is_none() {
            return Ok(());
        }
        let data = Sums::of(self.padded_data);
        let expected = datasum.map(|text| text.trim().parse::<u32>());
        if expected.is_some_and(|expected| expected.is_ok_and(|expected| expected != data.folded()))
        {
            return Err(damaged("DATASUM"));
        }
        let sum = data.and(Sums::of(self.header_bytes)).folded();
        if all.is_some_and(|text| text != checksum::NOT_MADE) && !checksum::is_zero(sum) {
            return Err(damaged("CHECKSUM"));
        }
        Ok(())
    }
}
