//! The search itself: boxes over epochs, plain numbers in and out.

use std::ops::Range;

use crate::DipperParameters;

/// One good epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epoch {
    /// Its place in the lightcurve.
    pub place: usize,
    /// When (d).
    pub time: f64,
    /// Usual flux, how much less there is, and the error of that (flux unit; error above 0).
    pub usual: f64,
    pub missing: f64,
    pub error: f64,
}

/// What a box of one length around one epoch says: with weights w = 1/σ² over its epochs,
/// missing = Σ w·m / Σ w, its error 1/√(Σ w), and the ratio of both is the S/N.
#[derive(Debug, Clone, PartialEq)]
pub struct Dip {
    /// The epoch in its middle, and all epochs in it (places in the list of good epochs).
    pub centre: usize,
    pub epochs: Range<usize>,
    /// Length (d), and its place among the lengths that are tried.
    pub duration: f64,
    pub duration_index: usize,
    /// Mean of the missing flux, and its error (flux unit).
    pub missing: f64,
    pub missing_error: f64,
    /// Missing over usual flux; NaN where there is usually none.
    pub depth: f64,
    pub snr: f64,
}

/// The best box around each epoch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Search {
    /// None where no box has enough epochs.
    pub best: Vec<Option<Dip>>,
    /// Different boxes of each length. Neighbours have most of their epochs in common, so that this is an upper bound of
    /// the number of independent ones, and a false-alarm probability that is made of it too.
    pub trials: f64,
}

impl Search {
    /// Tries boxes of these lengths (d) around each of the epochs, which are sorted by time.
    ///
    /// The cost grows with the number of epochs times that of the lengths, whatever the lengths are.
    pub fn of(epochs: &[Epoch], durations: &[f64], min_epochs: usize) -> Search {
        let sums = Sums::of(epochs);
        let mut search = Search {
            best: vec![None; epochs.len()],
            trials: 0.0,
        };
        for (duration_index, &duration) in durations.iter().enumerate() {
            let mut inside = 0..0;
            for centre in 0..epochs.len() {
                let before = inside.clone();
                let time = epochs[centre].time;
                while epochs[inside.start].time < time - duration / 2.0 {
                    inside.start += 1;
                }
                while inside.end < epochs.len() && epochs[inside.end].time <= time + duration / 2.0
                {
                    inside.end += 1;
                }
                if inside.len() < min_epochs {
                    continue;
                }
                if inside != before {
                    search.trials += 1.0;
                }
                let tried = sums.judge(inside.clone());
                let best = &mut search.best[centre];
                if best.as_ref().is_none_or(|best| tried.snr > best.snr) {
                    *best = Some(Dip {
                        centre,
                        duration,
                        duration_index,
                        ..tried
                    });
                }
            }
        }
        search
    }

    /// Dips by time: the surest box, then the surest that does not touch it, and so on.
    pub fn dips(&self, parameters: &DipperParameters) -> Vec<Dip> {
        let is_dip = |tried: &&Dip| {
            tried.snr > parameters.snr_threshold && tried.depth >= parameters.min_depth
        };
        let mut candidates: Vec<&Dip> = self.best.iter().flatten().filter(is_dip).collect();
        candidates.sort_by(|a, b| b.snr.total_cmp(&a.snr).then(a.centre.cmp(&b.centre)));
        let mut dips: Vec<Dip> = Vec::new();
        for tried in candidates {
            let touches = |dip: &Dip| {
                tried.epochs.start <= dip.epochs.end && dip.epochs.start <= tried.epochs.end
            };
            if dips.len() < parameters.max_dips && !dips.iter().any(touches) {
                dips.push(tried.clone());
            }
        }
        dips.sort_by_key(|dip| dip.centre);
        dips
    }
}

/// Sums up to each epoch: what is in a box is the difference of two.
struct Sums {
    weight: Vec<f64>,
    missing: Vec<f64>,
    usual: Vec<f64>,
}

impl Sums {
    fn of(epochs: &[Epoch]) -> Sums {
        let up_to = |value: fn(&Epoch) -> f64| {
            let mut sum = 0.0;
            let sums = epochs.iter().map(|epoch| {
                sum += value(epoch);
                sum
            });
            std::iter::once(0.0).chain(sums).collect()
        };
        Sums {
            weight: up_to(|epoch| epoch.error.powi(-2)),
            missing: up_to(|epoch| epoch.missing * epoch.error.powi(-2)),
            usual: up_to(|epoch| epoch.usual * epoch.error.powi(-2)),
        }
    }

    fn judge(&self, epochs: Range<usize>) -> Dip {
        let within = |sums: &[f64]| sums[epochs.end] - sums[epochs.start];
        let weight = within(&self.weight);
        let (missing, usual) = (within(&self.missing) / weight, within(&self.usual) / weight);
        Dip {
            centre: epochs.start,
            duration: 0.0,
            duration_index: 0,
            missing,
            missing_error: weight.sqrt().recip(),
            depth: if usual > 0.0 {
                missing / usual
            } else {
                f64::NAN
            },
            snr: missing * weight.sqrt(),
            epochs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fluxes of 100 with errors of 2, an epoch each hour; what is missing at each.
    fn epochs(missing: impl Fn(usize) -> f64, number: usize) -> Vec<Epoch> {
        (0..number)
            .map(|place| Epoch {
                place,
                time: place as f64 / 24.0,
                usual: 100.0,
                missing: missing(place),
                error: 2.0,
            })
            .collect()
    }

    fn dips(epochs: &[Epoch], parameters: &DipperParameters) -> Vec<Dip> {
        Search::of(epochs, &parameters.durations(), parameters.min_epochs).dips(parameters)
    }

    #[test]
    fn a_box_is_found_with_its_time_depth_and_sure_error() {
        // ten epochs of 5 %
        let epochs = epochs(|n| if (100..110).contains(&n) { 5.0 } else { 0.0 }, 500);
        let found = dips(&epochs, &DipperParameters::default());
        assert_eq!(found.len(), 1);
        let dip = &found[0];
        assert!(
            dip.epochs.start.abs_diff(100) <= 1 && dip.epochs.end.abs_diff(110) <= 1,
            "{dip:?}"
        );
        // 5/(2/√10) = 7.9
        assert!((dip.snr - 7.9).abs() < 0.4, "{dip:?}");
        assert!((dip.depth - 0.05).abs() < 0.006, "{dip:?}");
        assert!((dip.missing_error - 2.0 / (dip.epochs.len() as f64).sqrt()).abs() < 1e-9);
    }

    #[test]
    fn two_dips_are_two_and_a_flare_is_none() {
        let dip = |n: usize| if n % 200 < 8 && n > 8 { 20.0 } else { 0.0 };
        let found = dips(&epochs(dip, 500), &DipperParameters::default());
        let centres: Vec<usize> = found.iter().map(|dip| dip.centre).collect();
        assert_eq!(centres.len(), 2, "{found:?}");
        assert!(
            centres[0].abs_diff(204) < 3 && centres[1].abs_diff(404) < 3,
            "{centres:?}"
        );
        let flare = epochs(|n| if (100..110).contains(&n) { -50.0 } else { 0.0 }, 500);
        assert!(dips(&flare, &DipperParameters::default()).is_empty());
    }

    #[test]
    fn what_is_too_shallow_too_short_or_too_lonely_is_no_dip() {
        let shallow = epochs(|n| if (100..300).contains(&n) { 0.9 } else { 0.0 }, 500);
        let long = DipperParameters {
            max_duration: 10.0,
            ..DipperParameters::default()
        };
        assert!(dips(&shallow, &long).is_empty());
        let deep_enough = DipperParameters {
            min_depth: 0.005,
            snr_threshold: 5.0,
            ..long
        };
        assert_eq!(dips(&shallow, &deep_enough).len(), 1);
        let lonely = epochs(|n| if n == 100 { 12.0 } else { 0.0 }, 500);
        assert!(dips(&lonely, &DipperParameters::default()).is_empty());
        assert!(dips(&[], &DipperParameters::default()).is_empty());
        assert!(dips(&lonely[..2], &DipperParameters::default()).is_empty());
    }

    // By hand: four epochs an hour apart, boxes of 2.1 h hold 2, 3, 3, 2 of them.
    #[test]
    fn different_boxes_are_counted_once() {
        let search = Search::of(&epochs(|_| 0.0, 4), &[2.1 / 24.0], 2);
        assert_eq!(search.trials, 4.0);
        let sizes = search.best.iter().flatten().map(|best| best.epochs.len());
        assert_eq!(sizes.collect::<Vec<_>>(), [2, 3, 3, 2]);
    }
}
