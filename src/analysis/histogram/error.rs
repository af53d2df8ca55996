//! What can be wrong with a histogram or with what is put into it.

use miette::Diagnostic;
use thiserror::Error;

/// Why a histogram cannot be made, filled, added or read.
#[derive(Debug, Clone, PartialEq, Error, Diagnostic)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each says what its facts are
pub enum HistogramError {
    /// A score that the parameters give no axis.
    #[error("score {score:?} has no axis")]
    #[diagnostic(
        code(analysis::histogram::unknown_score),
        help("give it one under `histograms: score_coords:`, as [start, stop, step]")
    )]
    UnknownScore { score: String },
    /// An axis specification that gives no bins.
    #[error("axis {axis:?}: {message}")]
    #[diagnostic(code(analysis::histogram::axis))]
    Axis { axis: String, message: String },
    /// Data without a value, or the word that there is none, for an axis.
    #[error("could not find data for axis {axis:?}")]
    #[diagnostic(
        code(analysis::histogram::missing_axis),
        help("give a value for each axis, `AxisValues::Missing` where there is none")
    )]
    MissingAxis { axis: String },
    /// Columns of different length.
    #[error("{column:?} has {length} values for {epochs} epochs")]
    #[diagnostic(code(analysis::histogram::length))]
    Length {
        column: String,
        length: usize,
        epochs: usize,
    },
    /// Text on an axis of numbers, or the other way round.
    #[error("axis {axis:?} counts {expected}")]
    #[diagnostic(code(analysis::histogram::kind))]
    Kind {
        axis: String,
        expected: &'static str,
    },
    /// Two histograms that do not count the same.
    #[error("histograms {left:?} and {right:?} cannot be added: {message}")]
    #[diagnostic(
        code(analysis::histogram::different),
        help("only histograms of the same name, scores and axes can be added")
    )]
    Different {
        left: String,
        right: String,
        message: String,
    },
    /// What is to be taken out of a sum was never in it.
    #[error("histogram {name:?} does not hold what is to be taken out of it")]
    #[diagnostic(code(analysis::histogram::not_in_it))]
    NotInIt { name: String },
    /// A stored partial sum that is not one.
    #[error("this is not the stored form of a histogram: {message}")]
    #[diagnostic(code(analysis::histogram::unreadable))]
    Unreadable { message: String },
}
