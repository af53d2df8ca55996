//! Images of 32-bit integers, such as apertures.

use super::{FitsError, Unit};

/// The rows of a two-dimensional image of 32-bit integers, from the first (lowest) one.
///
/// # Errors
/// [`FitsError::Unsound`] if the unit is something else.
pub fn integer_image(unit: &Unit<'_>) -> Result<Vec<Vec<i32>>, FitsError> {
    let header = &unit.header;
    let number = |keyword| header.integer(keyword);
    let is_scaled =
        header.float("BSCALE").unwrap_or(1.0) != 1.0 || header.float("BZERO").unwrap_or(0.0) != 0.0;
    if number("BITPIX") != Some(32) || number("NAXIS") != Some(2) || is_scaled {
        return Err(FitsError::Unsound {
            unit: unit.number,
            problem: "it is not a plain image of 32-bit integers".to_owned(),
        });
    }
    let width = header.unsigned("NAXIS1").unwrap_or(0) as usize;
    if width == 0 {
        return Ok(Vec::new());
    }
    let words: Vec<i32> = unit
        .data
        .chunks_exact(4)
        .map(|word| i32::from_be_bytes(word.try_into().expect("chunks of 4")))
        .collect();
    Ok(words.chunks(width).map(<[i32]>::to_vec).collect())
}
