//! The database goes away and comes back, or does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use retriever::database::{Database, DatabaseErrorClass};
use sea_orm::ConnectionTrait;
use tokio::sync::mpsc;

use crate::place::{Place, project, sources};
use crate::postgres::Cluster;

#[tokio::test(flavor = "multi_thread")]
async fn commits_wait_for_a_server_that_is_started_again() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let place = Place::at(cluster.empty_database());
    let database = place.open().await;
    let project = project(&database).await;
    let enough = Arc::new(AtomicBool::new(false));
    let (progress, mut committed) = mpsc::unbounded_channel();
    let writer = tokio::spawn({
        let (database, enough) = (database.clone(), enough.clone());
        async move {
            let mut number = 0;
            while !enough.load(Ordering::Relaxed) {
                database
                    .commit(project, &sources(number..number + 10))
                    .await
                    .expect("commits");
                number += 10;
                progress.send(number).expect("somebody listens");
            }
            number
        }
    });
    for _ in 0..2 {
        while committed.recv().await.expect("goes on") % 50 != 0 {}
        cluster.stop();
        cluster.resume();
        while committed.try_recv().is_ok() {} // from before
        committed.recv().await.expect("goes on after");
    }
    enough.store(true, Ordering::Relaxed);
    let number = writer.await.expect("no commit failed") as u64;
    let status = database.status(project, &["ZTF"], 0).await.expect("counts");
    let counts = (
        status.sources,
        status.observatories[0].reduced,
        status.observatories[0].lightcurves,
    );
    assert_eq!(counts, (number, number, 2 * number));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stays_away_is_lost_after_the_window() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let mut place = Place::at(cluster.empty_database());
    place.parameters.retry_window = 0.5;
    let database = place.open().await;
    let project = project(&database).await;
    database
        .commit(project, &sources(0..5))
        .await
        .expect("commits");
    cluster.stop();
    let error = database
        .commit(project, &sources(5..10))
        .await
        .expect_err("nobody there");
    assert_eq!(error.class(), DatabaseErrorClass::Lost, "{error}");
    let error = database
        .states(project, &["source 000001"], &["ZTF"])
        .await
        .expect_err("nobody there");
    assert_eq!(error.class(), DatabaseErrorClass::Lost, "{error}");
    let error = Database::open(&place.parameters, place.path())
        .await
        .expect_err("nobody there");
    assert_eq!(error.class(), DatabaseErrorClass::Lost, "{error}");
    cluster.resume();
    database
        .commit(project, &sources(5..10))
        .await
        .expect("the same handle works again");
    let status = database.status(project, &["ZTF"], 0).await.expect("counts");
    assert_eq!(status.sources, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_file_is_busy_after_the_window_and_good_afterwards() {
    let mut place = Place::sqlite();
    place.parameters.retry_window = 0.3;
    let database = place.open().await;
    let project = project(&database).await;
    let mut options = sea_orm::ConnectOptions::new(format!(
        "sqlite://{}",
        place.path().join("retriever.db").display()
    ));
    options.max_connections(1);
    let other = sea_orm::Database::connect(options).await.expect("connects");
    other
        .execute_unprepared("BEGIN IMMEDIATE")
        .await
        .expect("locks");
    let error = database
        .commit(project, &sources(0..3))
        .await
        .expect_err("locked");
    assert_eq!(error.class(), DatabaseErrorClass::Busy, "{error}");
    let states = database.states(project, &["source 000001"], &["ZTF"]).await;
    assert_eq!(states.expect("readers are not held up")[0].source_id, None);
    other.execute_unprepared("ROLLBACK").await.expect("unlocks");
    database
        .commit(project, &sources(0..3))
        .await
        .expect("commits");
}
