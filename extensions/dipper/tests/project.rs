//! The project of this folder, from the file to the detections.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use futures::TryStreamExt;
use retriever::project::{Project, ProjectBuilder, Table};

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("project.yaml")
}

#[tokio::test]
async fn most_of_the_sure_dips_are_found_again_and_hardly_any_is_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let builder = ProjectBuilder::from_file(&file()).unwrap();
    let builder = builder
        .classes(Arc::new(dipper::classes()))
        .data_root(folder.path());
    let project = builder.open().await.unwrap();
    let summary = project.run().await.unwrap();
    assert_eq!((summary.failed, summary.analysis.analysed), (0, 8));
    let injections: Vec<_> = project
        .list(Table::Injections)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(injections.len(), 24);
    let sure = injections
        .iter()
        .filter(|row| row["snr_expected"].as_f64() > Some(8.0));
    let (found, missed): (Vec<_>, Vec<_>) = sure.partition(|row| row["recovered"] == true);
    assert!(
        found.len() > 5 * missed.len(),
        "{} found, {} missed",
        found.len(),
        missed.len()
    );
    let detections: Vec<_> = project
        .list(Table::Detections)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    let real = detections.iter().filter(|row| row["simulated"] == false);
    // noise alone: 8 lightcurves, and a false-alarm probability of less than 1e-5 each
    assert_eq!(real.count(), 0);
    for row in &detections {
        assert_eq!(row["method"], "dipper");
        assert!(row["snr"].as_f64().is_some_and(|snr| snr < 0.0), "{row:?}");
    }
}

#[test]
fn the_program_is_the_whole_command_line_with_one_more_finder() {
    let folder = tempfile::tempdir().unwrap();
    let call = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_retriever-dipper"));
        let command = command
            .args(words)
            .current_dir(folder.path())
            .env_remove("RETRIEVER_DATA");
        let output = command.output().unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let (code, schema) = call(&["config", "schema"]);
    assert_eq!(code, Some(0));
    assert!(
        schema.contains("finder of class dipper:\nmin_duration"),
        "{schema}"
    );
    let project = file();
    let project = project.to_str().unwrap();
    assert_eq!(call(&["run", project]).0, Some(0));
    let (code, efficiency) = call(&["efficiency", project]);
    assert_eq!(code, Some(0));
    assert!(
        efficiency.contains("of 24 simulated events were found"),
        "{efficiency}"
    );
    let (code, help) = call(&["run", "--help"]);
    assert!(
        code == Some(0) && help.contains("Usage: retriever-dipper run"),
        "{help}"
    );
}

/// A file that says what cannot be is refused where it says so.
#[tokio::test]
async fn parameters_are_checked_like_retrievers_own() {
    let wrong = Project::builder("x")
        .observatory("DEMO")
        .set("catalog.default", "test")
        .set("finder.class", "dipper")
        .set("finder.max_duration", 0.01)
        .classes(Arc::new(dipper::classes()));
    let error = wrong.open().await.unwrap_err().to_string();
    assert!(error.contains("max_duration"), "{error}");
}
