//! Rows as the command line shows them, and the rows that a check works on.

use futures::TryStreamExt;
use retriever::database::{FileTable, Outcome, ReductionOutcome, Row, RowFilter, Stage};
use retriever::photometry::Kind;

use crate::on_both;
use crate::place::{Place, project, raw, source, sources};

on_both!(
    rows_have_the_columns_of_the_table_in_its_order,
    lists_follow_the_catalog_over_many_pages,
    filters_restrict_what_is_listed,
    status_counts_every_outcome,
    files_are_listed_and_forgotten,
    raw_files_without_a_source_are_adopted,
);

async fn rows_have_the_columns_of_the_table_in_its_order(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    database
        .commit(project, &[source(7)])
        .await
        .expect("commits");
    let all = RowFilter::default();
    let sources: Vec<Row> = database
        .list_sources(project, &all)
        .try_collect()
        .await
        .expect("lists");
    let raw: Vec<Row> = database
        .list_raw(project, &all)
        .try_collect()
        .await
        .expect("lists");
    let lightcurves: Vec<Row> = database
        .list_lightcurves(project, &all)
        .try_collect()
        .await
        .expect("lists");
    for (table, row) in [
        ("sources", &sources[0]),
        ("raw_photometry", &raw[0]),
        ("lightcurves", &lightcurves[0]),
    ] {
        let connection = place.raw_connection().await;
        let columns = columns_of(&connection, table).await;
        assert_eq!(row.keys().cloned().collect::<Vec<_>>(), columns, "{table}");
    }
    let row = &sources[0];
    assert_eq!(row["catalog_row"], 7);
    assert_eq!(
        row["cat_row"],
        serde_json::json!({"name": "source 000007", "zebra": 1, "ant": [1.5, null]})
    );
    assert_eq!(raw[0]["outcome"], "ok");
    assert_eq!(raw[0]["message"], serde_json::Value::Null);
    assert_eq!(raw[0]["time_start"], 58_000.25);
    let row = &lightcurves[1];
    assert_eq!(
        (&row["kind"], &row["series_number"], &row["number"]),
        (&"reduced".into(), &2.into(), &50.into())
    );
    assert_eq!(row["is_uniformly_sampled"], false);
    assert_eq!(row["altdata"]["object_id"], 123_456_789_012_345_678_i64);
    assert_eq!(
        (&row["time_scale"], &row["time_alignment"]),
        (&"utc".into(), &"middle".into())
    );
    assert_eq!(row["flux_rms"], serde_json::Value::Null);
}

async fn columns_of(connection: &sea_orm::DatabaseConnection, table: &str) -> Vec<String> {
    use sea_orm::ConnectionTrait;
    let query = format!("SELECT * FROM {table} LIMIT 1");
    let statement = sea_orm::Statement::from_string(connection.get_database_backend(), query);
    let row = connection
        .query_one_raw(statement)
        .await
        .expect("answers")
        .expect("a row");
    row.column_names()
}

fn names(rows: &[Row], column: &str) -> Vec<String> {
    rows.iter()
        .map(|row| row[column].as_str().expect("a name").to_owned())
        .collect()
}

async fn lists_follow_the_catalog_over_many_pages(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let other = database
        .open_project("OTHER", "", "")
        .await
        .expect("opens")
        .id;
    let mut batch = sources(0..450);
    batch.reverse();
    for record in &mut batch[..225] {
        record.catalog_row = 1_000; // many at one place
    }
    database
        .commit(project, &batch[..300])
        .await
        .expect("commits");
    database
        .commit(other, &sources(400..500))
        .await
        .expect("commits");
    database
        .commit(project, &batch[300..])
        .await
        .expect("commits");
    let all = RowFilter::default();
    let sources: Vec<Row> = database
        .list_sources(project, &all)
        .try_collect()
        .await
        .expect("lists");
    let rows: Vec<i64> = sources
        .iter()
        .map(|row| row["catalog_row"].as_i64().expect("a number"))
        .collect();
    assert!(rows.is_sorted() && rows.len() == 450);
    let raw: Vec<Row> = database
        .list_raw(project, &all)
        .try_collect()
        .await
        .expect("lists");
    assert_eq!(names(&raw, "source_name"), names(&sources, "name"));
    let lightcurves: Vec<Row> = database
        .list_lightcurves(project, &all)
        .try_collect()
        .await
        .expect("lists");
    let doubled: Vec<String> = names(&sources, "name")
        .into_iter()
        .flat_map(|name| [name.clone(), name])
        .collect();
    assert_eq!(names(&lightcurves, "source_name"), doubled);
}

async fn filters_restrict_what_is_listed(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut failed = source(1);
    failed.raw = vec![raw(Outcome::Failed, &failed.name)];
    database
        .commit(project, &[source(0), failed, source(2)])
        .await
        .expect("commits");
    let only = |names: &[&str]| RowFilter {
        source_names: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..RowFilter::default()
    };
    let count = async |filter: RowFilter| {
        let sources: Vec<Row> = database
            .list_sources(project, &filter)
            .try_collect()
            .await
            .expect("lists");
        let raw: Vec<Row> = database
            .list_raw(project, &filter)
            .try_collect()
            .await
            .expect("lists");
        let lightcurves: Vec<Row> = database
            .list_lightcurves(project, &filter)
            .try_collect()
            .await
            .expect("lists");
        (sources.len(), raw.len(), lightcurves.len())
    };
    assert_eq!(count(RowFilter::default()).await, (3, 3, 6));
    assert_eq!(count(only(&["source 000002", "nobody"])).await, (1, 1, 2));
    assert_eq!(count(only(&[])).await, (0, 0, 0));
    let failed = RowFilter {
        outcome: Some(Outcome::Failed),
        ..RowFilter::default()
    };
    assert_eq!(count(failed).await, (3, 1, 6));
    let tess = RowFilter {
        observatory: Some("TESS".to_owned()),
        ..RowFilter::default()
    };
    assert_eq!(count(tess).await, (3, 0, 0));
    let simulated = RowFilter {
        kind: Some(Kind::Simulated),
        ..RowFilter::default()
    };
    assert_eq!(count(simulated).await, (3, 3, 0));
}

async fn status_counts_every_outcome(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut batch = sources(0..10);
    let outcomes = [
        Outcome::Empty,
        Outcome::Empty,
        Outcome::Skipped,
        Outcome::Failed,
        Outcome::Failed,
    ];
    for (record, outcome) in batch.iter_mut().zip(outcomes) {
        record.raw = vec![raw(outcome, &record.name)];
        record.reductions.clear();
    }
    batch[3].raw[0].message = Some("503".to_owned());
    batch[3].raw[0].requested_at = Some("2026-01-02T03:04:06Z".to_owned());
    batch[9].raw.clear();
    batch[9].reductions.clear();
    batch[8].reductions[0].outcome = ReductionOutcome::Failed;
    batch[8].reductions[0].message = Some("no column mjd".to_owned());
    batch[8].reductions[0].lightcurves.clear();
    database.commit(project, &batch).await.expect("commits");
    let other = database
        .open_project("OTHER", "", "")
        .await
        .expect("opens")
        .id;
    database
        .commit(other, &sources(20..30))
        .await
        .expect("commits");
    let status = database
        .status(project, &["TESS", "ZTF"], 10)
        .await
        .expect("counts");
    assert_eq!((status.sources, status.observatories[0].pending), (10, 10));
    let ztf = &status.observatories[1];
    assert_eq!(
        (ztf.pending, ztf.ok, ztf.empty, ztf.skipped, ztf.failed),
        (1, 4, 2, 1, 2)
    );
    assert_eq!((ztf.raw_epochs, ztf.raw_bytes), (400, 4_000));
    assert_eq!(
        (ztf.reduced, ztf.reduction_failed, ztf.lightcurves),
        (3, 1, 6)
    );
    assert_eq!((ztf.epochs, ztf.reduced_bytes), (300, 8_000));
    let failures: Vec<(&str, Stage)> = status
        .failures
        .iter()
        .map(|failure| (failure.source_name.as_str(), failure.stage))
        .collect();
    assert_eq!(
        failures,
        [
            ("source 000003", Stage::Fetch),
            ("source 000004", Stage::Fetch),
            ("source 000008", Stage::Reduce)
        ]
    );
    assert_eq!(status.failures[0].message.as_deref(), Some("503"));
    let last = database
        .status(project, &["ZTF"], 1)
        .await
        .expect("counts")
        .failures;
    assert_eq!(last.len(), 1);
}

async fn files_are_listed_and_forgotten(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut empty = source(0);
    empty.raw = vec![raw(Outcome::Empty, &empty.name)];
    empty.reductions.clear();
    database.commit(project, &[empty]).await.expect("commits");
    database
        .commit(project, &sources(1..4))
        .await
        .expect("commits");
    let files: Vec<_> = database.files(project).try_collect().await.expect("lists");
    assert_eq!(files.len(), 6);
    let of = |table| files.iter().filter(move |file| file.table == table);
    let raw = of(FileTable::RawPhotometry).next().expect("there is one");
    assert_eq!(
        (raw.source_name.as_str(), raw.length),
        ("source 000001", Some(1_000))
    );
    assert_eq!(raw.key.as_deref(), Some("source 000001"));
    let reduced = of(FileTable::Reductions).next().expect("there is one");
    assert_eq!(
        (reduced.source_name.as_str(), reduced.length),
        ("source 000001", Some(2_000))
    );
    assert_eq!(reduced.checksum, Some("b".repeat(64)));
    database.forget_raw(&[raw.id]).await.expect("forgets");
    database
        .forget_reductions(&[reduced.id])
        .await
        .expect("forgets");
    let states = database
        .states(project, &["source 000001"], &["ZTF"])
        .await
        .expect("answers");
    let state = &states[0].observatories[0];
    assert!(states[0].source_id.is_some() && state.raw.is_none() && state.reduction.is_none());
    assert_eq!(place.count("SELECT count(*) FROM lightcurves").await, 4);
}

async fn raw_files_without_a_source_are_adopted(place: Place) {
    let database = place.open().await;
    let found: Vec<_> = (0..1_200)
        .map(|number| {
            let name = source(number).name;
            (name.clone(), raw(Outcome::Ok, &name))
        })
        .collect();
    database.adopt_raw(&found).await.expect("adopts");
    database.adopt_raw(&found).await.expect("twice is once");
    let files: Vec<_> = database.all_raw_files().try_collect().await.expect("lists");
    assert_eq!(files.len(), 1_200);
    let project = project(&database).await;
    let states = database
        .states(project, &["source 000900"], &["ZTF"])
        .await
        .expect("answers");
    assert_eq!(
        states[0].observatories[0]
            .raw
            .as_ref()
            .expect("known")
            .outcome,
        Outcome::Ok
    );
    assert_eq!(states[0].source_id, None);
}
