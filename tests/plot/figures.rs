//! What a project gathers for its pictures.

use futures::TryStreamExt;
use retriever::photometry::Kind;
use retriever::plot::{Brightness, MarkKind, SkyStatus};
use retriever::project::{Fold, LightcurveOptions, Project, ProjectError, Table};
use serde_json::Value;

async fn project(folder: &std::path::Path, save_simulated: bool) -> Project {
    Project::builder("pictures")
        .observatory("DEMO")
        .set("project.seed", 3)
        .set("catalog.default", "test")
        .set("observatories.demo.num_points", 80)
        .set("observatories.demo.flare_rate", 1.0)
        .set("observatories.demo.empty_rate", 0.3)
        .set("analysis.num_injections", 2)
        .set("analysis.save_simulated", save_simulated)
        .data_root(folder)
        .open()
        .await
        .unwrap()
}

async fn rows(project: &Project, table: Table) -> Vec<serde_json::Map<String, Value>> {
    let rows = project.list(table).await.unwrap();
    rows.try_collect().await.unwrap()
}

#[tokio::test]
async fn a_figure_has_the_epochs_detections_and_events_of_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path(), true).await;
    project.run().await.unwrap();
    let detections = rows(&project, Table::Detections).await;
    let real: Vec<_> = (detections.iter())
        .filter(|row| row["simulated"] == Value::Bool(false))
        .collect();
    let name = real[0]["source_name"].as_str().unwrap();
    let of_source = real.iter().filter(|row| row["source_name"] == name);
    let options = LightcurveOptions::default();
    let figure = project.lightcurve_figure(name, &options).await.unwrap();
    assert_eq!(figure.source_name, name);
    let processed = project.lightcurves_of(name, Kind::Processed).await.unwrap();
    assert!(!processed.is_empty());
    assert_eq!(figure.series.len(), processed.len());
    let epochs: usize = figure.series.iter().map(|series| series.time.len()).sum();
    let expected = processed.iter().map(|lightcurve| {
        let epochs = &lightcurve.epochs;
        (epochs.mjd.iter().zip(&epochs.mag))
            .filter(|(time, mag)| time.is_finite() && mag.is_finite())
            .count()
    });
    assert_eq!(epochs, expected.sum::<usize>());
    assert!((figure.series.iter()).all(|series| series.brightness == Brightness::Magnitude));
    let of_kind = |kind| {
        figure
            .marks
            .iter()
            .filter(move |mark| mark.kind == kind)
            .count()
    };
    assert_eq!(of_kind(MarkKind::Detection), of_source.count());
    assert_eq!(of_kind(MarkKind::Recovered) + of_kind(MarkKind::Missed), 2);
    // a detection stands at an epoch
    let peak = figure
        .marks
        .iter()
        .find(|mark| mark.kind == MarkKind::Detection)
        .unwrap();
    let times = figure.series.iter().flat_map(|series| &series.time);
    assert!(
        times
            .into_iter()
            .any(|time| (time - peak.time).abs() < 1e-6)
    );

    let fluxes = LightcurveOptions {
        flux: true,
        ..options.clone()
    };
    let figure = project.lightcurve_figure(name, &fluxes).await.unwrap();
    assert!((figure.series.iter()).all(|series| series.brightness == Brightness::Flux));

    let second = LightcurveOptions {
        injection: Some(2),
        ..options.clone()
    };
    let figure = project.lightcurve_figure(name, &second).await.unwrap();
    assert!(
        figure
            .series
            .iter()
            .all(|series| series.injection == Some(2))
    );
    let simulated: Vec<_> = (figure.marks.iter())
        .filter(|mark| mark.kind != MarkKind::Detection)
        .collect();
    assert_eq!(simulated.len(), 1);
    assert!(
        simulated[0].text.starts_with("simulated event 2: "),
        "{}",
        simulated[0].text
    );

    let folded = LightcurveOptions {
        fold: Some(Fold::Days(0.25)),
        ..options
    };
    let figure = project.lightcurve_figure(name, &folded).await.unwrap();
    assert_eq!(figure.period, Some(0.25));
    let first = figure.series.iter().map(|series| series.time[0]);
    assert_eq!(figure.epoch, first.fold(f64::INFINITY, f64::min));
}

#[tokio::test]
async fn what_is_not_kept_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path(), false).await;
    let name = project.catalog().name(0).unwrap().to_owned();
    let with = |options: LightcurveOptions| {
        let (project, name) = (&project, &name);
        async move { project.lightcurve_figure(name, &options).await }
    };
    // before the first run there is no database, and none is made
    let empty = with(LightcurveOptions::default()).await.unwrap();
    assert!(empty.series.is_empty() && empty.ra.is_finite());
    assert!(!folder.path().join("retriever.db").exists());
    project.run().await.unwrap();
    let simulated = LightcurveOptions {
        injection: Some(1),
        ..LightcurveOptions::default()
    };
    let error = with(simulated).await.unwrap_err();
    assert!(
        matches!(error, ProjectError::NothingToShow { .. }),
        "{error}"
    );
    let period = LightcurveOptions {
        fold: Some(Fold::Days(-1.0)),
        ..LightcurveOptions::default()
    };
    let error = with(period).await.unwrap_err();
    assert!(matches!(error, ProjectError::Period { .. }), "{error}");
    let options = LightcurveOptions::default();
    let unknown = project.lightcurve_figure("nobody", &options).await;
    let error = unknown.unwrap_err();
    assert!(matches!(error, ProjectError::NotInCatalog(_)), "{error}");
}

#[tokio::test]
async fn pictures_of_all_sources_add_up_to_the_project() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path(), false).await;
    let before = project.sky_figure().await.unwrap();
    assert_eq!(before.points.len(), 10);
    assert!(
        before
            .points
            .iter()
            .all(|point| point.status == SkyStatus::Pending)
    );
    assert_eq!(
        project
            .scores_figure()
            .await
            .unwrap()
            .all
            .iter()
            .sum::<u64>(),
        0
    );
    project.run().await.unwrap();
    let status = project.status().await.unwrap();
    let demo = &status.observatories["DEMO"];
    assert!(demo.ok > 0 && demo.empty > 0, "{demo:?}");

    let sky = project.sky_figure().await.unwrap();
    let number = |status| {
        sky.points
            .iter()
            .filter(|point| point.status == status)
            .count() as u64
    };
    assert_eq!(sky.points.len(), 10);
    assert_eq!(number(SkyStatus::Empty), demo.empty);
    assert_eq!(number(SkyStatus::Detected) + number(SkyStatus::Ok), demo.ok);
    let detections = rows(&project, Table::Detections).await;
    for point in &sky.points {
        let found = detections.iter().any(|row| {
            row["source_name"] == point.name.as_str() && row["simulated"] == Value::Bool(false)
        });
        assert_eq!(point.status == SkyStatus::Detected, found, "{}", point.name);
    }

    let scores = project.scores_figure().await.unwrap();
    assert_eq!(
        (scores.score.as_str(), scores.threshold),
        ("score", Some(5.0))
    );
    assert_eq!(scores.edges.len(), scores.all.len() + 1);
    let counted: u64 = scores.all.iter().sum();
    let outside = scores.underflow + scores.overflow + scores.nan;
    assert_eq!(counted + outside, status.epochs);
    let good: u64 = scores.good.iter().sum();
    let by_filter = scores.filters.iter().flat_map(|(_, counts)| counts);
    assert_eq!(by_filter.sum::<u64>(), good);
    assert!(good <= counted && good > 0);

    let efficiency = project.efficiency_figure().await.unwrap();
    assert_eq!(efficiency.tables[0].total.injected, status.injections.total);
    let coverage = project.coverage_figure().await.unwrap();
    assert_eq!(coverage.sources, 10);
    let row = &coverage.observatories[0];
    assert_eq!(
        (row.ok, row.empty, row.epochs),
        (demo.ok, demo.empty, status.epochs)
    );
}
