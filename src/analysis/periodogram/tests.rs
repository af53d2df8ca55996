//! Powers and probabilities against astropy 8.0.2 (LombScargle, method "slow"; false_alarm_probability, "baluev"), the
//! refined peak against scipy's minimize_scalar on the same.

use std::f64::consts::TAU;

use super::peaks::{climb, refine};
use super::sums::COARSENESS;
use super::*;

/// Eighty epochs every three days or so, a sine of 7.3 d, even noise.
fn data() -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let index = || (0..80).map(f64::from);
    let times: Vec<f64> = index()
        .map(|i| 58_000.0 + 3.0 * i + 2.0 * (i * 0.618_033_988_749_894_9).fract())
        .collect();
    let noise = index().map(|i| 4.0 * ((i * std::f64::consts::SQRT_2).fract() - 0.5));
    let values = times
        .iter()
        .zip(noise)
        .map(|(t, noise)| 10.0 + 2.0 * (TAU * (t - 58_000.0) / 7.3 + 0.4).sin() + noise)
        .collect();
    let errors = index()
        .map(|i| 0.3 + 0.2 * (i * 1.732_050_807_568_877_2).fract())
        .collect();
    (times, values, errors)
}

/// astropy's autofrequency for these times.
fn astropy_grid(times: &[f64]) -> Grid {
    let step = 1.0 / (times[79] - times[0]) / 5.0;
    Grid {
        first: 0.5 * step,
        step,
        number: 1_001,
    }
}

#[test]
fn powers_agree_with_astropy() {
    let (times, values, errors) = data();
    let grid = astropy_grid(&times);
    assert!((grid.first - 0.000_419_024_780_609_200_6).abs() < 1e-15);
    assert!((grid.highest() - 0.838_468_585_999_010_3).abs() < 1e-12);
    let periodogram = Periodogram::of(&times, &values, &errors, grid).unwrap();
    for (index, expected) in [
        (0, 0.033_994_855_341_385_25),
        (1, 0.032_878_285_383_815_35),
        (2, 0.030_478_019_178_223_386),
        (3, 0.026_445_755_995_005_61),
        (5, 0.011_885_368_864_179_31),
        (17, 0.004_825_328_813_196_482),
        (100, 0.004_689_269_103_734_028),
        (161, 0.315_103_417_094_127_15),
        (162, 0.401_879_578_382_259_4),
        (163, 0.411_459_909_667_661_27),
        (400, 0.011_356_498_495_665_284),
        (700, 0.049_801_102_546_714_82),
        (1_000, 0.010_584_013_725_552_337),
    ] {
        let power = periodogram.power[index];
        assert!(
            (power - expected).abs() < 1e-9,
            "{index}: {power}, {expected}"
        );
    }
}

#[test]
fn the_transform_agrees_with_direct_sums_at_every_frequency() {
    let (times, values, errors) = data();
    let grid = astropy_grid(&times);
    let data = Weighted::new(&times, &values, &errors).unwrap();
    let worst = data
        .powers(&grid)
        .iter()
        .enumerate()
        .map(|(index, power)| (power - data.power(grid.frequency(index))).abs())
        .fold(0.0, f64::max);
    assert!(worst < 1e-9, "{worst}");
}

#[test]
fn the_best_peak_is_found_between_the_frequencies_of_the_grid() {
    let (times, values, errors) = data();
    // up to the folding frequency of a survey that also has a pair of epochs an hour apart
    let parameters = PeriodogramParameters {
        max_frequency: Some(0.838_468_585_999_010_3),
        ..PeriodogramParameters::default()
    };
    let best = Periodogram::best_period(&times, &values, &errors, &parameters).unwrap();
    assert!(
        (best.frequency - 0.784_482_761_352_744_8).abs() < 1e-8,
        "{best:?}"
    );
    assert!(
        (best.power - 0.461_360_293_557_643).abs() < 1e-9,
        "{best:?}"
    );
    assert!((best.period * best.frequency - 1.0).abs() < 1e-15);
    let relative = best.false_alarm_probability / 5.380_032_959_275_822_4e-8 - 1.0;
    assert!(relative.abs() < 1e-5, "{best:?}");
}

#[test]
fn false_alarm_probabilities_agree_with_astropy() {
    let (times, _, errors) = data();
    for (power, expected) in [
        (0.3, 0.000_915_514_275_160_735_4),
        (0.2, 0.112_710_221_207_855_29),
        (0.05, 1.0),
    ] {
        let found = false_alarm_probability(power, &times, &errors, 0.838_468_585_999_010_3);
        assert!((found / expected - 1.0).abs() < 1e-6, "{power}: {found}");
    }
    assert_eq!(
        false_alarm_probability(0.9, &times[..4], &errors[..4], 1.0),
        1.0
    );
}

#[test]
fn a_period_is_found_in_even_and_uneven_sampling() {
    for scatter in [0.0, 0.4] {
        let times: Vec<f64> = (0..400)
            .map(|i| f64::from(i) * 0.5 + scatter * (f64::from(i) * 0.618).fract())
            .collect();
        let values: Vec<f64> = times.iter().map(|t| (TAU * t / 3.21).cos()).collect();
        let best = Periodogram::best_period(
            &times,
            &values,
            &[0.1; 400],
            &PeriodogramParameters::default(),
        )
        .unwrap();
        assert!((best.period - 3.21).abs() < 1e-4, "{scatter}: {best:?}");
        assert!(best.power > 1.0 - 1e-6 && best.false_alarm_probability < 1e-100);
    }
}

#[test]
fn what_cannot_have_a_period_has_none() {
    let parameters = PeriodogramParameters::default();
    let best = |times: &[f64], values: &[f64]| {
        Periodogram::best_period(times, values, &vec![0.1; times.len()], &parameters)
    };
    assert_eq!(best(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 1.0, 2.0]), None);
    assert_eq!(best(&[1.0; 6], &[1.0, 2.0, 1.0, 2.0, 1.0, 2.0]), None);
    assert_eq!(best(&[1.0, 2.0, 3.0, 4.0, 5.0], &[7.0; 5]), None);
    // epochs at one multiple of a step only: no sine and cosine to tell apart at its frequency
    let times: Vec<f64> = (0..20).map(f64::from).collect();
    let values: Vec<f64> = (0..20).map(|i| f64::from(i % 3)).collect();
    let grid = Grid {
        first: 0.25,
        step: 0.25,
        number: 8,
    };
    let powers = Periodogram::of(&times, &values, &[0.1; 20], grid)
        .unwrap()
        .power;
    assert!(
        powers.iter().all(|power| (0.0..=1.0).contains(power)),
        "{powers:?}"
    );
}

#[test]
fn coarse_powers_are_within_what_the_search_allows_for() {
    let (times, values, errors) = data();
    let even: Vec<f64> = (0..80).map(f64::from).collect();
    // visits of two epochs: sine and cosine are nearly one function at many frequencies
    let pairs: Vec<f64> = (0..80)
        .map(|i| f64::from(i / 40) * 500.0 + f64::from(i % 40) * 1e-3)
        .collect();
    let few: Vec<f64> = (0..9).map(|i| 46.6 * f64::from(i)).collect();
    let uneven: Vec<f64> = (0..12).map(|i| times[i] + times[80 - 5 * i - 1]).collect();
    for times in [times, even, pairs, few, uneven] {
        let number = times.len();
        let (values, errors) = (&values[..number], &errors[..number]);
        let grid = Grid::suited_to(&times, &PeriodogramParameters::default()).unwrap();
        let grid = Grid {
            number: grid.number.min(3_000),
            ..grid
        };
        let data = Weighted::new(&times, values, errors).unwrap();
        let precise = data.powers(&grid);
        let coarse = data.coarse_powers(&grid);
        for (index, (power, precise)) in coarse.powers.iter().zip(precise).enumerate() {
            let allowed = coarse.uncertainty(index).max(1e-9);
            assert!(allowed <= COARSENESS, "{index}: {allowed}");
            assert!(
                (power - precise).abs() < allowed,
                "{index}: {power}, {precise}, {allowed}"
            );
        }
    }
}

#[test]
fn derivatives_of_the_power_are_those_of_small_steps() {
    let (times, values, errors) = data();
    let data = Weighted::new(&times, &values, &errors).unwrap();
    for frequency in [0.013, 0.136_7, 0.784_4] {
        let power = data.series(frequency).power(frequency).unwrap();
        let step = 1e-6;
        let [low, middle, high] = [-step, 0.0, step].map(|step| data.power(frequency + step));
        let first = (high - low) / (2.0 * step);
        let second = (high - 2.0 * middle + low) / (step * step);
        assert!((power.value - middle).abs() < 1e-12);
        // rounding over the step, and over its square; the third derivative times the square of the step
        assert!(
            (power.first - first).abs() < 1e-5 + 1e-6 * first.abs(),
            "{power:?}, {first}"
        );
        assert!(
            (power.second - second).abs() < 1.0 + 1e-4 * second.abs(),
            "{power:?}, {second}"
        );
    }
}

#[test]
fn both_ways_to_the_top_lead_to_the_same() {
    let (times, values, errors) = data();
    let data = Weighted::new(&times, &values, &errors).unwrap();
    let grid = astropy_grid(&times);
    for peak in [162, 935] {
        let frequency = grid.frequency(peak);
        let newton = climb(&data, frequency, grid.step, 0.0).unwrap();
        let parabolas = refine(&data, frequency, grid.step, data.power(frequency));
        assert!(
            (newton.0 - parabolas.0).abs() < 1e-7,
            "{newton:?} {parabolas:?}"
        );
        assert!(
            (newton.1 - parabolas.1).abs() < 1e-9,
            "{newton:?} {parabolas:?}"
        );
    }
}
