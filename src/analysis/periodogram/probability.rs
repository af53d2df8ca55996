//! How likely noise alone makes a peak.

use std::f64::consts::PI;

use statrs::function::gamma::ln_gamma;

/// How likely Gaussian noise has a peak of this power (1 − χ²/χ²₀) or more at any frequency up to `highest` (1/d).
///
/// Baluev 2008 (MNRAS 385, 1279), equation 6 with table 1: an upper limit that is close where it is small. Times in
/// days; errors weigh them. 1 with fewer than five epochs.
pub fn false_alarm_probability(power: f64, times: &[f64], errors: &[f64], highest: f64) -> f64 {
    let number = times.len() as f64;
    if times.len() < super::FEWEST {
        return 1.0;
    }
    let weights = errors.iter().map(|error| error.powi(-2));
    // from the first time on, so that squares of Julian dates do not cancel
    let (mut sum, mut first, mut second) = (0.0, 0.0, 0.0);
    for (weight, time) in weights.zip(times) {
        let time = time - times[0];
        sum += weight;
        first += weight * time;
        second += weight * time * time;
    }
    let variance = (second / sum - (first / sum).powi(2)).max(0.0);
    let baseline = (4.0 * PI * variance).sqrt();
    let (noise, fit) = (number - 1.0, number - 3.0);
    let single = (1.0 - power).powf(0.5 * fit);
    let gamma =
        (2.0 / noise).sqrt() * (ln_gamma(noise / 2.0) - ln_gamma((noise - 1.0) / 2.0)).exp();
    let crossings = gamma
        * highest
        * baseline
        * (1.0 - power).powf(0.5 * (fit - 1.0))
        * (0.5 * noise * power).sqrt();
    // 1 − (1 − single)·e^{−crossings}, exact for small numbers
    -(-crossings).exp_m1() + single * (-crossings).exp()
}
