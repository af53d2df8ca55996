//! An analysis of one's own for Retriever: does a star change its colour while it varies?
//!
//! Epochs in a blue and a red filter within `pair_time` of each other are a pair, and its difference of magnitudes a
//! colour ([`pairs`]). What Retriever does with a source is done as always, by the standard analysis; beside it this one
//! gives
//!
//! - properties of the source, under `colours` in `extra`: number of pairs, mean, scatter, χ² around the mean, how likely
//!   noise has as much, and a verdict ([`Summary`]);
//! - a column `colour` in processed lightcurves of the blue filter;
//! - a histogram `colours` of all pairs, in a file of its own beside the others.

pub mod pairs;
mod parameters;

use retriever::analysis::histogram::{AxisSpec, Histogram, HistogramParameters};
use retriever::analysis::{
    Analysed, Analysis, AnalysisError, AnalysisParts, Checked, Quality, QualityChecker, Registry,
    Source, StandardAnalysis,
};
use retriever::photometry::{Column, Lightcurve, Values};
use serde_json::json;
use std::sync::Arc;

use pairs::{Pair, Summary};
pub use parameters::ColoursParameters;

/// The classes that come with Retriever, and this analysis.
pub fn classes() -> Registry {
    let mut registry = Registry::standard();
    registry.add_analysis("colours", Colours::new);
    registry
}

/// The standard analysis, and colours.
#[derive(Debug)]
pub struct Colours {
    parameters: ColoursParameters,
    standard: StandardAnalysis,
    checker: Arc<dyn QualityChecker>,
    /// Of all pairs; empty.
    histogram: Histogram,
}

impl Colours {
    /// From what a project says: its own parameters, and the finder, checker and simulator of the other sections.
    ///
    /// # Errors
    /// Axes of histograms that have no bins.
    pub fn new(
        parameters: ColoursParameters,
        parts: AnalysisParts,
    ) -> Result<Colours, AnalysisError> {
        let axis = AxisSpec::fixed(-2.0, 4.0, 0.05);
        let axes = HistogramParameters::with_score(parts.histograms.clone(), "colour", axis);
        Ok(Colours {
            parameters,
            histogram: Histogram::new("colours", &axes, &["colour"])?,
            checker: Arc::clone(&parts.checker),
            standard: StandardAnalysis::new(parts)?,
        })
    }
}

impl Analysis for Colours {
    fn histograms(&self) -> Vec<Histogram> {
        let mut histograms = self.standard.histograms();
        histograms.push(self.histogram.clone());
        histograms
    }

    fn analyze(
        &self,
        source: &Source,
        lightcurves: &[Lightcurve],
        seed: u64,
    ) -> Result<Analysed, AnalysisError> {
        let mut analysed = self.standard.analyze(source, lightcurves, seed)?;
        let quality: Vec<Quality> = lightcurves
            .iter()
            .map(|lightcurve| self.checker.check(lightcurve))
            .collect();
        let both = lightcurves.iter().zip(&quality);
        let checked: Vec<Checked<'_>> = both
            .map(|(lightcurve, quality)| Checked {
                lightcurve,
                quality,
            })
            .collect();
        let pairs = pairs::of(&checked, &self.parameters);
        let summary = Summary::of(&pairs, &self.parameters);
        analysed
            .properties
            .extra
            .insert("colours".to_owned(), json!(summary));
        let mut histogram = self.histogram.clone();
        for (place, lightcurve) in lightcurves.iter().enumerate() {
            if lightcurve.filter != self.parameters.blue_filter {
                continue;
            }
            let column = column(place, lightcurve, &pairs);
            let paired: Vec<bool> =
                pairs
                    .iter()
                    .fold(vec![false; lightcurve.epochs.len()], |mut paired, pair| {
                        if pair.blue.0 == place {
                            paired[pair.blue.1] = true;
                        }
                        paired
                    });
            histogram.add_lightcurve(
                &source.facts,
                lightcurve,
                std::slice::from_ref(&column),
                Some(&paired),
            )?;
            // there are none if they are not to be kept
            if let Some(processed) = analysed.processed.get_mut(place) {
                processed.epochs.extra.push(column);
            }
        }
        analysed.histograms.push(histogram);
        Ok(analysed)
    }
}

/// The colour at each epoch of a lightcurve of the blue filter; NaN where there is no red one.
fn column(place: usize, lightcurve: &Lightcurve, pairs: &[Pair]) -> Column {
    let mut values = vec![f64::NAN; lightcurve.epochs.len()];
    for pair in pairs.iter().filter(|pair| pair.blue.0 == place) {
        values[pair.blue.1] = pair.colour;
    }
    Column::new(
        "colour",
        "mag",
        "blue minus red magnitude; NaN without a red epoch nearby",
        Values::Float64(values),
    )
}
