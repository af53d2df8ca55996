//! How the brightness goes during an event: shapes of unit peak, measured by their full width at half maximum.

use std::f64::consts::{LN_2, PI};
use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A shape without size: 1 at its peak, and half of it or more over a width of 1.
///
/// ```
/// use retriever::analysis::Shape;
/// assert_eq!(Shape::Gaussian.value(0.0), 1.0);
/// assert!((Shape::Gaussian.value(0.5) - 0.5).abs() < 1e-15);
/// assert_eq!((Shape::Box.value(0.49), Shape::Box.value(0.51)), (1.0, 0.0));
/// assert!((Shape::Flare.value(1.0) - 0.5).abs() < 1e-15 && Shape::Flare.value(-0.01) == 0.0);
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// exp(−4 ln 2 · x²).
    Gaussian,
    /// 1 for |x| ≤ 1/2.
    Box,
    /// Sudden rise at x = 0, then exp(−ln 2 · x).
    Flare,
}

impl Shape {
    /// All of them.
    pub const ALL: [Shape; 3] = [Shape::Gaussian, Shape::Box, Shape::Flare];

    /// The word that files and tables use.
    pub fn as_str(self) -> &'static str {
        match self {
            Shape::Gaussian => "gaussian",
            Shape::Box => "box",
            Shape::Flare => "flare",
        }
    }

    /// The shape at x = (time − time of the peak) / FWHM.
    pub fn value(self, x: f64) -> f64 {
        match self {
            Shape::Gaussian => (-4.0 * LN_2 * x * x).exp(),
            Shape::Box => f64::from(x.abs() <= 0.5),
            Shape::Flare if x >= 0.0 => (-LN_2 * x).exp(),
            Shape::Flare => 0.0,
        }
    }

    /// Where the shape reaches this fraction of its peak or more, in units of the FWHM; `fraction` in (0, 1].
    pub fn extent(self, fraction: f64) -> RangeInclusive<f64> {
        let falling = (-fraction.ln()).max(0.0) / LN_2;
        match self {
            Shape::Gaussian => -(falling / 4.0).sqrt()..=(falling / 4.0).sqrt(),
            Shape::Box => -0.5..=0.5,
            Shape::Flare => 0.0..=falling,
        }
    }

    /// Where the shape differs from 0 for practical purposes, in units of the FWHM: outside lies less than 3e-5 of ∫T².
    pub fn support(self) -> RangeInclusive<f64> {
        match self {
            // 3σ: erfc(3) = 2.2e-5
            Shape::Gaussian => self.extent((-4.5f64).exp()),
            Shape::Box => -0.5..=0.5,
            // exp(−2·5.2) = 3.0e-5
            Shape::Flare => self.extent((-5.2f64).exp()),
        }
    }

    /// ∫T² of a FWHM of 1.
    pub fn power(self) -> f64 {
        match self {
            Shape::Gaussian => (PI / (8.0 * LN_2)).sqrt(),
            Shape::Box => 1.0,
            Shape::Flare => 0.5 / LN_2,
        }
    }

    /// Overlap of two templates of this shape with these widths and peaks `shift` apart (all in one unit):
    /// ∫T₁T₂ / √(∫T₁² ∫T₂²). It is the fraction of the signal to noise that one keeps if the other is tried.
    ///
    /// `shift` is the time of the second peak minus that of the first.
    ///
    /// ```
    /// use retriever::analysis::Shape;
    /// // ratio of widths 2: √(2·1·2/(1 + 4)) for Gaussians
    /// assert!((Shape::Gaussian.overlap(1.0, 2.0, 0.0) - 0.8f64.sqrt()).abs() < 1e-15);
    /// assert!((Shape::Box.overlap(1.0, 1.0, 0.25) - 0.75).abs() < 1e-15);
    /// ```
    pub fn overlap(self, first: f64, second: f64, shift: f64) -> f64 {
        match self {
            Shape::Gaussian => {
                let squares = first * first + second * second;
                (2.0 * first * second / squares).sqrt()
                    * (-4.0 * LN_2 * shift * shift / squares).exp()
            }
            Shape::Box => {
                let begin = (-first / 2.0).max(shift - second / 2.0);
                let end = (first / 2.0).min(shift + second / 2.0);
                (end - begin).max(0.0) / (first * second).sqrt()
            }
            Shape::Flare => {
                // from the later peak on, the earlier one has decayed by its own rate
                let earlier = if shift >= 0.0 { first } else { second };
                2.0 * (first * second).sqrt() / (first + second)
                    * (-LN_2 * shift.abs() / earlier).exp()
            }
        }
    }

    /// The largest ratio of widths (at least 1) of two centred templates with this overlap or more.
    pub fn width_ratio(self, overlap: f64) -> f64 {
        // overlap^-2 = (r + 1/r)/2 (Gaussian, with the overlap's own square), r (box), (r + 1/r + 2)/4 (flare)
        let inverse = overlap.powi(-2);
        let larger = |sum: f64| (sum + (sum * sum - 4.0).max(0.0).sqrt()) / 2.0;
        match self {
            Shape::Gaussian => larger(2.0 * inverse),
            Shape::Box => inverse,
            Shape::Flare => larger(4.0 * inverse - 2.0),
        }
    }

    /// The largest shift (in units of the FWHM) of two templates of one width with this overlap or more.
    pub fn time_shift(self, overlap: f64) -> f64 {
        let loss = -overlap.ln();
        match self {
            Shape::Gaussian => (loss / (2.0 * LN_2)).sqrt(),
            Shape::Box => 1.0 - overlap,
            Shape::Flare => loss / LN_2,
        }
    }
}
