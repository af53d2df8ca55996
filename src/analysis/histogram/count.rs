//! A histogram, and how epochs are counted into it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::axis::{Axis, AxisInput, AxisKind, Bin, Outside, place_on, places_on};
use super::row::Row;
use super::{HistogramError, HistogramParameters};
use crate::photometry::Text;

/// Counts of epochs by the source's values, the epoch's values and one score, for several scores.
///
/// Cells of the common axes exist only where there are epochs; in a cell the counts of a score are a stretch of its
/// axis. So exposure times of 20 s and 1 800 s cost two cells, and not 1 781 times all other bins.
#[derive(Debug, Clone)]
pub struct Histogram {
    pub(super) name: String,
    /// Source axes, then axes of the epoch. Shared: every source has histograms of its own on the same axes.
    pub(super) axes: Arc<[Axis]>,
    /// The words of each common axis, in the order in which they came.
    pub(super) words: Vec<Vec<String>>,
    /// Codes on each common axis to the place of the cell in `keys` and in the rows of each score.
    pub(super) cells: HashMap<Box<[i32]>, usize>,
    pub(super) keys: Vec<Box<[i32]>>,
    pub(super) scores: Vec<Score>,
    pub(super) epochs: u64,
}

/// The counts of one score.
#[derive(Debug, Clone)]
pub(super) struct Score {
    /// What the values lie on.
    pub axis: Arc<Axis>,
    /// One for each cell.
    pub rows: Vec<Row>,
    /// Epochs in no bin, for each common axis and, last, for the score's own.
    pub lost: Vec<Lost>,
}

/// Epochs that are in no bin, because of one axis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lost {
    /// Below the first bin.
    pub underflow: u64,
    /// Above the last bin.
    pub overflow: u64,
    /// Not a number, or missing.
    pub nan: u64,
}

/// Epochs to count: columns, and what is the same for all of them.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// How many epochs there are.
    pub epochs: usize,
    /// For each source axis and axis of the epoch its values; others are left alone.
    pub axes: &'a [(&'a str, AxisValues<'a>)],
    /// Score columns; others are left alone, and a score without column is NaN at every epoch.
    pub scores: &'a [(&'a str, &'a [f64])],
    /// Only epochs that are true here; none = all.
    pub keep: Option<&'a [bool]>,
}

/// The values of an axis.
#[derive(Debug, Clone)]
pub enum AxisValues<'a> {
    /// It is known that there is none.
    Missing,
    /// The same for all epochs.
    Number(f64),
    /// One word for all epochs.
    Word(&'a str),
    /// One for each epoch.
    Numbers(Cow<'a, [f64]>),
    /// A word for each epoch.
    Words(&'a Text),
}

/// Where the epochs of one score are: `counted + underflow + overflow + nan = epochs`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// All that were given.
    pub epochs: u64,
    /// In a bin.
    pub counted: u64,
    /// Below an axis.
    pub underflow: u64,
    /// Above an axis.
    pub overflow: u64,
    /// Without a number on an axis.
    pub nan: u64,
}

/// The code of "this source has no value" in the key of a cell; no lattice reaches so far.
pub(super) const NO_VALUE: i32 = i32::MAX;

/// Epochs whose places are found before they are counted: a row is lengthened once for them, not for each.
const TOGETHER: usize = 256;

/// Neighbouring epochs in one cell, or in none because of the axis at this place.
struct Run {
    epochs: Range<usize>,
    cell: Result<usize, (usize, Outside)>,
}

impl Histogram {
    /// An empty histogram of these scores, with axes as the parameters say.
    ///
    /// # Errors
    /// A score without an axis, and an axis that has no bins.
    pub fn new(
        name: &str,
        parameters: &HistogramParameters,
        scores: &[&str],
    ) -> Result<Histogram, HistogramError> {
        let reach = parameters.max_growth;
        let mut axes = Vec::new();
        for (name, spec) in &parameters.source_coords {
            axes.push(Axis::new(name, spec, AxisInput::Source, reach)?);
        }
        for (name, spec) in &parameters.obs_coords {
            axes.push(Axis::new(name, spec, AxisInput::Obs, reach)?);
        }
        let mut own = Vec::new();
        for &score in scores {
            let unknown = || HistogramError::UnknownScore {
                score: score.to_owned(),
            };
            let spec = parameters.score_coords.get(score).ok_or_else(unknown)?;
            own.push(Axis::new(score, spec, AxisInput::Score, reach)?);
        }
        let own = own.into_iter().map(Arc::new).collect();
        Ok(Histogram::empty(name.to_owned(), axes.into(), own))
    }

    pub(super) fn empty(name: String, axes: Arc<[Axis]>, scores: Vec<Arc<Axis>>) -> Histogram {
        let lost = vec![Lost::default(); axes.len() + 1];
        let score = |axis| Score {
            axis,
            rows: Vec::new(),
            lost: lost.clone(),
        };
        Histogram {
            name,
            words: vec![Vec::new(); axes.len()],
            axes,
            cells: HashMap::new(),
            keys: Vec::new(),
            scores: scores.into_iter().map(score).collect(),
            epochs: 0,
        }
    }

    /// Its name: `all_scores`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The axes of the source and of the epoch, in the order of the counts' dimensions.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// The axes of the scores.
    pub fn score_axes(&self) -> impl Iterator<Item = &Axis> {
        self.scores.iter().map(|score| &*score.axis)
    }

    /// All epochs that were given, whether they are in a bin or not.
    pub fn epochs(&self) -> u64 {
        self.epochs
    }

    /// Where the epochs of a score are; none if the histogram does not count that score.
    pub fn totals(&self, score: &str) -> Option<Totals> {
        let score = self.scores.iter().find(|other| other.axis.name == score)?;
        let mut totals = Totals {
            epochs: self.epochs,
            counted: score.rows.iter().map(Row::total).sum(),
            ..Totals::default()
        };
        for lost in &score.lost {
            totals.underflow += lost.underflow;
            totals.overflow += lost.overflow;
            totals.nan += lost.nan;
        }
        Some(totals)
    }

    /// Epochs of a score that are in no bin because of this axis, for this reason.
    pub fn lost(&self, score: &str, axis: &str, reason: Outside) -> Option<u64> {
        let score = self.scores.iter().find(|other| other.axis.name == score)?;
        let names = self.axes.iter().chain([&*score.axis]);
        let place = names.into_iter().position(|other| other.name == axis)?;
        let lost = score.lost[place];
        Some(match reason {
            Outside::Underflow => lost.underflow,
            Outside::Overflow => lost.overflow,
            Outside::Nan => lost.nan,
        })
    }

    /// Bytes that the counts take in memory, about.
    pub fn bytes(&self) -> usize {
        let key = self.axes.len() * size_of::<i32>() * 2 + size_of::<usize>() * 4;
        let rows = self.scores.iter().flat_map(|score| &score.rows);
        let rows: usize = rows.map(|row| row.bytes() + size_of::<Row>()).sum();
        self.keys.len() * key + rows
    }

    /// Counts epochs, for each score once: in its bin, or else in one counter of the first axis that has no bin for
    /// it (source axes, axes of the epoch, the score).
    ///
    /// A missing or NaN value of a source axis has a bin of its own; of another axis it is counted as NaN.
    ///
    /// # Errors
    /// An axis without values, columns of different length, text for numbers. Then nothing is counted.
    pub fn add(&mut self, sample: &Sample<'_>) -> Result<(), HistogramError> {
        let values = self.values(sample)?;
        let runs = self.runs(sample.epochs, &values);
        for score in &mut self.scores {
            score.rows.resize_with(self.keys.len(), Row::default);
            let column = sample
                .scores
                .iter()
                .find(|(name, _)| *name == score.axis.name);
            for run in &runs {
                score.add_run(run, column.map(|(_, values)| *values), sample.keep);
            }
        }
        self.epochs += kept(0..sample.epochs, sample.keep);
        Ok(())
    }

    /// The values of each common axis, all fit to be counted.
    fn values<'a>(&self, sample: &Sample<'a>) -> Result<Vec<&'a AxisValues<'a>>, HistogramError> {
        let length = |column: &str, length: usize| match length == sample.epochs {
            true => Ok(()),
            false => Err(HistogramError::Length {
                column: column.to_owned(),
                length,
                epochs: sample.epochs,
            }),
        };
        for (name, column) in sample.scores {
            length(name, column.len())?;
        }
        length("keep", sample.keep.map_or(sample.epochs, <[bool]>::len))?;
        let mut values = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter() {
            let found = sample.axes.iter().find(|(name, _)| *name == axis.name);
            let (_, found) = found.ok_or_else(|| HistogramError::MissingAxis {
                axis: axis.name.clone(),
            })?;
            match found {
                AxisValues::Numbers(column) => length(&axis.name, column.len())?,
                AxisValues::Words(column) => length(&axis.name, column.len())?,
                _ => {}
            }
            found.fits(axis)?;
            values.push(found);
        }
        Ok(values)
    }

    /// Neighbouring epochs of one cell together; the cells are made where they do not exist.
    fn runs(&mut self, epochs: usize, values: &[&AxisValues<'_>]) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        if epochs == 0 {
            return runs;
        }
        let mut codes: Vec<Result<i32, Outside>> = (0..values.len())
            .map(|axis| self.code(axis, values[axis], 0))
            .collect();
        let varying: Vec<usize> = (0..values.len())
            .filter(|&axis| values[axis].varies())
            .collect();
        let mut begin = 0;
        for epoch in 1..epochs {
            let mut changed = false;
            for &axis in &varying {
                if values[axis].differs(epoch - 1, epoch) {
                    let code = self.code(axis, values[axis], epoch);
                    if code != codes[axis] {
                        if !changed {
                            changed = true;
                            let cell = self.cell(&codes);
                            let epochs = begin..epoch;
                            runs.push(Run { epochs, cell });
                            begin = epoch;
                        }
                        codes[axis] = code;
                    }
                }
            }
        }
        let cell = self.cell(&codes);
        let epochs = begin..epochs;
        runs.push(Run { epochs, cell });
        runs
    }

    fn code(&mut self, axis: usize, values: &AxisValues<'_>, epoch: usize) -> Result<i32, Outside> {
        let code = match values {
            AxisValues::Missing => Err(Outside::Nan),
            AxisValues::Number(value) => self.axes[axis].place(*value),
            AxisValues::Numbers(column) => self.axes[axis].place(column[epoch]),
            AxisValues::Word(word) => Ok(self.word(axis, word)),
            AxisValues::Words(column) => Ok(self.word(axis, column.get(epoch))),
        };
        match code {
            Err(Outside::Nan) if self.axes[axis].input == AxisInput::Source => Ok(NO_VALUE),
            code => code,
        }
    }

    /// The code of a word. Filters are few: looking through them is faster than hashing.
    pub(super) fn word(&mut self, axis: usize, word: &str) -> i32 {
        let words = &mut self.words[axis];
        let place = words.iter().position(|known| known == word);
        let place = place.unwrap_or_else(|| {
            words.push(word.to_owned());
            words.len() - 1
        });
        i32::try_from(place).expect("fewer than 2^31 different words fit into memory")
    }

    fn cell(&mut self, codes: &[Result<i32, Outside>]) -> Result<usize, (usize, Outside)> {
        let mut key = Vec::with_capacity(codes.len());
        for (axis, code) in codes.iter().enumerate() {
            key.push(code.map_err(|outside| (axis, outside))?);
        }
        Ok(self.cell_of(key.into_boxed_slice()))
    }

    pub(super) fn cell_of(&mut self, key: Box<[i32]>) -> usize {
        if let Some(&cell) = self.cells.get(&key) {
            return cell;
        }
        let cell = self.keys.len();
        self.keys.push(key.clone());
        self.cells.insert(key, cell);
        cell
    }

    /// The bin of a cell on a common axis.
    pub(super) fn bin(&self, cell: usize, axis: usize) -> Bin {
        let code = self.keys[cell][axis];
        match self.axes[axis].kind {
            _ if code == NO_VALUE => Bin::NoValue,
            AxisKind::Words => Bin::Word(self.words[axis][code as usize].clone()),
            AxisKind::Fixed { .. } | AxisKind::Dynamic { .. } => Bin::Number(code),
        }
    }
}

impl Score {
    fn add_run(&mut self, run: &Run, column: Option<&[f64]>, keep: Option<&[bool]>) {
        let own = self.lost.len() - 1;
        let (cell, column) = match (run.cell, column) {
            (Err((axis, outside)), _) => {
                self.lost[axis].count(outside, kept(run.epochs.clone(), keep));
                return;
            }
            (Ok(_), None) => {
                self.lost[own].nan += kept(run.epochs.clone(), keep);
                return;
            }
            (Ok(cell), Some(column)) => (cell, &column[run.epochs.clone()]),
        };
        let row = &mut self.rows[cell];
        let lost = &mut self.lost[own];
        let lattice = self.axis.lattice();
        let keep = keep.map(|keep| &keep[run.epochs.clone()]);
        let mut places = [0; TOGETHER];
        for (piece, values) in column.chunks(TOGETHER).enumerate() {
            let keep = keep.map(|keep| &keep[piece * TOGETHER..][..values.len()]);
            let places = &mut places[..values.len()];
            let mut number = values.len();
            if places_on(lattice, values, places) {
                if let Some(keep) = keep {
                    number = pick(places, keep);
                }
            } else {
                number = 0;
                for (epoch, &value) in values.iter().enumerate() {
                    if keep.is_some_and(|keep| !keep[epoch]) {
                        continue;
                    }
                    match place_on(lattice, value) {
                        Ok(place) => {
                            places[number] = place;
                            number += 1;
                        }
                        Err(outside) => lost.count(outside, 1),
                    }
                }
            }
            row.count_all(&places[..number]);
        }
    }
}

/// Moves the places that are kept to the front, in their order; how many they are.
fn pick(places: &mut [i32], keep: &[bool]) -> usize {
    let mut number = 0;
    for (epoch, &keep) in keep.iter().enumerate() {
        places[number] = places[epoch];
        number += usize::from(keep);
    }
    number
}

impl Lost {
    fn count(&mut self, outside: Outside, epochs: u64) {
        match outside {
            Outside::Underflow => self.underflow += epochs,
            Outside::Overflow => self.overflow += epochs,
            Outside::Nan => self.nan += epochs,
        }
    }

    /// Sum of all counters.
    pub fn total(self) -> u64 {
        self.underflow
            .saturating_add(self.overflow)
            .saturating_add(self.nan)
    }
}

impl AxisValues<'_> {
    fn varies(&self) -> bool {
        match self {
            AxisValues::Numbers(column) => {
                column.iter().any(|v| v.to_bits() != column[0].to_bits())
            }
            AxisValues::Words(_) => true,
            _ => false,
        }
    }

    fn differs(&self, one: usize, other: usize) -> bool {
        match self {
            AxisValues::Numbers(column) => column[one].to_bits() != column[other].to_bits(),
            AxisValues::Words(column) => column.codes()[one] != column.codes()[other],
            _ => false,
        }
    }

    fn fits(&self, axis: &Axis) -> Result<(), HistogramError> {
        let (fits, expected) = match (axis.kind, self) {
            (_, AxisValues::Missing) => (true, ""),
            (AxisKind::Words, values) => (
                matches!(values, AxisValues::Word(_) | AxisValues::Words(_)),
                "words",
            ),
            (_, values) => (
                matches!(values, AxisValues::Number(_) | AxisValues::Numbers(_)),
                "numbers",
            ),
        };
        match fits {
            true => Ok(()),
            false => Err(HistogramError::Kind {
                axis: axis.name.clone(),
                expected,
            }),
        }
    }
}

/// How many of these epochs are to be counted.
fn kept(epochs: Range<usize>, keep: Option<&[bool]>) -> u64 {
    match keep {
        None => epochs.len() as u64,
        Some(keep) => keep[epochs].iter().filter(|keep| **keep).count() as u64,
    }
}
