//! What finders make of pure noise: 10^6 epochs of it.

use retriever::analysis::{
    Finder, MatchedFilter, MatchedFilterParameters, Shape, SnrFinder, SnrParameters,
};
use retriever::photometry::Lightcurve;

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

/// The number of lightcurves with an event, what the finder says of it, and the scatter of that.
fn false_alarms(
    finder: &dyn Finder,
    lightcurves: usize,
    epochs: usize,
    threshold: f64,
    both_sides: bool,
) -> (f64, f64, f64) {
    let (mut alarms, mut expected, mut variance) = (0.0, 0.0, 0.0);
    for seed in 0..lightcurves as u64 {
        let (_, found, _) = find(finder, &[noise(5_000 + seed, epochs)]);
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
    (alarms, expected, variance.sqrt())
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
    for shape in Shape::ALL {
        let filter = matched(&[shape], 4.2);
        let (alarms, expected, scatter) = false_alarms(&filter, 200, 5_000, 4.2, true);
        assert!(
            (alarms - expected).abs() < 3.0 * scatter,
            "{shape:?}: {alarms}, {expected} ± {scatter}"
        );
    }
}

#[test]
fn all_shapes_together_raise_as_many_false_alarms_as_predicted() {
    let filter = matched(&Shape::ALL, 4.2);
    let (alarms, expected, scatter) = false_alarms(&filter, 200, 5_000, 4.2, true);
    assert!(
        (alarms - expected).abs() < 3.0 * scatter,
        "{alarms}, {expected} ± {scatter}"
    );
}
