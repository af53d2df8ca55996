//! The finder of events of known shape: a bank of templates, tried at all times that have data.

use super::best::Best;
use super::level::Level;
use super::matched_sums::{Residuals, Trial};
use super::snr::dmag_column;
use super::suppression::{Candidate, strongest};
use super::trials::{Correlations, Trials};
use super::{Event, Finder, Found, MatchedFilterParameters, Noise, Scores, TemplateMatch};
use crate::analysis::{Bank, Checked};
use crate::photometry::{Column, Values};
use crate::statistics::median;

/// Events are where a template fits with a signal to noise above `snr_threshold`.
///
/// The residuals f of the good epochs (neither flagged nor failing a cut) are taken from the robust mean, or from a
/// running median. Their errors σ are those of the epochs, made larger by one factor for all where the residuals over
/// their errors scatter more than they should (robust scatter above 1 by more than three times its own error); an epoch without an
/// error gets the robust scatter of the residuals. For each template and trial time S/N = Σ T f/σ² / √(Σ T²/σ²), so pure noise gives numbers of unit
/// variance. Only templates that cover a good part of the lightcurve have less, by (ΣwT)²/(Σw·ΣwT²): the mean that was
/// taken away has some of their noise.
///
/// A template is tried where at least `min_epochs` good epochs lie within its full width at half maximum; an epoch that
/// no such trial comes near has no score. `snr` of an epoch is that of the best template peaking near it, and `width` its
/// width.
///
/// An event has the epochs where its template is above a tenth of its peak. The strongest trial is the first event; what
/// it explains is taken away, and of the trials that do not touch it the strongest that still exceeds the
/// threshold is the next.
///
/// How many independent trials all of this is worth is measured on noise with the epochs and errors of the lightcurve: the
/// false-alarm probability is that of the lightcurve, good to 15 % or so.
///
/// The time goes as epochs × templates. Gaussians much wider than the epochs are apart are summed over bins of a 24th of
/// their width, which only the search sees: the numbers of an event are worked out from the epochs.
#[derive(Debug, Clone)]
pub struct MatchedFilter {
    parameters: MatchedFilterParameters,
    bank: Bank,
}

impl Default for MatchedFilter {
    fn default() -> MatchedFilter {
        MatchedFilter::new(MatchedFilterParameters::default())
    }
}

impl MatchedFilter {
    /// The templates are worked out once, here.
    ///
    /// # Panics
    /// If the parameters break the rules that are checked when they are read.
    pub fn new(parameters: MatchedFilterParameters) -> MatchedFilter {
        let bank = Bank::new(
            &parameters.template_shapes,
            parameters.min_width,
            parameters.max_width,
            parameters.overlap_required,
        );
        MatchedFilter { parameters, bank }
    }

    /// The templates that are tried.
    pub fn bank(&self) -> &Bank {
        &self.bank
    }

    fn find_in(&self, lightcurve: usize, checked: &Checked<'_>) -> (Scores, Vec<Event>) {
        let level = Level::of(checked, self.parameters.baseline_window);
        let good: Vec<usize> = (0..checked.lightcurve.epochs.len())
            .filter(|&epoch| checked.is_good(epoch))
            .collect();
        let (residuals, error_scale) = residuals(checked, &good, &level);
        let mut best = Best::new(good.len());
        let mut trials = Trials::new(self.parameters.abs_snr);
        let mut candidates = Vec::new();
        let mut of_template = Vec::new();
        for (index, template) in self.bank.templates().iter().enumerate() {
            let mut correlations = Correlations::new(template);
            let least = self.parameters.min_epochs;
            residuals.scan(template, least, &mut of_template, Some(&mut correlations));
            trials.push(template, &correlations, &of_template);
            best.update(index, template.width, &residuals.time, &of_template);
            self.add_candidates(index, &of_template, &mut candidates);
        }
        let most = self.parameters.max_det_per_lc;
        let threshold = self.parameters.snr_threshold;
        trials.measure(&residuals, self.parameters.min_epochs, threshold);
        let events = strongest(candidates, &residuals, &self.bank, threshold, most)
            .into_iter()
            .map(|candidate| self.event(lightcurve, &candidate, &good, &residuals, &trials))
            .collect();
        let scores = Scores {
            columns: self.columns(checked, &good, &best),
            trials: trials.effective(threshold),
            noise: Noise {
                error_scale,
                ..level.noise()
            },
        };
        (scores, events)
    }

    /// Adds the trials of one template that exceed the threshold and their neighbours.
    fn add_candidates(&self, index: usize, trials: &[Trial], candidates: &mut Vec<Candidate>) {
        let score = |trial: &Trial| match self.parameters.abs_snr {
            true => trial.snr.abs(),
            false => trial.snr,
        };
        let at =
            |place: Option<usize>| place.and_then(|place| trials.get(place)).map_or(0.0, score);
        for (place, trial) in trials.iter().enumerate() {
            let own = score(trial);
            if own > self.parameters.snr_threshold
                && own > at(place.checked_sub(1))
                && own >= at(Some(place + 1))
            {
                candidates.push(Candidate {
                    template: index,
                    trial: *trial,
                });
            }
        }
    }

    fn event(
        &self,
        lightcurve: usize,
        candidate: &Candidate,
        good: &[usize],
        residuals: &Residuals,
        trials: &Trials,
    ) -> Event {
        let template = &self.bank.templates()[candidate.template];
        let Trial { time, snr, power } = candidate.trial;
        let inside = candidate.epochs(template, &residuals.time);
        let members: Vec<usize> = good[inside.clone()].to_vec();
        let nearest = inside
            .min_by(|&a, &b| {
                let distance = |index: usize| (residuals.time[index] - time).abs();
                distance(a).total_cmp(&distance(b))
            })
            .expect("a trial has epochs within its width");
        Event {
            lightcurve,
            peak: good[nearest],
            epochs: members[0]..members[members.len() - 1] + 1,
            members,
            snr,
            score: snr.abs(),
            quality_flag: false,
            template: Some(TemplateMatch {
                index: candidate.template,
                shape: template.shape,
                width: template.width,
                time,
                amplitude: snr / power.sqrt(),
                amplitude_error: power.sqrt().recip(),
            }),
            false_alarm_probability: trials.false_alarm_probability(snr.abs()),
        }
    }

    fn columns(&self, checked: &Checked<'_>, good: &[usize], best: &Best) -> Vec<Column> {
        let number = checked.lightcurve.epochs.len();
        let mut snr = vec![f64::NAN; number];
        let mut width = vec![f64::NAN; number];
        for (place, &epoch) in good.iter().enumerate() {
            if let Some((score, template)) = best.of(place) {
                snr[epoch] = score;
                width[epoch] = self.bank.templates()[template].width;
            }
        }
        vec![
            Column::new(
                "snr",
                "",
                "signal to noise of the best template that peaks near the epoch",
                Values::Float64(snr),
            ),
            dmag_column(checked),
            Column::new(
                "width",
                "d",
                "full width at half maximum of that template",
                Values::Float64(width),
            ),
        ]
    }
}

impl Finder for MatchedFilter {
    fn method(&self) -> &str {
        "matched_filter"
    }

    fn score_names(&self) -> Vec<String> {
        ["snr", "dmag", "width"].map(str::to_owned).to_vec()
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

/// What is left of the good epochs, with their errors as large as the residuals say, and by what they were multiplied.
pub(super) fn residuals(checked: &Checked<'_>, good: &[usize], level: &Level) -> (Residuals, f64) {
    let epochs = &checked.lightcurve.epochs;
    let flux: Vec<f64> = good
        .iter()
        .map(|&epoch| epochs.flux[epoch] - level.at(epoch))
        .collect();
    let stated = |epoch: usize| Some(epochs.fluxerr[epoch]).filter(|e| *e > 0.0 && e.is_finite());
    let ratios: Vec<f64> = good
        .iter()
        .zip(&flux)
        .filter_map(|(&epoch, flux)| Some(flux / stated(epoch)?))
        .collect();
    let scale = error_scale(&ratios);
    let without = scatter_around_zero(&flux);
    let weight = |&epoch: &usize| {
        let error = stated(epoch).map_or(without, |error| error * scale);
        // without any error there is no weight
        if error > 0.0 { error.powi(-2) } else { 0.0 }
    };
    let mut residuals = Residuals {
        start: good.first().map_or(0.0, |&epoch| epochs.mjd[epoch]),
        time: good.iter().map(|&epoch| epochs.mjd[epoch]).collect(),
        weight: good.iter().map(weight).collect(),
        flux,
        ..Residuals::default()
    };
    residuals.accumulate();
    (residuals, scale)
}

/// By what errors are too small, given the residuals over them; 1 unless it is certain (3σ) that they are.
///
/// A scatter measured from n Gaussian numbers by their median absolute value is off by 1.17/√n of itself. Enlarging errors
/// for that alone would make false alarms rarer than predicted.
fn error_scale(ratios: &[f64]) -> f64 {
    let scatter = scatter_around_zero(ratios);
    let certain = 1.0 + 3.0 * 1.17 / (ratios.len() as f64).sqrt();
    if scatter > certain { scatter } else { 1.0 }
}

/// Standard deviation of Gaussian numbers around 0 from their median absolute value; 0 without numbers.
fn scatter_around_zero(values: &[f64]) -> f64 {
    let sizes: Vec<f64> = values.iter().map(|value| value.abs()).collect();
    // 1/Φ⁻¹(3/4)
    median(&sizes).unwrap_or(0.0) * 1.482_602_218_505_602
}
