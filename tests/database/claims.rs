//! Two processes never ask an archive for the same thing.

use std::collections::HashSet;

use retriever::database::{DatabaseError, Session};

use crate::on_both;
use crate::place::Place;

on_both!(
    every_source_is_claimed_by_exactly_one_of_many_sessions,
    what_is_given_back_can_be_claimed_again,
    a_dead_session_loses_its_claims_and_is_told,
    one_session_repairs_and_others_find_it_until_it_ends,
);

fn session(pid: u32) -> Session {
    Session {
        host: "here".to_owned(),
        pid,
        process_start: "1234.5".to_owned(),
    }
}

async fn every_source_is_claimed_by_exactly_one_of_many_sessions(place: Place) {
    const SESSIONS: u32 = 6;
    let names: Vec<String> = (0..1_500)
        .map(|number| format!("source {number}"))
        .collect();
    let mut tasks = Vec::new();
    for pid in 0..SESSIONS {
        let (database, mut names) = (place.open().await, names.clone());
        // every one in another order: the worst case for row locks
        names.rotate_left(pid as usize * 251);
        if pid % 2 == 1 {
            names.reverse();
        }
        tasks.push(tokio::spawn(async move {
            let id = database.begin_session(&session(pid)).await.expect("begins");
            let mut held = Vec::new();
            for names in names.chunks(100) {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                held.extend(database.claim(id, "ZTF", &names).await.expect("claims"));
            }
            held
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("no panic"));
    }
    assert_eq!(
        all.len(),
        names.len(),
        "something was claimed twice or not at all"
    );
    assert_eq!(
        all.into_iter().collect::<HashSet<_>>(),
        names.into_iter().collect()
    );
}

async fn what_is_given_back_can_be_claimed_again(place: Place) {
    let database = place.open().await;
    let first = database.begin_session(&session(1)).await.expect("begins");
    let second = database.begin_session(&session(2)).await.expect("begins");
    let claim = async |id, names: &[&str]| database.claim(id, "ZTF", names).await.expect("claims");
    assert_eq!(claim(first, &["b", "a", "b"]).await, ["b", "a", "b"]);
    assert_eq!(claim(second, &["a", "b", "c"]).await, ["c"]);
    assert_eq!(
        claim(first, &["a"]).await,
        ["a"],
        "what it holds it may claim again"
    );
    assert_eq!(
        database
            .claim(second, "TESS", &["a"])
            .await
            .expect("claims"),
        ["a"]
    );
    database
        .release(second, "ZTF", &["a"])
        .await
        .expect("not its own: nothing happens");
    assert!(claim(second, &["a"]).await.is_empty());
    database
        .release(first, "ZTF", &["a"])
        .await
        .expect("releases");
    assert_eq!(claim(second, &["a", "b"]).await, ["a"]);
    database.drop_session(second).await.expect("drops");
    assert_eq!(claim(first, &["a", "b", "c"]).await, ["a", "b", "c"]);
}

async fn a_dead_session_loses_its_claims_and_is_told(place: Place) {
    let database = place.open().await;
    let dead = database.begin_session(&session(1)).await.expect("begins");
    let alive = database.begin_session(&session(2)).await.expect("begins");
    database.claim(dead, "ZTF", &["a"]).await.expect("claims");
    database.heartbeat(dead).await.expect("it is there");
    let sessions = database.sessions().await.expect("lists");
    assert_eq!(
        sessions
            .iter()
            .map(|session| session.id)
            .collect::<Vec<_>>(),
        [dead, alive]
    );
    assert_eq!(sessions[0].session, session(1));
    database.drop_session(dead).await.expect("drops");
    assert_eq!(
        database.claim(alive, "ZTF", &["a"]).await.expect("claims"),
        ["a"]
    );
    for error in [
        database.heartbeat(dead).await.expect_err("gone"),
        database.claim(dead, "ZTF", &["z"]).await.expect_err("gone"),
    ] {
        assert!(
            matches!(error, DatabaseError::SessionGone { session } if session == dead),
            "{error}"
        );
    }
    let later = database.begin_session(&session(3)).await.expect("begins");
    assert!(
        later > alive && later > dead,
        "numbers are never used twice"
    );
}

async fn one_session_repairs_and_others_find_it_until_it_ends(place: Place) {
    let database = place.open().await;
    let first = database.begin_session(&session(1)).await.expect("begins");
    let second = database.begin_session(&session(2)).await.expect("begins");
    let claim = async |id| database.claim_repair(id).await.expect("claims");
    let repairing = async || {
        let found = database.repairing().await.expect("looks");
        found.map(|record| record.id)
    };
    assert_eq!(repairing().await, None);
    assert!(claim(first).await);
    assert!(!claim(second).await);
    assert!(claim(first).await, "what it holds it may claim again");
    assert_eq!(repairing().await, Some(first));
    database.drop_session(first).await.expect("drops");
    assert_eq!(repairing().await, None);
    assert!(claim(second).await);
}
