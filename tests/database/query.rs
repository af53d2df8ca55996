//! Rows that a condition, a cone, an order and a limit select, the same on both databases.

use futures::TryStreamExt;
use retriever::database::{
    Database, Outcome, ReductionOutcome, Row, RowFilter, SourceRecord, columns_of,
};
use retriever::photometry::Kind;
use retriever::query::{Cone, Query, Record, Table};
use serde_json::{Value, json};

use crate::analysed::{analysed, failed};
use crate::on_both;
use crate::place::{Place, project, raw, source, sources};

on_both!(
    without_conditions_rows_are_those_of_the_lists,
    conditions_choose_rows_of_every_table,
    columns_of_the_source_can_be_asked_for_everywhere,
    every_column_can_be_named,
    patterns_mean_the_same_everywhere,
    numbers_compare_as_numbers,
    rows_come_in_the_order_that_is_asked_for,
    a_cone_holds_what_is_near,
    failures_are_told_with_their_stage,
    hostile_conditions_do_no_harm,
    rows_that_nobody_takes_are_not_read,
    other_projects_are_not_seen,
);

pub async fn asked(database: &Database, project: i64, table: Table, query: &Query) -> Vec<Record> {
    let selection = query.on(&columns_of(table)).expect("it fits the table");
    let rows = database.query(project, &["ZTF"], table, &selection);
    rows.try_collect().await.expect("lists")
}

/// Names of the sources of the rows for which a condition is true.
async fn named(database: &Database, project: i64, table: Table, condition: &str) -> Vec<String> {
    let rows = asked(database, project, table, &Query::all().matching(condition)).await;
    names(&rows)
}

fn names(rows: &[Record]) -> Vec<String> {
    let name = |row: &Record| row.get("name").or(row.get("source_name")).cloned();
    rows.iter()
        .map(|row| match name(row) {
            Some(Value::String(name)) => name,
            other => panic!("no name but {other:?}"),
        })
        .collect()
}

fn expected(numbers: &[usize]) -> Vec<String> {
    numbers.iter().map(|number| source(*number).name).collect()
}

/// A source at a position, with the cell that belongs to it.
fn at(number: usize, ra: f64, dec: f64) -> SourceRecord {
    let healpix = cdshealpix::nested::hash(29, ra.to_radians(), dec.to_radians());
    SourceRecord {
        ra,
        dec,
        healpix,
        ..source(number)
    }
}

async fn without_conditions_rows_are_those_of_the_lists(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut batch: Vec<SourceRecord> = (0..450).map(|number| analysed(number, 0)).collect();
    batch.reverse();
    for chunk in batch.chunks(100) {
        database.commit(project, chunk).await.expect("commits");
    }
    let all = RowFilter::default();
    let lists = [
        (Table::Sources, database.list_sources(project, &all)),
        (Table::Raw, database.list_raw(project, &all)),
        (
            Table::Lightcurves(None),
            database.list_lightcurves(project, &all),
        ),
        (Table::Detections, database.list_detections(project, &all)),
        (Table::Injections, database.list_injections(project, &all)),
    ];
    for (table, list) in lists {
        let list: Vec<Row> = list.try_collect().await.expect("lists");
        let rows = asked(&database, project, table, &Query::all()).await;
        let rows: Vec<Row> = rows.into_iter().map(Record::into_object).collect();
        assert!(rows.len() >= 450 && rows == list, "{table:?}");
    }
    let all = Query::all();
    let reduced = Table::Lightcurves(Some(Kind::Reduced));
    let reduced = asked(&database, project, reduced, &all).await;
    assert_eq!(reduced.len(), 900);
    let properties = asked(&database, project, Table::Properties, &Query::all()).await;
    assert_eq!(names(&properties), expected(&(0..450).collect::<Vec<_>>()));
}

async fn conditions_choose_rows_of_every_table(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let batch: Vec<SourceRecord> = (0..6).map(|number| analysed(number, 0)).collect();
    database.commit(project, &batch).await.expect("commits");
    for (table, condition, numbers) in [
        (Table::Sources, "name = 'source 000003'", vec![3]),
        (
            Table::Sources,
            r#"name in ("source 000001", 'source 000004', 'nobody')"#,
            vec![1, 4],
        ),
        (
            Table::Sources,
            "catalog_row between 2 and 3 or catalog_row = 5",
            vec![2, 3, 5],
        ),
        (
            Table::Sources,
            "not catalog_row between 1 and 4",
            vec![0, 5],
        ),
        (
            Table::Sources,
            "catalog_row != 0 and (catalog_row < 2 or catalog_row >= 5)",
            vec![1, 5],
        ),
        (
            Table::Raw,
            "outcome = 'ok' and epochs = 100 and source_name > 'source 000003'",
            vec![4, 5],
        ),
        (Table::Raw, "message is not null", vec![]),
        (
            Table::Lightcurves(Some(Kind::Reduced)),
            "is_uniformly_sampled and catalog_row < 2",
            vec![0, 1],
        ),
        (
            Table::Lightcurves(None),
            "kind = 'simulated' and filter = 'zr' and source_name like '%5'",
            vec![5],
        ),
        (
            Table::Detections,
            "snr > 8 and filter = \"zr\" and not simulated and catalog_row > 3",
            vec![4, 5],
        ),
        (Table::Detections, "snr > 9.5", vec![]),
        (Table::Injections, "recovered = true", vec![0, 2, 4]),
        (
            Table::Injections,
            "recovered = false and snr_expected > 12",
            vec![3, 5],
        ),
        (Table::Injections, "detection_number is null", vec![1, 3, 5]),
        (
            Table::Properties,
            "outcome = 'ok' and watched_ms <= 1001",
            vec![0, 1],
        ),
    ] {
        let found = named(&database, project, table, condition).await;
        assert_eq!(found, expected(&numbers), "{condition}");
    }
}

async fn columns_of_the_source_can_be_asked_for_everywhere(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let batch: Vec<SourceRecord> = (0..4).map(|number| analysed(number, 0)).collect();
    database.commit(project, &batch).await.expect("commits");
    for table in [
        Table::Raw,
        Table::Lightcurves(Some(Kind::Reduced)),
        Table::Detections,
        Table::Injections,
        Table::Properties,
    ] {
        let mut found = named(
            &database,
            project,
            table,
            "ra > 1 and dec < -87 and mag = 18.5",
        )
        .await;
        found.dedup();
        assert_eq!(found, expected(&[2]), "{table:?}");
        let query = Query::all().sorted("-ra").first(1);
        let rows = asked(&database, project, table, &query).await;
        assert_eq!(names(&rows), expected(&[3]), "{table:?}");
        let own: Vec<&str> = columns_of(table).own().map(|column| column.name).collect();
        assert_eq!(rows[0].names(), own, "{table:?}");
    }
}

/// Also those that are words of SQL elsewhere.
async fn every_column_can_be_named(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    database
        .commit(project, &[analysed(0, 0)])
        .await
        .expect("commits");
    for table in [
        Table::Sources,
        Table::Raw,
        Table::Lightcurves(None),
        Table::Detections,
        Table::Injections,
        Table::Properties,
        Table::Failures,
    ] {
        for column in columns_of(table).all() {
            let name = column.name;
            let missing = Query::all()
                .matching(format!("{name} is null"))
                .sorted(format!("-{name}"));
            match column.kind {
                retriever::query::ColumnKind::Json => {
                    let error = missing
                        .on(&columns_of(table))
                        .expect_err("JSON is not looked into");
                    assert!(error.to_string().contains(name), "{error}");
                }
                _ => {
                    let missing = asked(&database, project, table, &missing).await;
                    let there =
                        Query::all().matching(format!("{} is not null", name.to_uppercase()));
                    let there = asked(&database, project, table, &there).await;
                    let all = asked(&database, project, table, &Query::all()).await;
                    assert_eq!(missing.len() + there.len(), all.len(), "{table:?} {name}");
                }
            }
        }
    }
}

async fn patterns_mean_the_same_everywhere(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let stars = [
        "J12", "j12", "J1*", "J1?", "J[1]", r"J\1", "100%", "a_b", "Ärger", "ärger",
    ];
    let mut batch = sources(0..stars.len());
    for (record, name) in batch.iter_mut().zip(stars) {
        record.name = name.to_owned();
        record.raw.clear();
        record.reductions.clear();
    }
    database.commit(project, &batch).await.expect("commits");
    for (condition, found) in [
        ("name like 'J1%'", &["J12", "J1*", "J1?"][..]),
        ("name like 'J1_'", &["J12", "J1*", "J1?"]),
        ("name like 'j12'", &["j12"]),
        ("name ilike 'j12'", &["J12", "j12"]),
        ("name ilike 'J1_'", &["J12", "j12", "J1*", "J1?"]),
        ("name like '%*'", &["J1*"]),
        ("name like '%?'", &["J1?"]),
        ("name like '%[%'", &["J[1]"]),
        (r"name like 'J\\1'", &[r"J\1"]),
        (r"name like '%\%'", &["100%"]),
        (r"name like '_\__'", &["a_b"]),
        ("name like '_rger'", &["Ärger", "ärger"]),
        // letters beyond ASCII have one case
        ("name ilike 'ÄRGER'", &["Ärger"]),
        ("name not like '%1%' and name not ilike '%rger'", &["a_b"]),
        ("name like ''", &[]),
        ("name > 'a'", &["j12", "a_b", "Ärger", "ärger"]),
    ] {
        let rows = named(&database, project, Table::Sources, condition).await;
        assert_eq!(rows, found, "{condition}");
    }
    let sorted = asked(
        &database,
        project,
        Table::Sources,
        &Query::all().sorted("-name"),
    )
    .await;
    let mut by_bytes = stars.to_vec();
    by_bytes.sort_unstable();
    by_bytes.reverse();
    assert_eq!(names(&sorted), by_bytes);
}

async fn numbers_compare_as_numbers(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut batch = sources(0..4);
    for (record, mag) in batch
        .iter_mut()
        .zip([Some(-1.5), Some(0.0), Some(18.25), None])
    {
        record.mag = mag;
    }
    database.commit(project, &batch).await.expect("commits");
    for (condition, numbers) in [
        ("mag = 18.25", vec![2]),
        ("mag < 0", vec![0]),
        ("-mag > 1", vec![0]),
        ("abs(mag) <= 1.5", vec![0, 1]),
        ("mag * 2 = 36.5", vec![2]),
        ("mag is null", vec![3]),
        ("not mag > 0", vec![0, 1]),
        ("not mag is null", vec![0, 1, 2]),
        // integers divide to fractions, and nothing divided by nothing is missing and no error
        ("catalog_row / 2 = 0.5", vec![1]),
        ("1 / catalog_row > 0.4", vec![1, 2]),
        ("mag / mag = 1", vec![0, 2]),
        ("1 / catalog_row is null", vec![0]),
        ("catalog_row - 2 * catalog_row = -3", vec![3]),
        ("catalog_row > 1.5", vec![2, 3]),
        ("catalog_row = 2.0 or catalog_row = 1e0", vec![1, 2]),
        ("catalog_row in (0, 2.5, 3)", vec![0, 3]),
        (
            "catalog_row < 1e300 and catalog_row > -99999999999999999999",
            vec![0, 1, 2, 3],
        ),
        ("catalog_row > 9223372036854775807", vec![]),
        ("mag < 99999999999999999999999999999", vec![0, 1, 2]),
        (
            "ra = catalog_row and dec + 90 = catalog_row",
            vec![0, 1, 2, 3],
        ),
    ] {
        let found = named(&database, project, Table::Sources, condition).await;
        assert_eq!(found, expected(&numbers), "{condition}");
    }
    // a column of 32 bits
    for (condition, rows) in [("series_number = 2", 4), ("series_number < 5000000000", 8)] {
        let query = Query::all().matching(condition);
        let found = asked(&database, project, Table::Lightcurves(None), &query).await;
        assert_eq!(found.len(), rows, "{condition}");
    }
}

async fn rows_come_in_the_order_that_is_asked_for(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut batch = sources(0..6);
    let magnitudes = [Some(2.0), None, Some(1.0), Some(2.0), None, Some(-3.0)];
    for (record, mag) in batch.iter_mut().zip(magnitudes) {
        record.mag = mag;
    }
    database.commit(project, &batch).await.expect("commits");
    for (sort, numbers) in [
        ("mag", [5, 2, 0, 3, 1, 4]),
        ("-mag", [0, 3, 2, 5, 1, 4]),
        ("-mag,-catalog_row", [3, 0, 2, 5, 4, 1]),
        ("-name", [5, 4, 3, 2, 1, 0]),
        ("catalog_row", [0, 1, 2, 3, 4, 5]),
    ] {
        let query = Query::all().sorted(sort);
        let rows = asked(&database, project, Table::Sources, &query).await;
        assert_eq!(names(&rows), expected(&numbers), "{sort}");
        for limit in [0, 1, 4, 100] {
            let rows = asked(
                &database,
                project,
                Table::Sources,
                &query.clone().first(limit),
            )
            .await;
            let few = &numbers[..numbers.len().min(limit as usize)];
            assert_eq!(names(&rows), expected(few), "{sort} {limit}");
        }
    }
    let query = Query::all().sorted("is_uniformly_sampled,-mag").first(2);
    let rows = asked(&database, project, Table::Lightcurves(None), &query).await;
    assert_eq!(rows[0]["is_uniformly_sampled"], false);
    assert_eq!(names(&rows), expected(&[0, 3]));
}

async fn a_cone_holds_what_is_near(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let stars = [
        (0.0001, 0.0),
        (359.9999, 0.0),
        (0.0, 0.3),
        (10.0, 89.9999),
        (190.0, 89.9999),
        (180.0, -45.0),
        (180.0, -45.001),
        (181.0, -45.0),
    ];
    let batch: Vec<SourceRecord> = stars
        .iter()
        .enumerate()
        .map(|(number, (ra, dec))| at(number, *ra, *dec))
        .collect();
    database.commit(project, &batch).await.expect("commits");
    for (cone, numbers) in [
        ("0,0,0.001", vec![0, 1]),
        ("360,0,0.2999", vec![0, 1]),
        ("0,0,0.3001", vec![0, 1, 2]),
        ("123,90,0.001", vec![3, 4]),
        ("180,-45,1e-6", vec![5]),
        ("180,-45,0.0011", vec![5, 6]),
        // the cosine of 45 degrees of one degree
        ("180,-45,0.706", vec![5, 6]),
        ("180,-45,0.708", vec![5, 6, 7]),
        ("100,10,95", vec![3, 4, 5, 6, 7]),
        ("100,10,60", vec![]),
        ("0,0,180", (0..8).collect()),
        ("42,42,0.5", vec![]),
    ] {
        let cone: Cone = cone.parse().expect("a cone");
        let query = Query::all().within(cone);
        let rows = asked(&database, project, Table::Sources, &query).await;
        assert_eq!(names(&rows), expected(&numbers), "{cone:?}");
        let raw = asked(
            &database,
            project,
            Table::Raw,
            &query.clone().matching("epochs > 1"),
        )
        .await;
        assert_eq!(names(&raw), expected(&numbers), "{cone:?}");
        let last = query.sorted("-catalog_row").first(1);
        let last = asked(&database, project, Table::Sources, &last).await;
        let number: Vec<usize> = numbers.last().copied().into_iter().collect();
        assert_eq!(names(&last), expected(&number), "{cone:?}");
    }
}

async fn failures_are_told_with_their_stage(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut batch = sources(0..5);
    batch[1].raw = vec![raw(Outcome::Failed, &batch[1].name)];
    batch[1].raw[0].message = Some("503".to_owned());
    batch[1].raw[0].error_class = Some("transient".to_owned());
    batch[1].raw[0].attempts = 3;
    batch[1].reductions.clear();
    batch[3].reductions[0].outcome = ReductionOutcome::Failed;
    batch[3].reductions[0].message = Some("no column mjd".to_owned());
    batch[3].reductions[0].lightcurves.clear();
    let mut elsewhere = source(4);
    elsewhere.raw = vec![raw(Outcome::Failed, &elsewhere.name)];
    elsewhere.raw[0].observatory = "OTHER".to_owned();
    elsewhere.reductions.clear();
    batch[4] = elsewhere;
    database.commit(project, &batch).await.expect("commits");
    database
        .commit(project, &[failed(2)])
        .await
        .expect("commits");
    let rows = asked(&database, project, Table::Failures, &Query::all()).await;
    let rows: Vec<Value> = rows
        .into_iter()
        .map(|row| Value::Object(row.into_object()))
        .collect();
    assert_eq!(
        Value::from(rows),
        json!([
            {"source_name": "source 000001", "observatory": "ZTF", "stage": "fetch", "error_class": "transient",
             "message": "503", "attempts": 3, "requested_at": "2026-01-02T03:04:05Z"},
            {"source_name": "source 000002", "observatory": "", "stage": "analyze", "error_class": null,
             "message": "no finder \u{fffd} works here", "attempts": null, "requested_at": null},
            {"source_name": "source 000003", "observatory": "ZTF", "stage": "reduce", "error_class": null,
             "message": "no column mjd", "attempts": null, "requested_at": null},
        ])
    );
    for (condition, numbers) in [
        ("stage = 'reduce'", vec![3]),
        ("attempts > 2", vec![1]),
        ("attempts is null and ra < 3", vec![2]),
        (
            "message like '%column%' or error_class = 'transient'",
            vec![1, 3],
        ),
        ("requested_at >= '2026-01-02'", vec![1]),
    ] {
        let found = named(&database, project, Table::Failures, condition).await;
        assert_eq!(found, expected(&numbers), "{condition}");
    }
}

async fn hostile_conditions_do_no_harm(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut batch = sources(0..3);
    batch[1].name = "x' OR '1'='1".to_owned();
    batch[2].name = "\"; DROP TABLE sources; -- 💥".to_owned();
    for record in &mut batch {
        record.raw.clear();
        record.reductions.clear();
    }
    database.commit(project, &batch).await.expect("commits");
    for (condition, number) in [
        ("name = 'x'' OR ''1''=''1'", Some(1)),
        (r#"name = "x' OR '1'='1""#, Some(1)),
        (r#"name = """; DROP TABLE sources; -- 💥""#, Some(2)),
        (r#"name in ('"; DROP TABLE sources; -- 💥')"#, Some(2)),
        ("name like '%💥'", Some(2)),
        ("name = 'source 000000'' OR 1=1 --'", None),
        ("name = '$1'", None),
        ("name = '?'", None),
    ] {
        let found = named(&database, project, Table::Sources, condition).await;
        let wanted: Vec<String> = number
            .map(|number: usize| batch[number].name.clone())
            .into_iter()
            .collect();
        assert_eq!(found, wanted, "{condition}");
    }
    let columns = columns_of(Table::Sources);
    for condition in [
        "name = 'x'; DROP TABLE sources",
        "name = 'x' --",
        "1 = 1",
        "name = name; --",
        "name in (select name from sources)",
        "exists (select 1)",
        "(select count(*) from sources) > 0",
        "name = 'x' union select * from sources",
        "load_extension('x') = 1",
        "randomblob(1000000000) is null",
        "pg_sleep(100) is null",
        "name = $1",
        "name = ?",
        "name = :name",
        "cast(name as integer) = 1",
        "name::integer = 1",
        "case when true then true end",
        "name = 'x' /* comment */",
        "name || 'x' = 'y'",
        "sources.name = 'x'",
        "name",
        "true",
        "name = null",
        "",
    ] {
        let query = Query::all().matching(condition);
        assert!(query.on(&columns).is_err(), "{condition}");
    }
    assert_eq!(
        asked(&database, project, Table::Sources, &Query::all())
            .await
            .len(),
        3
    );
    // as long as conditions may be
    let many: Vec<String> = (0..5_000).map(|number| number.to_string()).collect();
    let condition = format!("catalog_row in ({})", many.join(","));
    assert_eq!(
        named(&database, project, Table::Sources, &condition)
            .await
            .len(),
        3
    );
    let chain = vec!["catalog_row = 1"; 200].join(" or ");
    assert_eq!(
        named(&database, project, Table::Sources, &chain)
            .await
            .len(),
        1
    );
    let sum = format!("catalog_row {} = 301", "+ 1 ".repeat(300));
    assert_eq!(
        named(&database, project, Table::Sources, &sum).await.len(),
        1
    );
    let deep = format!("{}catalog_row = 1{}", "(".repeat(20), ")".repeat(20));
    assert_eq!(
        named(&database, project, Table::Sources, &deep).await.len(),
        1
    );
}

async fn rows_that_nobody_takes_are_not_read(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    for batch in sources(0..4_000).chunks(1_000) {
        database.commit(project, batch).await.expect("commits");
    }
    let selection = Query::all().on(&columns_of(Table::Raw)).expect("it fits");
    for _ in 0..50 {
        let mut rows = database.query(project, &[], Table::Raw, &selection);
        let first = rows.try_next().await.expect("answers").expect("a row");
        assert_eq!(first["source_name"], "source 000000");
    }
    // all connections are free again
    let count = asked(&database, project, Table::Raw, &Query::all())
        .await
        .len();
    assert_eq!(count, 4_000);
    database
        .commit(project, &[source(4_000)])
        .await
        .expect("commits");
    database.close().await.expect("closes");
}

async fn other_projects_are_not_seen(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let other = database
        .open_project("OTHER", "", "")
        .await
        .expect("opens")
        .id;
    database
        .commit(project, &[analysed(1, 0)])
        .await
        .expect("commits");
    database
        .commit(other, &[analysed(1, 1), analysed(2, 0)])
        .await
        .expect("commits");
    for (table, rows) in [
        (Table::Sources, 1),
        (Table::Raw, 1),
        (Table::Lightcurves(None), 6),
        (Table::Detections, 2),
        (Table::Injections, 1),
        (Table::Properties, 1),
    ] {
        let query = Query::all().matching("catalog_row >= 0 or catalog_row < 0");
        assert_eq!(
            asked(&database, project, table, &query).await.len(),
            rows,
            "{table:?}"
        );
    }
}
