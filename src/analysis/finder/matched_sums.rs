//! The sums of a matched filter: for each trial time the signal to noise of the best amplitude.
//!
//! With w = 1/σ² and residuals f, amplitude A = Σ w T f / Σ w T², its error 1/√(Σ w T²), S/N = Σ w T f / √(Σ w T²).
//! Time goes as the number of epochs for each template, whatever its width, since the step grows with it:
//! a Gaussian takes support/step terms for each epoch (13 at an overlap of 0.95; where epochs are dense, for each 24th of
//! its width), a box two prefix sums for each trial, a
//! flare one step of a recursion for each epoch. FFTs would gain nothing: they need all shifts of a uniform grid.

use std::sync::LazyLock;

use super::placed::SLACK;
use super::trials::{Correlations, correlation_of_gaussians};
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

    /// The epochs of these times, of which the last is included.
    pub(super) fn epochs(&self, times: &std::ops::Range<f64>) -> std::ops::Range<usize> {
        let first = self.time.partition_point(|&time| time < times.start);
        first..self.time.partition_point(|&time| time <= times.end)
    }

    /// Weighted mean of the fluxes of these epochs, and its error.
    pub(super) fn mean(&self, epochs: std::ops::Range<usize>) -> (f64, f64) {
        let pairs = self.weight[epochs.clone()].iter().zip(&self.flux[epochs]);
        let (weights, fluxes) = pairs.fold((0.0, 0.0), |(weights, fluxes), (weight, flux)| {
            (weights + weight, fluxes + weight * flux)
        });
        (fluxes / weights, f64::sqrt(weights).recip())
    }

    /// All trials of a template in order of time, and how they hang together.
    pub(super) fn trials(
        &self,
        template: &Template,
        min_epochs: usize,
        trials: &mut Vec<Trial>,
    ) -> Correlations {
        trials.clear();
        let many = template.shape != Shape::Gaussian && self.time.len() > FEW;
        let mut sink = Collector {
            trials,
            correlations: Correlations::new(),
            every: if many { SOME } else { 1 },
            until: 0,
        };
        self.scan(template, min_epochs, &mut sink);
        let correlations = sink.correlations;
        if template.shape == Shape::Flare {
            trials.reverse();
        }
        correlations
    }

    /// Gives all trials of a template to `sink`, those of boxes and Gaussians in order of time, those of flares backwards.
    pub(super) fn scan(&self, template: &Template, min_epochs: usize, sink: &mut impl Sink) {
        match template.shape {
            Shape::Gaussian => self.scan_gaussian(template, min_epochs, sink),
            Shape::Box => self.scan_box(template, min_epochs, sink),
            Shape::Flare => self.scan_flare(template, min_epochs, sink),
        }
    }

    fn scan_gaussian(&self, template: &Template, min_epochs: usize, sink: &mut impl Sink) {
        let time = &self.time;
        let Some(&first) = time.first() else { return };
        let start = self.start;
        let reach = REACH * template.width;
        let half = template.width / 2.0 + SLACK;
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
        // before the first epoch of a part there are others, and what is tried there is none of its own
        let earliest = if first > start { first } else { first - half };
        let mut index = ((earliest - start) / template.step).ceil();
        let mut before: Option<(f64, f64)> = None;
        let dense = (template.shape).overlap(template.width, template.width, template.step);
        let origin = start.abs() / template.step;
        // further out times are so rounded that trials are not told apart, and all that is later is too
        while origin < FARTHEST && index < FARTHEST {
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
            sink.add(peak, signal, power, || {
                correlation_of_gaussians(dense, &mut before, power.ln())
            });
            index += 1.0;
        }
    }

    /// True if a bin of this width holds two epochs or more, on the whole.
    fn is_dense(&self, width: f64) -> bool {
        let number = self.time.len();
        let quarter = number / 4;
        // by the four quarters of the epochs, of which one gap spoils only one
        let crowded = |part: usize| {
            let (first, last) = (part * quarter, (part + 1) * quarter - 1);
            (self.time[last] - self.time[first]) < width * quarter as f64 / 2.0
        };
        quarter > 8 && (0..4).filter(|&part| crowded(part)).count() >= 3
    }

    fn gaussian_sums(&self, epochs: std::ops::Range<usize>, peak: f64, reach: f64) -> (f64, f64) {
        let scale = CELLS as f64 / reach;
        let (mut signal, mut power) = (0.0, 0.0);
        let time = &self.time[epochs.clone()];
        let flux = &self.flux[epochs.clone()];
        let weight = &self.weight[epochs];
        let table: &[[f64; 2]; CELLS + 1] = &GAUSSIAN;
        for ((&time, &flux), &weight) in time.iter().zip(flux).zip(weight) {
            let place = (time - peak).abs() * scale;
            let [value, slope] = table[(place as u32 as usize).min(CELLS)];
            let value = value + slope * place;
            let weighted = weight * value;
            signal += weighted * flux;
            power += weighted * value;
        }
        (signal, power)
    }

    /// A box begins at the first epoch of each step of time. Where a narrower one has begun there with the same epochs
    /// nothing new would be tried, and it is left out.
    fn scan_box(&self, template: &Template, min_epochs: usize, sink: &mut impl Sink) {
        let (time, number) = (&self.time, self.time.len());
        let half = template.width / 2.0;
        let width = template.width + SLACK;
        let in_day = template.step.recip();
        let narrower = template.narrower.map(|overlap| {
            let ratio = overlap * overlap;
            (in_day / ratio, ratio * template.width + SLACK)
        });
        let mut end = 0;
        let mut before: Option<(usize, f64)> = None;
        let (mut next, mut last) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for begin in 0..number {
            if time[begin] < next {
                continue;
            }
            let step = self.step_of(begin, in_day);
            if step <= last {
                continue;
            }
            last = step;
            next = self.start + (step + 1.0) * template.step - SLACK;
            while end < number && time[end] <= time[begin] + width {
                end += 1;
            }
            if end - begin < min_epochs {
                continue;
            }
            if let Some((in_day, width)) = narrower {
                let is_same = time[end - 1] <= time[begin] + width;
                if is_same && self.begins(begin, in_day) {
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
            sink.add((earliest + latest) / 2.0, signal, power, || {
                before.map_or(0.0, |(before_end, before_power)| {
                    let shared = before_end.max(begin);
                    let shared = self.weight_before[shared] - self.weight_before[begin];
                    shared / (power * before_power).sqrt()
                })
            });
            before = Some((end, power));
        }
    }

    /// True if this epoch is the first in a step, of which there are so many in a day, by more than rounding.
    fn begins(&self, epoch: usize, in_day: f64) -> bool {
        let steps = |epoch: usize| (self.time[epoch] - self.start) * in_day;
        epoch == 0 || floor(steps(epoch - 1) + ROUNDING) < floor(steps(epoch) - ROUNDING)
    }

    /// How many steps an epoch is after the start; so many are in a day.
    fn step_of(&self, epoch: usize, in_day: f64) -> f64 {
        // a float: times are what a file says, and may be any number of steps apart
        floor((self.time[epoch] - self.start) * in_day)
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

    fn scan_flare(&self, template: &Template, min_epochs: usize, sink: &mut impl Sink) {
        // between two epochs the peak of a flare only changes its height: the epochs themselves are all trials there are
        let mut decay = Decay::of(std::f64::consts::LN_2 / template.width);
        let (mut signal, mut power) = (0.0f64, 0.0f64);
        let width = template.width + SLACK;
        let number = self.time.len();
        let (times, flux, weight) = (
            &self.time[..number],
            &self.flux[..number],
            &self.weight[..number],
        );
        let mut end = number;
        let mut later = f64::INFINITY;
        for begin in (0..number).rev() {
            let time = times[begin];
            let decay = decay.over(later - time);
            signal = weight[begin] * flux[begin] + decay * signal;
            power = weight[begin] + decay * decay * power;
            later = time;
            while end > begin && times[end - 1] > time + width {
                end -= 1;
            }
            if end - begin < min_epochs {
                continue;
            }
            // epochs of one time rise together: the first has the sums of all of them
            if begin > 0 && times[begin - 1] == time {
                continue;
            }
            sink.add(time, signal, power, || {
                let epochs = times[begin..].iter().zip(&weight[begin..]);
                let rising = epochs.take_while(|(other, _)| **other == time);
                let own: f64 = rising.map(|(_, weight)| weight).sum();
                ((power - own).max(0.0) / power).sqrt()
            });
        }
    }
}

/// What becomes of the trials of a template.
pub(super) trait Sink {
    /// A trial at this time with Σ w T f and Σ w T², and its correlation to the one before it in this scan, if it is asked.
    fn add(&mut self, time: f64, signal: f64, power: f64, correlation: impl FnOnce() -> f64);
}

/// Keeps all trials, and how they hang together.
struct Collector<'a> {
    trials: &'a mut Vec<Trial>,
    correlations: Correlations,
    /// The correlation of so many trials is taken to be that of the first of them.
    every: u32,
    until: u32,
}

impl Sink for Collector<'_> {
    fn add(&mut self, time: f64, signal: f64, power: f64, correlation: impl FnOnce() -> f64) {
        let snr = signal / power.sqrt();
        self.trials.push(Trial { time, snr, power });
        if self.until == 0 {
            // the first has none before it: it stands for itself alone
            self.until = if self.trials.len() == 1 {
                1
            } else {
                self.every
            };
            self.correlations.push(correlation(), self.until);
        }
        self.until -= 1;
    }
}

/// Of lightcurves with more than the first number of epochs every seventh trial of a box or a flare is asked for its
/// correlation: these are alike where epochs are dense, and a prime does not keep step with any pattern of cadences.
const FEW: usize = 2_000;
const SOME: u32 = 7;

/// How many trials have a signal to noise above a positive number, whose square it has.
#[derive(Debug)]
pub(super) struct Above {
    pub(super) square: f64,
    pub(super) number: usize,
}

impl Sink for Above {
    fn add(&mut self, _: f64, signal: f64, power: f64, _: impl FnOnce() -> f64) {
        let is_above = signal > 0.0 && signal * signal > self.square * power;
        self.number += usize::from(is_above);
    }
}

/// exp(−rate·t) for times t that are mostly alike, as the cadences of a survey are.
struct Decay {
    rate: f64,
    time: f64,
    value: f64,
}

impl Decay {
    fn of(rate: f64) -> Decay {
        Decay {
            rate,
            time: 0.0,
            value: 1.0,
        }
    }

    fn over(&mut self, time: f64) -> f64 {
        // the last known value, times exp(−x) to x³/6: good to 5e-18
        let x = self.rate * (time - self.time);
        if x.abs() < 1e-4 {
            return self.value * (1.0 - x * (1.0 - x * (0.5 - x * (1.0 / 6.0))));
        }
        self.time = time;
        self.value = (-time * self.rate).exp();
        self.value
    }
}

/// The largest whole number that is not above `x`; `f64::floor` calls a function where the processor may lack an
/// instruction for it.
fn floor(x: f64) -> f64 {
    // all floats of this size are whole
    if x.abs() >= 4.0e15 || x.is_nan() {
        return x;
    }
    let near = x as i64 as f64;
    if near > x { near - 1.0 } else { near }
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

/// By so much of a step two ways to work out the number of steps may differ.
const ROUNDING: f64 = 1e-6;

/// Epochs within this part of the FWHM of a Gaussian may be summed as one: that widens it by 4e-4 of itself.
const BIN: f64 = 1.0 / 24.0;

/// So many steps from 0 a step is eight times what times are rounded to.
const FARTHEST: f64 = 0.125 / f64::EPSILON;

/// Half the support of a Gaussian, 3σ, in units of the FWHM: 3/(2·√(2 ln 2)).
const REACH: f64 = 1.273_981_351_4;

/// Cells of the table of the Gaussian; linear interpolation errs by less than 1.1e-6 of the peak.
const CELLS: usize = 1024;

/// exp(−x²/2) from 0 to 3σ: in each cell the line through its ends, by its value at place 0 and its slope. Behind the
/// last one, where rounding may lead, there is one more with the last value.
static GAUSSIAN: LazyLock<[[f64; 2]; CELLS + 1]> = LazyLock::new(|| {
    let value = |cell: usize| {
        let sigmas = 3.0 * cell.min(CELLS) as f64 / CELLS as f64;
        (-sigmas * sigmas / 2.0).exp()
    };
    std::array::from_fn(|cell| {
        let slope = value(cell + 1) - value(cell);
        [value(cell) - slope * cell as f64, slope]
    })
});

#[cfg(test)]
#[path = "matched_sums_tests.rs"]
mod tests;
