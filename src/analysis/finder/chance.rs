//! How often single epochs of noise exceed a score.
//!
//! An epoch has the score y/max(s, scatter), and its noise is s·c, with one factor c for all errors: 1 unless they are
//! too small. So noise exceeds u with the probability Q(u·ρ), ρ = max(s, scatter)/(c·s): where errors differ, those
//! below the scatter hardly ever do. An epoch without an error is taken to be as noisy as all are, ρ = 1.

use super::trials::tail;

/// Width and number of the bins of ρ. Each stands for the mean of its own: at 5σ that is good to 2 %.
const STEP: f64 = 0.025;
const BINS: usize = 160;

/// The epochs of a lightcurve by how their noise compares with what it is taken for.
#[derive(Debug)]
pub(super) struct Chances {
    /// Number and mean of ρ.
    bins: Vec<(f64, f64)>,
}

impl Chances {
    /// From the scores of epochs, their errors at the level, and what their residuals were divided by. Those that are not
    /// usable are passed over, and the residuals of bad ones tell nothing of the errors.
    pub(super) fn of(
        scores: &[f64],
        own: &[f64],
        noise: &[f64],
        usable: &[bool],
        bad: &[bool],
    ) -> Chances {
        // max(s, scatter)/s; NaN without an error
        let ratios: Vec<f64> = (own.iter().zip(noise))
            .map(|(&own, noise)| {
                let is_error = (own > 0.0) & (own < f64::INFINITY);
                if is_error { noise / own } else { f64::NAN }
            })
            .collect();
        let scale = error_scale(scores, &ratios, usable, bad);
        let usable = ratios.iter().zip(usable).filter(|(_, usable)| **usable);
        let ratios = usable.map(|(&ratio, _)| ratio);
        let scaled = |ratio: f64| if ratio.is_nan() { 1.0 } else { ratio / scale };
        // equal errors are many a lightcurve's
        let Some(first) = ratios.clone().next() else {
            return Chances { bins: Vec::new() };
        };
        let mut number = 0.0;
        let all_equal = ratios.clone().all(|ratio| {
            number += 1.0;
            ratio == first
        });
        if all_equal {
            return Chances {
                bins: vec![(number, scaled(first))],
            };
        }
        let mut bins = [(0.0, 0.0); BINS];
        ratios.for_each(|ratio| {
            let ratio = scaled(ratio);
            let bin = &mut bins[((ratio / STEP) as usize).min(BINS - 1)];
            bin.0 += 1.0;
            bin.1 += ratio;
        });
        let filled = bins.into_iter().filter(|(number, _)| *number > 0.0);
        Chances {
            bins: filled.map(|(number, sum)| (number, sum / number)).collect(),
        }
    }

    /// How many Gaussian numbers of unit variance would exceed this as often as these epochs; 0 without epochs.
    pub(super) fn trials(&self, score: f64) -> f64 {
        let whole = tail(score, false);
        let relative = |ratio: f64| {
            let own = tail(score * ratio, false);
            if ratio == 1.0 {
                1.0
            } else if own > 1e-290 && whole > 1e-290 {
                own / whole
            } else {
                // where both underflow: Q(x) goes as exp(−x²/2)/x
                ((1.0 - ratio * ratio) * score * score / 2.0).exp() / ratio
            }
        };
        (self.bins.iter())
            .map(|&(number, ratio)| number * relative(ratio))
            .sum()
    }
}

/// c: by what errors are too small; 1 unless it is certain (3σ) that they are. A root mean square of n Gaussian numbers
/// is off by 1/√(2n).
fn error_scale(scores: &[f64], ratios: &[f64], usable: &[bool], bad: &[bool]) -> f64 {
    let (mut judged, mut squares) = (0.0, 0.0);
    let numbers = scores.iter().zip(ratios);
    for ((score, ratio), (usable, bad)) in numbers.zip(usable.iter().zip(bad)) {
        let tells = (usable & !bad) & (score.abs() < 3.5) & !ratio.is_nan();
        let residual = if tells { score * ratio } else { 0.0 };
        judged += if tells { 1.0 } else { 0.0 };
        squares += residual * residual;
    }
    let scale = f64::sqrt(squares / judged);
    let certain = 1.0 + 3.0 / f64::sqrt(2.0 * judged);
    if scale > certain { scale } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chances(epochs: &[(f64, f64, f64)]) -> Chances {
        let column = |of: fn(&(f64, f64, f64)) -> f64| epochs.iter().map(of).collect::<Vec<f64>>();
        let (usable, bad) = (vec![true; epochs.len()], vec![false; epochs.len()]);
        let [scores, own, noise] = [
            column(|epoch| epoch.0),
            column(|epoch| epoch.1),
            column(|epoch| epoch.2),
        ];
        Chances::of(&scores, &own, &noise, &usable, &bad)
    }

    // scipy: norm.sf
    #[test]
    fn epochs_count_by_how_often_they_exceed_the_threshold() {
        let own_noise = (0.05, 2.0, 2.0);
        let half_as_large_again = (0.07, 1.0, 1.5);
        let without_an_error = (0.07, f64::NAN, 1.5);
        let found = chances(&[own_noise, half_as_large_again, without_an_error].repeat(100));
        // 200 + 100·sf(6)/sf(4), 100·sf(60)/sf(40) is nothing
        let expected = 200.0 + 100.0 * 9.865876450e-10 / 3.167124183e-5;
        assert!((found.trials(4.0) / expected - 1.0).abs() < 1e-9);
        assert!((found.trials(40.0) - 200.0).abs() < 1e-9);
        assert_eq!(chances(&[]).trials(5.0), 0.0);
        let equal = chances(&[half_as_large_again; 100]);
        assert!((equal.trials(4.0) / (expected - 200.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn errors_that_are_too_small_make_noise_exceed_the_threshold_no_less_often() {
        let found = chances(&[(1.0, 0.25, 1.0), (-1.0, 0.25, 1.0)].repeat(500));
        assert!((found.trials(5.0) - 1000.0).abs() < 1e-6);
    }
}
