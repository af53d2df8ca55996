//! What analyses have found, as lists and sums.

use futures::TryStreamExt;
use futures::stream::BoxStream;
use retriever::analysis::Exposure;
use retriever::database::{DatabaseError, Row, RowFilter, SourceRecord, Stage, StoredTrial};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::analysed::{analysed, failed};
use crate::on_both;
use crate::place::{Place, project, source};

on_both!(
    what_was_found_comes_out_as_it_was,
    properties_have_a_row_for_each_filter,
    trials_and_searched_time_are_those_of_all_sources,
    lists_of_what_was_found_can_be_restricted,
);

pub async fn listed(rows: BoxStream<'static, Result<Row, DatabaseError>>) -> Vec<Row> {
    rows.try_collect().await.expect("lists")
}

async fn what_was_found_comes_out_as_it_was(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let batch: Vec<SourceRecord> = (0..3).map(|number| analysed(number, 0)).collect();
    database.commit(project, &batch).await.expect("commits");
    let detections = listed(database.list_detections(project, &RowFilter::default())).await;
    let order: Vec<(&Value, &Value)> = detections
        .iter()
        .map(|row| (&row["source_name"], &row["injection_number"]))
        .collect();
    let names: Vec<Value> = (0..3).map(|number| json!(source(number).name)).collect();
    let (real, simulated) = (json!(0), json!(1));
    let expected: Vec<(&Value, &Value)> = names
        .iter()
        .flat_map(|name| [(name, &real), (name, &simulated)])
        .collect();
    assert_eq!(order, expected);
    let row = &detections[1];
    for (column, value) in [
        ("simulated", json!(true)),
        ("detection_number", json!(1)),
        ("method", json!("matched_filter")),
        ("observatory", json!("ZTF")),
        ("filter", json!("zr")),
        ("series_number", json!(2)),
        ("peak_epoch", json!(7)),
        ("clock", json!("bjd_tdb")),
        ("peak_time", json!(58_020.5)),
        ("peak_start", json!(58_020.25)),
        ("time_end", json!(58_021.0)),
        ("snr", json!(9.5)),
        ("score", json!(9.75)),
        ("peak_mag", json!(17.25)),
        ("peak_mag_diff", Value::Null),
        ("false_alarm_probability", json!(1e-9)),
        ("quality_flag", json!(true)),
        ("quality_values", json!({"offset": 1.5})),
        ("extra_scores", json!({"box": null})),
        ("template_index", json!(3)),
        ("template_shape", json!("gaussian")),
        ("template_amplitude_error", json!(1.25)),
    ] {
        assert_eq!(row[column], value, "{column}");
    }
    let parts = row["parts"].as_array().expect("a list");
    let part = |place: usize, key: &str| parts[place][key].clone();
    assert_eq!(parts.len(), 2);
    assert_eq!(
        (part(0, "filter"), part(1, "filter")),
        (json!("zg"), json!("zr"))
    );
    assert_eq!(
        (
            part(0, "first_epoch"),
            part(0, "last_epoch"),
            part(0, "template")
        ),
        (json!(5), json!(9), Value::Null)
    );
    let injections = listed(database.list_injections(project, &RowFilter::default())).await;
    let recovered: Vec<&Value> = injections.iter().map(|row| &row["recovered"]).collect();
    assert_eq!(recovered, [&json!(true), &json!(false), &json!(true)]);
    let row = &injections[0];
    for (column, value) in [
        ("injection_number", json!(1)),
        ("detection_number", json!(1)),
        ("shape", json!("flare")),
        ("filter", json!("zg,zr")),
        ("filters", json!({"zg": true, "zr": false})),
        ("time", json!(58_020.0)),
        ("width", json!(0.25)),
        ("searched", json!(40.0)),
        ("amplitude", json!(0.5)),
        ("magnitude", json!(0.75)),
        ("snr_expected", json!(10.0)),
    ] {
        assert_eq!(row[column], value, "{column}");
    }
    assert_eq!(row["parts"][0]["magnitude"], 0.75);
    assert_eq!(row["parts"][1]["magnitude"], Value::Null);
    assert_eq!(injections[1]["detection_number"], Value::Null);
    columns_are_those_of_the_table(&place, "detections", &detections[0]).await;
    columns_are_those_of_the_table(&place, "injections", row).await;
}

async fn columns_are_those_of_the_table(place: &Place, table: &str, row: &Row) {
    let connection = place.raw_connection().await;
    let query = format!("SELECT * FROM {table} LIMIT 1");
    let statement = Statement::from_string(connection.get_database_backend(), query);
    let stored = connection.query_one_raw(statement).await.expect("answers");
    let columns = stored.expect("a row").column_names();
    assert_eq!(row.keys().cloned().collect::<Vec<_>>(), columns, "{table}");
}

async fn properties_have_a_row_for_each_filter(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    database
        .commit(project, &[analysed(4, 0)])
        .await
        .expect("commits");
    let rows = listed(database.list_properties(project, &RowFilter::default())).await;
    let row = &rows[0];
    for (column, value) in [
        ("outcome", json!("ok")),
        ("fingerprint", json!("snr 5")),
        ("clock", json!("bjd_tdb")),
        ("lightcurves", json!(2)),
        ("epochs", json!(100)),
        ("good_epochs", json!(90)),
        ("detections", json!(1)),
        ("injections", json!(1)),
        ("recovered", json!(1)),
        // of zr, where noise gives it more rarely
        ("best_snr_false_alarm_probability", json!(0.001)),
        ("period", json!(0.125)),
        ("period_power", json!(0.75)),
        ("notes", json!(["passed without airmass"])),
        ("extra", json!({"colour": {"mean": 0.25}})),
    ] {
        assert_eq!(row[column], value, "{column}");
    }
    let filters = row["filters"].as_array().expect("a list");
    assert_eq!(filters.len(), 2);
    assert_eq!(
        (&filters[0]["filter"], &filters[1]["filter"]),
        (&json!("zg"), &json!("zr"))
    );
    assert_eq!(
        (&filters[0]["period"], &filters[1]["frequency"]),
        (&Value::Null, &json!(8.0))
    );
    assert_eq!(
        (&filters[0]["flux_rms"], &filters[0]["chi2"]),
        (&Value::Null, &json!(44.0))
    );
    let typed = "SELECT count(*) FROM filter_properties WHERE period < 0.2 AND filter = 'zr'";
    assert_eq!(place.count(typed).await, 1);
}

async fn trials_and_searched_time_are_those_of_all_sources(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let other = database
        .open_project("OTHER", "", "{}")
        .await
        .expect("opens")
        .id;
    let batch: Vec<SourceRecord> = (0..450).map(|number| analysed(number, 0)).collect();
    database.commit(project, &batch).await.expect("commits");
    database.commit(other, &batch[..2]).await.expect("commits");
    database
        .commit(project, &[failed(7)])
        .await
        .expect("commits");
    let trials: Vec<StoredTrial> = database.trials(project).try_collect().await.expect("lists");
    assert_eq!(trials.len(), 449);
    let trial = &trials[8]; // of source 9: the analysis of source 7 failed
    assert_eq!((trial.trial.snr, trial.trial.recovered), (19.0, false));
    assert_eq!((trial.trial.magnitude, trial.trial.width), (0.75, 0.25));
    assert_eq!(trial.trial.filter, "zg,zr");
    let by_filter: Vec<(String, bool)> = trials[0]
        .by_filter()
        .map(|trial| (trial.filter, trial.recovered))
        .collect();
    assert_eq!(
        by_filter,
        [("zg".to_owned(), true), ("zr".to_owned(), false)]
    );
    let searched = database.searched(project).await.expect("adds up");
    assert_eq!(
        searched,
        Exposure {
            sources: 449,
            lightcurves: 898,
            epochs: 44_900,
            good_epochs: 449 * 90,
            open_ms: 449 * 2_700_000,
            watched_ms: 449 * 1_000 + (0..450).sum::<u64>() - 7,
            span_ms: 449 * 86_400_000_000,
        }
    );
    let nobody = database.searched(project + 100).await.expect("adds up");
    assert_eq!(nobody, Exposure::default());
    let status = database.status(project, &["ZTF"], 5).await.expect("counts");
    let analyses = status.analyses;
    assert_eq!((analyses.analysed, analyses.failed), (449, 1));
    assert_eq!((analyses.real, analyses.simulated), (449, 449));
    assert_eq!((analyses.injected, analyses.recovered), (449, 225));
    assert_eq!(analyses.bytes, 449 * 6_000);
    let failure = &status.failures[0];
    assert_eq!(
        (failure.source_name.as_str(), failure.stage),
        ("source 000007", Stage::Analyze)
    );
    assert_eq!(
        failure.message.as_deref(),
        Some("no finder \u{fffd} works here")
    );
}

async fn lists_of_what_was_found_can_be_restricted(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let batch: Vec<SourceRecord> = (0..10).map(|number| analysed(number, 0)).collect();
    database.commit(project, &batch).await.expect("commits");
    let real = RowFilter {
        simulated: Some(false),
        ..RowFilter::default()
    };
    assert_eq!(
        listed(database.list_detections(project, &real)).await.len(),
        10
    );
    let tess = RowFilter {
        observatory: Some("TESS".to_owned()),
        ..RowFilter::default()
    };
    assert_eq!(
        listed(database.list_detections(project, &tess)).await.len(),
        0
    );
    let missed = RowFilter {
        recovered: Some(false),
        source_names: Some(vec![source(3).name, source(4).name]),
        ..RowFilter::default()
    };
    let missed = listed(database.list_injections(project, &missed)).await;
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0]["source_name"], "source 000003");
}
