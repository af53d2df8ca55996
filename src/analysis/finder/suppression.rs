//! Of the many trials that see one event, the one that explains it.

use std::ops::Range;

use super::height::{Height, Light};
use super::matched_sums::{Residuals, Trial};
use super::peaks::is_quiet;
use crate::analysis::Bank;

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

/// The strongest events, by time, at most `most`.
///
/// Of candidates that touch each other the strongest is taken. Each takes what it explains out of the fluxes; later ones
/// have to exceed the threshold, with the same sign, in what is left. What is left of an event that no template is like
/// may do so right beside it: such pieces are [`joined`] to one event. A dip that is found between two pieces parts them,
/// so that one more trial may be two more events: the weakest are left out.
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
    let mut chosen: Vec<Piece> = Vec::new();
    let mut events = 0;
    for candidate in candidates {
        if events >= most {
            break;
        }
        let placed = bank.templates()[candidate.template].at(candidate.trial.time);
        let extent = placed.extent();
        // none of those that are chosen touches another, so that the ends are in order as well
        let place = chosen.partition_point(|other| other.extent.1 < extent.0);
        if (chosen.get(place)).is_some_and(|other| other.extent.0 <= extent.1) {
            continue;
        }
        let trial = placed.fit(residuals, &flux);
        let same_side = trial.snr * candidate.trial.snr > 0.0;
        if !same_side || trial.snr.abs() <= threshold {
            continue;
        }
        let height = light.height(&placed, residuals, &flux);
        for index in placed.support(&residuals.time) {
            let value = placed.value(residuals.time[index]);
            flux[index] -= light.change(index, height.amplitude * value);
        }
        let piece = Piece {
            candidate: Candidate {
                trial,
                height,
                ..candidate
            },
            extent,
            epochs: placed.epochs(&residuals.time),
        };
        // it may be an event of its own, or a part of one, or between two parts
        let before = place.checked_sub(1).map(|before| &chosen[before]);
        let after = chosen.get(place);
        let is_one = |one: Option<&Piece>, next: Option<&Piece>| {
            let both = one.zip(next);
            usize::from(both.is_some_and(|(one, next)| one.is_one_with(next, residuals)))
        };
        events += 1 + is_one(before, after);
        events -= is_one(before, Some(&piece)) + is_one(Some(&piece), after);
        chosen.insert(place, piece);
    }
    let mut found = joined(&chosen, residuals);
    debug_assert_eq!(
        found.len(),
        events,
        "each piece changes its neighbours only"
    );
    if found.len() > most {
        let snr = |joined: &Joined| joined.best.trial.snr.abs();
        found.sort_by(|one, other| snr(other).total_cmp(&snr(one)));
        found.truncate(most);
        found.sort_by_key(|joined| joined.epochs.start);
    }
    found
}

/// A trial that was chosen.
struct Piece {
    candidate: Candidate,
    /// From when to when (d).
    extent: (f64, f64),
    /// The good epochs of that time.
    epochs: Range<usize>,
}

impl Piece {
    /// True if the next one is a piece of the same event.
    ///
    /// Neighbours of one sign are if they are no further apart than both are long, and if it was not quiet between them: see
    /// [`is_quiet`], with weighted means of the fluxes as they were.
    fn is_one_with(&self, next: &Piece, residuals: &Residuals) -> bool {
        let (before, after) = (self.extent, next.extent);
        let side = self.candidate.trial.snr.signum();
        let apart = after.0 - before.1;
        if side != next.candidate.trial.snr.signum()
            || apart > (before.1 - before.0) + (after.1 - after.0)
        {
            return false;
        }
        if self.epochs.end >= next.epochs.start {
            return true;
        }
        let height = |epochs: Range<usize>| side * residuals.mean(epochs).0;
        let (mean, error) = residuals.mean(self.epochs.end..next.epochs.start);
        let weaker = height(self.epochs.clone()).min(height(next.epochs.clone()));
        !is_quiet(side * mean, error, weaker)
    }
}

/// Pieces of one event together, by time.
fn joined(chosen: &[Piece], residuals: &Residuals) -> Vec<Joined> {
    let stronger = |one: Candidate, other: Candidate| {
        if other.trial.snr.abs() > one.trial.snr.abs() {
            other
        } else {
            one
        }
    };
    chosen
        .chunk_by(|one, next| one.is_one_with(next, residuals))
        .filter_map(|pieces| {
            let best = pieces
                .iter()
                .map(|piece| piece.candidate)
                .reduce(stronger)?;
            let all = pieces.iter().map(|piece| piece.epochs.clone());
            let epochs =
                all.reduce(|one, next| one.start.min(next.start)..one.end.max(next.end))?;
            Some(Joined { best, epochs })
        })
        .collect()
}
