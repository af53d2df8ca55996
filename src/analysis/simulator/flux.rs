//! The star as it is without the event, and the lightcurves with it.

use std::f64::consts::LN_10;

use rand::RngExt;
use rand_chacha::ChaCha12Rng;
use rand_distr::StandardNormal;

use crate::analysis::{Checked, ClockTimes, Shape, Truth};
use crate::photometry::{Lightcurve, magnitude_from_flux};
use crate::statistics::{median, sigma_clipped};

/// Level and noise of each lightcurve, on one clock.
pub(super) struct Star<'a> {
    clock: ClockTimes<'a>,
    curves: Vec<Curve<'a>>,
}

struct Curve<'a> {
    /// Robust mean of good flux (flux unit); 0 where there is no star to brighten: it is not changed.
    level: f64,
    /// Good epochs, with the variance that a finder takes for each: of the larger of error and robust scatter.
    good: Vec<usize>,
    variances: Vec<f64>,
    /// Errors of all epochs, which the photons of the source have a part in.
    errors: &'a [f64],
}

impl<'a> Star<'a> {
    /// None if no lightcurve has a good epoch and a level above 0.
    pub fn of(lightcurves: &[Checked<'a>]) -> Option<Star<'a>> {
        let clock = ClockTimes::of(lightcurves);
        let curves: Vec<Curve<'_>> = lightcurves
            .iter()
            .zip(&clock.times)
            .map(|(checked, times)| Curve::of(checked, times))
            .collect();
        let visible = curves.iter().any(|curve| curve.level > 0.0);
        visible.then_some(Star { clock, curves })
    }

    /// Times of the good epochs of all lightcurves that can be changed, rising (d).
    pub fn good_times(&self) -> Vec<f64> {
        let curves = self.curves.iter().zip(&self.clock.times);
        let mut all = Vec::with_capacity(self.curves.iter().map(|curve| curve.good.len()).sum());
        for (curve, times) in curves.filter(|(curve, _)| curve.level > 0.0) {
            all.extend(curve.good.iter().map(|&epoch| times[epoch]));
        }
        all.sort_unstable_by(f64::total_cmp);
        all
    }

    /// First and last of these times.
    pub fn span(&self) -> (f64, f64) {
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        (self.good_times().iter()).fold(ends, |(low, high), &time| (low.min(time), high.max(time)))
    }

    /// What the good epochs see of an event of relative amplitude 1.
    pub fn event(&self, shape: Shape, width: f64, time: f64) -> Event {
        let curves = self.curves.iter().zip(&self.clock.times);
        let seen = curves.map(|(curve, times)| curve.sees(shape, width, time, times));
        let sharpest = self
            .curves
            .iter()
            .filter_map(|curve| Some(curve.level / median(&curve.variances)?.sqrt()))
            .fold(0.0, f64::max);
        Event {
            seen: seen.collect(),
            sharpest,
        }
    }

    /// The change at the peak in each lightcurve (mag, positive = brighter).
    pub fn magnitudes(&self, amplitude: f64) -> Vec<f64> {
        let change = amplitude.ln_1p() * (2.5 / LN_10);
        let change = if change.is_finite() { change } else { f64::NAN };
        let mag = |curve: &Curve<'_>| if curve.level > 0.0 { change } else { f64::NAN };
        self.curves.iter().map(mag).collect()
    }
}

impl<'a> Curve<'a> {
    fn of(checked: &Checked<'a>, times: &[f64]) -> Curve<'a> {
        let epochs = &checked.lightcurve.epochs;
        let mut good = checked.good_epochs();
        good.retain(|&epoch| times[epoch].is_finite());
        let flux: Vec<f64> = good.iter().map(|&epoch| epochs.flux[epoch]).collect();
        let (level, scatter) = sigma_clipped(&flux).unwrap_or((0.0, 0.0));
        // max passes over a NaN error
        let noise = |&epoch: &usize| epochs.fluxerr[epoch].max(scatter).powi(2);
        Curve {
            level: if (level * scatter).is_finite() {
                level.max(0.0)
            } else {
                0.0
            },
            variances: good.iter().map(noise).collect(),
            errors: &epochs.fluxerr,
            good,
        }
    }

    /// Signal, variance and error variance of each good epoch that sees anything of it.
    fn sees(&self, shape: Shape, width: f64, time: f64, times: &[f64]) -> Vec<[f64; 3]> {
        let support = shape.support();
        let reach = reach(shape, width);
        let epochs = self.good.iter().zip(&self.variances);
        epochs
            .filter_map(|(&epoch, &variance)| {
                let since_peak = times[epoch] - time;
                if since_peak.abs() > reach {
                    return None;
                }
                let x = since_peak / width;
                let signal = if support.contains(&x) {
                    shape.value(x)
                } else {
                    0.0
                };
                let error = self.errors[epoch].max(0.0).powi(2);
                (signal > 0.0 && variance > 0.0 && variance.is_finite()).then_some([
                    signal * self.level,
                    variance,
                    error * signal,
                ])
            })
            .collect()
    }
}

/// An event of relative amplitude 1, as the epochs see it.
pub(super) struct Event {
    /// For each lightcurve, for each epoch that sees it: flux, variance without it, and the part of the variance that
    /// grows with it if all noise is the source's.
    seen: Vec<Vec<[f64; 3]>>,
    /// Largest S/N of a star in one usual epoch.
    sharpest: f64,
}

impl Event {
    /// S/N of the event in the lightcurve that shows it best, with the true template and the noise with the event in.
    pub fn snr(&self, amplitude: f64, share: f64) -> f64 {
        let square = |epochs: &Vec<[f64; 3]>| -> f64 {
            let term = |[flux, variance, error]: &[f64; 3]| {
                (amplitude * flux).powi(2) / (variance + share * amplitude.max(0.0) * error)
            };
            epochs.iter().map(term).sum()
        };
        self.seen.iter().map(square).fold(0.0, f64::max).sqrt()
    }

    /// The amplitude of this sign with this S/N, or with half of it in a single usual epoch if that is less.
    pub fn amplitude_of(&self, snr: f64, sign: f64, share: f64) -> f64 {
        let highest = 2.0 * snr / self.sharpest;
        // S/N grows with the amplitude, at least as its square root: each step halves the logarithm of what is missing
        let mut amplitude = highest.min(1.0);
        for _ in 0..60 {
            let factor = snr / self.snr(sign * amplitude, share);
            amplitude = (amplitude * factor).min(highest);
            if (factor - 1.0).abs() < 1e-12 || amplitude == highest {
                break;
            }
        }
        // without any noise every amplitude has any S/N: then there is no event
        if amplitude.is_finite() {
            sign * amplitude
        } else {
            0.0
        }
    }
}

/// The lightcurves with the event in.
pub(super) fn with_event(
    lightcurves: &[Checked<'_>],
    star: &Star<'_>,
    truth: &Truth,
    share: f64,
    random: &mut ChaCha12Rng,
) -> Vec<Lightcurve> {
    let curves = star.curves.iter().zip(&star.clock.times);
    let changed = lightcurves
        .iter()
        .zip(curves)
        .map(|(checked, (curve, times))| {
            let mut lightcurve = checked.lightcurve.clone();
            add_event(&mut lightcurve, curve.level, times, truth, share, random);
            lightcurve
        });
    changed.collect()
}

/// No epoch further from the peak (d) is in the support: most are so far away, and need no quotient to be left out.
fn reach(shape: Shape, width: f64) -> f64 {
    let support = shape.support();
    let widths = support.start().abs().max(support.end().abs());
    // a quotient may be rounded into the support
    widths * width * (1.0 + 1e-9)
}

fn add_event(
    lightcurve: &mut Lightcurve,
    level: f64,
    times: &[f64],
    truth: &Truth,
    share: f64,
    random: &mut ChaCha12Rng,
) {
    let support = truth.shape.support();
    let reach = reach(truth.shape, truth.width);
    let epochs = &mut lightcurve.epochs;
    let mut changed = false;
    for (epoch, time) in times.iter().enumerate() {
        let since_peak = time - truth.time;
        if since_peak.abs() > reach {
            continue;
        }
        let x = since_peak / truth.width;
        // NaN times are outside
        if !support.contains(&x) || level <= 0.0 || !epochs.flux[epoch].is_finite() {
            continue;
        }
        let relative = truth.amplitude * truth.shape.value(x);
        if relative == 0.0 {
            continue;
        }
        let error = epochs.fluxerr[epoch];
        // light that is taken away takes its noise with it, but what was observed cannot be made quieter
        let extra = error * (share * relative.max(0.0)).sqrt();
        let noise: f64 = random.sample(StandardNormal);
        epochs.flux[epoch] += level * relative;
        if extra > 0.0 && extra.is_finite() {
            epochs.flux[epoch] += extra * noise;
            epochs.fluxerr[epoch] = error.hypot(extra);
        }
        (epochs.mag[epoch], epochs.magerr[epoch]) =
            magnitude_from_flux(epochs.flux[epoch], epochs.fluxerr[epoch], epochs.zero_point);
        changed = true;
    }
    if changed {
        lightcurve.statistics = lightcurve.statistics.with_brightness(&lightcurve.epochs);
    }
}
