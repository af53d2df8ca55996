//! Which part of the simulated events was recovered, with what certainty.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc_inv;

/// One simulated event, found or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Whether it was found.
    pub recovered: bool,
    /// Signal to noise that was to be expected.
    pub snr: f64,
    /// Largest change (mag, positive = brighter).
    pub magnitude: f64,
    /// Full width at half maximum (d).
    pub width: f64,
    /// Filters of the lightcurves that it was put into, or the one it is counted for.
    pub filter: String,
}

/// How the uncertainty of a fraction is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// Wilson 1927: right on average.
    #[default]
    Wilson,
    /// Clopper & Pearson 1934: never too narrow.
    ClopperPearson,
}

/// Recovered fractions along one quantity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Efficiency {
    /// What the bins are of (`snr`, `magnitude`, `width`, `filter`), and its unit.
    pub name: String,
    /// Unit of what it is counted against; empty for pure numbers and words.
    pub unit: String,
    /// Probability that an interval holds the true fraction.
    pub confidence: f64,
    /// How the intervals are made.
    pub interval: Interval,
    /// One for each range or word, in order.
    pub bins: Vec<EfficiencyBin>,
    /// All events, also those in no bin.
    pub total: Recovered,
}

/// The events between two values, or of one word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EfficiencyBin {
    /// From `low`, inclusive, to `high`, exclusive; none for words.
    pub range: Option<[f64; 2]>,
    /// The word; none for numbers.
    pub word: Option<String>,
    /// What was found in it.
    pub recovered: Recovered,
}

/// How many of how many, as a fraction with its interval; without events there is no fraction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Recovered {
    /// Simulated events.
    pub injected: u64,
    /// Those of them that were found.
    pub recovered: u64,
    /// Found over simulated; none without a simulated event.
    pub fraction: Option<f64>,
    /// Lower end of the interval of the fraction.
    pub lower: Option<f64>,
    /// Upper end of the interval of the fraction.
    pub upper: Option<f64>,
}

/// erf(1/√2): how much of a Gaussian is within 1σ.
const ONE_SIGMA: f64 = 0.682_689_492_137_085_9;

impl Efficiency {
    /// Recovered fractions in bins between rising `edges`. Events outside, or whose value is NaN, are in a last bin with
    /// the word `none`, if there are any: the bins always add up to the total.
    pub fn against(
        name: &str,
        unit: &str,
        edges: &[f64],
        events: impl IntoIterator<Item = (f64, bool)>,
        interval: Interval,
        confidence: f64,
    ) -> Efficiency {
        let mut counts = vec![(0, 0); edges.len().saturating_sub(1)];
        let (mut total, mut elsewhere) = ((0, 0), (0, 0));
        for (value, recovered) in events {
            count(&mut total, recovered);
            let above = edges.partition_point(|edge| *edge <= value);
            let bin = above.checked_sub(1).and_then(|bin| counts.get_mut(bin));
            count(
                bin.filter(|_| !value.is_nan()).unwrap_or(&mut elsewhere),
                recovered,
            );
        }
        let none = (elsewhere.0 > 0).then(|| EfficiencyBin {
            range: None,
            word: Some("none".to_owned()),
            recovered: Recovered::of(elsewhere, interval, confidence),
        });
        let bins = edges
            .windows(2)
            .zip(counts)
            .map(|(range, count)| EfficiencyBin {
                range: Some([range[0], range[1]]),
                word: None,
                recovered: Recovered::of(count, interval, confidence),
            });
        Efficiency {
            name: name.to_owned(),
            unit: unit.to_owned(),
            confidence,
            interval,
            bins: bins.chain(none).collect(),
            total: Recovered::of(total, interval, confidence),
        }
    }

    /// Recovered fractions for each word, in the order of the words.
    pub fn by_word<'a>(
        name: &str,
        events: impl IntoIterator<Item = (&'a str, bool)>,
        interval: Interval,
        confidence: f64,
    ) -> Efficiency {
        let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for (word, recovered) in events {
            count(counts.entry(word).or_default(), recovered);
        }
        Efficiency::of_words(name, counts, interval, confidence)
    }

    fn of_words<'a>(
        name: &str,
        counts: impl IntoIterator<Item = (&'a str, (u64, u64))>,
        interval: Interval,
        confidence: f64,
    ) -> Efficiency {
        let mut total = (0, 0);
        let bins = counts.into_iter().map(|(word, count)| {
            total = (total.0 + count.0, total.1 + count.1);
            EfficiencyBin {
                range: None,
                word: Some(word.to_owned()),
                recovered: Recovered::of(count, interval, confidence),
            }
        });
        Efficiency {
            name: name.to_owned(),
            unit: String::new(),
            confidence,
            interval,
            bins: bins.collect(),
            total: Recovered::of(total, interval, confidence),
        }
    }

    /// The four tables of a project: against S/N, magnitude and width in ten bins over what was injected (the widths
    /// of equal ratio), and for each filter. Confidence as of 1σ, Wilson's interval.
    ///
    /// `by_filter` has an event once for each filter that it was put into, recovered if it was found *there*.
    pub fn tables(trials: &[Trial], by_filter: &[Trial]) -> Vec<Efficiency> {
        let mut tally = Tally::default();
        for trial in trials {
            tally.add(trial, &BTreeMap::new());
        }
        for trial in by_filter {
            tally.add_to_filter(&trial.filter, trial.recovered);
        }
        tally.tables()
    }
}

/// Simulated events, counted as they come: of each only the numbers of the tables are kept, so that those of 100 000
/// sources take 3 MB.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// S/N, magnitude, width, and whether it was recovered.
    events: Vec<([f64; 3], bool)>,
    filters: BTreeMap<String, (u64, u64)>,
}

impl Tally {
    /// Counts an event; `filters` are those that it was put into, and whether it was found there.
    pub fn add(&mut self, trial: &Trial, filters: &BTreeMap<String, bool>) {
        let values = [trial.snr, trial.magnitude, trial.width];
        self.events.push((values, trial.recovered));
        for (filter, &recovered) in filters {
            self.add_to_filter(filter, recovered);
        }
    }

    fn add_to_filter(&mut self, filter: &str, recovered: bool) {
        // most filters are known: their names are copied once
        match self.filters.get_mut(filter) {
            Some(counts) => count(counts, recovered),
            None => count(
                self.filters.entry(filter.to_owned()).or_default(),
                recovered,
            ),
        }
    }

    /// See [`Efficiency::tables`].
    pub fn tables(&self) -> Vec<Efficiency> {
        let table = |name, unit, value: fn(&[f64; 3]) -> f64| {
            let edges = even_edges(self.events.iter().map(|(values, _)| value(values)), 10);
            let events = self.events.iter();
            let events = events.map(|(values, recovered)| (value(values), *recovered));
            Efficiency::against(name, unit, &edges, events, Interval::Wilson, ONE_SIGMA)
        };
        let mut width = table("width", "d", |[_, _, width]| width.ln());
        for bin in &mut width.bins {
            bin.range = bin.range.map(|range| range.map(f64::exp));
        }
        let filters = self.filters.iter();
        let filters = filters.map(|(filter, &counts)| (filter.as_str(), counts));
        vec![
            table("snr", "", |[snr, _, _]| *snr),
            table("magnitude", "mag", |[_, magnitude, _]| *magnitude),
            width,
            Efficiency::of_words("filter", filters, Interval::Wilson, ONE_SIGMA),
        ]
    }
}

impl Recovered {
    fn of((injected, recovered): (u64, u64), interval: Interval, confidence: f64) -> Recovered {
        let bounds =
            (injected > 0).then(|| binomial_interval(recovered, injected, interval, confidence));
        Recovered {
            injected,
            recovered,
            fraction: bounds.map(|_| recovered as f64 / injected as f64),
            lower: bounds.map(|(lower, _)| lower),
            upper: bounds.map(|(_, upper)| upper),
        }
    }
}

/// Interval of the true fraction when `successes` of `trials` were seen.
///
/// `confidence` is in (0, 1). Wilson's is astropy's `binom_conf_interval(…, interval="wilson")`, Clopper and Pearson's
/// is scipy's `binomtest(…).proportion_ci(method="exact")`. Without trials it is all from 0 to 1.
///
/// ```
/// use retriever::analysis::{Interval, binomial_interval};
/// let (lower, upper) = binomial_interval(5, 10, Interval::Wilson, 0.682_689_492_137_085_9);
/// assert!((lower - 0.349_244_3).abs() < 1e-7 && (upper - 0.650_755_7).abs() < 1e-7);
/// ```
pub fn binomial_interval(
    successes: u64,
    trials: u64,
    interval: Interval,
    confidence: f64,
) -> (f64, f64) {
    if trials == 0 {
        return (0.0, 1.0);
    }
    let (k, n) = (successes.min(trials) as f64, trials as f64);
    match interval {
        Interval::Wilson => {
            let kappa = std::f64::consts::SQRT_2 * erfc_inv(1.0 - confidence);
            let (square, p) = (kappa * kappa, k / n);
            let middle = (k + 0.5 * square) / (n + square);
            let half =
                kappa * n.sqrt() / (n + square) * (p * (1.0 - p) + square / (4.0 * n)).sqrt();
            // at the ends the two differ by the last bit of what is equal
            let lower = if k == 0.0 {
                0.0
            } else {
                (middle - half).max(0.0)
            };
            let upper = if k == n {
                1.0
            } else {
                (middle + half).min(1.0)
            };
            (lower, upper)
        }
        Interval::ClopperPearson => {
            let tail = (1.0 - confidence) / 2.0;
            let lower = if k == 0.0 {
                0.0
            } else {
                beta_quantile(k, n - k + 1.0, tail)
            };
            let upper = if k == n {
                1.0
            } else {
                beta_quantile(k + 1.0, n - k, 1.0 - tail)
            };
            (lower, upper)
        }
    }
}

/// Where the beta distribution reaches this probability, by halving: slow and sure.
fn beta_quantile(a: f64, b: f64, probability: f64) -> f64 {
    halve(0.0, 1.0, |x| beta_reg(a, b, x) < probability)
}

/// The place between `low` and `high` where `is_below` turns false, to the last bits.
pub(super) fn halve(mut low: f64, mut high: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = low + 0.5 * (high - low);
        if middle <= low || middle >= high {
            return middle;
        }
        if is_below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

fn count((injected, found): &mut (u64, u64), recovered: bool) {
    *injected += 1;
    *found += u64::from(recovered);
}

/// Edges of bins of equal width over the finite values, the last one just above the largest; none without values.
fn even_edges(values: impl Iterator<Item = f64>, bins: usize) -> Vec<f64> {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low > high {
        return Vec::new();
    }
    // equal values still have a bin
    let width = ((high - low) / bins as f64).max(1e-9 * low.abs().max(1.0));
    let mut edges: Vec<f64> = (0..bins).map(|edge| low + edge as f64 * width).collect();
    edges.push((low + bins as f64 * width).max(high).next_up());
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    // astropy 8.0.2, binom_conf_interval(k, n, confidence, interval="wilson").
    #[test]
    fn wilson_agrees_with_astropy() {
        for (k, n, confidence, lower, upper) in WILSON {
            let found = binomial_interval(k, n, Interval::Wilson, confidence);
            assert!((found.0 - lower).abs() < 1e-10, "{k}/{n}: {found:?}");
            assert!((found.1 - upper).abs() < 1e-10, "{k}/{n}: {found:?}");
        }
    }

    // scipy 1.17, binomtest(k, n).proportion_ci(confidence, method="exact").
    #[test]
    fn clopper_pearson_agrees_with_scipy() {
        for (k, n, confidence, lower, upper) in CLOPPER_PEARSON {
            let found = binomial_interval(k, n, Interval::ClopperPearson, confidence);
            assert!((found.0 - lower).abs() < 1e-9, "{k}/{n}: {found:?}");
            assert!((found.1 - upper).abs() < 1e-9, "{k}/{n}: {found:?}");
        }
    }

    #[test]
    fn an_interval_of_none_begins_at_0_and_one_of_all_ends_at_1() {
        for interval in [Interval::Wilson, Interval::ClopperPearson] {
            for n in 1..=200 {
                let (lower, upper) = binomial_interval(0, n, interval, ONE_SIGMA);
                assert!(lower == 0.0 && upper > 0.0 && upper < 1.0, "0/{n}");
                let (lower, upper) = binomial_interval(n, n, interval, ONE_SIGMA);
                assert!(upper == 1.0 && lower > 0.0 && lower < 1.0, "{n}/{n}");
            }
        }
    }

    #[test]
    fn events_are_in_the_bin_of_their_lower_edge_and_the_bins_add_up_to_the_total() {
        let events = [
            (1.0, true),
            (1.999, false),
            (2.0, true),
            (3.0, true),
            (f64::NAN, false),
        ];
        let found = Efficiency::against(
            "snr",
            "",
            &[1.0, 2.0, 3.0],
            events,
            Interval::Wilson,
            ONE_SIGMA,
        );
        let counts: Vec<_> = found
            .bins
            .iter()
            .map(|bin| (bin.recovered.injected, bin.recovered.recovered))
            .collect();
        // the last bin has those that are in none
        assert_eq!(counts, [(2, 1), (1, 1), (2, 1)]);
        assert_eq!(found.bins[2].word.as_deref(), Some("none"));
        assert_eq!((found.total.injected, found.total.recovered), (5, 3));
        assert_eq!(found.bins[0].recovered.fraction, Some(0.5));
    }

    #[test]
    fn the_tables_hold_every_event() {
        let trials: Vec<Trial> = (0..50)
            .map(|index| Trial {
                recovered: index >= 20,
                snr: f64::from(index),
                // a dip to nothing has no magnitude
                magnitude: if index == 7 { f64::NAN } else { 0.1 },
                width: 0.01 * 1.1f64.powi(index),
                filter: ["g", "r"][index as usize % 2].to_owned(),
            })
            .collect();
        for table in Efficiency::tables(&trials, &trials) {
            let sum: u64 = table.bins.iter().map(|bin| bin.recovered.injected).sum();
            assert_eq!((sum, table.total.injected), (50, 50), "{}", table.name);
        }
        let nothing = Efficiency::tables(&[], &[]);
        assert!(nothing.iter().all(|table| table.bins.is_empty()));
        assert_eq!(nothing[0].total.fraction, None);
    }

    const WILSON: [(u64, u64, f64, f64, f64); 6] = [
        (
            5,
            10,
            0.6826894921370859,
            0.34924432771111813,
            0.6507556722888819,
        ),
        (0, 10, 0.6826894921370859, 0.0, 0.09090909090909091),
        (10, 10, 0.95, 0.7224672001371109, 1.0),
        (1, 3, 0.95, 0.06149194472039626, 0.7923403991979523),
        (37, 1000, 0.99, 0.024426002114063733, 0.05567741658649099),
        (
            999,
            1000,
            0.6826894921370859,
            0.997385028286038,
            0.999617968716959,
        ),
    ];
    const CLOPPER_PEARSON: [(u64, u64, f64, f64, f64); 6] = [
        (
            5,
            10,
            0.6826894921370859,
            0.30481788300864987,
            0.6951821169913501,
        ),
        (0, 10, 0.6826894921370859, 0.0, 0.16814918613797641),
        (10, 10, 0.95, 0.6915028921812371, 1.0),
        (1, 3, 0.95, 0.008403758659612647, 0.9057006759492866),
        (37, 1000, 0.99, 0.02335899491136209, 0.055223679512292866),
        (
            999,
            1000,
            0.6826894921370859,
            0.9967042648821212,
            0.9998272611420513,
        ),
    ];
}
