//! Analyses: put in, replaced and gone as a whole.

use futures::TryStreamExt;
use retriever::database::{
    AnalysisOutcome, Database, DatabaseErrorClass, FileTable, ReductionOutcome, RowFilter,
    SourceRecord,
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::analysed::{analysed, analysed_alone, analysis, detection, failed};
use crate::found::listed;
use crate::on_both;
use crate::place::{Place, project, source};

on_both!(
    an_analysis_takes_the_place_of_the_one_before,
    a_second_commit_of_the_same_analysis_changes_nothing,
    an_analysis_goes_with_the_reduction_that_it_was_made_of,
    a_forgotten_analysis_leaves_nothing_of_itself,
    a_failed_analysis_is_known_as_such,
    an_analysis_that_is_refused_leaves_the_one_before,
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

async fn rows(place: &Place) -> [i64; 7] {
    let mut counts = [0; 7];
    for (count, table) in counts.iter_mut().zip(TABLES) {
        *count = place.count(&format!("SELECT count(*) FROM {table}")).await;
    }
    counts
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
