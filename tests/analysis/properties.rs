//! Periods of any data: the fast transform against a fit by hand.

use std::f64::consts::TAU;

use proptest::prelude::*;
use retriever::analysis::{Grid, Periodogram, PeriodogramParameters};

/// 1 − χ²/χ²₀ of the best c + a·cos + b·sin, by the normal equations, without any of the closed forms.
fn fitted(times: &[f64], values: &[f64], errors: &[f64], frequency: f64) -> f64 {
    let mut matrix = [[0.0; 4]; 3];
    let (mut weights, mut mean) = (0.0, 0.0);
    for ((time, value), error) in times.iter().zip(values).zip(errors) {
        let weight = error.powi(-2);
        let (sine, cosine) = (TAU * frequency * (time - times[0])).sin_cos();
        let row = [1.0, cosine, sine, *value];
        for (line, left) in matrix.iter_mut().zip(row) {
            for (cell, right) in line.iter_mut().zip(row) {
                *cell += weight * left * right;
            }
        }
        weights += weight;
        mean += weight * value;
    }
    mean /= weights;
    for pivot in 0..3 {
        let pivot_line = matrix[pivot];
        for (other, line) in matrix.iter_mut().enumerate() {
            if other != pivot {
                let factor = line[pivot] / pivot_line[pivot];
                for (cell, subtracted) in line.iter_mut().zip(pivot_line) {
                    *cell -= factor * subtracted;
                }
            }
        }
    }
    let [c, a, b] = [0, 1, 2].map(|line: usize| matrix[line][3] / matrix[line][line]);
    let (mut chi2, mut reference) = (0.0, 0.0);
    for ((time, value), error) in times.iter().zip(values).zip(errors) {
        let (sine, cosine) = (TAU * frequency * (time - times[0])).sin_cos();
        chi2 += ((value - c - a * cosine - b * sine) / error).powi(2);
        reference += ((value - mean) / error).powi(2);
    }
    1.0 - chi2 / reference
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn powers_are_those_of_a_least_squares_fit(
        epochs in prop::collection::vec((0.0..500.0f64, -3.0..3.0f64, 0.1..2.0f64), 12..80),
        first in 0.01..1.0f64,
        start in prop::sample::select(vec![0.0, 58_000.0, 2_458_000.5]),
    ) {
        let times: Vec<f64> = epochs.iter().map(|epoch| start + epoch.0).collect();
        let values: Vec<f64> = epochs.iter().map(|epoch| epoch.1).collect();
        let errors: Vec<f64> = epochs.iter().map(|epoch| epoch.2).collect();
        let grid = Grid { first, step: 0.0007, number: 300 };
        let found = Periodogram::of(&times, &values, &errors, grid).unwrap();
        for index in (0..300).step_by(7) {
            let expected = fitted(&times, &values, &errors, grid.frequency(index));
            prop_assert!((found.power[index] - expected).abs() < 1e-6, "{} {}", found.power[index], expected);
        }
    }

    #[test]
    fn the_best_period_is_at_least_as_good_as_any_of_the_grid(
        epochs in prop::collection::vec((0.0..100.0f64, -3.0..3.0f64), 6..40),
    ) {
        let times: Vec<f64> = epochs.iter().map(|epoch| epoch.0).collect();
        let values: Vec<f64> = epochs.iter().map(|epoch| epoch.1).collect();
        let errors = vec![1.0; times.len()];
        let parameters = PeriodogramParameters { max_frequency: Some(3.0), ..Default::default() };
        let best = Periodogram::best_period(&times, &values, &errors, &parameters).unwrap();
        let grid = Grid::suited_to(&times, &parameters).unwrap();
        let all = Periodogram::of(&times, &values, &errors, grid).unwrap().power;
        prop_assert!(all.iter().all(|power| *power <= best.power + 1e-9));
        prop_assert!((0.0..=1.0).contains(&best.false_alarm_probability));
    }
}
