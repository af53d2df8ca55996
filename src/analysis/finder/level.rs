//! The usual flux of a lightcurve and its noise.

use super::Noise;
use super::baseline::running_median;
use crate::analysis::Checked;
use crate::photometry::Epochs;
use crate::statistics::sigma_clipped;

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
/// let level = Level::of(&Checked { lightcurve: &lightcurve, quality: &quality }, None);
/// assert_eq!(level.at(0), 10.0);
/// let snr = level.snr(&lightcurve.epochs);
/// assert_eq!((snr[0], snr[4]), (0.0, 10.0)); // (30 - 10) / max(2, scatter)
/// ```
#[derive(Debug, Clone)]
pub struct Level {
    mean: f64,
    scatter: f64,
    /// The usual flux at each epoch, where it goes with time.
    running: Option<Vec<f64>>,
}

impl Level {
    /// The robust mean of the flux of the good epochs, or with a window (d) their running median; and the robust scatter
    /// around it, both 3σ-clipped. NaN without a good epoch.
    pub fn of(checked: &Checked<'_>, window: Option<f64>) -> Level {
        let epochs = &checked.lightcurve.epochs;
        let good: Vec<usize> = (0..epochs.len())
            .filter(|&epoch| checked.is_good(epoch))
            .collect();
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

    /// The usual flux at an epoch (flux unit).
    pub fn at(&self, epoch: usize) -> f64 {
        self.running
            .as_ref()
            .map_or(self.mean, |running| running[epoch])
    }

    /// The larger of the error of an epoch and the scatter (flux unit); an error that is NaN is passed over.
    pub fn error_at(&self, epochs: &Epochs, epoch: usize) -> f64 {
        epochs.fluxerr[epoch].max(self.scatter)
    }

    /// How far the flux of each epoch is from the usual one, over [`error_at`](Level::error_at); NaN where there is no flux,
    /// or no noise.
    pub fn snr(&self, epochs: &Epochs) -> Vec<f64> {
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

    /// The same in numbers, as [`Scores`](super::Scores) have it.
    pub fn noise(&self) -> Noise {
        Noise {
            level: self.mean,
            scatter: self.scatter,
            error_scale: 1.0,
        }
    }
}
