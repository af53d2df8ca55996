//! The project of this folder, against a stand-in for IRSA on loopback.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use futures::TryStreamExt;
use retriever::photometry::{Kind, Lightcurve};
use retriever::project::{Project, ProjectBuilder, Table};
use retriever_standin::{StandIn, SyntheticShape};

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A made-up sky with something at each of the targets, in g and r.
fn irsa() -> StandIn {
    let positions = [(250.12345, 34.56789), (208.29, 48.67), (120.5, 10.25)];
    let shape = SyntheticShape {
        epochs_per_season: 200,
        ..SyntheticShape::default()
    };
    StandIn::synthetic_shaped(5, &positions, shape)
}

async fn project(irsa: &StandIn, folder: &Path) -> Project {
    let builder = ProjectBuilder::from_file(&here("project.yaml")).unwrap();
    let builder = builder
        .classes(Arc::new(colours::classes()))
        .set("observatories.ztf.url", irsa.url())
        .set("observatories.ztf.limiting_magnitude", 30.0)
        .set("observatories.ztf.mag_range_other_filter", 30.0)
        .set("observatories.ztf.rate_limit", 1000.0)
        // the sky is made of nights at random: wider pairs are found more often
        .set("analysis.pair_time", 2.0)
        .data_root(folder);
    builder.open().await.unwrap()
}

#[tokio::test]
async fn colours_become_properties_columns_and_a_histogram() {
    let (irsa, folder) = (irsa(), tempfile::tempdir().unwrap());
    let project = project(&irsa, folder.path()).await;
    let summary = project.run().await.unwrap();
    assert_eq!(
        (summary.failed, summary.analysis.analysed),
        (0, 3),
        "{summary:?}"
    );
    let properties: Vec<_> = project
        .list(Table::Properties)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(properties.len(), 3);
    let mut pairs = 0;
    for row in &properties {
        let colours = &row["extra"]["colours"];
        pairs += colours["pairs"].as_u64().unwrap();
        assert!(colours["mean"].as_f64().unwrap().abs() < 3.0, "{row:?}");
        // what the standard analysis gives is there too
        assert!(row["best_snr"].is_number(), "{row:?}");
    }
    assert!(pairs > 100, "{pairs}");
    let file = folder.path().join("COLOURS/histograms_colours.nc");
    assert!(
        file.is_file()
            && folder
                .path()
                .join("COLOURS/histograms_all_scores.nc")
                .is_file()
    );
    let processed = project.lightcurves(Kind::Processed).await.unwrap();
    let processed: Vec<Lightcurve> = processed.try_concat().await.unwrap();
    let with_colours = processed.iter().filter(|lightcurve| {
        lightcurve
            .epochs
            .extra
            .iter()
            .any(|column| column.name == "colour")
    });
    let mut finite = 0;
    for lightcurve in with_colours {
        assert_eq!(lightcurve.filter, "zg");
        let column = lightcurve
            .epochs
            .extra
            .iter()
            .find(|column| column.name == "colour")
            .unwrap();
        finite += column
            .values
            .to_floats()
            .unwrap()
            .iter()
            .filter(|value| value.is_finite())
            .count() as u64;
    }
    assert_eq!(finite, pairs);
}

#[test]
fn the_program_is_the_whole_command_line_with_one_more_analysis() {
    let call = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_retriever-colours"))
            .args(words)
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let (code, schema) = call(&["config", "schema"]);
    assert!(
        code == Some(0) && schema.contains("analysis of class colours:\nblue_filter"),
        "{schema}"
    );
    let project = here("project.yaml");
    let (code, shown) = call(&["config", "show", project.to_str().unwrap()]);
    assert!(
        code == Some(0) && shown.contains("class: colours"),
        "{shown}"
    );
}
