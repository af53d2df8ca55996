//! The usual flux of a lightcurve and its noise.

use std::borrow::Cow;

use super::Noise;
use super::baseline::running_median;
use super::chance::{Chance, Chances};
use super::law::NoiseLaw;
use super::quiet::usual;
use crate::analysis::Checked;
use crate::statistics::sigma_clipped;

/// What the flux of each epoch is compared with.
pub(super) struct Level {
    mean: f64,
    scatter: f64,
    /// For each good epoch, whether it is of a strong event, which is in neither of the two; none if there is none.
    events: Option<Vec<bool>>,
    /// The usual flux at each epoch, where it goes with time.
    running: Option<Vec<f64>>,
    /// How noise goes with the flux.
    pub(super) law: NoiseLaw,
}

/// What is said of each epoch.
pub(super) struct Judged {
    /// Flux above the usual, over the noise at the level; NaN where there is none.
    pub(super) snr: Vec<f64>,
    /// The Gaussian number of the same probability, where that is another one.
    score: Option<Vec<f64>>,
    /// How often noise exceeds a score.
    pub(super) chances: Chances,
}

impl Judged {
    pub(super) fn score(&self) -> &[f64] {
        self.score.as_ref().unwrap_or(&self.snr)
    }
}

impl Level {
    /// From the good epochs; a window (d) makes the level a running median. NaN without a good epoch.
    pub(super) fn of(checked: &Checked<'_>, window: Option<f64>) -> Level {
        let epochs = &checked.lightcurve.epochs;
        let good = checked.good_epochs();
        let flux: Vec<f64> = good.iter().map(|&epoch| epochs.flux[epoch]).collect();
        let error = |place: usize| epochs.fluxerr[good[place]];
        let all = usual(&flux, error);
        let mut level = Level {
            mean: all.level,
            scatter: all.scatter,
            events: all.events,
            running: None,
            law: NoiseLaw::FLUX,
        };
        if let Some(window) = window {
            let times: Vec<f64> = good.iter().map(|&epoch| epochs.mjd[epoch]).collect();
            let running = running_median(&times, &flux, window, level.mean, &epochs.mjd);
            level.running = Some(running);
            let around = usual(&level.residuals(&good, &flux), error);
            level.scatter = around.scatter;
            level.events = around.events;
        }
        let quiet = level.quiet_of(&good);
        let epoch = |place: usize| {
            let epoch = quiet[place];
            (epochs.flux[epoch], epochs.fluxerr[epoch], level.at(epoch))
        };
        level.law = NoiseLaw::of(quiet.len(), epoch, level.mean, level.scatter);
        if level.law.is_skewed() {
            level.even_out(&good, &flux);
        }
        level
    }

    /// Takes mean and scatter in the variable in which noise is even: skewed noise moves the mean of the flux.
    fn even_out(&mut self, good: &[usize], flux: &[f64]) {
        if self.running.is_some() {
            // a median is the same in any variable
            self.scatter = self.scatter_of(good, flux);
            return;
        }
        let even: Vec<f64> = (self.quiet_of(flux).iter())
            .map(|&flux| self.law.even(self.mean, flux))
            .collect();
        let (shift, scatter) = clipped(&even, self.scatter);
        if shift.is_finite() && scatter > 0.0 {
            let mean = self.law.flux_of(self.mean, shift);
            self.scatter = scatter * (mean / self.mean);
            self.mean = mean;
        }
    }

    /// Robust scatter of good epochs, those of strong events left out, around the usual flux.
    fn scatter_of(&self, good: &[usize], flux: &[f64]) -> f64 {
        let all = self.residuals(good, flux);
        sigma_clipped(&self.quiet_of(&all)).map_or(f64::NAN, |(_, scatter)| scatter)
    }

    /// What is left of good epochs, in the variable in which noise is even.
    fn residuals(&self, good: &[usize], flux: &[f64]) -> Vec<f64> {
        (good.iter().zip(flux))
            .map(|(&epoch, &flux)| self.law.even(self.at(epoch), flux))
            .collect()
    }

    /// Of values of the good epochs those of epochs that belong to no strong event.
    pub(super) fn quiet_of<'a, T: Copy>(&self, values: &'a [T]) -> Cow<'a, [T]> {
        let Some(events) = &self.events else {
            return Cow::Borrowed(values);
        };
        let quiet = values.iter().zip(events).filter(|(_, event)| !**event);
        Cow::Owned(quiet.map(|(value, _)| *value).collect())
    }

    /// True if the usual flux is the same at all times.
    pub(super) fn is_constant(&self) -> bool {
        self.running.is_none()
    }

    /// The usual flux at an epoch.
    pub(super) fn at(&self, epoch: usize) -> f64 {
        self.running
            .as_ref()
            .map_or(self.mean, |running| running[epoch])
    }

    /// The signal to noise of each epoch; NaN where there is none.
    pub(super) fn judge(&self, checked: &Checked<'_>) -> Judged {
        let epochs = &checked.lightcurve.epochs;
        let number = epochs.len();
        let mut snr = Vec::with_capacity(number);
        let mut score = (self.law.is_skewed()).then(|| Vec::with_capacity(number));
        let mut chance = Chance::with_capacity(number);
        let finite = |number: f64| if number.is_finite() { number } else { f64::NAN };
        for (epoch, (&flux, &error)) in epochs.flux.iter().zip(&epochs.fluxerr).enumerate() {
            let usual = self.at(epoch);
            let (own, even) = self.law.judge(usual, flux, error);
            // f64::max passes over an error that is NaN
            let noise = own.max(self.scatter);
            snr.push(finite((flux - usual) / noise));
            if let Some(score) = &mut score {
                score.push(finite(even / noise));
            }
            if !epochs.flag[epoch] && epochs.mjd[epoch].is_finite() && !snr[epoch].is_nan() {
                chance.push(even, own, noise, !checked.quality.qflag[epoch]);
            }
        }
        Judged {
            snr,
            score,
            chances: chance.chances(),
        }
    }

    pub(super) fn noise(&self) -> Noise {
        Noise {
            level: self.mean,
            scatter: self.scatter,
            error_scale: 1.0,
        }
    }
}

/// Mean and standard deviation of values around 0 within 3 times the scatter of their mean, in three rounds from the scatter
/// that is given: [`sigma_clipped`] without the median, where the middle is known nearly.
fn clipped(values: &[f64], mut scatter: f64) -> (f64, f64) {
    let mut mean = 0.0;
    for _ in 0..3 {
        let (mut number, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for value in values {
            let from_mean = value - mean;
            let inside = from_mean.abs() <= 3.0 * scatter;
            let from_mean = if inside { from_mean } else { 0.0 };
            number += f64::from(u8::from(inside));
            sum += from_mean;
            squares += from_mean * from_mean;
        }
        let shift = sum / number;
        mean += shift;
        scatter = (squares / number - shift * shift).max(0.0).sqrt();
    }
    (mean, scatter)
}
