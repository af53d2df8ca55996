//! The score of each epoch: that of the best trial near it.

use super::matched_sums::Trial;
use super::placed::SLACK;

/// For each good epoch the score of the best trial near it, and its template.
pub(super) struct Best {
    /// Absolute value of the score; below 0 where there is none yet.
    size: Vec<f64>,
    snr: Vec<f64>,
    template: Vec<u32>,
}

impl Best {
    pub(super) fn new(number: usize) -> Best {
        Best {
            size: vec![-1.0; number],
            snr: vec![f64::NAN; number],
            template: vec![0; number],
        }
    }

    /// Score and template of a good epoch.
    pub(super) fn of(&self, epoch: usize) -> Option<(f64, usize)> {
        let known = self.size[epoch] >= 0.0;
        known.then(|| (self.snr[epoch], self.template[epoch] as usize))
    }

    /// Each trial counts for the epoch nearest to its peak, and each epoch has the trial nearest to it if that is within
    /// half a width. Both are in order of time.
    pub(super) fn update(&mut self, template: usize, width: f64, times: &[f64], trials: &[Trial]) {
        let half = width / 2.0 + SLACK;
        let mut epochs = times.iter().enumerate().peekable();
        for (place, trial) in trials.iter().enumerate() {
            let middle = match trials.get(place + 1) {
                Some(next) => (trial.time + next.time) / 2.0,
                None => f64::INFINITY,
            };
            while let Some((epoch, time)) = epochs.next_if(|(_, time)| **time < middle) {
                if (time - trial.time).abs() <= half {
                    self.raise(epoch, trial.snr, template);
                }
            }
        }
        let mut nearest = 0;
        for trial in trials {
            while nearest + 1 < times.len()
                && (times[nearest + 1] - trial.time).abs() <= (times[nearest] - trial.time).abs()
            {
                nearest += 1;
            }
            self.raise(nearest, trial.snr, template);
        }
    }

    fn raise(&mut self, epoch: usize, snr: f64, template: usize) {
        // NaN is not higher than anything
        if snr.abs() > self.size[epoch] {
            self.size[epoch] = snr.abs();
            self.snr[epoch] = snr;
            self.template[epoch] = template as u32;
        }
    }
}
