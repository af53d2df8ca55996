//! How much was searched, and what the events found in it say of how often they happen.
//!
//! A rate is of events like the simulated ones: those of one width can have their peaks at more times than those of
//! another. So each simulated event stands for the time of which its own was drawn, and the time in which events would
//! have been found is the sum of those of the recovered ones ([`SimulatedTime`]).

use serde::{Deserialize, Serialize};
use statrs::function::gamma::gamma_lr;

use super::efficiency::halve;
use super::{Checked, ClockTimes};

/// What was searched. Times are whole milliseconds, so that sums do not depend on their order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exposure {
    /// Sources that were searched.
    pub sources: u64,
    /// Their lightcurves.
    pub lightcurves: u64,
    /// All epochs, and the good ones.
    pub epochs: u64,
    /// Those that pass all cuts.
    pub good_epochs: u64,
    /// Time that the shutter was open for good epochs, each lightcurve for itself (ms).
    pub open_ms: u64,
    /// Time of sources within half a window of a good epoch of any lightcurve: in it the peak of an event of that
    /// width would have been seen (ms). Stretches that overlap count once.
    pub watched_ms: u64,
    /// Time of sources from the first to the last good epoch (ms).
    pub span_ms: u64,
}

/// The time that simulated events stand for, added up as they come.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SimulatedTime {
    events: u64,
    all: f64,
    recovered: f64,
    /// Of the narrowest and the widest event.
    widths: Option<[f64; 2]>,
}

/// Events per time of one source.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// How many were found.
    pub events: u64,
    /// Time in which their peaks can have been (source-days).
    pub days: f64,
    /// Part of the events with a peak in that time that would have been found.
    pub efficiency: f64,
    /// Confidence of the interval and the limit.
    pub confidence: f64,
    /// Events per source and day: events / (days · efficiency), and its central Poisson interval.
    pub rate: f64,
    /// Lower end of the interval.
    pub lower: f64,
    /// Upper end of the interval.
    pub upper: f64,
    /// One-sided upper limit of the same confidence, for when there is no event.
    pub upper_limit: f64,
}

const MS_PER_DAY: f64 = 86_400_000.0;

impl Exposure {
    /// What the lightcurves of one source amount to; `window` (d) is the width of the events that are looked for.
    pub fn of(lightcurves: &[Checked<'_>], window: f64) -> Exposure {
        let times = ClockTimes::of(lightcurves);
        let mut exposure = Exposure {
            sources: 1,
            lightcurves: lightcurves.len() as u64,
            ..Exposure::default()
        };
        let mut good: Vec<f64> = Vec::with_capacity(times.times.iter().map(|of| of.len()).sum());
        for (checked, times) in lightcurves.iter().zip(&times.times) {
            let epochs = &checked.lightcurve.epochs;
            exposure.epochs += epochs.len() as u64;
            let mut open = 0.0;
            for epoch in (0..epochs.len()).filter(|&epoch| checked.is_good(epoch)) {
                exposure.good_epochs += 1;
                open += epochs.exptime[epoch].max(0.0); // max passes over NaN
                good.extend(Some(times[epoch]).filter(|time| time.is_finite()));
            }
            exposure.open_ms += (open * 1e3).round() as u64;
        }
        good.sort_unstable_by(f64::total_cmp);
        let steps = good.windows(2).map(|pair| (pair[1] - pair[0]).min(window));
        let last = if good.is_empty() { 0.0 } else { window };
        exposure.watched_ms = ((steps.sum::<f64>() + last) * MS_PER_DAY).round() as u64;
        if let (Some(first), Some(last)) = (good.first(), good.last()) {
            exposure.span_ms = ((last - first) * MS_PER_DAY).round() as u64;
        }
        exposure
    }

    /// Time of sources near good epochs (d).
    pub fn watched_days(&self) -> f64 {
        self.watched_ms as f64 / MS_PER_DAY
    }

    /// Time of sources from the first to the last good epoch (d).
    pub fn span_days(&self) -> f64 {
        self.span_ms as f64 / MS_PER_DAY
    }

    /// [`Exposure::watched_days`] in source-hours.
    pub fn source_hours(&self) -> f64 {
        self.watched_days() * 24.0
    }
}

impl std::ops::Add for Exposure {
    type Output = Exposure;

    fn add(self, other: Exposure) -> Exposure {
        Exposure {
            sources: self.sources + other.sources,
            lightcurves: self.lightcurves + other.lightcurves,
            epochs: self.epochs + other.epochs,
            good_epochs: self.good_epochs + other.good_epochs,
            open_ms: self.open_ms + other.open_ms,
            watched_ms: self.watched_ms + other.watched_ms,
            span_ms: self.span_ms + other.span_ms,
        }
    }
}

impl std::iter::Sum for Exposure {
    fn sum<I: Iterator<Item = Exposure>>(exposures: I) -> Exposure {
        exposures.fold(Exposure::default(), |sum, exposure| sum + exposure)
    }
}

impl SimulatedTime {
    /// Counts an event of this width (d), drawn from so much time (d); one of unknown time is passed over.
    pub fn add(&mut self, width: f64, searched: f64, recovered: bool) {
        if !(searched > 0.0 && searched.is_finite()) {
            return;
        }
        self.events += 1;
        self.all += searched;
        if recovered {
            self.recovered += searched;
        }
        let [least, most] = self.widths.unwrap_or([width; 2]);
        self.widths = Some([least.min(width), most.max(width)]);
    }

    /// Full widths at half maximum of the narrowest and the widest event (d); none without events.
    pub fn widths(&self) -> Option<[f64; 2]> {
        self.widths
    }

    /// The time of so many sources (source-days), an event standing for the mean of all.
    pub fn days(&self, sources: u64) -> f64 {
        sources as f64 * self.all / self.events as f64
    }

    /// Which part (0 to 1) of the time the recovered events stand for; NaN without events.
    pub fn efficiency(&self) -> f64 {
        self.recovered / self.all
    }
}

impl Rate {
    /// The rate that `events` in `days` of sources mean, if `efficiency` (0 to 1) of all are found.
    ///
    /// The efficiency must be that of injections spread over the same time, as [`SimulatedTime`] has it. None if nothing
    /// was searched or nothing would be found.
    pub fn of(events: u64, days: f64, efficiency: f64, confidence: f64) -> Option<Rate> {
        let searched = days * efficiency;
        if !(searched > 0.0 && searched.is_finite()) {
            return None;
        }
        let (lower, upper) = poisson_interval(events, confidence);
        Some(Rate {
            events,
            days,
            efficiency,
            confidence,
            rate: events as f64 / searched,
            lower: lower / searched,
            upper: upper / searched,
            upper_limit: poisson_upper_limit(events, confidence) / searched,
        })
    }
}

/// Central interval of a Poisson mean when `events` were seen (Garwood 1936): equal probability on either side.
///
/// ```
/// let (lower, upper) = retriever::analysis::poisson_interval(0, 0.9);
/// assert!(lower == 0.0 && (upper - 2.995_732_273_554).abs() < 1e-9);
/// ```
pub fn poisson_interval(events: u64, confidence: f64) -> (f64, f64) {
    let tail = (1.0 - confidence) / 2.0;
    let lower = match events {
        0 => 0.0,
        events => gamma_quantile(events as f64, tail),
    };
    (lower, gamma_quantile(events as f64 + 1.0, 1.0 - tail))
}

/// The Poisson mean that gives more than `events` with this probability.
pub fn poisson_upper_limit(events: u64, confidence: f64) -> f64 {
    gamma_quantile(events as f64 + 1.0, confidence)
}

/// Where the gamma distribution of this shape and scale 1 reaches a probability in (0, 1).
fn gamma_quantile(shape: f64, probability: f64) -> f64 {
    let probability = probability.clamp(0.0, 1.0 - f64::EPSILON);
    let mut high = shape + 10.0 * shape.sqrt();
    while gamma_lr(shape, high) < probability {
        high *= 2.0;
    }
    halve(0.0, high, |x| x <= 0.0 || gamma_lr(shape, x) < probability)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Quality, lightcurve};
    use crate::photometry::Epochs;

    // scipy 1.17: chi2.ppf(p, 2n)/2.
    const POISSON: [(u64, f64, f64, f64); 5] = [
        (0, 0.9, 0.0, 2.9957322735539895),
        (1, 0.95, 0.025317807984289897, 5.571643390938898),
        (3, 0.6826894921370859, 1.367295313890434, 5.918185832883396),
        (25, 0.99, 13.99537443318666, 41.00041285138767),
        (1000, 0.9, 948.5598493836511, 1053.6031221333008),
    ];

    #[test]
    fn poisson_intervals_agree_with_scipy() {
        for (events, confidence, lower, upper) in POISSON {
            let found = poisson_interval(events, confidence);
            assert!(
                (found.0 - lower).abs() < 1e-8 * (1.0 + lower),
                "{events}: {found:?}"
            );
            assert!(
                (found.1 - upper).abs() < 1e-8 * upper,
                "{events}: {found:?}"
            );
        }
        assert!((poisson_upper_limit(0, 0.95) - 2.995_732_273_553_989_5).abs() < 1e-9);
        assert!((poisson_upper_limit(3, 0.95) - 7.753_656_527_932_725).abs() < 1e-8);
    }

    #[test]
    fn a_rate_is_events_over_what_would_have_been_found() {
        let rate = Rate::of(4, 200.0, 0.5, 0.9).unwrap();
        assert_eq!(rate.rate, 0.04);
        assert!(rate.lower < 0.04 && rate.upper > 0.04);
        let none = Rate::of(0, 100.0, 0.5, 0.95).unwrap();
        assert_eq!((none.rate, none.lower), (0.0, 0.0));
        assert!((none.upper_limit - 2.995_732_273_553_989_5 / 50.0).abs() < 1e-9);
        assert_eq!(Rate::of(1, 0.0, 0.5, 0.9), None);
        assert_eq!(Rate::of(1, 10.0, f64::NAN, 0.9), None);
    }

    // two sources, one searched for 10 d in each width, one for 2 d if the event is narrow and 8 d if it is wide; of the
    // narrow ones a half is found, of the wide ones all: R·(10·½ + 10 + 2·½ + 8)/2 events are to be expected
    #[test]
    fn each_simulated_event_stands_for_the_time_that_it_was_drawn_from() {
        let mut time = SimulatedTime::default();
        for (width, searched, recovered) in [
            (0.1, 10.0, true),
            (0.1, 10.0, false),
            (1.0, 10.0, true),
            (1.0, 10.0, true),
            (0.1, 2.0, true),
            (0.1, 2.0, false),
            (1.0, 8.0, true),
            (1.0, 8.0, true),
        ] {
            time.add(width, searched, recovered);
        }
        time.add(5.0, f64::NAN, true); // of a class of somebody's own
        assert_eq!(time.widths(), Some([0.1, 1.0]));
        let rate = Rate::of(12, time.days(2), time.efficiency(), 0.95).unwrap();
        assert!((rate.days - 15.0).abs() < 1e-12);
        assert!((rate.rate - 12.0 / 12.0).abs() < 1e-12, "{rate:?}");
        let none = SimulatedTime::default();
        assert_eq!(Rate::of(1, none.days(2), none.efficiency(), 0.95), None);
    }

    #[test]
    fn exposure_counts_overlapping_windows_once_and_bad_epochs_not() {
        let epochs = |mjd: &[f64], flag: &[bool]| {
            let ones = vec![1.0; mjd.len()];
            Epochs {
                mjd: mjd.to_vec(),
                mag: ones.clone(),
                magerr: ones.clone(),
                flux: ones.clone(),
                fluxerr: ones.clone(),
                flag: flag.to_vec(),
                exptime: vec![30.0; mjd.len()],
                ra: ones.clone(),
                dec: ones,
                flux_unit: "uJy".to_owned(),
                zero_point: 23.9,
                extra: Vec::new(),
            }
        };
        let curves = [
            lightcurve(
                "X",
                "s",
                "g",
                epochs(&[0.0, 1.0, 9.0], &[false, false, true]),
            ),
            lightcurve("X", "s", "r", epochs(&[0.25, 4.0], &[false, false])),
        ];
        let quality: Vec<Quality> = curves
            .iter()
            .map(|curve| Quality {
                qflag: curve.epochs.flag.clone(),
                ..Quality::default()
            })
            .collect();
        let checked: Vec<Checked<'_>> = curves
            .iter()
            .zip(&quality)
            .map(|(lightcurve, quality)| Checked {
                lightcurve,
                quality,
            })
            .collect();
        let one = Exposure::of(&checked, 0.5);
        assert_eq!(
            (one.sources, one.lightcurves, one.epochs, one.good_epochs),
            (1, 2, 5, 4)
        );
        assert_eq!(one.open_ms, 120_000);
        // 0 and 0.25 share half of their windows: 0.25 + 0.5 + 0.5 + 0.5 d
        assert_eq!(
            (one.watched_days(), one.span_days(), one.source_hours()),
            (1.75, 4.0, 42.0)
        );
        let sum: Exposure = [one, one, Exposure::default()].into_iter().sum();
        assert_eq!((sum.sources, sum.watched_days()), (2, 3.5));
        assert_eq!(Exposure::of(&[], 0.5).watched_ms, 0);
    }
}
