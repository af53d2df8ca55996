//! What a netCDF file of a histogram holds, in plain data: whoever writes files needs to know no more.
//!
//! A coordinate for each axis, an array `<score>_counts` for each score, and three arrays `underflow`, `overflow`,
//! `nan` of score × axis. Growing axes have the bins that hold counts, in order, without those between; xarray takes
//! the nearest with `sel(exptime=30, method="nearest")`.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::{Axis, AxisInput, AxisKind, Bin};
use super::count::{Histogram, Lost};

/// The content of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Name of the histogram.
    pub name: String,
    /// All epochs that were given.
    pub epochs: u64,
    /// Source axes, axes of the epoch, scores.
    pub coordinates: Vec<Coordinate>,
    /// For each score its counts.
    pub counts: Vec<Counts>,
    /// Rows of `underflow`, `overflow` and `nan`, dimension `score_name`.
    pub score_names: Vec<String>,
    /// Their columns, dimension `axis_name`: the common axes, and last the score's own, called `score`.
    pub axis_names: Vec<String>,
    /// Epochs in no bin, score by score and in it axis by axis.
    pub underflow: Vec<u64>,
    /// Above the axes, in the same order.
    pub overflow: Vec<u64>,
    /// Not a number on the axes, in the same order.
    pub nan: Vec<u64>,
}

/// One axis, as a variable over the dimension of its own name.
#[derive(Debug, Clone, PartialEq)]
pub struct Coordinate {
    /// Name of the axis.
    pub name: String,
    /// What its bins stand for.
    pub values: CoordinateValues,
    /// Attributes: `units`, `long_name`, `type` (`fixed` or `dynamic`), `input`, and `step` of numbers.
    pub units: String,
    /// The axis in words.
    pub long_name: String,
    /// How it was written: `fixed`, `dynamic`, `words`.
    pub kind: &'static str,
    /// Where its values come from.
    pub input: AxisInput,
    /// Width of a bin; none for words.
    pub step: Option<f64>,
    /// Attributes `underflow`, `overflow`, `nan`: one number for a score, one for each score on a common axis.
    pub underflow: Vec<u64>,
    /// Above the axis, for each score.
    pub overflow: Vec<u64>,
    /// Not a number on the axis, for each score.
    pub nan: Vec<u64>,
}

/// Centres of bins, or their words. A source without a value is NaN, or the empty word, at the end.
#[derive(Debug, Clone, PartialEq)]
pub enum CoordinateValues {
    /// Centres of bins.
    Numbers(Vec<f64>),
    /// A word for each bin.
    Words(Vec<String>),
}

/// The counts of one score.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    /// `<score>_counts`.
    pub name: String,
    /// Names of the common axes, then of the score.
    pub dimensions: Vec<String>,
    /// Bins along each axis.
    pub shape: Vec<usize>,
    /// Stretches of the array that are not zero, as (index of the first element in row-major order, counts).
    pub stretches: Vec<(usize, Vec<u64>)>,
}

impl CoordinateValues {
    /// How many bins there are.
    pub fn len(&self) -> usize {
        match self {
            CoordinateValues::Numbers(numbers) => numbers.len(),
            CoordinateValues::Words(words) => words.len(),
        }
    }

    /// True if there is no bin.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Counts {
    /// The whole array in row-major order.
    pub fn dense(&self) -> Vec<u64> {
        let mut array = vec![0; self.shape.iter().product()];
        for (first, counts) in &self.stretches {
            array[*first..first + counts.len()].copy_from_slice(counts);
        }
        array
    }
}

impl Histogram {
    /// Coordinates, counts and counters, as a netCDF file has them. Equal histograms have equal descriptions.
    pub fn description(&self) -> Description {
        let places: Vec<BTreeMap<Bin, usize>> =
            (0..self.axes.len()).map(|axis| self.places(axis)).collect();
        let mut coordinates: Vec<Coordinate> = Vec::new();
        for (index, axis) in self.axes.iter().enumerate() {
            let lost: Vec<Lost> = self.scores.iter().map(|score| score.lost[index]).collect();
            coordinates.push(coordinate(axis, places[index].keys(), &lost));
        }
        let mut counts = Vec::new();
        for (index, score) in self.scores.iter().enumerate() {
            let (low, high) = self.extent(index);
            let bins: Vec<Bin> = (low..=high).map(Bin::Number).collect();
            let own = &score.lost[self.axes.len()..];
            coordinates.push(coordinate(&score.axis, bins.iter(), own));
            counts.push(self.counts(index, &places, low, bins.len()));
        }
        let counter = |pick: fn(&Lost) -> u64| {
            let all = self.scores.iter().flat_map(|score| &score.lost);
            all.map(pick).collect()
        };
        let axis_names = self.axes.iter().map(|axis| axis.name.clone());
        Description {
            name: self.name.clone(),
            epochs: self.epochs,
            coordinates,
            counts,
            score_names: self.score_axes().map(|axis| axis.name.clone()).collect(),
            axis_names: axis_names.chain(["score".to_owned()]).collect(),
            underflow: counter(|lost| lost.underflow),
            overflow: counter(|lost| lost.overflow),
            nan: counter(|lost| lost.nan),
        }
    }

    /// The bins of a common axis and their places: all of a fixed axis, those with counts of a growing one.
    fn places(&self, axis: usize) -> BTreeMap<Bin, usize> {
        let used = (0..self.keys.len()).filter(|&cell| {
            let mut rows = self.scores.iter().map(|score| &score.rows[cell]);
            rows.any(|row| row.total() > 0)
        });
        let mut bins: BTreeSet<Bin> = used.map(|cell| self.bin(cell, axis)).collect();
        if let AxisKind::Fixed { bins: number, .. } = self.axes[axis].kind {
            bins.extend((0..number as i32).map(Bin::Number));
        }
        bins.into_iter().zip(0..).collect()
    }

    /// First and last place of a score's axis: all of a fixed one, from the first to the last count of a growing one.
    fn extent(&self, score: usize) -> (i32, i32) {
        let score = &self.scores[score];
        if let AxisKind::Fixed { bins, .. } = score.axis.kind {
            return (0, bins as i32 - 1);
        }
        let rows = score.rows.iter().filter_map(|row| row.trimmed());
        let ends = rows.map(|(first, counts)| (first, first + counts.len() as i32 - 1));
        ends.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
            .unwrap_or((0, 0))
    }

    fn counts(
        &self,
        score: usize,
        places: &[BTreeMap<Bin, usize>],
        low: i32,
        bins: usize,
    ) -> Counts {
        let score = &self.scores[score];
        let names = self.axes.iter().chain([&*score.axis]);
        let sizes = places.iter().map(BTreeMap::len).chain([bins]);
        let mut stretches: Vec<(usize, Vec<u64>)> = Vec::new();
        for (cell, row) in score.rows.iter().enumerate() {
            let Some((first, counts)) = row.trimmed() else {
                continue;
            };
            let cell = (0..self.axes.len()).fold(0, |index, axis| {
                index * places[axis].len() + places[axis][&self.bin(cell, axis)]
            });
            stretches.push((cell * bins + (first - low) as usize, counts.to_vec()));
        }
        stretches.sort_unstable();
        Counts {
            name: format!("{}_counts", score.axis.name),
            dimensions: names.map(|axis| axis.name.clone()).collect(),
            shape: sizes.collect(),
            stretches,
        }
    }
}

fn coordinate<'a>(axis: &Axis, bins: impl Iterator<Item = &'a Bin>, lost: &[Lost]) -> Coordinate {
    let (values, kind, step) = match axis.kind {
        AxisKind::Words => {
            let word = |bin: &Bin| match bin {
                Bin::Word(word) => word.clone(),
                Bin::Number(_) | Bin::NoValue => String::new(),
            };
            let words = bins.map(word).collect();
            (CoordinateValues::Words(words), "dynamic", None)
        }
        AxisKind::Fixed { step, .. } => (centers(axis, bins), "fixed", Some(step)),
        AxisKind::Dynamic { step, .. } => (centers(axis, bins), "dynamic", Some(step)),
    };
    Coordinate {
        name: axis.name.clone(),
        values,
        units: axis.unit.clone(),
        long_name: axis.long_name().to_owned(),
        kind,
        input: axis.input,
        step,
        underflow: lost.iter().map(|lost| lost.underflow).collect(),
        overflow: lost.iter().map(|lost| lost.overflow).collect(),
        nan: lost.iter().map(|lost| lost.nan).collect(),
    }
}

fn centers<'a>(axis: &Axis, bins: impl Iterator<Item = &'a Bin>) -> CoordinateValues {
    CoordinateValues::Numbers(bins.map(|bin| axis.center(bin)).collect())
}
