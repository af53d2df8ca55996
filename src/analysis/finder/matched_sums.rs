//! The sums of a matched filter: for each trial time the signal to noise of the best amplitude.
//!
//! With w = 1/σ² and residuals f, amplitude A = Σ w T f / Σ w T², its error 1/√(Σ w T²), S/N = Σ w T f / √(Σ w T²).
//! Time goes as the number of epochs for each template, whatever its width, since the step grows with it:
//! a Gaussian takes support/step terms for each epoch (13 at an overlap of 0.95; where epochs are dense, for each 24th of
//! its width), a box two prefix sums for each trial, a
//! flare one step of a recursion for each epoch. FFTs would gain nothing: they need all shifts of a uniform grid.

use std::sync::LazyLock;

use super::trials::Correlations;
use crate::analysis::{Shape, Template};

/// Good epochs with what is left of their flux above the baseline, in the variable in which noise is even, and the
/// inverse square of its error.
#[derive(Debug, Default)]
pub(super) struct Residuals {
    /// Trial times are counted from here (d), so that a part of a lightcurve is tried at the times of the whole.
    pub(super) start: f64,
    pub(super) time: Vec<f64>,
    pub(super) flux: Vec<f64>,
    pub(super) weight: Vec<f64>,
    /// Σ w and Σ w f of all epochs before each.
    pub(super) weight_before: Vec<f64>,
    pub(super) flux_before: Vec<f64>,
}

/// A template at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Trial {
    /// Time of the peak of the template (d).
    pub(super) time: f64,
    pub(super) snr: f64,
    /// Σ w T².
    pub(super) power: f64,
}

impl Residuals {
    /// Sums over all epochs before each one; call it when the others are filled.
    pub(super) fn accumulate(&mut self) {
        self.weight_before.clear();
        self.flux_before.clear();
        let (mut weights, mut fluxes) = (0.0, 0.0);
        self.weight_before.push(weights);
        self.flux_before.push(fluxes);
        for (weight, flux) in self.weight.iter().zip(&self.flux) {
            weights += weight;
            fluxes += weight * flux;
            self.weight_before.push(weights);
            self.flux_before.push(fluxes);
        }
    }

    /// Becomes these epochs of another one, without the sums over those before.
    pub(super) fn copy(&mut self, other: &Residuals, epochs: std::ops::Range<usize>) {
        self.start = other.start;
        for (own, of_other) in [
            (&mut self.time, &other.time),
            (&mut self.flux, &other.flux),
            (&mut self.weight, &other.weight),
        ] {
            own.clear();
            own.extend_from_slice(&of_other[epochs.clone()]);
        }
    }

    /// Weighted mean of the fluxes of these epochs, and its error.
    pub(super) fn mean(&self, epochs: std::ops::Range<usize>) -> (f64, f64) {
        let pairs = self.weight[epochs.clone()].iter().zip(&self.flux[epochs]);
        let (weights, fluxes) = pairs.fold((0.0, 0.0), |(weights, fluxes), (weight, flux)| {
            (weights + weight, fluxes + weight * flux)
        });
        (fluxes / weights, f64::sqrt(weights).recip())
    }

    /// All trials of a template, in order of time, into `trials`, and how they hang together into `correlations`, if
    /// somebody asks for it.
    pub(super) fn scan(
        &self,
        template: &Template,
        min_epochs: usize,
        trials: &mut Vec<Trial>,
        mut correlations: Option<&mut Correlations>,
    ) {
        trials.clear();
        if let Some(correlations) = correlations.as_deref_mut() {
            correlations.clear();
        }
        match template.shape {
            Shape::Gaussian => self.scan_gaussian(template, min_epochs, trials, correlations),
            Shape::Box => self.scan_box(template, min_epochs, trials, correlations),
            Shape::Flare => self.scan_flare(template, min_epochs, trials, correlations),
        }
    }

    fn scan_gaussian(
        &self,
        template: &Template,
        min_epochs: usize,
        trials: &mut Vec<Trial>,
        mut correlations: Option<&mut Correlations>,
    ) {
        let time = &self.time;
        let Some(&first) = time.first() else { return };
        let start = self.start;
        let reach = REACH * template.width;
        let half = template.width / 2.0;
        let bin = template.width * BIN;
        let binned;
        let summed = if self.is_dense(bin) {
            binned = self.binned(bin);
            &binned
        } else {
            self
        };
        let mut support = Window::default();
        let mut inner = Window::default();
        let mut index = ((first - start) / template.step).ceil();
        let mut before: Option<(f64, f64)> = None;
        loop {
            let peak = start + index * template.step;
            inner.advance(time, peak - half, peak + half);
            if inner.len() < min_epochs {
                // on to the first time that has the least number of epochs within half a width
                let Some(&last) = time.get(inner.begin + min_epochs - 1) else {
                    break;
                };
                let next = ((last - half - start) / template.step).ceil();
                index = next.max(index + 1.0);
                before = None;
                continue;
            }
            support.advance(&summed.time, peak - reach, peak + reach);
            let (signal, power) = summed.gaussian_sums(support.begin..support.end, peak, reach);
            trials.push(Trial {
                time: peak,
                snr: signal / power.sqrt(),
                power,
            });
            if let Some(correlations) = correlations.as_deref_mut() {
                correlations.push_gaussian(&mut before, power.ln());
            }
            index += 1.0;
        }
    }

    /// True if a bin of this width holds four epochs or more, on the whole.
    fn is_dense(&self, width: f64) -> bool {
        let number = self.time.len();
        let quarter = number / 4;
        // by the four quarters of the epochs, of which one gap spoils only one
        let crowded = |part: usize| {
            let (first, last) = (part * quarter, (part + 1) * quarter - 1);
            (self.time[last] - self.time[first]) < width * quarter as f64 / 4.0
        };
        quarter > 8 && (0..4).filter(|&part| crowded(part)).count() >= 3
    }

    fn gaussian_sums(&self, epochs: std::ops::Range<usize>, peak: f64, reach: f64) -> (f64, f64) {
        let scale = CELLS as f64 / reach;
        let (mut signal, mut power) = (0.0, 0.0);
        let time = &self.time[epochs.clone()];
        let flux = &self.flux[epochs.clone()];
        let weight = &self.weight[epochs];
        let table: &[f64; CELLS + 2] = &GAUSSIAN;
        for ((&time, &flux), &weight) in time.iter().zip(flux).zip(weight) {
            let place = (time - peak).abs() * scale;
            let cell = (place as u32 as usize).min(CELLS);
            let (low, high) = (table[cell], table[cell + 1]);
            let value = low + (high - low) * (place - cell as f64);
            let weighted = weight * value;
            signal += weighted * flux;
            power += weighted * value;
        }
        (signal, power)
    }

    /// A box begins at the first epoch of each step of time. Where a narrower one has begun there with the same epochs
    /// nothing new would be tried, and it is left out.
    fn scan_box(
        &self,
        template: &Template,
        min_epochs: usize,
        trials: &mut Vec<Trial>,
        mut correlations: Option<&mut Correlations>,
    ) {
        let (time, number) = (&self.time, self.time.len());
        let half = template.width / 2.0;
        let narrower = template.narrower.map(|overlap| overlap * overlap);
        let (mut end, mut narrow_end) = (0, 0);
        let mut before: Option<(usize, f64)> = None;
        let mut next = f64::NEG_INFINITY;
        for begin in 0..number {
            if time[begin] < next {
                continue;
            }
            let step = self.step_of(begin, template.step);
            next = self.start + (step + 1.0) * template.step;
            while end < number && time[end] <= time[begin] + template.width {
                end += 1;
            }
            if end - begin < min_epochs {
                continue;
            }
            if let Some(ratio) = narrower {
                narrow_end = narrow_end.max(begin);
                while narrow_end < end && time[narrow_end] <= time[begin] + ratio * template.width {
                    narrow_end += 1;
                }
                if narrow_end == end && self.begins(begin, ratio * template.step) {
                    continue;
                }
            }
            let power = self.weight_before[end] - self.weight_before[begin];
            let signal = self.flux_before[end] - self.flux_before[begin];
            // a box with its middle after `earliest` and up to `latest` has these epochs and no others
            let latest = time[begin] + half;
            let earliest = begin
                .checked_sub(1)
                .map_or(f64::NEG_INFINITY, |other| time[other] + half)
                .max(time[end - 1] - half);
            trials.push(Trial {
                time: (earliest + latest) / 2.0,
                snr: signal / power.sqrt(),
                power,
            });
            if let Some(correlations) = correlations.as_deref_mut() {
                correlations.push(before.map_or(0.0, |(before_end, before_power)| {
                    let shared = before_end.max(begin);
                    let shared = self.weight_before[shared] - self.weight_before[begin];
                    shared / (power * before_power).sqrt()
                }));
                before = Some((end, power));
            }
        }
    }

    /// True if this epoch is the first in a step of this length.
    fn begins(&self, epoch: usize, step: f64) -> bool {
        epoch == 0 || self.step_of(epoch - 1, step) < self.step_of(epoch, step)
    }

    /// How many steps of this length (d) an epoch is after the start.
    fn step_of(&self, epoch: usize, step: f64) -> f64 {
        // a float: times are what a file says, and may be any number of steps apart
        ((self.time[epoch] - self.start) / step).floor()
    }

    /// Epochs within so much time (d) as one, with their mean flux and time by weight.
    fn binned(&self, width: f64) -> Residuals {
        let mut binned = Residuals::default();
        let (mut until, mut weights, mut times, mut fluxes) = (f64::INFINITY, 0.0, 0.0, 0.0);
        let mut close = |weights: f64, times: f64, fluxes: f64| {
            if weights > 0.0 {
                binned.time.push(times / weights);
                binned.flux.push(fluxes / weights);
                binned.weight.push(weights);
            }
        };
        let mut from = 0.0;
        for ((&time, &flux), &weight) in self.time.iter().zip(&self.flux).zip(&self.weight) {
            if time >= until || until.is_infinite() {
                close(weights, times + from * weights, fluxes);
                (until, from) = (time + width, time);
                (weights, times, fluxes) = (0.0, 0.0, 0.0);
            }
            weights += weight;
            // sums of small differences keep their digits
            times += weight * (time - from);
            fluxes += weight * flux;
        }
        close(weights, times + from * weights, fluxes);
        binned
    }

    fn scan_flare(
        &self,
        template: &Template,
        min_epochs: usize,
        trials: &mut Vec<Trial>,
        mut correlations: Option<&mut Correlations>,
    ) {
        // between two epochs the peak of a flare only changes its height: the epochs themselves are all trials there are
        let rate = std::f64::consts::LN_2 / template.width;
        let (mut signal, mut power) = (0.0f64, 0.0f64);
        let mut end = self.time.len();
        let mut later = f64::INFINITY;
        for begin in (0..self.time.len()).rev() {
            let time = self.time[begin];
            let decay = (-(later - time) * rate).exp();
            let power_later = power;
            signal = self.weight[begin] * self.flux[begin] + decay * signal;
            power = self.weight[begin] + decay * decay * power;
            later = time;
            while end > begin && self.time[end - 1] > time + template.width {
                end -= 1;
            }
            if end - begin < min_epochs {
                continue;
            }
            if let Some(correlations) = correlations.as_deref_mut() {
                correlations.push(decay * (power_later / power).sqrt());
            }
            trials.push(Trial {
                time,
                snr: signal / power.sqrt(),
                power,
            });
        }
        trials.reverse();
    }
}

/// A stretch of epochs that only moves on.
#[derive(Debug, Default)]
struct Window {
    begin: usize,
    end: usize,
}

impl Window {
    /// Moves to the epochs of these times, both included.
    fn advance(&mut self, time: &[f64], from: f64, to: f64) {
        while self.end < time.len() && time[self.end] <= to {
            self.end += 1;
        }
        while self.begin < self.end && time[self.begin] < from {
            self.begin += 1;
        }
    }

    fn len(&self) -> usize {
        self.end - self.begin
    }
}

/// Epochs within this part of the FWHM of a Gaussian may be summed as one: that widens it by 4e-4 of itself.
const BIN: f64 = 1.0 / 24.0;

/// Half the support of a Gaussian, 3σ, in units of the FWHM: 3/(2·√(2 ln 2)).
const REACH: f64 = 1.273_981_351_4;

/// Cells of the table of the Gaussian; linear interpolation errs by less than 1.1e-6 of the peak.
const CELLS: usize = 1024;

/// exp(−x²/2) from 0 to 3σ; the last value stands twice, for what rounding puts at the very end.
static GAUSSIAN: LazyLock<[f64; CELLS + 2]> = LazyLock::new(|| {
    std::array::from_fn(|cell| {
        let sigmas = 3.0 * cell.min(CELLS) as f64 / CELLS as f64;
        (-sigmas * sigmas / 2.0).exp()
    })
});

#[cfg(test)]
mod tests {
    use super::super::height::Height;
    use super::super::suppression::Candidate;
    use super::*;
    use crate::analysis::Bank;

    /// Epochs at uneven times with uneven weights.
    fn uneven() -> Residuals {
        let part = |epoch: usize, step: f64| (epoch as f64 * step).fract();
        let mut residuals = Residuals {
            time: (0..400)
                .map(|epoch| 0.1 * (epoch as f64 + 0.9 * part(epoch, 0.618_034)))
                .collect(),
            flux: (0..400).map(|epoch| part(epoch, 0.414_214) - 0.5).collect(),
            weight: (0..400).map(|epoch| 1.0 + part(epoch, 0.732_051)).collect(),
            ..Residuals::default()
        };
        residuals.start = residuals.time[0];
        residuals.accumulate();
        residuals
    }

    #[test]
    fn a_trial_is_what_the_template_at_its_time_gives() {
        let residuals = uneven();
        for shape in Shape::ALL {
            for template in Bank::new(&[shape], 0.25, 2.5, 0.95).templates() {
                let mut trials = Vec::new();
                residuals.scan(template, 3, &mut trials, None);
                assert!(!trials.is_empty() || template.narrower.is_some());
                for trial in trials {
                    let candidate = Candidate {
                        template: 0,
                        trial,
                        height: Height::default(),
                    };
                    let direct = candidate.fit(template, &residuals, &residuals.flux);
                    assert!((direct.snr - trial.snr).abs() < 1e-4, "{shape:?} {trial:?}");
                    assert!((direct.power / trial.power - 1.0).abs() < 1e-4, "{shape:?}");
                }
            }
        }
    }
}
