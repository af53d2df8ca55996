//! A whole run of the real program: 2 000 sources of the demo observatory with 100 epochs each, one simulated event put
//! into each; raw, reduced, processed and simulated files saved. And the same without analysis. Lines of `name value unit`, medians of several runs in fresh folders.
//!
//! What the runs leave is removed at the end only: ext4 without a journal is slow to make files for seconds after
//! many were removed.

#[path = "support/child.rs"]
mod child;
#[path = "../tests/support/postgres.rs"]
mod postgres;

use std::fs;
use std::path::{Path, PathBuf};

use child::{Cost, median, occupied, retriever};
use retriever::catalog::make;

const SOURCES: usize = 2_000;
const RUNS: usize = 3;

/// Sections of the project file.
const EVERYTHING: &str = "analysis: {num_injections: 1, save_simulated: true}\n";
const REDUCED: &str = "analysis: {enabled: false}\n";

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    make(SOURCES, 1)
        .write(&folder.path().join("targets.csv"))
        .expect("a catalog is written");
    sqlite(folder.path(), "run", EVERYTHING);
    sqlite(folder.path(), "run_reduced", REDUCED);
    postgresql(folder.path());
}

fn sqlite(folder: &Path, name: &str, analysis: &str) {
    let project = project(folder, analysis);
    let mut costs = Vec::new();
    for run in 0..RUNS {
        let root = folder.join(format!("{name}_{run}"));
        costs.push(retriever(&["run", &project], &root));
        if run == 0 {
            let (blocks, lengths) = occupied(&root);
            println!("{name}_disk_per_source {:.1} kB", per_source(blocks));
            println!("{name}_length_per_source {:.1} kB", per_source(lengths));
        }
    }
    tell(name, &costs);
}

/// The same with the rows in PostgreSQL, where its server programs are installed.
fn postgresql(folder: &Path) {
    if !Path::new("/usr/lib/postgresql").is_dir() {
        return;
    }
    let Some(cluster) = postgres::Cluster::start() else {
        return;
    };
    let mut costs = Vec::new();
    for run in 0..RUNS {
        let section = format!(
            "database: {{url: {:?}}}\n{EVERYTHING}",
            cluster.empty_database()
        );
        let project = project(folder, &section);
        let root = folder.join(format!("postgres_{run}"));
        costs.push(retriever(&["run", &project], &root));
    }
    tell("run_postgresql", &costs);
}

/// Writes a project file; gives back its path.
fn project(folder: &Path, more: &str) -> String {
    let file: PathBuf = folder.join("project.yaml");
    let text = format!(
        "project: {{name: bench, obs_names: [DEMO]}}\n\
         catalog: {{filename: targets.csv}}\n\
         observatories: {{demo: {{num_points: 100}}}}\n{more}"
    );
    fs::write(&file, text).expect("a project file is written");
    file.to_str()
        .expect("a temporary folder has a plain name")
        .to_owned()
}

fn tell(name: &str, costs: &[Cost]) {
    let of = |what: fn(&Cost) -> f64| median(costs.iter().map(what));
    let seconds = of(|cost| cost.seconds);
    println!("{name}_rate {:.0} sources/s", SOURCES as f64 / seconds);
    println!("{name}_time {seconds:.2} s");
    println!(
        "{name}_processor_time {:.2} s",
        of(|cost| cost.processor_seconds)
    );
    println!(
        "{name}_peak_memory {:.0} MB",
        of(|cost| cost.peak_megabytes)
    );
}

fn per_source(bytes: u64) -> f64 {
    bytes as f64 / 1e3 / SOURCES as f64
}
