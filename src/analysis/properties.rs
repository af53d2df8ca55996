//! Numbers that describe a source in each filter, from all its good epochs in it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use statrs::function::erf::erfc;
use statrs::function::gamma::checked_gamma_ur;

use super::{Checked, Clock, ClockTimes, Period, Periodogram, PeriodogramParameters};
use crate::parameters::Parameters;
use crate::photometry::magnitude_from_flux;
use crate::statistics::{quantiles, sigma_clipped};

/// What a project may set for the properties of sources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PropertiesParameters {
    /// Look for periods. It takes longer than all the rest.
    pub find_period: bool,
    /// Where to look for them.
    pub periodogram: PeriodogramParameters,
    /// Neighbouring epochs not further apart than this are a pair for Stetson's J.
    #[schemars(range(min = 0.0, max = 1000.0), extend("unit" = "d"))]
    pub pair_time: f64,
}

impl Default for PropertiesParameters {
    fn default() -> PropertiesParameters {
        PropertiesParameters {
            find_period: true,
            periodogram: PeriodogramParameters::default(),
            // two exposures of one visit to a field
            pair_time: 0.05,
        }
    }
}

impl Parameters for PropertiesParameters {}

/// The properties of a source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Properties {
    /// What the times are.
    pub clock: Clock,
    /// By observatory, filter and flux unit.
    pub filters: Vec<FilterProperties>,
    /// What an analysis of somebody's own knows of the source beside them, by name. Numbers are finite or null.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// The properties of a source in one filter of one observatory, over all lightcurves with one flux unit.
///
/// Over good epochs with a finite flux, and where errors come in, with an error above 0. A number that cannot be had is
/// none. Fluxes of several lightcurves are taken as they are: a step between seasons or fields is variability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterProperties {
    /// Upper-case name of the observatory.
    pub observatory: String,
    /// The survey's name of the filter.
    pub filter: String,
    /// Unit of the fluxes.
    pub flux_unit: String,
    /// How many lightcurves.
    pub lightcurves: usize,
    /// All epochs.
    pub number: usize,
    /// The good epochs.
    pub num_good: usize,
    /// First good epoch (d).
    pub time_start: Option<f64>,
    /// Last good epoch (d).
    pub time_end: Option<f64>,
    /// Sigma-clipped mean (flux unit).
    pub flux_mean: Option<f64>,
    /// Sigma-clipped standard deviation (flux unit).
    pub flux_rms: Option<f64>,
    /// The mean as magnitude (mag).
    pub mag_mean: Option<f64>,
    /// χ² around the weighted mean.
    pub chi2: Option<f64>,
    /// Epochs less one.
    pub degrees_of_freedom: usize,
    /// How likely noise has as much χ² or more.
    pub chi2_probability: Option<f64>,
    /// Von Neumann's η: mean squared step between neighbours over the variance; 2 for white noise, less if smooth.
    pub von_neumann: Option<f64>,
    /// Normalised excess variance, (s² − ⟨σ²⟩)/⟨f⟩²; below 0 if the errors are too large (Nandra et al. 1997).
    pub excess_variance: Option<f64>,
    /// Stetson's J (neighbours within `pair_time` vary together) and K (shape of the distribution; 0.798 for a
    /// Gaussian) (Stetson 1996, PASP 108, 851, with the weighted mean and all weights 1).
    pub stetson_j: Option<f64>,
    /// Stetson's K, the shape of the distribution.
    pub stetson_k: Option<f64>,
    /// From the 5th to the 95th percentile of the flux (flux unit).
    pub amplitude: Option<f64>,
    /// The same as magnitudes (mag).
    pub amplitude_mag: Option<f64>,
    /// The largest deviation of one epoch from the robust mean, over the larger of its error and the robust scatter, with
    /// its sign.
    pub best_snr: Option<f64>,
    /// When that was (d).
    pub best_snr_time: Option<f64>,
    /// How likely Gaussian noise has one so large or larger among these epochs.
    pub best_snr_false_alarm_probability: Option<f64>,
    /// The best period of a sine.
    pub period: Option<Period>,
}

impl Properties {
    /// The properties of a source with these lightcurves.
    pub fn of(lightcurves: &[Checked<'_>], parameters: &PropertiesParameters) -> Properties {
        let times = ClockTimes::of(lightcurves);
        let mut groups: BTreeMap<[&str; 3], Vec<usize>> = BTreeMap::new();
        for (index, checked) in lightcurves.iter().enumerate() {
            let lightcurve = checked.lightcurve;
            let key = [
                lightcurve.observatory.as_str(),
                &lightcurve.filter,
                &lightcurve.epochs.flux_unit,
            ];
            groups.entry(key).or_default().push(index);
        }
        let filters = groups.into_iter().map(|(key, members)| {
            let points = Points::gather(lightcurves, &times, &members);
            points.describe(key, &members, parameters)
        });
        Properties {
            clock: times.clock,
            filters: filters.collect(),
            extra: Map::new(),
        }
    }
}

/// Good epochs of one filter, by time.
#[derive(Clone)]
struct Points {
    number: usize,
    zero_point: f64,
    times: Vec<f64>,
    flux: Vec<f64>,
    errors: Vec<f64>,
}

impl Points {
    fn gather(lightcurves: &[Checked<'_>], times: &ClockTimes<'_>, members: &[usize]) -> Points {
        let epochs = |&member: &usize| lightcurves[member].lightcurve.epochs.len();
        let number = members.iter().map(epochs).sum();
        let mut points = Points {
            number,
            zero_point: f64::NAN,
            times: Vec::with_capacity(number),
            flux: Vec::with_capacity(number),
            errors: Vec::with_capacity(number),
        };
        for &member in members {
            let checked = &lightcurves[member];
            let epochs = &checked.lightcurve.epochs;
            points.zero_point = epochs.zero_point;
            let columns = times.times[member].iter().zip(&epochs.flux);
            let columns = columns.zip(&epochs.fluxerr).enumerate();
            for (epoch, ((&time, &flux), &error)) in columns {
                if time.is_finite() && checked.is_good(epoch) {
                    points.times.push(time);
                    points.flux.push(flux);
                    points.errors.push(error);
                }
            }
        }
        points.sort();
        points
    }

    /// Most lightcurves are in order already.
    fn sort(&mut self) {
        if self.times.is_sorted() {
            return;
        }
        let mut order: Vec<usize> = (0..self.times.len()).collect();
        // a stable order, so that equal times stay in the order of their lightcurves
        order.sort_by(|&a, &b| self.times[a].total_cmp(&self.times[b]));
        *self = self.pick(&order);
    }

    /// Only these epochs.
    fn pick(&self, epochs: &[usize]) -> Points {
        let pick = |column: &[f64]| epochs.iter().map(|&epoch| column[epoch]).collect();
        Points {
            number: self.number,
            zero_point: self.zero_point,
            times: pick(&self.times),
            flux: pick(&self.flux),
            errors: pick(&self.errors),
        }
    }

    fn describe(
        self,
        [observatory, filter, flux_unit]: [&str; 3],
        members: &[usize],
        parameters: &PropertiesParameters,
    ) -> FilterProperties {
        let robust = sigma_clipped(&self.flux);
        let magnitude = |flux: f64| finite(magnitude_from_flux(flux, 0.0, self.zero_point).0);
        let pairs = quantiles(&self.flux, [0.05, 0.95]).map(|[low, high]| (low, high));
        let snr = robust.and_then(|(level, scatter)| self.best_snr(level, scatter));
        let measured = self.measured();
        let deviations = measured.deviations();
        let chi2 = deviations.as_deref().and_then(chi2);
        let stetson = deviations.and_then(|all| measured.stetson(&all, parameters.pair_time));
        let degrees_of_freedom = measured.times.len().saturating_sub(1);
        FilterProperties {
            observatory: observatory.to_owned(),
            filter: filter.to_owned(),
            flux_unit: flux_unit.to_owned(),
            lightcurves: members.len(),
            number: self.number,
            num_good: self.times.len(),
            time_start: self.times.first().copied(),
            time_end: self.times.last().copied(),
            flux_mean: robust.map(|(level, _)| level),
            flux_rms: robust.map(|(_, scatter)| scatter),
            mag_mean: robust.and_then(|(level, _)| magnitude(level)),
            chi2,
            degrees_of_freedom,
            chi2_probability: chi2.and_then(|chi2| chi2_probability(chi2, degrees_of_freedom)),
            von_neumann: self.von_neumann(),
            excess_variance: measured.excess_variance(),
            stetson_j: stetson.map(|(j, _)| j),
            stetson_k: stetson.map(|(_, k)| k),
            amplitude: pairs.map(|(low, high)| high - low),
            amplitude_mag: pairs.and_then(|(low, high)| Some(magnitude(low)? - magnitude(high)?)),
            best_snr: snr.map(|(snr, _)| snr),
            best_snr_time: snr.map(|(_, time)| time),
            best_snr_false_alarm_probability: snr.map(|(snr, _)| any_of(snr, self.flux.len())),
            period: parameters
                .find_period
                .then(|| measured.period(parameters))
                .flatten(),
        }
    }

    /// Only the epochs with an error above 0: most have one.
    fn measured(&self) -> Cow<'_, Points> {
        let has_error = |&error: &f64| error > 0.0 && error.is_finite();
        if self.errors.iter().all(has_error) {
            return Cow::Borrowed(self);
        }
        let all = 0..self.errors.len();
        let kept: Vec<usize> = all
            .filter(|&epoch| has_error(&self.errors[epoch]))
            .collect();
        Cow::Owned(self.pick(&kept))
    }

    /// Flux and error of each epoch.
    fn pairs(&self) -> impl Iterator<Item = (f64, f64)> {
        self.flux.iter().copied().zip(self.errors.iter().copied())
    }

    /// From the weighted mean, over the errors; none of fewer than two epochs.
    fn deviations(&self) -> Option<Vec<f64>> {
        if self.flux.len() < 2 {
            return None;
        }
        let weights = self.errors.iter().map(|error| (error * error).recip());
        let weights: Vec<f64> = weights.collect();
        let mean = sum(&self.flux, &weights, |flux, weight| flux * weight)
            / sum(&weights, &weights, |weight, _| weight);
        let deviations = self.pairs().map(|(flux, error)| (flux - mean) / error);
        Some(deviations.collect())
    }

    fn mean(&self) -> f64 {
        sum(&self.flux, &self.flux, |flux, _| flux) / self.flux.len() as f64
    }

    /// The sample variance (divided by n − 1).
    fn variance(&self, mean: f64) -> Option<f64> {
        let squares = sum(&self.flux, &self.flux, |flux, _| (flux - mean).powi(2));
        finite(squares / (self.flux.len() as f64 - 1.0))
    }

    fn von_neumann(&self) -> Option<f64> {
        let (_, later) = self.flux.split_first()?;
        let earlier = &self.flux[..later.len()];
        let squares = sum(earlier, later, |one, next| (next - one).powi(2));
        let mean_square = squares / later.len() as f64;
        finite(mean_square / self.variance(self.mean())?)
    }

    fn excess_variance(&self) -> Option<f64> {
        let level = self.mean();
        let noise = sum(&self.errors, &self.errors, |error, _| error * error);
        let variance = self.variance(level)?;
        finite((variance - noise / self.flux.len() as f64) / (level * level))
    }

    /// J and K, from the deviations of two or more epochs.
    fn stetson(&self, deviations: &[f64], pair_time: f64) -> Option<(f64, f64)> {
        let number = deviations.len();
        let scale = (number as f64 / (number as f64 - 1.0)).sqrt();
        let absolute = scale * sum(deviations, deviations, |delta, _| delta.abs());
        let square_scale = number as f64 / (number as f64 - 1.0);
        let square = square_scale * sum(deviations, deviations, |delta, _| delta * delta);
        let k = absolute / number as f64 / (square / number as f64).sqrt();
        let (mut sum, mut terms, mut epoch) = (0.0, 0, 0);
        while epoch < number {
            let paired =
                epoch + 1 < number && self.times[epoch + 1] - self.times[epoch] <= pair_time;
            let product = if paired {
                square_scale * deviations[epoch] * deviations[epoch + 1]
            } else {
                square_scale * deviations[epoch].powi(2) - 1.0
            };
            sum += product.signum() * product.abs().sqrt();
            terms += 1;
            epoch += if paired { 2 } else { 1 };
        }
        finite(sum / f64::from(terms)).zip(finite(k))
    }

    /// The largest deviation over noise, with its sign, and its time.
    fn best_snr(&self, level: f64, scatter: f64) -> Option<(f64, f64)> {
        let snr = |(flux, error): (f64, f64)| (flux - level) / error.max(scatter);
        self.pairs()
            .map(snr)
            .zip(&self.times)
            .filter(|(snr, _)| snr.is_finite())
            .map(|(snr, &time)| (snr, time))
            .reduce(|best, other| {
                if other.0.abs() > best.0.abs() {
                    other
                } else {
                    best
                }
            })
    }

    fn period(&self, parameters: &PropertiesParameters) -> Option<Period> {
        Periodogram::best_period(
            &self.times,
            &self.flux,
            &self.errors,
            &parameters.periodogram,
        )
    }
}

fn chi2(deviations: &[f64]) -> Option<f64> {
    finite(sum(deviations, deviations, |delta, _| delta * delta))
}

/// The sum over pairs. Four side by side: an addition need not wait for the one before.
#[inline]
fn sum(ones: &[f64], others: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    let (ones, ones_left) = ones.as_chunks::<4>();
    let (others, others_left) = others.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (one, other) in ones.iter().zip(others) {
        for place in 0..4 {
            sums[place] += term(one[place], other[place]);
        }
    }
    let left = ones_left.iter().zip(others_left);
    let left: f64 = left.map(|(&one, &other)| term(one, other)).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + left
}

/// How likely noise has this χ² or more.
fn chi2_probability(chi2: f64, degrees_of_freedom: usize) -> Option<f64> {
    if chi2 == 0.0 {
        return Some(1.0);
    }
    checked_gamma_ur(degrees_of_freedom as f64 / 2.0, chi2 / 2.0).ok()
}

/// How likely one of `number` Gaussian numbers is at least `snr` from zero on either side.
fn any_of(snr: f64, number: usize) -> f64 {
    let single = erfc(snr.abs() / std::f64::consts::SQRT_2);
    -(number as f64 * (-single).ln_1p()).exp_m1()
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
#[path = "properties_tests.rs"]
mod tests;
