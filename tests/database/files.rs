//! Which files the rows speak of.

use crate::on_both;
use crate::place::{Place, project, source, sources};

on_both!(the_rows_of_this_moment_tell_of_which_files_they_speak);

async fn the_rows_of_this_moment_tell_of_which_files_they_speak(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    database
        .commit(project, &sources(0..3))
        .await
        .expect("commits");
    let raw = source(1).raw[0].file.clone().expect("it has one");
    let reduced = source(2).reductions[0].file.clone().expect("it has one");
    let asked = ["TEST/notes.txt", raw.as_str(), reduced.as_str()];
    let known = database.checksums_of(&asked).await.expect("looks");
    assert_eq!(known.len(), 2, "{known:?}");
    assert_eq!(known[&raw], Some("a".repeat(64)));
    assert_eq!(known[&reduced], Some("b".repeat(64)));
    // what is committed later is found, what is replaced has its new checksum
    let mut later = source(7);
    later.reductions[0].checksum = Some("c".repeat(64));
    let file = later.reductions[0].file.clone().expect("it has one");
    let before = database.checksums_of(&[&file]).await.expect("looks");
    assert!(before.is_empty(), "{before:?}");
    database.commit(project, &[later]).await.expect("commits");
    let after = database.checksums_of(&[&file]).await.expect("looks");
    assert_eq!(after[&file], Some("c".repeat(64)));
    let nothing = database.checksums_of(&[]).await.expect("looks");
    assert!(nothing.is_empty());
}
