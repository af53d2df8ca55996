//! Lightcurves that are hardly any, and classes that answer nonsense: told or passed, never a panic.

use std::sync::Arc;

use proptest::prelude::*;
use retriever::analysis::{
    Analysis, AnalysisError, AnalysisParts, Checked, Event, Finder, Found, MatchedFilter, Quality,
    QualityChecker, SnrFinder, StandardAnalysis, StandardQuality,
};
use retriever::photometry::{Lightcurve, Statistics};

use crate::finder_support::{fixture, of_flux};
use crate::whole::{analysed, parts, source};

/// With either finder.
fn both() -> [AnalysisParts; 2] {
    let mut matched = parts(2.0);
    matched.finder = Arc::new(MatchedFilter::default());
    [parts(2.0), matched]
}

fn all_flagged() -> Lightcurve {
    let mut lightcurve = fixture(1);
    lightcurve.epochs.flag.fill(true);
    lightcurve.statistics = Statistics::of(&lightcurve.epochs);
    lightcurve
}

#[test]
fn a_source_without_a_good_epoch_has_no_detections_and_is_no_error() {
    let nan = vec![f64::NAN; 3];
    for lightcurves in [
        vec![],
        vec![of_flux(vec![], vec![], vec![])],
        vec![all_flagged()],
        vec![of_flux(nan.clone(), nan.clone(), nan.clone())],
        vec![of_flux(vec![1.0, 2.0, 3.0], nan.clone(), nan.clone())],
        vec![of_flux(nan.clone(), vec![1.0; 3], vec![0.1; 3])],
    ] {
        for parts in both() {
            let found = analysed(parts, &lightcurves);
            assert_eq!(found.detections.len(), 0);
            assert_eq!(found.injections.len(), 0);
            assert_eq!(found.processed.len(), lightcurves.len());
            let epochs: usize = lightcurves.iter().map(|one| one.epochs.len()).sum();
            assert_eq!(found.histograms[0].epochs(), epochs as u64);
            assert_eq!(found.histograms[1].epochs(), 0);
            assert!(found.notes.iter().any(|note| note.contains("had no place")));
        }
    }
}

#[test]
fn few_epochs_equal_times_and_strange_numbers_are_analysed() {
    let infinite = vec![1.0, f64::INFINITY, 3.0, f64::NEG_INFINITY];
    for lightcurve in [
        of_flux(vec![58_000.0], vec![5.0], vec![1.0]),
        of_flux(vec![58_000.0, 58_000.0], vec![5.0, 7.0], vec![1.0, 0.0]),
        of_flux(vec![1.0; 4], vec![5.0; 4], vec![0.0; 4]),
        of_flux(vec![1.0, 2.0, 3.0, 4.0], infinite.clone(), vec![1.0; 4]),
        of_flux(vec![1.0, 2.0, 3.0, 4.0], vec![2.0; 4], infinite),
        of_flux(
            vec![1.0, 2.0, f64::NAN, f64::NAN],
            vec![-2.0; 4],
            vec![-1.0; 4],
        ),
        of_flux(vec![-1e300, 0.0, 1e300], vec![1e308; 3], vec![1e-300; 3]),
    ] {
        for parts in both() {
            let found = analysed(parts, &[lightcurve.clone(), fixture(2)]);
            assert_eq!(found.processed.len(), 2);
        }
    }
}

#[test]
fn lightcurves_that_break_their_promises_are_told_and_where() {
    let analysis = StandardAnalysis::new(parts(1.0)).unwrap();
    let mut disordered = fixture(1);
    disordered.epochs.mjd.swap(10, 11);
    let mut nan_inside = fixture(1);
    nan_inside.epochs.mjd[3] = f64::NAN;
    let mut short = fixture(1);
    short.epochs.magerr.pop();
    for (broken, words) in [
        (disordered, "not in the order of time: 57101."),
        (nan_inside, "not in the order of time: 57040."),
        (
            short,
            "column \"magerr\" has 99 values, and there are 100 epochs",
        ),
    ] {
        let error = analysis
            .analyze(&source("star"), &[fixture(2), broken], 0)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("lightcurve 2 of TEST \"R\": "), "{error}");
        assert!(error.contains(words), "{error}");
    }
}

/// Says what it is told to say.
#[derive(Debug)]
struct Nonsense(fn(&mut Found));

impl Finder for Nonsense {
    fn method(&self) -> &str {
        "nonsense"
    }

    fn score_names(&self) -> Vec<String> {
        SnrFinder::default().score_names()
    }

    fn find(&self, lightcurves: &[Checked<'_>]) -> Found {
        let mut found = SnrFinder::default().find(lightcurves);
        (self.0)(&mut found);
        found
    }
}

fn event(found: &mut Found, change: fn(&mut Event)) {
    let mut event = Event {
        lightcurve: 0,
        peak: 1,
        epochs: 1..2,
        members: vec![1],
        snr: 9.0,
        score: 9.0,
        quality_flag: false,
        template: None,
        false_alarm_probability: 0.0,
    };
    change(&mut event);
    found.events.push(event);
}

#[test]
fn answers_that_do_not_fit_the_question_are_errors_of_their_class() {
    let nonsense: [fn(&mut Found); 6] = [
        |found| found.scores.clear(),
        |found| found.scores[0].columns[0].values = vec_of(99),
        |found| event(found, |event| event.lightcurve = 1),
        |found| event(found, |event| event.peak = 100),
        |found| event(found, |event| event.epochs = 5..5),
        |found| event(found, |event| event.members = vec![100]),
    ];
    for answer in nonsense {
        let parts = AnalysisParts {
            finder: Arc::new(Nonsense(answer)),
            ..AnalysisParts::default()
        };
        let analysis = StandardAnalysis::new(parts).unwrap();
        let error = analysis.analyze(&source("star"), &[fixture(1)], 0);
        let error = error.unwrap_err();
        assert!(matches!(
            error,
            AnalysisError::Answer { part: "finder", .. }
        ));
        assert!(
            error
                .to_string()
                .starts_with("the finder \"nonsense\" gave ")
        );
    }
}

fn vec_of(number: usize) -> retriever::photometry::Values {
    retriever::photometry::Values::Float64(vec![0.0; number])
}

/// Forgets the last epoch.
#[derive(Debug)]
struct Forgetful(StandardQuality);

impl QualityChecker for Forgetful {
    fn cuts(&self) -> Vec<retriever::analysis::Cut> {
        self.0.cuts()
    }

    fn check(&self, lightcurve: &Lightcurve) -> Quality {
        let mut quality = self.0.check(lightcurve);
        quality.qflag.pop();
        quality
    }
}

#[test]
fn a_checker_that_forgets_an_epoch_is_told() {
    let parts = AnalysisParts {
        checker: Arc::new(Forgetful(StandardQuality::default())),
        ..AnalysisParts::default()
    };
    let analysis = StandardAnalysis::new(parts).unwrap();
    let error = analysis.analyze(&source("star"), &[fixture(1)], 0);
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("99 flags for 100 epochs")
    );
}

/// A number, now and then one that is none.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => 0.0..1000.0,
        1 => Just(f64::NAN),
        1 => Just(0.0),
        1 => -1e9..1e9,
        1 => Just(f64::INFINITY),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_sorted_lightcurve_makes_it_panic_or_lose_an_epoch(
        rows in prop::collection::vec((0.0..30.0f64, number(), number(), any::<bool>()), 0..60),
        without_time in 0usize..4,
    ) {
        let mut mjd: Vec<f64> = rows.iter().map(|row| row.0).collect();
        mjd.sort_by(f64::total_cmp);
        let from = mjd.len().saturating_sub(without_time);
        mjd[from..].fill(f64::NAN);
        let mut lightcurve = of_flux(
            mjd,
            rows.iter().map(|row| row.1).collect(),
            rows.iter().map(|row| row.2).collect(),
        );
        lightcurve.epochs.flag = rows.iter().map(|row| row.3).collect();
        lightcurve.epochs.flag[from..].fill(true);
        for parts in both() {
            let found = analysed(parts, &[lightcurve.clone(), lightcurve.clone()]);
            for histogram in &found.histograms {
                for axis in histogram.score_axes() {
                    let totals = histogram.totals(&axis.name).unwrap();
                    let sum = totals.counted + totals.underflow + totals.overflow + totals.nan;
                    prop_assert_eq!(sum, totals.epochs);
                }
            }
            prop_assert_eq!(found.histograms[0].epochs(), 2 * rows.len() as u64);
        }
    }
}
