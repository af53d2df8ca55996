//! The finder of single peaks; the first cases are those that the original tool's tests describe.

use retriever::analysis::{Finder, SnrFinder, SnrParameters};

use super::finder_support::{detections, find, fixture, moments, of_flux, set, values};

fn finder(change: impl FnOnce(&mut SnrParameters)) -> SnrFinder {
    let mut parameters = SnrParameters::default();
    change(&mut parameters);
    SnrFinder::new(parameters)
}

#[test]
fn a_plain_lightcurve_has_no_detection() {
    for seed in 0..20 {
        assert!(detections(&SnrFinder::default(), &fixture(seed)).is_empty());
    }
}

#[test]
fn one_bright_epoch_is_one_detection_at_its_time() {
    let mut lightcurve = fixture(1);
    let (mean, rms) = moments(&lightcurve);
    set(&mut lightcurve, 4, mean + 8.0 * rms);
    let found = detections(&SnrFinder::default(), &lightcurve);
    assert_eq!(found.len(), 1);
    assert!((found[0].snr - 8.0).abs() < 1.0, "{}", found[0].snr);
    assert_eq!(found[0].peak_time, lightcurve.epochs.mjd[4]);
    assert_eq!(found[0].peak_mag, lightcurve.epochs.mag[4]);
    // 1 + 8·0.1 times the flux: 0.64 mag brighter
    assert!(
        (found[0].peak_mag_diff - 0.64).abs() < 0.1,
        "{}",
        found[0].peak_mag_diff
    );
    assert!(found[0].extra_scores["dmag"] < -0.5, "positive is fainter");
    assert_eq!(
        (found[0].method.as_str(), found[0].simulated),
        ("snr", false)
    );
}

#[test]
fn a_flare_and_a_dip_are_two_detections_and_the_dip_has_its_own_time() {
    let mut lightcurve = fixture(2);
    let (mean, rms) = moments(&lightcurve);
    set(&mut lightcurve, 4, mean + 8.0 * rms);
    set(&mut lightcurve, 96, mean - 8.0 * rms);
    let found = detections(&finder(|p| p.max_det_per_lc = 5), &lightcurve);
    assert_eq!(found.len(), 2);
    assert!((found[1].snr + 8.0).abs() < 1.0);
    let time = lightcurve.epochs.mjd[96];
    assert_eq!(
        (found[1].time_start, found[1].peak_time, found[1].time_end),
        (time, time, time)
    );
    let one_sided = detections(&finder(|p| p.abs_snr = false), &lightcurve);
    assert_eq!(one_sided.len(), 1);
    assert_eq!(one_sided[0].peak_time, lightcurve.epochs.mjd[4]);
}

#[test]
fn a_dip_alone_is_one_detection() {
    let mut lightcurve = fixture(3);
    let (mean, rms) = moments(&lightcurve);
    set(&mut lightcurve, 50, mean - 9.0 * rms);
    let found = detections(&SnrFinder::default(), &lightcurve);
    assert_eq!(found.len(), 1);
    assert!(found[0].snr < -8.0);
    assert_eq!(found[0].parts[0].epochs, 50..51);
}

#[test]
fn epochs_without_a_flux_and_flagged_ones_hide_nothing() {
    let mut lightcurve = fixture(4);
    let (mean, rms) = moments(&lightcurve);
    set(&mut lightcurve, 4, f64::NAN);
    for epoch in 10..20 {
        set(&mut lightcurve, epoch, 5000.0);
        lightcurve.epochs.flag[epoch] = true;
    }
    set(&mut lightcurve, 50, mean + 8.0 * rms);
    let before = lightcurve.clone();
    let (_, first, found) = find(
        &finder(|p| p.max_det_per_lc = 1),
        std::slice::from_ref(&lightcurve),
    );
    let (_, second, again) = find(
        &finder(|p| p.max_det_per_lc = 1),
        std::slice::from_ref(&lightcurve),
    );
    assert_eq!(
        (found.len(), found[0].peak_time),
        (1, lightcurve.epochs.mjd[50])
    );
    assert!((found[0].snr - 8.0).abs() < 1.0);
    assert_eq!(found, again);
    assert_eq!(first.events, second.events);
    // compared as text, for NaN is not equal to itself: no input is altered
    assert_eq!(format!("{before:?}"), format!("{lightcurve:?}"));
    let snr = values(&first.scores[0].columns, "snr");
    assert!(
        snr[4].is_nan() && snr[10] > 100.0,
        "scores stay what they are"
    );
}

#[test]
fn five_bright_epochs_in_a_row_are_one_detection_from_the_first_to_the_last() {
    let mut lightcurve = fixture(5);
    let (mean, rms) = moments(&lightcurve);
    for epoch in 10..15 {
        set(
            &mut lightcurve,
            epoch,
            mean + (8.0 - (epoch as f64 - 12.0).abs() / 10.0) * rms,
        );
    }
    for _ in 0..2 {
        let found = detections(&SnrFinder::default(), &lightcurve);
        assert_eq!(found.len(), 1);
        assert!((found[0].snr - 8.0).abs() < 1.0);
        let time = &lightcurve.epochs.mjd;
        assert!(time[10] < found[0].peak_time && found[0].peak_time < time[15]);
        assert_eq!(
            (found[0].time_start, found[0].time_end),
            (time[10], time[14])
        );
    }
}

#[test]
fn two_separate_flares_are_two_detections_and_the_strongest_are_kept() {
    let mut lightcurve = fixture(6);
    let (mean, rms) = moments(&lightcurve);
    set(&mut lightcurve, 10, mean + 9.0 * rms);
    set(&mut lightcurve, 80, mean + 12.0 * rms);
    let found = detections(&finder(|p| p.max_det_per_lc = 3), &lightcurve);
    let peaks: Vec<usize> = found
        .iter()
        .map(|detection| detection.parts[0].peak)
        .collect();
    assert_eq!(peaks, [10, 80]);
    let strongest = detections(&finder(|p| p.max_det_per_lc = 1), &lightcurve);
    assert_eq!(strongest.len(), 1);
    assert_eq!(strongest[0].parts[0].peak, 80);
}

#[test]
fn flagged_epochs_inside_a_flare_neither_end_it_nor_belong_to_it() {
    let mut lightcurve = fixture(7);
    let (mean, rms) = moments(&lightcurve);
    for epoch in 30..35 {
        set(&mut lightcurve, epoch, mean + 9.0 * rms);
    }
    lightcurve.epochs.flag[31] = true;
    set(&mut lightcurve, 32, f64::NAN);
    set(&mut lightcurve, 31, -1.0e5);
    let (_, found, _) = find(&SnrFinder::default(), std::slice::from_ref(&lightcurve));
    assert_eq!(found.events.len(), 1);
    assert_eq!(found.events[0].members, [30, 33, 34]);
    assert_eq!(found.events[0].epochs, 30..35);
    assert!(!found.events[0].quality_flag);
}

#[test]
fn a_failed_epoch_takes_away_only_its_own_event() {
    let mut lightcurve = fixture(8);
    let (mean, rms) = moments(&lightcurve);
    set(&mut lightcurve, 8, mean + 12.0 * rms);
    set(&mut lightcurve, 60, mean + 9.0 * rms);
    let removing = finder(|p| p.remove_failed = true);
    // by the flag of the survey
    let mut flagged = lightcurve.clone();
    flagged.epochs.flag[8] = true;
    for finder in [&removing, &SnrFinder::default()] {
        let found = detections(finder, &flagged);
        assert_eq!((found.len(), found[0].parts[0].peak), (1, 60));
    }
    // by its position: 10 standard deviations of |RA − mean|, at constant declination
    lightcurve.epochs.dec = vec![20.0; 100];
    let sizes: Vec<f64> = lightcurve
        .epochs
        .ra
        .iter()
        .map(|ra| (ra - 150.0).abs())
        .collect();
    let mean_size = sizes.iter().sum::<f64>() / 100.0;
    let squares = sizes
        .iter()
        .map(|size| (size - mean_size).powi(2))
        .sum::<f64>();
    let away = 10.0 * (squares / 100.0).sqrt();
    lightcurve.epochs.ra[8] = 150.0 + away;
    let found = detections(&removing, &lightcurve);
    assert_eq!((found.len(), found[0].parts[0].peak), (1, 60));
    let kept = detections(&SnrFinder::default(), &lightcurve);
    assert_eq!(kept.len(), 2);
    assert!((kept[0].snr - 12.0).abs() < 2.0 && kept[0].quality_flag && !kept[1].quality_flag);
    // σ of RA is 0.001: |RA − mean| scatters by 0.603 of that
    let offset = kept[0].quality_values["offset"];
    assert!((offset - away / 0.001).abs() < 1.5, "{offset}");
}

#[test]
fn an_event_is_marked_by_any_failed_epoch_of_its_own() {
    let mut lightcurve = fixture(9);
    let (mean, rms) = moments(&lightcurve);
    for (epoch, height) in [(7, 8.0), (8, 12.0), (9, 8.0)] {
        set(&mut lightcurve, epoch, mean + height * rms);
    }
    lightcurve.epochs.ra[8] = 150.0;
    lightcurve.epochs.dec[8] = 20.0;
    lightcurve.epochs.ra[9] = 150.0 + 0.010 / 20f64.to_radians().cos();
    lightcurve.epochs.dec[9] = 20.0;
    let (quality, _, found) = find(&SnrFinder::default(), std::slice::from_ref(&lightcurve));
    assert_eq!(found.len(), 1);
    assert!((found[0].snr - 12.0).abs() < 2.0);
    assert_eq!(found[0].parts[0].peak, 8);
    let offset = values(&quality[0].columns, "offset");
    assert!(quality[0].qflag[9] && offset[9] > 2.0);
    assert!(!quality[0].qflag[8] && offset[8] < 2.0);
    assert!(found[0].quality_flag);
    assert!((found[0].quality_values["offset"] - 10.0).abs() < 2.0);
    assert!(detections(&finder(|p| p.remove_failed = true), &lightcurve).is_empty());
}

/// numpy: m, s = sigma_clip by the rule of `sigma_clipped` on the good fluxes, (f - m) / np.maximum(err, s).
#[test]
fn scores_agree_with_numpy() {
    let flux = vec![
        10.0, 11.0, 9.0, 10.5, 9.5, 10.2, 9.8, 30.0, 10.1, 9.9, 10.0, 10.3,
    ];
    let error = vec![
        0.1,
        2.0,
        0.1,
        f64::NAN,
        0.3,
        0.4,
        0.5,
        1.0,
        0.6,
        0.7,
        0.8,
        0.1,
    ];
    let lightcurve = of_flux((0..12).map(f64::from).collect(), flux, error);
    let (_, found, _) = find(&SnrFinder::default(), std::slice::from_ref(&lightcurve));
    let expected = [
        -0.055234477074,
        0.486363636364,
        -2.080498636450,
        0.957397602614,
        -1.067866556762,
        0.349818354801,
        -0.454545454545,
        19.972727272727,
        0.121212121212,
        -0.181818181818,
        -0.034090909091,
        0.552344770739,
    ];
    for (value, expected) in values(&found.scores[0].columns, "snr").iter().zip(expected) {
        assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
    }
    let dmag = values(&found.scores[0].columns, "dmag");
    assert!((dmag[7] - -1.187401419571).abs() < 1e-9, "{}", dmag[7]);
    assert!((found.scores[0].noise.scatter - 0.493762749600).abs() < 1e-9);
}

#[test]
fn statistics_are_those_of_the_data_given() {
    let mut lightcurve = fixture(10);
    let before = detections(&SnrFinder::default(), &lightcurve);
    for flux in &mut lightcurve.epochs.flux {
        *flux += 1.0e4;
    }
    assert_eq!(before, detections(&SnrFinder::default(), &lightcurve));
}

#[test]
fn a_running_baseline_passes_over_slow_changes_and_sees_fast_ones() {
    let mjd: Vec<f64> = (0..1000).map(|epoch| f64::from(epoch) * 0.1).collect();
    let mut flux: Vec<f64> = mjd
        .iter()
        .map(|time| 100.0 + 30.0 * (time / 8.0).sin())
        .collect();
    flux[500] += 12.0;
    let lightcurve = of_flux(mjd, flux, vec![1.0; 1000]);
    let running = finder(|p| p.baseline_window = Some(2.0));
    let found = detections(&running, &lightcurve);
    assert_eq!((found.len(), found[0].parts[0].peak), (1, 500));
    assert!((found[0].snr - 12.0).abs() < 0.5, "{}", found[0].snr);
}

#[test]
fn nothing_to_go_by_gives_no_scores_and_no_events() {
    let empty = of_flux(Vec::new(), Vec::new(), Vec::new());
    let mut flagged = fixture(11);
    flagged.epochs.flag = vec![true; 100];
    let constant = of_flux(vec![1.0, 2.0, 3.0], vec![5.0; 3], vec![0.0; 3]);
    let (_, found, detections) = find(&SnrFinder::default(), &[empty, flagged, constant]);
    assert!(detections.is_empty());
    for scores in &found.scores {
        assert!(
            values(&scores.columns, "snr")
                .iter()
                .all(|snr| snr.is_nan())
        );
    }
    let names: Vec<&str> = found.scores[0]
        .columns
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(names, SnrFinder::default().score_names());
}

#[test]
fn sidebands_below_zero_are_relative() {
    let base: Vec<f64> = (0..60)
        .map(|n| if n % 2 == 0 { 1.0 } else { -1.0 })
        .collect();
    let mut flux = base;
    (flux[30], flux[31], flux[32], flux[33]) = (3.5, 9.0, 4.5, 2.5);
    let lightcurve = of_flux((0..60).map(f64::from).collect(), flux, vec![1.0; 60]);
    let range = |sideband: f64| {
        let finder = finder(|p| p.snr_threshold_sidebands = sideband);
        let found = detections(&finder, &lightcurve);
        assert_eq!(found.len(), 1);
        found[0].parts[0].epochs.clone()
    };
    // the scatter is close to 1
    assert_eq!(range(-2.0), 30..33);
    assert_eq!(range(4.0), 31..33);
    assert_eq!(range(-5.0), 30..34);
}
