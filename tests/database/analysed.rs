//! Analyses for the tests to put in: small ones whose every number can be told from the number of the source.

use std::collections::BTreeMap;

use retriever::analysis::histogram::{AxisValues, Histogram, HistogramParameters, Sample};
use retriever::analysis::{
    Analysed, Clock, Detection, Exposure, FilterProperties, Injected, Part, Period, Properties,
    Shape, TemplateMatch, Truth,
};
use retriever::database::{
    AnalysisFile, AnalysisRecord, AnalysisResult, LightcurveName, LightcurveRecord, SourceRecord,
    analysis_inputs,
};
use retriever::photometry::{Kind, Statistics};
use retriever::time::TimeFrame;
use serde_json::{Map, json};

use crate::place::source;

/// Reduced and analysed; another `variant` of a source has other epochs.
pub fn analysed(number: usize, variant: usize) -> SourceRecord {
    let mut record = source(number);
    record.analysis = Some(analysis(number, variant));
    record
}

/// Only analysed: what it is made of is in the database already.
pub fn analysed_alone(number: usize, variant: usize) -> SourceRecord {
    SourceRecord {
        raw: Vec::new(),
        reductions: Vec::new(),
        ..analysed(number, variant)
    }
}

pub fn analysis(number: usize, variant: usize) -> AnalysisRecord {
    let name = |filter: &str, series_number| LightcurveName {
        observatory: "ZTF".to_owned(),
        filter: filter.to_owned(),
        series_number,
    };
    let kinds = [Kind::Processed, Kind::Simulated];
    AnalysisRecord {
        fingerprint: "snr 5".to_owned(),
        inputs: analysis_inputs([("ZTF", Some("b".repeat(64).as_str()))]),
        result: Ok(AnalysisResult {
            lightcurves: vec![name("zg", 1), name("zr", 2)],
            analysed: results(number, variant),
            files: kinds.map(|kind| file(number, kind)).to_vec(),
        }),
    }
}

pub fn failed(number: usize) -> SourceRecord {
    let mut record = analysed_alone(number, 0);
    if let Some(analysis) = &mut record.analysis {
        analysis.result = Err("no finder \0 works here".to_owned());
    }
    record
}

fn results(number: usize, variant: usize) -> Analysed {
    let found = number.is_multiple_of(2);
    Analysed {
        processed: Vec::new(),
        simulated: Vec::new(),
        detections: vec![
            detection(None, 58_010.5 + variant as f64),
            detection(Some(1), 58_020.5),
        ],
        injections: vec![Injected {
            number: 1,
            truth: Truth {
                shape: Shape::Flare,
                width: 0.25,
                time: 58_020.0,
                searched: 40.0,
                amplitude: 0.5,
                snr_expected: 10.0 + number as f64,
                amplitude_mag: vec![0.75, f64::NAN],
            },
            filters: BTreeMap::from([("zg".to_owned(), found), ("zr".to_owned(), false)]),
            detection: found.then_some(1),
        }],
        properties: Properties {
            clock: Clock::BjdTdb,
            filters: vec![filter("zg", 0.5, None), filter("zr", 0.001, Some(0.125))],
            extra: Map::from_iter([("colour".to_owned(), json!({"mean": 0.25}))]),
        },
        exposure: Exposure {
            sources: 1,
            lightcurves: 2,
            epochs: 100,
            good_epochs: 90 + variant as u64,
            open_ms: 2_700_000,
            watched_ms: 1_000 + number as u64,
            span_ms: 86_400_000_000,
        },
        histograms: histograms(number, variant),
        notes: vec!["passed without airmass".to_owned()],
    }
}

pub fn detection(injection: Option<u32>, time: f64) -> Detection {
    let template = TemplateMatch {
        index: 3,
        shape: Shape::Gaussian,
        width: 0.5,
        time,
        amplitude: 12.5,
        amplitude_error: 1.25,
    };
    let part = |lightcurve, template| Part {
        lightcurve,
        peak: 7,
        epochs: 5..10,
        peak_time: time,
        time_start: time - 0.5,
        time_end: time + 0.5,
        snr: 9.5,
        score: 9.5,
        quality_flag: false,
        template,
        false_alarm_probability: 1e-9,
    };
    Detection {
        method: "matched_filter".to_owned(),
        parts: vec![part(0, None), part(1, Some(template))],
        peak_part: 1,
        clock: Clock::BjdTdb,
        time_start: time - 0.5,
        time_end: time + 0.5,
        peak_time: time,
        peak_start: time - 0.25,
        peak_end: time + 0.25,
        snr: 9.5,
        score: 9.75,
        extra_scores: BTreeMap::from([("box".to_owned(), f64::NAN)]),
        peak_mag: 17.25,
        peak_mag_diff: f64::NAN,
        template: Some(template),
        quality_values: BTreeMap::from([("offset".to_owned(), 1.5)]),
        quality_flag: true,
        false_alarm_probability: 1e-9,
        simulated: injection.is_some(),
        injection,
    }
}

fn filter(name: &str, probability: f64, period: Option<f64>) -> FilterProperties {
    FilterProperties {
        observatory: "ZTF".to_owned(),
        filter: name.to_owned(),
        flux_unit: "uJy".to_owned(),
        lightcurves: 1,
        number: 50,
        num_good: 45,
        time_start: Some(58_000.0),
        time_end: Some(58_400.0),
        flux_mean: Some(145.5),
        flux_rms: Some(f64::NAN),
        mag_mean: Some(18.5),
        chi2: Some(44.0),
        degrees_of_freedom: 44,
        chi2_probability: Some(0.5),
        von_neumann: Some(2.0),
        excess_variance: None,
        stetson_j: Some(0.0),
        stetson_k: Some(0.8),
        amplitude: Some(10.0),
        amplitude_mag: Some(0.1),
        best_snr: Some(4.5),
        best_snr_time: Some(58_010.5),
        best_snr_false_alarm_probability: Some(probability),
        period: period.map(|period| Period {
            frequency: 1.0 / period,
            period,
            power: 0.75,
            false_alarm_probability: 1e-6,
        }),
    }
}

fn file(number: usize, kind: Kind) -> AnalysisFile {
    let name = source(number).name;
    let file = format!("TEST/RA000/ZTF_photometry_{name}_{}.h5", kind.as_str());
    let injection_number = u32::from(kind == Kind::Simulated);
    let lightcurve = |series_number| LightcurveRecord {
        series_number,
        series_total: 2,
        injection_number,
        filter: ["zg", "zr"][series_number as usize - 1].to_owned(),
        key: format!("{name}_{}_{series_number:02}_of_02", kind.as_str()),
        file: file.clone(),
        frame: TimeFrame::UTC_MID_EXPOSURE,
        flux_unit: "uJy".to_owned(),
        statistics: Statistics {
            number: 50,
            ..Statistics::default()
        },
        altdata: serde_json::Map::new(),
    };
    AnalysisFile {
        observatory: "ZTF".to_owned(),
        kind,
        length: 3_000,
        checksum: "c".repeat(64),
        lightcurves: vec![lightcurve(1), lightcurve(2)],
        file: file.clone(),
    }
}

/// What is counted of a source: fifty epochs or more, in bins that depend on source and variant.
pub fn histograms(number: usize, variant: usize) -> Vec<Histogram> {
    [
        ("all_scores", "snr"),
        ("good_scores", "snr"),
        ("quality_values", "offset"),
    ]
    .map(|(name, score)| {
        let mut histogram = empty(name, score);
        let values: Vec<f64> = (0..50 + variant)
            .map(|epoch| ((number * 31 + variant * 7 + epoch * 13) % 97) as f64 / 2.0 - 21.0)
            .collect();
        histogram
            .add(&Sample {
                epochs: values.len(),
                axes: &[
                    ("mag", AxisValues::Number(14.0 + (number % 9) as f64)),
                    (
                        "exptime",
                        AxisValues::Number([30.0, 45.0, f64::NAN][variant % 3]),
                    ),
                    ("filter", AxisValues::Word(["zg", "zr", "Ä"][number % 3])),
                ],
                scores: &[(score, &values)],
                keep: None,
            })
            .expect("it counts");
        histogram
    })
    .to_vec()
}

pub fn empty(name: &str, score: &str) -> Histogram {
    Histogram::new(name, &HistogramParameters::default(), &[score]).expect("it has axes")
}
