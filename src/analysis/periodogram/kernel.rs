//! The kernel that spreads a term over a few points of an even grid, and one over its Fourier transform.
//!
//! The exponential of a semicircle, φ(z) = exp(β(√(1 − z²) − 1)), of Barnett, Magland & af Klinteberg 2019 (SIAM J.
//! Sci. Comput. 41, C479) with β = 0.97·πW(1 − 1/2σ) for W points on a grid σ times as fine as needed. Heights are polynomials in
//! small parts of a cell, and the transform is a Chebyshev series, made once: an exponential for each point of each
//! epoch took longer than the transform itself.

use std::f64::consts::PI;
use std::sync::LazyLock;

use rustfft::FftNum;

use super::wave::ROUND;

/// A kernel of `W` points, an even number, with polynomials of `D` coefficients.
pub(super) struct Kernel<T, const W: usize, const D: usize> {
    /// For each part of a cell in which the centre may be, the coefficients of u^0, u^1, … of the heights at the points;
    /// u goes from −1 to 1 through the part. The middle of the first is on a point of the grid.
    parts: Box<[[[T; W]; D]; PARTS]>,
    /// Chebyshev coefficients of one over the transform at mode m of a grid of n points, in 8 (σm/n)² − 1.
    correction: Vec<[f64; 1]>,
    /// σ: the grid has at least so many points for each frequency.
    oversampling: f64,
}

/// Of a cell; a power of two.
const PARTS: usize = 32;

/// Sums to about 1e-11 of Σ|c|.
pub(super) static PRECISE: LazyLock<Kernel<f64, 12, 7>> = LazyLock::new(|| Kernel::new(2.0, 13));

/// Sums to about 1e-6 of Σ|c|, at a quarter of the price.
pub(super) static COARSE: LazyLock<Kernel<f32, 8, 3>> = LazyLock::new(|| Kernel::new(1.5, 9));

/// Intervals of the trapezoidal rule for the kernel's transform. The kernel is smooth and ends at e^{−β}, so the rule
/// converges geometrically.
const INTERVALS: usize = 28;

impl<T: FftNum, const W: usize, const D: usize> Kernel<T, W, D> {
    /// With this many terms in the series of the transform.
    fn new(oversampling: f64, correction_terms: usize) -> Kernel<T, W, D> {
        let part = |part: usize| {
            let heights = |u: f64| {
                let behind = (part as f64 + u / 2.0) / PARTS as f64;
                // from the first point under the kernel to its edge, in cells
                let inside = 1.0 - behind;
                std::array::from_fn(|point| {
                    height::<W>(
                        (inside + point as f64) / (W as f64 / 2.0) - 1.0,
                        oversampling,
                    )
                })
            };
            powers(&chebyshev(D, heights)).map(|heights| heights.map(number))
        };
        let at_mode = |u: f64| {
            let xi = ((u + 1.0) / 8.0).max(0.0).sqrt() / oversampling;
            [1.0 / transform::<W>(xi, oversampling)]
        };
        Kernel {
            parts: Box::new(std::array::from_fn(part)),
            correction: chebyshev(correction_terms, at_mode),
            oversampling,
        }
    }

    /// The points of the grid under the kernel centred on a place (cells, from 0 to 2^40): the first, counted from
    /// `W`/2 − 1 points before the grid, and the height at each.
    #[inline(always)]
    pub(super) fn at(&self, place: f64) -> (usize, [T; W]) {
        // the nearest middle of a part, and the way to it
        let place = place * PARTS as f64;
        let shifted = place + ROUND;
        let u: T = number(2.0 * (place - (shifted - ROUND)));
        // less than 2^51, so the bits of ROUND itself are above
        let middle = (shifted.to_bits() & ((1 << 51) - 1)) as usize;
        let coefficients = &self.parts[middle % PARTS];
        let mut heights = coefficients[D - 1];
        for lower in coefficients[..D - 1].iter().rev() {
            for (height, &lower) in heights.iter_mut().zip(lower) {
                *height = *height * u + lower;
            }
        }
        (middle / PARTS, heights)
    }

    /// The least size of a grid for so many frequencies.
    pub(super) fn least_size(&self, frequencies: usize) -> usize {
        (self.oversampling * frequencies.max(W) as f64).ceil() as usize
    }

    /// One over the transform, for modes 0, 1, … of a grid of `fine` points, as far as they are good.
    pub(super) fn corrections(&self, fine: usize) -> Vec<T> {
        let scaled = |mode: usize| self.oversampling * mode as f64 / fine as f64;
        let modes = (0..).take_while(|&mode| scaled(mode) <= 0.5);
        modes
            .map(|mode| number(clenshaw(&self.correction, 8.0 * scaled(mode).powi(2) - 1.0)))
            .collect()
    }
}

fn height<const W: usize>(z: f64, oversampling: f64) -> f64 {
    let square = 1.0 - z * z;
    if square < 0.0 {
        return 0.0;
    }
    let beta = 0.97 * PI * W as f64 * (1.0 - 0.5 / oversampling);
    (beta * (square.sqrt() - 1.0)).exp()
}

/// (W/2) ∫ φ(z) cos(π W z ξ) dz at ξ = mode over points of the grid.
fn transform<const W: usize>(xi: f64, oversampling: f64) -> f64 {
    let spacing = 2.0 / INTERVALS as f64;
    let nodes = (0..=INTERVALS / 2).map(|node| {
        let z = node as f64 * spacing;
        // all but the middle stand for two
        let weight = if node == 0 { 0.5 } else { 1.0 };
        weight * height::<W>(z, oversampling) * (PI * W as f64 * z * xi).cos()
    });
    W as f64 * spacing * nodes.sum::<f64>()
}

/// The Chebyshev series of several functions on [-1, 1] by interpolation at the roots of the next polynomial.
fn chebyshev<const N: usize>(terms: usize, functions: impl Fn(f64) -> [f64; N]) -> Vec<[f64; N]> {
    let angle = |root: usize| PI * (root as f64 + 0.5) / terms as f64;
    let values: Vec<[f64; N]> = (0..terms)
        .map(|root| functions(angle(root).cos()))
        .collect();
    let coefficient = |degree: usize, function: usize| {
        let scale = if degree == 0 { 1.0 } else { 2.0 } / terms as f64;
        let terms = values.iter().enumerate();
        let terms = terms.map(|(root, of)| of[function] * (degree as f64 * angle(root)).cos());
        scale * terms.sum::<f64>()
    };
    (0..terms)
        .map(|degree| std::array::from_fn(|function| coefficient(degree, function)))
        .collect()
}

/// The sum of a Chebyshev series at u (Clenshaw 1955).
fn clenshaw(series: &[[f64; 1]], u: f64) -> f64 {
    let Some((&[constant], higher)) = series.split_first() else {
        return 0.0;
    };
    let (one, two) = (higher.iter().rev()).fold((0.0, 0.0), |(one, two), &[coefficient]| {
        (coefficient + 2.0 * u * one - two, one)
    });
    constant + u * one - two
}

/// The coefficients of u^0, u^1, … of Chebyshev series: T₀ = 1, T₁ = u, Tₙ₊₁ = 2u·Tₙ − Tₙ₋₁.
fn powers<const N: usize, const D: usize>(series: &[[f64; N]]) -> [[f64; N]; D] {
    let mut sums = [[0.0; N]; D];
    let (mut last, mut this) = ([0.0; D], [0.0; D]);
    this[0] = 1.0;
    for (degree, coefficients) in series.iter().enumerate() {
        for (sums, part) in sums.iter_mut().zip(this) {
            for (sum, coefficient) in sums.iter_mut().zip(coefficients) {
                *sum += coefficient * part;
            }
        }
        let twice = if degree == 0 { 1.0 } else { 2.0 };
        let next = std::array::from_fn(|power| {
            let raised = power.checked_sub(1).map_or(0.0, |lower| this[lower]);
            twice * raised - last[power]
        });
        (last, this) = (this, next);
    }
    sums
}

/// A number in the width of the sums.
#[inline]
pub(super) fn number<T: FftNum>(value: f64) -> T {
    T::from_f64(value).expect("both widths of floats take every float")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst_height<T: FftNum + Into<f64>, const W: usize, const D: usize>(
        kernel: &Kernel<T, W, D>,
    ) -> f64 {
        let mut worst: f64 = 0.0;
        for part in 0..100 {
            let place = 40.0 + f64::from(part) / 100.0;
            let (first, heights) = kernel.at(place);
            for (point, found) in heights.into_iter().enumerate() {
                let apart = (first + 1 + point) as f64 - place - W as f64 / 2.0;
                let expected = height::<W>(apart / (W as f64 / 2.0), kernel.oversampling);
                let found: f64 = found.into();
                worst = worst.max((found - expected).abs());
            }
        }
        worst
    }

    #[test]
    fn the_series_are_the_kernel() {
        let (precise, coarse) = (worst_height(&PRECISE), worst_height(&COARSE));
        assert!(precise < 1e-12, "{precise}");
        assert!(coarse < 1e-6, "{coarse}");
    }

    // the formula with z = sin θ by the midpoint rule of 20 000 nodes in θ
    #[test]
    fn the_corrections_are_one_over_the_transform() {
        let precise = 1.0 / PRECISE.corrections(100)[20];
        assert!(
            (precise / 1.043_550_839_967_127_4 - 1.0).abs() < 1e-9,
            "{precise}"
        );
        let coarse = COARSE.corrections(100);
        for (mode, expected) in [(25, 0.773_333_2), (30, 0.454_344_2)] {
            let found = 1.0 / coarse[mode];
            assert!((found / expected - 1.0).abs() < 1e-6, "{mode}: {found}");
        }
    }
}
