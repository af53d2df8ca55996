//! The finder of single peaks: how far each epoch is from the usual flux, over its noise.

use super::level::{Judged, Level, taken};
use super::peaks::{Search, peaks};
use super::trials::noise_probability;
use super::{Event, Finder, Found, Scores, SnrParameters};
use crate::analysis::Checked;
use crate::photometry::{Column, Values};
use crate::statistics::median;

/// Events are stretches of epochs that stand out on one side, with a peak above `snr_threshold`.
///
/// At each epoch, with the robust mean L and scatter (3σ-clipped) of the good epochs, where a strong event in an otherwise
/// quiet lightcurve is left out of both, however many of the epochs it has, if they are fewer than half:
///
/// - `snr` = (flux − L) / max(s, scatter), NaN without a flux or where the noise is 0. s is the error that the epoch would have
///   at the flux L, σ·(L/flux)^p, with p as the lightcurve shows it: 0 for errors that do not go with the flux, which are
///   taken as they are, ½ for those of photons, 1 for those of magnitudes. An error that is NaN is passed over;
/// - the score is `snr` where noise is Gaussian in flux (p = 0). Where it goes with the flux it is skewed, and the score
///   is the Gaussian number of the same probability: y / max(s, scatter), y = L·((flux/L)^λ − 1)/λ with λ = 1 − p(1 + 2p)/3;
///   for noise in magnitude, y = L·ln(flux/L). The threshold is one on the score;
/// - `dmag` = mag − median of the good magnitudes, positive = fainter.
///
/// A stretch goes from epoch to epoch while the score has one sign and is beyond the sideband threshold. Epochs that the
/// survey flags, or without a score, are passed over: they neither belong to a stretch nor end it. Epochs that only
/// fail a cut belong to it and mark it.
///
/// Stretches of one sign are pieces of one event, with the epochs between them, unless it was quiet there: unless the
/// mean score of the epochs between is 0 or of the other sign, or lower than the weaker of the two by more than 4 of its
/// errors. So two flares with quiet between them stay two, and a wide event with a low epoch in it is one.
///
/// P = 1 − (1 − erfc(score/√2))^n, half that tail for one side. n is the number of epochs, each by how often its noise s,
/// times one factor for all where errors are certainly too small, exceeds the score: of uneven errors those below the
/// scatter hardly ever do.
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
        let good = checked.good_epochs();
        let level = Level::of_good(checked, &good, self.parameters.baseline_window);
        let judged = level.judge(checked);
        let score = judged.score();
        let chances = &judged.chances;
        let usable = |epoch: usize| !epochs.flag[epoch] && epochs.mjd[epoch].is_finite();
        let search = Search {
            threshold: self.parameters.snr_threshold,
            sideband: self.parameters.sideband(),
            both_sides: self.parameters.abs_snr,
            most: self.parameters.max_det_per_lc,
        };
        let failed = |epoch: &usize| checked.quality.qflag[*epoch];
        let accept =
            |members: &[usize]| !(self.parameters.remove_failed && members.iter().any(failed));
        let events = peaks(score, usable, accept, &search)
            .into_iter()
            .map(|(peak, members)| Event {
                lightcurve,
                peak,
                epochs: members[0]..members[members.len() - 1] + 1,
                snr: judged.snr[peak],
                score: score[peak].abs(),
                quality_flag: members.iter().any(failed),
                template: None,
                false_alarm_probability: noise_probability(
                    score[peak].abs(),
                    search.both_sides,
                    chances.trials(score[peak].abs()),
                ),
                members,
            })
            .collect();
        let scores = Scores {
            trials: chances.trials(search.threshold),
            columns: columns(judged, dmag(checked, &good)),
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
        ["snr", "dmag", "score"].map(str::to_owned).to_vec()
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

fn columns(judged: Judged, dmag: Column) -> Vec<Column> {
    let score = judged.score().to_vec();
    let score = Column::new(
        "score",
        "",
        "Gaussian number as likely as snr is for noise that goes with the flux: what the threshold is on",
        Values::Float64(score),
    );
    let snr = Column::new(
        "snr",
        "",
        "flux above the usual over the larger of its error at the usual flux and the robust scatter",
        Values::Float64(judged.snr),
    );
    vec![snr, dmag, score]
}

/// Magnitude minus the median of the good magnitudes; NaN where there is none.
pub(super) fn dmag_column(checked: &Checked<'_>) -> Column {
    dmag(checked, &checked.good_epochs())
}

fn dmag(checked: &Checked<'_>, good: &[usize]) -> Column {
    let epochs = &checked.lightcurve.epochs;
    let usual = median(&taken(&epochs.mag, good)).unwrap_or(f64::NAN);
    Column::new(
        "dmag",
        "mag",
        "magnitude minus its median over good epochs: positive = fainter",
        Values::Float64(epochs.mag.iter().map(|mag| mag - usual).collect()),
    )
}
