//! Analyses: put in, replaced and gone as a whole.

use futures::TryStreamExt;
use futures::stream::BoxStream;
use retriever::analysis::Exposure;
use retriever::database::{
    AnalysisOutcome, Database, DatabaseError, DatabaseErrorClass, FileTable, ReductionOutcome, Row,
    RowFilter, SourceRecord, Stage, StoredTrial,
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::analysed::{analysed, analysed_alone, analysis, detection, failed};
use crate::on_both;
use crate::place::{Place, project, source};

on_both!(
    what_was_found_comes_out_as_it_was,
    properties_have_a_row_for_each_filter,
    trials_and_searched_time_are_those_of_all_sources,
    an_analysis_takes_the_place_of_the_one_before,
    a_second_commit_of_the_same_analysis_changes_nothing,
    an_analysis_goes_with_the_reduction_that_it_was_made_of,
    a_forgotten_analysis_leaves_nothing_of_itself,
    a_failed_analysis_is_known_as_such,
    an_analysis_that_is_refused_leaves_the_one_before,
    lists_of_what_was_found_can_be_restricted,
    no_table_of_analyses_takes_a_row_twice,
    a_project_can_be_deleted_and_a_counted_source_alone_cannot,
);

const TABLES: [&str; 7] = [
    "properties",
    "filter_properties",
    "detections",
    "injections",
    "analysis_files",
    "contributions",
    "lightcurves",
];

pub async fn rows(place: &Place) -> [i64; 7] {
    let mut counts = [0; 7];
    for (count, table) in counts.iter_mut().zip(TABLES) {
        *count = place.count(&format!("SELECT count(*) FROM {table}")).await;
    }
    counts
}

async fn listed(rows: BoxStream<'static, Result<Row, DatabaseError>>) -> Vec<Row> {
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

async fn an_analysis_takes_the_place_of_the_one_before(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let batch: Vec<SourceRecord> = (0..4).map(|number| analysed(number, 0)).collect();
    database.commit(project, &batch).await.expect("commits");
    assert_eq!(rows(&place).await, [4, 8, 8, 4, 8, 4, 24]);
    let mut again = analysed_alone(2, 5);
    if let Some(Ok(result)) = again
        .analysis
        .as_mut()
        .map(|analysis| analysis.result.as_mut())
    {
        result.files.pop();
        result.analysed.injections.clear();
        result.analysed.detections = vec![detection(None, 1.0), detection(None, 2.0)];
    }
    database.commit(project, &[again]).await.expect("commits");
    assert_eq!(rows(&place).await, [4, 8, 8, 3, 7, 4, 22]);
    let filter = RowFilter {
        source_names: Some(vec![source(2).name]),
        ..RowFilter::default()
    };
    let found = listed(database.list_detections(project, &filter)).await;
    let numbers: Vec<(&Value, &Value)> = found
        .iter()
        .map(|row| (&row["detection_number"], &row["peak_time"]))
        .collect();
    assert_eq!(
        numbers,
        [(&json!(1), &json!(1.0)), (&json!(2), &json!(2.0))]
    );
}

async fn a_second_commit_of_the_same_analysis_changes_nothing(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let batch: Vec<SourceRecord> = (0..4).map(|number| analysed(number, 0)).collect();
    let mut before = None;
    for _ in 0..3 {
        database.commit(project, &batch).await.expect("commits");
        let now = (
            rows(&place).await,
            database.histogram_sums(project).await.expect("adds up"),
        );
        assert_eq!(before.get_or_insert(now.clone()), &now);
    }
}

async fn state_of(database: &Database, project: i64, number: usize) -> Option<AnalysisOutcome> {
    let name = source(number).name;
    let states = database.states(project, &[&name], &["ZTF"]).await;
    let state = &states.expect("answers")[0];
    if let Some(analysis) = &state.analysis {
        assert_eq!(analysis.fingerprint, "snr 5");
        assert_eq!(Some(&analysis.inputs), state.analysis_inputs().as_ref());
    }
    state.analysis.as_ref().map(|analysis| analysis.outcome)
}

async fn an_analysis_goes_with_the_reduction_that_it_was_made_of(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let batch: Vec<SourceRecord> = (0..3).map(|number| analysed(number, 0)).collect();
    database.commit(project, &batch).await.expect("commits");
    assert_eq!(
        state_of(&database, project, 1).await,
        Some(AnalysisOutcome::Ok)
    );
    // reduced again, and not analysed
    database
        .commit(project, &[source(1)])
        .await
        .expect("commits");
    assert_eq!(state_of(&database, project, 1).await, None);
    assert_eq!(rows(&place).await, [2, 4, 4, 2, 4, 3, 14]);
    let mut worse = source(2);
    worse.reductions[0].outcome = ReductionOutcome::Failed;
    worse.reductions[0].lightcurves.clear();
    database.commit(project, &[worse]).await.expect("commits");
    assert_eq!(state_of(&database, project, 2).await, None);
    // its row is forgotten before its file is replaced
    let name = source(0).name;
    let states = database
        .states(project, &[&name], &["ZTF"])
        .await
        .expect("answers");
    let reduction = states[0].observatories[0]
        .reduction
        .as_ref()
        .expect("reduced");
    database
        .forget_reductions(&[reduction.id])
        .await
        .expect("forgets");
    assert_eq!(rows(&place).await, [0, 0, 0, 0, 0, 3, 2]);
    let sums = database.histogram_sums(project).await.expect("adds up");
    assert_eq!(sums.iter().map(|sum| sum.epochs()).sum::<u64>(), 0);
    // only the time of the request has changed: that is no other reduction
    database
        .commit(project, &[analysed(0, 0)])
        .await
        .expect("commits");
    let asked = SourceRecord {
        reductions: Vec::new(),
        ..source(0)
    };
    database.commit(project, &[asked]).await.expect("commits");
    assert_eq!(
        state_of(&database, project, 0).await,
        Some(AnalysisOutcome::Ok)
    );
}

async fn a_forgotten_analysis_leaves_nothing_of_itself(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let batch: Vec<SourceRecord> = (0..2).map(|number| analysed(number, 0)).collect();
    database.commit(project, &batch).await.expect("commits");
    let files: Vec<_> = database.files(project).try_collect().await.expect("lists");
    let ours: Vec<_> = files
        .iter()
        .filter(|file| file.table == FileTable::Analyses && file.source_name == source(1).name)
        .collect();
    assert_eq!(ours.len(), 2);
    assert_eq!(
        ours[0].file,
        "TEST/RA000/ZTF_photometry_source 000001_processed.h5"
    );
    assert_eq!(
        (ours[0].length, ours[0].checksum.as_deref()),
        (Some(3_000), Some("c".repeat(64).as_str()))
    );
    let ids: Vec<i64> = ours.iter().map(|file| file.id).collect();
    database.forget_analyses(&ids).await.expect("forgets");
    database.forget_analyses(&ids).await.expect("forgets again");
    assert_eq!(state_of(&database, project, 1).await, None);
    assert_eq!(
        state_of(&database, project, 0).await,
        Some(AnalysisOutcome::Ok)
    );
    assert_eq!(rows(&place).await, [1, 2, 2, 1, 2, 2, 8]);
    let sums = database.histogram_sums(project).await.expect("adds up");
    assert_eq!(sums, crate::analysed::histograms(0, 0));
}

async fn a_failed_analysis_is_known_as_such(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let batch: Vec<SourceRecord> = (0..2).map(|number| analysed(number, 0)).collect();
    database.commit(project, &batch).await.expect("commits");
    database
        .commit(project, &[failed(1)])
        .await
        .expect("commits");
    assert_eq!(
        state_of(&database, project, 1).await,
        Some(AnalysisOutcome::Failed)
    );
    assert_eq!(rows(&place).await, [2, 2, 2, 1, 2, 2, 8]);
    let sums = database.histogram_sums(project).await.expect("adds up");
    assert_eq!(sums, crate::analysed::histograms(0, 0));
    database
        .commit(project, &[analysed_alone(1, 3)])
        .await
        .expect("commits");
    assert_eq!(
        state_of(&database, project, 1).await,
        Some(AnalysisOutcome::Ok)
    );
    assert_eq!(rows(&place).await, [2, 4, 4, 2, 4, 2, 12]);
}

async fn an_analysis_that_is_refused_leaves_the_one_before(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    database
        .commit(project, &[analysed(0, 0)])
        .await
        .expect("commits");
    let sums = database.histogram_sums(project).await.expect("adds up");
    let mut wrong = analysed_alone(1, 1);
    if let Some(Ok(result)) = wrong
        .analysis
        .as_mut()
        .map(|analysis| analysis.result.as_mut())
    {
        let twice = result.files[0].clone();
        result.files.push(twice);
    }
    let batch = [analysed_alone(0, 1), wrong];
    let error = database.commit(project, &batch).await.expect_err("twice");
    assert_eq!(error.class(), DatabaseErrorClass::Constraint);
    assert_eq!(rows(&place).await, [1, 2, 2, 1, 2, 1, 6]);
    assert_eq!(
        database.histogram_sums(project).await.expect("adds up"),
        sums
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

async fn no_table_of_analyses_takes_a_row_twice(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    database
        .commit(project, &[analysed(0, 0)])
        .await
        .expect("commits");
    let connection = place.raw_connection().await;
    let backend = connection.get_database_backend();
    for table in TABLES.into_iter().chain(["histograms"]) {
        let select = Statement::from_string(backend, format!("SELECT * FROM {table} LIMIT 1"));
        let row = connection.query_one_raw(select).await.expect("answers");
        let columns: Vec<String> = row
            .expect("a row")
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
    for hole in [
        "UPDATE detections SET injection_number = NULL",
        "UPDATE injections SET source_id = NULL",
        "UPDATE properties SET source_id = NULL",
        "UPDATE filter_properties SET flux_unit = NULL",
        "UPDATE histograms SET writer = NULL",
    ] {
        assert!(connection.execute_unprepared(hole).await.is_err(), "{hole}");
    }
}

async fn a_project_can_be_deleted_and_a_counted_source_alone_cannot(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    database
        .commit(project, &[analysed(0, 0)])
        .await
        .expect("commits");
    let connection = place.raw_connection().await;
    let source = connection.execute_unprepared("DELETE FROM sources").await;
    assert!(source.is_err(), "its epochs would stay in the histograms");
    connection
        .execute_unprepared("DELETE FROM projects")
        .await
        .expect("deletes");
    assert_eq!(rows(&place).await, [0; 7]);
    assert_eq!(place.count("SELECT count(*) FROM histograms").await, 0);
}

#[test]
fn the_analysis_of_the_tests_is_made_of_the_reduction_of_the_tests() {
    let record = analysed(3, 0);
    let checksum = record.reductions[0].checksum.as_deref();
    let inputs = retriever::database::analysis_inputs([("ZTF", checksum)]);
    assert_eq!(analysis(3, 0).inputs, inputs);
}
