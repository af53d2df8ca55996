//! The score of each epoch: that of the best trial near it.

use super::matched_sums::Trial;

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
        let (mut begin, mut nearest) = (0, 0);
        for (place, trial) in trials.iter().enumerate() {
            let middle = match trials.get(place + 1) {
                Some(next) => (trial.time + next.time) / 2.0,
                None => f64::INFINITY,
            };
            let (first, last) = (trial.time - width / 2.0, trial.time + width / 2.0);
            while begin < times.len() && times[begin] < first {
                begin += 1;
            }
            let mut end = begin;
            while end < times.len() && times[end] < middle && times[end] <= last {
                end += 1;
            }
            self.raise(begin..end, trial.snr, template);
            begin = end;
            while nearest + 1 < times.len()
                && (times[nearest + 1] - trial.time).abs() <= (times[nearest] - trial.time).abs()
            {
                nearest += 1;
            }
            self.raise(nearest..nearest + 1, trial.snr, template);
        }
    }

    fn raise(&mut self, epochs: std::ops::Range<usize>, snr: f64, template: usize) {
        let size = snr.abs();
        let best = (self.size[epochs.clone()].iter_mut())
            .zip(&mut self.snr[epochs.clone()])
            .zip(&mut self.template[epochs]);
        for ((best_size, best_snr), best_template) in best {
            // NaN is not higher than anything
            let higher = size > *best_size;
            *best_size = if higher { size } else { *best_size };
            *best_snr = if higher { snr } else { *best_snr };
            *best_template = if higher {
                template as u32
            } else {
                *best_template
            };
        }
    }
}
