//! Trials on pure noise are numbers of unit variance, whatever the epochs.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use rand_distr::StandardNormal;

use super::level::Level;
use super::matched_filter::residuals;
use crate::analysis::{Bank, Checked, Quality, Shape, lightcurve};
use crate::photometry::{Epochs, Lightcurve};

/// Gaussian noise of these errors at these times.
fn noise(mjd: Vec<f64>, fluxerr: Vec<f64>, seed: u64) -> Lightcurve {
    let mut random = ChaCha12Rng::seed_from_u64(seed);
    let flux: Vec<f64> = (fluxerr.iter())
        .map(|error| 1000.0 + error * random.sample::<f64, _>(StandardNormal))
        .collect();
    let number = mjd.len();
    let epochs = Epochs {
        mag: vec![f64::NAN; number],
        magerr: vec![f64::NAN; number],
        flag: vec![false; number],
        exptime: vec![30.0; number],
        ra: vec![f64::NAN; number],
        dec: vec![f64::NAN; number],
        flux_unit: "uJy".to_owned(),
        zero_point: 23.9,
        extra: Vec::new(),
        mjd,
        flux,
        fluxerr,
    };
    lightcurve("TEST", "star", "R", epochs)
}

/// At random times over 40 d with gaps of a third of each night, errors from 0.5 to 2.
fn uneven(seed: u64) -> Lightcurve {
    let mut random = ChaCha12Rng::seed_from_u64(1_000_000 + seed);
    let mut mjd: Vec<f64> = (0..6_000)
        .map(|_| 58_000.0 + 40.0 * random.random::<f64>())
        .filter(|time| time.fract() < 0.67)
        .collect();
    mjd.sort_unstable_by(f64::total_cmp);
    let errors = mjd.iter().map(|_| 0.5 + 1.5 * random.random::<f64>());
    let errors: Vec<f64> = errors.collect();
    noise(mjd, errors, seed)
}

/// A sector of TESS: 19 000 epochs two minutes apart with a gap of a day, equal errors.
fn sector(seed: u64) -> Lightcurve {
    let gap = |epoch: i32| if epoch > 9_500 { 1.0 } else { 0.0 };
    let mjd = (0..19_000).map(|epoch| 59_000.0 + f64::from(epoch) / 720.0 + gap(epoch));
    noise(mjd.collect(), vec![3.0; 19_000], seed)
}

/// Mean and mean square of the trials of one template, and how many independent ones they are worth.
///
/// Trials further than two widths apart share no noise, or hardly any.
fn moments(shape: Shape, width: f64, lightcurves: &[Lightcurve]) -> (f64, f64, f64) {
    let bank = Bank::new(&[shape], width, width, 0.95);
    let template = &bank.templates()[0];
    let (mut sum, mut squares, mut number, mut independent) = (0.0, 0.0, 0.0, 0.0);
    let mut trials = Vec::new();
    for lightcurve in lightcurves {
        let quality = Quality {
            qflag: vec![false; lightcurve.epochs.len()],
            ..Quality::default()
        };
        let checked = Checked {
            lightcurve,
            quality: &quality,
        };
        let good: Vec<usize> = (0..lightcurve.epochs.len()).collect();
        let level = Level::of(&checked, None);
        let (residuals, _, scale) = residuals(&checked, &good, &level);
        assert_eq!(scale, 1.0, "the errors are right");
        residuals.trials(template, 3, &mut trials);
        let mut last = f64::NEG_INFINITY;
        for trial in &trials {
            sum += trial.snr;
            squares += trial.snr * trial.snr;
            number += 1.0;
            if trial.time > last + 2.0 * width {
                independent += 1.0;
                last = trial.time;
            }
        }
    }
    (sum / number, squares / number, independent)
}

#[test]
fn trials_on_noise_have_unit_variance_with_uneven_errors_gaps_and_regular_epochs() {
    let uneven: Vec<Lightcurve> = (0..10).map(uneven).collect();
    let regular: Vec<Lightcurve> = (0..4).map(sector).collect();
    for (name, lightcurves, widths) in [
        ("uneven", &uneven, [0.03, 0.1, 0.3]),
        ("sector", &regular, [0.01, 0.1, 0.2]),
    ] {
        for shape in Shape::ALL {
            for width in widths {
                let (mean, variance, number) = moments(shape, width, lightcurves);
                println!("{name} {shape:?} {width}: {mean:.3} {variance:.3} of {number}");
                assert!(number > 200.0);
                let error = number.sqrt().recip();
                assert!(
                    mean.abs() < 4.0 * error,
                    "{name} {shape:?} {width}: {mean} ± {error}"
                );
                // of Gaussian numbers: √(2/n)
                assert!(
                    (variance - 1.0).abs() < 4.0 * 2f64.sqrt() * error,
                    "{name} {shape:?} {width}: {variance} ± {error}"
                );
            }
        }
    }
}
