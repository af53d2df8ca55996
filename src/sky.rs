//! Directions on the sky: RA and Dec in degrees ICRS, RA in [0, 360).

use std::f64::consts::PI;
use std::ops::Range;

use cdshealpix::{best_starting_depth, has_best_starting_depth, nested};

/// Deepest level of HEALPix that fits 64 bits.
const DEEPEST: u8 = 29;
/// Wider cones (deg) hold so much of the sky that measuring every direction is not slower.
const WIDEST_INDEXED: f64 = 30.0;
/// Cells are this many levels finer than the coarsest that surely cover a cone with nine cells.
const FINER_BY: u8 = 2;
/// Cells are drawn for a cone that is wider by this much (rad, 0.2 µas): rounding must lose nothing at its rim.
const RIM: f64 = 1e-12;

/// Milliarcseconds in a radian.
const MAS_PER_RADIAN: f64 = 180.0 / PI * 3_600_000.0;

/// Angle between two directions (degrees in, degrees out), good at all distances: Vincenty's form.
///
/// ```
/// let separation = retriever::sky::separation(359.9999, 0.0, 0.0001, 0.0);
/// assert!((separation - 0.0002).abs() < 1e-12);
/// ```
pub fn separation(ra1: f64, dec1: f64, ra2: f64, dec2: f64) -> f64 {
    let (sin1, cos1) = dec1.to_radians().sin_cos();
    let (sin2, cos2) = dec2.to_radians().sin_cos();
    let (sin_delta, cos_delta) = (ra2 - ra1).to_radians().sin_cos();
    let across = cos2 * sin_delta;
    let along = cos1 * sin2 - sin1 * cos2 * cos_delta;
    across
        .hypot(along)
        .atan2(sin1 * sin2 + cos1 * cos2 * cos_delta)
        .to_degrees()
}

/// Direction after `years` of proper motion: `pmra` (with cos δ) and `pmdec` in mas/yr.
///
/// The star moves uniformly along the tangent at its first position, r + t(μα* p + μδ q), normalised;
/// agrees with a full space-motion transform without radial velocity to better than 1e-6 mas.
///
/// ```
/// let (ra, dec) = retriever::sky::propagate(269.4485025254384, 4.739420051112412, -801.551, 10362.394, 6.0);
/// assert!((ra - 269.4471619901289).abs() < 1e-10 && (dec - 4.7566907059600565).abs() < 1e-10);
/// ```
pub fn propagate(ra: f64, dec: f64, pmra: f64, pmdec: f64, years: f64) -> (f64, f64) {
    let (sin_ra, cos_ra) = ra.to_radians().sin_cos();
    let (sin_dec, cos_dec) = dec.to_radians().sin_cos();
    let along_ra = pmra / MAS_PER_RADIAN * years;
    let along_dec = pmdec / MAS_PER_RADIAN * years;
    let x = cos_dec * cos_ra - along_ra * sin_ra - along_dec * sin_dec * cos_ra;
    let y = cos_dec * sin_ra + along_ra * cos_ra - along_dec * sin_dec * sin_ra;
    let z = sin_dec + along_dec * cos_dec;
    let ra = normalize_ra(y.atan2(x).to_degrees());
    (ra, z.atan2(x.hypot(y)).to_degrees())
}

/// The same right ascension in [0, 360).
pub fn normalize_ra(ra: f64) -> f64 {
    let wrapped = ra.rem_euclid(360.0);
    // rem_euclid of a tiny negative number rounds to the modulus itself
    if wrapped >= 360.0 { 0.0 } else { wrapped }
}

/// HEALPix cell (nested, order 29: 0.4 mas) of a direction.
pub(crate) fn cell(ra: f64, dec: f64) -> u64 {
    nested::hash(
        DEEPEST,
        ra.to_radians(),
        dec.clamp(-90.0, 90.0).to_radians(),
    )
}

/// Ranges of such cells that hold all of a cone (degrees), each cell once, in their order.
pub(crate) fn cone_cells(ra: f64, dec: f64, radius: f64) -> Vec<Range<u64>> {
    if radius > WIDEST_INDEXED {
        return std::iter::once(0..nested::n_hash(DEEPEST)).collect();
    }
    let wide = radius.to_radians() + RIM;
    let depth = if has_best_starting_depth(wide) {
        (best_starting_depth(wide) + FINER_BY).min(DEEPEST)
    } else {
        0
    };
    nested::cone_coverage_approx(depth, ra.to_radians(), dec.to_radians(), wide)
        .to_ranges()
        .iter()
        .map(|cells| {
            let shift = 2 * (DEEPEST - depth);
            cells.start << shift..cells.end << shift
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Computed with astropy's SkyCoord.apply_space_motion; the last row has no valid parallax.
    #[test]
    fn proper_motion_agrees_with_astropy() {
        for (ra, dec, pmra, pmdec, years, expected_ra, expected_dec) in [
            (
                342.1669306773367,
                84.21902252061875,
                1000.0,
                -500.0,
                10.0,
                342.1945016423248,
                84.21763296679174,
            ),
            (0.0001, 0.0, -500.0, 0.0, 10.0, 359.9987111111114, 0.0),
            (
                180.0,
                -45.0,
                50.0,
                -20.0,
                6.0,
                180.000117851199,
                -45.000033333273,
            ),
        ] {
            let (ra, dec) = propagate(ra, dec, pmra, pmdec, years);
            assert!((ra - expected_ra).abs() < 1e-10, "{ra} {expected_ra}");
            assert!((dec - expected_dec).abs() < 1e-10, "{dec} {expected_dec}");
        }
    }

    #[test]
    fn separation_is_right_at_the_pole_and_across_ra_zero() {
        assert!((separation(0.0, 89.9999, 180.0, 89.9999) - 0.0002).abs() < 1e-10);
        assert!(
            (separation(359.9, -10.0, 0.1, -10.0) - 0.2 * 10f64.to_radians().cos()).abs() < 1e-6
        );
    }
}
