//! Speed of the whole analysis of one source on one core, in memory: `name value unit`.
//!
//! Processor time of this thread where the system tells it, so that other programs on the machine count less.

use std::hint::black_box;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use retriever::analysis::{
    Analysis, AnalysisParameters, AnalysisParts, MatchedFilter, PropertiesParameters, Source,
    StandardAnalysis,
};
use retriever::catalog::Target;
use retriever::observatory::{Fetched, Registry, Surroundings};
use retriever::parameters::{Node, Origin};
use retriever::photometry::Lightcurve;
use serde_json::json;

const SOURCES: usize = 500;

fn main() {
    let sources = demo_sources();
    let usual = AnalysisParameters::default();
    let unsaved = AnalysisParameters {
        save_processed: false,
        ..usual.clone()
    };
    let without_period = AnalysisParameters {
        properties: PropertiesParameters {
            find_period: false,
            ..PropertiesParameters::default()
        },
        ..unsaved.clone()
    };
    for (name, parameters) in [
        ("snr_one_injection", usual.clone()),
        ("snr_one_injection_unsaved", unsaved),
        (
            "snr_one_injection_unsaved_no_period",
            without_period.clone(),
        ),
        (
            "snr_no_injection_unsaved_no_period",
            AnalysisParameters {
                num_injections: 0.0,
                ..without_period
            },
        ),
    ] {
        let parts = AnalysisParts {
            parameters,
            ..AnalysisParts::default()
        };
        measure(name, parts, &sources, 8);
    }
    let matched = AnalysisParts {
        parameters: usual,
        finder: Arc::new(MatchedFilter::default()),
        ..AnalysisParts::default()
    };
    measure("matched_filter_one_injection", matched, &sources, 1);
}

fn measure(name: &str, parts: AnalysisParts, sources: &[(Source, Vec<Lightcurve>)], rounds: usize) {
    let analysis = StandardAnalysis::new(parts).expect("the default axes have bins");
    // the fastest of several: others live on the same processors
    let fastest = (0..rounds)
        .map(|_| {
            let begin = seconds();
            for (source, lightcurves) in sources {
                let analysed = analysis.analyze(source, lightcurves, 0);
                black_box(analysed.expect("demo lightcurves can be analysed"));
            }
            seconds() - begin
        })
        .fold(f64::INFINITY, f64::min);
    println!(
        "analysis_{name} {:.0} sources/s",
        sources.len() as f64 / fastest
    );
}

/// What the demo observatory gives for some stars, reduced.
fn demo_sources() -> Vec<(Source, Vec<Lightcurve>)> {
    let demo = Registry::standard()
        .observatory(
            "demo",
            &Node::empty_mapping(Origin::Builder),
            &Surroundings::new(0),
        )
        .expect("the defaults are right");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a thread");
    let reduced = |index: usize| {
        let target = Target {
            index,
            name: format!("star_{index:04}"),
            ra: index as f64 * 0.7,
            dec: 20.0,
            epoch: 2016.0,
            ..Target::default()
        };
        let fetched = runtime.block_on(demo.fetch(&target));
        let Ok(Fetched::Data { raw, .. }) = fetched else {
            panic!("the demo has something of every star");
        };
        let reduction = demo.reduce(&raw).expect("demo data can be reduced");
        let facts = json!({ "mag": 18.0 });
        let source = Source {
            name: target.name,
            facts: facts.as_object().cloned().unwrap_or_default(),
        };
        (source, reduction.lightcurves)
    };
    (0..SOURCES).map(reduced).collect()
}

/// Seconds that this thread has had a processor; else since the start.
fn seconds() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse::<f64>().ok())
        .map_or_else(
            || START.elapsed().as_secs_f64(),
            |nanoseconds| nanoseconds * 1e-9,
        )
}
