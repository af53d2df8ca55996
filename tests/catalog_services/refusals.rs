//! What is no answer, or not all of it, never becomes a catalog, and says what to do.

use retriever::project::ProjectErrorClass;

use super::service::Page;
use super::{Journey, Service, gaia, impatient, stored, tables, vizier};

const ADQL: &str = "SELECT source_id, ra, dec FROM gaiadr3.gaia_source";
const WORDS: &str = "Unknown column \"parallaxx\" in the table";

/// The program's last words on this project, which has to end with this code and keep nothing.
#[track_caller]
fn refused(project: &str, code: i32) -> String {
    let journey = Journey::new(&[], project);
    let ended = journey.run();
    assert_eq!(ended.code, code, "{ended:?}");
    assert!(stored(&journey).is_empty(), "{:?}", stored(&journey));
    ended.err
}

#[test]
fn a_table_that_was_cut_is_an_error_that_says_what_to_set() {
    let sync = "    mode: sync\n";
    for (page, adql, lines, says, advises) in [
        (
            tables::gaia_with(9, tables::OVERFLOW),
            ADQL,
            "",
            "its own limit",
            "split the query",
        ),
        (
            tables::gaia_with(9, tables::OVERFLOW),
            ADQL,
            "    max_rows: 9\n",
            "max_rows",
            "above 9",
        ),
        (
            tables::gaia(9),
            ADQL,
            "    max_rows: 9\n",
            "max_rows",
            "SELECT TOP 9",
        ),
        (
            tables::gaia(2_000),
            ADQL,
            sync,
            "at once at most",
            "mode: async",
        ),
        (
            tables::gaia(50),
            ADQL,
            sync,
            "often set unasked",
            "SELECT TOP 50",
        ),
        (
            tables::gaia(2_000),
            "SELECT TOP 5000 * FROM t",
            sync,
            "at once at most",
            "mode: async",
        ),
    ] {
        let service = Service::answering(page);
        let said = refused(&gaia(&service, adql, lines), 2);
        assert!(
            said.contains(says) && said.contains(advises),
            "{lines}: {said}"
        );
        assert!(
            said.contains("project.yaml:"),
            "the place in the file: {said}"
        );
        assert_eq!(service.script().jobs(), 0);
    }
}

#[test]
fn as_many_rows_as_the_query_itself_asks_for_are_all() {
    for (rows, lines) in [
        (50, "    mode: sync\n"),
        (2_000, "    mode: sync\n"),
        (9, "    max_rows: 9\n"),
    ] {
        let service = Service::answering(tables::gaia(rows));
        let adql = format!("SELECT TOP {rows} source_id, ra, dec FROM gaiadr3.gaia_source");
        let journey = Journey::new(&[], &gaia(&service, &adql, lines));
        let ended = journey.command(&["catalog", "info", "project.yaml"], &[]);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(
            ended.out.contains(&format!("{rows} of {rows} rows")),
            "{}",
            ended.out
        );
    }
}

#[test]
fn a_service_that_refuses_the_query_is_quoted_and_asked_once() {
    let page: Page = (
        400,
        "text/html",
        format!("<html><body><ul><li><b>Message: </b>{WORDS}</li></ul></body></html>").into_bytes(),
    );
    for answer in [
        tables::refusal(200, WORDS),
        tables::refusal(400, WORDS),
        tables::refusal(500, WORDS),
        page,
    ] {
        let service = Service::answering(answer);
        let said = refused(&gaia(&service, ADQL, "    mode: sync\n"), 2);
        assert!(
            said.contains("parallaxx") && said.contains("refuses the query"),
            "{said}"
        );
        assert!(
            said.contains("project.yaml:4:"),
            "the place of the query: {said}"
        );
        assert_eq!(service.count("POST /sync"), 1);
    }
}

#[test]
fn a_job_that_failed_is_quoted_and_dropped() {
    let plain: Page = (200, "text/plain", WORDS.as_bytes().to_vec());
    for page in [
        tables::refusal(200, WORDS),
        tables::refusal(400, WORDS),
        plain,
    ] {
        let service = Service::start();
        service.script().job_error = Some(page);
        let said = refused(&gaia(&service, ADQL, ""), 2);
        assert!(said.contains("parallaxx"), "{said}");
        assert_eq!(service.script().jobs(), 0);
    }
}

#[test]
fn a_service_in_trouble_is_no_fault_of_the_query() {
    let words = "The database is not currently reachable.";
    let service = Service::answering(tables::refusal(200, words));
    let said = refused(&vizier(&service, "Gmag", ""), 5);
    assert!(said.contains(words), "{said}");
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_is_a_matter_of_the_network() {
    let url = Service::start().url(); // it is gone again
    let folder = tempfile::tempdir().unwrap();
    let error = impatient("catalog.gaia.adql", ADQL, folder.path())
        .set("catalog.gaia.url", url.as_str())
        .open()
        .await
        .unwrap_err();
    assert_eq!(error.class(), ProjectErrorClass::Network);
    assert!(error.to_string().contains("cannot reach"), "{error}");
    // what cannot be an address is a mistake in the file
    let error = impatient("catalog.gaia.adql", ADQL, folder.path())
        .set("catalog.gaia.url", "gea.esac.esa.int/tap")
        .open()
        .await
        .unwrap_err();
    assert_eq!(error.class(), ProjectErrorClass::Configuration);
}

#[tokio::test]
async fn a_service_that_wants_credentials_is_told_as_such() {
    let service = Service::answering((401, "text/plain", b"members only".to_vec()));
    let folder = tempfile::tempdir().unwrap();
    let error = impatient("catalog.gaia.adql", ADQL, folder.path())
        .set("catalog.gaia.url", service.url().as_str())
        .set("catalog.gaia.mode", "sync")
        .open()
        .await
        .unwrap_err();
    assert_eq!(error.class(), ProjectErrorClass::Credentials);
    assert_eq!(service.count("POST /sync"), 1);
}

#[test]
fn columns_that_the_table_does_not_have_are_named_with_the_nearest() {
    let service = Service::start();
    service.script().answers = vec![
        ("TAP_SCHEMA.columns".to_owned(), tables::vizier_columns()),
        (
            String::new(),
            tables::refusal(400, "1 unresolved identifiers: gMag [l.1 c.8]"),
        ),
    ];
    let said = refused(&vizier(&service, "GaiaEDR3, gMag, Gmag", ""), 2);
    assert!(
        said.contains("no column \"gMag\" (did you mean \"Gmag\"?)"),
        "{said}"
    );
    assert!(said.contains("\"DE_ICRS\""), "all are listed: {said}");
    // where the schema is no help, the service's own words are
    service.script().answers.remove(0);
    let said = refused(&vizier(&service, "gMag", ""), 2);
    assert!(said.contains("unresolved identifiers"), "{said}");
}

#[test]
fn what_is_no_table_is_asked_for_three_times_and_never_kept() {
    let half = {
        let (status, kind, body) = tables::gaia(100);
        (status, kind, body[..body.len() / 2].to_vec())
    };
    let text: Page = (200, "text/plain", b"Service is being migrated".to_vec());
    for (page, says) in [(half, "at byte"), (text, "being migrated")] {
        let service = Service::answering(page);
        let said = refused(&gaia(&service, ADQL, "    mode: sync\n"), 5);
        assert!(
            said.contains("is no VOTable") && said.contains(says),
            "{said}"
        );
        assert_eq!(service.count("POST /sync"), 3);
    }
}

#[test]
fn a_table_without_the_needed_columns_is_asked_for_once() {
    let service = Service::answering(tables::vizier_columns());
    let journey = Journey::new(&[], &gaia(&service, ADQL, "    mode: sync\n"));
    for _ in 0..2 {
        let ended = journey.run();
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(
            ended.err.contains("has no column \"name\""),
            "{}",
            ended.err
        );
    }
    assert_eq!(service.count("POST /sync"), 1);
}

#[test]
fn a_catalog_has_one_place_only() {
    let service = Service::start();
    let both = gaia(&service, ADQL, "  filename: targets.csv\n");
    let said = refused(&both, 2);
    assert!(
        said.contains("`filename`") && said.contains("`gaia`"),
        "{said}"
    );
    let two = gaia(&service, ADQL, "  vizier: {table: I/355/gaiadr3}\n");
    let said = refused(&two, 2);
    assert!(
        said.contains("`gaia`") && said.contains("`vizier`"),
        "{said}"
    );
    for (lines, name) in [
        ("  url: http://x.example\n", "url"),
        ("  checksum: ''\n", "checksum"),
    ] {
        let said = refused(&gaia(&service, ADQL, lines), 2);
        assert!(said.contains(name), "{said}");
    }
    let said = refused(&gaia(&service, " ", ""), 2);
    assert!(said.contains("gaia.adql"), "{said}");
    assert!(service.script().requests.is_empty());
}
