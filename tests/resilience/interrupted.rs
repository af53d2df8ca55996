//! Ctrl-C and SIGTERM: what is in flight is finished and committed; a second signal ends at once.

use std::time::Instant;

use retriever::database::{Database, DatabaseParameters};
use sea_orm::{ConnectionTrait, Statement};

use crate::process::{PATIENCE, Running};
use crate::workplace::{Workplace, expect_same};

const SLOW: &str = "demo: {num_points: 20, wait_time: 0.1}";
/// A run that has few files for a long time, so that other commands beside it end before it does.
const SLOWER: &str = "demo: {num_points: 20, wait_time: 2.0}";

/// A run with the first of its sources committed, and most of them still to do.
fn half_way(workplace: &Workplace) -> Running {
    let mut running = workplace.start(&["run", "project.yaml"]);
    assert!(
        running.wait_until(|| workplace.photometry_files().len() > 20),
        "the run has ended before it could be interrupted"
    );
    running
}

fn interrupted_by(signal: &str, code: i32) {
    let workplace = Workplace::new();
    workplace.catalog(150);
    workplace.demo(SLOW);
    let mut running = half_way(&workplace);
    running.signal(signal);
    let ended = running.end().expect(code);
    assert!(
        ended.stdout.contains("Go on with:") && ended.stdout.contains("retriever run project.yaml"),
        "{ended:?}"
    );
    let done = workplace.demo_count("ok");
    assert!((10..150).contains(&done), "{done} are done");
    workplace.expect_sound();
    let rest = workplace.run();
    assert!(
        rest.stdout.contains(&format!("{done} done before")),
        "{rest:?}"
    );
    let calm = Workplace::new();
    calm.catalog(150);
    calm.demo(SLOW);
    calm.run();
    expect_same(&workplace.products(), &calm.products(), signal);
    expect_same(&workplace.rows(), &calm.rows(), signal);
}

#[test]
fn control_c_finishes_what_is_in_flight_and_says_how_to_go_on() {
    interrupted_by("INT", 130);
}

#[test]
fn sigterm_does_the_same_with_its_own_code() {
    interrupted_by("TERM", 143);
}

#[test]
fn a_second_signal_ends_at_once_and_rows_still_tell_the_truth() {
    let workplace = Workplace::new();
    workplace.catalog(40);
    // so slow that waiting for what is in flight would be noticed as a hang
    workplace.demo("demo: {num_points: 20, wait_time: 3600}");
    let mut running = workplace.start(&["run", "project.yaml"]);
    assert!(running.wait_until(|| workplace.data().join("CRASH/config.yaml").exists()));
    running.signal("INT");
    let mut sent_again = false;
    // signals that come before the first is dealt with are one for the system: so it is sent until it is heard
    while running.runs() {
        running.signal("INT");
        sent_again = true;
        std::thread::yield_now();
    }
    assert!(sent_again);
    running.end().expect(130);
    workplace.expect_sound();
    workplace.demo("demo: {num_points: 20}");
    workplace.run();
    assert_eq!(workplace.demo_count("ok"), 40);
    workplace.expect_sound();
}

// All else is done: only the last commit is left, and does not come.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cannot_commit_its_end_says_that_it_was_interrupted() {
    let workplace = Workplace::new();
    workplace.catalog(4);
    workplace.demo("demo: {num_points: 20, wait_time: 3.0}");
    let mut running = workplace.start(&["run", "project.yaml"]);
    wait_for_sessions(&workplace, 1).await;
    let file = workplace.data().join("retriever.db");
    let locked = sea_orm::Database::connect(
        sea_orm::ConnectOptions::new(format!("sqlite://{}", file.display()))
            .max_connections(1)
            .to_owned(),
    )
    .await
    .expect("connects");
    // the last that is written before the sources are asked for
    let claims = Statement::from_string(locked.get_database_backend(), "SELECT * FROM claims");
    let deadline = Instant::now() + PATIENCE;
    while locked
        .query_all_raw(claims.clone())
        .await
        .is_ok_and(|rows| rows.len() < 4)
    {
        assert!(Instant::now() < deadline, "no source was claimed");
        tokio::task::yield_now().await;
    }
    locked
        .execute_unprepared("BEGIN IMMEDIATE")
        .await
        .expect("locks");
    let is_analysed = |path: &std::path::PathBuf| path.to_string_lossy().contains("_processed");
    let is_there = running.wait_until(|| {
        let files = workplace.photometry_files();
        files.iter().filter(|path| is_analysed(path)).count() == 4
    });
    if is_there {
        running.signal("INT");
    }
    let ended = running.end();
    assert!(is_there, "{ended:?}");
    let ended = ended.expect(130);
    assert!(ended.stdout.contains("Go on with:"), "{ended:?}");
    locked
        .execute_unprepared("ROLLBACK")
        .await
        .expect("unlocks");
    workplace.run();
    assert_eq!(workplace.demo_count("ok"), 4);
    workplace.expect_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_what_another_process_holds_can_be_interrupted() {
    let workplace = Workplace::new();
    workplace.catalog(10);
    workplace.demo("demo: {num_points: 20, wait_time: 3600}");
    let first = workplace.start(&["run", "project.yaml"]);
    wait_for_sessions(&workplace, 1).await;
    let mut second = workplace.start(&["run", "project.yaml"]);
    wait_for_sessions(&workplace, 2).await;
    second.signal("TERM");
    second.end().expect(143);
    first.kill();
}

/// Waits until so many processes have begun to work on the database.
async fn wait_for_sessions(workplace: &Workplace, number: usize) {
    let deadline = Instant::now() + PATIENCE;
    let file = workplace.data().join("retriever.db");
    while Instant::now() < deadline {
        if file.exists() {
            let parameters = DatabaseParameters::default();
            let database = Database::open(&parameters, workplace.data())
                .await
                .expect("opens");
            let sessions = database.sessions().await.expect("are listed");
            if sessions.len() >= number {
                return;
            }
        }
        tokio::task::yield_now().await;
    }
    panic!("{number} processes did not begin in {PATIENCE:?}");
}

// A file that is on disk and not in a row yet would be a stray one to it.
#[test]
fn a_repair_beside_a_run_is_refused_and_takes_nothing() {
    let workplace = Workplace::new();
    workplace.catalog(60);
    workplace.demo(SLOWER);
    let running = half_way(&workplace);
    let refused = workplace
        .ask(&["check", "project.yaml", "--repair"])
        .expect(1);
    assert!(refused.stderr.contains("a run is going on"), "{refused:?}");
    running.end().expect(0);
    workplace.expect_sound();
    assert_eq!(workplace.demo_count("ok"), 60);
    workplace
        .ask(&["check", "project.yaml", "--repair"])
        .expect(0);
}

#[test]
fn a_check_beside_a_run_does_not_judge_what_that_is_writing() {
    let workplace = Workplace::new();
    workplace.catalog(80);
    workplace.demo(SLOWER);
    let mut running = half_way(&workplace);
    // as a file whose row is to follow
    std::fs::write(workplace.data().join("CRASH/stray"), "half").expect("a file");
    let beside = workplace
        .ask(&["check", "project.yaml", "--json"])
        .expect(0)
        .json();
    let told = workplace.ask(&["check", "project.yaml"]).expect(0);
    assert!(running.runs(), "the run has ended too early");
    assert!(beside["running"].is_u64(), "{beside:#}");
    assert!(beside["not_judged"].as_u64() >= Some(1), "{beside:#}");
    assert!(told.stdout.contains("A run is at work"), "{told:?}");
    running.end().expect(0);
    let found = workplace.findings();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["file"], "CRASH/stray");
}
