//! One bad source never stops the others (C3); the same in gives the same out, in any order (C5).

use std::sync::Arc;

use async_trait::async_trait;
use retriever::archive::Archive;
use retriever::catalog::Target;
use retriever::observatory::demo::{self, Demo, DemoParameters};
use retriever::observatory::{
    BuildError, FetchError, Fetched, ReduceError, Reduction, Registry, Surroundings,
    VirtualObservatory,
};
use retriever::photometry::RawPhotometry;
use retriever::project::Project;
use serde_json::{Map, Value};

use crate::workplace::{Workplace, expect_same};

#[test]
fn failed_sources_are_named_and_the_others_done() {
    let workplace = Workplace::new();
    workplace.catalog(60);
    // fewer than end a run one after the other: those that failed are all that the second run tries
    workplace.demo("demo: {num_points: 9, failure_rate: 0.1}");
    let ended = workplace.ask(&["run", "project.yaml"]).expect(1);
    let failed = workplace.demo_count("failed");
    assert!((1..10).contains(&failed), "{failed} failed");
    assert_eq!(workplace.demo_count("ok"), 60 - failed);
    assert_eq!(workplace.demo_count("pending"), 0);
    let named = ended.stdout.matches("(failure_rate)").count();
    assert_eq!(named as u64, failed.min(20), "{ended:?}");
    let status = workplace.ask(&["status", "project.yaml"]).expect(0);
    assert!(status.stdout.contains("failure_rate"), "{status:?}");
    let raw = workplace.list("raw", "project.yaml");
    for row in raw.iter().filter(|row| row["outcome"] == "failed") {
        assert_eq!(row["error_class"], "permanent");
        assert_eq!(row["attempts"], 1);
    }
    // again: what failed is tried again, and nothing else
    let again = workplace.ask(&["run", "project.yaml"]).expect(1);
    assert!(
        again.stdout.contains(&format!("{failed} sources in")),
        "{again:?}"
    );
    let raw = workplace.list("raw", "project.yaml");
    assert!(raw.iter().all(|row| {
        let attempts = if row["outcome"] == "failed" { 2 } else { 1 };
        row["attempts"] == attempts
    }));
    workplace.demo("demo: {num_points: 9}");
    workplace.run();
    assert_eq!(workplace.demo_count("ok"), 60);
    let calm = Workplace::new();
    calm.catalog(60);
    calm.demo("demo: {num_points: 9}");
    calm.run();
    expect_same(&workplace.products(), &calm.products(), "files");
    expect_same(&workplace.rows(), &calm.rows(), "rows");
}

#[test]
fn too_many_failures_stop_the_run_with_what_is_done_kept() {
    let workplace = Workplace::new();
    workplace.catalog(200);
    workplace.demo("demo: {num_points: 9, failure_rate: 1}");
    let ended = workplace.ask(&["run", "project.yaml"]).expect(1);
    assert!(
        ended.stdout.contains("max_num_sequence_exceptions"),
        "{ended:?}"
    );
    assert!(workplace.demo_count("pending") > 0);
    workplace.expect_sound();
    workplace.demo("demo: {num_points: 9}");
    workplace.run();
    assert_eq!(workplace.demo_count("ok"), 200);
    let first = Workplace::new();
    first.catalog(50);
    first.demo("demo: {num_points: 9, failure_rate: 0.5}");
    let ended = first.ask(&["run", "project.yaml", "--fail-fast"]).expect(1);
    assert!(ended.stdout.contains("--fail-fast"), "{ended:?}");
}

#[test]
fn products_are_the_same_for_any_number_of_threads_and_any_order() {
    let parameters = "demo: {num_points: 40, shuffle_time: true, flare_rate: 1, empty_rate: 0.1}";
    let one = Workplace::new();
    one.catalog(40);
    one.demo(parameters);
    one.ask(&["run", "project.yaml", "--jobs", "1"]).expect(0);
    let four = Workplace::new();
    four.catalog(40);
    four.demo(parameters);
    four.ask(&["run", "project.yaml", "--jobs", "4"]).expect(0);
    expect_same(&four.products(), &one.products(), "four threads");
    expect_same(&four.rows(), &one.rows(), "four threads");
    let shuffled = Workplace::new();
    let catalog = std::fs::read_to_string(one.folder().join("catalog.csv")).expect("made above");
    let (header, rows) = catalog.split_once('\n').expect("a header and rows");
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(retriever_hash(row)));
    shuffled.write("catalog.csv", format!("{header}\n{}\n", rows.join("\n")));
    shuffled.demo(parameters);
    shuffled.run();
    let photometry = |workplace: &Workplace| {
        let mut products = workplace.products();
        products.retain(|name, _| name.ends_with(".h5"));
        products
    };
    expect_same(&photometry(&shuffled), &photometry(&one), "another order");
}

/// A number that has nothing to do with the order of the rows.
fn retriever_hash(row: &str) -> u64 {
    row.bytes().fold(14_695_981_039_346_656_037, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(1_099_511_628_211)
    })
}

/// The demo with a defect: it panics for some targets, in one stage or the other.
#[derive(Debug)]
struct Defective(Demo);

impl Defective {
    fn new(
        parameters: DemoParameters,
        surroundings: &Surroundings,
    ) -> Result<Defective, BuildError> {
        Demo::new(parameters, surroundings).map(Defective)
    }
}

#[async_trait]
impl VirtualObservatory for Defective {
    fn name(&self) -> &str {
        demo::NAME
    }

    fn download_parameters(&self) -> Map<String, Value> {
        self.0.download_parameters()
    }

    async fn fetch(&self, target: &Target, archive: &Archive) -> Result<Fetched, FetchError> {
        assert_ne!(target.index, 3, "the third is too much");
        self.0.fetch(target, archive).await
    }

    fn reduce(
        &self,
        raw: &RawPhotometry,
        target: Option<&Target>,
    ) -> Result<Reduction, ReduceError> {
        assert_ne!(
            target.map(|target| target.index),
            Some(5),
            "the fifth is too much"
        );
        self.0.reduce(raw, target)
    }
}

/// An observatory that never works.
#[derive(Debug)]
struct Hopeless;

#[async_trait]
impl VirtualObservatory for Hopeless {
    fn name(&self) -> &str {
        "HOPELESS"
    }

    fn download_parameters(&self) -> Map<String, Value> {
        Map::new()
    }

    async fn fetch(&self, target: &Target, _: &Archive) -> Result<Fetched, FetchError> {
        panic!("no way to {}", target.name)
    }

    fn reduce(&self, _: &RawPhotometry, _: Option<&Target>) -> Result<Reduction, ReduceError> {
        unreachable!("it never has any data")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observatory_that_panics_does_not_fail_the_others_of_the_source() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut registry = Registry::standard();
    registry.add("HOPELESS", |_: DemoParameters, _: &Surroundings| {
        Ok(Hopeless)
    });
    let project = Project::builder("side_by_side")
        .observatory("HOPELESS")
        .observatory("DEMO")
        .set("project.max_num_sequence_exceptions", 100)
        .set("catalog.default", "test")
        .registry(Arc::new(registry))
        .data_root(folder.path())
        .open()
        .await
        .expect("opens");
    let summary = project.run().await.expect("ends");
    assert_eq!((summary.worked_on, summary.failed), (10, 10));
    let status = project.status().await.expect("is known");
    let (demo, hopeless) = (
        &status.observatories["DEMO"],
        &status.observatories["HOPELESS"],
    );
    assert_eq!((demo.ok, demo.failed, demo.reduced), (10, 0, 10));
    assert_eq!((hopeless.ok, hopeless.failed), (0, 10));
    assert!(project.check(false).await.expect("ends").is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observatory_that_panics_fails_its_source_only() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let open = |registry: Registry| {
        Project::builder("panics")
            .observatory("DEMO")
            .set("catalog.default", "test")
            .registry(Arc::new(registry))
            .data_root(folder.path())
            .open()
    };
    let mut registry = Registry::empty();
    registry.add(demo::NAME, Defective::new);
    let project = open(registry).await.expect("opens");
    for _ in 0..2 {
        let summary = project.run().await.expect("ends");
        assert_eq!(summary.failed, 2, "{:?}", summary.failures);
        assert!(summary.stopped.is_none(), "{:?}", summary.stopped);
        let mut failures: Vec<(&str, &str)> = summary
            .failures
            .iter()
            .map(|failure| (failure.stage, failure.message.as_str()))
            .collect();
        failures.sort_unstable();
        let [fetch, reduce] = failures[..] else {
            panic!("{failures:?}");
        };
        assert!(
            fetch.0 == "fetch" && fetch.1.contains("the third is too much"),
            "{fetch:?}"
        );
        assert!(
            reduce.0 == "reduce" && reduce.1.contains("the fifth is too much"),
            "{reduce:?}"
        );
    }
    let status = project.status().await.expect("is known");
    let of = &status.observatories["DEMO"];
    assert_eq!((of.ok, of.failed, of.reduced), (9, 1, 8), "{status:?}");
    drop(project);
    let project = open(Registry::standard()).await.expect("opens");
    let summary = project.run().await.expect("ends");
    assert_eq!((summary.worked_on, summary.failed), (2, 0));
    assert!(project.check(false).await.expect("ends").is_clean());
}
