//! The matched filter: templates, sums, events.

use retriever::analysis::{Bank, Finder, MatchedFilter, Shape};
use retriever::photometry::{Lightcurve, flux_from_magnitude};

use super::finder_support::{detections, filter, found, gaussian, of_flux, random, values};

/// 5 000 epochs 0.01 d apart, noise of 1 around 100, with this added.
fn dense(seed: u64, add: impl Fn(f64) -> f64) -> Lightcurve {
    let mjd: Vec<f64> = (0..5_000).map(|epoch| f64::from(epoch) * 0.01).collect();
    let noise = gaussian(5_000, &mut random(seed));
    let flux = mjd
        .iter()
        .zip(noise)
        .map(|(&time, noise)| 100.0 + noise + add(time))
        .collect();
    of_flux(mjd, flux, vec![1.0; 5_000])
}

/// scipy.integrate.quad of the definitions: exp(-4 ln 2 (t/w)²), |t| ≤ w/2, exp(-ln 2 t/w) for t ≥ 0.
#[test]
fn overlaps_agree_with_scipy() {
    // shape, width, width, shift of the second, overlap
    for (shape, first, second, shift, expected) in [
        (Shape::Gaussian, 1.0, 1.5, 0.3, 0.889762475054),
        (Shape::Gaussian, 0.2, 0.2, 0.05, 0.917004043205),
        (Shape::Box, 1.0, 1.5, 0.6, 0.530722777603),
        (Shape::Box, 1.0, 1.1, 0.0, 0.953462589246),
        (Shape::Flare, 1.0, 1.7, 0.4, 0.731945413778),
        (Shape::Flare, 1.0, 1.7, -0.4, 0.820465086239),
        (Shape::Flare, 0.5, 0.5, 0.1, 0.870550563296),
    ] {
        let overlap = shape.overlap(first, second, shift);
        assert!(
            (overlap - expected).abs() < 1e-9,
            "{shape:?}: {overlap} is not {expected}"
        );
    }
    for (shape, expected) in [
        (Shape::Gaussian, 0.752691847789),
        (Shape::Box, 1.000000000000),
        (Shape::Flare, 0.721347520444),
    ] {
        assert!((shape.power() - expected).abs() < 1e-9);
    }
}

#[test]
fn shapes_are_half_as_high_one_width_apart() {
    for shape in Shape::ALL {
        let extent = shape.extent(0.5);
        assert!(
            (extent.end() - extent.start() - 1.0).abs() < 1e-12,
            "{shape:?}"
        );
        assert_eq!(shape.value(0.0), 1.0);
        let (start, end) = shape.extent(0.1).into_inner();
        assert!(shape.value(end + 1e-9) <= 0.1 && shape.value(start - 1e-9) <= 0.1);
    }
}

#[test]
fn neighbours_in_a_bank_overlap_as_required_and_no_more_templates_are_made() {
    for overlap in [0.8, 0.95, 0.99] {
        for shape in Shape::ALL {
            let bank = Bank::new(&[shape], 0.01, 3.0, overlap);
            let templates = bank.templates();
            assert_eq!(
                (templates[0].width, templates[templates.len() - 1].width),
                (0.01, 3.0)
            );
            for pair in templates.windows(2) {
                let found = shape.overlap(pair[0].width, pair[1].width, 0.0);
                assert!(found >= overlap - 1e-12, "{found}");
                assert!((pair[0].wider.unwrap() - found).abs() < 1e-9);
                let step = pair[0].step;
                assert!((shape.overlap(pair[0].width, pair[0].width, step) - overlap).abs() < 1e-9);
            }
            // one template less, and they would overlap too little
            let ratio = 300f64.powf(1.0 / (templates.len() - 2) as f64);
            assert!(shape.overlap(1.0, ratio, 0.0) < overlap);
        }
    }
    assert_eq!(Bank::new(&Shape::ALL, 0.5, 0.5, 0.95).templates().len(), 3);
}

/// numpy, from the same formulas of time, noise and error: the level is the sigma-clipped mean, then that by weight within
/// 4 times the robust scatter, the sums have T cut at 3σ for the Gaussian.
#[test]
fn signal_to_noise_and_amplitude_agree_with_numpy() {
    let number = 400;
    let mjd: Vec<f64> = (0..number)
        .map(|n| {
            let n = f64::from(n);
            0.1 * n + 0.03 * (7.0 * n).sin()
        })
        .collect();
    let error: Vec<f64> = (0..number)
        .map(|n| 1.0 + 0.5 * (3.0 * f64::from(n)).cos())
        .collect();
    for (shape, width, peak, expected_snr, expected_amplitude, expected_error) in [
        (
            Shape::Gaussian,
            1.1,
            20.3,
            53.6958724511,
            19.5980672481,
            0.3649827511,
        ),
        (
            Shape::Box,
            1.1,
            20.3,
            64.1337362025,
            19.1690604833,
            0.2988919969,
        ),
        (
            Shape::Flare,
            1.1,
            20.3,
            47.8417346438,
            18.9705937885,
            0.3965281345,
        ),
    ] {
        let flux: Vec<f64> = (0..number as usize)
            .map(|n| {
                let noise = 0.9 * error[n] * 2f64.sqrt() * (n as f64 * n as f64 * 0.37).sin();
                50.0 + noise + 20.0 * shape.value((mjd[n] - peak) / width)
            })
            .collect();
        let lightcurve = of_flux(mjd.clone(), flux, error.clone());
        let filter = filter(|p| {
            p.template_shapes = vec![shape];
            (p.min_width, p.max_width) = (width, width);
            p.max_det_per_lc = 1;
        });
        let found = found(&filter, &lightcurve);
        assert_eq!(found.events.len(), 1, "{shape:?}");
        let template = found.events[0].template.unwrap();
        let (snr, amplitude) = (found.events[0].snr, template.amplitude);
        assert!((snr / expected_snr - 1.0).abs() < 3e-6, "{shape:?}: {snr}");
        assert!(
            (amplitude / expected_amplitude - 1.0).abs() < 3e-6,
            "{shape:?}: {amplitude}"
        );
        assert!(
            (template.amplitude_error / expected_error - 1.0).abs() < 3e-6,
            "{shape:?}"
        );
    }
}

#[test]
fn two_flares_are_two_detections_with_their_own_times_and_widths() {
    let flare = |time: f64, peak: f64, width: f64| 8.0 * Shape::Flare.value((time - peak) / width);
    let lightcurve = dense(1, |time| flare(time, 20.0, 0.2) + flare(time, 21.5, 0.1));
    let found = detections(&MatchedFilter::default(), &lightcurve);
    assert_eq!(found.len(), 2, "{found:#?}");
    for (detection, (peak, width)) in found.iter().zip([(20.0, 0.2), (21.5, 0.1)]) {
        let template = detection.template.unwrap();
        assert_eq!(template.shape, Shape::Flare);
        assert!(
            (detection.peak_time - peak).abs() < 0.02,
            "{}",
            detection.peak_time
        );
        assert!(template.width > width / 2.0 && template.width < width * 2.0);
        assert!(detection.time_start >= peak - 0.02 && detection.time_end < peak + 5.0 * width);
        assert!(detection.false_alarm_probability < 1e-6);
    }
}

#[test]
fn a_dip_alone_is_one_detection_with_a_negative_amplitude() {
    let lightcurve = dense(2, |time| -6.0 * Shape::Box.value((time - 30.0) / 0.5));
    let found = detections(&MatchedFilter::default(), &lightcurve);
    assert_eq!(found.len(), 1);
    let template = found[0].template.unwrap();
    assert_eq!(template.shape, Shape::Box);
    assert!((template.amplitude + 6.0).abs() < 3.0 * template.amplitude_error + 0.3);
    assert!((template.width - 0.5).abs() < 0.06 && (template.time - 30.0).abs() < 0.03);
    let bright_only = filter(|p| p.abs_snr = false);
    assert!(detections(&bright_only, &lightcurve).is_empty());
}

#[test]
fn flagged_and_missing_epochs_neither_count_nor_hide_a_flare() {
    let mut lightcurve = dense(3, |time| 10.0 * Shape::Gaussian.value((time - 10.0) / 0.3));
    for epoch in [990, 995, 1000, 1005, 2000, 2001] {
        lightcurve.epochs.flux[epoch] = 1.0e6;
        lightcurve.epochs.flag[epoch] = true;
    }
    lightcurve.epochs.flux[1001] = f64::NAN;
    let found = found(&MatchedFilter::default(), &lightcurve);
    assert_eq!(found.events.len(), 1);
    assert!(!found.events[0].members.contains(&1000) && found.events[0].epochs.contains(&1000));
    let template = found.events[0].template.unwrap();
    assert!(
        (template.time - 10.0).abs() < 0.05 && (template.amplitude - 10.0).abs() < 2.0,
        "{template:?}"
    );
    let snr = values(&found.scores[0].columns, "snr");
    assert!(snr[1000].is_nan() && snr[1002] > 20.0);
}

/// Over many injections: the mean of (found − true)/error is 0 within its own error, but for what mismatch allows.
#[test]
fn amplitudes_and_times_of_injected_events_are_unbiased() {
    let filter = filter(|p| {
        p.template_shapes = vec![Shape::Gaussian];
        (p.min_width, p.max_width, p.max_det_per_lc) = (0.2, 0.2, 1);
        p.overlap_required = 0.99;
    });
    let (mut height, mut time) = (Vec::new(), Vec::new());
    for seed in 0..60 {
        let peak = 25.0 + seed as f64 * 0.0137;
        let lightcurve = dense(100 + seed, |time| {
            5.0 * Shape::Gaussian.value((time - peak) / 0.2)
        });
        let found = detections(&filter, &lightcurve);
        assert_eq!(found.len(), 1);
        let template = found[0].template.unwrap();
        height.push((template.amplitude - 5.0) / template.amplitude_error);
        time.push(template.time - peak);
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    // taking the highest of neighbouring trials and the mismatch of a trial grid pull by less than 1 % of 18σ
    assert!(
        mean(&height).abs() < 3.0 / 60f64.sqrt() + 0.18,
        "{}",
        mean(&height)
    );
    let scatter = mean(&time.iter().map(|t| t * t).collect::<Vec<_>>()).sqrt();
    assert!(
        scatter < 0.02 && mean(&time).abs() < 3.0 * scatter / 60f64.sqrt(),
        "{scatter}"
    );
}

#[test]
fn templates_are_only_tried_where_there_are_enough_epochs() {
    // a pair of epochs each night; three of them on the 50th
    let mut mjd: Vec<f64> = (0..100)
        .flat_map(|day| [f64::from(day), f64::from(day) + 0.02])
        .collect();
    mjd.insert(102, 50.04);
    let number = mjd.len();
    let flux = gaussian(number, &mut random(4))
        .iter()
        .map(|noise| 10.0 + noise)
        .collect();
    let lightcurve = of_flux(mjd, flux, vec![1.0; number]);
    let filter = filter(|p| (p.min_width, p.max_width) = (0.05, 0.2));
    let found = found(&filter, &lightcurve);
    let snr = values(&found.scores[0].columns, "snr");
    let scored: Vec<usize> = (0..number).filter(|&epoch| !snr[epoch].is_nan()).collect();
    assert_eq!(scored, [100, 101, 102]);
    let nothing = of_flux(vec![1.0, 2.0], vec![5.0, 6.0], vec![1.0; 2]);
    assert_eq!(self::found(&filter, &nothing).scores[0].trials, 0.0);
    let empty = of_flux(Vec::new(), Vec::new(), Vec::new());
    assert!(self::found(&filter, &empty).events.is_empty());
}

#[test]
fn errors_that_say_too_little_are_made_larger_and_missing_ones_measured() {
    let mut lightcurve = dense(5, |_| 0.0);
    lightcurve.epochs.fluxerr = vec![0.25; 5_000];
    let scaled = found(&MatchedFilter::default(), &lightcurve);
    assert!((scaled.scores[0].noise.error_scale - 4.0).abs() < 0.15);
    assert!(scaled.events.is_empty());
    lightcurve.epochs.fluxerr = vec![f64::NAN; 5_000];
    let measured = found(&MatchedFilter::default(), &lightcurve);
    let pairs = values(&scaled.scores[0].columns, "snr")
        .iter()
        .zip(values(&measured.scores[0].columns, "snr"));
    for (one, other) in pairs {
        assert!((one - other).abs() < 1e-6 * one.abs().max(1.0));
    }
    lightcurve.epochs.flux = vec![7.0; 5_000];
    lightcurve.epochs.fluxerr = vec![0.0; 5_000];
    assert!(
        found(&MatchedFilter::default(), &lightcurve)
            .events
            .is_empty(),
        "no noise, no signal to noise"
    );
}

#[test]
fn a_slow_variable_has_no_events_over_a_running_baseline() {
    let slow = |time: f64| 6.0 * (time / 10.0).sin();
    let lightcurve = dense(6, |time| {
        slow(time) + 10.0 * Shape::Flare.value((time - 33.0) / 0.1)
    });
    let filter = filter(|p| (p.max_width, p.baseline_window) = (0.5, Some(3.0)));
    let found = detections(&filter, &lightcurve);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!((found[0].peak_time - 33.0).abs() < 0.02);
}

#[test]
fn the_finder_names_its_columns() {
    let filter = MatchedFilter::default();
    let found = found(&filter, &dense(7, |_| 0.0));
    let names: Vec<&str> = found.scores[0]
        .columns
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(names, filter.score_names());
    assert_eq!(filter.method(), "matched_filter");
    assert_eq!(filter.bank().templates().len(), 14 + 57 + 10);
}

/// Epochs of magnitudes with this error, of a star of 1 000 with a flare of this height and width at 25.
fn of_magnitudes(seed: u64, error: f64, height: f64, width: f64) -> Lightcurve {
    let mjd: Vec<f64> = (0..5_000).map(|epoch| f64::from(epoch) * 0.01).collect();
    let noise = gaussian(5_000, &mut random(seed));
    let (flux, fluxerr) = (mjd.iter().zip(noise))
        .map(|(&time, noise)| {
            let flux = 1_000.0 + height * Shape::Gaussian.value((time - 25.0) / width);
            flux_from_magnitude(23.9 - 2.5 * flux.log10() + error * noise, error, 23.9)
        })
        .unzip();
    of_flux(mjd, flux, fluxerr)
}

/// Over many injections, as above; the epochs of a bright flare are noisier than the others, and its error says so.
#[test]
fn amplitudes_are_unbiased_where_noise_is_in_magnitude() {
    let filter = filter(|p| {
        p.template_shapes = vec![Shape::Gaussian];
        (p.min_width, p.max_width, p.max_det_per_lc) = (0.2, 0.2, 1);
        p.overlap_required = 0.99;
    });
    for (error, height) in [(0.1, 600.0), (0.2, 1_500.0), (0.1, -400.0), (0.3, 6_000.0)] {
        let pulls: Vec<f64> = (0..60)
            .map(|seed| {
                let lightcurve = of_magnitudes(300 + seed, error, height, 0.2);
                let found = detections(&filter, &lightcurve);
                assert_eq!(found.len(), 1, "{error} {height}");
                let template = found[0].template.unwrap();
                (template.amplitude - height) / template.amplitude_error
            })
            .collect();
        let mean = pulls.iter().sum::<f64>() / 60.0;
        let scatter = (pulls.iter().map(|p| (p - mean).powi(2)).sum::<f64>() / 59.0).sqrt();
        println!("{error} mag, {height}: {mean:.2} ± {scatter:.2}");
        // the highest of neighbouring trials and the mismatch of the grid pull a little
        assert!(
            mean.abs() < 3.0 / 60f64.sqrt() + 0.18,
            "{error} {height}: {mean}"
        );
        assert!((scatter - 1.0).abs() < 0.35, "{error} {height}: {scatter}");
    }
}
