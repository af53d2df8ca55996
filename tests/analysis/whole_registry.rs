//! Sections of a project file into an analysis: classes, their parameters, and mistakes with their places.

use retriever::analysis::histogram::Histogram;
use retriever::analysis::{
    Analysed, Analysis, AnalysisError, AnalysisParts, AnalysisSettings, AxisNames, Checked, Finder,
    Found, NoParameters, Registry, SnrFinder, Source, StandardAnalysis,
};
use retriever::parameters::{Document, Parameters, canonical, to_yaml};
use retriever::photometry::Lightcurve;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::finder_support::fixture;
use crate::whole::source;

fn settings(registry: &Registry, project: &str) -> AnalysisSettings {
    let document = Document::parse(project, "p.yaml").unwrap();
    registry.settings(document.root()).unwrap()
}

fn refused(project: &str) -> Vec<String> {
    let document = Document::parse(project, "p.yaml").unwrap();
    let errors = Registry::standard().settings(document.root()).unwrap_err();
    let errors = errors.into_vec().into_iter();
    errors
        .map(|error| format!("{error}; {}", error.advice().unwrap_or_default()))
        .collect()
}

#[test]
fn an_empty_project_has_the_promised_defaults() {
    let registry = Registry::standard();
    let settings = settings(&registry, "{}");
    let canonical = Value::Object(settings.canonical.clone());
    let at = |place: &str| canonical.pointer(place).cloned().unwrap_or_default();
    assert_eq!(at("/finder/class"), "snr");
    assert_eq!(at("/finder/snr_threshold"), 5.0);
    assert_eq!(at("/quality/offset_threshold"), 3.5);
    assert_eq!(at("/simulator/snr_range"), json!([3.0, 20.0]));
    assert_eq!(at("/analysis/num_injections"), 1.0);
    assert!(settings.parameters().enabled && settings.parameters().save_processed);
    assert!(!settings.parameters().save_simulated);
    registry.build(&settings).unwrap();
}

#[test]
fn what_is_only_kept_or_not_is_no_part_of_the_canonical_form() {
    let registry = Registry::standard();
    let text = |project: &str| to_yaml(&Value::Object(settings(&registry, project).canonical));
    let usual = text("{}");
    let unsaved = "analysis: {enabled: false, save_processed: false, save_simulated: true}";
    assert_eq!(text(unsaved), usual);
    for change in [
        "analysis: {num_injections: 2}",
        "analysis: {properties: {find_period: false}}",
        "finder: {class: matched_filter}",
        "finder: {snr_threshold: 6}",
        "quality: {cut_names: [airmass]}",
        "simulator: {max_width: 2}",
        "histograms: {max_growth: 7}",
    ] {
        assert_ne!(text(change), usual, "{change}");
    }
    // names by default and by hand are the same configuration
    assert_eq!(
        text("finder: {class: SNR}\nquality: {class: standard}"),
        usual
    );
}

#[test]
fn a_source_is_served_by_the_same_results_with_all_that_is_to_be_kept() {
    let registry = Registry::standard();
    let of = |project: &str| settings(&registry, project);
    let usual = of("{}");
    let all = of("analysis: {save_simulated: true}");
    let none = of("analysis: {save_processed: false}");
    assert!(usual.fingerprint(0).ends_with("+processed"));
    for (wanted, there, served) in [
        (&usual, &usual, true),
        (&usual, &all, true),
        (&usual, &none, false),
        (&all, &usual, false),
        (&none, &usual, true),
        (&usual, &of("finder: {snr_threshold: 6}"), false),
    ] {
        assert_eq!(wanted.is_served_by(&there.fingerprint(0), 0), served);
        assert!(
            !wanted.is_served_by(&there.fingerprint(1), 0),
            "another seed"
        );
    }
    assert!(!usual.is_served_by("", 0));
}

#[test]
fn mistakes_are_told_with_their_places_and_what_was_meant() {
    for (project, expected) in [
        (
            "finder: {class: matchd_filter}",
            "p.yaml:1:17: class cannot be \"matchd_filter\"; did you mean \"matched_filter\"? possible: snr, matched_filter",
        ),
        (
            "finder: {snr_treshold: 3}",
            "p.yaml:1:10: unknown parameter \"snr_treshold\" in section finder; did you mean \"snr_threshold\"?",
        ),
        (
            // a parameter of another class
            "finder:\n  class: snr\n  overlap_required: 0.9",
            "p.yaml:3:3: unknown parameter \"overlap_required\" in section finder",
        ),
        (
            "finder: {clas: snr}",
            "p.yaml:1:10: unknown parameter \"clas\" in section finder; did you mean \"class\"?",
        ),
        (
            "finder: {class: 3}",
            "p.yaml:1:17: class must be text, found 3",
        ),
        (
            "finder: [snr]",
            "p.yaml:1:9: section finder must be a mapping of names to values, found a list",
        ),
        (
            "analysis: {num_injection: 3}",
            "p.yaml:1:12: unknown parameter \"num_injection\" in section analysis; did you mean \"num_injections\"?",
        ),
        (
            "analysis: {num_injections: -1}",
            "p.yaml:1:28: num_injections must be 0 to 10000, found -1",
        ),
        (
            "analysis: {properties: {periodogram: {min_frequency: 3, max_frequency: 2}}}",
            "p.yaml:1:72: properties.periodogram.max_frequency: it must be above min_frequency",
        ),
        (
            "quality: {cut_names: [ofset]}",
            "p.yaml:1:23: cut_names[0] cannot be \"ofset\"; did you mean \"offset\"?",
        ),
        (
            "simulator: {min_width: 3, max_width: 2}",
            "p.yaml:1:38: max_width: it must not be below min_width",
        ),
        (
            "histograms: {score_coords: {snr: [0, 10, 0]}}",
            "p.yaml:1:34: score_coords.snr: the step must be above 0",
        ),
        (
            "histograms:\n  score_coords:\n    snrr: [0, 10, 1]",
            "p.yaml:3:5: unknown axis \"snrr\" in section histograms.score_coords; did you mean \"snr\"?",
        ),
    ] {
        let errors = refused(project);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].starts_with(expected), "{project}: {}", errors[0]);
    }
}

/// Looks at colours.
#[derive(Debug)]
struct Colours;

impl Finder for Colours {
    fn method(&self) -> &str {
        "colours"
    }

    fn score_names(&self) -> Vec<String> {
        vec!["redness".to_owned()]
    }

    fn find(&self, lightcurves: &[Checked<'_>]) -> Found {
        SnrFinder::default().find(lightcurves)
    }
}

#[test]
fn axes_are_those_of_what_is_counted_and_classes_bring_their_own() {
    let mut registry = Registry::standard();
    registry.add_finder("colours", |_: NoParameters| Ok(Colours));
    let names = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    let axes = AxisNames {
        source: names(&["mag", "parallax"]),
        epoch: names(&["seeing"]),
    };
    let read = |project: &str, axes: &AxisNames| {
        let document = Document::parse(project, "p.yaml").unwrap();
        let settings = registry.settings_for(document.root(), axes);
        settings.map(|_| ()).map_err(|errors| errors.to_string())
    };
    let redness = "histograms: {score_coords: {redness: [0, 1, 0.1]}}";
    assert!(read(redness, &axes).is_err());
    assert_eq!(
        read(&format!("finder: {{class: colours}}\n{redness}"), &axes),
        Ok(())
    );
    // another finder's, and a cut that is not made: one section serves all
    let others = "histograms: {score_coords: {width: [0, 0.1], airmass: [1, 0.1]}}";
    assert_eq!(read(others, &axes), Ok(()));
    let known = "histograms: {source_coords: {parallax: [0, 1]}, obs_coords: {seeing: [1, 0.1], filter: [], mjd: [0, 9]}}";
    assert_eq!(read(known, &axes), Ok(()));
    for (mistaken, told) in [
        (
            "source_coords: {paralax: [0, 1]}",
            "p.yaml:1:30: unknown axis \"paralax\"",
        ),
        (
            "obs_coords: {seing: [0, 1]}",
            "p.yaml:1:27: unknown axis \"seing\"",
        ),
    ] {
        let project = format!("histograms: {{{mistaken}}}");
        let error = read(&project, &axes).unwrap_err();
        assert!(error.contains(told), "{error}");
        // where it is not known what there is, anything may be
        assert_eq!(read(&project, &AxisNames::default()), Ok(()));
    }
}

#[test]
fn mistakes_of_all_sections_are_told_at_once() {
    let errors = refused(
        "analysis: {x: 1, num_injections: -1}\nfinder: {y: 1, snr_threshold: 0}\nquality: 5\n\
         simulator: {class: none}\nhistograms: {z: 1}",
    );
    assert_eq!(errors.len(), 7, "{errors:#?}");
}

/// What a project may set for an analysis of somebody's own, beside what belongs to all.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct BrightParameters {
    /// Sources fainter than this are not analysed.
    #[schemars(range(min = 0.0, max = 30.0), extend("unit" = "mag"))]
    faintest: f64,
}

impl Parameters for BrightParameters {}

/// The standard analysis for bright sources.
#[derive(Debug)]
struct Bright {
    own: BrightParameters,
    standard: StandardAnalysis,
}

impl Analysis for Bright {
    fn histograms(&self) -> Vec<Histogram> {
        self.standard.histograms()
    }

    fn analyze(
        &self,
        source: &Source,
        lightcurves: &[Lightcurve],
        seed: u64,
    ) -> Result<Analysed, AnalysisError> {
        let mag = source.facts.get("mag").and_then(Value::as_f64);
        let bright = mag.is_some_and(|mag| mag <= self.own.faintest);
        let lightcurves = if bright { lightcurves } else { &[] };
        self.standard.analyze(source, lightcurves, seed)
    }
}

#[test]
fn a_whole_analysis_of_ones_own_has_the_common_parameters_and_its_own() {
    let mut registry = Registry::standard();
    registry.add_analysis("bright", |own, parts: AnalysisParts| {
        let standard = StandardAnalysis::new(parts)?;
        Ok(Bright { own, standard })
    });
    for (faintest, processed) in [(17.0, 0), (19.0, 1)] {
        let project = format!(
            "analysis: {{class: bright, faintest: {faintest}, num_injections: 2}}\nfinder: {{snr_threshold: 4}}"
        );
        let settings = settings(&registry, &project);
        assert_eq!(settings.canonical["analysis"]["faintest"], faintest);
        assert_eq!(settings.canonical["analysis"]["num_injections"], 2.0);
        let (name, rows) = &settings.rows[0];
        let rows: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!((name.as_str(), rows[0]), ("analysis", "class"));
        assert!(rows.contains(&"faintest") && rows.contains(&"properties.find_period"));
        let analysis = registry.build(&settings).unwrap();
        let analysed = analysis.analyze(&source("star"), &[fixture(1)], 0).unwrap();
        assert_eq!(analysed.processed.len(), processed);
        assert_eq!(analysed.injections.len(), 2 * processed);
    }
    let described = registry.descriptions();
    let names: Vec<&str> = described.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"analysis of class bright"), "{names:?}");
    let schema = registry.schemas()[0].1.to_string();
    assert!(schema.contains("faintest"), "{schema}");
}

#[test]
fn a_class_that_refuses_its_parameters_says_why() {
    let mut registry = Registry::standard();
    registry.add_simulator("never", |NoParameters {}| {
        Err::<retriever::analysis::EventSimulator, _>(AnalysisError::Other {
            message: "there is no model file".to_owned(),
        })
    });
    let settings = settings(&registry, "simulator: {class: never}");
    let error = registry.build(&settings).unwrap_err();
    assert_eq!(error.to_string(), "there is no model file");
    assert_eq!(canonical(&NoParameters {}), json!({}));
}
