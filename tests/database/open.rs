//! Opening: a new database, a filled one, a foreign one, none at all.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Stdio};

use retriever::database::{Database, DatabaseError, DatabaseErrorClass};
use sea_orm::ConnectionTrait;

use crate::on_both;
use crate::place::{Place, project, sources};
use crate::postgres::Cluster;

on_both!(
    a_filled_database_opens_again_with_all_its_rows,
    a_project_is_made_once_and_looking_makes_none,
    rows_of_an_older_program_stay_when_the_tables_of_analyses_are_made,
    a_database_of_a_newer_program_is_refused,
    tables_of_another_program_are_refused_and_kept,
    a_table_or_a_column_that_was_taken_away_is_missed,
);

async fn a_filled_database_opens_again_with_all_its_rows(place: Place) {
    let database = place.open().await;
    let first = project(&database).await;
    database
        .commit(first, &sources(0..10))
        .await
        .expect("commits");
    let again = place.open().await; // while the first is open
    assert_eq!(project(&again).await, first);
    again.close().await.expect("closes");
    database.close().await.expect("closes");
    let database = place.open().await;
    let status = database.status(first, &["ZTF"], 0).await.expect("counts");
    assert_eq!(
        (status.sources, status.observatories[0].lightcurves),
        (10, 20)
    );
    assert_eq!(
        place.count("SELECT count(*) FROM seaql_migrations").await,
        4
    );
}

async fn a_project_is_made_once_and_looking_makes_none(place: Place) {
    let database = place.open().await;
    assert_eq!(
        database.find_project("TEST", "").await.expect("looks"),
        None
    );
    assert_eq!(place.count("SELECT count(*) FROM projects").await, 0);
    let made = database
        .open_project("TEST", "", "gap: 40")
        .await
        .expect("opens");
    let again = database
        .open_project("TEST", "", "gap: 30")
        .await
        .expect("opens");
    assert_eq!(
        again, made,
        "the configuration that the rows were made with stays known"
    );
    database
        .set_project_config(made.id, "gap: 30")
        .await
        .expect("stores");
    let found = database
        .find_project("TEST", "")
        .await
        .expect("looks")
        .expect("is there");
    assert_eq!((found.id, found.config.as_str()), (made.id, "gap: 30"));
    assert_eq!(place.count("SELECT count(*) FROM projects").await, 1);
}

async fn rows_of_an_older_program_stay_when_the_tables_of_analyses_are_made(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    database
        .commit(project, &sources(0..10))
        .await
        .expect("commits");
    database.close().await.expect("closes");
    // as it was before there were analyses
    let connection = place.raw_connection().await;
    for table in [
        "detections",
        "injections",
        "filter_properties",
        "analysis_files",
        "contributions",
        "histograms",
        "properties",
    ] {
        let drop = format!("DROP TABLE {table}");
        connection.execute_unprepared(&drop).await.expect(table);
    }
    let forget = "DELETE FROM seaql_migrations WHERE version <> '0001_first_tables'";
    connection
        .execute_unprepared(forget)
        .await
        .expect("deletes");
    connection.close().await.expect("closes");
    let database = place.open().await;
    for (table, rows) in [("sources", 10), ("reductions", 10), ("lightcurves", 20)] {
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(place.count(&count).await, rows, "{table}");
    }
    let record = crate::analysed::analysed_alone(3, 0);
    database.commit(project, &[record]).await.expect("commits");
    let status = database.status(project, &["ZTF"], 0).await.expect("counts");
    assert_eq!((status.sources, status.analyses.analysed), (10, 1));
}

async fn a_database_of_a_newer_program_is_refused(place: Place) {
    place.open().await.close().await.expect("closes");
    let connection = place.raw_connection().await;
    let newer =
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('9999_from_the_future', 0)";
    connection.execute_unprepared(newer).await.expect("inserts");
    connection.close().await.expect("closes");
    let error = Database::open(&place.parameters, place.path())
        .await
        .expect_err("newer");
    assert_eq!(error.class(), DatabaseErrorClass::Schema);
    assert!(
        error.to_string().contains("9999_from_the_future"),
        "{error}"
    );
}

async fn tables_of_another_program_are_refused_and_kept(place: Place) {
    let mut place = place;
    match &place.parameters.url {
        Some(_) => {
            let cluster = Cluster::shared().expect("this test runs on it");
            place.parameters.url = Some(cluster.empty_database());
        }
        None => drop(std::fs::File::create(place.path().join("retriever.db")).expect("creates")),
    }
    let connection = place.raw_connection().await;
    connection
        .execute_unprepared("CREATE TABLE sources (theirs BIGINT)")
        .await
        .expect("creates");
    connection
        .execute_unprepared("INSERT INTO sources VALUES (42)")
        .await
        .expect("inserts");
    connection.close().await.expect("closes");
    let error = Database::open(&place.parameters, place.path())
        .await
        .expect_err("foreign");
    assert_eq!(error.class(), DatabaseErrorClass::Schema, "{error}");
    assert_eq!(place.count("SELECT theirs FROM sources").await, 42);
}

async fn a_table_or_a_column_that_was_taken_away_is_missed(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    database
        .commit(project, &sources(0..3))
        .await
        .expect("commits");
    database.expect_all_tables().await.expect("all are there");
    let connection = place.raw_connection().await;
    for (damage, missed) in [
        ("ALTER TABLE injections DROP COLUMN shape", "shape"),
        ("DROP TABLE detections", "detections"),
    ] {
        connection.execute_unprepared(damage).await.expect(damage);
        let error = database.expect_all_tables().await.expect_err(damage);
        assert_eq!(error.class(), DatabaseErrorClass::Schema, "{error}");
        assert!(error.to_string().contains(missed), "{error}");
    }
    connection.close().await.expect("closes");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_kept() {
    let place = Place::sqlite();
    let file = place.path().join("retriever.db");
    let text = "ra,dec,name\n".repeat(1_000);
    std::fs::write(&file, &text).expect("writes");
    let error = Database::open(&place.parameters, place.path())
        .await
        .expect_err("not a database");
    assert_eq!(error.class(), DatabaseErrorClass::Schema, "{error}");
    assert!(error.to_string().contains("retriever.db"), "{error}");
    assert_eq!(std::fs::read_to_string(&file).expect("reads"), text);
}

#[tokio::test]
async fn a_folder_that_takes_no_file_is_told_as_such() {
    let place = Place::sqlite();
    let root = place.path().join("locked");
    std::fs::create_dir(&root).expect("creates");
    std::fs::set_permissions(&root, std::fs::Permissions::from_mode(0o555)).expect("sets");
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    // permissions do not hold root back, but nobody can make a file there
    let root = if is_root { "/proc/self".into() } else { root };
    let error = Database::open(&place.parameters, &root)
        .await
        .expect_err("not writable");
    assert_eq!(error.class(), DatabaseErrorClass::ReadOnly, "{error}");
    let missing = place.path().join("no such folder");
    let error = Database::open(&place.parameters, &missing)
        .await
        .expect_err("missing");
    assert_eq!(error.class(), DatabaseErrorClass::ReadOnly, "{error}");
}

#[tokio::test]
async fn an_address_of_no_database_is_refused_without_its_password() {
    for url in [
        "mysql://me:h0rse@host/db",
        "postgres://me:h0rse@ho st/db",
        "sqlite::memory:",
        "me:h0rse@host",
        "",
    ] {
        let place = Place::at(url.to_owned());
        let error = Database::open(&place.parameters, place.path())
            .await
            .expect_err(url);
        assert!(matches!(error, DatabaseError::Url { .. }), "{url}: {error}");
        assert!(!format!("{error} {error:?}").contains("h0rse"), "{error:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_lost_without_its_password() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = socket.local_addr().expect("an address").port();
    drop(socket);
    let mut place = Place::at(format!("postgres://me:h0rse@127.0.0.1:{port}/db"));
    place.parameters.retry_window = 0.3;
    let error = Database::open(&place.parameters, place.path())
        .await
        .expect_err("nobody there");
    assert_eq!(error.class(), DatabaseErrorClass::Lost, "{error}");
    let report = format!("{error} {error:?} {:?}", place.parameters);
    assert!(
        report.contains("127.0.0.1") && !report.contains("h0rse"),
        "{report}"
    );
}

#[tokio::test]
async fn a_database_that_does_not_exist_on_the_server_is_told_as_such() {
    let Some(cluster) = Cluster::shared() else {
        return;
    };
    let place = Place::at(cluster.url("no_such_database"));
    let error = Database::open(&place.parameters, place.path())
        .await
        .expect_err("missing");
    assert_eq!(error.class(), DatabaseErrorClass::Schema, "{error}");
    assert!(error.to_string().contains("no_such_database"), "{error}");
}

#[tokio::test]
async fn a_user_whom_the_server_does_not_know_is_refused_at_once() {
    let Some(cluster) = Cluster::shared() else {
        return;
    };
    let place = Place::at(cluster.url("postgres").replace("postgres@", "stranger@"));
    let error = Database::open(&place.parameters, place.path())
        .await
        .expect_err("refused");
    assert_eq!(error.class(), DatabaseErrorClass::Refused, "{error}");
    assert!(error.to_string().contains("stranger"), "{error}");
}

const URL: &str = "RETRIEVER_TEST_URL";

/// Not a test: what each process of the next ones does.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by other tests, in processes of its own"]
async fn open_and_commit_in_this_process() {
    let url = std::env::var(URL).expect("the parent names the database");
    let mut place = Place::at(url);
    place.parameters.retry_window = 60.0;
    let database = place.open().await;
    let project = project(&database).await;
    let first: usize = std::env::var("RETRIEVER_TEST_FIRST")
        .expect("set")
        .parse()
        .expect("a number");
    for start in (first..first + 60).step_by(10) {
        database
            .commit(project, &sources(start..start + 20))
            .await
            .expect("commits");
    }
}

/// Opening, migrating, and writing sources that overlap, all at once.
async fn four_processes_at_once(url: &str) {
    let program = std::env::current_exe().expect("the tests are a program");
    let start = |first: usize| {
        Command::new(&program)
            .args([
                "--exact",
                "open::open_and_commit_in_this_process",
                "--ignored",
            ])
            .env(URL, url)
            .env("RETRIEVER_TEST_FIRST", first.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts")
    };
    let children = [0, 20, 40, 60].map(start);
    for child in children {
        let output = child.wait_with_output().expect("ends");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}"
        );
    }
    let place = Place::at(url.to_owned());
    for (query, expected) in [
        ("SELECT count(*) FROM projects", 1),
        ("SELECT count(*) FROM sources", 130),
        ("SELECT count(*) FROM raw_photometry", 130),
        ("SELECT count(*) FROM lightcurves", 260),
        ("SELECT count(*) FROM seaql_migrations", 4),
    ] {
        assert_eq!(place.count(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn processes_may_open_migrate_and_write_one_sqlite_file_at_once() {
    let place = Place::sqlite();
    let url = format!(
        "sqlite://{}?mode=rwc",
        place.path().join("shared.db").display()
    );
    four_processes_at_once(&url).await;
}

#[tokio::test]
async fn processes_may_open_migrate_and_write_one_postgresql_database_at_once() {
    let Some(cluster) = Cluster::shared() else {
        return;
    };
    four_processes_at_once(&cluster.empty_database()).await;
}
