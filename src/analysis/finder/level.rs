//! The usual flux of a lightcurve and its noise.

use super::Noise;
use super::baseline::running_median;
use super::quiet::{Usual, usual};
use crate::analysis::Checked;
use crate::photometry::Epochs;

/// What the flux of each epoch is compared with.
pub(super) struct Level {
    mean: f64,
    scatter: f64,
    /// For each good epoch, whether it is of a strong event, which is in neither of the two; none if there is none.
    events: Option<Vec<bool>>,
    /// The usual flux at each epoch, where it goes with time.
    running: Option<Vec<f64>>,
}

impl Level {
    /// From the good epochs; a window (d) makes the level a running median. NaN without a good epoch.
    pub(super) fn of(checked: &Checked<'_>, window: Option<f64>) -> Level {
        let epochs = &checked.lightcurve.epochs;
        let good: Vec<usize> = (0..epochs.len())
            .filter(|&epoch| checked.is_good(epoch))
            .collect();
        let flux: Vec<f64> = good.iter().map(|&epoch| epochs.flux[epoch]).collect();
        let error = |place: usize| epochs.fluxerr[good[place]];
        let all = usual(&flux, error);
        let Some(window) = window else {
            return Level::new(all, None);
        };
        let mean = all.level;
        let times: Vec<f64> = good.iter().map(|&epoch| epochs.mjd[epoch]).collect();
        let running = running_median(&times, &flux, window, mean, &epochs.mjd);
        let residuals: Vec<f64> = good
            .iter()
            .map(|&epoch| epochs.flux[epoch] - running[epoch])
            .collect();
        let mut around = usual(&residuals, error);
        around.level = mean;
        Level::new(around, Some(running))
    }

    fn new(usual: Usual, running: Option<Vec<f64>>) -> Level {
        Level {
            mean: usual.level,
            scatter: usual.scatter,
            events: usual.events,
            running,
        }
    }

    /// The usual flux at an epoch.
    pub(super) fn at(&self, epoch: usize) -> f64 {
        self.running
            .as_ref()
            .map_or(self.mean, |running| running[epoch])
    }

    /// Whether this one of the good epochs counted for level and scatter.
    pub(super) fn counted(&self, place: usize) -> bool {
        self.events.as_ref().is_none_or(|events| !events[place])
    }

    /// The signal to noise of each epoch; NaN where there is none.
    pub(super) fn snr(&self, epochs: &Epochs) -> Vec<f64> {
        let score = |above: f64, error: f64| {
            // f64::max passes over an error that is NaN
            let snr = above / error.max(self.scatter);
            if snr.is_finite() { snr } else { f64::NAN }
        };
        let each = epochs.flux.iter().zip(&epochs.fluxerr);
        match &self.running {
            None => each
                .map(|(flux, &error)| score(flux - self.mean, error))
                .collect(),
            Some(running) => (each.zip(running))
                .map(|((flux, &error), usual)| score(flux - usual, error))
                .collect(),
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
