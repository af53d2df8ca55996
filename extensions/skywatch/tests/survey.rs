//! The survey as a project meets it: a real server on loopback, its promises, and a run.

mod service;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use futures::TryStreamExt;
use retriever::catalog::Target;
use retriever::observatory::{Observatory, Surroundings, conformance};
use retriever::parameters::Node;
use retriever::project::{Project, ProjectBuilder, Table};
use service::Service;

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn serve() -> Service {
    Service::start(&here("data"), 0).unwrap()
}

fn observatory(service: &Service) -> Observatory {
    let section = Node::section()
        .with("url", service.url())
        .with("rate_limit", 1000.0);
    let registry = skywatch::observatories();
    registry
        .observatory("skywatch", &section, &Surroundings::new(0))
        .unwrap()
}

fn target(name: &str, ra: f64, dec: f64) -> Target {
    Target {
        name: name.to_owned(),
        ra,
        dec,
        epoch: 2020.0,
        ..Target::default()
    }
}

#[tokio::test]
async fn it_keeps_the_promises_of_every_observatory() {
    let service = serve();
    let case = conformance::Case {
        observatory: observatory(&service),
        somewhere: target("star", 150.1, 2.2),
        nowhere: Some(target("nothing", 10.0, -80.0)),
        skipped: Some(target("north", 10.0, 89.0)),
    };
    conformance::all(&case).await;
}

async fn project(service: &Service, folder: &Path) -> Project {
    let builder = ProjectBuilder::from_file(&here("project.yaml")).unwrap();
    let builder = builder
        .registry(Arc::new(skywatch::observatories()))
        .set("observatories.skywatch.url", service.url())
        .set("observatories.retry_delay", 0.0)
        .data_root(folder);
    builder.open().await.unwrap()
}

#[tokio::test]
async fn a_project_gets_what_there_is_and_asks_once() {
    // the first two requests are answered with 503, and sent again
    let service = serve().busy_for(2);
    let folder = tempfile::tempdir().unwrap();
    let project = project(&service, folder.path()).await;
    let summary = project.run().await.unwrap();
    assert_eq!((summary.selected, summary.failed), (4, 0), "{summary:?}");
    let status = project.status().await.unwrap();
    let counts = &status.observatories["SKYWATCH"];
    assert_eq!((counts.ok, counts.empty, counts.skipped), (2, 1, 1));
    // two cameras in two seasons, one of them with a second filter; the other star has one camera in one season
    let rows = project.list(Table::Lightcurves(None)).await.unwrap();
    let rows: Vec<_> = rows.try_collect().await.unwrap();
    let reduced: Vec<_> = rows.iter().filter(|row| row["kind"] == "reduced").collect();
    assert_eq!(reduced.len(), 6, "{reduced:?}");
    let flare = project.list(Table::Detections).await.unwrap();
    let flare: Vec<_> = flare.try_collect().await.unwrap();
    let real: Vec<_> = flare
        .iter()
        .filter(|row| row["simulated"] == false)
        .collect();
    assert_eq!(real.len(), 1, "{real:?}");
    assert_eq!(real[0]["source_name"], "TYC 254-1-1");
    let asked = service.requests();
    assert!(project.run().await.unwrap().all_was_done());
    assert_eq!(service.requests(), asked);
    let credits = project.credits().await.unwrap();
    assert_eq!(
        credits[0].acknowledgements,
        ["This work made use of data that Skywatch made up."]
    );
}

#[test]
fn the_program_is_the_whole_command_line_with_one_more_survey() {
    let service = serve();
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(here("project.yaml")).unwrap();
    let text = text.replace("http://127.0.0.1:8765", &service.url());
    std::fs::write(folder.path().join("project.yaml"), text).unwrap();
    std::fs::copy(here("targets.csv"), folder.path().join("targets.csv")).unwrap();
    let call = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_retriever-skywatch"));
        let command = command.args(words).current_dir(folder.path());
        let command = command
            .env_remove("RETRIEVER_DATA")
            .env("NO_PROXY", "127.0.0.1");
        let output = command.output().unwrap();
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        (
            output.status.code(),
            out,
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, _, err) = call(&["run", "project.yaml"]);
    assert_eq!(code, Some(0), "{err}");
    let (_, out, err) = call(&["status", "project.yaml"]);
    assert!(out.contains("SKYWATCH"), "{out} {err}");
    let (code, out, _) = call(&["cite", "project.yaml", "--bibtex"]);
    assert!(code == Some(0) && out.contains("@misc{Skywatch,"), "{out}");
}
