//! An archive that takes 100 ms for each reply, asked with at most 50 requests in flight: how much of the
//! 500 requests a second that this allows the program reaches, from its start to its end.
//!
//! Once over HTTP, with the stand-in archive speaking IRSA's protocol in this process; once with the demo
//! observatory, which waits without a connection. The stand-in gives everybody the same 100 epochs, for it has
//! to live on the same processors: making rows for each would cost more than all that is measured.

#[path = "support/child.rs"]
mod child;
#[path = "support/question.rs"]
mod question;

use std::fs;
use std::path::Path;
use std::time::Duration;

use child::{Cost, median, retriever};
use retriever::catalog::make;
use retriever_standin::{StandIn, SyntheticShape};

const SOURCES: usize = 3_000;
const LATENCY: Duration = Duration::from_millis(100);
const IN_FLIGHT: usize = 50;
const RUNS: usize = 3;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let catalog = make(SOURCES, 1);
    catalog
        .write(&folder.path().join("targets.csv"))
        .expect("a catalog is written");
    let archive = archive();
    // whose epochs they are does not matter here: no object is rejected
    let ztf = format!(
        "ztf: {{url: {:?}, minimal_declination: -90, radius: null, nearest_only: false, mag_range: null, \
         mag_range_other_filter: null}}",
        archive.url()
    );
    measure("latency_http", folder.path(), "ZTF", &ztf);
    let peak = archive.counters().peak_concurrency();
    println!("latency_http_peak_in_flight {peak} requests");
    assert!(peak <= IN_FLIGHT, "the limit was not kept");
    let demo = format!("demo: {{wait_time: {}}}", LATENCY.as_secs_f64());
    measure("latency_demo", folder.path(), "DEMO", &demo);
}

/// Two filters, a season of 50 epochs in each.
fn archive() -> StandIn {
    let shape = SyntheticShape {
        seasons: 1,
        epochs_per_season: 50,
        ..SyntheticShape::default()
    };
    let (ra, dec) = (208.29, 48.67);
    let archive = StandIn::synthetic_shaped(1, &[(ra, dec)], shape);
    let body = question::ask(&archive, ra, dec);
    archive.put_reply("/cgi-bin/ZTF/nph_light_curves", 200, &[], &body);
    archive.latency(LATENCY)
}

fn measure(name: &str, folder: &Path, observatory: &str, section: &str) {
    let file = folder.join("project.yaml");
    let text = format!(
        "project: {{name: bench, obs_names: [{observatory}]}}\n\
         catalog: {{filename: targets.csv}}\n\
         observatories: {{max_concurrency: {IN_FLIGHT}, rate_limit: null, {section}}}\n"
    );
    fs::write(&file, text).expect("a project file is written");
    let file = file.to_str().expect("a temporary folder has a plain name");
    let costs: Vec<Cost> = (0..RUNS)
        .map(|run| {
            let root = folder.join(format!("{name}_{run}"));
            retriever(&["run", file], &root)
        })
        .collect();
    let rate = SOURCES as f64 / median(costs.iter().map(|cost| cost.seconds));
    let limit = IN_FLIGHT as f64 / LATENCY.as_secs_f64();
    println!("{name}_rate {rate:.0} requests/s");
    println!("{name}_of_limit {:.1} %", 100.0 * rate / limit);
    let busy = median(costs.iter().map(|cost| cost.processor_seconds));
    println!("{name}_processor_time {busy:.2} s");
    let peak = median(costs.iter().map(|cost| cost.peak_megabytes));
    println!("{name}_peak_memory {peak:.0} MB");
}
