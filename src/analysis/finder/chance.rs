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
#[derive(Debug, Default)]
pub(super) struct Chance {
    /// max(s, scatter)/s of each epoch; NaN without an error.
    ratios: Vec<f64>,
    /// Of good epochs: number, Σ (y/s)².
    judged: f64,
    squares: f64,
}

/// The same, ready to be asked.
#[derive(Debug)]
pub(super) struct Chances {
    /// Number and mean of ρ.
    bins: Vec<(f64, f64)>,
}

impl Chance {
    /// Without an epoch yet, of so many.
    pub(super) fn with_capacity(number: usize) -> Chance {
        Chance {
            ratios: Vec::with_capacity(number),
            ..Chance::default()
        }
    }

    /// An epoch with its residual, its error at the level and what it was divided by; `judge` if its residual tells of
    /// the errors.
    pub(super) fn push(&mut self, even: f64, own: f64, noise: f64, judge: bool) {
        if !(own > 0.0 && own.is_finite()) {
            self.ratios.push(f64::NAN);
            return;
        }
        // the same division for most: errors above the scatter
        self.ratios
            .push(if noise > own { noise / own } else { 1.0 });
        if judge && even.abs() < 3.5 * noise {
            self.judged += 1.0;
            let number = even / own;
            self.squares += number * number;
        }
    }

    pub(super) fn chances(self) -> Chances {
        let scale = self.error_scale();
        let mut bins = [(0.0, 0.0); BINS];
        for ratio in self.ratios {
            let ratio = if ratio.is_nan() { 1.0 } else { ratio / scale };
            let bin = &mut bins[((ratio / STEP) as usize).min(BINS - 1)];
            bin.0 += 1.0;
            bin.1 += ratio;
        }
        let filled = bins.into_iter().filter(|(number, _)| *number > 0.0);
        Chances {
            bins: filled.map(|(number, sum)| (number, sum / number)).collect(),
        }
    }

    /// c: by what errors are too small; 1 unless it is certain (3σ) that they are. A root mean square of n Gaussian numbers
    /// is off by 1/√(2n).
    fn error_scale(&self) -> f64 {
        let scale = (self.squares / self.judged).sqrt();
        let certain = 1.0 + 3.0 / (2.0 * self.judged).sqrt();
        if scale > certain { scale } else { 1.0 }
    }
}

impl Chances {
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

#[cfg(test)]
mod tests {
    use super::*;

    // scipy: norm.sf
    #[test]
    fn epochs_count_by_how_often_they_exceed_the_threshold() {
        let mut chance = Chance::default();
        for _ in 0..100 {
            chance.push(0.1, 2.0, 2.0, true); // its own noise
            chance.push(0.1, 1.0, 1.5, true); // half as large again
            chance.push(0.1, f64::NAN, 1.5, true); // without an error
        }
        let chances = chance.chances();
        // 200 + 100·sf(6)/sf(4), 100·sf(60)/sf(40) is nothing
        let expected = 200.0 + 100.0 * 9.865876450e-10 / 3.167124183e-5;
        assert!((chances.trials(4.0) / expected - 1.0).abs() < 1e-9);
        assert!((chances.trials(40.0) - 200.0).abs() < 1e-9);
        assert_eq!(Chance::default().chances().trials(5.0), 0.0);
    }

    #[test]
    fn errors_that_are_too_small_make_noise_exceed_the_threshold_no_less_often() {
        let mut chance = Chance::default();
        for epoch in 0..1000 {
            let noise = if epoch % 2 == 0 { 1.0 } else { -1.0 };
            chance.push(noise, 0.25, 1.0, true);
        }
        assert!((chance.chances().trials(5.0) - 1000.0).abs() < 1e-6);
    }
}
