//! The finder of events of known shape: a bank of templates, tried at all times that have data.

use super::best::Best;
use super::height::{Height, Light};
use super::level::Level;
use super::matched_sums::{Residuals, Trial};
use super::snr::dmag_column;
use super::suppression::{Candidate, Joined, strongest};
use super::trials::Trials;
use super::{Event, Finder, Found, MatchedFilterParameters, Noise, Scores, TemplateMatch};
use crate::analysis::{Bank, Checked};
use crate::photometry::{Column, Values};
use crate::statistics::{SIGMA_OF_MAD, median};

/// Events are where a template fits with a signal to noise above `snr_threshold`.
///
/// The residuals f of the good epochs (neither flagged nor failing a cut) are taken from the robust mean by weight, or
/// from a running median. Their errors σ are those of the epochs, made larger by one factor for all where the residuals over
/// their errors scatter more than they should (robust scatter above 1 by more than three times its own error); an epoch without an
/// error gets the robust scatter of the residuals, and none counts as smaller than 1e-4 of the median error. For each
/// template and trial time S/N = Σ T f/σ² / √(Σ T²/σ²), so pure noise gives numbers of unit variance. Only templates that
/// cover a good part of the lightcurve have less, by (ΣwT)²/(Σw·ΣwT²): the mean that was taken away has some of their noise.
///
/// Errors that go with the flux of their epoch are taken at the usual flux L, σ·(L/flux)^p, or their weights would favour
/// dips; and noise that goes with the flux is skewed, so f is y = L·((flux/L)^λ − 1)/λ, in which it is even: p is what
/// the lightcurve shows (0, the errors as they are; ½ for photons; 1 for magnitudes), λ = 1 − p(1 + 2p)/3, for
/// magnitudes y = L·ln(flux/L). An event's amplitude A is fitted in flux, least Σ (y − y(L + A·T))²/σ², its error is with
/// the noise that its own light brings, its `snr` is A·√(Σ T²/σ²); its score is that of y. All are the same for p = 0.
///
/// A template is tried where at least `min_epochs` good epochs lie within its full width at half maximum; an epoch that
/// no such trial comes near has no score. `snr` of an epoch is that of the best template peaking near it, and `width` its
/// width.
///
/// An event has the epochs where its template is above a tenth of its peak. The strongest trial is the first event; what
/// it explains is taken away, and of the trials that do not touch it the strongest that still exceeds the
/// threshold is the next. Neighbours of one sign are pieces of one event if they are no further apart than both are long and it was not
/// quiet between them: unless the weighted mean of the good epochs between is 0 or of the other sign, or lower than
/// that of the weaker of the two by more than 4 of its errors. The event has the numbers of its strongest piece and the
/// epochs of all of them.
///
/// How many independent trials all of this is worth is measured on noise with the epochs and errors of the lightcurve: the
/// false-alarm probability is that of the lightcurve; the number is good to 15 % or so.
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
        assert!(
            parameters.min_epochs > 0,
            "a template is tried where it has at least one epoch"
        );
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
        let (residuals, light, error_scale) = residuals(checked, &good, &level);
        let mut best = Best::new(good.len());
        let mut trials = Trials::new(self.parameters.abs_snr);
        let mut candidates = Vec::new();
        let mut of_template = Vec::new();
        for (index, template) in self.bank.templates().iter().enumerate() {
            let least = self.parameters.min_epochs;
            let correlations = residuals.trials(template, least, &mut of_template);
            trials.push(template, &correlations, &of_template);
            best.update(index, template.width, &residuals.time, &of_template);
            self.add_candidates(index, &of_template, &mut candidates);
        }
        let most = self.parameters.max_det_per_lc;
        let threshold = self.parameters.snr_threshold;
        trials.measure(&residuals, self.parameters.min_epochs, threshold);
        let events = strongest(candidates, &residuals, &light, &self.bank, threshold, most)
            .into_iter()
            .map(|found| self.event(lightcurve, &found, &good, &residuals, &trials))
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
                    height: Height::default(),
                });
            }
        }
    }

    fn event(
        &self,
        lightcurve: usize,
        found: &Joined,
        good: &[usize],
        residuals: &Residuals,
        trials: &Trials,
    ) -> Event {
        let candidate = &found.best;
        let template = &self.bank.templates()[candidate.template];
        let Trial { time, snr, power } = candidate.trial;
        let height = candidate.height;
        let members: Vec<usize> = good[found.epochs.clone()].to_vec();
        let nearest = template
            .at(time)
            .epochs(&residuals.time)
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
            snr: height.amplitude * power.sqrt(),
            score: snr.abs(),
            quality_flag: false,
            template: Some(TemplateMatch {
                index: candidate.template,
                shape: template.shape,
                width: template.width,
                time,
                amplitude: height.amplitude,
                amplitude_error: height.error,
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
                "signal to noise of the best template that peaks near the epoch; at the peak of a detection, its score",
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

/// What is left of the good epochs, with their errors as large as the residuals say, what their usual flux is, and by
/// what errors were multiplied. A strong event is not asked.
pub(super) fn residuals(
    checked: &Checked<'_>,
    good: &[usize],
    level: &Level,
) -> (Residuals, Light, f64) {
    let epochs = &checked.lightcurve.epochs;
    let law = level.law;
    let mut usual: Vec<f64> = good.iter().map(|&epoch| level.at(epoch)).collect();
    let (mut even, mut errors): (Vec<f64>, Vec<f64>) = (good.iter().zip(&usual))
        .map(|(&epoch, &usual)| {
            let (own, even) = law.judge(usual, epochs.flux[epoch], epochs.fluxerr[epoch]);
            (even, own)
        })
        .unzip();
    for error in &mut errors {
        // also where it is NaN
        let is_one = *error > 0.0 && error.is_finite();
        *error = if is_one { *error } else { 0.0 };
    }
    raise_tiny(&mut errors);
    if level.is_constant() {
        let unknown = scatter_around_zero(&level.quiet_of(&even));
        let known = |&error: &f64| if error > 0.0 { error } else { unknown };
        let known: Vec<f64> = level.quiet_of(&errors).iter().map(known).collect();
        let shift = weighted_mean(&level.quiet_of(&even), &known);
        even.iter_mut().for_each(|even| *even -= shift);
        (usual.iter_mut()).for_each(|usual| *usual = law.flux_of(*usual, shift));
    }
    let quiet = level.quiet_of(&even);
    let scale = error_scale(&ratios(&quiet, &level.quiet_of(&errors)));
    let without = scatter_around_zero(&quiet);
    drop(quiet);
    let weight = |&error: &f64| {
        let error = if error > 0.0 { error * scale } else { without };
        // without any error there is no weight
        if error > 0.0 { error.powi(-2) } else { 0.0 }
    };
    let mut residuals = Residuals {
        start: good.first().map_or(0.0, |&epoch| epochs.mjd[epoch]),
        time: good.iter().map(|&epoch| epochs.mjd[epoch]).collect(),
        weight: errors.iter().map(weight).collect(),
        flux: even,
        ..Residuals::default()
    };
    residuals.accumulate();
    (residuals, Light { law, level: usual }, scale)
}

/// No error counts as smaller than this part of the median of all: a sum holds 16 digits, and an epoch of such an error
/// takes 8 of them from all after it.
const SMALLEST: f64 = 1e-4;

/// Makes errors larger that are tiny beside the others; 0 is none.
fn raise_tiny(errors: &mut [f64]) {
    let known = errors.iter().copied().filter(|error| *error > 0.0);
    let smallest = known.clone().fold(f64::INFINITY, f64::min);
    let largest = known.clone().fold(0.0, f64::max);
    // hardly any lightcurve needs the median, which takes longer
    if smallest >= SMALLEST * largest {
        return;
    }
    let least = SMALLEST * median(&known.collect::<Vec<f64>>()).unwrap_or(0.0);
    for error in errors.iter_mut().filter(|error| **error > 0.0) {
        *error = error.max(least);
    }
}

/// Residuals over their errors, where there is one.
fn ratios(residuals: &[f64], errors: &[f64]) -> Vec<f64> {
    (residuals.iter().zip(errors))
        .filter(|(_, error)| **error > 0.0)
        .map(|(residual, error)| residual / error)
        .collect()
}

/// Mean of residuals by the inverse squares of their errors, without those that are 4 times as far from it as they are
/// on the whole; 0 without errors.
///
/// A plain mean has the noise of the epochs with the largest errors, which those with the smallest would take for a signal.
fn weighted_mean(residuals: &[f64], errors: &[f64]) -> f64 {
    const ROUNDS: usize = 4;
    let far = 4.0 * scatter_around_zero(&ratios(residuals, errors)).max(1.0);
    let mut mean = 0.0;
    for _ in 0..ROUNDS {
        let (mut weights, mut sum) = (0.0, 0.0);
        for (residual, error) in residuals.iter().zip(errors) {
            if *error > 0.0 && (residual - mean).abs() <= far * error {
                let weight = (error * error).recip();
                weights += weight;
                sum += weight * residual;
            }
        }
        if weights > 0.0 {
            mean = sum / weights;
        }
    }
    mean
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
    median(&sizes).unwrap_or(0.0) * SIGMA_OF_MAD
}
