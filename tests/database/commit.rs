//! What a commit does, and what it never does.

use futures::TryStreamExt;
use retriever::database::{
    DatabaseErrorClass, Outcome, ReductionOutcome, Renewed, RowFilter, SourceRecord,
};
use sea_orm::{ConnectionTrait, Statement};

use crate::on_both;
use crate::place::{Place, project, raw, reduction, source, sources};

on_both!(
    a_second_commit_of_the_same_changes_nothing,
    a_new_reduction_takes_the_place_of_the_old_one,
    an_answer_is_not_forgotten_for_a_failure_unless_told,
    a_renewed_row_is_the_same_but_for_the_time_of_the_request,
    two_projects_share_raw_photometry_and_nothing_else,
    no_table_takes_a_row_twice,
    a_batch_that_fails_at_its_last_statement_leaves_nothing,
    a_commit_that_is_given_up_at_any_point_is_whole_or_nothing,
    the_last_record_of_a_key_counts,
    hostile_names_come_back_as_they_were,
    names_that_cannot_be_kept_are_refused_before_anything_is_written,
    numbers_that_are_not_numbers_become_null,
    a_large_batch_stays_under_the_limits_of_a_statement,
);

const TABLES: [&str; 4] = ["sources", "raw_photometry", "reductions", "lightcurves"];

async fn counts(place: &Place) -> [i64; 4] {
    let mut counts = [0; 4];
    for (count, table) in counts.iter_mut().zip(TABLES) {
        *count = place.count(&format!("SELECT count(*) FROM {table}")).await;
    }
    counts
}

async fn a_renewed_row_is_the_same_but_for_the_time_of_the_request(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let batch = sources(0..3);
    database.commit(project, &batch).await.expect("commits");
    let raw = async || -> Vec<_> {
        let rows = database.list_raw(project, &RowFilter::default());
        rows.try_collect().await.expect("lists")
    };
    let mut expected = raw().await;
    let renewed: Vec<SourceRecord> = [(0, "2026-05-01T00:00:00Z"), (2, "2026-05-01T00:00:01Z")]
        .into_iter()
        .map(|(row, time)| {
            expected[row]["requested_at"] = time.into();
            SourceRecord {
                renewed: vec![Renewed {
                    raw_row: expected[row]["id"].as_i64().expect("a number"),
                    requested_at: time.to_owned(),
                }],
                raw: Vec::new(),
                reductions: Vec::new(),
                ..batch[row].clone()
            }
        })
        .collect();
    database.commit(project, &renewed).await.expect("commits");
    assert_eq!(raw().await, expected);
    assert_eq!(counts(&place).await, [3, 3, 3, 6]);
}

async fn a_second_commit_of_the_same_changes_nothing(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    database
        .commit(project, &sources(0..7))
        .await
        .expect("commits");
    let names = ["source 000003"];
    let before = database
        .states(project, &names, &["ZTF"])
        .await
        .expect("answers");
    database
        .commit(project, &sources(0..7))
        .await
        .expect("commits again");
    assert_eq!(counts(&place).await, [7, 7, 7, 14]);
    assert_eq!(
        database
            .states(project, &names, &["ZTF"])
            .await
            .expect("answers"),
        before
    );
}

async fn a_new_reduction_takes_the_place_of_the_old_one(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    database
        .commit(project, &sources(0..3))
        .await
        .expect("commits");
    let mut record = source(1);
    record.raw.clear();
    record.reductions = vec![reduction(&record.name, 1)];
    record.reductions[0].fingerprint = "gap 30".to_owned();
    database.commit(project, &[record]).await.expect("commits");
    assert_eq!(counts(&place).await, [3, 3, 3, 5]);
    let mut record = source(2);
    record.reductions[0].outcome = ReductionOutcome::Failed;
    record.reductions[0].lightcurves.clear();
    database.commit(project, &[record]).await.expect("commits");
    assert_eq!(counts(&place).await, [3, 3, 3, 3]);
    let states = database
        .states(project, &["source 000001", "source 000002"], &["ZTF"])
        .await;
    let states = states.expect("answers");
    let reduction = |source: usize| {
        states[source].observatories[0]
            .reduction
            .clone()
            .expect("reduced")
    };
    assert_eq!(reduction(0).fingerprint, "gap 30");
    assert_eq!(reduction(1).outcome, ReductionOutcome::Failed);
}

async fn an_answer_is_not_forgotten_for_a_failure_unless_told(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut record = source(0);
    let outcome = async |record: &SourceRecord| {
        database
            .commit(project, std::slice::from_ref(record))
            .await
            .expect("commits");
        let states = database
            .states(project, &[&record.name], &["ZTF"])
            .await
            .expect("answers");
        states[0].observatories[0]
            .raw
            .clone()
            .expect("asked")
            .outcome
    };
    record.raw = vec![raw(Outcome::Failed, &record.name)];
    assert_eq!(outcome(&record).await, Outcome::Failed);
    record.raw = vec![raw(Outcome::Ok, &record.name)];
    assert_eq!(outcome(&record).await, Outcome::Ok);
    for lesser in [Outcome::Failed, Outcome::Empty, Outcome::Skipped] {
        record.raw = vec![raw(lesser, &record.name)];
        assert_eq!(outcome(&record).await, Outcome::Ok, "{lesser:?}");
    }
    record.raw[0].replace = true;
    assert_eq!(outcome(&record).await, Outcome::Skipped);
}

async fn two_projects_share_raw_photometry_and_nothing_else(place: Place) {
    let database = place.open().await;
    let first = database
        .open_project("FIRST", "", "{}")
        .await
        .expect("opens")
        .id;
    let second = database
        .open_project("SECOND", "", "{}")
        .await
        .expect("opens")
        .id;
    let version = database
        .open_project("FIRST", &"c".repeat(64), "{}")
        .await
        .expect("opens")
        .id;
    assert!(first != second && first != version);
    database
        .commit(first, &sources(0..2))
        .await
        .expect("commits");
    let states = database
        .states(second, &["source 000000"], &["ZTF"])
        .await
        .expect("answers");
    assert_eq!(states[0].source_id, None);
    assert_eq!(
        states[0].observatories[0]
            .raw
            .as_ref()
            .expect("shared")
            .outcome,
        Outcome::Ok
    );
    assert_eq!(states[0].observatories[0].reduction, None);
    database
        .commit(second, &sources(0..2))
        .await
        .expect("commits");
    database
        .commit(version, &sources(0..2))
        .await
        .expect("commits");
    assert_eq!(counts(&place).await, [6, 2, 6, 12]);
}

async fn no_table_takes_a_row_twice(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    database
        .commit(project, &sources(0..2))
        .await
        .expect("commits");
    let connection = place.raw_connection().await;
    let backend = connection.get_database_backend();
    for table in TABLES.into_iter().chain(["projects"]) {
        let select = Statement::from_string(backend, format!("SELECT * FROM {table} LIMIT 1"));
        let row = connection
            .query_one_raw(select)
            .await
            .expect("answers")
            .expect("a row");
        let columns: Vec<String> = row
            .column_names()
            .into_iter()
            .filter(|name| name != "id")
            .collect();
        let columns = format!("\"{}\"", columns.join("\",\""));
        let copy = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}");
        let refused = connection.execute_unprepared(&copy).await;
        let words = refused.expect_err(table).to_string().to_lowercase();
        assert!(words.contains("unique"), "{table}: {words}");
    }
    // a key is only one if none of its columns can be null
    for column in [
        "source_id",
        "observatory",
        "kind",
        "series_number",
        "injection_number",
    ] {
        let hole = format!("UPDATE lightcurves SET {column} = NULL");
        assert!(
            connection.execute_unprepared(&hole).await.is_err(),
            "{column}"
        );
    }
    for hole in [
        "UPDATE projects SET cfg_hash = NULL",
        "UPDATE sources SET name = NULL",
        "UPDATE raw_photometry SET observatory = NULL",
        "UPDATE reductions SET source_id = NULL",
    ] {
        assert!(connection.execute_unprepared(hole).await.is_err(), "{hole}");
    }
}

async fn a_batch_that_fails_at_its_last_statement_leaves_nothing(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut batch = sources(0..5);
    batch[4].reductions[0].lightcurves[1].series_number = 1;
    let error = database
        .commit(project, &batch)
        .await
        .expect_err("twice the same number");
    assert_eq!(error.class(), DatabaseErrorClass::Constraint);
    assert_eq!(counts(&place).await, [0; 4]);
    database
        .commit(project, &sources(0..5))
        .await
        .expect("the database is free again");
    assert_eq!(counts(&place).await, [5, 5, 5, 10]);
}

/// Polls the commit so many times and drops it, as a process does that stops at once.
async fn a_commit_that_is_given_up_at_any_point_is_whole_or_nothing(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut given_up = 0;
    for polls in 1..40 {
        let numbers = polls * 100..polls * 100 + 30;
        let batch = sources(numbers);
        let mut commit = Box::pin(database.commit(project, &batch));
        let mut left = polls;
        let ended = std::future::poll_fn(|context| {
            left -= 1;
            match commit.as_mut().poll(context) {
                std::task::Poll::Ready(result) => std::task::Poll::Ready(Some(result)),
                std::task::Poll::Pending if left == 0 => std::task::Poll::Ready(None),
                std::task::Poll::Pending => std::task::Poll::Pending,
            }
        });
        match ended.await {
            Some(result) => result.expect("commits"),
            None => given_up += 1,
        }
    }
    assert!(
        given_up > 0,
        "the commits were over before they could be given up"
    );
    let [sources, raw, reductions, lightcurves] = counts(&place).await;
    assert_eq!(
        (raw, reductions, lightcurves),
        (sources, sources, sources * 2)
    );
    assert_eq!(sources % 30, 0);
    database
        .commit(project, &self::sources(0..3))
        .await
        .expect("the database is free again");
}

async fn the_last_record_of_a_key_counts(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut twice = vec![source(0), source(0)];
    twice[1].mag = None;
    twice[1].reductions = vec![reduction(&twice[1].name, 3)];
    database.commit(project, &twice).await.expect("commits");
    assert_eq!(counts(&place).await, [1, 1, 1, 3]);
    assert_eq!(
        place
            .count("SELECT count(*) FROM sources WHERE mag IS NULL")
            .await,
        1
    );
}

async fn hostile_names_come_back_as_they_were(place: Place) {
    let names = [
        "'; DROP TABLE sources; --".to_owned(),
        "\"quoted\" `ticks` $1 ?1 :name %s".to_owned(),
        "../../x".to_owned(),
        "Ä\u{308}𝄞\u{202e}".to_owned(),
        "a\\b\nc\td".to_owned(),
        " padded ".to_owned(),
        "NULL".to_owned(),
        "x".repeat(300),
        "Case".to_owned(),
        "case".to_owned(),
        "00123".to_owned(),
    ];
    let database = place.open().await;
    let project = project(&database).await;
    let batch: Vec<SourceRecord> = names
        .iter()
        .enumerate()
        .map(|(row, name)| {
            let mut record = source(row);
            record.name = name.clone();
            record.raw[0].message = Some(format!("{name}\0"));
            record.cat_row = serde_json::json!({"alias\0": [format!("{name}\0")]});
            record
        })
        .collect();
    database.commit(project, &batch).await.expect("commits");
    let asked: Vec<&str> = names.iter().map(String::as_str).collect();
    let states = database
        .states(project, &asked, &["ZTF"])
        .await
        .expect("answers");
    for (name, state) in names.iter().zip(states) {
        assert_eq!(&state.name, name);
        assert!(
            state.source_id.is_some() && state.observatories[0].raw.is_some(),
            "{name:?}"
        );
    }
    let rows: Vec<_> = database
        .list_sources(project, &RowFilter::default())
        .try_collect()
        .await
        .expect("lists");
    let listed: Vec<&str> = rows.iter().filter_map(|row| row["name"].as_str()).collect();
    assert_eq!(listed, asked);
}

async fn names_that_cannot_be_kept_are_refused_before_anything_is_written(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    for (name, reason) in [
        ("a\0b", "NUL"),
        ("", "empty"),
        ("x".repeat(2_001).as_str(), "2000 bytes"),
    ] {
        let mut batch = sources(0..2);
        batch[1].name = name.to_owned();
        let error = database.commit(project, &batch).await.expect_err(reason);
        assert_eq!(error.class(), DatabaseErrorClass::Invalid);
        assert!(error.to_string().contains(reason), "{error}");
    }
    let mut nowhere = sources(0..2);
    nowhere[0].dec = f64::NAN;
    assert_eq!(
        database
            .commit(project, &nowhere)
            .await
            .expect_err("no position")
            .class(),
        DatabaseErrorClass::Invalid
    );
    assert_eq!(counts(&place).await, [0; 4]);
}

async fn numbers_that_are_not_numbers_become_null(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut batch = sources(0..3);
    for (record, value) in batch
        .iter_mut()
        .zip([f64::NAN, f64::INFINITY, f64::NEG_INFINITY])
    {
        record.mag = Some(value);
        record.raw[0].time_start = Some(value);
        record.reductions[0].lightcurves[0].statistics.flux_mean = Some(value);
        record.reductions[0].lightcurves[0].statistics.dmag_faintest = Some(value);
    }
    database.commit(project, &batch).await.expect("commits");
    for (table, column, nulls) in [
        ("sources", "mag", 3),
        ("raw_photometry", "time_start", 3),
        ("lightcurves", "flux_mean", 3),
        ("lightcurves", "dmag_faintest", 6),
    ] {
        let query = format!("SELECT count(*) FROM {table} WHERE {column} IS NULL");
        assert_eq!(place.count(&query).await, nulls, "{table}.{column}");
    }
}

async fn a_large_batch_stays_under_the_limits_of_a_statement(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let batch = sources(0..2_500);
    database.commit(project, &batch).await.expect("commits");
    assert_eq!(counts(&place).await, [2_500, 2_500, 2_500, 5_000]);
    let names: Vec<&str> = batch
        .iter()
        .rev()
        .map(|record| record.name.as_str())
        .collect();
    let states = database
        .states(project, &names, &["ZTF"])
        .await
        .expect("answers");
    let answered: Vec<&str> = states.iter().map(|state| state.name.as_str()).collect();
    assert_eq!(answered, names);
    assert!(
        states
            .iter()
            .all(|state| state.observatories[0].reduction.is_some())
    );
}
