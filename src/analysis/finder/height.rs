//! How high an event is in flux, where the noise is even in another variable.

use super::law::NoiseLaw;
use super::matched_sums::Residuals;
use super::placed::Placed;

/// The usual flux of the good epochs of a lightcurve, and how noise goes with it.
#[derive(Debug)]
pub(super) struct Light {
    pub(super) law: NoiseLaw,
    pub(super) level: Vec<f64>,
}

/// A fitted height of a template (flux unit).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Height {
    pub(super) amplitude: f64,
    /// With the noise that the light of the event brings along.
    pub(super) error: f64,
}

/// Rounds of the fit. Each is Newton's for one number; from far away it comes nearer on one side.
const ROUNDS: usize = 50;

impl Light {
    /// What a change of the flux of an epoch is in the variable in which noise is even.
    pub(super) fn change(&self, epoch: usize, flux: f64) -> f64 {
        let level = self.level[epoch];
        self.law.even(level, level + flux)
    }

    /// The amplitude A with the least Σ (y − y(L + A·T))²/s², from these even residuals y of the epochs of the template.
    ///
    /// For noise that does not go with the flux this is Σ w T f / Σ w T², with the error 1/√(Σ w T²).
    pub(super) fn height(
        &self,
        placed: &Placed<'_>,
        residuals: &Residuals,
        even: &[f64],
    ) -> Height {
        let terms: Vec<(usize, f64, f64)> = placed
            .support(&residuals.time)
            .map(|epoch| {
                let value = placed.value(residuals.time[epoch]);
                (epoch, value, residuals.weight[epoch])
            })
            .collect();
        let power: f64 = terms.iter().map(|(_, value, w)| w * value * value).sum();
        let signal: f64 = (terms.iter())
            .map(|&(epoch, value, weight)| weight * value * even[epoch])
            .sum();
        let straight = Height {
            amplitude: signal / power,
            error: power.sqrt().recip(),
        };
        if self.law == NoiseLaw::FLUX {
            return straight;
        }
        let mut height = straight;
        for _ in 0..ROUNDS {
            let (mut missing, mut slopes, mut variance) = (0.0, 0.0, 0.0);
            for &(epoch, value, weight) in &terms {
                let (noise, stretch) =
                    (self.law).growth(1.0 + height.amplitude * value / self.level[epoch]);
                let slope = value / stretch;
                let model = self.change(epoch, height.amplitude * value);
                missing += weight * slope * (even[epoch] - model);
                slopes += weight * slope * slope;
                variance += weight * (slope * noise / stretch).powi(2);
            }
            let step = missing / slopes;
            height.amplitude += step;
            height.error = variance.sqrt() / slopes;
            let goes_on = step.abs() > 1e-9 * height.error; // false for NaN
            if !goes_on {
                break;
            }
        }
        // of the same sign: where epochs say different things two fits may not agree
        if height.amplitude * straight.amplitude > 0.0 && height.error.is_finite() {
            height
        } else {
            straight
        }
    }
}
