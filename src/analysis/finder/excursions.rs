//! How many trials one excursion of the noise takes beyond the threshold, measured.
//!
//! P(any trial above u) ≈ 1 − exp(−E), E = Σ P(Zᵢ > u)·⟨1/Nᵢ⟩ over all trials i, where Nᵢ is the number of trials that
//! exceed u together with trial i: each excursion is counted once, however many trials see it. The mean of 1/N is
//! taken over noise in which trial i does exceed u (importance sampling of Adler, Blanchet & Liu 2012): Gaussian noise
//! of the errors of the lightcurve, to which the one multiple of the template is added that lifts trial i to a number
//! from the tail above u. So epochs, gaps, uneven errors, and what the shapes have in common are all in it.

use std::ops::Range;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use rand_distr::StandardNormal;

use super::matched_sums::{Above, Residuals};
use super::trials::tail;
use crate::analysis::{Shape, Template};

/// Templates wider or narrower than the trial's by more than this share too little with it to be lifted above the
/// threshold (overlap 0.5 for boxes, 0.69 for Gaussians, 0.8 for flares).
const RATIO: f64 = 4.0;

/// Templates see all that they need where their [`core`] touches that of the lifted trial and they peak up to so many of
/// its widths from it; wherever else they see enough epochs they are tried too, with a part of their support. Beyond, those
/// of its own width share less than 0.4 with it; wider ones share more (at four times its width 0.6 of flares, 0.5 of the
/// others). Wider limits change the number of trials of a TESS sector by less than its scatter.
const SHIFT: f64 = 1.5;

/// Noise in which a given trial exceeds the threshold.
pub(super) struct Excursions<'a> {
    residuals: &'a Residuals,
    min_epochs: usize,
    threshold: f64,
    random: ChaCha12Rng,
    /// Of each epoch; 0 without a weight.
    errors: Vec<f64>,
    /// The noise around the trial, and what one template has to see of it.
    noise: Residuals,
    seen: Residuals,
}

impl<'a> Excursions<'a> {
    /// The numbers are the same for the same epochs: nodes of an integration, not a simulation of the project. Other
    /// epochs have others, or what they are wrong by would be the same for all stars of a sector.
    pub(super) fn new(residuals: &'a Residuals, min_epochs: usize, threshold: f64) -> Self {
        let times = &residuals.time;
        let span = times.last().map_or(0.0, |last| last - residuals.start);
        Excursions {
            residuals,
            min_epochs,
            threshold,
            random: ChaCha12Rng::seed_from_u64(span.to_bits() ^ times.len() as u64),
            errors: (residuals.weight.iter())
                .map(|&weight| {
                    if weight > 0.0 {
                        weight.sqrt().recip()
                    } else {
                        0.0
                    }
                })
                .collect(),
            noise: Residuals::default(),
            seen: Residuals::default(),
        }
    }

    /// In one such noise, of which the lifted trial exceeds the part `depth` (0 to 1) of all numbers above the threshold,
    /// how many trials of the templates exceed the threshold; at least 1.
    pub(super) fn size<'t>(
        &mut self,
        lifted: &Template,
        time: f64,
        depth: f64,
        templates: impl Iterator<Item = &'t Template> + Clone,
    ) -> usize {
        let alike = templates.filter(|other| {
            let ratio = other.width / lifted.width;
            (1.0 / RATIO..=RATIO).contains(&ratio)
        });
        self.draw(lifted, time, depth, alike.clone());
        let mut above = Above {
            square: self.threshold * self.threshold,
            number: 0,
        };
        for template in alike {
            let seen = self.noise.epochs(&seen(lifted, time, template));
            self.seen.copy(&self.noise, seen);
            if template.shape == Shape::Box {
                self.seen.accumulate();
            }
            self.seen.scan(template, self.min_epochs, &mut above);
        }
        // its own trial may fall below by rounding
        above.number.max(1)
    }

    /// Noise around a trial, which has a number from the tail above the threshold.
    fn draw<'t>(
        &mut self,
        template: &Template,
        time: f64,
        depth: f64,
        seeing: impl Iterator<Item = &'t Template>,
    ) {
        let all = seeing
            .map(|other| seen(template, time, other))
            .fold(seen(template, time, template), |all, own| {
                all.start.min(own.start)..all.end.max(own.end)
            });
        let Range { start: begin, end } = self.residuals.epochs(&all);
        let times = &self.residuals.time;
        let noise = &mut self.noise;
        noise.start = self.residuals.start;
        noise.time.clear();
        noise.time.extend_from_slice(&times[begin..end]);
        noise.weight.clear();
        noise
            .weight
            .extend_from_slice(&self.residuals.weight[begin..end]);
        noise.flux.clear();
        for error in &self.errors[begin..end] {
            let number: f64 = self.random.sample(StandardNormal);
            noise.flux.push(number * error);
        }
        let wanted = above(self.threshold, depth);
        let lifted = template.at(time);
        let own = lifted.fit(&self.noise, &self.noise.flux);
        let amplitude = (wanted - own.snr) / own.power.sqrt();
        if amplitude.is_finite() {
            for index in lifted.support(&self.noise.time) {
                self.noise.flux[index] += amplitude * lifted.value(self.noise.time[index]);
            }
        }
    }
}

/// Where most of the power of a template is, from its peak (d).
fn core(template: &Template) -> Range<f64> {
    let (before, after) = match template.shape {
        Shape::Gaussian | Shape::Box => (0.5, 0.5),
        Shape::Flare => (0.0, 1.5),
    };
    -before * template.width..after * template.width
}

/// The times that a template sees where it is tried around a lifted trial: 3σ of a Gaussian, 7/8 of a flare.
fn seen(lifted: &Template, time: f64, template: &Template) -> Range<f64> {
    let (before, after) = match template.shape {
        Shape::Gaussian => (1.28, 1.28),
        Shape::Box => (0.5, 0.5),
        Shape::Flare => (0.0, 3.0),
    };
    let shift = SHIFT * lifted.width;
    let (own, other) = (core(lifted), core(template));
    let first = (own.start - other.end).max(-shift);
    let last = (own.end - other.start).min(shift);
    time + first - before * template.width..time + last + after * template.width
}

/// The Gaussian number above the threshold that this part (0 to 1) of all such numbers is below.
fn above(threshold: f64, depth: f64) -> f64 {
    let wanted = (1.0 - depth) * tail(threshold, false);
    // where the density falls as exp(−x²/2), from which the tail differs by a slow factor
    let mut number = (threshold * threshold - 2.0 * (1.0 - depth).ln()).sqrt();
    for _ in 0..4 {
        let density = (-number * number / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let step = (tail(number, false) - wanted) / density;
        if !step.is_finite() {
            break;
        }
        number = (number + step).max(threshold);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    // scipy: norm.isf((1 - depth) * norm.sf(threshold))
    #[test]
    fn depths_above_a_threshold_agree_with_scipy() {
        for (threshold, depth, expected) in [
            (4.2, 0.1, 4.223794149),
            (4.2, 0.5, 4.354357943),
            (4.2, 0.99, 5.145425595),
            (6.0, 0.5, 6.111565062),
            (20.0, 0.9, 20.114517324),
        ] {
            let number = above(threshold, depth);
            assert!(
                (number - expected).abs() < 1e-6,
                "{number} is not {expected}"
            );
        }
    }
}
