//! Stretches of epochs that stand out on one side, and which of them are pieces of one event.
//!
//! An epoch in the middle of a wide event may by chance stand out too little, and would make it two. Two events have
//! quiet epochs between them. So two stretches of one side, with none of the other between, are one event unless it was
//! quiet between them ([`is_quiet`]).

use std::ops::Range;

/// So much of its own error the mean of the epochs between falls below the weaker stretch where it is quiet (σ). One
/// epoch of a flat event in 30 000 is as low by chance.
const DROP: f64 = 4.0;

/// So many scores are looked at together.
const BLOCK: usize = 16;

/// What to look for in scores.
pub(super) struct Search {
    /// The largest score of a stretch is beyond this, strictly.
    pub(super) threshold: f64,
    /// All its scores are beyond this, strictly.
    pub(super) sideband: f64,
    /// Negative scores count as well.
    pub(super) both_sides: bool,
    /// Of more events the strongest are kept.
    pub(super) most: usize,
}

/// Neighbouring epochs that are beyond the sideband on one side.
#[derive(Debug, Clone)]
struct Stretch {
    /// From the first to the last.
    epochs: Range<usize>,
    peak: usize,
    sum: f64,
    number: f64,
}

/// The peak (the first, of equals) and the epochs of each event, by time.
///
/// Epochs that are not usable, or have no score, are passed over. Stretches at the ends of an event that have no peak
/// beyond the threshold are left out. Events that are not accepted do not count towards the most that are kept.
pub(super) fn peaks(
    scores: &[f64],
    usable: impl Fn(usize) -> bool,
    accept: impl Fn(&[usize]) -> bool,
    search: &Search,
) -> Vec<(usize, Vec<usize>)> {
    let usable = |epoch: usize| !scores[epoch].is_nan() && usable(epoch);
    let stretches = stretches(scores, usable, search);
    let mut found = Vec::new();
    for pieces in stretches.chunk_by(|one, next| is_one(one, next, scores, usable)) {
        let stands_out = |piece: &&Stretch| scores[piece.peak].abs() > search.threshold;
        let mut high = pieces.iter().filter(stands_out);
        let Some(first) = high.next() else { continue };
        let last = high.clone().next_back().unwrap_or(first);
        let peak = high.fold(first.peak, |peak, piece| higher(scores, peak, piece.peak));
        let members: Vec<usize> = (first.epochs.start..last.epochs.end)
            .filter(|&epoch| usable(epoch))
            .collect();
        if accept(&members) {
            found.push((peak, members));
        }
    }
    if found.len() > search.most {
        found
            .sort_by(|(a, _), (b, _)| scores[*b].abs().total_cmp(&scores[*a].abs()).then(a.cmp(b)));
        found.truncate(search.most);
        found.sort_by_key(|(peak, _)| *peak);
    }
    found
}

fn stretches(scores: &[f64], usable: impl Fn(usize) -> bool, search: &Search) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut open = false;
    for (block, several) in scores.chunks(BLOCK).enumerate() {
        // most epochs are far from any event
        let any = (several.iter()).fold(false, |any, score| any | (score.abs() > search.sideband));
        if !open && !any {
            continue;
        }
        for (epoch, &score) in (block * BLOCK..).zip(several) {
            let beyond = score > search.sideband || (search.both_sides && score < -search.sideband);
            if !beyond {
                open = open && !usable(epoch);
                continue;
            }
            if !usable(epoch) {
                continue;
            }
            match stretches.last_mut() {
                Some(last) if open && (last.sum > 0.0) == (score > 0.0) => {
                    last.epochs.end = epoch + 1;
                    last.peak = higher(scores, last.peak, epoch);
                    last.sum += score;
                    last.number += 1.0;
                }
                _ => stretches.push(Stretch {
                    epochs: epoch..epoch + 1,
                    peak: epoch,
                    sum: score,
                    number: 1.0,
                }),
            }
            open = true;
        }
    }
    stretches
}

/// Of two epochs the one that stands out more, the first of equals.
fn higher(scores: &[f64], one: usize, later: usize) -> usize {
    if scores[later].abs() > scores[one].abs() {
        later
    } else {
        one
    }
}

/// True if two stretches, one after the other, are pieces of one event.
fn is_one(one: &Stretch, next: &Stretch, scores: &[f64], usable: impl Fn(usize) -> bool) -> bool {
    let side = one.sum.signum();
    if side != next.sum.signum() {
        return false;
    }
    let between = (one.epochs.end..next.epochs.start).filter(|&epoch| usable(epoch));
    let (sum, number) = between.fold((0.0, 0.0), |(sum, number), epoch| {
        (sum + side * scores[epoch], number + 1.0)
    });
    let weaker = (side * one.sum / one.number).min(side * next.sum / next.number);
    !is_quiet(sum / number, f64::sqrt(number).recip(), weaker)
}

/// True if what is between two pieces of an event is so low that they are two events.
///
/// `mean` is that of the epochs between, `error` its error and `weaker` the lower of the means of the two pieces, all of
/// them positive on the side of the event: quiet is at 0 or beyond, and more than 4 errors below the weaker piece.
pub(super) fn is_quiet(mean: f64, error: f64, weaker: f64) -> bool {
    mean <= 0.0 || mean < weaker - DROP * error
}
