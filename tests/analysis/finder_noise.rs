//! What finders make of pure noise: 10^6 epochs of it.

use retriever::analysis::{
    Finder, MatchedFilter, MatchedFilterParameters, Shape, SnrFinder, SnrParameters,
};
use retriever::photometry::Lightcurve;

use super::finder_noise_kinds::Kind;
use super::finder_support::{find, gaussian, of_flux, random, values};

/// Lightcurves of 0.01 d between epochs, with gaps, and errors between 0.5 and 2 that are right.
fn noise(seed: u64, number: usize) -> Lightcurve {
    let mut mjd = Vec::with_capacity(number);
    let mut error = Vec::with_capacity(number);
    let mut time = 0.0;
    for epoch in 0..number {
        time += if epoch % 701 == 700 { 1.7 } else { 0.01 };
        mjd.push(time);
        error.push(0.5 + 1.5 * ((epoch * epoch % 97) as f64 / 96.0));
    }
    let numbers = gaussian(number, &mut random(seed));
    let flux = numbers
        .iter()
        .zip(&error)
        .map(|(number, error)| 1000.0 + number * error)
        .collect();
    of_flux(mjd, flux, error)
}

/// The number of lightcurves with an event, what the finder says of it, and the scatter of their difference: the
/// binomial one, and the tenth to which the prediction is measured.
fn false_alarms(
    finder: &dyn Finder,
    first_seed: u64,
    lightcurves: usize,
    epochs: usize,
    threshold: f64,
    both_sides: bool,
) -> (f64, f64, f64) {
    let (mut alarms, mut expected, mut variance) = (0.0, 0.0, 0.0);
    for seed in 0..lightcurves as u64 {
        let (_, found, _) = find(finder, &[noise(first_seed + seed, epochs)]);
        alarms += f64::from(!found.events.is_empty());
        let tail = statrs::function::erf::erfc(threshold / 2f64.sqrt())
            / if both_sides { 1.0 } else { 2.0 };
        let probability = 1.0 - (-found.scores[0].trials * tail).exp();
        expected += probability;
        variance += probability * (1.0 - probability);
        for event in &found.events {
            assert!(event.false_alarm_probability <= probability * 1.001);
        }
    }
    println!(
        "{} alarms, {expected:.1} ± {:.1} expected",
        alarms,
        variance.sqrt()
    );
    (alarms, expected, variance.sqrt().hypot(0.1 * expected))
}

#[test]
fn single_epochs_exceed_the_threshold_as_often_as_predicted() {
    for (threshold, both) in [(4.0, true), (3.5, false)] {
        let finder = SnrFinder::new(SnrParameters {
            snr_threshold: threshold,
            abs_snr: both,
            ..SnrParameters::default()
        });
        // errors of 2 are above the robust scatter: those epochs alone count in full
        let (mut alarms, mut expected) = (0.0, 0.0);
        for seed in 0..100 {
            let mut lightcurve = noise(seed, 10_000);
            lightcurve.epochs.fluxerr = vec![1.0; 10_000];
            lightcurve.epochs.flux = gaussian(10_000, &mut random(1_000 + seed));
            let (_, found, _) = find(&finder, std::slice::from_ref(&lightcurve));
            let snr = values(&found.scores[0].columns, "snr");
            alarms += snr
                .iter()
                .filter(|snr| if both { snr.abs() } else { **snr } > threshold)
                .count() as f64;
            let tail = statrs::function::erf::erfc(threshold / 2f64.sqrt());
            expected += found.scores[0].trials * if both { tail } else { tail / 2.0 };
        }
        println!("{alarms} epochs, {expected:.1} expected");
        assert!(
            (alarms - expected).abs() < 3.0 * f64::sqrt(expected),
            "{alarms} {expected}"
        );
    }
}

fn matched(shapes: &[Shape], threshold: f64) -> MatchedFilter {
    MatchedFilter::new(MatchedFilterParameters {
        template_shapes: shapes.to_vec(),
        snr_threshold: threshold,
        min_width: 0.1,
        max_width: 1.0,
        ..MatchedFilterParameters::default()
    })
}

#[test]
fn each_shape_raises_as_many_false_alarms_as_predicted() {
    for (place, shape) in Shape::ALL.into_iter().enumerate() {
        let filter = matched(&[shape], 4.2);
        let seed = 10_000 * (place as u64 + 1);
        let (alarms, expected, scatter) = false_alarms(&filter, seed, 100, 10_000, 4.2, true);
        assert!(
            (alarms - expected).abs() < 3.0 * scatter,
            "{shape:?}: {alarms}, {expected} ± {scatter}"
        );
    }
}

#[test]
fn all_shapes_together_raise_as_many_false_alarms_as_predicted() {
    let filter = matched(&Shape::ALL, 4.2);
    let (alarms, expected, scatter) = false_alarms(&filter, 5_000, 100, 10_000, 4.2, true);
    assert!(
        (alarms - expected).abs() < 3.0 * scatter,
        "{alarms}, {expected} ± {scatter}"
    );
}

/// Lightcurves with an event that is brighter, or fainter, and how many are predicted of either.
#[derive(Debug)]
struct Sides {
    brighter: f64,
    fainter: f64,
    expected: f64,
    variance: f64,
}

impl Sides {
    fn of(
        finder: &dyn Finder,
        kind: &Kind,
        lightcurves: u64,
        epochs: usize,
        threshold: f64,
    ) -> Sides {
        let mut sides = Sides {
            brighter: 0.0,
            fainter: 0.0,
            expected: 0.0,
            variance: 0.0,
        };
        for seed in 0..lightcurves {
            let (_, found, _) = find(finder, &[kind.lightcurve(seed, epochs)]);
            sides.brighter += f64::from(found.events.iter().any(|event| event.snr > 0.0));
            sides.fainter += f64::from(found.events.iter().any(|event| event.snr < 0.0));
            let tail = statrs::function::erf::erfc(threshold / 2f64.sqrt()) / 2.0;
            let probability = 1.0 - (-found.scores[0].trials * tail).exp();
            sides.expected += probability;
            sides.variance += probability * (1.0 - probability);
        }
        sides
    }

    /// `accuracy`: to which part of itself the prediction is measured.
    fn agree(&self, kind: &Kind, accuracy: f64) -> bool {
        let scatter = self.variance.sqrt();
        let bound = 3.0 * scatter.hypot(accuracy * self.expected);
        println!(
            "{kind:?}: {} brighter, {} fainter, {:.1} ± {scatter:.1} expected of each",
            self.brighter, self.fainter, self.expected
        );
        (self.brighter - self.expected).abs() < bound
            && (self.fainter - self.expected).abs() < bound
    }
}

/// All of them are tried, so that a failure tells which are wrong.
fn assert_predicted(
    finder: &dyn Finder,
    kinds: Vec<Kind>,
    lightcurves: u64,
    epochs: usize,
    threshold: f64,
    accuracy: f64,
) {
    let wrong: Vec<Kind> = kinds
        .into_iter()
        .filter(|kind| {
            !Sides::of(finder, kind, lightcurves, epochs, threshold).agree(kind, accuracy)
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn single_epochs_of_any_kind_of_noise_raise_as_many_false_alarms_as_predicted() {
    let finder = SnrFinder::new(SnrParameters {
        snr_threshold: 4.0,
        ..SnrParameters::default()
    });
    assert_predicted(&finder, Kind::all(), 1_000, 1_000, 4.0, 0.02);
}

/// Those that were wrong when weights were taken from errors that go with the flux; each kind takes half a minute.
#[test]
fn the_matched_filter_raises_as_many_false_alarms_as_predicted_where_errors_go_with_the_flux() {
    let kinds = vec![
        Kind::Magnitude(&[0.1]),
        Kind::Magnitude(&[0.01, 0.05, 0.1, 0.2, 0.3]),
        Kind::Photons(100.0),
    ];
    assert_predicted(&matched(&Shape::ALL, 4.2), kinds, 100, 10_000, 4.2, 0.1);
}

/// A sector of two-minute cadences with its gap, of equal errors.
fn sector(cadences: usize) -> Lightcurve {
    let gap = |cadence| if cadence > cadences / 2 { 1.0 } else { 0.0 };
    let mjd: Vec<f64> = (0..cadences)
        .map(|cadence| cadence as f64 / 720.0 + gap(cadence))
        .collect();
    let flux = gaussian(cadences, &mut random(cadences as u64))
        .iter()
        .map(|number| 1000.0 + number)
        .collect();
    of_flux(mjd, flux, vec![1.0; cadences])
}

/// Not counted here, which would take hours: 1 488 of 3 000 such sectors had a box brighter (or fainter) than 4.2σ, 1 034 of
/// 2 000 any shape. Trials N from 1 − exp(−N·tail) = that part; they are known to 2 %.
#[test]
fn as_many_trials_are_measured_in_a_sector_as_thousands_of_them_have_shown() {
    let tail = statrs::function::erf::erfc(4.2 / 2f64.sqrt()) / 2.0;
    for (shapes, part) in [
        (&[Shape::Box] as &[Shape], 1_488.0 / 3_000.0),
        (&Shape::ALL, 1_034.5 / 2_000.0),
    ] {
        let filter = MatchedFilter::new(MatchedFilterParameters {
            template_shapes: shapes.to_vec(),
            snr_threshold: 4.2,
            min_width: 0.01,
            max_width: 3.0,
            ..MatchedFilterParameters::default()
        });
        // every length has other draws
        let measured: Vec<f64> = (0..10)
            .map(|length| {
                let (_, found, _) = find(&filter, &[sector(18_600 + 89 * length)]);
                found.scores[0].trials
            })
            .collect();
        let shown = -f64::ln_1p(-part) / tail;
        let mean = measured.iter().sum::<f64>() / measured.len() as f64;
        println!("{shapes:?}: {shown:.0} shown, {mean:.0} measured: {measured:.0?}");
        assert!((mean / shown - 1.0).abs() < 0.15, "{mean} {shown}");
        for trials in measured {
            assert!((trials / shown - 1.0).abs() < 0.45, "{trials} {shown}");
        }
    }
}
