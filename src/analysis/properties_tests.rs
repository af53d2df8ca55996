//! Properties against numpy 2 and scipy 1.17, for data that both make by the same formulas.

use super::*;
use crate::analysis::{Quality, lightcurve};
use crate::photometry::{Epochs, Lightcurve};

fn close(value: Option<f64>, expected: f64) {
    let value = value.expect("a number");
    assert!(
        (value / expected - 1.0).abs() < 1e-9,
        "{value} is not {expected}"
    );
}

/// Twenty pairs of epochs, with one outlier.
fn epochs() -> Epochs {
    let index = || (0..40).map(f64::from);
    let mut flux: Vec<f64> = index()
        .map(|i| {
            100.0 + 6.0 * ((i * 0.618_033_988_749_894_9).fract() - 0.5) + 3.0 * (i / 5.0).sin()
        })
        .collect();
    flux[7] = 150.0;
    Epochs {
        mjd: index()
            .map(|i| 58_000.0 + (i / 2.0).floor() + 0.01 * (i % 2.0))
            .collect(),
        flux,
        fluxerr: index()
            .map(|i| 1.0 + 0.5 * (i * std::f64::consts::SQRT_2).fract())
            .collect(),
        mag: vec![18.9; 40],
        magerr: vec![0.01; 40],
        flag: vec![false; 40],
        exptime: vec![30.0; 40],
        ra: vec![0.0; 40],
        dec: vec![0.0; 40],
        flux_unit: "uJy".to_owned(),
        zero_point: 23.9,
        extra: Vec::new(),
    }
}

fn properties(lightcurves: &[Lightcurve], parameters: &PropertiesParameters) -> Properties {
    let quality: Vec<Quality> = lightcurves
        .iter()
        .map(|lightcurve| Quality {
            qflag: lightcurve.epochs.flag.clone(),
            ..Quality::default()
        })
        .collect();
    let checked: Vec<Checked<'_>> = lightcurves
        .iter()
        .zip(&quality)
        .map(|(lightcurve, quality)| Checked {
            lightcurve,
            quality,
        })
        .collect();
    Properties::of(&checked, parameters)
}

#[test]
fn they_agree_with_numpy_and_scipy() {
    let curve = lightcurve("X", "star", "R", epochs());
    let parameters = PropertiesParameters::default();
    let all = properties(&[curve], &parameters);
    assert_eq!((all.clock, all.filters.len()), (Clock::Mjd, 1));
    let found = &all.filters[0];
    assert_eq!(
        (found.number, found.num_good, found.degrees_of_freedom),
        (40, 40, 39)
    );
    close(found.chi2, 1_344.690_771_001_876_8);
    let probability = found.chi2_probability.unwrap();
    assert!(
        (probability / 7.652_560_174_906_473e-257 - 1.0).abs() < 1e-6,
        "{probability:e}"
    );
    close(found.von_neumann, 1.636_453_187_611_819_8);
    close(found.excess_variance, 0.006_548_418_147_927_055);
    close(found.stetson_k, 0.459_414_677_377_261_9);
    close(found.stetson_j, 0.719_474_631_703_982_7);
    close(found.amplitude, 8.573_419_059_693_79);
    close(found.amplitude_mag, 0.092_538_452_563_685_48);
    close(found.flux_mean, 100.208_370_270_456_78);
    close(found.flux_rms, 2.641_283_225_580_233_7);
    close(found.best_snr, 18.851_302_748_346_896);
    assert_eq!(found.best_snr_time, Some(58_003.01));
    assert!(found.best_snr_false_alarm_probability.unwrap() < 1e-70);
    assert!(found.period.is_some());
    assert!((any_of(-3.5, 40) / 0.018_442_474_271_349_076 - 1.0).abs() < 1e-9);
    let alone = PropertiesParameters {
        pair_time: 0.001,
        ..parameters
    };
    let curve = lightcurve("X", "star", "R", epochs());
    let singles = properties(&[curve], &alone).filters[0].stetson_j;
    close(singles, 2.089_422_211_426_039_7);
}

#[test]
fn filters_are_apart_and_seasons_of_one_filter_together_whatever_their_order() {
    let half = |filter: &str, range: std::ops::Range<usize>| {
        let epochs = epochs().take(&range.collect::<Vec<_>>());
        lightcurve("X", "star", filter, epochs)
    };
    let parameters = PropertiesParameters::default();
    let whole = properties(&[half("R", 0..40)], &parameters);
    let parts = [half("R", 20..40), half("V", 0..40), half("R", 0..20)];
    let split = properties(&parts, &parameters);
    assert_eq!(split.filters.len(), 2);
    assert_eq!(split.filters[0].lightcurves, 2);
    let together = FilterProperties {
        lightcurves: 1,
        ..split.filters[0].clone()
    };
    assert_eq!(together, whole.filters[0]);
}

#[test]
fn bad_epochs_have_no_part_in_them_and_nothing_is_nothing() {
    let parameters = PropertiesParameters::default();
    let mut spoilt = epochs();
    spoilt.flux[7] = f64::NAN;
    spoilt.flag[8] = true;
    spoilt.flux[8] = 1e9;
    spoilt.fluxerr[9] = 0.0;
    let found = properties(&[lightcurve("X", "star", "R", spoilt)], &parameters);
    let found = &found.filters[0];
    assert_eq!(
        (found.number, found.num_good, found.degrees_of_freedom),
        (40, 38, 36)
    );
    assert!(found.amplitude.unwrap() < 12.0 && found.best_snr.unwrap().abs() < 3.0);
    let mut none = epochs();
    none.flag.fill(true);
    let found = properties(&[lightcurve("X", "star", "R", none)], &parameters);
    let found = &found.filters[0];
    assert_eq!(
        (found.num_good, found.flux_mean, found.chi2),
        (0, None, None)
    );
    assert_eq!(
        (found.von_neumann, found.period, found.best_snr),
        (None, None, None)
    );
    assert!(properties(&[], &parameters).filters.is_empty());
}
