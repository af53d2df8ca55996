//! Which classes there are, and how the sections of a project file become an analysis.

use std::sync::Arc;

use serde_json::Value;

use super::classes::Classes;
use super::histogram::HistogramParameters;
use super::settings::{SECTIONS, Sections};
use super::{
    Analysis, AnalysisError, AnalysisParameters, AnalysisParts, AnalysisSettings, AxisNames,
    EventSimulator, Finder, MatchedFilter, MatchedFilterParameters, NoParameters, QualityChecker,
    QualityParameters, Simulator, SimulatorParameters, SnrFinder, SnrParameters, StandardAnalysis,
    StandardQuality,
};
use crate::parameters::{
    Description, Node, ParameterError, ParameterErrors, Parameters, describe, json_schema,
    known_names, read,
};

/// The whole analysis that counts what it says it counts.
const STANDARD: &str = "standard";

/// The finders, checkers, simulators and whole analyses that a program knows, by name.
///
/// `class` in a section says which one, and the rest of the section are its own parameters. A crate with a finder of its
/// own adds it and hands the registry to the project or the command line:
///
/// ```
/// use retriever::analysis::{Checked, Finder, Found, Registry, SnrFinder};
/// use retriever::parameters::{Document, Parameters};
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// /// What a project may set under `finder:` with `class: brightenings`.
/// #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
/// #[serde(default, deny_unknown_fields)]
/// struct BrighteningParameters {
///     /// Smallest brightening.
///     #[schemars(range(min = 0.0), extend("unit" = "mag"))]
///     brighter_by: f64,
/// }
/// impl Default for BrighteningParameters {
///     fn default() -> Self {
///         BrighteningParameters { brighter_by: 0.5 }
///     }
/// }
/// impl Parameters for BrighteningParameters {}
///
/// /// Peaks that are much brighter than usual, however noisy.
/// #[derive(Debug)]
/// struct Brightenings(BrighteningParameters);
/// impl Finder for Brightenings {
///     fn method(&self) -> &str {
///         "brightenings"
///     }
///     fn score_names(&self) -> Vec<String> {
///         SnrFinder::default().score_names()
///     }
///     fn find(&self, lightcurves: &[Checked<'_>]) -> Found {
///         let mut found = SnrFinder::default().find(lightcurves);
///         found.events.retain(|event| {
///             let dmag = found.scores[event.lightcurve].columns[1].values.to_floats();
///             dmag.is_some_and(|dmag| dmag[event.peak] < -self.0.brighter_by)
///         });
///         found
///     }
/// }
///
/// let mut registry = Registry::standard();
/// registry.add_finder("brightenings", |parameters| Ok(Brightenings(parameters)));
///
/// let project = "finder: {class: brightenings, brighter_by: 1.0}\n";
/// let project = Document::parse(project, "project.yaml")?;
/// let settings = registry.settings(project.root())?;
/// assert_eq!(settings.canonical["finder"]["brighter_by"], 1.0);
/// let analysis = registry.build(&settings)?;
/// assert_eq!(analysis.histograms()[0].name(), "all_scores");
///
/// let mistaken = Document::parse("finder: {class: brightening}\n", "project.yaml")?;
/// let errors = registry.settings(mistaken.root()).unwrap_err();
/// assert_eq!(errors.to_string(), r#"project.yaml:1:17: class cannot be "brightening""#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Registry {
    finders: Classes<dyn Finder>,
    checkers: Classes<dyn QualityChecker>,
    simulators: Classes<dyn Simulator>,
    analyses: Classes<dyn Analysis, AnalysisParts>,
}

impl Registry {
    /// The classes that come with Retriever; the first of each kind is the default.
    pub fn standard() -> Registry {
        let mut registry = Registry {
            finders: Classes::new(),
            checkers: Classes::new(),
            simulators: Classes::new(),
            analyses: Classes::new(),
        };
        registry.add_finder("snr", |own: SnrParameters| Ok(SnrFinder::new(own)));
        registry.add_finder("matched_filter", |own: MatchedFilterParameters| {
            Ok(MatchedFilter::new(own))
        });
        registry.add_quality("standard", |own: QualityParameters| {
            Ok(StandardQuality::new(own))
        });
        registry.add_simulator("events", |own: SimulatorParameters| {
            Ok(EventSimulator::new(own))
        });
        registry.add_analysis(STANDARD, |NoParameters {}, parts| {
            StandardAnalysis::new(parts)
        });
        registry
    }

    /// Adds a finder under a name (any case), with its parameters and how it is made of them.
    ///
    /// A later one of the same name takes the place of the earlier, here and below.
    pub fn add_finder<P: Parameters, F: Finder + 'static>(
        &mut self,
        name: &str,
        new: impl Fn(P) -> Result<F, AnalysisError> + Send + Sync + 'static,
    ) {
        self.finders.add::<P>(name, move |own, ()| {
            let made: Arc<dyn Finder> = Arc::new(new(own)?);
            Ok(made)
        });
    }

    /// Adds a quality checker.
    pub fn add_quality<P: Parameters, Q: QualityChecker + 'static>(
        &mut self,
        name: &str,
        new: impl Fn(P) -> Result<Q, AnalysisError> + Send + Sync + 'static,
    ) {
        self.checkers.add::<P>(name, move |own, ()| {
            let made: Arc<dyn QualityChecker> = Arc::new(new(own)?);
            Ok(made)
        });
    }

    /// Adds a simulator.
    pub fn add_simulator<P: Parameters, S: Simulator + 'static>(
        &mut self,
        name: &str,
        new: impl Fn(P) -> Result<S, AnalysisError> + Send + Sync + 'static,
    ) {
        self.simulators.add::<P>(name, move |own, ()| {
            let made: Arc<dyn Simulator> = Arc::new(new(own)?);
            Ok(made)
        });
    }

    /// Adds a whole analysis, made of its own parameters, which stand beside [`AnalysisParameters`], and of what the
    /// other sections say.
    pub fn add_analysis<P: Parameters, A: Analysis + 'static>(
        &mut self,
        name: &str,
        new: impl Fn(P, AnalysisParts) -> Result<A, AnalysisError> + Send + Sync + 'static,
    ) {
        self.analyses.add::<P>(name, move |own, parts| {
            let made: Arc<dyn Analysis> = Arc::new(new(own, parts)?);
            Ok(made)
        });
    }

    /// The names of the sections that [`Registry::settings`] reads.
    pub fn sections() -> &'static [&'static str] {
        &SECTIONS
    }

    /// Reads the sections of a project file (its root) that an analysis is described by; others are left alone.
    ///
    /// # Errors
    /// All mistakes in all of them, each at its place.
    pub fn settings(&self, root: &Node) -> Result<AnalysisSettings, ParameterErrors> {
        self.settings_for(root, &AxisNames::default())
    }

    /// The same where it is known what histograms can have as axes.
    ///
    /// Names of scores are those of the chosen classes, in any case; those of sources and epochs are only refused where
    /// the standard analysis does the counting, for another one may know more of them.
    ///
    /// # Errors
    /// As [`Registry::settings`].
    pub fn settings_for(
        &self,
        root: &Node,
        axes: &AxisNames,
    ) -> Result<AnalysisSettings, ParameterErrors> {
        let empty = Node::empty_mapping(root.origin.clone());
        let section = |name: &str| root.get(name).unwrap_or(&empty);
        let mut errors = Errors::default();
        let common = known_names::<AnalysisParameters>();
        let (whole, histograms) = (section("analysis"), section("histograms"));
        let (shared, _) = whole.split(&common);
        let parameters = errors.collect(read::<AnalysisParameters>("analysis", &shared));
        let analysis = errors.collect(self.analyses.read("analysis", whole, &common));
        let finder = errors.collect(self.finders.read("finder", section("finder"), &[]));
        let quality = errors.collect(self.checkers.read("quality", section("quality"), &[]));
        let simulator =
            errors.collect((self.simulators).read("simulator", section("simulator"), &[]));
        let counted = errors.collect(read::<HistogramParameters>("histograms", histograms));
        let (
            Some(parameters),
            Some(analysis),
            Some(finder),
            Some(quality),
            Some(simulator),
            Some(counted),
        ) = (parameters, analysis, finder, quality, simulator, counted)
        else {
            return Err(ParameterErrors::check(errors.0)
                .expect_err("a section that is not read has left an error"));
        };
        let read = Sections {
            parameters,
            analysis,
            finder,
            quality,
            simulator,
            histograms: counted,
        };
        let settings = AnalysisSettings::of(read, &shared, histograms);
        ParameterErrors::check(self.unknown_axes(&settings, histograms, axes))?;
        Ok(settings)
    }

    /// Mistakes in the names of axes. The classes are made only if there are axes to be judged; one that cannot be
    /// made says so when it is built.
    fn unknown_axes(
        &self,
        settings: &AnalysisSettings,
        section: &Node,
        axes: &AxisNames,
    ) -> Vec<ParameterError> {
        let coords = ["score_coords", "source_coords", "obs_coords"];
        if coords.iter().all(|name| section.get(name).is_none()) {
            return Vec::new();
        }
        let Ok(parts) = self.parts(settings) else {
            return Vec::new();
        };
        let chosen = &settings.read.analysis;
        let Ok(analysis) = self.analyses.build(chosen, parts.clone()) else {
            return Vec::new();
        };
        let any = AxisNames::default();
        let axes = if chosen.name == STANDARD { axes } else { &any };
        axes.unknown(section, &parts, &analysis.histograms())
    }

    /// Makes the analysis of settings that were read by [`Registry::settings`].
    ///
    /// # Errors
    /// What a class says of its parameters.
    pub fn build(&self, settings: &AnalysisSettings) -> Result<Arc<dyn Analysis>, AnalysisError> {
        let parts = self.parts(settings)?;
        self.analyses.build(&settings.read.analysis, parts)
    }

    fn parts(&self, settings: &AnalysisSettings) -> Result<AnalysisParts, AnalysisError> {
        Ok(AnalysisParts {
            parameters: settings.parameters().clone(),
            histograms: settings.read.histograms.clone(),
            finder: self.finders.build(&settings.read.finder, ())?,
            checker: self.checkers.build(&settings.read.quality, ())?,
            simulator: self.simulators.build(&settings.read.simulator, ())?,
        })
    }

    /// The parameters of each section and class, for `retriever config schema`.
    pub fn descriptions(&self) -> Vec<(String, Vec<Description>)> {
        let common = describe::<AnalysisParameters>();
        let mut all = self.analyses.descriptions("analysis", common);
        all.extend(self.finders.descriptions("finder", Vec::new()));
        all.extend(self.checkers.descriptions("quality", Vec::new()));
        all.extend(self.simulators.descriptions("simulator", Vec::new()));
        all.push(("histograms".to_owned(), describe::<HistogramParameters>()));
        all
    }

    /// The JSON schema of each section.
    pub fn schemas(&self) -> Vec<(&'static str, Value)> {
        let common = json_schema::<AnalysisParameters>();
        vec![
            ("analysis", self.analyses.schema(&common)),
            ("finder", self.finders.schema(&Value::Null)),
            ("quality", self.checkers.schema(&Value::Null)),
            ("simulator", self.simulators.schema(&Value::Null)),
            ("histograms", json_schema::<HistogramParameters>()),
        ]
    }
}

/// Mistakes of several sections.
#[derive(Default)]
struct Errors(Vec<ParameterError>);

impl Errors {
    fn collect<T>(&mut self, read: Result<T, ParameterErrors>) -> Option<T> {
        read.map_err(|more| self.0.extend(more.into_vec())).ok()
    }
}
