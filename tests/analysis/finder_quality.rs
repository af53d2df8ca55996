//! Which epochs are called bad.

use retriever::analysis::{CutName, Quality, QualityChecker, QualityParameters, StandardQuality};
use retriever::photometry::Lightcurve;

use super::finder_support::{add, gaussian, of_flux, random, values};

fn plain(number: usize) -> Lightcurve {
    let mjd = (0..number).map(|epoch| epoch as f64 / 10.0).collect();
    of_flux(mjd, vec![100.0; number], vec![1.0; number])
}

fn placed(ra: Vec<f64>, dec: Vec<f64>) -> Lightcurve {
    let mut lightcurve = plain(ra.len());
    (lightcurve.epochs.ra, lightcurve.epochs.dec) = (ra, dec);
    lightcurve
}

fn check(lightcurve: &Lightcurve) -> Quality {
    StandardQuality::default().check(lightcurve)
}

fn check_cut(name: CutName, lightcurve: &Lightcurve) -> Quality {
    let parameters = QualityParameters {
        cut_names: vec![name],
        ..QualityParameters::default()
    };
    StandardQuality::new(parameters).check(lightcurve)
}

fn bad(quality: &Quality) -> Vec<usize> {
    (0..quality.qflag.len())
        .filter(|&epoch| quality.qflag[epoch])
        .collect()
}

fn number_bad(quality: &Quality) -> f64 {
    bad(quality).len() as f64
}

/// scipy: 2·norm.sf(k)·10^6 for k = 2, 3, 3.5; the scatter of the count is its square root.
#[test]
fn good_positions_are_flagged_as_rarely_as_the_threshold_says() {
    const NUMBER: usize = 1_000_000;
    let mut random = random(11);
    let place = |center: f64, scale: f64, random: &mut _| -> Vec<f64> {
        let numbers = gaussian(NUMBER, random);
        numbers
            .iter()
            .map(|number| center + scale * number)
            .collect()
    };
    // three times the scatter in one direction: each has its own scale
    let ra = place(150.0, 3e-4, &mut random);
    let lightcurve = placed(ra, place(60.0, 1e-4, &mut random));
    for (threshold, expected) in [(2.0, 45_500.3f64), (3.0, 2_699.8), (3.5, 465.3)] {
        let parameters = QualityParameters {
            offset_threshold: threshold,
            ..QualityParameters::default()
        };
        let found = number_bad(&StandardQuality::new(parameters).check(&lightcurve));
        // the scale itself is known to 1e-3, which moves the count by 2·k²·1e-3
        let slack = 3.5 * expected.sqrt() + 2e-3 * threshold * threshold * expected;
        assert!(
            (found - expected).abs() < slack,
            "{threshold}: {found} instead of {expected}"
        );
    }
}

#[test]
fn right_ascension_goes_on_through_zero_and_shrinks_towards_the_pole() {
    let mut random = random(12);
    let (x, y) = (gaussian(500, &mut random), gaussian(500, &mut random));
    let at = |ra_0: f64, dec_0: f64| {
        let ra = x
            .iter()
            .map(|x| (ra_0 + 1e-4 * x / dec_0.to_radians().cos()).rem_euclid(360.0));
        let dec = y.iter().map(|y| dec_0 + 1e-4 * y);
        let quality = check(&placed(ra.collect(), dec.collect()));
        values(&quality.columns, "offset").to_vec()
    };
    let usual = at(180.0, 0.0);
    for (ra, dec) in [
        (0.0, 0.0),
        (359.99999, 30.0),
        (0.00001, -60.0),
        (10.0, 89.0),
    ] {
        for (one, other) in usual.iter().zip(at(ra, dec)) {
            assert!(
                (one - other).abs() < 1e-6 * one.max(1.0),
                "{ra} {dec}: {one} {other}"
            );
        }
    }
    // around the pole itself: x and y in the plane that touches it
    let polar = |sign: f64| {
        let ra = x
            .iter()
            .zip(&y)
            .map(|(x, y)| x.atan2(*y).to_degrees().rem_euclid(360.0));
        let dec = x
            .iter()
            .zip(&y)
            .map(|(x, y)| sign * (90.0 - 1e-4 * x.hypot(*y)));
        let quality = check(&placed(ra.collect(), dec.collect()));
        values(&quality.columns, "offset").to_vec()
    };
    for sign in [1.0, -1.0] {
        for (one, other) in usual.iter().zip(polar(sign)) {
            assert!((one - other).abs() < 1e-4 * one.max(1.0), "{one} {other}");
        }
    }
}

#[test]
fn a_position_far_off_or_missing_is_bad_and_the_input_stays_as_it_was() {
    let mut random = random(13);
    let place = |number: f64| 45.0 + 1e-4 * number;
    let mut ra: Vec<f64> = gaussian(200, &mut random).into_iter().map(place).collect();
    let dec: Vec<f64> = gaussian(200, &mut random).into_iter().map(place).collect();
    (ra[20], ra[30]) = (f64::NAN, 45.01);
    let lightcurve = placed(ra.clone(), dec.clone());
    let quality = check(&lightcurve);
    assert_eq!(bad(&quality), [20, 30]);
    let offset = values(&quality.columns, "offset");
    assert!(offset[20].is_nan() && offset[30] > 60.0);
    assert!(quality.notes.is_empty());
    assert_eq!(format!("{:?}", lightcurve.epochs.ra), format!("{ra:?}"));
    assert_eq!(lightcurve.epochs.dec, dec);
}

#[test]
fn positions_in_pixels_go_before_those_on_the_sky() {
    let mut random = random(14);
    let mut lightcurve = placed(vec![10.0; 300], vec![10.0; 300]);
    let x: Vec<f64> = gaussian(300, &mut random)
        .iter()
        .map(|x| 512.0 + 0.01 * x)
        .collect();
    let mut y: Vec<f64> = gaussian(300, &mut random)
        .iter()
        .map(|y| 99.0 + 0.002 * y)
        .collect();
    y[7] += 0.02;
    add(&mut lightcurve, "pos1", x);
    add(&mut lightcurve, "pos2", y);
    assert!(
        check(&lightcurve).qflag[7],
        "ten times the scatter of its own axis"
    );
    // a position that never changes is never off
    let quality = check(&placed(vec![10.0; 9], vec![10.0; 9]));
    assert_eq!(values(&quality.columns, "offset"), [0.0; 9]);
    assert!(bad(&quality).is_empty());
}

#[test]
fn flags_of_the_survey_and_epochs_without_a_flux_are_bad_without_any_cut() {
    let mut lightcurve = plain(10);
    lightcurve.epochs.flag[3] = true;
    lightcurve.epochs.flux[5] = f64::NAN;
    let quality = check(&lightcurve);
    assert_eq!(bad(&quality), [3, 5]);
    assert!(quality.columns.is_empty());
    assert_eq!(
        quality.notes,
        ["offset: passed, for the lightcurve has no positions of its epochs"]
    );
}

#[test]
fn each_cut_judges_its_own_column_and_passes_what_lacks_it() {
    let ramp: Vec<f64> = (0..10).map(f64::from).collect();
    // name, column of the survey, its values, epochs that fail by the default threshold
    let cases: [(CutName, &str, Vec<f64>, &[usize]); 4] = [
        (
            CutName::LimitingMagnitude,
            "limitmag",
            ramp.iter().map(|n| 17.0 + n / 2.0).collect(),
            &[0, 1, 2, 3],
        ),
        (
            CutName::Airmass,
            "airmass",
            ramp.iter().map(|n| 1.0 + n / 5.0).collect(),
            &[8, 9],
        ),
        (
            CutName::Sharp,
            "sharp",
            ramp.iter().map(|n| (n - 4.5) / 5.0).collect(),
            &[0, 1, 8, 9],
        ),
        (CutName::Chi, "chi", ramp.clone(), &[5, 6, 7, 8, 9]),
    ];
    for (name, column, numbers, failing) in cases {
        let mut lightcurve = plain(10);
        let quality = check_cut(name, &lightcurve);
        assert!(
            bad(&quality).is_empty() && quality.notes.len() == 1,
            "{name:?}"
        );
        add(&mut lightcurve, column, numbers.clone());
        let quality = check_cut(name, &lightcurve);
        assert_eq!(bad(&quality), failing, "{name:?}");
        assert_eq!(values(&quality.columns, name.as_str()), numbers);
        assert!(quality.notes.is_empty());
    }
}

#[test]
fn background_is_measured_by_its_scatter_and_by_the_star() {
    let mut lightcurve = plain(101);
    let mut background: Vec<f64> = (0..101).map(|n| 50.0 + f64::from(n * 7 % 11)).collect();
    (background[40], background[41]) = (1000.0, -500.0);
    add(&mut lightcurve, "bg", background);
    let quality = check_cut(CutName::Background, &lightcurve);
    assert_eq!(bad(&quality), [40], "a low background is no harm");
    // median 55, MAD 3: numpy
    let value = values(&quality.columns, "background")[40];
    assert!(
        (value - 945.0 / (3.0 * 1.482_602_218_505_602)).abs() < 1e-9,
        "{value}"
    );
    // of another unit, or of none that is known, it cannot be compared with the star
    let quality = check_cut(CutName::ScatteredLight, &lightcurve);
    assert!(bad(&quality).is_empty() && quality.notes.len() == 1);
    let unit = lightcurve.epochs.flux_unit.clone();
    lightcurve.epochs.extra.last_mut().unwrap().unit = unit;
    let quality = check_cut(CutName::ScatteredLight, &lightcurve);
    assert_eq!(bad(&quality), [40]);
    assert_eq!(values(&quality.columns, "scattered_light")[40], 10.0);
}

#[test]
fn an_epoch_far_from_every_good_one_is_isolated() {
    let mut lightcurve = plain(6);
    lightcurve.epochs.mjd = vec![0.0, 1.0, 10.0, 11.0, 20.0, f64::NAN];
    lightcurve.epochs.flag = vec![false, false, false, true, false, true];
    let quality = check_cut(CutName::Isolated, &lightcurve);
    assert_eq!(
        values(&quality.columns, "isolated")[..5],
        [1.0, 1.0, 9.0, 1.0, 10.0]
    );
    assert_eq!(bad(&quality), [2, 3, 4, 5]);
}

#[test]
fn a_checker_lists_its_cuts_with_thresholds() {
    let parameters = QualityParameters {
        cut_names: CutName::ALL.to_vec(),
        ..QualityParameters::default()
    };
    let cuts = StandardQuality::new(parameters).cuts();
    assert_eq!(cuts.len(), 8);
    assert_eq!(
        (
            cuts[0].name.as_str(),
            cuts[0].threshold,
            cuts[0].unit.as_str()
        ),
        ("offset", 3.5, "sigma")
    );
    assert!(cuts[0].fails(3.6) && cuts[0].fails(f64::NAN) && !cuts[0].fails(3.5));
}

/// The place on the sky where plane coordinates (deg) are these, seen from a center.
type Sky = fn(f64, f64) -> (f64, f64);

/// On the equator, across RA 0, near a pole, and around it.
const SKIES: [Sky; 4] = [
    |x, y| (180.0 + x, y),
    |x, y| ((x / 0.5).rem_euclid(360.0), 60.0 + y),
    |x, y| {
        (
            ((x) / 89f64.to_radians().cos()).rem_euclid(360.0),
            -89.0 + y,
        )
    },
    |x, y| (x.atan2(y).to_degrees().rem_euclid(360.0), 90.0 - x.hypot(y)),
];

/// The offsets of good epochs of lightcurves of `number` epochs, and of as many wrong ones as `wrong` says of the place
/// in the lightcurve, 30σ to 3000σ off.
fn offsets(
    number: usize,
    total: usize,
    wrong: fn(usize) -> bool,
    seed: u64,
) -> (Vec<f64>, Vec<f64>) {
    let mut random = random(seed);
    let (mut right, mut off) = (Vec::new(), Vec::new());
    for lightcurve in 0..total / number {
        let (mut x, y) = (gaussian(number, &mut random), gaussian(number, &mut random));
        for (epoch, x) in x.iter_mut().enumerate().filter(|(epoch, _)| wrong(*epoch)) {
            *x += 30.0 * 10f64.powf((lightcurve + epoch) as f64 / 7.0 % 2.0);
        }
        let sky = SKIES[lightcurve % SKIES.len()];
        let places = x.iter().zip(&y).map(|(x, y)| sky(3e-5 * x, 1e-5 * y));
        let (ra, dec) = places.unzip();
        let quality = check(&placed(ra, dec));
        for (epoch, &offset) in values(&quality.columns, "offset").iter().enumerate() {
            if wrong(epoch) { &mut off } else { &mut right }.push(offset);
        }
    }
    (right, off)
}

fn number_above(values: &[f64], threshold: f64) -> f64 {
    values.iter().filter(|value| **value > threshold).count() as f64
}

/// scipy: 2·norm.sf(k) for k = 2, 3, 3.5, 4, with how well the law of small numbers is known there.
const TAILS: [(f64, f64, f64); 4] = [
    (2.0, 0.045_500_264, 0.02),
    (3.0, 0.002_699_796, 0.03),
    (3.5, 0.000_465_258, 0.05),
    (4.0, 0.000_063_342, 0.1),
];

#[test]
fn the_threshold_means_the_same_for_few_epochs_as_for_many() {
    for number in [5, 6, 7, 10, 11, 20, 50, 100, 500] {
        let (good, _) = offsets(number, 200_000, |_| false, 20 + number as u64);
        for (threshold, tail, known) in TAILS {
            let (found, expected) = (number_above(&good, threshold), tail * good.len() as f64);
            println!("{number} {threshold}: {found} {expected:.0}");
            // epochs of one lightcurve have their scatter in common: more than the binomial error by a half
            let error = 1.5 * expected.sqrt();
            assert!(
                (found - expected).abs() < 3.0 * error + known * expected,
                "{number} epochs, {threshold}: {found}, {expected:.1} ± {error:.1}"
            );
        }
    }
}

#[test]
fn wrong_positions_are_found_and_do_not_loosen_the_threshold_for_others() {
    // one of 20 is 5 %
    for number in [20, 100, 500] {
        let (good, wrong) = offsets(number, 200_000, |epoch| epoch % 20 == 7, 40 + number as u64);
        assert_eq!(number_above(&wrong, 3.5), wrong.len() as f64, "{number}");
        for (threshold, tail, known) in &TAILS[..3] {
            let (found, expected) = (number_above(&good, *threshold), tail * good.len() as f64);
            println!("{number} {threshold}: {found} {expected:.0}");
            let error = 1.5 * expected.sqrt();
            assert!(
                (found - expected).abs() < 3.0 * error + known * expected,
                "{number} epochs, {threshold}: {found}, {expected:.1} ± {error:.1}"
            );
        }
    }
}

#[test]
fn fewer_than_five_positions_pass_with_a_note() {
    let mut lightcurve = placed(vec![10.0, 10.1, 10.0, 350.0, 9.9], vec![20.0; 5]);
    lightcurve.epochs.flag[2] = true;
    let quality = check(&lightcurve);
    assert_eq!(bad(&quality), [2]);
    assert!(quality.columns.is_empty());
    assert_eq!(
        quality.notes,
        ["offset: passed, for the lightcurve has fewer than five good positions"]
    );
    lightcurve.epochs.flag[2] = false;
    assert!(check(&lightcurve).notes.is_empty());
}
