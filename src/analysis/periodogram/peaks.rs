//! The highest peak between the frequencies of a grid.

use super::Grid;
use super::sums::{COARSENESS, Coarse, Weighted};

/// No more peaks than this are looked at: where so many are equally high none is the period.
const MOST_PEAKS: usize = 16;

/// So much of itself the top of a peak may lie above the frequency nearest to it: of sinc² half a fifth of its width away,
/// (π/10)²/3.
const HIDDEN: f64 = 0.033;

/// Where the peaks are that may be the highest, in the order of the frequencies.
fn candidates(powers: &[f64]) -> Vec<usize> {
    let most = powers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let lowest = most * (1.0 - HIDDEN) - 2.0 * COARSENESS;
    let before = |index: usize| {
        index
            .checked_sub(1)
            .map_or(f64::NEG_INFINITY, |i| powers[i])
    };
    let after = |index: usize| powers.get(index + 1).copied().unwrap_or(f64::NEG_INFINITY);
    let is_peak = |&index: &usize| {
        let power = powers[index];
        power >= lowest && power >= before(index) && power > after(index)
    };
    let mut peaks: Vec<usize> = (0..powers.len()).filter(is_peak).collect();
    if peaks.len() > MOST_PEAKS {
        peaks.sort_by(|&a, &b| powers[b].total_cmp(&powers[a]));
        peaks.truncate(MOST_PEAKS);
        peaks.sort_unstable();
    }
    peaks
}

/// How much higher than the parabola through three neighbours a peak may be, over how far the outer two lie below the
/// middle one: 0.09 for two short seasons far apart (cos²), 0.03 for an even season (sinc²), both at five frequencies
/// over the width of a peak.
const SHARPER: f64 = 0.25;

/// Of fewer epochs, whose peaks may have any shape, all are climbed.
const FEW: usize = 64;

/// With less than four frequencies over the width of a peak three neighbours do not tell its height.
const MOST_STEP: f64 = 0.251;

/// Frequency and power of the highest of all peaks; of equal peaks the first.
pub(super) fn highest(data: &Weighted, grid: &Grid) -> Option<(f64, f64)> {
    let coarse = data.coarse_powers(grid);
    let bounds = |peak: usize| (peak, bound(data, grid, &coarse, peak));
    let mut peaks: Vec<(usize, f64)> = candidates(&coarse.powers).into_iter().map(bounds).collect();
    // the most promising first, so that most others need not be climbed
    peaks.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut best: Option<(f64, f64)> = None;
    for (peak, bound) in peaks {
        if best.is_some_and(|best| bound < best.1) {
            break;
        }
        let top = top(data, grid, &coarse.powers, peak);
        let is_better = |best: (f64, f64)| top.1 > best.1 || (top.1 == best.1 && top.0 < best.0);
        if best.is_none_or(is_better) {
            best = Some(top);
        }
    }
    best
}

/// How high the top of this peak may be: an estimate with room to spare, not a proof. Infinite where three neighbours do
/// not tell.
fn bound(data: &Weighted, grid: &Grid, coarse: &Coarse, peak: usize) -> f64 {
    let powers = &coarse.powers;
    let neighbours = peak
        .checked_sub(1)
        .and_then(|before| Some((powers[before], *powers.get(peak + 1)?)));
    let Some((low, high)) = neighbours else {
        return f64::INFINITY;
    };
    let drop = powers[peak] - (low + high) / 2.0;
    let is_smooth = (peak - 1..=peak + 1).all(|index| coarse.is_smooth(index));
    if !(is_smooth && data.len() >= FEW && drop > 0.0 && grid.step * data.span() < MOST_STEP) {
        return f64::INFINITY;
    }
    // the top of the parabola through the three
    let top = powers[peak] + (low - high).powi(2) / (16.0 * drop);
    let uncertainty: f64 = (peak - 1..=peak + 1).map(|i| coarse.uncertainty(i)).sum();
    top + SHARPER * drop + uncertainty
}

/// Frequency and power of the top of the peak at a frequency of the grid.
fn top(data: &Weighted, grid: &Grid, powers: &[f64], peak: usize) -> (f64, f64) {
    let (frequency, coarse) = (grid.frequency(peak), powers[peak]);
    let neighbours = peak
        .checked_sub(1)
        .and_then(|before| Some((powers[before], *powers.get(peak + 1)?)));
    let climbed = neighbours.and_then(|(low, high)| {
        let offset = 0.5 * (low - high) / (low - 2.0 * coarse + high);
        climb(data, frequency, grid.step, offset.clamp(-0.5, 0.5))
    });
    // on another peak, if not as high as where it began
    climbed
        .filter(|&(_, power)| power > coarse - COARSENESS)
        .unwrap_or_else(|| refine(data, frequency, grid.step, data.power(frequency)))
}

/// Newton's way to the top, from `offset` steps beside a frequency of the grid. None if it leads away by more than a
/// step.
pub(super) fn climb(data: &Weighted, frequency: f64, step: f64, offset: f64) -> Option<(f64, f64)> {
    /// When the last stride is shorter than this (steps of the grid) the next one would be of 1e-6.
    const SHORT: f64 = 2e-3;
    const MOST_STRIDES: usize = 6;
    let mut place = frequency + offset * step;
    let mut series = data.series(place);
    for _ in 0..MOST_STRIDES {
        if !series.reaches(place) {
            series = data.series(place);
        }
        let power = series.power(place)?;
        let stride = -power.first / power.second;
        if !(power.second < 0.0 && (place + stride - frequency).abs() < step) {
            return None;
        }
        if stride.abs() < SHORT * step {
            let there = power.value + stride * (power.first + stride * power.second / 2.0);
            return Some((place + stride, there.clamp(0.0, 1.0)));
        }
        place += stride;
    }
    None
}

/// Follows parabolas to the top of the peak, each through points nearer to it: slower than Newton's way, and never
/// down.
pub(super) fn refine(data: &Weighted, frequency: f64, step: f64, power: f64) -> (f64, f64) {
    let (mut frequency, mut power) = (frequency, power);
    for fraction in [0.5, 0.1, 0.02] {
        let reach = (step * fraction).min(frequency / 2.0);
        let low = data.power(frequency - reach);
        let high = data.power(frequency + reach);
        let curvature = low - 2.0 * power + high;
        if curvature < 0.0 {
            let offset = (0.5 * (low - high) / curvature).clamp(-1.0, 1.0) * reach;
            let there = data.power(frequency + offset);
            if there > power {
                (frequency, power) = (frequency + offset, there);
            }
        }
    }
    (frequency, power)
}
