//! The usual flux of a lightcurve and its noise.

use std::borrow::Cow;

use super::Noise;
use super::baseline::running_median;
use super::chance::Chances;
use super::law::NoiseLaw;
use super::quiet::usual;
use crate::analysis::Checked;
use crate::statistics::{distance_if, sigma_clipped, sums};

/// What the flux of each epoch of a lightcurve is compared with, and its noise: what a finder begins with.
///
/// ```
/// use retriever::analysis::{self, Checked, Level, QualityChecker, StandardQuality};
/// # use retriever::photometry::Epochs;
/// # let mut flux: Vec<f64> = [10.0, 11.0, 9.0, 10.0, 10.0, 10.0, 9.0, 11.0].repeat(4);
/// # flux[4] = 30.0;
/// # let epochs = Epochs {
/// #     mjd: (0..32).map(|day| 58_000.0 + f64::from(day)).collect(),
/// #     mag: flux.iter().map(|flux| 23.9 - 2.5 * flux.log10()).collect(),
/// #     flux, fluxerr: vec![2.0; 32], magerr: vec![0.04; 32], flag: vec![false; 32], exptime: vec![30.0; 32],
/// #     ra: vec![f64::NAN; 32], dec: vec![f64::NAN; 32], flux_unit: "uJy".into(), zero_point: 23.9, extra: vec![],
/// # };
/// # let lightcurve = analysis::lightcurve("DEMO", "star", "R", epochs);
/// let quality = StandardQuality::default().check(&lightcurve);
/// let checked = Checked { lightcurve: &lightcurve, quality: &quality };
/// let level = Level::of(&checked, None);
/// assert!((level.at(0) - 10.0).abs() < 1e-9);
/// let snr = level.snr(&checked);
/// assert!(snr[0].abs() < 1e-9 && (snr[4] - 10.0).abs() < 1e-9); // (30 - 10) / max(2, scatter)
/// assert_eq!(level.error_at(&checked, 4), 2.0);
/// ```
pub struct Level {
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
    /// The robust mean of the flux of the good epochs, or with a window (d) their running median, and the robust scatter
    /// around it; a strong event in an otherwise quiet lightcurve is left out of both. NaN without a good epoch.
    pub fn of(checked: &Checked<'_>, window: Option<f64>) -> Level {
        Level::of_good(checked, &checked.good_epochs(), window)
    }

    /// The same, where the good epochs are known.
    pub(super) fn of_good(checked: &Checked<'_>, good: &[usize], window: Option<f64>) -> Level {
        let epochs = &checked.lightcurve.epochs;
        let flux = taken(&epochs.flux, good);
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
            let around = usual(&level.residuals(good, &flux), error);
            level.scatter = around.scatter;
            level.events = around.events;
        }
        let quiet = level.quiet_of(good);
        let epoch = |place: usize| {
            let epoch = quiet[place];
            (epochs.flux[epoch], epochs.fluxerr[epoch], level.at(epoch))
        };
        level.law = NoiseLaw::of(quiet.len(), epoch, level.mean, level.scatter);
        if level.law.is_skewed() {
            level.even_out(good, &flux);
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
        let even = self.law.evens(self.mean, &self.quiet_of(flux));
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

    /// The usual flux at an epoch (flux unit).
    pub fn at(&self, epoch: usize) -> f64 {
        self.running
            .as_ref()
            .map_or(self.mean, |running| running[epoch])
    }

    /// The noise of an epoch at the usual flux: the larger of the scatter and the error that the epoch would have there (flux
    /// unit); an error that is NaN is passed over.
    pub fn error_at(&self, checked: &Checked<'_>, epoch: usize) -> f64 {
        let epochs = &checked.lightcurve.epochs;
        let (flux, error) = (epochs.flux[epoch], epochs.fluxerr[epoch]);
        let (own, _) = self.law.judge(self.at(epoch), flux, error);
        own.max(self.scatter)
    }

    /// How far the flux of each epoch is from the usual one, over [`error_at`](Level::error_at); NaN where there is no flux,
    /// or no noise.
    pub fn snr(&self, checked: &Checked<'_>) -> Vec<f64> {
        self.judge(checked).snr
    }

    /// The signal to noise of each epoch; NaN where there is none.
    pub(super) fn judge(&self, checked: &Checked<'_>) -> Judged {
        let epochs = &checked.lightcurve.epochs;
        let mut own = Cow::Borrowed(&*epochs.fluxerr);
        let mut evens = None;
        if self.law != NoiseLaw::FLUX {
            let (errors, even) = match &self.running {
                None => self.law.judge_all(self.mean, &epochs.flux, &own),
                Some(running) => (running.iter().zip(epochs.flux.iter().zip(&*own)))
                    .map(|(&level, (&flux, &error))| self.law.judge(level, flux, error))
                    .unzip(),
            };
            own = Cow::Owned(errors);
            evens = self.law.is_skewed().then_some(even);
        }
        // f64::max passes over an error that is NaN
        let noise: Vec<f64> = own.iter().map(|own| own.max(self.scatter)).collect();
        let snr: Vec<f64> = match &self.running {
            None => (epochs.flux.iter().zip(&noise))
                .map(|(flux, noise)| finite((flux - self.mean) / noise))
                .collect(),
            Some(running) => (epochs.flux.iter().zip(running).zip(&noise))
                .map(|((flux, usual), noise)| finite((flux - usual) / noise))
                .collect(),
        };
        let score: Option<Vec<f64>> = evens.map(|evens| {
            let pairs = evens.iter().zip(&noise);
            pairs.map(|(even, noise)| finite(even / noise)).collect()
        });
        let scores = score.as_ref().unwrap_or(&snr);
        let times = epochs.flag.iter().zip(&epochs.mjd);
        let usable: Vec<bool> = (times.zip(&snr))
            .map(|((flag, mjd), snr)| !flag & mjd.is_finite() & !snr.is_nan())
            .collect();
        Judged {
            chances: Chances::of(scores, &own, &noise, &usable, &checked.quality.qflag),
            snr,
            score,
        }
    }

    /// The same in numbers, as [`Scores`](super::Scores) have it.
    pub fn noise(&self) -> Noise {
        Noise {
            level: self.mean,
            scatter: self.scatter,
            error_scale: 1.0,
        }
    }
}

/// These of the values, which are all of them more often than not.
pub(super) fn taken<'a>(values: &'a [f64], epochs: &[usize]) -> Cow<'a, [f64]> {
    if epochs.len() == values.len() {
        return Cow::Borrowed(values);
    }
    Cow::Owned(epochs.iter().map(|&epoch| values[epoch]).collect())
}

/// NaN for what is no number.
fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { f64::NAN }
}

/// Mean and standard deviation of values around 0 within 3 times the scatter of their mean, in three rounds from the scatter
/// that is given: [`sigma_clipped`] without the median, where the middle is known nearly.
fn clipped(values: &[f64], mut scatter: f64) -> (f64, f64) {
    let mut mean = 0.0;
    for _ in 0..3 {
        let [number, sum, squares] = sums(values, |value| {
            let from_mean = value - mean;
            distance_if(from_mean.abs() <= 3.0 * scatter, from_mean)
        });
        let shift = sum / number;
        mean += shift;
        scatter = (squares / number - shift * shift).max(0.0).sqrt();
    }
    (mean, scatter)
}
