//! Where commands write: not over the project itself, into pipes and devices, and nothing is left of what was given up.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::desk::{DEMO, Desk};

fn with_results() -> Desk {
    let desk = Desk::with(DEMO);
    desk.good(&["run", "p.yaml", "-q"]);
    desk
}

#[test]
fn what_the_project_lives_on_is_not_written_over() {
    let desk = with_results();
    let database = "results/retriever.db";
    for (words, name) in [
        (["export", "sources"], "targets.csv"),
        (["export", "sources"], "p.yaml"),
        (["export", "sources"], database),
    ] {
        let before = fs::read(desk.path(name)).unwrap();
        let words = [words[0], words[1], "p.yaml", "--format", "csv", "-o", name];
        let said = desk.refused(&words);
        assert!(said.contains("not written over"), "{said}");
        assert!(fs::read(desk.path(name)).unwrap() == before, "{name}");
    }
    let said = desk.refused(&["report", "p.yaml", "-o", "p.yaml"]);
    assert!(said.contains("does not end in .html"), "{said}");
    // what is no product may be written again
    for _ in 0..2 {
        desk.good(&["export", "sources", "p.yaml", "-o", "results/sources.csv"]);
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_written_into_and_a_link_stays() {
    let desk = with_results();
    desk.good(&["export", "sources", "p.yaml", "-o", "sources.csv"]);
    let expected = fs::read_to_string(desk.path("sources.csv")).unwrap();
    let pipe = desk.path("pipe.csv");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    desk.good(&["export", "sources", "p.yaml", "-o", "pipe.csv"]);
    assert_eq!(reader.join().unwrap(), expected);
    fs::write(desk.path("real.csv"), "old").unwrap();
    std::os::unix::fs::symlink("real.csv", desk.path("link.csv")).unwrap();
    desk.good(&["export", "sources", "p.yaml", "-o", "link.csv"]);
    let link = fs::symlink_metadata(desk.path("link.csv")).unwrap();
    assert!(link.is_symlink());
    let real = fs::read_to_string(desk.path("real.csv")).unwrap();
    assert_eq!(real, expected);
}

#[cfg(unix)]
#[test]
fn an_export_that_is_interrupted_leaves_nothing() {
    let desk = Desk::with(
        "project: {name: first, obs_names: [demo]}\n\
         catalog: {filename: targets.csv}\n\
         observatories: {demo: {num_points: 400000}}\n\
         analysis: {enabled: false}\n",
    );
    desk.good(&["run", "p.yaml", "-q"]);
    let before = desk.names();
    let mut child = desk
        .command(&["export", "lightcurves", "p.yaml", "-o", "all.ecsv"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let is_part = |name: &String| name.starts_with(".retriever-");
    let begun = Instant::now();
    while !desk.names().iter().any(is_part) && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let id = child.id().to_string();
    let told = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(told.success());
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(130), "it was over before it was interrupted");
    assert_eq!(desk.names(), before);
}
