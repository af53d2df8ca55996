//! One stage at a time, and doing again what is done.

use std::fs;

use crate::workplace::{Workplace, expect_same};

const DEMO: &str = "demo: {num_points: 20, shuffle_time: true, empty_rate: 0.2}";

fn workplace() -> Workplace {
    let workplace = Workplace::new();
    workplace.catalog(15);
    workplace.demo(DEMO);
    workplace
}

#[test]
fn fetching_then_reducing_then_analysing_is_a_run() {
    let whole = workplace();
    whole.run();
    let stages = workplace();
    let fetched = stages.ask(&["fetch", "project.yaml"]).expect(0);
    assert!(!fetched.stdout.contains("reduced"), "{fetched:?}");
    assert_eq!(stages.status("project.yaml")["lightcurves"], 0);
    let again = stages.ask(&["fetch", "project.yaml"]).expect(0);
    assert!(again.stdout.contains("all was already done"), "{again:?}");
    for stage in ["reduce", "analyze"] {
        stages.ask(&[stage, "project.yaml"]).expect(0);
        let again = stages.ask(&[stage, "project.yaml"]).expect(0);
        assert!(again.stdout.contains("all was already done"), "{again:?}");
    }
    expect_same(&stages.products(), &whole.products(), "files");
    expect_same(&stages.rows(), &whole.rows(), "rows");
    let again = stages.run();
    assert!(again.stdout.contains("all was already done"), "{again:?}");
    stages.expect_sound();
}

#[test]
fn reducing_asks_no_archive_and_leaves_the_rest_pending() {
    let workplace = workplace();
    workplace
        .ask(&["fetch", "project.yaml", "--stop", "6"])
        .expect(0);
    workplace.demo(&DEMO.replace('}', ", failure_rate: 1}"));
    workplace.ask(&["reduce", "project.yaml"]).expect(0);
    assert_eq!(workplace.demo_count("pending"), 9);
    assert_eq!(workplace.demo_count("failed"), 0);
    workplace.demo(DEMO);
    workplace.run();
    assert_eq!(workplace.demo_count("pending"), 0);
    workplace.expect_sound();
}

#[test]
fn doing_again_gives_the_same() {
    let workplace = workplace();
    workplace.run();
    let (products, rows) = (workplace.products(), workplace.rows());
    let ended = workplace.ask(&["run", "project.yaml", "--redo"]).expect(0);
    assert!(ended.stdout.contains("15 sources in"), "{ended:?}");
    expect_same(&workplace.products(), &products, "files");
    expect_same(&workplace.rows(), &rows, "rows");
    workplace.expect_sound();
}

#[test]
fn new_raw_photometry_is_reduced_again() {
    let workplace = workplace();
    workplace.run();
    let other = Workplace::new();
    other.catalog(15);
    let brighter = DEMO.replace('}', ", mean_mag: 15}");
    other.demo(&brighter);
    other.run();
    workplace.demo(&brighter);
    let warned = workplace.run();
    assert!(
        warned.words().contains("other download parameters"),
        "{warned:?}"
    );
    workplace
        .ask(&["fetch", "project.yaml", "--redo"])
        .expect(0);
    let ended = workplace.run();
    assert!(
        ended.stdout.contains(" reduced to ") && !ended.stdout.contains("all was already done"),
        "{ended:?}"
    );
    expect_same(&workplace.products(), &other.products(), "files");
    expect_same(&workplace.rows(), &other.rows(), "rows");
    workplace.expect_sound();
}

#[test]
fn a_reduction_that_finds_its_raw_file_damaged_says_so_and_a_run_fetches_it_again() {
    let workplace = workplace();
    workplace.run();
    let products = workplace.products();
    let raw = workplace.photometry_files();
    let raw = raw
        .iter()
        .find(|path| path.to_string_lossy().contains("data/DEMO/"))
        .expect("there is raw photometry");
    fs::write(raw, "no photometry").expect("a product can be written");
    let ended = workplace
        .ask(&["reduce", "project.yaml", "--redo"])
        .expect(1);
    assert!(ended.stdout.contains("checksum"), "{ended:?}");
    workplace.ask(&["run", "project.yaml", "--redo"]).expect(0);
    expect_same(&workplace.products(), &products, "files");
    workplace.expect_sound();
}
