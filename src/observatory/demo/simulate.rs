//! Photometry of a quiet star, and flares on it.

use rand::RngExt;
use rand_chacha::ChaCha12Rng;
use rand_distr::{Distribution, Normal, Poisson};
use serde_json::{Value, json};

use super::DemoParameters;
use crate::catalog::Target;
use crate::photometry::{Column, Table, Text, Values};
use crate::sky;

/// Scatter of the measured positions (deg).
const POSITION_SCATTER: f64 = 1e-4;

/// A table of epochs, and the truth of the flares in it.
///
/// Magnitudes are normal around `mean_mag` with the error of each epoch; times are the starts of exposures.
pub(super) fn photometry(
    parameters: &DemoParameters,
    target: &Target,
    random: &mut ChaCha12Rng,
) -> (Table, Vec<Value>) {
    let number = parameters.num_points;
    let mjd = times(parameters, random);
    let normal = Normal::new(0.0, 1.0).expect("a standard deviation of 1 is valid");
    let [smallest, largest] = parameters.mag_err_range;
    let mut mag = Vec::with_capacity(number);
    let mut mag_err = Vec::with_capacity(number);
    let mut ra = Vec::with_capacity(number);
    let mut dec = Vec::with_capacity(number);
    for _ in 0..number {
        let error = smallest + (largest - smallest) * random.random::<f64>();
        mag.push(parameters.mean_mag + error * normal.sample(random));
        mag_err.push(error);
        let across = POSITION_SCATTER / target.dec.to_radians().cos().max(1e-3);
        ra.push(sky::normalize_ra(
            target.ra + across * normal.sample(random),
        ));
        dec.push((target.dec + POSITION_SCATTER * normal.sample(random)).clamp(-90.0, 90.0));
    }
    let flares = flares(parameters, &mjd, &mut mag, random);
    let filter: Text = std::iter::repeat_n(parameters.filter.as_str(), number).collect();
    let columns = vec![
        Column::new(
            "mjd",
            "d",
            "modified Julian date of the start of the exposure, UTC",
            Values::Float64(mjd),
        ),
        Column::new("mag", "mag", "magnitude, AB", Values::Float64(mag)),
        Column::new("mag_err", "mag", "error of mag", Values::Float64(mag_err)),
        Column::new(
            "ra",
            "deg",
            "right ascension measured at the epoch",
            Values::Float64(ra),
        ),
        Column::new(
            "dec",
            "deg",
            "declination measured at the epoch",
            Values::Float64(dec),
        ),
        Column::new("filter", "", "filter", Values::Text(filter)),
        Column::new(
            "flag",
            "",
            "true marks a bad epoch",
            Values::Boolean(vec![false; number]),
        ),
        Column::new(
            "exptime",
            "s",
            "exposure time",
            Values::Float32(vec![parameters.exptime as f32; number]),
        ),
    ];
    (
        Table::new(columns).expect("eight columns of the same length and different names"),
        flares,
    )
}

fn times(parameters: &DemoParameters, random: &mut ChaCha12Rng) -> Vec<f64> {
    let number = parameters.num_points;
    let [first, last] = parameters.mjd_range;
    if parameters.shuffle_time {
        return (0..number)
            .map(|_| first + (last - first) * random.random::<f64>())
            .collect();
    }
    let step = (last - first) / (number.max(2) - 1) as f64;
    (0..number)
        .map(|epoch| first + step * epoch as f64)
        .collect()
}

/// Adds flares of sudden rise and exponential decay, f → f·(1 + A·exp(−(t − t₀)/τ)) for t ≥ t₀.
///
/// A is drawn from 2 to 10 and τ from half to twice the mean step between epochs; t₀ is one of the epochs.
fn flares(
    parameters: &DemoParameters,
    mjd: &[f64],
    mag: &mut [f64],
    random: &mut ChaCha12Rng,
) -> Vec<Value> {
    let Ok(poisson) = Poisson::new(parameters.flare_rate) else {
        return Vec::new();
    };
    let [first, last] = parameters.mjd_range;
    let step = ((last - first) / mjd.len() as f64).max(f64::MIN_POSITIVE);
    let count = poisson.sample(random) as usize;
    (0..count)
        .map(|_| {
            let start = mjd[random.random_range(0..mjd.len())];
            let amplitude = 2.0 + 8.0 * random.random::<f64>();
            let decay = step * (0.5 + 1.5 * random.random::<f64>());
            for (mag, &time) in mag.iter_mut().zip(mjd).filter(|(_, time)| **time >= start) {
                *mag -= 2.5 * (1.0 + amplitude * (-(time - start) / decay).exp()).log10();
            }
            json!({"mjd": start, "amplitude": amplitude, "decay_days": decay})
        })
        .collect()
}
