//! The usual flux of a lightcurve and its noise.

use super::Noise;
use super::baseline::running_median;
use crate::analysis::Checked;
use crate::photometry::Epochs;
use crate::statistics::sigma_clipped;

/// What the flux of each epoch is compared with.
pub(super) struct Level {
    mean: f64,
    scatter: f64,
    /// The usual flux at each epoch, where it goes with time.
    running: Option<Vec<f64>>,
}

impl Level {
    /// From the good epochs; a window (d) makes the level a running median. NaN without a good epoch.
    pub(super) fn of(checked: &Checked<'_>, window: Option<f64>) -> Level {
        let epochs = &checked.lightcurve.epochs;
        let good = checked.good_epochs();
        let flux: Vec<f64> = good.iter().map(|&epoch| epochs.flux[epoch]).collect();
        let (mean, scatter) = sigma_clipped(&flux).unwrap_or((f64::NAN, f64::NAN));
        let Some(window) = window else {
            return Level {
                mean,
                scatter,
                running: None,
            };
        };
        let times: Vec<f64> = good.iter().map(|&epoch| epochs.mjd[epoch]).collect();
        let running = running_median(&times, &flux, window, mean, &epochs.mjd);
        let residuals: Vec<f64> = good
            .iter()
            .map(|&epoch| epochs.flux[epoch] - running[epoch])
            .collect();
        Level {
            mean,
            scatter: sigma_clipped(&residuals).map_or(f64::NAN, |(_, scatter)| scatter),
            running: Some(running),
        }
    }

    /// The usual flux at an epoch.
    pub(super) fn at(&self, epoch: usize) -> f64 {
        self.running
            .as_ref()
            .map_or(self.mean, |running| running[epoch])
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
