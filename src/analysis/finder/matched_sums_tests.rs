//! What the sums of a matched filter are, against the template at its time.

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

/// Epochs at these times, with the fluxes and weights of the uneven ones.
fn at(time: Vec<f64>) -> Residuals {
    let mut residuals = uneven();
    residuals.flux.truncate(time.len());
    residuals.weight.truncate(time.len());
    residuals.start = time[0];
    residuals.time = time;
    residuals.accumulate();
    residuals
}

fn even(start: f64, cadence: f64) -> Residuals {
    at((0..400).map(|n| start + f64::from(n) * cadence).collect())
}

fn all(residuals: &Residuals, template: &Template, min_epochs: usize) -> Vec<Trial> {
    let mut trials = Vec::new();
    residuals.trials(template, min_epochs, &mut trials);
    trials
}

#[test]
fn a_trial_is_what_the_template_at_its_time_gives() {
    let in_threes = (0..400).map(|n| 0.25 * f64::from(n / 3)).collect();
    for (name, residuals) in [
        ("uneven", uneven()),
        ("even", even(0.0, 0.125)),
        ("even", even(59_000.0, 0.1)),
        ("in threes", at(in_threes)),
    ] {
        for shape in Shape::ALL {
            for template in Bank::new(&[shape], 0.25, 2.5, 0.95).templates() {
                let trials = all(&residuals, template, 2);
                assert!(!trials.is_empty() || template.narrower.is_some());
                for trial in trials {
                    let direct = template.at(trial.time).fit(&residuals, &residuals.flux);
                    assert!(
                        (direct.snr - trial.snr).abs() < 1e-4,
                        "{name} {shape:?} {trial:?} {direct:?}"
                    );
                    assert!(
                        (direct.power / trial.power - 1.0).abs() < 1e-4,
                        "{name} {shape:?} {trial:?} {direct:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn epochs_just_a_width_apart_are_within_it() {
    for start in [0.0, 59_000.0, 2_459_000.5] {
        let residuals = even(start, 0.1);
        for shape in [Shape::Box, Shape::Flare] {
            let bank = Bank::new(&[shape], 0.1, 0.1, 0.95);
            let trials = all(&residuals, &bank.templates()[0], 2);
            assert_eq!(trials.len(), 399, "{start} {shape:?}");
        }
    }
}

#[test]
fn each_stretch_of_epochs_that_a_box_begins_is_tried_by_it_or_by_a_narrower_one() {
    let stretches = |residuals: &Residuals, templates: &[Template]| {
        let mut found = std::collections::BTreeSet::new();
        for template in templates {
            for trial in all(residuals, template, 2) {
                let epochs = template.at(trial.time).support(&residuals.time);
                found.insert((epochs.start, epochs.end));
            }
        }
        found
    };
    for start in [0.0, 59_000.0, 2_459_000.5] {
        for cadence in [0.002, 0.01, 0.02, 0.1] {
            for (min_width, max_width) in [(0.01, 0.3), (0.1, 1.0)] {
                // pairs, of which the first begins a step and the second is just before another
                let pairs = |n: u32| f64::from(n / 2) + 0.8 * f64::from(n % 2);
                let residuals = at((0..400).map(|n| start + cadence * pairs(n)).collect());
                let bank = Bank::new(&[Shape::Box], min_width, max_width, 0.95);
                let mut alone = bank.templates().to_vec();
                for template in &mut alone {
                    template.narrower = None;
                }
                let (found, wanted) = (
                    stretches(&residuals, bank.templates()),
                    stretches(&residuals, &alone),
                );
                let lost: Vec<_> = wanted.difference(&found).collect();
                assert!(lost.is_empty(), "{start} {cadence} {min_width}: {lost:?}");
            }
        }
    }
}

#[test]
fn gaussians_are_tried_as_far_before_the_first_epoch_as_after_the_last() {
    let residuals = even(100.0, 0.05);
    for template in Bank::new(&[Shape::Gaussian], 0.25, 2.5, 0.95).templates() {
        let trials = all(&residuals, template, 3);
        let earliest = residuals.time[2] - template.width / 2.0;
        let latest = residuals.time[397] + template.width / 2.0;
        let (first, last) = (trials[0].time, trials[trials.len() - 1].time);
        let is_next = |distance: f64| (-1e-6..template.step + 1e-6).contains(&distance);
        assert!(is_next(first - earliest), "{first} {earliest}");
        assert!(is_next(latest - last), "{last} {latest}");
    }
}

#[test]
fn times_that_cannot_tell_a_step_have_few_trials() {
    for far in [1e12, 1e15, 1e17, 1.7e18, 1e20, 1e300] {
        let mut one_far = even(58_000.0, 0.01).time;
        one_far[399] = far;
        for time in [
            vec![far; 3],
            one_far,
            vec![-far, 0.0, 0.01],
            vec![-far, far],
        ] {
            let residuals = at(time);
            for template in Bank::new(&Shape::ALL, 0.01, 3.0, 0.95).templates() {
                for min_epochs in [1, 3] {
                    let trials = all(&residuals, template, min_epochs);
                    let most = residuals.time.len() as f64 * (template.width / template.step + 2.0);
                    assert!((trials.len() as f64) < most, "{far} {template:?}");
                    assert!(trials.is_sorted_by(|one, next| one.time < next.time));
                }
            }
        }
    }
}

#[test]
fn a_flare_rises_at_a_time_not_at_one_of_its_epochs() {
    let residuals = at((0..399).map(|n| 0.25 * f64::from(n / 3)).collect());
    let bank = Bank::new(&[Shape::Flare], 0.5, 0.5, 0.95);
    let trials = all(&residuals, &bank.templates()[0], 3);
    assert_eq!(trials.len(), 133);
}
