//! The run of a project whose 100 000 sources are all done, and of a hundredth of them.
//!
//! The rows are those that a run leaves, put in through the same call; a run trusts them and opens no file.
//! That it finds nothing to do is checked.

#[path = "support/child.rs"]
mod child;

use std::fs;
use std::path::Path;

use child::{Cost, median, retriever};
use retriever::catalog::{Target, make};
use retriever::database::{
    Database, DatabaseParameters, LightcurveRecord, Outcome, RawRecord, ReductionOutcome,
    ReductionRecord, SourceRecord,
};
use retriever::photometry::{Kind, Statistics};
use retriever::project::Project;
use retriever::storage;
use retriever::time::TimeFrame;

const SOURCES: usize = 100_000;
const COMMITTED_TOGETHER: usize = 1_000;
const RUNS: usize = 3;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    make(SOURCES, 1)
        .write(&folder.path().join("targets.csv"))
        .expect("a catalog is written");
    let file = folder.path().join("project.yaml");
    fs::write(
        &file,
        "project: {name: bench, obs_names: [DEMO]}\ncatalog: {filename: targets.csv}\n",
    )
    .expect("a project file is written");
    let root = folder.path().join("data");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(finish_all(&file, &root));
    drop(runtime);
    let file = file.to_str().expect("a temporary folder has a plain name");
    tell("resume_100k", &root, &["run", file]);
    tell("resume_1k_of_100k", &root, &["run", file, "--stop", "1000"]);
}

fn tell(name: &str, root: &Path, arguments: &[&str]) {
    let costs: Vec<Cost> = (0..RUNS).map(|_| retriever(arguments, root)).collect();
    for cost in &costs {
        assert!(cost.stdout.contains("already done"), "{}", cost.stdout);
    }
    let of = |what: fn(&Cost) -> f64| median(costs.iter().map(what));
    println!("{name}_time {:.3} s", of(|cost| cost.seconds));
    println!(
        "{name}_processor_time {:.2} s",
        of(|cost| cost.processor_seconds)
    );
    println!(
        "{name}_peak_memory {:.0} MB",
        of(|cost| cost.peak_megabytes)
    );
}

/// Rows as they are after a run in which every source succeeded.
async fn finish_all(file: &Path, root: &Path) {
    fs::create_dir_all(root).expect("a folder of products");
    let project = Project::from_file(file).await.expect("the project opens");
    let database = Database::open(&DatabaseParameters::default(), root)
        .await
        .expect("a database opens");
    let row = database
        .open_project(project.name(), project.cfg_hash(), project.configuration())
        .await
        .expect("a project row");
    let targets: Vec<Target> = project.catalog().targets().collect();
    for targets in targets.chunks(COMMITTED_TOGETHER) {
        let records: Vec<SourceRecord> = targets
            .iter()
            .map(|target| finished(&project, target))
            .collect();
        database
            .commit(row.id, &records)
            .await
            .expect("rows are stored");
    }
    database.close().await.expect("a database closes");
}

fn finished(project: &Project, target: &Target) -> SourceRecord {
    let observatory = project.observatory("DEMO").expect("the project uses it");
    let checksum = retriever::parameters::sha256_hex(&target.name);
    let raw_path = storage::raw_path("DEMO", target.ra, &target.name).expect("a legal name");
    let reduced_path = storage::lightcurve_path(
        project.folder(),
        "DEMO",
        target.ra,
        &target.name,
        Kind::Reduced,
    )
    .expect("a legal name");
    SourceRecord {
        name: target.name.clone(),
        ra: target.ra,
        dec: target.dec,
        healpix: target.healpix(),
        catalog_row: target.index,
        cat_row: serde_json::to_value(target).expect("a target is JSON"),
        mag: target.mag,
        renewed: Vec::new(),
        raw: vec![RawRecord {
            file: Some(raw_path),
            key: Some(storage::raw_key(&target.name)),
            length: Some(17_000),
            checksum: Some(checksum.clone()),
            epochs: Some(100),
            time_start: Some(57_000.0),
            time_end: Some(58_000.0),
            url: Some("demo:".to_owned()),
            requested_at: Some("2026-01-01T00:00:00Z".to_owned()),
            parameters: observatory.download_fingerprint(),
            ..RawRecord::new("DEMO", Outcome::Ok)
        }],
        reductions: vec![ReductionRecord {
            observatory: "DEMO".to_owned(),
            outcome: ReductionOutcome::Ok,
            message: None,
            raw_checksum: Some(checksum.clone()),
            fingerprint: observatory.reduction_fingerprint(),
            file: Some(reduced_path.clone()),
            length: Some(17_000),
            checksum: Some(checksum),
            lightcurves: vec![LightcurveRecord {
                series_number: 1,
                series_total: 1,
                injection_number: 0,
                filter: "R".to_owned(),
                file: reduced_path,
                key: format!("{}_reduction_01_of_01", target.name),
                frame: TimeFrame::UTC_MID_EXPOSURE,
                flux_unit: "uJy".to_owned(),
                statistics: Statistics::default(),
                altdata: serde_json::Map::new(),
            }],
        }],
        analysis: None,
    }
}
