//! Jobs go on while nobody waits, and are found again.

use std::process::{Child, Command, Stdio};

use super::{Journey, Service, gaia, stored, tables};

const ADQL: &str = "SELECT source_id, ra, dec FROM gaiadr3.gaia_source";

/// The real program at work; killed when it is dropped.
struct Running(Child);

impl Running {
    fn start(journey: &Journey) -> Running {
        let child = Command::new(env!("CARGO_BIN_EXE_retriever"))
            .args(["run", "project.yaml"])
            .current_dir(journey.path("."))
            .env("RETRIEVER_DATA", journey.data())
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Running(child)
    }

    fn end(mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Jobs that were begun: each is begun by one request and started by another.
fn begun(service: &Service) -> usize {
    let script = service.script();
    script
        .requests
        .iter()
        .filter(|seen| *seen == "POST /async")
        .count()
}

#[test]
fn a_killed_run_finds_its_job_again() {
    let service = Service::answering(tables::gaia(3));
    service.script().holds = true;
    let journey = Journey::new(&[], &gaia(&service, ADQL, ""));
    let running = Running::start(&journey);
    // the note is on disk before the job is looked at for the first time
    service.wait_for("GET /async", 3);
    drop(running);
    let notes: Vec<_> = stored(&journey)
        .into_iter()
        .filter(|file| file.to_str().unwrap().ends_with(".job.json"))
        .collect();
    assert_eq!(notes.len(), 1);
    service.script().holds = false;
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(journey.raw().len(), 3);
    assert_eq!(begun(&service), 1);
    assert_eq!(service.script().jobs(), 0);
    assert_eq!(
        stored(&journey).len(),
        1,
        "no note stays: {:?}",
        stored(&journey)
    );
}

#[test]
fn waiting_ends_at_the_timeout_and_goes_on_with_the_same_job() {
    let service = Service::answering(tables::gaia(3));
    service.script().holds = true;
    let journey = Journey::new(&[], &gaia(&service, ADQL, "    timeout: 1\n"));
    let ended = journey.run();
    assert_eq!(ended.code, 5, "{ended:?}");
    assert!(
        ended.err.contains("still executing after 1 s"),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains("waits for the same job again"),
        "{}",
        ended.err
    );
    service.script().holds = false;
    assert_eq!(journey.run().code, 0);
    assert_eq!(begun(&service), 1);
}

#[test]
fn a_job_that_the_service_has_forgotten_is_begun_anew() {
    let service = Service::answering(tables::gaia(3));
    service.script().forgets = true;
    let journey = Journey::new(&[], &gaia(&service, ADQL, ""));
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.err.contains("does not know the job any more"),
        "{}",
        ended.err
    );
    assert_eq!(begun(&service), 2);
    assert_eq!(stored(&journey).len(), 1);
}

#[test]
fn a_job_of_another_limit_is_dropped_and_not_waited_for() {
    let service = Service::answering(tables::gaia(3));
    service.script().holds = true;
    let journey = Journey::new(
        &[],
        &gaia(&service, ADQL, "    timeout: 1\n    max_rows: 3\n"),
    );
    assert_eq!(journey.run().code, 5);
    service.script().holds = false;
    journey.describe(&gaia(&service, ADQL, "    max_rows: 4\n"));
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(begun(&service), 2);
    assert_eq!(service.count("DELETE"), 2, "both jobs are dropped");
}

#[test]
fn two_runs_at_once_begin_one_job() {
    let service = Service::answering(tables::gaia(3));
    service.script().holds = true;
    let journey = Journey::new(&[], &gaia(&service, ADQL, ""));
    let one = Running::start(&journey);
    service.wait_for("GET /async", 2);
    let two = Running::start(&journey);
    service.wait_for("GET /async", 4);
    service.script().holds = false;
    assert_eq!((one.end(), two.end()), (Some(0), Some(0)));
    assert_eq!(begun(&service), 1);
    assert_eq!(journey.raw().len(), 3);
}

#[test]
fn a_note_that_cannot_be_read_is_no_obstacle() {
    let service = Service::answering(tables::gaia(3));
    let journey = Journey::new(&[], &gaia(&service, ADQL, ""));
    assert_eq!(journey.run().code, 0);
    let file = stored(&journey).remove(0);
    std::fs::remove_file(&file).unwrap();
    std::fs::write(file.with_extension("job.json"), "{\"job\": 7").unwrap();
    std::fs::write(file.with_extension("vot"), "<VOTABLE>").unwrap();
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(stored(&journey), [file]);
}
