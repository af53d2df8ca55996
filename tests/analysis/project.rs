//! Classes of somebody's own in a whole project.

use std::sync::Arc;

use futures::TryStreamExt;
use retriever::analysis::{Checked, Finder, Found, NoParameters, Registry, SnrFinder};
use retriever::project::{Project, ProjectBuilder, RunSummary, Table};

/// Brightenings only.
#[derive(Debug)]
struct Upwards;

impl Finder for Upwards {
    fn method(&self) -> &str {
        "upwards"
    }

    fn score_names(&self) -> Vec<String> {
        SnrFinder::default().score_names()
    }

    fn find(&self, lightcurves: &[Checked<'_>]) -> Found {
        let mut found = SnrFinder::default().find(lightcurves);
        found.events.retain(|event| event.snr > 0.0);
        found
    }
}

/// One that does not know what to do with half of the stars.
#[derive(Debug)]
struct Careless;

impl Finder for Careless {
    fn method(&self) -> &str {
        "careless"
    }

    fn score_names(&self) -> Vec<String> {
        SnrFinder::default().score_names()
    }

    fn find(&self, lightcurves: &[Checked<'_>]) -> Found {
        assert!(
            !lightcurves[0].lightcurve.source_name.starts_with('J'),
            "stars have no names"
        );
        SnrFinder::default().find(lightcurves)
    }
}

fn project(folder: &std::path::Path, finder: &str) -> ProjectBuilder {
    let mut classes = Registry::standard();
    classes.add_finder("upwards", |_: NoParameters| Ok(Upwards));
    classes.add_finder("careless", |_: NoParameters| Ok(Careless));
    Project::builder("own_classes")
        .observatory("DEMO")
        .set("catalog.default", "test")
        .set("observatories.demo.num_points", 50)
        .set("observatories.demo.flare_rate", 1.0)
        .set("finder.class", finder)
        .classes(Arc::new(classes))
        .data_root(folder)
}

async fn run(builder: ProjectBuilder) -> (Project, RunSummary) {
    let project = builder.open().await.unwrap();
    let summary = project.run().await.unwrap();
    (project, summary)
}

#[tokio::test]
async fn a_finder_of_ones_own_serves_a_whole_project() {
    let folder = tempfile::tempdir().unwrap();
    let (project, summary) = run(project(folder.path(), "upwards")).await;
    assert_eq!((summary.failed, summary.analysis.analysed), (0, 10));
    assert!(summary.analysis.detections > 0, "{summary:?}");
    let rows = project.list(Table::Detections).await.unwrap();
    let rows: Vec<_> = rows.try_collect().await.unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        assert_eq!(row["method"], "upwards");
        assert!(row["snr"].as_f64().unwrap() > 0.0);
    }
    assert!(project.configuration().contains("class: upwards"));
}

#[tokio::test]
async fn a_finder_that_panics_fails_the_source_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (project, summary) = run(project(folder.path(), "careless")).await;
    let named = |name: &str| name.starts_with('J');
    let catalog = project.catalog();
    let names = (0..catalog.len()).filter_map(|row| catalog.name(row));
    let careless = names.filter(|name| named(name)).count();
    assert!(careless > 0);
    assert_eq!(summary.failed, careless);
    assert_eq!(summary.analysis.analysed, 10 - careless);
    let failure = &summary.failures[0];
    assert_eq!(failure.stage, "analyze");
    assert!(
        failure.message.contains("stars have no names"),
        "{failure:?}"
    );
    assert_eq!(
        project.status().await.unwrap().analyses.failed,
        careless as u64
    );
}
