//! Events of several lightcurves at one time.

use retriever::analysis::{self, Checked, Clock, Detection, Finder, Quality, SnrFinder};
use retriever::photometry::{BJD_TDB, Lightcurve};

use super::finder_support::{add, gaussian, of_flux, random};

/// A day's rhythm with noise of 1 around 100, offset in time, and these epochs this much brighter.
fn with_events(seed: u64, shift: f64, events: &[(usize, f64)]) -> Lightcurve {
    let mut random = random(seed);
    let mjd: Vec<f64> = (0..200)
        .map(|day| 58_000.0 + f64::from(day) + shift)
        .collect();
    let mut flux: Vec<f64> = gaussian(200, &mut random)
        .iter()
        .map(|n| 100.0 + n.clamp(-2.5, 2.5))
        .collect();
    for &(epoch, height) in events {
        flux[epoch] = 100.0 + height;
    }
    of_flux(mjd, flux, vec![1.0; 200])
}

fn linked(lightcurves: &[Lightcurve], tolerance: f64) -> Vec<Detection> {
    let quality: Vec<Quality> = lightcurves
        .iter()
        .map(|lightcurve| Quality {
            qflag: vec![false; lightcurve.epochs.len()],
            ..Quality::default()
        })
        .collect();
    let checked: Vec<Checked<'_>> = (lightcurves.iter().zip(&quality))
        .map(|(lightcurve, quality)| Checked {
            lightcurve,
            quality,
        })
        .collect();
    let found = SnrFinder::default().find(&checked);
    analysis::link("snr", &checked, &found, tolerance)
}

fn parts(detection: &Detection) -> Vec<(usize, usize)> {
    let parts = detection.parts.iter();
    parts.map(|part| (part.lightcurve, part.peak)).collect()
}

#[test]
fn one_flare_in_two_filters_is_one_detection_with_two_parts() {
    let lightcurves = [
        with_events(1, 0.0, &[(50, 10.0), (51, 15.0)]),
        with_events(2, 0.2, &[(50, 20.0), (120, 9.0)]),
    ];
    let found = linked(&lightcurves, 0.0);
    assert_eq!(found.len(), 2);
    assert_eq!(parts(&found[0]), [(0, 51), (1, 50)]);
    assert_eq!(parts(&found[1]), [(1, 120)]);
    let first = &found[0];
    assert_eq!((first.time_start, first.time_end), (58_050.0, 58_051.0));
    assert_eq!((first.peak_time, first.peak_part), (58_050.2, 1));
    assert_eq!((first.peak_start, first.peak_end), (58_050.2, 58_050.2));
    assert!((first.snr - 20.0).abs() < 2.0 && first.parts[0].snr < first.snr);
    assert_eq!(first.clock, Clock::Mjd);
    assert_eq!(found, linked(&lightcurves, 0.0), "the same on re-analysis");
}

#[test]
fn the_tolerance_is_added_on_both_sides() {
    let lightcurves = [
        with_events(3, 0.0, &[(50, 20.0)]),
        with_events(4, 0.3, &[(50, 20.0)]),
    ];
    assert_eq!(linked(&lightcurves, 0.1).len(), 2);
    assert_eq!(linked(&lightcurves, 0.2).len(), 1);
}

#[test]
fn a_flare_and_a_dip_at_one_time_are_two_detections() {
    let lightcurves = [
        with_events(5, 0.0, &[(50, 20.0)]),
        with_events(6, 0.0, &[(50, -20.0)]),
    ];
    assert_eq!(linked(&lightcurves, 1.0).len(), 2);
}

#[test]
fn two_flares_of_one_filter_stay_two_where_another_sees_one_long_event() {
    let long: Vec<(usize, f64)> = (48..62).map(|epoch| (epoch, 12.0)).collect();
    let lightcurves = [
        with_events(7, 0.0, &[(50, 30.0), (60, 20.0)]),
        with_events(8, 0.0, &long),
    ];
    let found = linked(&lightcurves, 0.0);
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[0].parts.len(),
        2,
        "the stronger one takes the long event"
    );
    assert_eq!(parts(&found[1]), [(0, 60)]);
}

#[test]
fn barycentric_times_are_used_where_all_have_them() {
    let mut lightcurves = [
        with_events(9, 0.0, &[(50, 20.0)]),
        with_events(10, 0.005, &[(50, 20.0)]),
    ];
    for (lightcurve, shift) in lightcurves.iter_mut().zip([0.005, 0.0]) {
        let barycentric = lightcurve
            .epochs
            .mjd
            .iter()
            .map(|mjd| mjd + 2_400_000.5 + shift);
        let barycentric: Vec<f64> = barycentric.collect();
        add(lightcurve, BJD_TDB, barycentric);
    }
    let found = linked(&lightcurves, 0.0);
    assert_eq!(found.len(), 1, "the same instant on the common clock");
    assert_eq!(found[0].clock, Clock::BjdTdb);
    assert_eq!(found[0].peak_time, 58_050.005 + 2_400_000.5);
}

#[test]
fn a_detection_counts_the_lightcurves_that_were_searched() {
    let lightcurves = [
        with_events(11, 0.0, &[(50, 5.5)]),
        with_events(12, 0.0, &[]),
        with_events(13, 0.0, &[]),
    ];
    let found = linked(&lightcurves, 0.0);
    assert_eq!(found.len(), 1);
    let within = found[0].parts[0].false_alarm_probability;
    assert!(within > 0.0);
    let ratio = found[0].false_alarm_probability / within;
    assert!((ratio - 3.0).abs() < 1e-3, "{ratio}");
    let simulated = found[0].clone().of_injection(4);
    assert!(simulated.simulated && simulated.injection == Some(4));
}
