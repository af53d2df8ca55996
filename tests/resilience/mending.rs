//! `check` finds what is wrong with files and rows, `check --repair` mends it, the next run completes it (C1).

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use retriever::database::{Database, DatabaseParameters};
use serde_json::Value;

use crate::process::{PATIENCE, Running};
use crate::workplace::{Workplace, expect_same, files};

const SOURCES: usize = 12;

fn finished() -> Workplace {
    let workplace = Workplace::new();
    workplace.catalog(SOURCES);
    workplace.demo("demo: {num_points: 20}");
    workplace.run();
    workplace
}

/// Files of one kind, sorted.
fn photometry(workplace: &Workplace, reduced: bool) -> Vec<PathBuf> {
    let mut found = workplace.photometry_files();
    let is_of = |path: &PathBuf, kind: &str| path.to_string_lossy().contains(kind);
    found.retain(|path| !is_of(path, "_processed") && is_of(path, "_reduced") == reduced);
    found
}

/// Does damage, and expects it to be found, mended and made good again.
fn damaged_and_mended(damage: impl Fn(&Workplace), findings: usize, problem: &str) {
    let workplace = finished();
    let (products, rows) = (workplace.products(), workplace.rows());
    damage(&workplace);
    let found = workplace.findings();
    assert_eq!(found.len(), findings, "{found:#?}");
    for finding in &found {
        assert!(
            finding["problem"]
                .as_str()
                .is_some_and(|words| words.contains(problem)),
            "{finding:#}"
        );
    }
    let complaint = workplace.ask(&["check", "project.yaml"]).expect(6);
    assert!(complaint.stdout.contains("--repair"), "{complaint:?}");
    workplace
        .ask(&["check", "project.yaml", "--repair"])
        .expect(0);
    workplace.expect_sound();
    workplace.run();
    expect_same(&workplace.products(), &products, problem);
    expect_same(&workplace.rows(), &rows, problem);
    workplace.expect_sound();
}

#[test]
fn a_check_of_a_project_that_never_ran_makes_nothing() {
    let workplace = Workplace::new();
    workplace.catalog(3);
    workplace.demo("demo: {num_points: 20}");
    for repair in [&[][..], &["--repair"]] {
        let check = ["check", "project.yaml"];
        workplace.ask(&[&check, repair].concat()).expect(0);
        assert!(!workplace.data().exists());
    }
}

#[test]
fn lost_files_are_made_again() {
    let remove = |workplace: &Workplace| {
        for path in [
            &photometry(workplace, false)[2],
            &photometry(workplace, true)[5],
            &photometry(workplace, false)[7],
            &photometry(workplace, true)[7],
        ] {
            fs::remove_file(path).expect("a product can be removed");
        }
    };
    damaged_and_mended(remove, 4, "missing");
}

#[test]
fn files_cut_short_are_made_again() {
    let cut = |workplace: &Workplace| {
        for (path, length) in [
            (&photometry(workplace, false)[0], 100),
            (&photometry(workplace, true)[1], 0),
        ] {
            let file = fs::File::options()
                .write(true)
                .open(path)
                .expect("a product can be opened");
            file.set_len(length).expect("a file can be cut");
        }
    };
    damaged_and_mended(cut, 2, "bytes");
}

#[test]
fn files_with_one_wrong_bit_are_made_again() {
    let flip = |workplace: &Workplace| {
        for path in [
            &photometry(workplace, false)[3],
            &photometry(workplace, true)[4],
        ] {
            let mut bytes = fs::read(path).expect("a product can be read");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 4;
            fs::write(path, bytes).expect("a product can be written");
        }
    };
    damaged_and_mended(flip, 2, "checksum");
}

#[test]
fn strange_files_are_removed() {
    let strew = |workplace: &Workplace| {
        let data = workplace.data();
        fs::write(data.join("CRASH/notes.txt"), "mine").expect("a file");
        fs::create_dir_all(data.join("CRASH/RA999")).expect("a folder");
        fs::write(
            data.join("CRASH/RA999/DEMO_photometry_x_reduced.h5"),
            "half",
        )
        .expect("a file");
        fs::create_dir_all(data.join("DEMO/RA001")).expect("a folder");
        fs::write(data.join("DEMO/RA001/DEMO_photometry_x.h5"), "half").expect("a file");
    };
    damaged_and_mended(strew, 3, "no row speaks of this file");
}

#[test]
fn what_a_reduced_file_was_replaced_with_is_noticed() {
    let swap = |workplace: &Workplace| {
        let reduced = photometry(workplace, true);
        fs::copy(&reduced[0], &reduced[1]).expect("a product can be copied");
    };
    // lightcurves of equal shape may have files of equal length
    let workplace = finished();
    swap(&workplace);
    assert_eq!(workplace.findings().len(), 1);
}

#[test]
fn raw_photometry_of_a_lost_database_is_taken_up_again_without_asking() {
    let workplace = finished();
    let (products, rows) = (workplace.products(), workplace.rows());
    for file in files(workplace.data()) {
        if file
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("retriever.db"))
        {
            fs::remove_file(file).expect("a database can be removed");
        }
    }
    let found = workplace.findings();
    // raw, reduced and processed
    assert_eq!(found.len(), 3 * SOURCES, "{found:#?}");
    workplace
        .ask(&["check", "project.yaml", "--repair"])
        .expect(0);
    // an archive that fails for everything shows that none is asked
    workplace.demo("demo: {num_points: 20, failure_rate: 1}");
    let ended = workplace.run();
    assert!(
        ended.stdout.contains(&format!("{SOURCES} reduced")),
        "{ended:?}"
    );
    workplace.demo("demo: {num_points: 20}");
    workplace.run();
    expect_same(&workplace.products(), &products, "files");
    let mut rows_now = workplace.rows();
    let mut rows = rows;
    for row in rows
        .get_mut("raw")
        .into_iter()
        .chain(rows_now.get_mut("raw"))
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        row.remove("url"); // provenance is only in the database
    }
    expect_same(&rows_now, &rows, "rows");
    workplace.expect_sound();
}

#[test]
fn raw_photometry_of_other_projects_is_left_to_them() {
    let workplace = finished();
    let all = workplace.products();
    fs::remove_file(workplace.data().join("retriever.db")).expect("a database can be removed");
    workplace
        .ask(&[
            "catalog",
            "make",
            "--rows",
            "3",
            "--seed",
            "77",
            "-o",
            "other.csv",
        ])
        .expect(0);
    workplace.write(
        "project.yaml",
        "project: {name: other, obs_names: [demo]}\ncatalog: {filename: other.csv}\n",
    );
    workplace.run();
    workplace.expect_sound();
    workplace
        .ask(&["check", "project.yaml", "--repair"])
        .expect(0);
    let now = workplace.products();
    assert!(
        all.iter().all(|(name, sum)| now.get(name) == Some(sum)),
        "nothing of the first project was touched"
    );
}

#[test]
fn raw_photometry_in_a_wrong_place_is_told_and_kept() {
    let workplace = finished();
    let raw = photometry(&workplace, false)[0].clone();
    let place = workplace.data().join("DEMO/RA359");
    fs::create_dir_all(&place).expect("a folder");
    let copy = place.join(raw.file_name().expect("a file has a name"));
    fs::copy(&raw, &copy).expect("a product can be copied");
    workplace.ask(&["check", "project.yaml"]).expect(6);
    let repaired = workplace.ask(&["check", "project.yaml", "--repair"]);
    assert!(
        copy.exists(),
        "photometry that somebody put there is hers to remove"
    );
    assert_eq!(
        repaired.code,
        Some(6),
        "what is left alone is not mended: {repaired:?}"
    );
}

/// Bytes that a repair reads only of many files (each has some 10 kB).
const FILES_READ: u64 = 500_000;

/// A repair that has begun and stands still.
async fn held_repair(workplace: &Workplace) -> Running {
    let database = Database::open(&DatabaseParameters::default(), workplace.data())
        .await
        .expect("opens");
    let mut repair = workplace.start(&["check", "project.yaml", "--repair"]);
    let deadline = Instant::now() + PATIENCE;
    while database.repairing().await.expect("is told").is_none() {
        assert!(
            repair.runs() && Instant::now() < deadline,
            "it did not begin"
        );
    }
    // when it reads files it does not hold the database
    let bytes_read = repair.bytes_read();
    let before = bytes_read();
    let is_at_files = repair.wait_until(|| bytes_read() > before + FILES_READ);
    repair.signal("STOP");
    assert!(
        is_at_files && repair.runs(),
        "it has ended before it could be held"
    );
    database.close().await.expect("closes");
    repair
}

// A run that began later had its files removed as stray ones, before their rows were there.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_begins_beside_a_repair_and_a_killed_one_keeps_nobody_away() {
    let workplace = Workplace::new();
    workplace.catalog(400);
    workplace.demo("demo: {num_points: 20}");
    workplace.run();
    let mut repair = held_repair(&workplace).await;
    for words in [
        &["run", "project.yaml"][..],
        &["fetch", "project.yaml"],
        &["reduce", "project.yaml"],
        &["analyze", "project.yaml"],
        &["check", "project.yaml", "--repair"],
    ] {
        let refused = workplace.ask(words).expect(1);
        assert!(refused.stderr.contains("is at work"), "{refused:?}");
    }
    repair.signal("CONT");
    repair.end().expect(0);
    workplace.run();
    held_repair(&workplace).await.kill();
    workplace.run();
    workplace.expect_sound();
}
