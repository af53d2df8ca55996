//! The finder of single peaks: how far each epoch is from the usual flux, over its noise.

use super::level::Level;
use super::peaks::{Search, peaks};
use super::trials::noise_probability;
use super::{Event, Finder, Found, Scores, SnrParameters};
use crate::analysis::Checked;
use crate::photometry::{Column, Values};
use crate::statistics::median;

/// Events are stretches of epochs that stand out on one side, with a peak above `snr_threshold`.
///
/// At each epoch, with the robust mean m and scatter s (3σ-clipped) of the flux of the good epochs as it is given:
///
/// - `snr` = (flux − m) / max(fluxerr, s), NaN without a flux or where the noise is 0; an error that is NaN is
///   passed over;
/// - `dmag` = mag − median of the good magnitudes, positive = fainter.
///
/// A stretch goes from epoch to epoch while `snr` has one sign and is beyond the sideband threshold. Epochs that the
/// survey flags, or without a score, are passed over: they neither belong to a stretch nor end it. Epochs that only
/// fail a cut belong to it and mark it.
///
/// Its trials are its epochs: P = 1 − (1 − erfc(snr/√2))^n, half that tail for one side.
#[derive(Debug, Clone, Default)]
pub struct SnrFinder {
    parameters: SnrParameters,
}

impl SnrFinder {
    /// With these parameters.
    pub fn new(parameters: SnrParameters) -> SnrFinder {
        SnrFinder { parameters }
    }

    fn find_in(&self, lightcurve: usize, checked: &Checked<'_>) -> (Scores, Vec<Event>) {
        let epochs = &checked.lightcurve.epochs;
        let level = Level::of(checked, self.parameters.baseline_window);
        let snr = level.snr(epochs);
        let usable = |epoch: usize| !epochs.flag[epoch] && epochs.mjd[epoch].is_finite();
        let trials = (0..snr.len())
            .filter(|&epoch| usable(epoch) && !snr[epoch].is_nan())
            .count() as f64;
        let search = Search {
            threshold: self.parameters.snr_threshold,
            sideband: self.parameters.sideband(),
            both_sides: self.parameters.abs_snr,
            most: self.parameters.max_det_per_lc,
        };
        let failed = |epoch: &usize| checked.quality.qflag[*epoch];
        let accept =
            |members: &[usize]| !(self.parameters.remove_failed && members.iter().any(failed));
        let events = peaks(&snr, usable, accept, &search)
            .into_iter()
            .map(|(peak, members)| Event {
                lightcurve,
                peak,
                epochs: members[0]..members[members.len() - 1] + 1,
                snr: snr[peak],
                score: snr[peak].abs(),
                quality_flag: members.iter().any(failed),
                template: None,
                false_alarm_probability: noise_probability(
                    snr[peak].abs(),
                    search.both_sides,
                    trials,
                ),
                members,
            })
            .collect();
        let scores = Scores {
            columns: vec![snr_column(snr), dmag_column(checked)],
            trials,
            noise: level.noise(),
        };
        (scores, events)
    }
}

impl Finder for SnrFinder {
    fn method(&self) -> &str {
        "snr"
    }

    fn score_names(&self) -> Vec<String> {
        vec!["snr".to_owned(), "dmag".to_owned()]
    }

    fn find(&self, lightcurves: &[Checked<'_>]) -> Found {
        let mut found = Found::default();
        for (index, checked) in lightcurves.iter().enumerate() {
            let (scores, events) = self.find_in(index, checked);
            found.scores.push(scores);
            found.events.extend(events);
        }
        found
    }
}

fn snr_column(snr: Vec<f64>) -> Column {
    Column::new(
        "snr",
        "",
        "flux above the usual over the larger of its error and the robust scatter",
        Values::Float64(snr),
    )
}

/// Magnitude minus the median of the good magnitudes; NaN where there is none.
pub(super) fn dmag_column(checked: &Checked<'_>) -> Column {
    let epochs = &checked.lightcurve.epochs;
    let good: Vec<f64> = (0..epochs.len())
        .filter(|&epoch| checked.is_good(epoch))
        .map(|epoch| epochs.mag[epoch])
        .collect();
    let usual = median(&good).unwrap_or(f64::NAN);
    Column::new(
        "dmag",
        "mag",
        "magnitude minus its median over good epochs: positive = fainter",
        Values::Float64(epochs.mag.iter().map(|mag| mag - usual).collect()),
    )
}
