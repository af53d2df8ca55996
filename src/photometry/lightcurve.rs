//! A uniform lightcurve: one filter, one season, mid-exposure times, flux and magnitude.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Column, asinh_magnitude, magnitude_from_flux};
use crate::statistics;
use crate::time::{JD_OF_MJD_ZERO, TimeFrame};

/// One reduced (or processed, or simulated) series of epochs of one source.
#[derive(Debug, Clone, PartialEq)]
pub struct Lightcurve {
    /// Upper-case name of the observatory.
    pub observatory: String,
    /// Name of the source, exactly as in the catalog.
    pub source_name: String,
    /// The survey's name of the filter (`zg`, `R`, `TESS`).
    pub filter: String,
    /// Place among the lightcurves of this source and observatory by start time, from 1.
    pub series_number: u32,
    /// How many there are.
    pub series_total: u32,
    /// What the times of the epochs mean.
    pub frame: TimeFrame,
    /// The epochs, by time.
    pub epochs: Epochs,
    /// Numbers that describe them.
    pub statistics: Statistics,
    /// What else is known of it: the survey's object id, the rules that were applied.
    pub altdata: Map<String, Value>,
}

/// Key of `altdata` under which a lightcurve with a simulated event has the event's number, from 1.
pub const INJECTION: &str = "injection";

/// Column with barycentric Julian dates in TDB (d, JD): lightcurves timed on the ground have it besides `mjd`.
pub const BJD_TDB: &str = "bjd_tdb";

impl Lightcurve {
    /// Number of the simulated event that was put into it, from 1; none in a lightcurve as it was observed.
    pub fn injection(&self) -> Option<u32> {
        let number = self.altdata.get(INJECTION)?.as_u64()?;
        u32::try_from(number).ok().filter(|number| *number > 0)
    }

    /// Times at the barycentre of the solar system (d, JD in TDB): one clock for all surveys.
    ///
    /// From the column [`BJD_TDB`] of a lightcurve timed on the ground, or from `mjd` if the survey's own times are
    /// barycentric; none if its times cannot be compared so.
    pub fn bjd_tdb(&self) -> Option<Vec<f64>> {
        let column = self
            .epochs
            .extra
            .iter()
            .find(|column| column.name == BJD_TDB);
        if let Some(column) = column {
            return column.values.to_floats();
        }
        let barycentric = TimeFrame {
            alignment: self.frame.alignment,
            ..TimeFrame::TDB_BARYCENTER_MIDDLE
        };
        (self.frame == barycentric).then(|| {
            self.epochs
                .mjd
                .iter()
                .map(|mjd| mjd + JD_OF_MJD_ZERO)
                .collect()
        })
    }
}

/// The columns that every lightcurve has, sorted by time, and those that only its survey has.
///
/// All of equal length. Rows with a NaN time stand at the end and are flagged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Epochs {
    /// Time of the epoch (d, in the frame of the lightcurve).
    pub mjd: Vec<f64>,
    /// Magnitude (mag); NaN where there is none.
    pub mag: Vec<f64>,
    /// Error of the magnitude (mag).
    pub magerr: Vec<f64>,
    /// Flux, in `flux_unit`.
    pub flux: Vec<f64>,
    /// Error of the flux (flux unit).
    pub fluxerr: Vec<f64>,
    /// True marks an epoch that the survey or the reduction calls bad.
    pub flag: Vec<bool>,
    /// Exposure time (s).
    pub exptime: Vec<f64>,
    /// Right ascension measured at the epoch (deg, ICRS).
    pub ra: Vec<f64>,
    /// Declination measured at the epoch (deg, ICRS).
    pub dec: Vec<f64>,
    /// Unit of flux and fluxerr: `uJy`, or the survey's own.
    pub flux_unit: String,
    /// Zero point of the magnitudes in that unit (mag).
    pub zero_point: f64,
    /// Further columns of the survey.
    pub extra: Vec<Column>,
}

/// The three kinds of lightcurve that a project keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// As the reduction made it.
    Reduced,
    /// The same with scores and quality.
    Processed,
    /// With a simulated event.
    Simulated,
}

/// Numbers that describe a lightcurve; over good (unflagged, finite) epochs unless stated.
///
/// A number that cannot be had (no good epoch, a single time) is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// All epochs, flagged ones included.
    pub number: usize,
    /// Epochs that are not flagged and have a finite time and flux.
    pub num_good: usize,
    /// First time of all epochs (d, frame of the lightcurve).
    pub time_start: Option<f64>,
    /// Last time of all epochs (d, frame of the lightcurve).
    pub time_end: Option<f64>,
    /// Median exposure time of all epochs (s).
    pub exp_time: Option<f64>,
    /// One over the median step between all epochs (Hz).
    pub frame_rate: Option<f64>,
    /// The steps from the 5th to the 95th percentile differ by less than 1 % of the median step.
    pub is_uniformly_sampled: bool,
    /// Mean of the flux (flux unit).
    pub flux_mean: Option<f64>,
    /// Standard deviation of the flux (flux unit).
    pub flux_rms: Option<f64>,
    /// Sigma-clipped mean (flux unit).
    pub flux_mean_robust: Option<f64>,
    /// Sigma-clipped standard deviation (flux unit).
    pub flux_rms_robust: Option<f64>,
    /// Largest flux (flux unit).
    pub flux_max: Option<f64>,
    /// Smallest flux (flux unit).
    pub flux_min: Option<f64>,
    /// The mean as magnitude (mag).
    pub mag_mean: Option<f64>,
    /// Scatter relative to the robust mean (mag).
    pub mag_rms: Option<f64>,
    /// The robust mean as magnitude (mag).
    pub mag_mean_robust: Option<f64>,
    /// The robust scatter relative to it (mag).
    pub mag_rms_robust: Option<f64>,
    /// Magnitude of the largest flux (mag).
    pub mag_brightest: Option<f64>,
    /// Magnitude of the smallest flux (mag).
    pub mag_faintest: Option<f64>,
    /// Largest flux over noise, where the noise of an epoch is the larger of its error and the robust scatter.
    pub snr_max: Option<f64>,
    /// Smallest flux over noise.
    pub snr_min: Option<f64>,
    /// Median flux over noise.
    pub snr_median: Option<f64>,
    /// Largest deviation from the robust mean, over that noise.
    pub dsnr_max: Option<f64>,
    /// Smallest deviation over noise.
    pub dsnr_min: Option<f64>,
    /// Asinh-magnitude difference of the brightest epoch to the robust mean (mag), positive = brighter.
    pub dmag_brightest: Option<f64>,
    /// Asinh-magnitude difference of the faintest epoch to the robust mean (mag).
    pub dmag_faintest: Option<f64>,
}

impl Kind {
    /// The word that files and tables use.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Reduced => "reduced",
            Kind::Processed => "processed",
            Kind::Simulated => "simulated",
        }
    }
}

impl Epochs {
    /// How many epochs.
    pub fn len(&self) -> usize {
        self.mjd.len()
    }

    /// True without an epoch.
    pub fn is_empty(&self) -> bool {
        self.mjd.is_empty()
    }

    /// An epoch to build on: not flagged, with a finite time and flux.
    pub fn is_good(&self, epoch: usize) -> bool {
        !self.flag[epoch] && self.mjd[epoch].is_finite() && self.flux[epoch].is_finite()
    }
}

impl Statistics {
    /// The statistics of these epochs.
    pub fn of(epochs: &Epochs) -> Statistics {
        let mut sampling = Statistics {
            number: epochs.len(),
            ..Statistics::default()
        };
        sampling.describe_sampling(epochs);
        sampling.with_brightness(epochs)
    }

    /// The statistics of these epochs, where those that are there are of epochs at the same times and with the same
    /// exposures.
    pub(crate) fn with_brightness(&self, epochs: &Epochs) -> Statistics {
        let mut statistics = Statistics {
            number: self.number,
            time_start: self.time_start,
            time_end: self.time_end,
            exp_time: self.exp_time,
            frame_rate: self.frame_rate,
            is_uniformly_sampled: self.is_uniformly_sampled,
            ..Statistics::default()
        };
        let mut good = Vec::with_capacity(epochs.len());
        good.extend((0..epochs.len()).filter(|&epoch| epochs.is_good(epoch)));
        statistics.num_good = good.len();
        let flux: Vec<f64> = good.iter().map(|&epoch| epochs.flux[epoch]).collect();
        let Some((robust_mean, robust_rms)) = statistics::sigma_clipped(&flux) else {
            return statistics;
        };
        statistics.flux_mean = statistics::mean(&flux);
        statistics.flux_rms = statistics::standard_deviation(&flux);
        statistics.flux_mean_robust = Some(robust_mean);
        statistics.flux_rms_robust = Some(robust_rms);
        (statistics.flux_min, statistics.flux_max) = extremes(flux.iter().copied());
        statistics.describe_magnitudes(epochs.zero_point);
        statistics.describe_noise(epochs, &good, robust_mean, robust_rms);
        statistics
    }

    fn describe_sampling(&mut self, epochs: &Epochs) {
        let times: Vec<f64> = epochs
            .mjd
            .iter()
            .copied()
            .filter(|time| time.is_finite())
            .collect();
        self.time_start = times.first().copied();
        self.time_end = times.last().copied();
        self.exp_time = statistics::median(&epochs.exptime);
        let steps: Vec<f64> = times
            .windows(2)
            .map(|pair| (pair[1] - pair[0]) * 86_400.0)
            .collect();
        let Some(step) = statistics::median(&steps).filter(|&step| step > 0.0) else {
            return;
        };
        self.frame_rate = Some(1.0 / step);
        if let Some([low, high]) = statistics::quantiles(&steps, [0.05, 0.95]) {
            self.is_uniformly_sampled = (high - low) / step < 0.01;
        }
    }

    fn describe_magnitudes(&mut self, zero_point: f64) {
        let magnitude = |flux: Option<f64>| {
            flux.map(|flux| magnitude_from_flux(flux, 0.0, zero_point).0)
                .filter(|mag| mag.is_finite())
        };
        let scatter = |rms: Option<f64>, mean: Option<f64>| match (rms, mean) {
            (Some(rms), Some(mean)) if mean > 0.0 => {
                Some(magnitude_from_flux(mean, rms, zero_point).1)
            }
            _ => None,
        };
        self.mag_mean = magnitude(self.flux_mean);
        self.mag_mean_robust = magnitude(self.flux_mean_robust);
        self.mag_brightest = magnitude(self.flux_max);
        self.mag_faintest = magnitude(self.flux_min);
        self.mag_rms = scatter(self.flux_rms, self.flux_mean_robust);
        self.mag_rms_robust = scatter(self.flux_rms_robust, self.flux_mean_robust);
    }

    fn describe_noise(&mut self, epochs: &Epochs, good: &[usize], mean: f64, rms: f64) {
        let noise = |epoch: usize| epochs.fluxerr[epoch].max(rms); // f64::max passes over a NaN error
        let snr: Vec<f64> = good
            .iter()
            .map(|&epoch| epochs.flux[epoch] / noise(epoch))
            .collect();
        (self.snr_min, self.snr_max) = extremes(snr.iter().copied());
        self.snr_median = statistics::median(&snr).filter(|snr| snr.is_finite());
        (self.dsnr_min, self.dsnr_max) = extremes(
            good.iter()
                .map(|&epoch| (epochs.flux[epoch] - mean) / noise(epoch)),
        );
        if rms > 0.0 {
            // the brighter the flux the larger the difference: the extremes of one are those of the other
            let reference = asinh_magnitude(mean, rms);
            let difference = |flux: Option<f64>| {
                flux.map(|flux| reference - asinh_magnitude(flux, rms))
                    .filter(|difference| difference.is_finite())
            };
            self.dmag_faintest = difference(self.flux_min);
            self.dmag_brightest = difference(self.flux_max);
        }
    }
}

/// Orders the lightcurves of one source and observatory by start time and numbers them from 1.
///
/// Equal starts are ordered by filter, then by what `altdata` says, so that the order never depends on
/// how they were made.
pub fn number_by_start_time(lightcurves: &mut [Lightcurve]) {
    let start = |lightcurve: &Lightcurve| lightcurve.statistics.time_start.unwrap_or(f64::INFINITY);
    lightcurves.sort_by(|a, b| {
        start(a)
            .total_cmp(&start(b))
            .then_with(|| a.filter.cmp(&b.filter))
            .then_with(|| {
                a.altdata
                    .get("object_id")
                    .map(Value::to_string)
                    .cmp(&b.altdata.get("object_id").map(Value::to_string))
            })
    });
    let total =
        u32::try_from(lightcurves.len()).expect("fewer than 2^32 lightcurves of one source");
    for (index, lightcurve) in lightcurves.iter_mut().enumerate() {
        lightcurve.series_number = index as u32 + 1;
        lightcurve.series_total = total;
    }
}

/// Smallest and largest of the finite values.
fn extremes(values: impl Iterator<Item = f64>) -> (Option<f64>, Option<f64>) {
    let ends = (f64::INFINITY, f64::NEG_INFINITY);
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold(ends, |(low, high), value| (low.min(value), high.max(value)));
    (low <= high).then_some((low, high)).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photometry::{MICROJANSKY_ZERO_POINT, flux_from_magnitude};

    fn epochs(mag: &[f64], flagged: &[usize]) -> Epochs {
        let (flux, fluxerr) = mag
            .iter()
            .map(|&mag| flux_from_magnitude(mag, 0.05, MICROJANSKY_ZERO_POINT))
            .unzip();
        let number = mag.len();
        Epochs {
            mjd: (0..number).map(|day| 58_000.0 + day as f64).collect(),
            mag: mag.to_vec(),
            magerr: vec![0.05; number],
            flux,
            fluxerr,
            flag: (0..number).map(|epoch| flagged.contains(&epoch)).collect(),
            exptime: vec![30.0; number],
            ra: vec![f64::NAN; number],
            dec: vec![f64::NAN; number],
            flux_unit: "uJy".to_owned(),
            zero_point: MICROJANSKY_ZERO_POINT,
            extra: Vec::new(),
        }
    }

    fn close(value: Option<f64>, expected: f64) {
        let value = value.expect("a number");
        assert!(
            (value - expected).abs() < 1e-6 * expected.abs().max(1e-3),
            "{value} is not {expected}"
        );
    }

    // The twelve daily points and the results that numpy gives for them, documented with the original tool.
    #[test]
    fn statistics_of_twelve_epochs_agree_with_numpy() {
        let mag = [
            18.0, 18.1, 17.9, 18.05, 17.95, 18.0, 18.02, 17.98, 16.0, 18.01, 17.99, 18.0,
        ];
        let statistics = Statistics::of(&epochs(&mag, &[3]));
        assert_eq!((statistics.number, statistics.num_good), (12, 11));
        close(statistics.flux_mean, 340.8314405);
        close(statistics.flux_rms, 349.4430547);
        close(statistics.flux_mean_robust, 230.3706075);
        close(statistics.flux_rms_robust, 10.1951624);
        close(statistics.mag_mean, 17.5686509);
        close(statistics.mag_rms, 1.6469244);
        close(statistics.mag_mean_robust, 17.9939323);
        close(statistics.mag_rms_robust, 0.0480498);
        close(statistics.flux_max, 1445.4397707);
        close(statistics.flux_min, 208.9296131);
        close(statistics.mag_brightest, 16.0);
        close(statistics.mag_faintest, 18.1);
        close(statistics.snr_max, 21.7147241);
        close(statistics.snr_min, 20.4930146);
        close(statistics.dsnr_max, 18.2538852);
        close(statistics.dsnr_min, -2.1030557);
        close(statistics.dmag_brightest, 1.9918661);
        close(statistics.dmag_faintest, -0.1056118);
        close(statistics.frame_rate, 1.1574074e-5);
        close(statistics.exp_time, 30.0);
        assert!(statistics.is_uniformly_sampled);
    }

    #[test]
    fn a_lightcurve_without_a_good_epoch_has_counts_and_times_but_no_flux() {
        let statistics = Statistics::of(&epochs(&[18.0, 18.0], &[0, 1]));
        assert_eq!((statistics.number, statistics.num_good), (2, 0));
        assert_eq!(statistics.time_start, Some(58_000.0));
        assert_eq!(statistics.flux_mean, None);
        assert_eq!(Statistics::of(&Epochs::default()).number, 0);
    }

    #[test]
    fn one_epoch_has_no_rate() {
        let statistics = Statistics::of(&epochs(&[18.0], &[]));
        assert_eq!(statistics.frame_rate, None);
        assert_eq!(statistics.flux_rms, Some(0.0));
        assert_eq!(statistics.dmag_brightest, None);
        assert!(!statistics.is_uniformly_sampled);
    }
}
