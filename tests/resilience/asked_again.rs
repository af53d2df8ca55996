//! `--refresh` asks again for what is there and takes what has changed; `--offline` asks nobody.

use std::fmt::Write;
use std::process::Command;

use retriever_standin::{Fault, StandIn, SyntheticShape};

use crate::process::Ended;
use crate::workplace::{Workplace, expect_same};

/// Targets of the catalog, and those of them that the archive knows at first.
const TARGETS: usize = 12;
const KNOWN: usize = 9;

fn position(star: usize) -> (f64, f64) {
    (star as f64 * 5.9, star as f64 * 1.3 - 15.0)
}

/// An archive that knows the first stars.
fn archive(seed: u64, known: usize) -> StandIn {
    let positions: Vec<_> = (0..known).map(position).collect();
    let shape = SyntheticShape {
        epochs_per_season: 10,
        ..SyntheticShape::default()
    };
    StandIn::synthetic_shaped(seed, &positions, shape)
}

fn describe(workplace: &Workplace, archive: &StandIn) {
    let mut catalog = "name,ra,dec,mag\n".to_owned();
    for star in 0..TARGETS {
        let (ra, dec) = position(star);
        writeln!(catalog, "star {star},{ra},{dec},17").expect("a text takes text");
    }
    workplace.write("catalog.csv", catalog);
    let url = archive.url();
    let ztf = format!("max_retries: 0, retry_delay: 0.01, ztf: {{url: {url:?}, mag_range: null}}");
    workplace.project("project.yaml", "AGAIN", "[ztf]", &ztf);
}

/// A workplace after a complete run.
fn complete(archive: &StandIn) -> Workplace {
    let workplace = Workplace::new();
    describe(&workplace, archive);
    workplace.run();
    workplace
}

fn refresh(workplace: &Workplace) -> Ended {
    workplace.ask(&["run", "project.yaml", "--refresh"])
}

fn offline(workplace: &Workplace) -> Ended {
    workplace.ask(&["run", "project.yaml", "--offline"])
}

#[test]
fn what_has_not_changed_stays_and_is_not_reduced_again() {
    let archive = archive(3, KNOWN);
    let workplace = complete(&archive);
    let (products, rows) = (workplace.products(), workplace.rows());
    let ended = refresh(&workplace).expect(0);
    assert!(
        ended.stdout.contains("12 unchanged, 0 changed"),
        "{ended:?}"
    );
    assert!(ended.stdout.contains(" 0 reduced"), "{ended:?}");
    assert_eq!(archive.counters().requests(), 2 * TARGETS);
    expect_same(&workplace.products(), &products, "files");
    expect_same(&workplace.rows(), &rows, "rows");
    workplace.expect_sound();
}

/// Files and rows as of a program that lays the same content out otherwise: here h5py.
const LAID_OUT_ANEW: &str = "
import hashlib, pathlib, sqlite3, sys, h5py
root = pathlib.Path(sys.argv[1])
rows = sqlite3.connect(root / 'retriever.db')
changed = 0
for file, in rows.execute('select file from raw_photometry where file is not null').fetchall():
    new = root / 'new.h5'
    with h5py.File(root / file) as old, h5py.File(new, 'w') as copy:
        for key in old:
            old.copy(key, copy)
    content = new.read_bytes()
    assert content != (root / file).read_bytes()
    new.rename(root / file)
    update = 'update raw_photometry set length = ?, checksum = ? where file = ?'
    changed += rows.execute(update, (len(content), hashlib.sha256(content).hexdigest(), file)).rowcount
rows.commit()
print(changed)
";

#[test]
fn the_same_content_in_another_layout_is_unchanged() {
    let Some(python) = std::env::var_os("RETRIEVER_PYTHON") else {
        eprintln!("skipped: RETRIEVER_PYTHON names no Python with h5py");
        return;
    };
    let archive = archive(3, KNOWN);
    let workplace = complete(&archive);
    let output = Command::new(python)
        .args(["-c", LAID_OUT_ANEW])
        .arg(workplace.data())
        .output()
        .expect("Python starts");
    assert_eq!(output.stdout, b"9\n", "{output:?}");
    let products = workplace.products();
    let ended = refresh(&workplace).expect(0);
    assert!(
        ended.stdout.contains("12 unchanged, 0 changed"),
        "{ended:?}"
    );
    expect_same(&workplace.products(), &products, "files");
}

#[test]
fn what_has_changed_takes_the_place_of_what_was_there() {
    let before = archive(3, KNOWN);
    for (after, numbers) in [
        // three that it did not know
        (archive(3, TARGETS), "9 unchanged, 3 changed"),
        // other photometry of all that it knows
        (archive(4, KNOWN), "3 unchanged, 9 changed"),
    ] {
        let workplace = complete(&before);
        describe(&workplace, &after);
        let ended = refresh(&workplace).expect(0);
        assert!(ended.stdout.contains(numbers), "{ended:?}");
        let expected = complete(&after);
        expect_same(&workplace.products(), &expected.products(), numbers);
        workplace.expect_sound();
        let ended = workplace.run();
        assert!(ended.stdout.contains("all was already done"), "{ended:?}");
    }
}

#[test]
fn a_refresh_that_fails_leaves_what_is_there() {
    let archive = archive(3, KNOWN);
    let workplace = complete(&archive);
    let (products, lightcurves) = (
        workplace.products(),
        workplace.list("lightcurves", "project.yaml"),
    );
    archive.fail_always(Fault::InternalError);
    refresh(&workplace).expect(1);
    expect_same(&workplace.products(), &products, "files");
    assert_eq!(workplace.list("lightcurves", "project.yaml"), lightcurves);
    workplace.expect_sound();
    // that the archive had nothing is an answer too, and a question without one does not undo it
    let counts = &workplace.status("project.yaml")["observatories"]["ZTF"];
    assert_eq!(
        (&counts["failed"], &counts["empty"]),
        (&0.into(), &3.into())
    );
    archive.calm();
    let before = archive.counters().requests();
    workplace.run();
    assert_eq!(archive.counters().requests(), before);
}

#[test]
fn what_an_archive_has_lost_is_not_thrown_away() {
    let (before, after) = (archive(3, KNOWN), archive(3, 0));
    let workplace = complete(&before);
    let (products, lightcurves) = (
        workplace.products(),
        workplace.list("lightcurves", "project.yaml"),
    );
    describe(&workplace, &after);
    let ended = refresh(&workplace).expect(0);
    assert!(ended.stderr.contains("has nothing any more"), "{ended:?}");
    expect_same(&workplace.products(), &products, "files");
    assert_eq!(workplace.list("lightcurves", "project.yaml"), lightcurves);
    workplace.expect_sound();
}

#[test]
fn offline_everything_is_missing_before_the_first_run() {
    let archive = archive(3, KNOWN);
    let workplace = Workplace::new();
    describe(&workplace, &archive);
    for command in ["run", "fetch"] {
        let ended = workplace
            .ask(&[command, "project.yaml", "--offline"])
            .expect(5);
        assert!(
            ended.stdout.contains("missing: \"star 11\" at ZTF"),
            "{ended:?}"
        );
        assert!(ended.stdout.contains("12 missing in all"), "{ended:?}");
    }
    assert_eq!(archive.counters().requests(), 0);
    // that nobody was asked is no answer
    workplace.run();
    assert_eq!(archive.counters().requests(), TARGETS);
}

#[test]
fn offline_what_is_on_disk_is_reduced_and_the_rest_is_listed() {
    let archive = archive(3, KNOWN);
    let workplace = Workplace::new();
    describe(&workplace, &archive);
    workplace
        .ask(&["fetch", "project.yaml", "--stop", "5"])
        .expect(0);
    let ended = offline(&workplace).expect(5);
    assert!(ended.stdout.contains("5 reduced"), "{ended:?}");
    assert!(ended.stdout.contains("7 missing in all"), "{ended:?}");
    assert!(!ended.stdout.contains("missing: \"star 4\""), "{ended:?}");
    assert_eq!(archive.counters().requests(), 5);
    // and so again: nothing is left to do but what is missing
    let ended = offline(&workplace).expect(5);
    assert!(ended.stdout.contains(" 0 reduced"), "{ended:?}");
    workplace.run();
    let ended = offline(&workplace).expect(0);
    assert!(ended.stdout.contains("all was already done"), "{ended:?}");
    assert_eq!(archive.counters().requests(), TARGETS);
    expect_same(
        &workplace.products(),
        &complete(&archive).products(),
        "files",
    );
}

#[test]
fn offline_a_redo_is_of_the_reduction_only() {
    let archive = archive(3, KNOWN);
    let workplace = complete(&archive);
    let products = workplace.products();
    let ended = workplace
        .ask(&["run", "project.yaml", "--offline", "--redo"])
        .expect(0);
    assert!(ended.stdout.contains("9 reduced"), "{ended:?}");
    assert_eq!(archive.counters().requests(), TARGETS);
    expect_same(&workplace.products(), &products, "files");
}

#[test]
fn offline_a_file_that_is_lost_is_missing() {
    let archive = archive(3, KNOWN);
    let workplace = complete(&archive);
    let files = workplace.photometry_files();
    let lost = files
        .iter()
        .find(|file| file.ends_with("ZTF_photometry_star 3.h5"));
    std::fs::remove_file(lost.expect("it was fetched")).expect("a product can be removed");
    let ended = workplace
        .ask(&["run", "project.yaml", "--offline", "--redo"])
        .expect(5);
    assert!(
        ended.stdout.contains("missing: \"star 3\" at ZTF"),
        "{ended:?}"
    );
    assert!(ended.stdout.contains("8 reduced"), "{ended:?}");
    assert_eq!(archive.counters().requests(), TARGETS);
}

#[test]
fn offline_what_a_rule_forbids_to_ask_for_is_not_missing() {
    let workplace = Workplace::new();
    describe(&workplace, &archive(3, KNOWN));
    workplace.write("catalog.csv", "name,ra,dec,mag\nsouth,10,-80,17\n");
    offline(&workplace).expect(0);
    assert_eq!(
        workplace.status("project.yaml")["observatories"]["ZTF"]["skipped"],
        1
    );
}

#[test]
fn offline_a_catalog_that_would_have_to_be_downloaded_is_a_clear_error() {
    let archive = archive(3, KNOWN);
    let workplace = Workplace::new();
    let text = format!(
        "project: {{name: AGAIN, obs_names: [demo]}}\n\
         catalog: {{filename: stars.csv, url: \"{}/files/stars.csv\"}}\n",
        archive.url()
    );
    workplace.write("project.yaml", text);
    let ended = offline(&workplace).expect(5);
    assert!(ended.stderr.contains("(--offline)"), "{ended:?}");
    assert_eq!(archive.counters().requests(), 0);
}

#[test]
fn asking_again_and_asking_nobody_do_not_go_together() {
    let workplace = Workplace::new();
    describe(&workplace, &archive(3, KNOWN));
    workplace
        .ask(&["run", "project.yaml", "--refresh", "--offline"])
        .expect(2);
    workplace
        .ask(&["reduce", "project.yaml", "--refresh"])
        .expect(2);
}

#[test]
fn a_plan_tells_what_would_be_asked_again_and_what_is_missing() {
    let archive = archive(3, KNOWN);
    let workplace = Workplace::new();
    describe(&workplace, &archive);
    workplace
        .ask(&["run", "project.yaml", "--stop", "10"])
        .expect(0);
    let ended = workplace
        .ask(&["run", "project.yaml", "--refresh", "--dry-run"])
        .expect(0);
    assert!(
        ended
            .stdout
            .contains("12 to ask for (9 of them for changes)"),
        "{ended:?}"
    );
    let ended = workplace
        .ask(&["run", "project.yaml", "--offline", "--dry-run"])
        .expect(0);
    assert!(
        ended
            .stdout
            .contains(" 0 to ask for, 0 that a rule skips, 2 missing"),
        "{ended:?}"
    );
    assert_eq!(archive.counters().requests(), 10);
}
