//! Which law the noise of a lightcurve follows, measured: see [`law`](super::law).

use super::law::{FLOOR, NoiseLaw, even_of, exp, logs, skew_of};

/// Fewer epochs tell nothing of a dependence.
const FEWEST: usize = 10;

/// The error of p from n epochs is itself uncertain: it is made larger by 1 + FEW/n.
const FEW: f64 = 30.0;

/// Of how many epochs (1 in so many) the flux may be 0 or less before it is plain that the noise is not the flux's own.
const NEGATIVE: usize = 100;

/// How far p may be from one of the three cases and still be it.
const SPIKE: f64 = 0.02;

/// No law is as steep as this.
const STEEPEST: f64 = 2.0;

/// What p is beforehand: each of 0, ½ and 1 so likely, and this for all between.
const LIKELY: f64 = 0.3;
const BETWEEN: f64 = 0.1;

/// Epochs that a law is measured from.
pub(super) struct Sample {
    /// f/L − 1.
    above: Vec<f64>,
    /// ln(f/L).
    log: Vec<f64>,
    /// σ/L and its logarithm.
    error: Vec<f64>,
    log_error: Vec<f64>,
    /// Of the flux over L.
    scatter: f64,
}

impl Sample {
    /// None where there is nothing to measure.
    pub(super) fn of(
        epochs: impl Iterator<Item = (f64, f64, f64)> + Clone,
        scatter: f64,
    ) -> Option<Sample> {
        let mut errors = epochs.clone().map(|(_, error, _)| error);
        let first = errors.next()?;
        // equal errors, of which many a lightcurve has no others, go with nothing
        if errors.all(|error| error == first) {
            return None;
        }
        let size = epochs.size_hint().1.unwrap_or(0);
        let mut sample = Sample {
            above: Vec::with_capacity(size),
            log: Vec::new(),
            error: Vec::with_capacity(size),
            log_error: Vec::new(),
            scatter,
        };
        let mut negative = 0;
        let (mut last, mut inverse) = (1.0, 1.0);
        for (flux, error, level) in epochs {
            negative += usize::from(flux <= 0.0);
            if level != last {
                (last, inverse) = (level, level.recip());
            }
            let (above, error) = (flux * inverse - 1.0, error * inverse);
            if above > FLOOR - 1.0 && level > 0.0 && error > 0.0 && error.is_finite() {
                sample.above.push(above);
                sample.error.push(error);
            }
        }
        let number = sample.above.len();
        if number < FEWEST || negative * NEGATIVE > number {
            return None;
        }
        sample.log = logs(sample.above.iter().copied());
        let middle = sample.error[number / 2];
        let (log_middle, inverse) = (middle.ln(), middle.recip());
        sample.log_error = logs(sample.error.iter().map(|error| error * inverse - 1.0));
        for log_error in &mut sample.log_error {
            *log_error += log_middle;
        }
        Some(sample)
    }

    /// p with its error, as the epochs say.
    pub(super) fn exponent(&self) -> Measured {
        let (zero, one) = self.slopes();
        for (value, slope) in [(1.0, one), (0.0, zero)] {
            if slope.abs() < 1e-6 {
                return Measured { value, error: 0.0 };
            }
        }
        // each slope is about p minus what was assumed
        let fall = zero - one;
        let crossing = if fall > 0.3 {
            zero / fall
        } else {
            (zero + one + 1.0) / 2.0
        };
        let near = crossing.clamp(0.0, 1.0);
        let slope = self.slope(near);
        Measured {
            value: near + slope.value,
            error: slope.error,
        }
    }

    /// The slopes of ln s on y with p of 0 and 1.
    fn slopes(&self) -> (f64, f64) {
        let far = 4.0 * self.scatter;
        let weight = |own: f64, y: f64| match y.abs() <= far {
            true => own.min(self.scatter).powi(2),
            false => 0.0,
        };
        let (mut zero, mut one) = (Regression::default(), Regression::default());
        let fluxes = self.above.iter().zip(&self.error);
        for ((&above, &error), &log_error) in fluxes.clone().zip(&self.log_error) {
            zero.push(weight(error, above), above, log_error);
        }
        let logs = self.log.iter().zip(&self.log_error);
        for ((&above, &error), (&log, &log_error)) in fluxes.zip(logs) {
            let own = error / (1.0 + above);
            one.push(weight(own, log), log, log_error - log);
        }
        (zero.slope(), one.slope())
    }

    /// The slope of ln s on y with this p; NaN where there are too few epochs.
    fn slope(&self, exponent: f64) -> Measured {
        let skew = skew_of(exponent);
        let far = 4.0 * self.scatter;
        let mut rows = Vec::with_capacity(self.above.len());
        let mut regression = Regression::default();
        let fluxes = self.above.iter().zip(&self.error);
        let logs = self.log.iter().zip(&self.log_error);
        for ((&above, &error), (&log, &log_error)) in fluxes.zip(logs) {
            let y = even_of(above, log, skew);
            if y.abs() > far {
                continue;
            }
            let own = error * exp(-exponent * log);
            let row = (own.min(self.scatter).powi(2), y, log_error - exponent * log);
            regression.push(row.0, row.1, row.2);
            rows.push(row);
        }
        let (value, square) = (regression.slope(), regression.square());
        let (mean, mean_log) = regression.means();
        let left: f64 = (rows.iter())
            .map(|(weight, y, log_own)| {
                let residual = log_own - mean_log - value * (y - mean);
                (weight * (y - mean) * residual).powi(2)
            })
            .sum();
        let number = rows.len() as f64;
        Measured {
            value,
            error: (left * number / (number - 2.0)).sqrt() / square * (1.0 + FEW / number),
        }
    }

    /// Smallest and largest error at the level of epochs within twice the scatter.
    pub(super) fn range(&self, exponent: f64) -> (f64, f64) {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        let logs = self.log.iter().zip(&self.log_error);
        for (above, (log, log_error)) in self.above.iter().zip(logs) {
            if above.abs() < 2.0 * self.scatter {
                let own = log_error - exponent * log;
                least = least.min(own);
                most = most.max(own);
            }
        }
        if least <= most {
            (least.exp(), most.exp())
        } else {
            (0.0, f64::INFINITY)
        }
    }

    /// κ, which the skewness that is left may be against.
    pub(super) fn skew(&self, law: &NoiseLaw) -> f64 {
        let (mut number, mut squares) = (0.0, 0.0);
        // sums of z², and with weight s, as skewness goes as κ·s, of z³ and z
        let mut sums = [0.0; 3];
        for index in 0..self.above.len() {
            let y = even_of(self.above[index], self.log[index], law.skew);
            let own = self.error[index] * exp(-law.exponent * self.log[index]);
            if y.abs() < 3.5 * own.max(self.scatter) {
                let z = y / own;
                number += 1.0;
                squares += own * own;
                sums[0] += z * z;
                sums[1] += own * (z * z * z);
                sums[2] += own * z;
            }
        }
        let variance = sums[0] / number;
        let scale = variance.sqrt();
        // mean of the Hermite polynomial z³ − 3z, which a shift of the mean leaves alone: 3κs, variance 6
        let hermite = sums[1] / (variance * scale) - 3.0 * sums[2] / scale;
        let excess = hermite / (3.0 * scale * squares);
        let error = (6.0 / squares).sqrt() / (3.0 * scale);
        if excess < -3.0 * error {
            (law.skew + excess).max(0.0)
        } else {
            law.skew
        }
    }
}

/// Sums of a weighted straight line.
#[derive(Debug, Default)]
struct Regression {
    weights: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
}

impl Regression {
    #[inline]
    fn push(&mut self, weight: f64, x: f64, y: f64) {
        let weighted = weight * x;
        self.weights += weight;
        self.x += weighted;
        self.y += weight * y;
        self.xx += weighted * x;
        self.xy += weighted * y;
    }

    fn means(&self) -> (f64, f64) {
        (self.x / self.weights, self.y / self.weights)
    }

    /// Σ w (x − x̄)².
    fn square(&self) -> f64 {
        self.xx - self.x * self.x / self.weights
    }

    fn slope(&self) -> f64 {
        let square = self.square();
        // of a flux that is the same at all epochs only rounding is left
        let is_line = square > 1e-12 * self.xx;
        let slope = (self.xy - self.x * self.y / self.weights) / square;
        if is_line { slope } else { f64::NAN }
    }
}

/// A number and its error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    pub(super) value: f64,
    pub(super) error: f64,
}

/// What p is, measured with this error, and with what is known beforehand; 0 unless it is above that by twice its error,
/// and where it is steeper than any law: then errors go with something else.
pub(super) fn likely(measured: f64, error: f64) -> f64 {
    let certain = 2.0 * error.hypot(SPIKE / 2.0);
    // also where one of them is NaN
    let above = measured > certain && certain.is_finite() && measured < STEEPEST;
    if !above {
        return 0.0;
    }
    let inside = measured.clamp(0.0, 1.0);
    let variance = error * error + SPIKE * SPIKE;
    let (mut weights, mut sum) = (BETWEEN, BETWEEN * inside);
    for case in [0.0, 0.5, 1.0] {
        let distance = measured - case;
        let density = (-distance * distance / (2.0 * variance)).exp()
            / (2.0 * std::f64::consts::PI * variance).sqrt();
        let mean = (measured * SPIKE * SPIKE + case * error * error) / variance;
        weights += LIKELY * density;
        sum += LIKELY * density * mean;
    }
    (sum / weights).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha12Rng;
    use rand_distr::StandardNormal;

    use super::*;

    /// The law of noise of relative errors `size` in turn (taken at random), made into flux and error by `make`.
    fn law_of(number: usize, sizes: &[f64], make: impl Fn(f64, f64) -> (f64, f64)) -> NoiseLaw {
        let mut random = ChaCha12Rng::seed_from_u64(number as u64);
        let epochs: Vec<(f64, f64, f64)> = (0..number)
            .map(|_| {
                let size = sizes[random.random_range(0..sizes.len())];
                let (flux, error) = make(size, random.sample(StandardNormal));
                (flux, error, 1.0)
            })
            .collect();
        let scatter = (epochs
            .iter()
            .map(|(f, _, _)| (f - 1.0).powi(2))
            .sum::<f64>()
            / number as f64)
            .sqrt();
        NoiseLaw::of(number, |epoch| epochs[epoch], 1.0, scatter)
    }

    fn of_magnitudes(size: f64, normal: f64) -> (f64, f64) {
        let flux = (size * normal).exp();
        (flux, flux * size)
    }

    const UNEVEN: [f64; 5] = [0.01, 0.05, 0.1, 0.2, 0.3];

    #[test]
    fn noise_in_magnitude_is_recognised_exactly_where_errors_are_equal_and_nearly_where_not() {
        for size in [0.01, 0.1, 0.3] {
            let law = law_of(100, &[size], of_magnitudes);
            assert_eq!((law.exponent, law.skew), (1.0, 1.0), "{size}");
        }
        let law = law_of(5_000, &UNEVEN, of_magnitudes);
        assert!(law.exponent > 0.97 && law.skew > 0.9, "{law:?}");
    }

    #[test]
    fn errors_that_do_not_go_with_the_flux_leave_it_alone() {
        for number in [50, 500, 5_000] {
            let law = law_of(number, &UNEVEN, |size, normal| (1.0 + size * normal, size));
            assert_eq!(law, NoiseLaw::FLUX, "{number}");
        }
    }

    #[test]
    fn errors_by_photons_go_with_the_root_and_noise_that_is_not_skewed_is_found_out() {
        let roots = |size: f64, normal: f64| {
            let flux = (1.0 + size * normal).max(0.01);
            (flux, size * flux.sqrt())
        };
        let law = law_of(1_000, &[0.03], roots);
        assert!((law.exponent - 0.5).abs() < 0.01, "{law:?}");
        assert!((law.skew - 1.0 / 3.0).abs() < 0.02, "{law:?}");
        let many = law_of(50_000, &[0.15], roots);
        assert!(many.skew < 0.15, "{many:?}");
    }

    #[test]
    fn noise_that_goes_below_zero_is_not_of_the_flux() {
        let deep = |size: f64, normal: f64| {
            let flux = 1.0 + size * normal;
            (flux, 0.4 * flux.abs().max(0.1))
        };
        assert_eq!(law_of(2_000, &[0.5], deep), NoiseLaw::FLUX);
    }
}
