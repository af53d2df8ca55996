//! How likely pure noise does as well, with all trials counted.
//!
//! Trials of a matched filter are Gaussian numbers of unit variance with known correlations. A search exceeds u in noise
//! about as often as it has clusters of trials above u, and those come one by one:
//! P(any above u) = 1 − exp(−E), E = tail(u)·Σ F_time·F_width over the trials, where F is the chance that a trial above u
//! is the one that counts for its cluster along that direction, given its correlation ρ with its neighbour there:
//!
//! - where the filter's output is smooth (Gaussians; the width of flares): F = 2Φ(a·z) − 1, a² = (1 − ρ)/(1 + ρ),
//!   z = φ(u)/(1 − Φ(u)): both neighbours are lower. For ρ → 1 this is the formula of Rice (1945).
//! - where it is as rough as a random walk, for the template has an edge: F = u·z·β·ν(u√(2β)), β = 1 − ρ, with the overshoot
//!   function ν of Siegmund (1985) in the form of Siegmund & Yakir (2007). A box has two edges that move one by one:
//!   shifting it moves both, so that β = (1 − ρ)/2 for each.
//!
//! That is for dense data and for one shape at a time. Where shapes, or widths in sparse data, see the same noise, the sum
//! counts it several times; and the best flare of several widths is not where the best of one is. So the sum only says
//! how E goes with u and which trials matter most; what it is at the threshold is measured ([`excursions`](super::excursions))
//! with [`DRAWS`] draws of noise, each around one trial: its template is chosen by its part of the sum, over the root of its
//! width, its time evenly among [`KEPT`] of those that were tried. All of it is for white noise.
//!
//! Lightcurves of noise with an event, found and predicted: all shapes, 4.2σ, widths 0.1 to 1 d, 1 000 × 5 000 epochs of
//! uneven errors 0.01 d apart: 224 and 254; flares alone: 79 and 89. Widths 1 to 50 d, 3 000 × 500 epochs at random
//! times over 700 d: 125 and 143. All shapes, 4.5σ, widths 0.01 to 3 d, 300 × 10 000 epochs of two minutes: 52 and 60.
//! TESS sectors, 4.2σ, widths 0.01 to 3 d, brighter and fainter together: boxes alone, 6 000: 2 976 and 3 014; all shapes,
//! 4 000: 2 069 and 2 093 (predicted with 16 384 draws).
//! So a prediction is up to 15 % above what happens: excursions that have little in common are counted as if they had
//! nothing. That is less than the counting error on 10⁶ epochs.

use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2};

use statrs::function::erf::{erf, erfc};

use super::excursions::Excursions;
use super::matched_sums::{Residuals, Trial};
use crate::analysis::coincidence::any_of;
use crate::analysis::{Shape, Template};

/// How likely a Gaussian number is above `snr`, or further than it from 0.
pub(super) fn tail(snr: f64, both_sides: bool) -> f64 {
    let both = erfc(snr * FRAC_1_SQRT_2);
    if both_sides { both } else { both / 2.0 }
}

/// How likely the largest of so many independent Gaussian numbers is above `score`; with `both_sides`, further than it from
/// 0: 1 − (1 − tail)^trials. What an [`Event`](super::Event) tells as its false-alarm probability.
///
/// ```
/// use retriever::analysis::noise_probability;
/// // 1 - (1 - scipy.stats.norm.sf(4))**1000
/// assert!((noise_probability(4.0, false, 1000.0) - 0.031_175_4).abs() < 1e-6);
/// ```
pub fn noise_probability(score: f64, both_sides: bool, trials: f64) -> f64 {
    any_of(tail(score, both_sides), trials)
}

/// Bins of the correlation of neighbouring trials.
const BINS: usize = 256;

/// How the successive trials of one template hang together: counts by √(1 − ρ).
#[derive(Debug, Clone)]
pub(super) struct Correlations {
    counts: [u32; BINS],
}

impl Correlations {
    pub(super) fn new() -> Correlations {
        Correlations { counts: [0; BINS] }
    }

    /// So many further trials with this correlation to the one before each; 0 if there is none.
    pub(super) fn push(&mut self, correlation: f64, number: u32) {
        // single precision is enough to choose a bin
        let place = ((1.0 - correlation).max(0.0) as f32).sqrt() * BINS as f32;
        self.counts[(place as usize).min(BINS - 1)] += number;
    }
}

/// The correlation of a Gaussian to the one before it in the same step, of which ln Σ w T² and its change are given; and
/// `dense` is that of Gaussians one step apart where epochs are dense.
///
/// The product of two Gaussians is one in the middle between them, so ρ = dense·P(middle)/√(P₁P₂), and the P in the
/// middle follows from the curvature of ln P along three trials: an epoch alone gives ρ = 1, as it must.
pub(super) fn correlation_of_gaussians(
    dense: f64,
    before: &mut Option<(f64, f64)>,
    log_power: f64,
) -> f64 {
    let slope = before.map(|(last, _)| log_power - last);
    let correlation = match (*before, slope) {
        (Some((_, last_slope)), Some(slope)) if !last_slope.is_nan() => {
            dense * (-(slope - last_slope) / 8.0).exp()
        }
        (Some(_), _) => dense,
        (None, _) => 0.0,
    };
    *before = Some((log_power, slope.unwrap_or(f64::NAN)));
    correlation.clamp(0.0, 1.0)
}

/// How many times the size of an excursion is measured. Its inverse scatters by more than its mean, so measurements with
/// other random numbers differ: those of a TESS sector by 4 % for Gaussians, 8 % for boxes or flares and 13 % for all
/// shapes together, those of 1 500 epochs one by one by 3 %.
const DRAWS: usize = 256;

/// Trials that barely exceed the threshold do so with few others, and make most of the scatter: of draws that are even
/// from 0 to 1, this power is the depth at which the size is measured, with the inverse of their density as weight.
const SHALLOW: f64 = 1.5;

/// (√5 − 1)/2.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// Of each template so many trial times are kept to draw from.
const KEPT: usize = 64;

/// Excursions are measured between these thresholds (σ): below they are no longer apart, above their size stays.
const LOWEST: f64 = 3.5;
const HIGHEST: f64 = 20.0;

/// The trials of all templates of a search.
#[derive(Debug, Clone)]
pub(super) struct Trials {
    templates: Vec<Tried>,
    both_sides: bool,
    /// By what the sum over templates was found to be wrong.
    factor: f64,
}

/// The trials of one template.
#[derive(Debug, Clone)]
struct Tried {
    template: Template,
    correlations: Correlations,
    number: usize,
    /// Some of their times, evenly among them.
    times: Vec<f64>,
}

impl Trials {
    pub(super) fn new(both_sides: bool) -> Trials {
        Trials {
            templates: Vec::new(),
            both_sides,
            factor: 1.0,
        }
    }

    pub(super) fn push(
        &mut self,
        template: &Template,
        correlations: &Correlations,
        trials: &[Trial],
    ) {
        let every = trials.len().div_ceil(KEPT).max(1);
        let kept = trials.iter().skip(every / 2).step_by(every);
        self.templates.push(Tried {
            template: *template,
            correlations: correlations.clone(),
            number: trials.len(),
            times: kept.map(|trial| trial.time).collect(),
        });
    }

    /// Measures at this threshold how many trials exceed it together, once all templates are there.
    pub(super) fn measure(&mut self, residuals: &Residuals, min_epochs: usize, threshold: f64) {
        let threshold = threshold.clamp(LOWEST, HIGHEST);
        let overshoot = Overshoot::of(threshold);
        let parts: Vec<f64> = (self.templates.iter())
            .map(|tried| tried.effective(&overshoot))
            .collect();
        let sum: f64 = parts.iter().sum();
        // wide templates see many epochs: fewer draws of each, which then count for more
        let shares: Vec<f64> = (parts.iter().zip(&self.templates))
            .map(|(part, tried)| part / tried.template.width.sqrt())
            .collect();
        let total: f64 = shares.iter().sum();
        if total.is_nan() || total <= 0.0 {
            return;
        }
        let mut excursions = Excursions::new(residuals, min_epochs, threshold);
        let (mut found, mut index, mut before) = (0.0, 0, 0.0);
        for draw in 0..DRAWS {
            let place = (draw as f64 + 0.5) / DRAWS as f64 * total;
            while place >= before + shares[index] && index + 1 < shares.len() {
                before += shares[index];
                index += 1;
            }
            let tried = &self.templates[index];
            let Some(time) = tried.at((place - before) / shares[index]) else {
                continue;
            };
            let templates = self.templates.iter().map(|tried| &tried.template);
            // multiples of the golden section: even among the draws of each template
            let even = ((draw as f64 + 0.5) * GOLDEN).fract();
            let (depth, weight) = (even.powf(SHALLOW), SHALLOW * even.powf(SHALLOW - 1.0));
            let size = excursions.size(&tried.template, time, depth, templates);
            found += weight * tried.number as f64 * total / shares[index] / size as f64;
        }
        self.factor = found / DRAWS as f64 / sum;
    }

    /// How many independent numbers exceed this as often.
    pub(super) fn effective(&self, snr: f64) -> f64 {
        let overshoot = Overshoot::of(snr);
        let sum: f64 = (self.templates.iter())
            .map(|tried| tried.effective(&overshoot))
            .sum();
        sum * self.factor
    }

    /// How likely noise gives this signal to noise or more anywhere.
    pub(super) fn false_alarm_probability(&self, snr: f64) -> f64 {
        -(-self.effective(snr) * tail(snr, self.both_sides)).exp_m1()
    }
}

impl Tried {
    /// The time of a trial, this part (0 to 1) of the trials after the first; none without trials.
    fn at(&self, part: f64) -> Option<f64> {
        let last = self.times.len().checked_sub(1)?;
        let place = (part * self.times.len() as f64) as usize;
        Some(self.times[place.min(last)])
    }

    /// Its part of the sum of the head of this file, over the tail.
    fn effective(&self, overshoot: &Overshoot) -> f64 {
        let along_time = |correlation| match self.template.shape {
            Shape::Gaussian => overshoot.smooth(correlation),
            Shape::Box => overshoot.rough(1.0 - (1.0 - correlation) / 2.0),
            Shape::Flare => overshoot.rough(correlation),
        };
        let trials: f64 = (self.correlations.counts.iter().enumerate())
            .filter(|(_, count)| **count > 0)
            .map(|(bin, &count)| {
                let root = (bin as f64 + 0.5) / BINS as f64;
                f64::from(count) * along_time(1.0 - root * root)
            })
            .sum();
        let across_widths = match (self.template.narrower, self.template.shape) {
            (None, _) => 1.0,
            (Some(overlap), Shape::Box) => overshoot.rough(overlap),
            (Some(overlap), _) => overshoot.smooth(overlap),
        };
        trials * across_widths
    }
}

/// The chances F of the head of this file at one threshold.
struct Overshoot {
    threshold: f64,
    /// Mean of a Gaussian number that is above the threshold.
    mean: f64,
}

impl Overshoot {
    fn of(threshold: f64) -> Overshoot {
        let density = (-threshold * threshold / 2.0).exp() / (2.0 * PI).sqrt();
        let tail = tail(threshold, false);
        // far out, where both underflow, the ratio is the threshold itself
        let mean = if tail > 1e-290 {
            density / tail
        } else {
            threshold
        };
        Overshoot { threshold, mean }
    }

    fn smooth(&self, correlation: f64) -> f64 {
        let slope = ((1.0 - correlation) / (1.0 + correlation)).max(0.0).sqrt();
        erf(slope * self.mean * FRAC_1_SQRT_2)
    }

    fn rough(&self, correlation: f64) -> f64 {
        let loss = 1.0 - correlation;
        let mean = self.threshold * self.mean * loss;
        (mean * nu(self.threshold * SQRT_2 * loss.sqrt())).min(1.0)
    }
}

/// Siegmund's overshoot function, (2/x)(Φ(x/2) − 1/2) / ((x/2)Φ(x/2) + φ(x/2)).
fn nu(x: f64) -> f64 {
    if x < 1e-6 {
        return 1.0;
    }
    let half = x / 2.0;
    let normal = (1.0 + erf(half * FRAC_1_SQRT_2)) / 2.0;
    let density = (-half * half / 2.0).exp() / (2.0 * PI).sqrt();
    (2.0 / x) * (normal - 0.5) / (half * normal + density)
}
