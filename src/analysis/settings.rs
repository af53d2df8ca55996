//! What a project says of its analysis, read and checked.

use serde_json::{Map, Value};

use super::AnalysisParameters;
use super::classes::Chosen;
use super::histogram::HistogramParameters;
use crate::parameters::{Node, Shown, canonical, sha256_hex, show};

/// The sections that an analysis is read from.
pub(super) const SECTIONS: [&str; 5] = ["analysis", "finder", "quality", "simulator", "histograms"];

/// Version of the rules of the standard classes. It changes when the same lightcurves and parameters give other results
/// than before, so that old products are noticed.
const ANALYSIS_VERSION: u32 = 5;

/// The parameters of the analysis of a project, read and checked.
#[derive(Debug, Clone)]
pub struct AnalysisSettings {
    /// By section, all parameters that can change results, with their final values.
    pub canonical: Map<String, Value>,
    /// For each section its parameters with their final values and where each comes from.
    pub rows: Vec<(String, Vec<Shown>)>,
    pub(super) read: Sections,
}

/// The sections as they were read.
#[derive(Debug, Clone)]
pub(super) struct Sections {
    pub parameters: AnalysisParameters,
    pub analysis: Chosen,
    pub finder: Chosen,
    pub quality: Chosen,
    pub simulator: Chosen,
    pub histograms: HistogramParameters,
}

impl AnalysisSettings {
    /// Sums up sections that were read from `whole` (what of `analysis` belongs to all classes), `histograms` and others.
    pub(super) fn of(read: Sections, whole: &Node, histograms: &Node) -> AnalysisSettings {
        let mut shared = read.analysis.canonical.clone();
        if let (Value::Object(shared), Value::Object(common)) =
            (&mut shared, canonical(&read.parameters))
        {
            shared.extend(common);
        }
        let mut rows = read.analysis.rows.clone();
        let own = rows.split_off(1); // the class stands first
        rows.extend(show(&read.parameters, whole));
        rows.extend(own);
        let chosen = |chosen: &Chosen| (chosen.canonical.clone(), chosen.rows.clone());
        let sections = [
            (shared, rows),
            chosen(&read.finder),
            chosen(&read.quality),
            chosen(&read.simulator),
            (
                canonical(&read.histograms),
                show(&read.histograms, histograms),
            ),
        ];
        let mut settings = AnalysisSettings {
            canonical: Map::new(),
            rows: Vec::new(),
            read,
        };
        for (name, (canonical, rows)) in SECTIONS.into_iter().zip(sections) {
            settings.canonical.insert(name.to_owned(), canonical);
            settings.rows.push((name.to_owned(), rows));
        }
        settings
    }

    /// What belongs to all analyses.
    pub fn parameters(&self) -> &AnalysisParameters {
        &self.read.parameters
    }

    /// What a source is analysed with, in one word for its row: SHA-256 of the parameters that can change results, of
    /// the project's seed and of the version of the rules, and which lightcurves are kept.
    pub fn fingerprint(&self, seed: u64) -> String {
        let kept = [
            ("+processed", self.parameters().save_processed),
            ("+simulated", self.parameters().save_simulated),
        ];
        let kept = kept.iter().filter(|(_, kept)| *kept).map(|(word, _)| *word);
        kept.fold(self.rules(seed), |text, word| text + word)
    }

    /// True if a source with this fingerprint has what these settings give: the same results, and all lightcurves that
    /// are to be kept. It may have more.
    pub fn is_served_by(&self, fingerprint: &str, seed: u64) -> bool {
        let mut words = fingerprint.split('+');
        let has = |kind| fingerprint.split('+').skip(1).any(|word| word == kind);
        words.next() == Some(self.rules(seed).as_str())
            && (has("processed") || !self.parameters().save_processed)
            && (has("simulated") || !self.parameters().save_simulated)
    }

    fn rules(&self, seed: u64) -> String {
        let mut canonical = Value::Object(self.canonical.clone());
        canonical.sort_all_objects();
        sha256_hex(format!("{ANALYSIS_VERSION} {seed} {canonical}"))
    }
}
