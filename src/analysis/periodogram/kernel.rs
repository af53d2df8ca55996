//! The kernel that spreads a term over a few points of an even grid, and one over its Fourier transform.
//!
//! The exponential of a semicircle, φ(z) = exp(β(√(1 − z²) − 1)), of Barnett, Magland & af Klinteberg 2019 (SIAM J.
//! Sci. Comput. 41, C479) with β = 2.3·W for W points on a grid twice as fine as needed. Heights and transform are
//! Chebyshev series, made once: an exponential for each point of each epoch took longer than the transform itself.

use std::f64::consts::PI;
use std::sync::LazyLock;

use rustfft::FftNum;

/// A kernel of `W` points, an even number.
pub(super) struct Kernel<T, const W: usize> {
    /// For each degree the coefficients of the heights at the points, in u = 1 − 2·(part of a cell that the centre is
    /// behind a point of the grid).
    heights: Vec<[T; W]>,
    /// One over the transform at mode m of a grid of n points, in u = 32 (m/n)² − 1.
    correction: Vec<[T; 1]>,
}

/// Sums to about 1e-11 of Σ|c|.
pub(super) static PRECISE: LazyLock<Kernel<f64, 12>> = LazyLock::new(|| Kernel::new(14, 13));

/// Sums to about 1e-6 of Σ|c|, at a quarter of the price.
pub(super) static COARSE: LazyLock<Kernel<f32, 8>> = LazyLock::new(|| Kernel::new(9, 8));

/// Intervals of the trapezoidal rule for the kernel's transform. The kernel is smooth and ends at e^{−β}, so the rule
/// converges geometrically.
const INTERVALS: usize = 28;

impl<T: FftNum, const W: usize> Kernel<T, W> {
    /// With this many terms in the series of the heights and of the transform.
    fn new(terms: usize, correction_terms: usize) -> Kernel<T, W> {
        let half = W as f64 / 2.0;
        let at_points = |u: f64| {
            // from the first point under the kernel to its edge, in cells
            let inside = (1.0 + u) / 2.0;
            std::array::from_fn(|point| height::<W>((inside + point as f64) / half - 1.0))
        };
        let at_mode = |u: f64| [1.0 / transform::<W>(((u + 1.0) / 32.0).max(0.0).sqrt())];
        Kernel {
            heights: chebyshev(terms, at_points),
            correction: chebyshev(correction_terms, at_mode),
        }
    }

    /// The points of the grid under the kernel centred on a place (cells, not negative): the first, counted from `W`/2 − 1
    /// points before the grid, and the height at each.
    #[inline]
    pub(super) fn at(&self, place: f64) -> (usize, [T; W]) {
        let below = place as usize;
        let behind = place - below as f64;
        (below, sum(&self.heights, number(1.0 - 2.0 * behind)))
    }

    /// One over the transform, for modes 0, 1, … of a grid of `fine` points, up to a quarter of it.
    pub(super) fn corrections(&self, modes: usize, fine: usize) -> Vec<T> {
        let squared = |mode: usize| (mode as f64 / fine as f64).powi(2);
        (0..modes)
            .map(|mode| sum(&self.correction, number(32.0 * squared(mode) - 1.0))[0])
            .collect()
    }
}

fn height<const W: usize>(z: f64) -> f64 {
    let square = 1.0 - z * z;
    if square < 0.0 {
        return 0.0;
    }
    (2.3 * W as f64 * (square.sqrt() - 1.0)).exp()
}

/// (W/2) ∫ φ(z) cos(π W z ξ) dz at ξ = mode over points of the grid.
fn transform<const W: usize>(xi: f64) -> f64 {
    let spacing = 2.0 / INTERVALS as f64;
    let nodes = (0..=INTERVALS / 2).map(|node| {
        let z = node as f64 * spacing;
        // all but the middle stand for two
        let weight = if node == 0 { 0.5 } else { 1.0 };
        weight * height::<W>(z) * (PI * W as f64 * z * xi).cos()
    });
    W as f64 * spacing * nodes.sum::<f64>()
}

/// The Chebyshev series of several functions on [-1, 1] by interpolation at the roots of the next polynomial.
fn chebyshev<T: FftNum, const N: usize>(
    terms: usize,
    functions: impl Fn(f64) -> [f64; N],
) -> Vec<[T; N]> {
    let angle = |root: usize| PI * (root as f64 + 0.5) / terms as f64;
    let values: Vec<[f64; N]> = (0..terms)
        .map(|root| functions(angle(root).cos()))
        .collect();
    let coefficient = |degree: usize, function: usize| {
        let scale = if degree == 0 { 1.0 } else { 2.0 } / terms as f64;
        let terms = values.iter().enumerate();
        let terms = terms.map(|(root, of)| of[function] * (degree as f64 * angle(root)).cos());
        number(scale * terms.sum::<f64>())
    };
    (0..terms)
        .map(|degree| std::array::from_fn(|function| coefficient(degree, function)))
        .collect()
}

/// The sums of Chebyshev series at u, side by side (Clenshaw 1955).
#[inline]
fn sum<T: FftNum, const N: usize>(series: &[[T; N]], u: T) -> [T; N] {
    let (mut one, mut two) = ([T::zero(); N], [T::zero(); N]);
    let Some((constant, higher)) = series.split_first() else {
        return one;
    };
    let twice = u + u;
    for coefficients in higher.iter().rev() {
        for point in 0..N {
            let next = coefficients[point] + twice * one[point] - two[point];
            two[point] = one[point];
            one[point] = next;
        }
    }
    std::array::from_fn(|point| constant[point] + u * one[point] - two[point])
}

/// A number in the width of the sums.
#[inline]
pub(super) fn number<T: FftNum>(value: f64) -> T {
    T::from_f64(value).expect("both widths of floats take every float")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst_height<T: FftNum + Into<f64>, const W: usize>(kernel: &Kernel<T, W>) -> f64 {
        let mut worst: f64 = 0.0;
        for part in 0..100 {
            let place = 40.0 + f64::from(part) / 100.0;
            let (first, heights) = kernel.at(place);
            for (point, found) in heights.into_iter().enumerate() {
                let apart = (first + 1 + point) as f64 - place - W as f64 / 2.0;
                let expected = height::<W>(apart / (W as f64 / 2.0));
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

    // numpy: the formula at W = 12, m/n = 0.2, and at W = 8, m/n = 0.25, by Gauss and Legendre's rule of 3 000 nodes
    #[test]
    fn the_corrections_are_one_over_the_transform() {
        let precise = 1.0 / PRECISE.corrections(21, 100)[20];
        assert!(
            (precise / 1.046_783_534_210_323_6 - 1.0).abs() < 1e-9,
            "{precise}"
        );
        let coarse = 1.0 / COARSE.corrections(26, 100)[25];
        assert!((coarse / 0.830_005 - 1.0).abs() < 1e-6, "{coarse}");
    }
}
