//! How far an epoch's position is from the usual one, on a scale that says how unlikely that is.

use std::cell::OnceCell;
use std::sync::LazyLock;

use statrs::function::erf::erfc;

use super::cuts::{is_good, kept, own_column, robust_scale};
use crate::photometry::Epochs;

/// Closer to a pole than this (deg) positions are measured in the plane that touches the sphere there.
const POLAR_CAP: f64 = 0.1;

/// Fewer good positions than these tell nothing: two of four that agree by chance make any other look far off.
const FEWEST: usize = 5;

/// Positions further off than this are not asked where the usual one is (σ), and the square of the Rayleigh number that
/// is as unlikely: −2 ln erfc(4/√2).
const FAR: f64 = 4.0;
const FAR_OF_TWO: f64 = 19.333909;

/// One in so many that is left out makes the scatter smaller by 0.1 %, and twelve times that at 3.5σ is less than is known.
const WORTH: usize = 500;

/// To here the law of small numbers is followed (σ).
const END: f64 = 5.0;

/// The square of the Rayleigh number that is as unlikely as [`END`]: −2 ln erfc(5/√2).
const END_OF_TWO: f64 = 28.743702;

/// The normalised offset of each epoch; NaN without a position. Or why there is none.
///
/// Deviations from the median position, in the column pair `pos1`, `pos2` (pixels) where a lightcurve has it, else in
/// RA·cos Dec and Dec, are each divided by their robust scatter: ρ² = (x/σ_x)² + (y/σ_y)². The offset is the number z of
/// one-dimensional sigmas that is as unlikely for Gaussian positions: erfc(z/√2) = P(> ρ), where P is that of an epoch
/// of a lightcurve of this many, of which medians and scatters are taken ([`Law`]). So each threshold means the same for
/// 5 epochs as for 5 000. A coordinate that never changes is left out.
///
/// Beyond 5σ, of which no simulation tells, one more is one more scatter.
///
/// Epochs that are out by more than 4σ, if they are more than one in 500, are left out of medians and scatters, which are
/// then taken once more: some percent of wrong positions would make the scatter larger and the threshold laxer.
pub(super) fn offset(epochs: &Epochs) -> Result<Vec<f64>, &'static str> {
    let (x, y) = deviations(epochs).ok_or("no positions of its epochs")?;
    let positions = x.iter().zip(&y);
    let mut placed: Vec<bool> = (is_good(epochs).zip(positions))
        .map(|(is_good, (x, y))| is_good & x.is_finite() & y.is_finite())
        .collect();
    let scale_of = |placed: &[bool]| Scale::of(&kept(&x, placed), &kept(&y, placed));
    let mut scale = scale_of(&placed).ok_or("fewer than five good positions")?;
    let mut squares = scale.squares(&x, &y);
    let (mut before, mut far) = (0, 0);
    for (placed, &square) in placed.iter_mut().zip(&squares) {
        let is_near = square <= scale.far;
        before += usize::from(*placed);
        far += usize::from(*placed & !is_near);
        *placed &= is_near;
    }
    if WORTH * far > before
        && let Some(closer) = scale_of(&placed)
    {
        scale = closer;
        squares = scale.squares(&x, &y);
    }
    let table = scale.both_change.then(|| TABLE.as_slice());
    for (square, (&x, &y)) in squares.iter_mut().zip(x.iter().zip(&y)) {
        *square = match (*square > scale.end, table) {
            (true, _) => scale.beyond(x, y),
            (false, Some(table)) => sigmas_as_unlikely(table, square.sqrt()),
            (false, None) => square.sqrt(),
        };
    }
    Ok(squares)
}

/// Where positions usually are, by how much they scatter, and how far off they get by chance.
struct Scale {
    center: (f64, f64),
    /// Inverse scatters; 0 for a coordinate that never changes.
    weight: (f64, f64),
    both_change: bool,
    law: Law,
    /// s at [`FAR`] and at [`END`].
    far: f64,
    end: f64,
    /// ρ at [`END`], once it is needed.
    end_radius: OnceCell<f64>,
}

impl Scale {
    /// From these positions; none if they are too few.
    fn of(x: &[f64], y: &[f64]) -> Option<Scale> {
        let number = x.len();
        if number < FEWEST {
            return None;
        }
        let (x, y) = (robust_scale(x)?, robust_scale(y)?);
        let weight = |scatter: f64| match scatter > 0.0 {
            true => scatter.recip(),
            false => 0.0,
        };
        let both_change = x.1 > 0.0 && y.1 > 0.0;
        let (coefficients, far, end) = match both_change {
            true => (&TWO, FAR_OF_TWO, END_OF_TWO),
            false => (&ONE, FAR * FAR, END * END),
        };
        let law = Law::of(number, coefficients);
        Some(Scale {
            center: (x.0, y.0),
            weight: (weight(x.1), weight(y.1)),
            both_change,
            law,
            far,
            end,
            end_radius: OnceCell::new(),
        })
    }

    /// ρ². NaN in either coordinate stays NaN, also if it has no weight.
    fn square(&self, x: f64, y: f64) -> f64 {
        let x = (x - self.center.0) * self.weight.0;
        let y = (y - self.center.1) * self.weight.1;
        x * x + y * y
    }

    /// s of each position.
    fn squares(&self, x: &[f64], y: &[f64]) -> Vec<f64> {
        let pairs = x.iter().zip(y);
        // two passes: roots and quotients go side by side, logarithms one by one
        let mut squares: Vec<f64> = pairs
            .map(|(&x, &y)| self.law.growth(self.square(x, y)))
            .collect();
        for square in &mut squares {
            *square = self.law.half * square.ln();
        }
        squares
    }

    /// The offset of a position beyond [`END`].
    fn beyond(&self, x: f64, y: f64) -> f64 {
        let end = self
            .end_radius
            .get_or_init(|| self.law.solve(self.end).sqrt());
        END + self.square(x, y).sqrt() - end
    }
}

/// How far off, over the scatter by the median absolute deviation, epochs get by chance in a lightcurve of n of them.
///
/// Half of the epochs can agree by chance, and then all others look far off: P(> ρ) falls as ρ to the power of −h only,
/// h = ⌊n/2⌋. So P = exp(−s/2) with s = h·ln(1 + ρ²·(k + b/(1 + lρ²)^¼)/h), which is ρ² for large n. The coefficients of k
/// and b in 1/h and those of ln l, with further ones for odd n, were fitted to 24 million simulated epochs each of 26
/// numbers n from 5 to 500. P is right to 2 % at 2σ and 3σ, 4 % at 3.5σ and 10 % at 4σ; for a single coordinate to 4 %, 4 %, 8 %, 20 %.
struct Law {
    half: f64,
    far: f64,
    near: f64,
    bend: f64,
}

/// Coefficients for two coordinates: s is the square of a Rayleigh number.
const TWO: [f64; 12] = [
    -2.3579, 8.5357, -3.2133, 0.0886, -4.2419, 3.1245, -6.364, -1.426, 6.5472, -1.5698, 3.6859,
    -1.3077,
];

/// For a single one: s is the square of a Gaussian number.
const ONE: [f64; 12] = [
    -5.8372, 17.5059, -15.4412, -0.534, -0.8695, 8.6031, -12.001, -12.0006, 22.6089, 0.4303,
    5.0615, -6.2479,
];

impl Law {
    fn of(number: usize, c: &[f64; 12]) -> Law {
        let half = (number / 2) as f64;
        let odd = (number % 2) as f64;
        let x = half.recip();
        let polynomial =
            |first: f64, second: f64, third: f64| x * (first + x * (second + x * third));
        let far = 1.0 + polynomial(c[0], c[1] + odd * c[3], c[2] + odd * c[4]);
        let near = polynomial(c[5], c[6] + odd * c[7], odd * c[8]);
        Law {
            half,
            far: far / half,
            near: near / half,
            bend: (c[9] + (c[10] + odd * c[11]) * x).exp(),
        }
    }

    /// ρ² at which s is this, by bisection on its logarithm.
    fn solve(&self, wanted: f64) -> f64 {
        let (mut low, mut high) = (0.0, 60.0);
        for _ in 0..50 {
            let middle: f64 = (low + high) / 2.0;
            if self.square(middle.exp()) < wanted {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high).exp()
    }

    /// s of ρ².
    fn square(&self, square: f64) -> f64 {
        self.half * self.growth(square).ln()
    }

    /// exp(s/h) of ρ².
    fn growth(&self, square: f64) -> f64 {
        let bend = (1.0 + self.bend * square).sqrt().sqrt();
        1.0 + square * (self.far + self.near / bend)
    }
}

/// Positions in a plane: pixels, or degrees on the sky from some reference.
fn deviations(epochs: &Epochs) -> Option<(Vec<f64>, Vec<f64>)> {
    let placed = |x: &[f64], y: &[f64]| {
        (0..x.len())
            .find(|&epoch| epochs.is_good(epoch) && x[epoch].is_finite() && y[epoch].is_finite())
    };
    if let (Some(x), Some(y)) = (own_column(epochs, "pos1"), own_column(epochs, "pos2"))
        && placed(&x, &y).is_some()
    {
        return Some((x, y));
    }
    let (ra, dec) = (&epochs.ra, &epochs.dec);
    let reference = placed(ra, dec)?;
    let (ra_0, dec_0) = (ra[reference], dec[reference]);
    if dec_0.abs() > 90.0 - POLAR_CAP {
        let plane = |(&ra, &dec): (&f64, &f64)| {
            let (sine, cosine) = f64::to_radians(ra).sin_cos();
            let radius = 90.0 - dec * dec_0.signum();
            (radius * sine, radius * cosine)
        };
        return Some(ra.iter().zip(dec).map(plane).unzip());
    }
    let cosine = dec_0.to_radians().cos();
    let east = |&ra: &f64| wrapped(ra - ra_0) * cosine;
    Some((ra.iter().map(east).collect(), dec.clone()))
}

/// A difference of right ascensions (deg) in [−180, 180).
fn wrapped(difference: f64) -> f64 {
    let turned = difference + 180.0;
    // a remainder takes as long as all else together, and hardly any position needs one
    let inside = if (0.0..360.0).contains(&turned) {
        turned
    } else {
        turned.rem_euclid(360.0)
    };
    inside - 180.0
}

/// Steps of the table per unit of ρ; linear interpolation errs by less than 4e-5.
const STEPS: f64 = 64.0;

/// Where the table ends, beyond the Rayleigh number of [`END`].
const TABLE_END: usize = 6;

static TABLE: LazyLock<Vec<f64>> = LazyLock::new(|| {
    (0..=TABLE_END * STEPS as usize)
        .map(|step| solve(step as f64 / STEPS))
        .collect()
});

/// The z of erfc(z/√2) = exp(−ρ²/2), for ρ to the end of the table; NaN for NaN.
fn sigmas_as_unlikely(table: &[f64], radius: f64) -> f64 {
    let place = radius * STEPS;
    let below = (place as usize).min(table.len() - 2);
    let (low, high) = (table[below], table[below + 1]);
    low + (high - low) * (place - below as f64)
}

/// By bisection on the logarithms, which are defined wherever erfc is above the smallest float.
fn solve(radius: f64) -> f64 {
    let wanted = -radius * radius / 2.0;
    let (mut low, mut high) = (0.0, radius + 1e-9);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if erfc(middle * std::f64::consts::FRAC_1_SQRT_2).ln() > wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    // scipy: stats.norm.isf(np.exp(-rho**2/2)/2)
    #[test]
    fn the_scale_agrees_with_scipy() {
        for (radius, expected) in [
            (0.5, 0.147_804_697),
            (1.0, 0.515_031_999),
            (3.0, 2.539_251_397),
            (4.0, 3.586_253_685),
        ] {
            let z = sigmas_as_unlikely(&TABLE, radius);
            assert!(
                (z - expected).abs() < 1e-4,
                "{radius}: {z} is not {expected}"
            );
        }
        assert!((sigmas_as_unlikely(&TABLE, END_OF_TWO.sqrt()) - END).abs() < 1e-4);
        assert!(sigmas_as_unlikely(&TABLE, f64::NAN).is_nan());
    }

    #[test]
    fn offsets_rise_with_the_distance_and_have_no_step() {
        for number in [5, 6, 7, 20, 21, 1000, 1_000_000] {
            for both in [true, false] {
                let (coefficients, end) = match both {
                    true => (&TWO, END_OF_TWO),
                    false => (&ONE, END * END),
                };
                let scale = Scale {
                    center: (0.0, 0.0),
                    weight: (1.0, 0.0),
                    both_change: both,
                    law: Law::of(number, coefficients),
                    far: end,
                    end,
                    end_radius: OnceCell::new(),
                };
                let offset = |x: f64, y: f64| match scale.squares(&[x], &[y])[0] {
                    square if square > end => scale.beyond(x, y),
                    square if both => sigmas_as_unlikely(&TABLE, square.sqrt()),
                    square => square.sqrt(),
                };
                let mut before = 0.0;
                for step in 1..3000 {
                    let further = offset(1.003f64.powi(step) - 1.0, 0.0);
                    assert!(further > before, "{number} {both} {step}");
                    before = further;
                }
                let end = scale.law.solve(end).sqrt();
                let step = offset(end * 1.0001, 0.0) - offset(end * 0.9999, 0.0);
                assert!(step < 3e-4 * end, "{number} {both}: {step}");
                assert!(offset(f64::INFINITY, 0.0) == f64::INFINITY);
                assert!(offset(1.0, f64::NAN).is_nan());
            }
        }
    }
}
