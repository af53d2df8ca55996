//! The examples run, without a network, and say something.

#[path = "../examples/ask_the_database.rs"]
mod ask_the_database;
#[path = "../examples/load_and_reduce.rs"]
mod load_and_reduce;
#[path = "../examples/one_source.rs"]
mod one_source;
#[path = "../examples/own_analysis.rs"]
mod own_analysis;
#[allow(dead_code)] // its `main` is the command line
#[path = "../examples/own_finder.rs"]
mod own_finder;
#[path = "../examples/run_a_project.rs"]
mod run_a_project;
#[path = "../examples/walk_a_catalog.rs"]
mod walk_a_catalog;

use std::sync::Arc;

use retriever::project::Project;

#[test]
fn one_source_is_fetched_and_reduced() {
    one_source::main().unwrap();
}

#[test]
fn a_catalog_is_walked_through() {
    walk_a_catalog::main().unwrap();
}

#[test]
fn a_project_runs_in_parts() {
    run_a_project::main().unwrap();
}

#[test]
fn the_database_answers() {
    ask_the_database::main().unwrap();
}

#[test]
fn a_raw_file_is_reduced_again() {
    load_and_reduce::main().unwrap();
}

#[test]
fn an_analysis_of_ones_own_leaves_its_number() {
    own_analysis::main().unwrap();
}

#[tokio::test]
async fn a_finder_of_ones_own_serves_a_project() {
    let folder = tempfile::tempdir().unwrap();
    let found = async |brighter_by: f64| {
        let project = Project::builder(&format!("brighter_{}", brighter_by as u32))
            .observatory("DEMO")
            .set("catalog.default", "test")
            .set("observatories.demo.flare_rate", 1.0)
            .set("finder.class", "brightenings")
            .set("finder.brighter_by", brighter_by)
            .classes(Arc::new(own_finder::classes()))
            .data_root(folder.path())
            .open()
            .await
            .unwrap();
        project.run().await.unwrap().analysis.detections
    };
    // flares of the demo are of 1.2 mag and more
    assert!(found(1.0).await > 0);
    assert_eq!(found(20.0).await, 0);
}

/// A crate of one's own that adds a finder is short: the program above is one, from the first line to the last.
#[test]
fn a_whole_program_with_a_finder_of_ones_own_has_less_than_60_lines() {
    let program = include_str!("../examples/own_finder.rs");
    assert!(program.lines().count() < 60, "{}", program.lines().count());
}
