//! Lightcurves to look at.

use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use rand_distr::{Distribution, Normal, Uniform};
use retriever::analysis::{
    self, Checked, Detection, Finder, Found, MatchedFilter, MatchedFilterParameters, Quality,
    QualityChecker, StandardQuality,
};
use retriever::photometry::{Column, Epochs, Lightcurve, Statistics, Values, flux_from_magnitude};

pub fn random(seed: u64) -> ChaCha12Rng {
    ChaCha12Rng::seed_from_u64(seed)
}

/// `number` Gaussian numbers.
pub fn gaussian(number: usize, random: &mut ChaCha12Rng) -> Vec<f64> {
    let normal = Normal::new(0.0, 1.0).expect("1 is a standard deviation");
    (0..number).map(|_| normal.sample(random)).collect()
}

/// A lightcurve of these fluxes, without positions.
pub fn of_flux(mjd: Vec<f64>, flux: Vec<f64>, fluxerr: Vec<f64>) -> Lightcurve {
    let number = mjd.len();
    analysis::lightcurve(
        "TEST",
        "star",
        "R",
        Epochs {
            mag: flux.iter().map(|flux| 23.9 - 2.5 * flux.log10()).collect(),
            magerr: vec![0.1; number],
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
        },
    )
}

/// 100 epochs from MJD 57000 to 58000, magnitude 18 with errors of 0.09 to 0.11, positions that scatter by 0.001 deg.
pub fn fixture(seed: u64) -> Lightcurve {
    const NUMBER: usize = 100;
    let mut random = random(seed);
    let errors = Uniform::new(0.09, 0.11).expect("a range");
    let magerr: Vec<f64> = (0..NUMBER).map(|_| errors.sample(&mut random)).collect();
    let mag: Vec<f64> = (gaussian(NUMBER, &mut random).iter().zip(&magerr))
        .map(|(number, error)| 18.0 + number * error)
        .collect();
    let (flux, fluxerr) = (mag.iter().zip(&magerr))
        .map(|(&mag, &error)| flux_from_magnitude(mag, error, 23.9))
        .unzip();
    let mjd = (0..NUMBER)
        .map(|epoch| 57_000.0 + 1000.0 * epoch as f64 / 99.0)
        .collect();
    let mut lightcurve = of_flux(mjd, flux, fluxerr);
    let place = |center: f64, random: &mut ChaCha12Rng| -> Vec<f64> {
        let numbers = gaussian(NUMBER, random);
        numbers
            .iter()
            .map(|number| center + 0.001 * number)
            .collect()
    };
    lightcurve.epochs.ra = place(150.0, &mut random);
    lightcurve.epochs.dec = place(20.0, &mut random);
    lightcurve
}

/// Mean and standard deviation of the flux.
pub fn moments(lightcurve: &Lightcurve) -> (f64, f64) {
    let statistics = Statistics::of(&lightcurve.epochs);
    (
        statistics.flux_mean.expect("it has good epochs"),
        statistics.flux_rms.expect("it has good epochs"),
    )
}

/// Sets the flux of an epoch.
pub fn set(lightcurve: &mut Lightcurve, epoch: usize, flux: f64) {
    lightcurve.epochs.flux[epoch] = flux;
    lightcurve.epochs.mag[epoch] = 23.9 - 2.5 * flux.log10();
}

/// A further column of the survey.
pub fn add(lightcurve: &mut Lightcurve, name: &str, values: Vec<f64>) {
    lightcurve
        .epochs
        .extra
        .push(Column::new(name, "", "", Values::Float64(values)));
}

/// Checks with the standard cuts and finds.
pub fn find(
    finder: &dyn Finder,
    lightcurves: &[Lightcurve],
) -> (Vec<Quality>, Found, Vec<Detection>) {
    let checker = StandardQuality::default();
    let quality: Vec<Quality> = lightcurves
        .iter()
        .map(|lightcurve| checker.check(lightcurve))
        .collect();
    let checked: Vec<Checked<'_>> = (lightcurves.iter().zip(&quality))
        .map(|(lightcurve, quality)| Checked {
            lightcurve,
            quality,
        })
        .collect();
    let found = finder.find(&checked);
    let detections = analysis::link(finder.method(), &checked, &found, 0.0);
    (quality, found, detections)
}

/// A matched filter with these changes of its usual parameters.
pub fn filter(change: impl FnOnce(&mut MatchedFilterParameters)) -> MatchedFilter {
    let mut parameters = MatchedFilterParameters::default();
    change(&mut parameters);
    MatchedFilter::new(parameters)
}

/// What it makes of one lightcurve.
pub fn found(filter: &MatchedFilter, lightcurve: &Lightcurve) -> Found {
    find(filter, std::slice::from_ref(lightcurve)).1
}

/// The detections in one lightcurve.
pub fn detections(finder: &dyn Finder, lightcurve: &Lightcurve) -> Vec<Detection> {
    find(finder, std::slice::from_ref(lightcurve)).2
}

/// The values of a column of floats.
pub fn values<'a>(columns: &'a [Column], name: &str) -> &'a [f64] {
    let column = columns.iter().find(|column| column.name == name);
    match &column.expect("the column is there").values {
        Values::Float64(values) => values,
        other => panic!("{name} holds {}", other.kind()),
    }
}
