//! Whether the axes that a project gives its histograms are of anything that is counted.

use super::histogram::HistogramParameters;
use super::{AnalysisParts, histogram};
use crate::parameters::{Node, ParameterError};

/// What a project knows of its sources and epochs, by name: the axes that histograms can have beside scores.
///
/// None = it is not known, and any name may be right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AxisNames {
    /// What is known of a source.
    pub source: Option<Vec<String>>,
    /// What is known of an epoch beside the columns of every lightcurve: further columns, entries of `altdata`.
    pub epoch: Option<Vec<String>>,
}

impl AxisNames {
    /// The mistakes in the names of the axes of the section `histograms`.
    ///
    /// An axis of a score must be one of a score of the finder, of a cut of the checker, of a score in one of `counted`,
    /// or one that the defaults have: so the same section serves several finders.
    pub(super) fn unknown(
        &self,
        section: &Node,
        parts: &AnalysisParts,
        counted: &[histogram::Histogram],
    ) -> Vec<ParameterError> {
        let mut scores: Vec<String> = (HistogramParameters::default().score_coords)
            .into_keys()
            .collect();
        scores.extend(parts.finder.score_names());
        scores.extend(parts.checker.cuts().into_iter().map(|cut| cut.name));
        let axes = counted.iter().flat_map(|histogram| histogram.score_axes());
        scores.extend(axes.map(|axis| axis.name.clone()));
        let epoch = self.epoch.as_ref().map(|further| {
            let own = histogram::EPOCH_NAMES.iter().map(|name| (*name).to_owned());
            own.chain(further.iter().cloned()).collect()
        });
        [
            ("score_coords", Some(scores)),
            ("source_coords", self.source.clone()),
            ("obs_coords", epoch),
        ]
        .into_iter()
        .filter_map(|(place, known)| Some((place, section.get(place)?, known?)))
        .flat_map(|(place, axes, mut known)| {
            known.sort_unstable();
            known.dedup();
            match axes.refuse_unknown("axis", &format!("histograms.{place}"), &known) {
                Ok(()) => Vec::new(),
                Err(unknown) => unknown.into_vec(),
            }
        })
        .collect()
    }
}
