//! Of the many trials that see one event, the one that explains it.

use std::ops::Range;

use super::height::{Height, Light};
use super::matched_sums::{Residuals, Trial};
use super::peaks::is_quiet;
use crate::analysis::{Bank, Shape, Template};

/// Below this fraction of its peak a template is no part of the event.
const EDGE: f64 = 0.1;

/// The middle of a box is rounded: that must not lose its outermost epochs (d).
const SLACK: f64 = 1e-9;

/// A trial above the threshold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) template: usize,
    pub(super) trial: Trial,
    /// Known of those that are chosen.
    pub(super) height: Height,
}

/// What was found at one time: one trial, or several that are pieces of one event.
#[derive(Debug, Clone)]
pub(super) struct Joined {
    /// The piece that fits best.
    pub(super) best: Candidate,
    /// The good epochs from the first piece to the last.
    pub(super) epochs: Range<usize>,
}

impl Candidate {
    /// From when to when its template is above a tenth of its peak (d).
    fn extent(&self, template: &Template) -> (f64, f64) {
        let extent = template.shape.extent(EDGE);
        (
            self.trial.time + extent.start() * template.width,
            self.trial.time + extent.end() * template.width,
        )
    }

    /// The good epochs within its extent, at least one.
    pub(super) fn epochs(&self, template: &Template, times: &[f64]) -> Range<usize> {
        let (from, to) = self.extent(template);
        let begin = times.partition_point(|&time| time < from - SLACK);
        let end = times.partition_point(|&time| time <= to + SLACK);
        begin..end.max(begin + 1).min(times.len())
    }

    /// Its signal to noise and Σ w T² with these fluxes.
    pub(super) fn fit(&self, template: &Template, residuals: &Residuals, flux: &[f64]) -> Trial {
        let (mut signal, mut power) = (0.0, 0.0);
        for index in self.support(template, &residuals.time) {
            let value = template.value(residuals.time[index] - self.trial.time);
            signal += residuals.weight[index] * value * flux[index];
            power += residuals.weight[index] * value * value;
        }
        Trial {
            time: self.trial.time,
            snr: signal / power.sqrt(),
            power,
        }
    }

    /// The epochs where its template differs from 0.
    pub(super) fn support(&self, template: &Template, times: &[f64]) -> Range<usize> {
        let support = match template.shape {
            // sums over flares have no end: this is as near to it as to rounding
            Shape::Flare => template.shape.extent(1e-7),
            shape => shape.support(),
        };
        let from = self.trial.time + support.start() * template.width - SLACK;
        let to = self.trial.time + support.end() * template.width + SLACK;
        times.partition_point(|&time| time < from)..times.partition_point(|&time| time <= to)
    }
}

/// The strongest events, by time, at most `most`.
///
/// Of candidates that touch each other the strongest is taken. Each takes what it explains out of the fluxes; later ones
/// have to exceed the threshold, with the same sign, in what is left. What is left of an event that no template is like
/// may do so right beside it: such pieces are [`joined`] to one event.
pub(super) fn strongest(
    mut candidates: Vec<Candidate>,
    residuals: &Residuals,
    light: &Light,
    bank: &Bank,
    threshold: f64,
    most: usize,
) -> Vec<Joined> {
    if candidates.is_empty() {
        return Vec::new();
    }
    candidates.sort_unstable_by(|a, b| {
        (b.trial.snr.abs().total_cmp(&a.trial.snr.abs()))
            .then(a.template.cmp(&b.template))
            .then(a.trial.time.total_cmp(&b.trial.time))
    });
    let mut flux = residuals.flux.clone();
    let mut chosen: Vec<(Candidate, (f64, f64))> = Vec::new();
    for candidate in candidates {
        if chosen.len() >= most && joined(&chosen, residuals, bank).len() >= most {
            break;
        }
        let template = &bank.templates()[candidate.template];
        let extent = candidate.extent(template);
        let touches =
            |(_, other): &(Candidate, (f64, f64))| extent.0 <= other.1 && other.0 <= extent.1;
        if chosen.iter().any(touches) {
            continue;
        }
        let trial = candidate.fit(template, residuals, &flux);
        let same_side = trial.snr * candidate.trial.snr > 0.0;
        if !same_side || trial.snr.abs() <= threshold {
            continue;
        }
        let support = candidate.support(template, &residuals.time);
        let height = light.height(template, trial.time, support.clone(), residuals, &flux);
        let candidate = Candidate {
            trial,
            height,
            ..candidate
        };
        for index in support {
            let value = template.value(residuals.time[index] - trial.time);
            flux[index] -= light.change(index, height.amplitude * value);
        }
        let place = chosen.partition_point(|(_, other)| other.0 < extent.0);
        chosen.insert(place, (candidate, extent));
    }
    joined(&chosen, residuals, bank)
}

/// Pieces of one event together, by time.
///
/// Neighbours of one sign are pieces of one event if they are no further apart than both are long, and if it was
/// not quiet between them: see [`is_quiet`], with weighted means of the fluxes as they were.
fn joined(chosen: &[(Candidate, (f64, f64))], residuals: &Residuals, bank: &Bank) -> Vec<Joined> {
    let epochs = |candidate: &Candidate| {
        candidate.epochs(&bank.templates()[candidate.template], &residuals.time)
    };
    let is_one = |one: &(Candidate, (f64, f64)), next: &(Candidate, (f64, f64))| {
        let ((one, before), (next, after)) = (one, next);
        let side = one.trial.snr.signum();
        let apart = after.0 - before.1;
        if side != next.trial.snr.signum() || apart > (before.1 - before.0) + (after.1 - after.0) {
            return false;
        }
        let (one, next) = (epochs(one), epochs(next));
        if one.end >= next.start {
            return true;
        }
        let (mean, error) = residuals.mean(one.end..next.start);
        let weaker = (side * residuals.mean(one).0).min(side * residuals.mean(next).0);
        !is_quiet(side * mean, error, weaker)
    };
    let stronger = |one: Candidate, other: Candidate| {
        if other.trial.snr.abs() > one.trial.snr.abs() {
            other
        } else {
            one
        }
    };
    chosen
        .chunk_by(is_one)
        .filter_map(|pieces| {
            let best = pieces.iter().map(|(piece, _)| *piece).reduce(stronger)?;
            let all = pieces.iter().map(|(piece, _)| epochs(piece));
            let epochs =
                all.reduce(|one, next| one.start.min(next.start)..one.end.max(next.end))?;
            Some(Joined { best, epochs })
        })
        .collect()
}
