//! The analysis of one source in one call: what comes out of it, and that it is the same each time.

use std::sync::Arc;

use rand_chacha::ChaCha12Rng;
use retriever::analysis::histogram::{Histogram, Outside};
use retriever::analysis::{
    Analysed, Analysis, AnalysisParameters, AnalysisParts, Checked, Detection, EventSimulator,
    Exposure, Injected, Injection, MatchedFilter, Properties, Simulator, SimulatorParameters,
    Source, StandardAnalysis, StandardQuality, Truth,
};
use retriever::analysis::{CutName, QualityParameters};
use retriever::photometry::{Lightcurve, Values};
use serde_json::json;

use crate::finder_support::{add, fixture, moments, set, values};

pub fn source(name: &str) -> Source {
    Source {
        name: name.to_owned(),
        facts: json!({ "mag": 18.0 }).as_object().cloned().unwrap(),
    }
}

/// Keeps everything.
pub fn parts(num_injections: f64) -> AnalysisParts {
    AnalysisParts {
        parameters: AnalysisParameters {
            num_injections,
            save_simulated: true,
            ..AnalysisParameters::default()
        },
        ..AnalysisParts::default()
    }
}

pub fn analysed(parts: AnalysisParts, lightcurves: &[Lightcurve]) -> Analysed {
    let analysis = StandardAnalysis::new(parts).unwrap();
    analysis.analyze(&source("star"), lightcurves, 0).unwrap()
}

/// The fixture with one epoch this many standard deviations above its mean.
fn flare(seed: u64, epoch: usize, size: f64) -> Lightcurve {
    let mut lightcurve = fixture(seed);
    let (mean, scatter) = moments(&lightcurve);
    set(&mut lightcurve, epoch, mean + size * scatter);
    lightcurve
}

/// Three lightcurves in three filters, each a month after the other.
fn three_filters() -> Vec<Lightcurve> {
    let mut lightcurves = vec![flare(1, 4, 10.0), fixture(2), fixture(3)];
    for (index, (lightcurve, filter)) in lightcurves.iter_mut().zip(["g", "r", "i"]).enumerate() {
        lightcurve.filter = filter.to_owned();
        lightcurve.series_number = index as u32 + 1;
        lightcurve.series_total = 3;
        for mjd in &mut lightcurve.epochs.mjd {
            *mjd += 30.0 * index as f64;
        }
    }
    lightcurves
}

fn histogram<'a>(analysed: &'a Analysed, name: &str) -> &'a Histogram {
    let found = analysed.histograms.iter().find(|h| h.name() == name);
    found.expect("there is such a histogram")
}

// Acceptance cases 7 and 8 of the original, and what it promised: a flare of 10 σ in the first of three lightcurves.
#[test]
fn a_flare_gives_one_detection_and_everything_else_is_there_too() {
    let lightcurves = three_filters();
    let analysed = analysed(parts(0.0), &lightcurves);
    let detections = &analysed.detections;
    assert_eq!(detections.len(), 1);
    assert!(
        (detections[0].snr - 10.0).abs() < 2.0,
        "{}",
        detections[0].snr
    );
    assert_eq!(detections[0].peak_time, lightcurves[0].epochs.mjd[4]);
    assert_eq!(detections[0].peak().lightcurve, 0);
    assert!(!detections[0].simulated);
    assert_eq!(analysed.processed.len(), 3);
    assert_eq!(analysed.properties.filters.len(), 3);
    assert_eq!(
        (analysed.exposure.sources, analysed.exposure.epochs),
        (1, 300)
    );
    assert_eq!(
        (analysed.injections.len(), analysed.simulated.len()),
        (0, 0)
    );
    let quiet = [fixture(1)];
    assert_eq!(
        super::whole::analysed(parts(0.0), &quiet).detections.len(),
        0
    );
}

#[test]
fn processed_lightcurves_are_the_inputs_with_further_columns() {
    let lightcurves = three_filters();
    let before = lightcurves.clone();
    let analysed = analysed(parts(2.0), &lightcurves);
    assert_eq!(lightcurves, before);
    for (processed, own) in analysed.processed.iter().zip(&before) {
        let mut stripped = processed.clone();
        let added = stripped.epochs.extra.split_off(own.epochs.extra.len());
        assert_eq!(&stripped, own);
        let names: Vec<&str> = added.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(
            names,
            ["qflag", "offset", "snr", "dmag", "score", "detected"]
        );
        assert!(added.iter().all(|column| column.values.len() == 100));
    }
    let Values::Boolean(detected) = &analysed.processed[0].epochs.extra[5].values else {
        panic!("detected is true or false");
    };
    let marked: Vec<usize> = (0..100).filter(|&epoch| detected[epoch]).collect();
    assert_eq!(marked, [4]);
}

#[test]
fn a_column_that_the_survey_has_already_keeps_its_values() {
    let mut lightcurve = fixture(1);
    let airmass: Vec<f64> = (0..100)
        .map(|epoch| 1.0 + f64::from(epoch) / 200.0)
        .collect();
    add(&mut lightcurve, "airmass", airmass.clone());
    add(&mut lightcurve, "snr", vec![7.0; 100]);
    let mut parts = parts(0.0);
    parts.checker = Arc::new(StandardQuality::new(QualityParameters {
        cut_names: vec![CutName::Airmass],
        ..QualityParameters::default()
    }));
    let processed = &analysed(parts, &[lightcurve]).processed[0];
    let names: Vec<&str> = (processed.epochs.extra.iter())
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "airmass",
            "snr",
            "qflag",
            "analysis_snr",
            "dmag",
            "score",
            "detected"
        ]
    );
    assert_eq!(values(&processed.epochs.extra, "airmass"), airmass);
    assert_eq!(values(&processed.epochs.extra, "snr"), [7.0; 100]);
}

#[test]
fn every_injection_has_a_row_and_what_recovered_it() {
    let lightcurves = three_filters();
    let mut parts = parts(20.0);
    parts.simulator = Arc::new(EventSimulator::new(SimulatorParameters {
        snr_range: [2.0, 30.0],
        ..SimulatorParameters::default()
    }));
    let analysed = analysed(parts, &lightcurves);
    let numbers: Vec<u32> = analysed.injections.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=20).collect::<Vec<u32>>());
    assert_eq!(analysed.simulated.len(), 60);
    for (place, simulated) in analysed.simulated.iter().enumerate() {
        assert_eq!(simulated.altdata["injection"], place / 3 + 1);
        assert_eq!(simulated.filter, lightcurves[place % 3].filter);
        values(&simulated.epochs.extra, "snr");
    }
    let recovered = (analysed.injections.iter()).filter(|row| row.recovered());
    assert!((5..20).contains(&recovered.count()));
    for row in &analysed.injections {
        let filters: Vec<&str> = row.filters.keys().map(String::as_str).collect();
        assert_eq!(filters, ["g", "i", "r"]);
        assert_eq!(row.trial().recovered, row.recovered());
        let Some(detection) = row.detection.map(|index| &analysed.detections[index]) else {
            assert!(row.filters.values().all(|recovered| !recovered));
            continue;
        };
        assert_eq!(
            (detection.simulated, detection.injection),
            (true, Some(row.number))
        );
        assert!((detection.peak_time - row.truth.time).abs() <= 2.0 * row.truth.width);
        let filter = &lightcurves[detection.peak().lightcurve].filter;
        assert!(row.filters[filter]);
        let strong = row.trials_by_filter().filter(|trial| trial.recovered);
        assert_eq!(strong.count(), detection.parts.len());
    }
    // the real flare is in all twenty, and told once
    assert_eq!(analysed.real().count(), 1);
    let again = analysed.detections.iter().filter(|found| found.simulated);
    let flare = lightcurves[0].epochs.mjd[4];
    let repeated = again.filter(|found| found.peak_time == flare && (found.snr - 10.0).abs() < 0.9);
    assert_eq!(repeated.count(), 0);
}

#[test]
fn the_same_source_gives_the_same_byte_for_byte_and_another_seed_other_events() {
    let lightcurves = three_filters();
    let analysis = StandardAnalysis::new(parts(3.0)).unwrap();
    let text = |name: &str, seed| {
        let analysed = analysis.analyze(&source(name), &lightcurves, seed).unwrap();
        let histograms: Vec<String> = analysed.histograms.iter().map(Histogram::to_json).collect();
        (format!("{analysed:?}"), histograms)
    };
    let first = text("star", 0);
    text("other", 0);
    assert_eq!(text("star", 0), first);
    assert_ne!(text("star", 1).0, first.0);
    assert_ne!(text("other", 0).0, first.0);
    // what is not drawn stays
    assert_eq!(text("star", 1).1, first.1);
}

#[test]
fn an_event_does_not_depend_on_how_many_others_there_are() {
    let lightcurves = three_filters();
    let few = analysed(parts(2.0), &lightcurves).injections;
    let many = analysed(parts(5.0), &lightcurves).injections;
    assert_eq!(few[1].truth, many[1].truth);
    assert_ne!(few[0].truth, few[1].truth);
}

// Acceptance cases 10 and 23: epochs in = counts out.
#[test]
fn every_epoch_is_counted_once_in_each_histogram_and_only_good_ones_as_good() {
    let mut lightcurves = three_filters();
    lightcurves[0].epochs.flag[7] = true;
    lightcurves[1].epochs.ra[30] += 1.0; // fails the offset cut
    lightcurves[2].epochs.flux[50] = f64::NAN;
    lightcurves[2].epochs.mag[50] = f64::NAN;
    let analysed = analysed(parts(2.0), &lightcurves);
    let flagged = |lightcurve: &Lightcurve| match &lightcurve.epochs.extra[0].values {
        Values::Boolean(flags) => flags.iter().filter(|flag| **flag).count() as u64,
        other => panic!("qflag holds {}", other.kind()),
    };
    let bad: u64 = analysed.processed.iter().map(flagged).sum();
    assert!((3..10).contains(&bad), "{bad}");
    for (name, scores, epochs) in [
        ("all_scores", &["snr", "dmag"][..], 300),
        ("good_scores", &["snr", "dmag"], 300 - bad),
        ("quality_values", &["offset"], 300),
    ] {
        let histogram = histogram(&analysed, name);
        assert_eq!(histogram.epochs(), epochs, "{name}");
        for score in scores {
            let totals = histogram.totals(score).unwrap();
            let sum = totals.counted + totals.underflow + totals.overflow + totals.nan;
            assert_eq!(sum, epochs, "{name} {score}");
        }
    }
    let lost = |name| histogram(&analysed, name).lost("snr", "snr", Outside::Nan);
    assert_eq!(
        (lost("all_scores"), lost("good_scores")),
        (Some(1), Some(0))
    );
}

#[test]
fn a_finder_and_cuts_without_axes_of_their_own_are_counted_too() {
    let mut parts = parts(1.0);
    parts.finder = Arc::new(MatchedFilter::default());
    parts.checker = Arc::new(StandardQuality::new(QualityParameters {
        cut_names: CutName::ALL.to_vec(),
        ..QualityParameters::default()
    }));
    // a project that gives one axis leaves the others to their defaults
    parts
        .histograms
        .score_coords
        .retain(|name, _| name == "snr");
    let analysed = analysed(parts, &[fixture(1)]);
    let axes = histogram(&analysed, "all_scores").score_axes();
    let axes: Vec<&str> = axes.map(|axis| axis.name.as_str()).collect();
    assert_eq!(axes, ["snr", "dmag", "width"]);
    let values = histogram(&analysed, "quality_values");
    assert_eq!(values.score_axes().count(), 8);
    assert_eq!(values.totals("isolated").unwrap().counted, 100);
    let missing = ["limiting_magnitude", "airmass", "sharp", "chi"];
    for cut in missing {
        let note = format!("TEST R: {cut}: passed");
        assert!(
            analysed.notes.iter().any(|own| own.starts_with(&note)),
            "{cut}"
        );
    }
}

#[test]
fn what_is_not_to_be_kept_is_not_made() {
    let parts = AnalysisParts {
        parameters: AnalysisParameters {
            save_processed: false,
            ..AnalysisParameters::default()
        },
        ..AnalysisParts::default()
    };
    let lean = analysed(parts, &three_filters());
    assert_eq!((lean.processed.len(), lean.simulated.len()), (0, 0));
    let full = analysed(self::parts(1.0), &three_filters());
    assert_eq!(lean.injections, full.injections);
    assert_eq!(
        format!("{:?}", lean.detections),
        format!("{:?}", full.detections)
    );
    assert_eq!(lean.histograms, full.histograms);
}

/// Finds a place for every second event only.
#[derive(Debug)]
struct Fastidious(EventSimulator);

impl Simulator for Fastidious {
    fn inject(&self, lightcurves: &[Checked<'_>], random: &mut ChaCha12Rng) -> Option<Injection> {
        let injection = self.0.inject(lightcurves, random)?;
        (injection.truth.width < 0.1).then_some(injection)
    }
}

#[test]
fn events_without_a_place_are_told_and_leave_no_hole_in_the_numbers() {
    let mut parts = parts(20.0);
    parts.simulator = Arc::new(Fastidious(EventSimulator::default()));
    let analysed = analysed(parts, &[fixture(1)]);
    let numbers: Vec<u32> = analysed.injections.iter().map(|row| row.number).collect();
    let placed = numbers.len() as u32;
    assert!((1..20).contains(&placed));
    assert_eq!(numbers, (1..=placed).collect::<Vec<u32>>());
    let told = format!("{} of 20 simulated events had no place", 20 - placed);
    assert!(analysed.notes.iter().any(|note| note.starts_with(&told)));
}

#[test]
fn rows_come_back_from_json_with_their_numbers_that_are_none() {
    let mut analysed = analysed(parts(2.0), &three_filters());
    analysed.detections[0].peak_mag = f64::NAN;
    analysed.injections[0].truth.amplitude_mag[1] = f64::NAN;
    for detection in &analysed.detections {
        let text = serde_json::to_string(detection).unwrap();
        let back: Detection = serde_json::from_str(&text).unwrap();
        assert_eq!(format!("{back:?}"), format!("{detection:?}"));
    }
    for row in &analysed.injections {
        let text = serde_json::to_string(row).unwrap();
        let back: Injected = serde_json::from_str(&text).unwrap();
        assert_eq!(format!("{back:?}"), format!("{row:?}"));
        let truth: Truth = serde_json::from_value(json!(row.truth)).unwrap();
        assert_eq!(format!("{truth:?}"), format!("{:?}", row.truth));
    }
    let text = serde_json::to_string(&analysed.properties).unwrap();
    let back: Properties = serde_json::from_str(&text).unwrap();
    assert_eq!(back, analysed.properties);
    let exposure: Exposure = serde_json::from_value(json!(analysed.exposure)).unwrap();
    assert_eq!(exposure, analysed.exposure);
}
