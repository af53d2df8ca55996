//! Addition, the same whatever the order and the grouping, and its reverse.

use std::ops::Add;
use std::sync::Arc;

use super::axis::AxisKind;
use super::count::{Histogram, NO_VALUE};
use super::row::Row;
use super::{AxisInput, HistogramError};

impl Histogram {
    /// Adds the counts of another histogram of the same name, scores and axes. Cells and words that only one of them
    /// has are kept; counts that would not fit into 64 bits stay at the largest number.
    ///
    /// # Errors
    /// If they do not count the same; then this one is as it was.
    pub fn merge(&mut self, other: &Histogram) -> Result<(), HistogramError> {
        self.same_axes(other)?;
        let cells = other.keys.iter().map(|key| {
            let codes = key.iter().enumerate();
            let codes = codes.map(|(axis, &code)| self.code_of(other, axis, code));
            let key: Box<[i32]> = codes.collect();
            self.cell_of(key)
        });
        let cells: Vec<usize> = cells.collect();
        for (score, more) in self.scores.iter_mut().zip(&other.scores) {
            score.rows.resize_with(self.keys.len(), Row::default);
            for (&cell, row) in cells.iter().zip(&more.rows) {
                score.rows[cell].add(row);
            }
            for (lost, more) in score.lost.iter_mut().zip(&more.lost) {
                lost.underflow = lost.underflow.saturating_add(more.underflow);
                lost.overflow = lost.overflow.saturating_add(more.overflow);
                lost.nan = lost.nan.saturating_add(more.nan);
            }
        }
        self.epochs = self.epochs.saturating_add(other.epochs);
        Ok(())
    }

    /// Takes the counts of another histogram, which were added before, out of this one.
    ///
    /// # Errors
    /// If they do not count the same, or it does not hold them; then this one is as it was.
    pub fn withdraw(&mut self, other: &Histogram) -> Result<(), HistogramError> {
        self.same_axes(other)?;
        let mut left = self.clone();
        match left.take(other) {
            Some(()) => *self = left,
            None => {
                let name = self.name.clone();
                return Err(HistogramError::NotInIt { name });
            }
        }
        Ok(())
    }

    fn take(&mut self, other: &Histogram) -> Option<()> {
        for (cell, key) in other.keys.iter().enumerate() {
            let codes = key.iter().enumerate();
            let codes = codes.map(|(axis, &code)| self.code_of(other, axis, code));
            let key: Box<[i32]> = codes.collect();
            let place = self.cell_of(key);
            for (score, taken) in self.scores.iter_mut().zip(&other.scores) {
                score.rows.resize_with(self.keys.len(), Row::default);
                score.rows[place].take(taken.rows.get(cell)?)?;
            }
        }
        for (score, taken) in self.scores.iter_mut().zip(&other.scores) {
            for (lost, less) in score.lost.iter_mut().zip(&taken.lost) {
                lost.underflow = lost.underflow.checked_sub(less.underflow)?;
                lost.overflow = lost.overflow.checked_sub(less.overflow)?;
                lost.nan = lost.nan.checked_sub(less.nan)?;
            }
        }
        self.epochs = self.epochs.checked_sub(other.epochs)?;
        Some(())
    }

    /// The code that this histogram has for what the other calls `code`.
    fn code_of(&mut self, other: &Histogram, axis: usize, code: i32) -> i32 {
        match self.axes[axis].kind {
            AxisKind::Words if code != NO_VALUE => {
                self.word(axis, &other.words[axis][code as usize])
            }
            _ => code,
        }
    }

    /// Whether the other counts the same: then they can be added.
    pub fn is_like(&self, other: &Histogram) -> bool {
        self.name == other.name
            && (Arc::ptr_eq(&self.axes, &other.axes) || self.axes == other.axes)
            && self.scores.len() == other.scores.len()
            && (self.scores.iter().zip(&other.scores))
                .all(|(one, two)| Arc::ptr_eq(&one.axis, &two.axis) || one.axis == two.axis)
    }

    fn same_axes(&self, other: &Histogram) -> Result<(), HistogramError> {
        if self.is_like(other) {
            return Ok(());
        }
        let different = |message: String| {
            Err(HistogramError::Different {
                left: self.name.clone(),
                right: other.name.clone(),
                message,
            })
        };
        if self.name != other.name {
            return different("they have different names".to_owned());
        }
        let ours: Vec<_> = self.axes.iter().chain(self.score_axes()).collect();
        let theirs: Vec<_> = other.axes.iter().chain(other.score_axes()).collect();
        if ours.len() != theirs.len() {
            return different(format!("{} axes, and {}", ours.len(), theirs.len()));
        }
        for (one, two) in ours.into_iter().zip(theirs) {
            if one != two {
                let score = if one.input == AxisInput::Score {
                    "score "
                } else {
                    ""
                };
                return different(format!("{score}axis {:?} is not {:?}", one, two));
            }
        }
        Ok(())
    }
}

/// The sum of two histograms; see [`Histogram::merge`].
impl Add for Histogram {
    type Output = Result<Histogram, HistogramError>;

    fn add(mut self, other: Histogram) -> Self::Output {
        self.merge(&other)?;
        Ok(self)
    }
}

/// The sum of two histograms; see [`Histogram::merge`].
impl Add for &Histogram {
    type Output = Result<Histogram, HistogramError>;

    fn add(self, other: &Histogram) -> Self::Output {
        let mut sum = self.clone();
        sum.merge(other)?;
        Ok(sum)
    }
}
