//! One time axis for the lightcurves of a source, and detections and simulated events on it.

use crate::analysis::Clock;
use crate::photometry::Lightcurve;
use crate::time::{JD_OF_MJD_ZERO, TimeFrame, TimeReference, TimeScale};

const BARYCENTRIC: &str = "BJD (TDB) - 2400000.5";

/// What the times of a picture are.
#[derive(Debug, Clone, Default)]
pub(super) struct TimeAxis {
    barycentric: bool,
    pub label: String,
    /// Times at the barycentre (d, BJD - 2400000.5) of epochs, and the same epochs on the lightcurve's own clock; sorted
    /// by the former.
    pairs: Vec<(f64, f64)>,
}

impl TimeAxis {
    /// Barycentric times if the lightcurves are timed differently, or if it matters (`exact`), and all have them; else
    /// their own.
    pub(super) fn of(lightcurves: &[Lightcurve], exact: bool) -> TimeAxis {
        let mut pairs = Vec::new();
        let mut all = true;
        for lightcurve in lightcurves {
            let Some(times) = lightcurve.bjd_tdb() else {
                all = false;
                continue;
            };
            let own = own_times(lightcurve);
            let both = times.into_iter().map(|time| time - JD_OF_MJD_ZERO).zip(own);
            pairs.extend(both.filter(|(one, other)| one.is_finite() && other.is_finite()));
        }
        pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
        let frame = lightcurves.first().map(|lightcurve| lightcurve.frame);
        let alike = (lightcurves.iter()).all(|lightcurve| Some(lightcurve.frame) == frame);
        let barycentric = all && !lightcurves.is_empty() && (exact || !alike);
        let label = match frame {
            _ if barycentric => BARYCENTRIC.to_owned(),
            Some(frame) if alike => label(&frame),
            Some(_) => "MJD (of each survey's own clock)".to_owned(),
            None => "MJD".to_owned(),
        };
        TimeAxis {
            barycentric,
            label,
            pairs,
        }
    }

    /// The times of the epochs of a lightcurve on the axis (d).
    pub(super) fn times(&self, lightcurve: &Lightcurve) -> Vec<f64> {
        let barycentric = self.barycentric.then(|| lightcurve.bjd_tdb()).flatten();
        match barycentric {
            Some(times) => times.iter().map(|time| time - JD_OF_MJD_ZERO).collect(),
            None => own_times(lightcurve).collect(),
        }
    }

    /// A time of an analysis on the axis (d). Between the clocks it is moved as the epoch next to it is, which is good to
    /// a second or two in a day.
    pub(super) fn place(&self, time: f64, clock: Clock) -> f64 {
        let time = match clock {
            Clock::BjdTdb => time - JD_OF_MJD_ZERO,
            Clock::Mjd => time,
        };
        match (clock, self.barycentric) {
            (Clock::BjdTdb, true) | (Clock::Mjd, false) => time,
            (Clock::BjdTdb, false) => self
                .next_to(time, |pair| pair.0)
                .map_or(time, |(barycentre, own)| time - (barycentre - own)),
            (Clock::Mjd, true) => self
                .next_to(time, |pair| pair.1)
                .map_or(time, |(barycentre, own)| time + (barycentre - own)),
        }
    }

    fn next_to(&self, time: f64, clock: fn(&(f64, f64)) -> f64) -> Option<(f64, f64)> {
        let distance = |pair: &(f64, f64)| (clock(pair) - time).abs();
        let nearest = self
            .pairs
            .iter()
            .min_by(|one, other| distance(one).total_cmp(&distance(other)));
        nearest.copied()
    }
}

fn own_times(lightcurve: &Lightcurve) -> impl Iterator<Item = f64> + '_ {
    let format = lightcurve.frame.format;
    let times = lightcurve.epochs.mjd.iter();
    times.map(move |&time| format.to_mjd(time))
}

/// What the times of one survey are, in the words of the field.
fn label(frame: &TimeFrame) -> String {
    let scale = frame.scale.as_str().to_uppercase();
    let alignment = match frame.alignment.as_str() {
        "middle" => "mid-exposure".to_owned(),
        other => format!("{other} of exposure"),
    };
    match (frame.reference, frame.scale) {
        (TimeReference::Barycenter, TimeScale::Tdb) => BARYCENTRIC.to_owned(),
        (TimeReference::Barycenter, _) => format!("BJD ({scale}) - 2400000.5"),
        (TimeReference::Heliocenter, _) => format!("HJD ({scale}) - 2400000.5"),
        (TimeReference::Topocenter, _) => format!("MJD ({scale}, {alignment})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::lightcurve;
    use crate::photometry::{BJD_TDB, Column, Epochs, Values};

    /// Two epochs half a year apart whose barycentric times are 8 minutes later and earlier.
    fn ground(with_barycentre: bool) -> Lightcurve {
        let mjd = vec![59_000.0, 59_180.0];
        let mut epochs = Epochs {
            mjd: mjd.clone(),
            ..Epochs::default()
        };
        for column in [
            &mut epochs.mag,
            &mut epochs.magerr,
            &mut epochs.flux,
            &mut epochs.fluxerr,
            &mut epochs.exptime,
            &mut epochs.ra,
            &mut epochs.dec,
        ] {
            *column = vec![f64::NAN; 2];
        }
        epochs.flag = vec![false; 2];
        if with_barycentre {
            let bjd = vec![mjd[0] + 2_400_000.505, mjd[1] + 2_400_000.495];
            epochs
                .extra
                .push(Column::new(BJD_TDB, "d", "", Values::Float64(bjd)));
        }
        lightcurve("ZTF", "star", "zr", epochs)
    }

    fn space() -> Lightcurve {
        Lightcurve {
            frame: TimeFrame::TDB_BARYCENTER_MIDDLE,
            ..ground(false)
        }
    }

    #[test]
    fn surveys_that_are_timed_differently_share_the_barycentre() {
        let axis = TimeAxis::of(&[ground(true), space()], false);
        assert_eq!(axis.label, "BJD (TDB) - 2400000.5");
        let times = axis.times(&ground(true));
        assert!((times[0] - 59_000.005).abs() < 1e-8 && (times[1] - 59_179.995).abs() < 1e-8);
        assert_eq!(axis.times(&space()), [59_000.0, 59_180.0]);
    }

    #[test]
    fn one_survey_keeps_its_own_times_unless_it_matters() {
        let axis = TimeAxis::of(&[ground(true)], false);
        assert_eq!(axis.label, "MJD (UTC, mid-exposure)");
        assert_eq!(axis.times(&ground(true)), [59_000.0, 59_180.0]);
        let folded = TimeAxis::of(&[ground(true)], true);
        assert_eq!(folded.label, "BJD (TDB) - 2400000.5");
        assert_eq!(
            TimeAxis::of(&[space()], false).label,
            "BJD (TDB) - 2400000.5"
        );
    }

    #[test]
    fn without_barycentric_times_the_label_says_that_clocks_differ() {
        let axis = TimeAxis::of(&[ground(false), space()], true);
        assert_eq!(axis.label, "MJD (of each survey's own clock)");
        assert_eq!(axis.times(&ground(false)), [59_000.0, 59_180.0]);
    }

    #[test]
    fn detections_stand_at_their_epochs_on_either_axis() {
        let own = TimeAxis::of(&[ground(true)], false);
        let bjd = JD_OF_MJD_ZERO + 59_179.995;
        assert!((own.place(bjd, Clock::BjdTdb) - 59_180.0).abs() < 1e-8);
        assert_eq!(own.place(59_180.0, Clock::Mjd), 59_180.0);
        let barycentric = TimeAxis::of(&[ground(true)], true);
        assert!((barycentric.place(bjd, Clock::BjdTdb) - 59_179.995).abs() < 1e-8);
        assert!((barycentric.place(59_000.0, Clock::Mjd) - 59_000.005).abs() < 1e-8);
        let empty = TimeAxis::of(&[], false);
        assert_eq!(empty.place(59_000.0, Clock::Mjd), 59_000.0);
    }
}
