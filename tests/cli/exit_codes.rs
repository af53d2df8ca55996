//! How the program ends, for scripts.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::desk::{DEMO, Desk};

#[test]
fn done_is_0_and_sources_that_failed_are_1() {
    let desk = Desk::with(DEMO);
    assert_eq!(desk.call(&["run", "p.yaml"]).code, Some(0));
    assert_eq!(desk.call(&["run", "p.yaml"]).code, Some(0));
    let failing = Desk::with(&DEMO.replace("num_points: 30", "failure_rate: 1.0"));
    assert_eq!(failing.call(&["run", "p.yaml"]).code, Some(1));
    assert_eq!(failing.call(&["run", "p.yaml", "-q"]).code, Some(1));
    assert_eq!(failing.call(&["status", "p.yaml"]).code, Some(0));
}

#[cfg(unix)]
#[test]
fn credentials_that_others_can_read_are_4() {
    use std::os::unix::fs::PermissionsExt;
    let desk =
        Desk::with("project: {name: x, obs_names: [ztf]}\ncatalog: {filename: targets.csv}\n");
    desk.write(
        "credentials.yaml",
        "ztf: {username: me, password: hunter2}\n",
    );
    let file = desk.path("credentials.yaml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let said = desk.call(&["run", "p.yaml"]);
    assert_eq!(said.code, Some(4));
    assert!(
        said.err.ends_with("help: chmod 600 credentials.yaml\n"),
        "{said:?}"
    );
    assert!(!said.err.contains("hunter2"));
}

#[test]
fn a_database_that_is_away_is_5() {
    let away = "database: {url: \"postgres://me@127.0.0.1:1/db\", retry_window: 0}\n";
    let desk = Desk::with(&format!("{DEMO}{away}"));
    let said = desk.call(&["run", "p.yaml"]);
    assert_eq!(said.code, Some(5), "{said:?}");
}

#[test]
fn a_lost_file_is_6_until_it_is_mended() {
    let desk = Desk::with(DEMO);
    desk.good(&["run", "p.yaml"]);
    assert_eq!(desk.call(&["check", "p.yaml"]).code, Some(0));
    let raw = desk.json(&["ls", "raw", "p.yaml", "--json"]);
    let file = desk.path("results").join(raw[0]["file"].as_str().unwrap());
    std::fs::remove_file(file).unwrap();
    let said = desk.call(&["check", "p.yaml"]);
    assert_eq!(said.code, Some(6), "{said:?}");
    assert!(said.out.contains("--repair"), "{said:?}");
    assert_eq!(desk.call(&["check", "p.yaml", "--repair"]).code, Some(0));
    assert_eq!(desk.call(&["check", "p.yaml"]).code, Some(0));
}

#[test]
fn where_nothing_can_be_written_is_7() {
    let desk = Desk::with(DEMO);
    for folder in ["p.yaml", "p.yaml/below"] {
        let said = desk.call(&["run", "p.yaml", "--data", folder]);
        assert_eq!(said.code, Some(7), "{said:?}");
        assert!(said.err.contains("--data"), "{said:?}");
    }
    let said = desk.call(&["catalog", "make", "-o", "nowhere/at/all.csv"]);
    assert_eq!(said.code, Some(7), "{said:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_7() {
    let desk = Desk::with(DEMO);
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = desk.command(&["config", "schema"]);
    assert_eq!(command.stdout(full).status().unwrap().code(), Some(7));
}

#[test]
fn a_pipe_that_is_closed_changes_nothing() {
    let desk = Desk::with(DEMO);
    desk.good(&["run", "p.yaml"]);
    let failing = Desk::with(&DEMO.replace("num_points: 30", "failure_rate: 1.0"));
    for (desk, words, code) in [
        (&desk, &["ls", "lightcurves", "p.yaml"][..], 0),
        (&desk, &["ls", "raw", "p.yaml", "--json"], 0),
        (&desk, &["config", "schema"], 0),
        (&desk, &["--help"], 0),
        (&desk, &["run", "p.yaml"], 0),
        (&failing, &["run", "p.yaml"], 1),
    ] {
        let mut child = desk
            .command(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {err}");
        assert!(
            !err.contains("panicked") && !err.contains("error"),
            "{words:?}: {err}"
        );
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_is_130_or_143_and_says_how_to_go_on() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        // some seconds of work, of which the first tenths are seen
        let desk = Desk::with(&DEMO.replace("num_points: 30", "wait_time: 0.2"));
        desk.good(&["catalog", "make", "--rows", "400", "-o", "targets.csv"]);
        let mut command = desk.command(&["run", "p.yaml", "--data", "my data", "--start", "2"]);
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let child = Ended(Some(child));
        wait_for(|| desk.path("my data/DEMO").exists());
        let id = child.0.as_ref().unwrap().id().to_string();
        let kill = std::process::Command::new("kill")
            .args(["-s", signal, &id])
            .status();
        assert!(kill.unwrap().success());
        let output = child.output();
        let out = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{out}");
        assert!(out.contains("Stopped: interrupted.\n"), "{out}");
        let last = out.lines().last().unwrap();
        assert_eq!(
            last,
            "Go on with: retriever run p.yaml --start 2 --data 'my data'"
        );
    }
}

/// A child that does not outlive its test.
struct Ended(Option<Child>);

impl Ended {
    fn output(mut self) -> std::process::Output {
        self.0.take().unwrap().wait_with_output().unwrap()
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn wait_for(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "it did not come");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
