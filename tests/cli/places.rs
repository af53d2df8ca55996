//! Data roots and databases that may only be read, are none, or have lost a part.

use super::desk::{DEMO, Desk, said};

/// All commands that only look, each with words by which its answer is known.
const LOOKS: [(&[&str], &str); 10] = [
    (&["status", "p.yaml"], "3 sources in the catalog"),
    (&["ls", "sources", "p.yaml"], "Sirius"),
    (&["show", "Vega", "p.yaml"], "row 0 of the catalog"),
    (&["check", "p.yaml"], "all sound"),
    (&["cite", "p.yaml"], "Retriever"),
    (&["efficiency", "p.yaml"], ""),
    (&["rates", "p.yaml"], ""),
    (&["plot", "Vega", "p.yaml", "-o", "pictures/a.svg"], ""),
    (&["run", "p.yaml", "--dry-run"], ""),
    (
        &["export", "sources", "p.yaml", "--format", "csv", "-o", "-"],
        "Barnard's star",
    ),
];

/// What calls the program for somebody who is not root, whom no permissions hold back. None where that cannot be had.
#[cfg(unix)]
fn as_a_stranger(desk: &Desk, words: &[&str]) -> Option<std::process::Command> {
    use std::os::unix::fs::MetadataExt;
    let own = desk.command(words);
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !is_root {
        return Some(own);
    }
    let wrapped = |program: &std::process::Command| {
        let mut command = std::process::Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(program.get_program())
            .args(program.get_args())
            .current_dir(desk.path("."))
            .stdin(std::process::Stdio::null());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    };
    let can = wrapped(&desk.command(&["--version"])).output();
    if !can.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: nobody else can run the program here");
        return None;
    }
    Some(wrapped(&own))
}

#[cfg(unix)]
fn set_mode(desk: &Desk, mode: &str, name: &str) {
    let path = desk.path(name);
    let status = std::process::Command::new("chmod")
        .args(["-R", mode])
        .arg(path)
        .status();
    assert!(status.unwrap().success());
}

#[cfg(unix)]
#[test]
fn what_may_only_be_read_can_be_looked_at_and_nothing_is_made_there() {
    let desk = Desk::with(DEMO);
    desk.good(&["run", "p.yaml"]);
    std::fs::create_dir(desk.path("pictures")).unwrap();
    set_mode(&desk, "a+rX", ".");
    set_mode(&desk, "a+rwX", "pictures");
    set_mode(&desk, "a-w", "results");
    let names = || {
        let entries = std::fs::read_dir(desk.path("results")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    for (words, answer) in LOOKS {
        let Some(command) = as_a_stranger(&desk, words) else {
            break;
        };
        let said = said(command);
        assert_eq!(said.code, Some(0), "{words:?}: {said:?}");
        assert!(said.out.contains(answer), "{words:?}: {said:?}");
        assert_eq!(names(), before, "{words:?}");
    }
    for words in [
        &["run", "p.yaml", "--redo"][..],
        &["fetch", "p.yaml"],
        &["check", "p.yaml", "--repair"],
    ] {
        let Some(command) = as_a_stranger(&desk, words) else {
            break;
        };
        let said = said(command);
        assert_eq!(said.code, Some(7), "{words:?}: {said:?}");
        assert_eq!(names(), before, "{words:?}");
    }
    // so that it can be removed
    set_mode(&desk, "u+w", "results");
}

/// In a folder that everybody may write, the journal would be the reader's own and keep the owner from writing.
#[cfg(unix)]
#[test]
fn a_file_of_others_in_a_folder_for_all_gets_no_journal_of_the_reader() {
    let desk = Desk::with(DEMO);
    desk.good(&["run", "p.yaml"]);
    set_mode(&desk, "a+rX", ".");
    set_mode(&desk, "a+rwX", "results");
    set_mode(&desk, "a-w", "results/retriever.db");
    if let Some(command) = as_a_stranger(&desk, &["status", "p.yaml"]) {
        let said = said(command);
        assert_eq!(said.code, Some(0), "{said:?}");
        for beside in ["results/retriever.db-wal", "results/retriever.db-shm"] {
            assert!(!desk.path(beside).exists(), "{beside}");
        }
    }
}

/// Who makes the database, and some of those who only look into it.
const WHO_LOOKS: [&[&str]; 5] = [
    &["run", "p.yaml"],
    &["status", "p.yaml"],
    &["ls", "sources", "p.yaml"],
    &["show", "Vega", "p.yaml"],
    &["check", "p.yaml"],
];

#[test]
fn a_folder_in_place_of_the_database_is_told_by_who_looks_too() {
    let desk = Desk::with(DEMO);
    desk.good(&["run", "p.yaml"]);
    std::fs::remove_file(desk.path("results/retriever.db")).unwrap();
    std::fs::create_dir(desk.path("results/retriever.db")).unwrap();
    for words in WHO_LOOKS {
        let said = desk.call(words);
        assert_eq!(said.code, Some(7), "{words:?}: {said:?}");
        assert!(said.err.contains("retriever.db"), "{words:?}: {said:?}");
    }
}

#[test]
fn a_file_in_place_of_the_data_root_is_told_by_who_looks_too() {
    let desk = Desk::with(DEMO);
    for root in ["p.yaml", "p.yaml/below"] {
        for words in WHO_LOOKS {
            let said = desk.call(&[words, &["--data", root]].concat());
            assert_eq!(said.code, Some(7), "{words:?}: {said:?}");
            assert!(said.err.contains("--data"), "{words:?}: {said:?}");
        }
    }
}

#[tokio::test]
async fn a_check_misses_a_table_that_somebody_has_dropped() {
    use sea_orm::ConnectionTrait;
    let desk = Desk::with(DEMO);
    desk.good(&["run", "p.yaml"]);
    let url = format!("sqlite://{}", desk.path("results/retriever.db").display());
    let database = sea_orm::Database::connect(url).await.unwrap();
    let drop = "DROP TABLE detections";
    database.execute_unprepared(drop).await.unwrap();
    database.close().await.unwrap();
    for words in [&["check", "p.yaml"][..], &["check", "p.yaml", "--repair"]] {
        let err = desk.refused(words);
        assert!(err.contains("no such table: detections"), "{err}");
        assert!(err.contains("retriever.db"), "{err}");
    }
}

#[test]
fn a_source_that_has_left_the_catalog_is_counted_apart() {
    let desk = Desk::with(DEMO);
    desk.good(&["run", "p.yaml"]);
    let rows = super::desk::TARGETS.lines();
    let kept: Vec<&str> = rows.filter(|row| !row.starts_with("Sirius")).collect();
    desk.write("targets.csv", kept.join("\n") + "\n");
    let said = desk.good(&["status", "p.yaml"]).out;
    let first = said.lines().next().unwrap();
    assert!(
        first.ends_with(": 2 sources in the catalog, 1 more that is not in it"),
        "{first}"
    );
    let status = desk.json(&["status", "p.yaml", "--json"]);
    assert_eq!(status["sources"], 2);
    assert_eq!(status["not_in_catalog"], 1);
    assert_eq!(status["observatories"]["DEMO"]["ok"], 3);
    assert_eq!(status["observatories"]["DEMO"]["pending"], 0);
    let shown = |name: &str| desk.good(&["show", name, "p.yaml"]).out;
    assert!(shown("Sirius").contains("not in the catalog"));
    // the rows behind it have moved up
    assert!(shown("Barnard's star").contains("row 1 of the catalog"));
}
