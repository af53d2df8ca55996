//! Several processes at once: each source is asked for once, and together they do what one would (C4, C7).

use std::fmt::Write;
use std::time::Duration;

use retriever_standin::StandIn;

use crate::postgres::Cluster;
use crate::process::Running;
use crate::workplace::{Workplace, expect_same};

const TARGETS: usize = 60;

/// A catalog of stars around the northern sky, and the archive that knows them; some it never saw.
fn stars(workplaces: &[&Workplace]) -> StandIn {
    let mut catalog = "name,ra,dec,mag\n".to_owned();
    let mut positions = Vec::new();
    for star in 0..TARGETS {
        let (ra, dec) = (star as f64 * 5.9, star as f64 * 1.3 - 15.0);
        writeln!(catalog, "star {star},{ra},{dec},17").expect("a text takes text");
        positions.push((ra, dec));
    }
    for workplace in workplaces {
        workplace.write("catalog.csv", &catalog);
    }
    let shape = retriever_standin::SyntheticShape {
        epochs_per_season: 10,
        empty_every: 7,
        ..retriever_standin::SyntheticShape::default()
    };
    StandIn::synthetic_shaped(3, &positions, shape).latency(Duration::from_millis(20))
}

fn ztf(workplace: &Workplace, archive: &StandIn) {
    let parameters = format!("ztf: {{url: {:?}, mag_range: null}}", archive.url());
    workplace.project("project.yaml", "CRASH", "[ztf]", &parameters);
}

/// The workplace of one calm run that did it all.
fn calm() -> Workplace {
    let workplace = Workplace::new();
    let archive = stars(&[&workplace]);
    ztf(&workplace, &archive);
    workplace.run();
    workplace
}

fn expect_asked_once(archive: &StandIn) {
    let counters = archive.counters();
    assert_eq!(counters.repeated(), 0, "targets were asked for twice");
    assert_eq!(counters.requests(), TARGETS);
}

fn processes_at_once(workplace: &Workplace, number: usize) {
    let archive = stars(&[workplace]);
    ztf(workplace, &archive);
    let running: Vec<Running> = (0..number)
        .map(|_| workplace.start(&["run", "project.yaml"]))
        .collect();
    for process in running {
        process.end().expect(0);
    }
    expect_asked_once(&archive);
    let calm = calm();
    expect_same(&workplace.products(), &calm.products(), "files");
    expect_rows_but_for_the_address(workplace, &calm);
    workplace.expect_sound();
}

/// The address of the stand-in has another port each time.
fn expect_rows_but_for_the_address(workplace: &Workplace, calm: &Workplace) {
    let [mut found, mut expected] = [workplace.rows(), calm.rows()];
    for row in found
        .values_mut()
        .chain(expected.values_mut())
        .flatten()
        .filter_map(serde_json::Value::as_object_mut)
    {
        row.remove("url");
    }
    expect_same(&found, &expected, "rows");
}

#[test]
fn two_processes_on_one_project_share_the_work() {
    processes_at_once(&Workplace::new(), 2);
}

#[test]
fn four_processes_on_one_project_share_the_work() {
    processes_at_once(&Workplace::new(), 4);
}

#[test]
fn four_processes_share_the_work_on_postgresql() {
    if let Some(cluster) = Cluster::shared() {
        processes_at_once(&Workplace::on(cluster), 4);
    }
}

#[test]
fn shares_run_side_by_side_are_together_the_whole() {
    let workplace = Workplace::new();
    let archive = stars(&[&workplace]);
    ztf(&workplace, &archive);
    let running: Vec<Running> = ["1/3", "2/3", "3/3"]
        .iter()
        .map(|shard| workplace.start(&["run", "project.yaml", "--shard", shard]))
        .collect();
    for process in running {
        process.end().expect(0);
    }
    expect_asked_once(&archive);
    let calm = calm();
    expect_same(&workplace.products(), &calm.products(), "files");
    expect_rows_but_for_the_address(&workplace, &calm);
}

fn the_other_takes_over(workplace: &Workplace) {
    // slow enough for the first to be killed with much of its work undone
    let archive = stars(&[workplace]).latency(Duration::from_millis(150));
    ztf(workplace, &archive);
    let mut first = workplace.start(&["run", "project.yaml"]);
    assert!(first.wait_until(|| archive.counters().requests() > 5));
    let second = workplace.start(&["run", "project.yaml"]);
    let mut settled = 0;
    assert!(first.wait_until(|| {
        let status = workplace.status("project.yaml");
        let counts = &status["observatories"]["ZTF"];
        let counted = ["ok", "empty"].map(|outcome| counts[outcome].as_u64().unwrap_or_default());
        settled = counted.iter().sum();
        settled > 10
    }));
    first.kill();
    second.end().expect(0);
    let calm = calm();
    expect_same(&workplace.products(), &calm.products(), "files");
    expect_rows_but_for_the_address(workplace, &calm);
    workplace.expect_sound();
    let repeated = archive.counters().repeated() as u64;
    assert!(
        repeated <= TARGETS as u64 - settled,
        "{repeated} were asked for twice, and {settled} were settled when the first was killed"
    );
}

#[test]
fn what_a_killed_process_held_is_taken_over_by_the_other() {
    the_other_takes_over(&Workplace::new());
}

#[test]
fn what_a_killed_process_held_is_taken_over_on_postgresql() {
    if let Some(cluster) = Cluster::shared() {
        the_other_takes_over(&Workplace::on(cluster));
    }
}

#[test]
fn two_projects_on_one_catalog_share_what_was_fetched() {
    let workplace = Workplace::new();
    let archive = stars(&[&workplace]);
    let address = format!("url: {:?}, mag_range: null", archive.url());
    workplace.project(
        "one.yaml",
        "ONE",
        "[ztf]",
        &format!("ztf: {{{address}, gap: 40}}"),
    );
    workplace.project(
        "two.yaml",
        "TWO, seed: 7, version_control: true",
        "[ztf]",
        &format!("ztf: {{{address}, gap: 3}}"),
    );
    let running = ["one.yaml", "two.yaml"].map(|file| workplace.start(&["run", file]));
    for process in running {
        process.end().expect(0);
    }
    expect_asked_once(&archive);
    for file in ["one.yaml", "two.yaml"] {
        let status = workplace.status(file);
        let ztf = &status["observatories"]["ZTF"];
        assert_eq!((&ztf["pending"], &ztf["failed"]), (&0.into(), &0.into()));
        assert!(
            status["lightcurves"].as_u64() > Some(TARGETS as u64),
            "{status:?}"
        );
        workplace.ask(&["check", file]).expect(0);
    }
    let lightcurves = |file| workplace.status(file)["lightcurves"].as_u64();
    assert!(
        lightcurves("two.yaml") > lightcurves("one.yaml"),
        "a shorter gap makes more seasons"
    );
}

/// Sources that a process says it has worked on.
fn worked_on(stdout: &str) -> usize {
    let line = stdout.lines().find(|line| line.contains(" sources in "));
    let number = line.and_then(|line| line.split(" sources in ").next());
    let number = number.and_then(|text| text.split_whitespace().last());
    number.map_or(0, |number| number.parse().expect("a number of sources"))
}

fn analyses_at_once(workplace: &Workplace) {
    const SOURCES: usize = 400;
    workplace.catalog(SOURCES);
    workplace.demo("demo: {num_points: 100, flare_rate: 0.1}");
    for stage in ["fetch", "reduce"] {
        workplace.ask(&[stage, "project.yaml"]).expect(0);
    }
    let running = [0, 1].map(|_| workplace.start(&["analyze", "project.yaml"]));
    let done = running.map(|process| worked_on(&process.end().expect(0).stdout));
    assert_eq!(done[0] + done[1], SOURCES, "each source once: {done:?}");
    let analysed = workplace.status("project.yaml")["analyses"]["ok"].clone();
    assert_eq!(analysed, SOURCES);
    workplace.expect_sound();
}

#[test]
fn two_analyses_at_once_share_the_work() {
    analyses_at_once(&Workplace::new());
}

#[test]
fn two_analyses_at_once_share_the_work_on_postgresql() {
    if let Some(cluster) = Cluster::shared() {
        analyses_at_once(&Workplace::on(cluster));
    }
}
