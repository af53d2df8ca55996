//! Points of the unit circle, by their angle in turns: what all sums are made of.

use rustfft::num_complex::Complex64;

/// Added to a number up to 2^51, it leaves no room for digits behind the point: the sum is rounded.
pub(super) const ROUND: f64 = 1.5 * (1_u64 << 52) as f64;

/// e^{2πi·turns} to 3e-16; NaN for what is not finite. Angles are exact up to 2^50 turns.
///
/// The angle is reduced to an eighth of a turn, where 8 terms of the series of sine and cosine are exact to the last
/// bit. Neither branch nor call, so that several are made at once: a small part of the price of the C library's two
/// functions.
#[inline]
pub(super) fn wave(turns: f64) -> Complex64 {
    let shifted = 4.0 * turns + ROUND;
    // the lowest two bits of the sum
    let quarters = shifted.to_bits() & 3;
    let angle = std::f64::consts::TAU * (turns - 0.25 * (shifted - ROUND));
    let square = angle * angle;
    let sine = (angle * series(square, &SINE)).to_bits();
    let cosine = series(square, &COSINE).to_bits();
    let swapped = (quarters & 1).wrapping_neg() & (sine ^ cosine);
    let negative = |bit: u64| (bit & 2) << 62;
    Complex64::new(
        f64::from_bits(cosine ^ swapped ^ negative(quarters + 1)),
        f64::from_bits(sine ^ swapped ^ negative(quarters)),
    )
}

/// [`wave`] of each of several angles.
pub(super) fn waves(turns: impl Iterator<Item = f64>) -> Vec<Complex64> {
    turns.map(wave).collect()
}

/// Coefficients of x^0, x^2, … in sin(x)/x, and in cos(x).
const SINE: [f64; 9] = taylor(1);
const COSINE: [f64; 9] = taylor(0);

/// ±1/n! for n = `first`, first + 2, ….
const fn taylor(first: u32) -> [f64; 9] {
    let mut coefficients = [1.0; 9];
    let mut term = 1;
    while term < 9 {
        let n = (first as f64) + 2.0 * term as f64;
        coefficients[term] = -coefficients[term - 1] / (n * (n - 1.0));
        term += 1;
    }
    coefficients
}

/// Two terms at a time, so that half as many wait for one another.
#[inline]
fn series(square: f64, coefficients: &[f64; 9]) -> f64 {
    let (pairs, last) = coefficients.as_chunks::<2>();
    let fourth = square * square;
    let highest = last.first().copied().unwrap_or(0.0);
    let descending = pairs.iter().rev();
    descending.fold(highest, |sum, [low, high]| {
        sum * fourth + (low + high * square)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sine_and_cosine_of_the_library() {
        for step in -4_000..4_000 {
            let turns = f64::from(step) * 0.001_37;
            let (sine, cosine) = (std::f64::consts::TAU * turns).sin_cos();
            let found = wave(turns);
            assert!((found.re - cosine).abs() < 1e-14, "{turns}: {found}");
            assert!((found.im - sine).abs() < 1e-14, "{turns}: {found}");
        }
    }

    #[test]
    fn quarters_of_a_turn_are_exact_however_many_there_are() {
        for turns in [0.0, 3.0, -7.0, 1e9] {
            for (part, re, im) in [
                (0.0, 1.0, 0.0),
                (0.25, 0.0, 1.0),
                (0.5, -1.0, 0.0),
                (0.75, 0.0, -1.0),
            ] {
                let found = wave(turns + part);
                assert_eq!((found.re, found.im), (re, im), "{turns} {part}");
            }
        }
        assert!(wave(f64::NAN).re.is_nan() && wave(f64::INFINITY).im.is_nan());
    }
}
