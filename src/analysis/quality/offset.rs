//! How far an epoch's position is from the usual one, on a scale that says how unlikely that is.

use std::sync::LazyLock;

use statrs::function::erf::erfc;

use super::cuts::{good, own_column, robust_scale};
use crate::photometry::Epochs;

/// Closer to a pole than this (deg) positions are measured in the plane that touches the sphere there.
const POLAR_CAP: f64 = 0.1;

/// The normalised offset of each epoch; NaN without a position. None if no good epoch has one.
///
/// Deviations from the median position, in the column pair `pos1`, `pos2` (pixels) where a lightcurve has it, else in
/// RA·cos Dec and Dec, are each divided by their robust scatter: ρ² = (x/σ_x)² + (y/σ_y)². For Gaussian positions ρ is
/// Rayleigh distributed, P(> ρ) = exp(−ρ²/2). The offset is the number z of one-dimensional sigmas that is as unlikely:
/// erfc(z/√2) = exp(−ρ²/2). A coordinate that never changes is left out, and z is the |deviation|/σ of the other.
pub(super) fn offset(epochs: &Epochs) -> Option<Vec<f64>> {
    let (x, y) = deviations(epochs)?;
    let scale = |values: &[f64]| robust_scale(&good(epochs, values));
    let ((x_center, x_scatter), (y_center, y_scatter)) = (scale(&x)?, scale(&y)?);
    let place = |x: f64, y: f64| (x - x_center, y - y_center);
    let pairs = x.iter().zip(&y).map(|(&x, &y)| place(x, y));
    Some(match (x_scatter > 0.0, y_scatter > 0.0) {
        (true, true) => {
            let (x_weight, y_weight) = (x_scatter.recip(), y_scatter.recip());
            let radius = |(x, y): (f64, f64)| {
                let (x, y) = (x * x_weight, y * y_weight);
                (x * x + y * y).sqrt()
            };
            pairs.map(|pair| sigmas_as_unlikely(radius(pair))).collect()
        }
        // NaN in either coordinate stays NaN
        (true, false) => pairs.map(|(x, y)| x.abs() / x_scatter + 0.0 * y).collect(),
        (false, true) => pairs.map(|(x, y)| y.abs() / y_scatter + 0.0 * x).collect(),
        (false, false) => pairs.map(|(x, y)| 0.0 * (x + y)).collect(),
    })
}

/// Positions in a plane: pixels, or degrees on the sky from some reference.
fn deviations(epochs: &Epochs) -> Option<(Vec<f64>, Vec<f64>)> {
    let placed = |x: &[f64], y: &[f64]| {
        (0..x.len())
            .any(|epoch| epochs.is_good(epoch) && x[epoch].is_finite() && y[epoch].is_finite())
    };
    if let (Some(x), Some(y)) = (own_column(epochs, "pos1"), own_column(epochs, "pos2"))
        && placed(&x, &y)
    {
        return Some((x, y));
    }
    let (ra, dec) = (&epochs.ra, &epochs.dec);
    if !placed(ra, dec) {
        return None;
    }
    let reference = (0..ra.len())
        .find(|&epoch| epochs.is_good(epoch) && ra[epoch].is_finite() && dec[epoch].is_finite())?;
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
    if (-180.0..180.0).contains(&difference) {
        return difference;
    }
    (difference + 180.0).rem_euclid(360.0) - 180.0
}

/// Steps of the table per unit of ρ; linear interpolation errs by less than 4e-5.
const STEPS: f64 = 64.0;
/// Where the table ends; beyond, the expansion of erfc for large arguments is exact to 1e-4.
const END: f64 = 30.0;

static TABLE: LazyLock<Vec<f64>> = LazyLock::new(|| {
    (0..=(END * STEPS) as usize + 1)
        .map(|step| solve(step as f64 / STEPS))
        .collect()
});

/// The z of erfc(z/√2) = exp(−ρ²/2).
fn sigmas_as_unlikely(radius: f64) -> f64 {
    if !radius.is_finite() {
        return radius;
    }
    if radius >= END {
        return far(radius);
    }
    let place = radius * STEPS;
    let below = place as usize;
    let (low, high) = (TABLE[below], TABLE[below + 1]);
    low + (high - low) * (place - below as f64)
}

/// erfc(z/√2) ≈ √(2/π)·exp(−z²/2)/z·(1 − 1/z²), solved by iteration.
fn far(radius: f64) -> f64 {
    let mut z = radius;
    for _ in 0..4 {
        let correction =
            (-(z.powi(-2))).ln_1p() - z.ln() - (std::f64::consts::FRAC_PI_2).ln() / 2.0;
        z = (radius * radius + 2.0 * correction).max(1.0).sqrt();
    }
    z
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
            (10.0, 9.745_474_865),
            (29.9, 29.778_659_879),
            (35.0, 34.891_865_391),
        ] {
            let z = sigmas_as_unlikely(radius);
            assert!(
                (z - expected).abs() < 1e-4,
                "{radius}: {z} is not {expected}"
            );
        }
        let (below, above) = (sigmas_as_unlikely(END - 1e-9), sigmas_as_unlikely(END));
        assert!((below - above).abs() < 1e-4, "{below} {above}");
        assert!(sigmas_as_unlikely(f64::NAN).is_nan());
        assert_eq!(sigmas_as_unlikely(f64::INFINITY), f64::INFINITY);
    }
}
