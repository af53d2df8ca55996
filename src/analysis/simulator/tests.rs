//! Behaviour of simulated events; numbers by hand.

use super::*;
use crate::analysis::{Clock, Detection, Part, Quality, Shape, Truth, lightcurve};
use crate::photometry::{Epochs, Lightcurve};

/// Epochs every 0.02 d for ten days, of this level, with Gaussian noise of `error`.
fn curve(filter: &str, level: f64, error: f64) -> Lightcurve {
    let number = 500;
    let mut random = seed::random(1, filter, "test", 0);
    let flux: Vec<f64> = (0..number)
        .map(|_| level + error * random.sample::<f64, _>(rand_distr::StandardNormal))
        .collect();
    let epochs = Epochs {
        mjd: (0..number)
            .map(|epoch| 58_000.0 + 0.02 * f64::from(epoch))
            .collect(),
        mag: flux.iter().map(|flux| 23.9 - 2.5 * flux.log10()).collect(),
        magerr: vec![error / level * 1.0857; number as usize],
        flux,
        fluxerr: vec![error; number as usize],
        flag: vec![false; number as usize],
        exptime: vec![30.0; number as usize],
        ra: vec![0.0; number as usize],
        dec: vec![0.0; number as usize],
        flux_unit: "uJy".to_owned(),
        zero_point: 23.9,
        extra: Vec::new(),
    };
    lightcurve("X", "star", filter, epochs)
}

fn quality(curves: &[Lightcurve]) -> Vec<Quality> {
    let quality = |curve: &Lightcurve| Quality {
        qflag: curve.epochs.flag.clone(),
        ..Quality::default()
    };
    curves.iter().map(quality).collect()
}

fn checked<'a>(curves: &'a [Lightcurve], quality: &'a [Quality]) -> Vec<Checked<'a>> {
    let pairs = curves.iter().zip(quality);
    pairs
        .map(|(lightcurve, quality)| Checked {
            lightcurve,
            quality,
        })
        .collect()
}

fn injection(
    parameters: &SimulatorParameters,
    curves: &[Lightcurve],
    number: u32,
) -> Option<Injection> {
    let simulator = EventSimulator::new(parameters.clone());
    let quality = quality(curves);
    inject(&simulator, &checked(curves, &quality), 0, "star", number)
}

#[test]
fn the_same_number_gives_the_same_event_and_another_one_another() {
    let curves = [curve("g", 100.0, 2.0)];
    let parameters = SimulatorParameters::default();
    let one = injection(&parameters, &curves, 0).unwrap();
    assert_eq!(injection(&parameters, &curves, 0).unwrap(), one);
    assert_ne!(injection(&parameters, &curves, 1).unwrap().truth, one.truth);
}

#[test]
fn draws_stay_in_their_ranges_and_reach_their_expected_signal_to_noise() {
    let curves = [curve("g", 100.0, 2.0), curve("r", 300.0, 20.0)];
    let parameters = SimulatorParameters {
        template_shape: TemplateShape::Any,
        fading_fraction: 0.5,
        snr_range: [3.0, 12.0],
        ..SimulatorParameters::default()
    };
    let truths: Vec<Truth> = (0..600)
        .map(|number| injection(&parameters, &curves, number).unwrap().truth)
        .collect();
    for truth in &truths {
        assert!((0.01..=1.0).contains(&truth.width), "{truth:?}");
        assert!(
            (3.0 - 1e-6..12.0 + 1e-6).contains(&truth.snr_expected),
            "{truth:?}"
        );
        assert!((57_999.0..58_011.0).contains(&truth.time), "{truth:?}");
    }
    let part = |kind: &dyn Fn(&Truth) -> bool| truths.iter().filter(|truth| kind(truth)).count();
    // binomial: 200 ± 12 and 300 ± 12
    for shape in Shape::ALL {
        assert!(part(&|truth| truth.shape == shape).abs_diff(200) < 50);
    }
    assert!(part(&|truth| truth.amplitude < 0.0).abs_diff(300) < 50);
    assert!(
        part(&|truth| truth.width < 0.1).abs_diff(300) < 50,
        "widths are even in their logarithm"
    );
}

#[test]
fn the_event_is_in_the_flux_of_every_lightcurve_in_the_same_proportion() {
    let curves = [curve("g", 1_000.0, 1e-3), curve("r", 3_000.0, 1e-3)];
    let parameters = SimulatorParameters {
        mag_range: Some([0.5, 0.5]),
        min_width: 0.5,
        max_width: 0.5,
        ..SimulatorParameters::default()
    };
    let injection = injection(&parameters, &curves, 3).unwrap();
    let truth = &injection.truth;
    // 0.5 mag are a factor of 1.584893
    assert!((truth.amplitude - 0.584_893_192_461).abs() < 1e-9);
    assert!((truth.amplitude_mag[1] - 0.5).abs() < 1e-12);
    for (before, after) in curves.iter().zip(&injection.lightcurves) {
        let level = before.statistics.flux_mean_robust.unwrap();
        for epoch in 0..before.epochs.len() {
            let x = (before.epochs.mjd[epoch] - truth.time) / 0.5;
            let change = (after.epochs.flux[epoch] - before.epochs.flux[epoch]) / level;
            let expected = truth.amplitude * Shape::Gaussian.value(x);
            // outside of its support the template is not added, inside the added noise is 1e-6 of the level
            assert!(
                (change - expected).abs() < 1e-4 + 0.02 * f64::from(x.abs() > 1.0),
                "{x}"
            );
            if change != 0.0 {
                let mag = 23.9 - 2.5 * after.epochs.flux[epoch].log10();
                assert!((after.epochs.mag[epoch] - mag).abs() < 1e-9);
            } else {
                assert_eq!(after.epochs.mag[epoch], before.epochs.mag[epoch]);
            }
        }
        assert!(after.statistics.flux_max > before.statistics.flux_max);
    }
    assert_eq!(
        curves[0],
        curve("g", 1_000.0, 1e-3),
        "inputs stay as they are"
    );
}

#[test]
fn the_amplitude_is_recovered_without_bias_and_with_the_expected_scatter() {
    let curves = [curve("g", 100.0, 2.0)];
    let parameters = SimulatorParameters {
        min_width: 0.1,
        max_width: 0.5,
        ..SimulatorParameters::default()
    };
    let mut pulls = Vec::new();
    for number in 0..400 {
        let injection = injection(&parameters, &curves, number).unwrap();
        let (truth, epochs) = (&injection.truth, &injection.lightcurves[0].epochs);
        let (mut signal, mut power) = (0.0, 0.0);
        for epoch in 0..epochs.len() {
            let template = Shape::Gaussian.value((epochs.mjd[epoch] - truth.time) / truth.width);
            let weight = epochs.fluxerr[epoch].powi(-2);
            signal += weight * template * (epochs.flux[epoch] - 100.0);
            power += weight * template * template;
        }
        let level = curves[0].statistics.flux_mean_robust.unwrap();
        pulls.push((signal / power - truth.amplitude * level) * power.sqrt());
        // the scatter may be above the errors by chance, and the finder's noise then too
        let expected = truth.amplitude * level * power.sqrt();
        assert!(
            (truth.snr_expected / expected - 1.0).abs() < 0.1,
            "{truth:?}"
        );
    }
    let mean = pulls.iter().sum::<f64>() / 400.0;
    let scatter = (pulls.iter().map(|pull| pull * pull).sum::<f64>() / 400.0).sqrt();
    // one noise realisation serves all injections, so the pulls are not independent: about 40 stretches of it
    assert!(
        mean.abs() < 0.5 && (scatter - 1.0).abs() < 0.3,
        "{mean} {scatter}"
    );
}

#[test]
fn photon_noise_grows_with_the_light_that_is_added() {
    let curves = [curve("g", 100.0, 5.0)];
    for (share, factor) in [(0.0, 1.0), (1.0, 2f64.sqrt())] {
        let parameters = SimulatorParameters {
            template_shape: TemplateShape::Box,
            mag_range: Some([2.5 * 2f64.log10(), 2.5 * 2f64.log10()]),
            min_width: 5.0,
            max_width: 5.0,
            source_noise_fraction: share,
            ..SimulatorParameters::default()
        };
        let mut squares = Vec::new();
        for number in 0..40 {
            let injection = injection(&parameters, &curves, number).unwrap();
            let (before, after) = (&curves[0].epochs, &injection.lightcurves[0].epochs);
            let level = curves[0].statistics.flux_mean_robust.unwrap();
            for epoch in 0..before.len() {
                let change = after.flux[epoch] - before.flux[epoch];
                if change != 0.0 {
                    assert!((after.fluxerr[epoch] / 5.0 - factor).abs() < 1e-9);
                    squares.push((change - level).powi(2));
                }
            }
        }
        let added = squares.iter().sum::<f64>() / squares.len() as f64;
        let expected = 25.0 * share;
        assert!((added - expected).abs() < 2.0, "{added} for {expected}");
    }
}

#[test]
fn whole_numbers_of_injections_are_exact_and_fractions_poisson() {
    assert_eq!(number_of_injections(3.0, 0, "star"), 3);
    assert_eq!(number_of_injections(0.0, 0, "star"), 0);
    assert_eq!(number_of_injections(f64::NAN, 0, "star"), 0);
    let numbers: Vec<f64> = (0..4_000)
        .map(|star| f64::from(number_of_injections(1.5, 0, &star.to_string())))
        .collect();
    let mean = numbers.iter().sum::<f64>() / 4_000.0;
    let variance = numbers.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / 4_000.0;
    assert!(
        (mean - 1.5).abs() < 0.1 && (variance - 1.5).abs() < 0.2,
        "{mean} {variance}"
    );
}

#[test]
fn times_are_over_observed_time_or_over_the_span_with_its_gap() {
    let mut gapped = curve("g", 100.0, 2.0);
    for time in &mut gapped.epochs.mjd[250..] {
        *time += 1_000.0;
    }
    let curves = [gapped];
    let seen = |time_distribution| {
        let parameters = SimulatorParameters {
            time_distribution,
            ..SimulatorParameters::default()
        };
        let truths = (0..100).map(|number| injection(&parameters, &curves, number).unwrap().truth);
        truths.filter(|truth| truth.snr_expected > 1.0).count()
    };
    assert_eq!(seen(TimeDistribution::Observed), 100);
    // one in a hundred of the days is observed
    assert!(seen(TimeDistribution::Span) < 10);
}

#[test]
fn without_a_good_epoch_or_light_there_is_no_injection() {
    let parameters = SimulatorParameters::default();
    let mut flagged = curve("g", 100.0, 2.0);
    flagged.epochs.flag.fill(true);
    assert_eq!(injection(&parameters, &[flagged], 0), None);
    assert_eq!(injection(&parameters, &[], 0), None);
    let mut dark = curve("g", 100.0, 2.0);
    dark.epochs.flux.iter_mut().for_each(|flux| *flux -= 200.0);
    assert_eq!(injection(&parameters, &[dark.clone()], 0), None);
    let both = injection(&parameters, &[dark.clone(), curve("r", 100.0, 2.0)], 0).unwrap();
    assert_eq!(both.lightcurves[0], dark);
    assert!(both.truth.amplitude_mag[0].is_nan());
}

fn detection(time: f64, snr: f64, peak: usize) -> Detection {
    let part = Part {
        lightcurve: 0,
        peak,
        epochs: peak..peak + 1,
        peak_time: time,
        time_start: time,
        time_end: time,
        snr,
        score: snr.abs(),
        quality_flag: false,
        template: None,
        false_alarm_probability: 0.0,
    };
    Detection {
        method: "snr".to_owned(),
        parts: vec![part],
        peak_part: 0,
        clock: Clock::Mjd,
        time_start: time,
        time_end: time,
        peak_time: time,
        peak_start: time,
        peak_end: time,
        snr,
        score: snr.abs(),
        extra_scores: Default::default(),
        peak_mag: 18.0,
        peak_mag_diff: 0.1,
        template: None,
        quality_values: Default::default(),
        quality_flag: false,
        false_alarm_probability: 0.0,
        simulated: false,
        injection: None,
    }
}

/// From 9.5 to 10.5.
fn box_of_a_day() -> Truth {
    Truth {
        shape: Shape::Box,
        width: 1.0,
        time: 10.0,
        searched: 30.0,
        amplitude: 0.1,
        snr_expected: 8.0,
        amplitude_mag: vec![0.1],
    }
}

#[test]
fn recovered_is_what_overlaps_in_time_with_its_sign_and_was_not_there_before() {
    let truth = box_of_a_day();
    assert!(recovered(&truth, &[detection(10.4, 8.0, 5)], &[]));
    assert!(!recovered(&truth, &[detection(10.6, 8.0, 5)], &[]));
    assert!(!recovered(&truth, &[detection(10.4, -8.0, 5)], &[]));
    assert!(!recovered(&truth, &[], &[detection(10.4, 8.0, 5)]));
    let real = [detection(10.4, 7.8, 5)];
    assert!(!recovered(&truth, &[detection(10.4, 8.0, 5)], &real));
    assert!(recovered(&truth, &[detection(10.4, 9.0, 5)], &real));
    assert!(recovered(&truth, &[detection(10.4, 8.0, 6)], &real));
}

#[test]
fn a_real_event_that_the_wing_of_a_simulated_one_makes_brighter_is_not_the_simulated_one() {
    let truth = box_of_a_day();
    let flare = |snr: f64| Detection {
        time_end: 9.8,
        ..detection(9.2, snr, 5)
    };
    assert!(recovered(&truth, &[flare(176.0)], &[]));
    assert!(!recovered(&truth, &[flare(176.0)], &[flare(148.0)]));
    // another noise changes a high S/N by more than 1
    let at_the_peak = |snr| detection(10.2, snr, 5);
    assert!(!recovered(
        &truth,
        &[at_the_peak(151.0)],
        &[at_the_peak(148.0)]
    ));
    assert!(recovered(
        &truth,
        &[at_the_peak(157.0)],
        &[at_the_peak(148.0)]
    ));
}

#[test]
fn of_several_detections_the_one_with_the_highest_score_is_the_event() {
    let truth = box_of_a_day();
    let found = [
        detection(9.8, 6.0, 3),
        detection(10.1, 9.0, 5),
        detection(10.3, 7.0, 7),
    ];
    assert_eq!(recovering(&truth, &found, &[]), Some(1));
    // what was there before is not it, whatever its score
    assert_eq!(recovering(&truth, &found, &found[1..2]), Some(2));
    assert!(repeats(&found[1], &found[1..2], &truth) && !repeats(&found[0], &found[1..2], &truth));
}
