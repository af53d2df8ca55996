//! The counts of a score along its own axis, the others summed up: what a picture shows.

use std::collections::BTreeMap;

use super::axis::{AxisKind, Bin};
use super::count::{Histogram, Score};

/// Counts between rising edges.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Marginal {
    /// One more than there are counts; empty if nothing was ever counted on an axis that grows.
    pub edges: Vec<f64>,
    /// Epochs in each of them.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// The counts of a score, summed over all other axes; none if the histogram does not count that score. A fixed axis
    /// has all of its bins, one that grows those from the first to the last count.
    ///
    /// ```
    /// use retriever::analysis::histogram::{AxisSpec, AxisValues, Histogram, HistogramParameters, Sample};
    /// let axes = HistogramParameters {
    ///     score_coords: [("snr".into(), AxisSpec::fixed(-1.0, 1.0, 1.0))].into(),
    ///     source_coords: Default::default(),
    ///     obs_coords: [("filter".into(), AxisSpec::Words { unit: None })].into(),
    ///     max_growth: 100,
    /// };
    /// let mut histogram = Histogram::new("all", &axes, &["snr"])?;
    /// let snr = [0.1, 0.2, 0.9, 7.0];
    /// let (filter, scores) = ([("filter", AxisValues::Word("zg"))], [("snr", &snr[..])]);
    /// histogram.add(&Sample { epochs: 4, axes: &filter, scores: &scores, keep: None })?;
    /// let along = histogram.marginal("snr").unwrap();
    /// assert_eq!(along.edges, [-1.5, -0.5, 0.5, 1.5]);
    /// assert_eq!(along.counts, [0, 2, 1]); // 7.0 is overflow
    /// # Ok::<(), retriever::analysis::histogram::HistogramError>(())
    /// ```
    pub fn marginal(&self, score: &str) -> Option<Marginal> {
        let score = self.score(score)?;
        let (low, bins) = score.stretch();
        let mut counts = vec![0; bins];
        for cell in 0..score.rows.len() {
            score.add_row(cell, low, &mut counts);
        }
        Some(Marginal {
            edges: score.edges(low, bins),
            counts,
        })
    }

    /// The same for each word of another axis, in the order of the words, with the edges of [`Histogram::marginal`];
    /// none if there is no such score or no such axis of words.
    pub fn marginals_by(&self, score: &str, axis: &str) -> Option<Vec<(String, Vec<u64>)>> {
        let score = self.score(score)?;
        let place = self.axes.iter().position(|other| other.name == axis)?;
        if !self.axes[place].is_of_words() {
            return None;
        }
        let (low, bins) = score.stretch();
        let mut by_word: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for cell in 0..score.rows.len() {
            if let Bin::Word(word) = self.bin(cell, place) {
                let counts = by_word.entry(word).or_insert_with(|| vec![0; bins]);
                score.add_row(cell, low, counts);
            }
        }
        let counted = by_word.into_iter();
        Some(
            counted
                .filter(|(_, counts)| counts.iter().any(|count| *count > 0))
                .collect(),
        )
    }

    fn score(&self, name: &str) -> Option<&Score> {
        self.scores.iter().find(|score| score.axis.name == name)
    }
}

impl Score {
    /// First place of the axis that is shown, and how many there are.
    fn stretch(&self) -> (i32, usize) {
        if let AxisKind::Fixed { bins, .. } = self.axis.kind {
            return (0, bins as usize);
        }
        let rows = self.rows.iter().filter_map(|row| row.trimmed());
        let ends = rows.map(|(first, counts)| (first, first + counts.len() as i32));
        let ends = ends.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        ends.map_or((0, 0), |(low, end)| (low, (end - low) as usize))
    }

    fn edges(&self, low: i32, bins: usize) -> Vec<f64> {
        if bins == 0 {
            return Vec::new();
        }
        let (start, step, _, _) = self.axis.lattice();
        (0..=bins)
            .map(|edge| start + (f64::from(low) + edge as f64 - 0.5) * step)
            .collect()
    }

    fn add_row(&self, cell: usize, low: i32, counts: &mut [u64]) {
        let Some((first, row)) = self.rows[cell].trimmed() else {
            return;
        };
        let from = (first - low) as usize;
        for (sum, more) in counts[from..].iter_mut().zip(row) {
            *sum = sum.saturating_add(*more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AxisSpec, AxisValues, HistogramParameters, Sample};
    use super::*;

    fn counted() -> Histogram {
        let parameters = HistogramParameters {
            score_coords: [
                ("snr".to_owned(), AxisSpec::fixed(-2.0, 2.0, 1.0)),
                ("width".to_owned(), AxisSpec::dynamic(0.0, 0.5)),
            ]
            .into(),
            source_coords: [("mag".to_owned(), AxisSpec::fixed(15.0, 20.0, 1.0))].into(),
            obs_coords: [("filter".to_owned(), AxisSpec::Words { unit: None })].into(),
            max_growth: 100,
        };
        let mut histogram = Histogram::new("all_scores", &parameters, &["snr", "width"]).unwrap();
        for (filter, mag, snr) in [
            ("zr", 16.0, [0.0, 1.0, f64::NAN]),
            ("zg", 17.0, [-2.0, 0.2, 9.0]),
            ("zr", 18.0, [0.4, 0.4, -9.0]),
            ("zi", 99.0, [0.0, 0.0, 0.0]), // no such magnitude
        ] {
            let axes = [
                ("mag", AxisValues::Number(mag)),
                ("filter", AxisValues::Word(filter)),
            ];
            let width = [1.0, 2.5, f64::NAN];
            let scores = [("snr", &snr[..]), ("width", &width[..])];
            let sample = Sample {
                epochs: 3,
                axes: &axes,
                scores: &scores,
                keep: None,
            };
            histogram.add(&sample).unwrap();
        }
        histogram
    }

    #[test]
    fn a_marginal_is_the_sum_over_sources_and_filters() {
        let histogram = counted();
        let snr = histogram.marginal("snr").unwrap();
        assert_eq!(snr.edges, [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]);
        assert_eq!(snr.counts, [1, 0, 4, 1, 0]);
        let totals = histogram.totals("snr").unwrap();
        assert_eq!(snr.counts.iter().sum::<u64>(), totals.counted);
        let width = histogram.marginal("width").unwrap();
        assert_eq!(width.edges, [0.75, 1.25, 1.75, 2.25, 2.75]);
        assert_eq!(width.counts, [3, 0, 0, 3]);
        assert_eq!(histogram.marginal("dmag"), None);
    }

    #[test]
    fn the_marginals_of_the_words_add_up_to_the_marginal() {
        let histogram = counted();
        let by = histogram.marginals_by("snr", "filter").unwrap();
        let expected = [("zg", [1, 0, 1, 0, 0]), ("zr", [0, 0, 3, 1, 0])];
        assert_eq!(
            by,
            expected.map(|(word, counts)| (word.to_owned(), counts.to_vec()))
        );
        assert_eq!(histogram.marginals_by("snr", "mag"), None);
        assert_eq!(histogram.marginals_by("snr", "camera"), None);
    }

    #[test]
    fn a_growing_axis_without_counts_has_no_edges() {
        let parameters = HistogramParameters::default();
        let empty = Histogram::new("all_scores", &parameters, &["width"]).unwrap();
        assert_eq!(empty.marginal("width"), Some(Marginal::default()));
    }
}
