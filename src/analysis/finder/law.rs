//! How the noise of a lightcurve goes with its flux.
//!
//! The errors of a survey are worked out from the flux that was measured, and so they go with it: with L the usual flux,
//! σᵢ = sᵢ·(fᵢ/L)^p, where sᵢ, the error *at the level*, knows nothing of the noise. p is 0 where the background
//! limits, ½ where the photons of the source do, 1 where errors come from magnitudes (σ_f = f·σ_m·ln 10/2.5).
//! Taken as they are, such errors are small where the noise went down: weights 1/σ² favour dips, and a bright epoch
//! hides behind its own error. So everything is compared with sᵢ.
//!
//! Noise that grows with the flux is skewed. Its variable with even noise is, to the power λ = 1 − κ,
//! y = L·((f/L)^λ − 1)/λ (Box & Cox 1964), y = f − L for κ = 0 and L·ln(f/L) for κ = 1: y = f − L − κ(f − L)²/2L + …,
//! to first order with the error sᵢ. κ is 1 for noise that is Gaussian in magnitude (p = 1), ⅓ for Poisson's (p = ½;
//! Anscombe 1953) and 0 for p = 0; κ(p) = p(1 + 2p)/3 goes through the three.
//!
//! p is measured: sᵢ and yᵢ of noise are independent for the right p only, so p is where the regression of ln s on y has
//! slope 0 (weights min(s, scatter)², epochs within 4 times the scatter). It is 0 unless it is above 0 by twice its error
//! (and below 2: steeper is no law).
//! What the scatter of the errors leaves open then is settled by what is likely beforehand: one of the three cases, each
//! true to 0.02, or, rarely, anything between 0 and 1.
//! κ goes with p, unless the skewness that is left in y/s is against it by more than three times its error, and is 0 where
//! the star scatters far beyond its errors: what it does is not noise of theirs. Outbursts, of which many a star has
//! more than one, are as skewed as such noise and would be hidden by its logarithm.
//!
//! With constant errors in magnitude p is exact. Where errors differ from epoch to epoch by as much as
//! themselves it is known to 3/√n or so, and fewer than some 300 epochs may be taken for the wrong case.

use super::dependence::{Sample, likely};
use super::quiet::LOUD;

/// Where the flux scatters by less than this part of itself no dependence is felt.
const QUIET: f64 = 1e-3;

/// Below this part of the level noise is taken as additive again, so that fluxes of 0 and less have a place.
pub(super) const FLOOR: f64 = 0.05;

/// So many epochs, evenly among all, are enough if they tell p to this, or to this over the relative scatter.
const ENOUGH: usize = 256;
const CERTAIN: f64 = 0.03;
const FELT: f64 = 0.003;

/// The law by which noise and errors of one lightcurve go with its flux.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NoiseLaw {
    /// p
    pub(super) exponent: f64,
    /// κ
    pub(super) skew: f64,
    /// Smallest and largest error at the level of usual epochs, over the level.
    usual: (f64, f64),
}

impl NoiseLaw {
    /// Noise and errors that do not go with the flux: p = κ = 0.
    pub(super) const FLUX: NoiseLaw = NoiseLaw {
        exponent: 0.0,
        skew: 0.0,
        usual: (0.0, f64::INFINITY),
    };

    /// Measures it from good epochs: `epoch` gives flux, error and usual flux of each of so many, `level` is the
    /// middle of the last and `scatter` that of the flux around it.
    pub(super) fn of(
        number: usize,
        epoch: impl Fn(usize) -> (f64, f64, f64),
        level: f64,
        scatter: f64,
    ) -> NoiseLaw {
        let scatter = scatter / level;
        // also where one of them is NaN
        let loud = level > 0.0 && scatter > QUIET && scatter.is_finite();
        if !loud {
            return NoiseLaw::FLUX;
        }
        let sample = |every: usize| Sample::of((0..number).step_by(every).map(&epoch), scatter);
        let mut taken = number.div_ceil(ENOUGH);
        let Some(mut few) = sample(taken) else {
            return NoiseLaw::FLUX;
        };
        let mut exponent = few.exponent();
        // an error of p is one of scatter·25 times that in a score of 5
        let open = (exponent.error / CERTAIN).min(exponent.error * scatter / FELT);
        if taken > 1 && open > 1.0 {
            let wanted = ENOUGH as f64 * open * open;
            taken = (number as f64 / wanted).max(1.0) as usize;
            let Some(more) = sample(taken) else {
                return NoiseLaw::FLUX;
            };
            few = more;
            exponent = few.exponent();
        }
        let exponent = likely(exponent.value, exponent.error);
        if exponent == 0.0 {
            return NoiseLaw::FLUX;
        }
        let mut law = NoiseLaw {
            exponent,
            skew: skew_of(exponent),
            usual: few.range(exponent),
        };
        if scatter > LOUD * law.usual.1 {
            law.skew = 0.0;
            return law;
        }
        // κ is known to 0.82/(scatter·√n): so many epochs tell it from 0 by 3 and by 6 times that
        let least = (3.0 * 0.82 / (law.skew * scatter)).powi(2);
        let every = (number as f64 / (4.0 * least)).max(1.0) as usize;
        if number as f64 > least
            && let Some(judge) = if every == taken {
                Some(few)
            } else {
                sample(every)
            }
        {
            let skew = judge.skew(&law);
            let again = skew != law.skew && every > 1;
            let all = if again { sample(1) } else { None };
            law.skew = all.map_or(skew, |all| all.skew(&law));
        }
        law
    }

    /// True if noise has another shape than errors that do not go with the flux give it.
    pub(super) fn is_skewed(&self) -> bool {
        self.skew > 0.0
    }

    /// Of an epoch: the error (flux unit) that it would have if its flux were the usual one, and its flux above the usual
    /// one in the variable in which noise is even (flux unit).
    ///
    /// An error that is far from those of all usual epochs then was not of this law; it is taken as it is, within the
    /// range of theirs. No error (0, negative, NaN) stays none.
    pub(super) fn judge(&self, level: f64, flux: f64, error: f64) -> (f64, f64) {
        if self.exponent == 0.0 || !is_positive(level) {
            return (error, flux - level);
        }
        let above = flux / level - 1.0;
        self.judge_above(level, above, ln_1p(above), error)
    }

    /// The same of epochs of one usual flux: their errors, and their fluxes in the other variable.
    pub(super) fn judge_all(
        &self,
        level: f64,
        fluxes: &[f64],
        errors: &[f64],
    ) -> (Vec<f64>, Vec<f64>) {
        if self.exponent == 0.0 || !is_positive(level) {
            let even = fluxes.iter().map(|flux| flux - level).collect();
            return (errors.to_vec(), even);
        }
        let (mut own, mut even) = (logs_of(level, fluxes), Vec::with_capacity(fluxes.len()));
        let inverse = level.recip();
        for ((own, &flux), &error) in own.iter_mut().zip(fluxes).zip(errors) {
            let judged = self.judge_above(level, flux * inverse - 1.0, *own, error);
            *own = judged.0;
            even.push(judged.1);
        }
        (own, even)
    }

    /// The same of f/L − 1 and its logarithm, which is not looked at below the floor.
    #[inline(always)]
    fn judge_above(&self, level: f64, above: f64, log: f64, error: f64) -> (f64, f64) {
        let (least, most) = (self.usual.0 * level, self.usual.1 * level);
        if above <= FLOOR - 1.0 {
            let own = if error > 0.0 {
                error.clamp(least, most)
            } else {
                error
            };
            return (own, level * even(above, self.skew));
        }
        let own = if self.exponent == 1.0 {
            error / (1.0 + above)
        } else {
            error * exp(-self.exponent * log)
        };
        let usual = own * 1.5 >= least && own <= 1.5 * most;
        let own = if usual || !is_positive(error) {
            own
        } else {
            error.clamp(least, most)
        };
        (own, level * even_of(above, log, self.skew))
    }

    /// The flux above the usual one in the variable in which noise is even (flux unit).
    pub(super) fn even(&self, level: f64, flux: f64) -> f64 {
        if self.skew == 0.0 || !is_positive(level) {
            flux - level
        } else {
            level * even(flux / level - 1.0, self.skew)
        }
    }

    /// The same of many.
    pub(super) fn evens(&self, level: f64, fluxes: &[f64]) -> Vec<f64> {
        if self.skew == 0.0 || !is_positive(level) {
            return fluxes.iter().map(|flux| flux - level).collect();
        }
        let mut evens = logs_of(level, fluxes);
        let inverse = level.recip();
        for (log, &flux) in evens.iter_mut().zip(fluxes) {
            let above = flux * inverse - 1.0;
            *log = level
                * if above < FLOOR - 1.0 {
                    even(above, self.skew)
                } else {
                    even_of(above, *log, self.skew)
                };
        }
        evens
    }

    /// The flux of which [`even`](Self::even) is this.
    pub(super) fn flux_of(&self, level: f64, even: f64) -> f64 {
        if self.skew == 0.0 || !is_positive(level) {
            return level + even;
        }
        let (power, above) = (1.0 - self.skew, even / level);
        let ratio = if power < 1e-9 {
            above.exp()
        } else {
            ((power * above).ln_1p() / power).exp()
        };
        level * ratio
    }

    /// By what the noise is larger, and by what a change of flux is larger than that of the even variable, at a flux that
    /// is so many times the usual one.
    pub(super) fn growth(&self, ratio: f64) -> (f64, f64) {
        let ratio = ratio.max(FLOOR);
        (ratio.powf(self.exponent), ratio.powf(self.skew))
    }
}

/// κ(p).
pub(super) fn skew_of(exponent: f64) -> f64 {
    exponent * (1.0 + 2.0 * exponent) / 3.0
}

/// y/L of f/L − 1.
fn even(above: f64, skew: f64) -> f64 {
    let floor = FLOOR - 1.0;
    if above < floor {
        even_of(floor, FLOOR.ln(), skew) + (above - floor) * FLOOR.powf(-skew)
    } else {
        even_of(above, ln_1p(above), skew)
    }
}

/// The same of f/L − 1 and ln(f/L), above the floor.
#[inline]
pub(super) fn even_of(above: f64, log: f64, skew: f64) -> f64 {
    if skew == 0.0 {
        return above;
    }
    let power = 1.0 - skew;
    let x = power * log;
    if x.abs() < NEAR {
        log * near_exp_m1(x)
    } else {
        x.exp_m1() / power
    }
}

/// ln(1 + x): most epochs are near the level, where few terms are exact to 1e-14.
#[inline]
pub(super) fn ln_1p(x: f64) -> f64 {
    if x.abs() < NEAR {
        near_ln_1p(x)
    } else {
        x.ln_1p()
    }
}

/// The same of many.
pub(super) fn logs(values: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
    // two at a time as long as there is no branch
    let mut logs: Vec<f64> = values.clone().map(near_ln_1p).collect();
    for (log, x) in logs.iter_mut().zip(values) {
        let is_near = x.abs() < NEAR; // false for NaN
        if !is_near {
            *log = x.ln_1p();
        }
    }
    logs
}

/// ln(f/L).
fn logs_of(level: f64, fluxes: &[f64]) -> Vec<f64> {
    let inverse = level.recip();
    logs(fluxes.iter().map(|flux| flux * inverse - 1.0))
}

/// Where the sums below are exact.
const NEAR: f64 = 0.3;

/// ln(1 + x) = 2 artanh(x/(2 + x)), summed in pairs, none of which waits for the one before.
#[inline]
fn near_ln_1p(x: f64) -> f64 {
    let t = x / (2.0 + x);
    let t2 = t * t;
    let t4 = t2 * t2;
    let first = (1.0 + t2 * (1.0 / 3.0)) + t4 * (1.0 / 5.0 + t2 * (1.0 / 7.0));
    let second = (1.0 / 9.0 + t2 * (1.0 / 11.0)) + t4 * (1.0 / 13.0 + t2 * (1.0 / 15.0));
    let t8 = t4 * t4;
    2.0 * t * (first + t8 * (second + t8 * (1.0 / 17.0)))
}

/// e^x in the same way, exact to 1e-14.
#[inline]
pub(super) fn exp(x: f64) -> f64 {
    if x.abs() >= NEAR || x.is_nan() {
        return x.exp();
    }
    1.0 + x * near_exp_m1(x)
}

/// (e^x − 1)/x.
#[inline]
fn near_exp_m1(x: f64) -> f64 {
    let x2 = x * x;
    let x4 = x2 * x2;
    let first = (1.0 + x * (1.0 / 2.0)) + x2 * (1.0 / 6.0 + x * (1.0 / 24.0));
    let second = (1.0 / 120.0 + x * (1.0 / 720.0)) + x2 * (1.0 / 5_040.0 + x * (1.0 / 40_320.0));
    first + x4 * (second + x4 * (1.0 / 362_880.0 + x * (1.0 / 3_628_800.0)))
}

/// False for NaN.
fn is_positive(number: f64) -> bool {
    number > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAGNITUDE: NoiseLaw = NoiseLaw {
        exponent: 1.0,
        skew: 1.0,
        usual: (0.01, 0.2),
    };

    // by hand: L((f/L)^(1 − κ) − 1)/(1 − κ), L ln(f/L)
    #[test]
    fn the_even_variable_is_that_of_box_and_cox_and_has_an_inverse() {
        for (flux, skew, expected) in [
            (1050.0, 1.0, 48.790164169),
            (1900.0, 1.0, 641.853886172),
            (1050.0, 1.0 / 3.0, 49.592331220),
            (300.0, 1.0 / 3.0, -827.789288016),
            (1900.0, 0.0, 900.0),
        ] {
            let law = NoiseLaw { skew, ..MAGNITUDE };
            let even = law.even(1000.0, flux);
            assert!((even - expected).abs() < 1e-6, "{even} is not {expected}");
            assert!((law.flux_of(1000.0, even) - flux).abs() < 1e-6);
        }
    }

    /// A star whose outbursts are far beyond its errors of 0.01 mag.
    #[test]
    fn what_a_star_does_is_no_skewed_noise() {
        let flux = |place: usize| if place % 7 < 2 { 2500.0 } else { 1000.0 } + place as f64 * 0.1;
        let law = |error: f64| {
            let epoch = |place: usize| (flux(place), error * flux(place), 1000.0);
            NoiseLaw::of(200, epoch, 1000.0, 500.0)
        };
        let outbursts = law(0.01);
        assert_eq!((outbursts.exponent, outbursts.skew), (1.0, 0.0));
        // where the errors are as large it may be noise
        assert_eq!(law(0.4).skew, 1.0);
    }

    #[test]
    fn it_goes_on_below_zero() {
        let steps = [-500.0, -1.0, 0.0, 49.9, 50.1, 100.0, 1000.0];
        let values = steps.map(|flux| MAGNITUDE.even(1000.0, flux));
        assert!(values.is_sorted() && values.iter().all(|value| value.is_finite()));
        assert!(MAGNITUDE.even(1000.0, f64::NAN).is_nan());
    }

    #[test]
    fn errors_are_taken_at_the_level_unless_they_are_not_of_the_law() {
        let own = |flux, error| MAGNITUDE.judge(1000.0, flux, error).0;
        assert!((own(800.0, 80.0) - 100.0).abs() < 1e-9);
        assert!((own(1250.0, 125.0) - 100.0).abs() < 1e-9);
        // 0.1/0.05 would be twice the level: as it is, and no larger than usual ones are
        assert_eq!(own(60.0, 100.0), 100.0);
        assert_eq!(own(-5.0, 300.0), 200.0);
        assert!(own(900.0, f64::NAN).is_nan());
        assert_eq!(own(900.0, 0.0), 0.0);
    }
}
