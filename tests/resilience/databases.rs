//! Databases that go away, come back, are lost or damaged in the middle of a run.

use std::fs;

use crate::postgres::Cluster;
use crate::workplace::{Workplace, expect_same};

const DEMO: &str = "demo: {num_points: 20, wait_time: 0.05}";
const SOURCES: usize = 80;

fn prepared(workplace: Workplace) -> Workplace {
    workplace.catalog(SOURCES);
    workplace.demo(DEMO);
    workplace
}

fn calm() -> Workplace {
    let workplace = prepared(Workplace::new());
    workplace.run();
    workplace
}

#[test]
fn a_run_waits_for_a_database_that_comes_back() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let workplace = prepared(Workplace::on(&cluster));
    let mut running = workplace.start(&["run", "project.yaml"]);
    for files in [20, 60] {
        assert!(running.wait_until(|| workplace.photometry_files().len() > files));
        cluster.stop();
        cluster.resume();
    }
    running.end().expect(0);
    let calm = calm();
    expect_same(&workplace.products(), &calm.products(), "files");
    expect_same(&workplace.rows(), &calm.rows(), "rows");
    workplace.expect_sound();
}

#[test]
fn a_database_that_stays_away_ends_the_run_and_the_next_goes_on() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let workplace = prepared(Workplace::on(&cluster).patient_for(0.5));
    let mut running = workplace.start(&["run", "project.yaml"]);
    assert!(running.wait_until(|| workplace.photometry_files().len() > 20));
    cluster.stop();
    let ended = running.end().expect(5);
    assert!(
        ended.stdout.contains("was away") && ended.stdout.contains("Go on with"),
        "{ended:?}"
    );
    let refused = workplace.ask(&["run", "project.yaml"]).expect(5);
    assert!(refused.stderr.contains("was away"), "{refused:?}");
    cluster.resume();
    workplace.run();
    let calm = calm();
    expect_same(&workplace.products(), &calm.products(), "files");
    expect_same(&workplace.rows(), &calm.rows(), "rows");
    workplace.expect_sound();
}

#[test]
fn an_interruption_does_not_wait_for_a_database_that_is_away() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    // it would be waited for longer than this test lasts
    let workplace = prepared(Workplace::on(&cluster).patient_for(3_000.0));
    let mut running = workplace.start(&["run", "project.yaml"]);
    assert!(running.wait_until(|| workplace.photometry_files().len() > 20));
    cluster.stop();
    let before = workplace.photometry_files().len();
    running.wait_until(|| workplace.photometry_files().len() > before);
    running.signal("INT");
    running.wait_until(|| false);
    let ended = running.end().expect(130);
    assert!(ended.stdout.contains("Go on with"), "{ended:?}");
    cluster.resume();
    // what was not committed are files without rows, and nothing worse
    for finding in workplace.findings() {
        let problem = finding["problem"].as_str().expect("a text");
        let is_histogram = finding["remedy"] == "written anew";
        assert!(
            problem.starts_with("no row speaks of this") || is_histogram,
            "{finding}"
        );
    }
    workplace.run();
    let calm = calm();
    expect_same(&workplace.products(), &calm.products(), "files");
    expect_same(&workplace.rows(), &calm.rows(), "rows");
    workplace.expect_sound();
}

#[test]
fn a_database_file_removed_during_the_run_stops_it_and_nothing_is_lost() {
    let workplace = prepared(Workplace::new());
    let mut running = workplace.start(&["run", "project.yaml"]);
    assert!(running.wait_until(|| workplace.photometry_files().len() > 20));
    for suffix in ["", "-wal", "-shm"] {
        let file = workplace.data().join(format!("retriever.db{suffix}"));
        let _ = fs::remove_file(file); // the journal may not be there
    }
    let ended = running.end();
    assert!(
        matches!(ended.code, Some(2 | 5)),
        "it ended as if all were well: {ended:?}"
    );
    workplace
        .ask(&["check", "project.yaml", "--repair"])
        .expect(0);
    workplace.run();
    expect_same(&workplace.products(), &calm().products(), "files");
    workplace.expect_sound();
}

#[test]
fn a_damaged_database_file_is_named_and_can_be_moved_away() {
    let workplace = prepared(Workplace::new());
    workplace.run();
    let products = workplace.products();
    let file = workplace.data().join("retriever.db");
    let sound = fs::read(&file).expect("the database can be read");
    let mut middle = sound.clone();
    let half = middle.len() / 2;
    middle[4096..half].fill(0x5a);
    for damaged in [b"no database at all, but some other text".to_vec(), middle] {
        fs::write(&file, damaged).expect("the database can be written");
        for command in ["run", "status", "check"] {
            let ended = workplace.ask(&[command, "project.yaml"]);
            assert!(
                matches!(ended.code, Some(2 | 5)) && ended.words().contains("retriever.db"),
                "{command}: {ended:?}"
            );
        }
    }
    fs::rename(&file, workplace.folder().join("damaged.db")).expect("it can be moved");
    workplace
        .ask(&["check", "project.yaml", "--repair"])
        .expect(0);
    workplace.run();
    expect_same(&workplace.products(), &products, "files");
    workplace.expect_sound();
}
