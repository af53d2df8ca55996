//! What every reduction ends with: epochs of one object in one filter become a lightcurve per season.

use serde_json::{Map, Value};

use super::{
    BJD_TDB, Column, Epochs, Lightcurve, MICROJANSKY_ZERO_POINT, Statistics, Values,
    flux_from_magnitude, seasons,
};
use crate::time::{Direction, SECONDS_IN_A_DAY, Site, TimeFrame, barycentric_julian_dates};

/// Columns of a survey that measures AB magnitudes and times the start of its exposures.
#[derive(Debug, Clone)]
pub struct MagnitudeColumns {
    /// Start of the exposure (d).
    pub start: Vec<f64>,
    /// Exposure time (s).
    pub exptime: Vec<f64>,
    /// Magnitude and its error (mag).
    pub mag: Vec<f64>,
    /// Error of the magnitude (mag).
    pub magerr: Vec<f64>,
    /// True marks an epoch that the survey calls bad.
    pub flag: Vec<bool>,
    /// Position measured at the epoch (deg).
    pub ra: Vec<f64>,
    /// Declination measured at the epoch (deg).
    pub dec: Vec<f64>,
}

impl From<MagnitudeColumns> for Epochs {
    /// Times become mid-exposure, magnitudes give fluxes in µJy, epochs without a magnitude are flagged.
    fn from(columns: MagnitudeColumns) -> Epochs {
        let (flux, fluxerr) = columns
            .mag
            .iter()
            .zip(&columns.magerr)
            .map(|(&mag, &error)| flux_from_magnitude(mag, error, MICROJANSKY_ZERO_POINT))
            .unzip();
        let half = |exptime: &f64| exptime / 2.0 / SECONDS_IN_A_DAY;
        Epochs {
            mjd: columns
                .start
                .iter()
                .zip(&columns.exptime)
                .map(|(start, time)| start + half(time))
                .collect(),
            flag: columns
                .flag
                .iter()
                .zip(&columns.mag)
                .map(|(flag, mag)| *flag || mag.is_nan())
                .collect(),
            mag: columns.mag,
            magerr: columns.magerr,
            flux,
            fluxerr,
            exptime: columns.exptime,
            ra: columns.ra,
            dec: columns.dec,
            flux_unit: "uJy".to_owned(),
            zero_point: MICROJANSKY_ZERO_POINT,
            extra: Vec::new(),
        }
    }
}

/// Epochs of one object in one filter, in any order, and what is known of them all.
#[derive(Debug, Clone)]
pub struct Series {
    /// The survey's name of the filter.
    pub filter: String,
    /// What the times of the epochs mean.
    pub frame: TimeFrame,
    /// All epochs, in any order.
    pub epochs: Epochs,
    /// Given to each lightcurve of the series.
    pub altdata: Map<String, Value>,
}

impl Series {
    /// A lightcurve for each stretch of epochs without a step longer than `gap` (d, strictly).
    ///
    /// Epochs are sorted by time, equal times in the order given. Those without a time cannot belong to a
    /// season: they stay, flagged, at the end of the last one. No epochs, no lightcurve.
    pub fn into_lightcurves(
        self,
        observatory: &str,
        source_name: &str,
        gap: f64,
    ) -> Vec<Lightcurve> {
        let mut order: Vec<usize> = (0..self.epochs.len()).collect();
        order.sort_by(|&a, &b| {
            let (a, b) = (self.epochs.mjd[a], self.epochs.mjd[b]);
            a.is_nan().cmp(&b.is_nan()).then(a.total_cmp(&b))
        });
        let timed = order
            .iter()
            .take_while(|&&epoch| !self.epochs.mjd[epoch].is_nan())
            .count();
        let times: Vec<f64> = order[..timed]
            .iter()
            .map(|&epoch| self.epochs.mjd[epoch])
            .collect();
        let mut ranges = seasons(&times, gap);
        match ranges.last_mut() {
            Some(last) => last.end = order.len(),
            None if !order.is_empty() => ranges.push(0..order.len()),
            None => {}
        }
        let is_as_it_was = order
            .iter()
            .enumerate()
            .all(|(place, &epoch)| place == epoch);
        if is_as_it_was && ranges.len() == 1 {
            return vec![self.lightcurve(observatory, source_name)];
        }
        ranges
            .into_iter()
            .map(|range| {
                let season = Series {
                    epochs: self.epochs.take(&order[range]),
                    filter: self.filter.clone(),
                    frame: self.frame,
                    altdata: self.altdata.clone(),
                };
                season.lightcurve(observatory, source_name)
            })
            .collect()
    }

    /// All epochs as one lightcurve.
    fn lightcurve(mut self, observatory: &str, source_name: &str) -> Lightcurve {
        self.epochs.flag_untimed();
        Lightcurve {
            observatory: observatory.to_owned(),
            source_name: source_name.to_owned(),
            filter: self.filter,
            series_number: 1,
            series_total: 1,
            frame: self.frame,
            statistics: Statistics::of(&self.epochs),
            epochs: self.epochs,
            altdata: self.altdata,
        }
    }
}

impl Epochs {
    /// Only these epochs, in this order.
    pub fn take(&self, epochs: &[usize]) -> Epochs {
        let pick = |values: &[f64]| {
            epochs
                .iter()
                .map(|&epoch| values[epoch])
                .collect::<Vec<f64>>()
        };
        Epochs {
            mjd: pick(&self.mjd),
            mag: pick(&self.mag),
            magerr: pick(&self.magerr),
            flux: pick(&self.flux),
            fluxerr: pick(&self.fluxerr),
            flag: epochs.iter().map(|&epoch| self.flag[epoch]).collect(),
            exptime: pick(&self.exptime),
            ra: pick(&self.ra),
            dec: pick(&self.dec),
            flux_unit: self.flux_unit.clone(),
            zero_point: self.zero_point,
            extra: self
                .extra
                .iter()
                .map(|column| column.take(epochs))
                .collect(),
        }
    }

    /// Leaves out the epochs that are flagged.
    pub fn without_flagged(&self) -> Epochs {
        let kept: Vec<usize> = (0..self.len()).filter(|&epoch| !self.flag[epoch]).collect();
        self.take(&kept)
    }

    /// Adds the column [`BJD_TDB`]: when a clock at the barycentre of the solar system would have timed each epoch.
    ///
    /// The times must be MJD in UTC at the telescope, in the middle of the exposure.
    pub fn time_at_barycenter(&mut self, star: &Direction, telescope: &Site) {
        self.extra.push(Column::new(
            BJD_TDB,
            "d",
            "barycentric Julian date (TDB) of the middle of the exposure",
            Values::Float64(barycentric_julian_dates(&self.mjd, star, telescope)),
        ));
    }

    fn flag_untimed(&mut self) {
        for (flag, time) in self.flag.iter_mut().zip(&self.mjd) {
            *flag |= !time.is_finite();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photometry::MICROJANSKY_ZERO_POINT;

    fn series(mjd: &[f64]) -> Series {
        let number = mjd.len();
        Series {
            filter: "zg".to_owned(),
            frame: TimeFrame::UTC_MID_EXPOSURE,
            epochs: Epochs {
                mjd: mjd.to_vec(),
                mag: vec![18.0; number],
                magerr: vec![0.1; number],
                flux: (0..number).map(|epoch| epoch as f64).collect(),
                fluxerr: vec![1.0; number],
                flag: vec![false; number],
                exptime: vec![30.0; number],
                ra: vec![0.0; number],
                dec: vec![0.0; number],
                flux_unit: "uJy".to_owned(),
                zero_point: MICROJANSKY_ZERO_POINT,
                extra: Vec::new(),
            },
            altdata: Map::new(),
        }
    }

    #[test]
    fn epochs_are_sorted_and_split_where_the_gap_is_exceeded() {
        let curves = series(&[100.0, 0.0, 10.0, 101.0]).into_lightcurves("X", "star", 40.0);
        assert_eq!(curves.len(), 2);
        assert_eq!(curves[0].epochs.flux, [1.0, 2.0]);
        assert_eq!(curves[1].epochs.flux, [0.0, 3.0]);
    }

    #[test]
    fn epochs_without_a_time_are_kept_and_flagged() {
        let curves = series(&[f64::NAN, 5.0]).into_lightcurves("X", "star", 40.0);
        assert_eq!(curves.len(), 1);
        assert_eq!(curves[0].epochs.flag, [false, true]);
        assert_eq!(curves[0].statistics.num_good, 1);
        let untimed = series(&[f64::NAN]).into_lightcurves("X", "star", 40.0);
        assert_eq!(untimed[0].epochs.flag, [true]);
        assert!(series(&[]).into_lightcurves("X", "star", 40.0).is_empty());
    }
}
