//! The analysis of one source as one call.

use std::fmt::Debug;

use super::histogram::{Histogram, HistogramError};
use super::{Analysed, Source};
use crate::photometry::Lightcurve;

/// Turns the lightcurves of a source into all that is kept of it. Stateless, so that one object serves all threads.
pub trait Analysis: Debug + Send + Sync {
    /// The histograms that [`Analysis::analyze`] contributes to, empty: what their sums begin with.
    fn histograms(&self) -> Vec<Histogram>;

    /// Analyses one source. `seed` is that of the project: the same source, lightcurves and seed give the same, byte
    /// for byte. A source without a good epoch, or without any lightcurve, gives no detections and is no error.
    ///
    /// # Errors
    /// What makes the lightcurves of this source impossible to analyse; another source may be fine.
    fn analyze(
        &self,
        source: &Source,
        lightcurves: &[Lightcurve],
        seed: u64,
    ) -> Result<Analysed, AnalysisError>;
}

/// Why a source cannot be analysed, or an analysis not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each says what its facts are
pub enum AnalysisError {
    /// A lightcurve that breaks what every lightcurve promises.
    #[error("lightcurve {number} of {observatory} {filter:?}: {message}")]
    #[diagnostic(code(analysis::lightcurve))]
    Lightcurve {
        observatory: String,
        filter: String,
        /// Its place, from 1.
        number: usize,
        message: String,
    },
    /// A finder, checker or simulator whose answer does not fit what it was asked.
    #[error("the {part} {name:?} gave {message}")]
    #[diagnostic(
        code(analysis::answer),
        help(
            "what it gives must have one value for each epoch, and one answer for each lightcurve"
        )
    )]
    Answer {
        part: &'static str,
        name: String,
        message: String,
    },
    #[error(transparent)]
    #[diagnostic(transparent)]
    Histogram(#[from] HistogramError),
    /// What a class of somebody's own has to say.
    #[error("{message}")]
    #[diagnostic(code(analysis::other))]
    Other { message: String },
}
