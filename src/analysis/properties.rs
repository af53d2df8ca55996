//! Numbers that describe a source in each filter, from all its good epochs in it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use statrs::function::erf::erfc;
use statrs::function::gamma::checked_gamma_ur;

use super::{Checked, Clock, ClockTimes, Period, Periodogram, PeriodogramParameters};
use crate::parameters::Parameters;
use crate::photometry::magnitude_from_flux;
use crate::statistics::{mean, quantiles, sigma_clipped};

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
        let mut points: Vec<[f64; 3]> = Vec::with_capacity(members.iter().map(epochs).sum());
        let mut number = 0;
        let mut zero_point = f64::NAN;
        for &member in members {
            let checked = &lightcurves[member];
            let epochs = &checked.lightcurve.epochs;
            number += epochs.len();
            zero_point = epochs.zero_point;
            let good = (0..epochs.len())
                .filter(|&epoch| checked.is_good(epoch) && times.times[member][epoch].is_finite());
            points.extend(good.map(|epoch| {
                let time = times.times[member][epoch];
                [time, epochs.flux[epoch], epochs.fluxerr[epoch]]
            }));
        }
        // a stable order, so that equal times stay in the order of their lightcurves
        points.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let column = |index: usize| points.iter().map(|point| point[index]).collect();
        Points {
            number,
            zero_point,
            times: column(0),
            flux: column(1),
            errors: column(2),
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
        let chi2 = measured.chi2();
        let stetson = measured.stetson(parameters.pair_time);
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

    /// Only the epochs with an error above 0.
    fn measured(&self) -> Points {
        let has_error = |&epoch: &usize| self.errors[epoch] > 0.0 && self.errors[epoch].is_finite();
        let mut kept = Vec::with_capacity(self.errors.len());
        kept.extend((0..self.errors.len()).filter(has_error));
        let pick = |column: &[f64]| kept.iter().map(|&epoch| column[epoch]).collect();
        Points {
            number: self.number,
            zero_point: self.zero_point,
            times: pick(&self.times),
            flux: pick(&self.flux),
            errors: pick(&self.errors),
        }
    }

    /// Flux and error of each epoch.
    fn pairs(&self) -> impl Iterator<Item = (f64, f64)> {
        self.flux.iter().copied().zip(self.errors.iter().copied())
    }

    fn weighted_mean(&self) -> f64 {
        let (sum, weights) = self
            .pairs()
            .fold((0.0, 0.0), |(sum, weights), (flux, error)| {
                let weight = error.powi(-2);
                (sum + weight * flux, weights + weight)
            });
        sum / weights
    }

    fn chi2(&self) -> Option<f64> {
        if self.flux.len() < 2 {
            return None;
        }
        let mean = self.weighted_mean();
        finite(
            self.pairs()
                .map(|(flux, error)| ((flux - mean) / error).powi(2))
                .sum(),
        )
    }

    /// The sample variance (divided by n − 1).
    fn variance(&self) -> Option<f64> {
        let mean = mean(&self.flux)?;
        let squares: f64 = self.flux.iter().map(|flux| (flux - mean).powi(2)).sum();
        finite(squares / (self.flux.len() as f64 - 1.0))
    }

    fn von_neumann(&self) -> Option<f64> {
        let steps = self.flux.windows(2).map(|pair| (pair[1] - pair[0]).powi(2));
        let mean_square = steps.sum::<f64>() / (self.flux.len() as f64 - 1.0);
        finite(mean_square / self.variance()?)
    }

    fn excess_variance(&self) -> Option<f64> {
        let level = mean(&self.flux)?;
        let noise = self.errors.iter().map(|error| error * error).sum::<f64>();
        finite((self.variance()? - noise / self.flux.len() as f64) / (level * level))
    }

    /// J and K.
    fn stetson(&self, pair_time: f64) -> Option<(f64, f64)> {
        let number = self.flux.len();
        if number < 2 {
            return None;
        }
        let mean = self.weighted_mean();
        let scale = (number as f64 / (number as f64 - 1.0)).sqrt();
        let deviations: Vec<f64> = self
            .pairs()
            .map(|(flux, error)| scale * (flux - mean) / error)
            .collect();
        let absolute: f64 = deviations.iter().map(|delta| delta.abs()).sum();
        let square: f64 = deviations.iter().map(|delta| delta * delta).sum();
        let k = absolute / number as f64 / (square / number as f64).sqrt();
        let (mut sum, mut terms, mut epoch) = (0.0, 0, 0);
        while epoch < number {
            let paired =
                epoch + 1 < number && self.times[epoch + 1] - self.times[epoch] <= pair_time;
            let product = if paired {
                deviations[epoch] * deviations[epoch + 1]
            } else {
                deviations[epoch].powi(2) - 1.0
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
