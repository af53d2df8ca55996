//! `retriever status` and `retriever ls`.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use serde_json::{Value, json};

use super::desk::{DEMO, Desk, snapshot};

/// One star that answers, one that is not known, one that fails: by the seed.
fn mixed() -> Desk {
    let desk = Desk::with(
        "project: {name: first, obs_names: [demo], seed: 1}\ncatalog: {filename: targets.csv}\n\
         observatories: {demo: {num_points: 30, empty_rate: 0.4, failure_rate: 0.4}}\n",
    );
    desk.good(&[
        "catalog",
        "make",
        "--rows",
        "8",
        "--seed",
        "1",
        "-o",
        "targets.csv",
    ]);
    desk
}

#[test]
fn tables_are_for_people() {
    let desk = mixed();
    let run = desk.call(&["run", "p.yaml"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let mut text = String::new();
    for words in [
        &["status", "p.yaml"][..],
        &["ls", "sources", "p.yaml"],
        &["ls", "raw", "p.yaml"],
        &["ls", "lightcurves", "p.yaml"],
    ] {
        let mut out = desk.good(words).out;
        if words[0] == "status" {
            // failures are told last first, and which is last differs
            out = out
                .lines()
                .filter(|line| !line.starts_with("  \""))
                .collect::<Vec<_>>()
                .join("\n")
                + "\n";
        }
        text += &format!("── {}\n{out}", words.join(" "));
    }
    let raw = desk.json(&["ls", "raw", "p.yaml", "--json"]);
    for length in raw
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["length"].as_u64())
    {
        // a matter of the file format
        text = text.replace(&length.to_string(), "BYTES");
    }
    snapshot("tables", &text);
}

#[test]
fn the_status_has_the_promised_shape() {
    let desk = mixed();
    let before = desk.json(&["status", "p.yaml", "--json"]);
    assert_eq!(before["observatories"]["DEMO"]["pending"], 8);
    assert!(!desk.path("results").exists(), "to look is not to touch");
    desk.call(&["run", "p.yaml"]);
    let status = desk.json(&["status", "p.yaml", "--json"]);
    let keys: Vec<&String> = status.as_object().unwrap().keys().collect();
    for key in [
        "project",
        "cfg_hash",
        "sources",
        "observatories",
        "lightcurves",
        "epochs",
        "detections",
        "injections",
        "bytes",
    ] {
        assert!(keys.iter().any(|k| *k == key), "{key}");
    }
    assert_eq!(status["project"], "FIRST");
    assert_eq!(status["cfg_hash"], "");
    let demo = &status["observatories"]["DEMO"];
    let count = |outcome: &str| demo[outcome].as_u64().unwrap();
    let all = ["pending", "ok", "empty", "skipped", "failed"].map(count);
    assert_eq!(all.iter().sum::<u64>(), 8);
    assert!(
        count("ok") > 0 && count("empty") > 0 && count("failed") > 0,
        "{all:?}"
    );
    assert_eq!(
        status["failures"].as_array().unwrap().len() as u64,
        count("failed")
    );
    // one simulated event for each source with photometry
    assert_eq!(status["injections"]["total"].as_u64(), Some(count("ok")));
    assert_eq!(status["analyses"], json!({"ok": count("ok"), "failed": 0}));
    assert!(status["detections"]["real"].is_u64() && status["detections"]["simulated"].is_u64());
    assert!(status["injections"]["recovered"].is_u64());
    assert_eq!(status["lightcurves"].as_u64(), Some(count("ok")));
    assert_eq!(status["epochs"].as_u64(), Some(30 * count("ok")));
}

#[test]
fn before_the_first_run_there_are_headers_and_empty_arrays() {
    let desk = Desk::with(DEMO);
    for what in ["sources", "raw", "lightcurves", "detections", "injections"] {
        assert_eq!(desk.json(&["ls", what, "p.yaml", "--json"]), json!([]));
        let said = desk.good(&["ls", what, "p.yaml"]);
        assert_eq!(said.out.lines().count(), 1, "{said:?}");
        assert!(said.err.starts_with("nothing yet"), "{said:?}");
    }
    assert!(!desk.path("results").exists());
}

#[tokio::test]
async fn lists_are_arrays_of_objects_with_the_databases_columns() {
    let desk = Desk::with(DEMO);
    desk.good(&["run", "p.yaml"]);
    let url = format!("sqlite://{}", desk.path("results/retriever.db").display());
    let database = Database::connect(url).await.unwrap();
    for (what, table, expected) in [
        ("sources", "sources", 3),
        ("raw", "raw_photometry", 3),
        ("lightcurves", "lightcurves", 3),
        ("detections", "detections", 3),
        ("injections", "injections", 3),
    ] {
        let question = format!("SELECT name FROM pragma_table_info('{table}')");
        let statement = Statement::from_string(DbBackend::Sqlite, question);
        let rows = database.query_all_raw(statement).await.unwrap();
        let columns: BTreeSet<String> = rows
            .iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect();
        let list = desk.json(&["ls", what, "p.yaml", "--json"]);
        let list = list.as_array().unwrap();
        assert_eq!(list.len(), expected, "{what}");
        for object in list {
            let keys: BTreeSet<String> = object.as_object().unwrap().keys().cloned().collect();
            assert_eq!(keys, columns, "{what}");
        }
    }
}

#[test]
fn long_texts_are_cut_in_tables_and_whole_in_json() {
    let desk = Desk::with(DEMO);
    let name = "n".repeat(300);
    desk.write("targets.csv", format!("name,ra,dec\n{name},10,10\n"));
    desk.good(&["run", "p.yaml"]);
    let table = desk.good(&["ls", "sources", "p.yaml"]).out;
    assert!(!table.contains(&name) && table.contains("nn…"), "{table}");
    let list = desk.json(&["ls", "sources", "p.yaml", "--json"]);
    assert_eq!(list[0]["name"], Value::from(name));
}
