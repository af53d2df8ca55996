//! Exports of a million epochs (10 000 lightcurves of 100) by the real program: Parquet, FITS, VOTable, ECSV, CSV, HATS. And
//! what part of it is reading: the same lightcurves decoded and thrown away. Lines of `name value unit`, medians of several runs.

#[path = "support/child.rs"]
mod child;

use std::fs;
use std::time::Instant;

use child::{Cost, median, retriever};
use futures::TryStreamExt;
use retriever::catalog::make;
use retriever::photometry::Kind;
use retriever::project::Project;

const SOURCES: usize = 5_000;
const RUNS: usize = 3;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    make(SOURCES, 1)
        .write(&folder.path().join("targets.csv"))
        .expect("a catalog is written");
    let file = folder.path().join("project.yaml");
    let text = "project: {name: bench, obs_names: [DEMO]}\n\
         catalog: {filename: targets.csv}\n\
         observatories: {demo: {num_points: 200}}\n\
         analysis: {enabled: false}\n";
    fs::write(&file, text).expect("a project file is written");
    let root = folder.path().join("data");
    let project = file.to_str().expect("a temporary folder has a plain name");
    retriever(&["run", project], &root);

    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let (epochs, seconds) = runtime.block_on(async {
        let project = retriever::project::ProjectBuilder::from_file(&file)
            .expect("the project file is sound")
            .data_root(&root);
        read(&project.open().await.expect("the project opens")).await
    });
    println!("export_reading_rate {:.0} epochs/s", epochs / seconds);
    for (name, extension, words) in [
        ("parquet", "parquet", &[][..]),
        ("parquet_nested", "parquet", &["--layout", "nested"]),
        ("fits", "fits", &[]),
        ("votable", "vot", &[]),
        ("ecsv", "ecsv", &[]),
        ("csv", "csv", &[]),
        ("hats", "hats", &[]),
    ] {
        let target = folder.path().join(format!("{name}.{extension}"));
        let target = target
            .to_str()
            .expect("a temporary folder has a plain name");
        let mut arguments = vec!["export", "lightcurves", project, "-o", target];
        arguments.extend(words);
        let costs: Vec<Cost> = (0..RUNS).map(|_| retriever(&arguments, &root)).collect();
        let seconds = median(costs.iter().map(|cost| cost.seconds));
        println!("export_{name}_rate {:.0} epochs/s", epochs / seconds);
        let processor = median(costs.iter().map(|cost| cost.processor_seconds));
        println!("export_{name}_processor_time {processor:.2} s");
        let peak = median(costs.iter().map(|cost| cost.peak_megabytes));
        println!("export_{name}_peak_memory {peak:.0} MB");
    }
}

/// Epochs of all lightcurves, and the time to decode them (s).
async fn read(project: &Project) -> (f64, f64) {
    let began = Instant::now();
    let files = project
        .lightcurves(Kind::Reduced)
        .await
        .expect("the database opens");
    let epochs = files
        .try_fold(0, |sum, lightcurves| async move {
            let epochs = lightcurves.iter().map(|lightcurve| lightcurve.epochs.len());
            Ok(sum + epochs.sum::<usize>())
        })
        .await
        .expect("files that were just written");
    (epochs as f64, began.elapsed().as_secs_f64())
}
