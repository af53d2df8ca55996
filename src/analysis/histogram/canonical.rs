//! The stored form: the same text for the same counts, whatever the order in which they came.
//!
//! Cells are sorted by their bins, words by their letters; cells without counts are left out, and zeros at both ends
//! of a row.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::HistogramError;
use super::axis::{Axis, AxisInput, AxisKind, Bin, MOST_BINS};
use super::count::{Histogram, Lost, NO_VALUE};
use super::row::Row;

/// What is written. A change of it is a new number.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    version: u32,
    name: String,
    pub(super) epochs: u64,
    pub(super) axes: Vec<Axis>,
    pub(super) scores: Vec<StoredScore>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredScore {
    axis: Axis,
    pub(super) lost: Vec<Lost>,
    pub(super) cells: Vec<StoredCell>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredCell {
    /// The bin on each common axis.
    pub(super) at: Vec<Bin>,
    /// Place of the first count on the axis of the score.
    pub(super) first: i32,
    pub(super) counts: Vec<u64>,
}

impl Histogram {
    /// The stored form as JSON text: equal for equal histograms, byte for byte.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.stored()).expect("names, numbers and lists can be written")
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// Text that is not such a form, or contradicts itself: a bin that is not on its axis, counts that do not add up
    /// to the epochs.
    pub fn from_json(text: &str) -> Result<Histogram, HistogramError> {
        let stored: Stored = serde_json::from_str(text).map_err(unreadable)?;
        Histogram::restore(stored)
    }

    pub(super) fn stored(&self) -> Stored {
        let scores = self.scores.iter().map(|score| {
            let cells: BTreeMap<Vec<Bin>, &Row> = score
                .rows
                .iter()
                .enumerate()
                .map(|(cell, row)| (self.bins(cell), row))
                .collect();
            let cells = cells.into_iter().filter_map(|(at, row)| {
                let (first, counts) = row.trimmed()?;
                let counts = counts.to_vec();
                Some(StoredCell { at, first, counts })
            });
            StoredScore {
                axis: Axis::clone(&score.axis),
                lost: score.lost.clone(),
                cells: cells.collect(),
            }
        });
        Stored {
            version: VERSION,
            name: self.name.clone(),
            epochs: self.epochs,
            axes: self.axes.to_vec(),
            scores: scores.collect(),
        }
    }

    /// The bins of a cell on all common axes.
    pub(super) fn bins(&self, cell: usize) -> Vec<Bin> {
        (0..self.axes.len())
            .map(|axis| self.bin(cell, axis))
            .collect()
    }

    pub(super) fn restore(stored: Stored) -> Result<Histogram, HistogramError> {
        if stored.version != VERSION {
            return Err(unreadable(format!("version {}", stored.version)));
        }
        let own = (stored.scores.iter()).map(|score| Arc::new(score.axis.clone()));
        let mut histogram = Histogram::empty(stored.name, stored.axes.into(), own.collect());
        histogram.check_axes()?;
        histogram.epochs = stored.epochs;
        for (index, score) in stored.scores.into_iter().enumerate() {
            if score.lost.len() != histogram.axes.len() + 1 {
                return Err(unreadable("one counter for each axis is needed"));
            }
            histogram.scores[index].lost = score.lost;
            for cell in score.cells {
                histogram.restore_cell(index, cell)?;
            }
        }
        for index in 0..histogram.scores.len() {
            let cells = histogram.keys.len();
            let score = &mut histogram.scores[index];
            score.rows.resize_with(cells, Row::default);
            let counts = score.rows.iter().map(Row::total);
            let lost = score.lost.iter().map(|lost| lost.total());
            let total = counts.chain(lost).fold(0, u64::saturating_add);
            if total != histogram.epochs {
                let name = &score.axis.name;
                let epochs = histogram.epochs;
                let message = format!("{total} epochs of score {name:?}, and {epochs} in all");
                return Err(unreadable(message));
            }
        }
        Ok(histogram)
    }

    fn check_axes(&self) -> Result<(), HistogramError> {
        let own = self.score_axes().map(|axis| (true, axis));
        for (score, axis) in self.axes.iter().map(|axis| (false, axis)).chain(own) {
            let lattice = match axis.kind {
                AxisKind::Fixed { start, step, bins } => {
                    bins > 0
                        && f64::from(bins) <= MOST_BINS + 1.0
                        && start.is_finite()
                        && step > 0.0
                }
                AxisKind::Dynamic { start, step, reach } => {
                    f64::from(reach) <= MOST_BINS && start.is_finite() && step > 0.0
                }
                AxisKind::Words => !score,
            };
            if !lattice || score != (axis.input == AxisInput::Score) {
                return Err(unreadable(format!("axis {:?} is none", axis.name)));
            }
        }
        Ok(())
    }

    fn restore_cell(&mut self, score: usize, cell: StoredCell) -> Result<(), HistogramError> {
        let fits = cell.at.len() == self.axes.len()
            && cell
                .at
                .iter()
                .zip(self.axes.iter())
                .all(|(bin, axis)| axis.holds(bin));
        let own = &self.scores[score].axis;
        let last = i64::from(cell.first) + cell.counts.len() as i64 - 1;
        let last = i32::try_from(last).unwrap_or(i32::MAX);
        let inside = own.holds(&Bin::Number(cell.first)) && own.holds(&Bin::Number(last));
        if !fits || !inside || cell.counts.is_empty() {
            return Err(unreadable(format!("there is no bin {:?}", cell.at)));
        }
        let codes = cell.at.iter().enumerate().map(|(axis, bin)| match bin {
            Bin::Number(place) => *place,
            Bin::Word(word) => self.word(axis, word),
            Bin::NoValue => NO_VALUE,
        });
        let key: Box<[i32]> = codes.collect();
        let place = self.cell_of(key);
        let rows = &mut self.scores[score].rows;
        if rows.len() <= place {
            rows.resize_with(place + 1, Row::default);
        }
        rows[place].add(&Row::new(cell.first, cell.counts));
        Ok(())
    }
}

/// Equal counts on equal axes, however they came about.
impl PartialEq for Histogram {
    fn eq(&self, other: &Histogram) -> bool {
        self.to_json() == other.to_json()
    }
}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.stored().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Histogram, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        Histogram::restore(stored).map_err(serde::de::Error::custom)
    }
}

pub(super) fn unreadable(message: impl ToString) -> HistogramError {
    HistogramError::Unreadable {
        message: message.to_string(),
    }
}
