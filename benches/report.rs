//! The report of a project with a thousand detections and more: how long it takes, what it needs, how large the page is.
//!
//! 1 500 made-up stars of 500 epochs each, with a flare each on average, taken through the real program. That all
//! detections are on the page is checked.

#[path = "support/child.rs"]
mod child;

use std::fs;

use child::{Cost, median, retriever};
use retriever::catalog::make;

const SOURCES: usize = 1_500;
const RUNS: usize = 3;
const PROJECT: &str = "\
project: {name: bench, obs_names: [demo], seed: 1}
catalog: {filename: targets.csv}
observatories: {demo: {num_points: 500, flare_rate: 1.5}}
";

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| {
        let path = folder.path().join(name);
        path.to_str().expect("a plain name").to_owned()
    };
    make(SOURCES, 1)
        .write(&folder.path().join("targets.csv"))
        .expect("a catalog is written");
    fs::write(path("project.yaml"), PROJECT).expect("a project file is written");
    let root = folder.path().join("data");
    let (file, page) = (path("project.yaml"), path("report.html"));
    retriever(&["run", &file], &root);
    let status = retriever(&["status", &file, "--json"], &root).stdout;
    let status: serde_json::Value = serde_json::from_str(&status).expect("an object");
    let detections = status["detections"]["real"].as_u64().expect("a count");
    assert!(detections >= 1_000, "{status}");

    let costs: Vec<Cost> = (0..RUNS)
        .map(|_| retriever(&["report", &file, "-o", &page], &root))
        .collect();
    let written = fs::read_to_string(&page).expect("a page");
    let rows = written.split("id=\"data-detections\">").nth(1);
    let rows = rows.and_then(|rest| rest.split("</script>").next());
    let rows: Vec<Vec<serde_json::Value>> =
        serde_json::from_str(rows.expect("a list of detections")).expect("JSON");
    assert_eq!(rows.len() as u64, detections);
    let of = |what: fn(&Cost) -> f64| median(costs.iter().map(what));
    println!("report_detections {detections} detections");
    println!("report_time {:.2} s", of(|cost| cost.seconds));
    println!(
        "report_processor_time {:.2} s",
        of(|cost| cost.processor_seconds)
    );
    println!(
        "report_peak_memory {:.0} MB",
        of(|cost| cost.peak_megabytes)
    );
    println!("report_size {:.2} MB", written.len() as f64 / 1e6);
}
