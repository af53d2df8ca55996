//! What the stand-in's TAP services answer, asked over a plain socket.

mod support;

use retriever_standin::{Fault, Service, StandIn, TapColumn, TapErrors, TapType, TapValue};
use support::{Answer, encoded, get, send};

const GAIA: &str = "/tap-server/tap";
const VIZIER: &str = "/TAPVizieR/tap";

/// Three stars whose numbers differ beyond 2^53, and names that differ only by case.
fn service() -> StandIn {
    let columns = [
        TapColumn::new("source_id", TapType::Long).described("Unique source identifier"),
        TapColumn::new("ra", TapType::Double).unit("deg"),
        TapColumn::new("Gmag", TapType::Float).unit("mag"),
        TapColumn::new("gmag", TapType::Float).unit("mag"),
        TapColumn::new("name", TapType::Text),
    ];
    let row = |id: i64, ra: f64, gaia: Option<f64>, sloan: f64, name: &str| {
        let values: Vec<TapValue> =
            vec![id.into(), ra.into(), gaia.into(), sloan.into(), name.into()];
        values
    };
    let rows = [
        row(4_583_627_001_381_815_936, 10.5, Some(15.25), 15.5, "one"),
        row(4_583_627_001_381_815_937, 20.5, None, 16.5, "two, <2>"),
        row(4_583_627_001_381_815_938, 30.5, Some(14.0), 14.5, ""),
    ];
    StandIn::empty()
        .with_tap_table("gaiadr3.gaia_source", columns.clone(), rows.clone())
        .with_tap_table("J/MNRAS/508/3877/maincat", columns, rows)
}

fn form(query: &str, more: &str) -> String {
    format!("REQUEST=doQuery&LANG=ADQL&QUERY={}{more}", encoded(query))
}

fn sync(stand_in: &StandIn, root: &str, query: &str, more: &str) -> Answer {
    send(
        stand_in,
        "POST",
        &format!("{root}/sync"),
        "",
        &form(query, more),
    )
}

fn csv(stand_in: &StandIn, query: &str) -> String {
    let answer = sync(stand_in, GAIA, query, "&FORMAT=csv");
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.text().to_owned()
}

#[test]
fn queries_choose_columns_rows_and_order() {
    let stand_in = service();
    let query = "SELECT TOP 2 source_id, \"gmag\" AS g FROM gaiadr3.gaia_source WHERE ra >= 20 ORDER BY ra DESC";
    assert_eq!(
        csv(&stand_in, query),
        "source_id,g\n4583627001381815938,14.5\n4583627001381815937,16.5\n"
    );
    let exact = "select name from GAIADR3.Gaia_Source where SOURCE_ID = 4583627001381815937";
    assert_eq!(csv(&stand_in, exact), "name\n\"two, <2>\"\n");
    let count = "SELECT COUNT(*) FROM gaia_source WHERE \"Gmag\" IS NOT NULL";
    assert_eq!(csv(&stand_in, count), "COUNT_ALL\n2\n");
    let cone = "SELECT source_id FROM gaia_source WHERE 1 = CONTAINS(POINT('ICRS', ra, \"ra\"), CIRCLE('ICRS', 10.5, 10.5, 0.1))";
    assert_eq!(csv(&stand_in, cone), "source_id\n4583627001381815936\n");
}

#[test]
fn formats_hold_the_same_rows() {
    let stand_in = service();
    let query = "SELECT source_id, \"Gmag\", name FROM \"J/MNRAS/508/3877/maincat\"";
    let plain = sync(&stand_in, VIZIER, query, "");
    assert!(
        plain
            .text()
            .contains("<TR><TD>4583627001381815937</TD><TD/><TD>two, &lt;2&gt;</TD></TR>\n")
    );
    let json = sync(&stand_in, VIZIER, query, "&RESPONSEFORMAT=json");
    let json: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!(json["data"][1][0], 4_583_627_001_381_815_937_i64);
    assert_eq!(json["data"][1][1], serde_json::Value::Null);
    assert_eq!(json["metadata"][0]["datatype"], "long");
    // by hand: no nulls, the number, 15.25 as single precision (0x41740000), three letters
    let binary = sync(&stand_in, GAIA, &format!("{query} WHERE ra < 15"), "");
    let coded = binary.text().split("base64'>\n").nth(1).unwrap();
    let coded: String = coded
        .split('<')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let number = 4_583_627_001_381_815_936_i64.to_be_bytes();
    let mut bytes = vec![0];
    bytes.extend(number);
    bytes.extend([0x41, 0x74, 0, 0, 0, 0, 0, 3, b'o', b'n', b'e']);
    use base64::Engine;
    assert_eq!(
        base64::prelude::BASE64_STANDARD.decode(coded).unwrap(),
        bytes
    );
}

#[test]
fn wrong_queries_are_told_in_words() {
    let stand_in = service();
    let unknown = sync(&stand_in, GAIA, "SELECT Teff FROM gaiadr3.gaia_source", "");
    assert_eq!(unknown.status, 400);
    assert!(
        unknown
            .text()
            .contains("value=\"ERROR\">1 unresolved identifiers: Teff")
    );
    let twice = sync(
        &stand_in,
        VIZIER,
        "SELECT Gmag FROM \"J/MNRAS/508/3877/maincat\"",
        "",
    );
    assert_eq!(twice.status, 200);
    assert!(
        twice
            .text()
            .contains("<ns0:INFO name=\"QUERY_STATUS\" value=\"ERROR\">")
    );
    assert!(twice.text().contains("Ambiguous column name \"Gmag\""));
    let stand_in = stand_in.tap_errors(TapErrors::Html { status: 500 });
    let page = sync(
        &stand_in,
        GAIA,
        "SELECT * FROM external.gaiaedr3_wd_main",
        "",
    );
    assert_eq!(page.status, 500);
    assert!(
        page.text()
            .contains("<li><b>Message: </b>1 unresolved identifiers: external.gaiaedr3_wd_main")
    );
}

#[test]
fn cuts_are_told_after_the_table_unless_the_service_is_silent() {
    let query = "SELECT * FROM gaiadr3.gaia_source";
    let told = sync(&service(), GAIA, query, "&MAXREC=2&FORMAT=votable_plain");
    let (table, end) = told.text().split_once("</TABLE>").unwrap();
    assert_eq!(table.matches("<TR>").count(), 2);
    assert!(end.contains("value=\"OVERFLOW\""));
    let whole = sync(&service(), GAIA, query, "&MAXREC=3&FORMAT=votable_plain");
    assert!(!whole.text().contains("OVERFLOW"));
    let silent = service().tap_sync_rows(1).tap_silent_cuts();
    let silent = sync(&silent, GAIA, query, "&FORMAT=votable_plain");
    assert_eq!(silent.text().matches("<TR>").count(), 1);
    assert!(!silent.text().contains("OVERFLOW"));
}

fn begin(stand_in: &StandIn, query: &str, more: &str) -> String {
    let target = format!("{GAIA}/async");
    let answer = send(
        stand_in,
        "POST",
        &target,
        "Host: example:1\r\n",
        &form(query, more),
    );
    assert_eq!(answer.status, 303);
    let job = answer.header("location").unwrap().to_owned();
    job[job.find(GAIA).unwrap()..].to_owned()
}

fn phase(stand_in: &StandIn, job: &str) -> String {
    get(stand_in, &format!("{job}/phase"), "").text().to_owned()
}

#[test]
fn jobs_go_through_their_phases_as_they_are_looked_at() {
    let stand_in = service().tap_polls(2);
    let job = begin(&stand_in, "SELECT name FROM gaia_source", "&FORMAT=csv");
    assert_eq!(phase(&stand_in, &job), "PENDING");
    let run = send(&stand_in, "POST", &format!("{job}/phase"), "", "PHASE=RUN");
    assert_eq!(run.status, 303);
    assert_eq!(
        get(&stand_in, &format!("{job}/results/result"), "").status,
        404
    );
    let phases: Vec<String> = (0..3).map(|_| phase(&stand_in, &job)).collect();
    assert_eq!(phases, ["QUEUED", "EXECUTING", "COMPLETED"]);
    assert_eq!(stand_in.counters().asked_again_after_an_answer(), 0);
    let result = get(&stand_in, &format!("{job}/results/result"), "");
    assert_eq!(result.text(), "name\none\n\"two, <2>\"\n\n");
    assert_eq!(send(&stand_in, "DELETE", &job, "", "").status, 303);
    assert_eq!(get(&stand_in, &format!("{job}/phase"), "").status, 404);
    assert_eq!((stand_in.jobs_begun(), stand_in.jobs_deleted()), (1, 1));
}

#[test]
fn jobs_can_be_held_fail_and_be_forgotten() {
    let stand_in = service();
    let job = begin(&stand_in, "SELECT nothing FROM gaia_source", "&PHASE=RUN");
    assert_eq!(phase(&stand_in, &job), "ERROR");
    let words = get(&stand_in, &format!("{job}/error"), "");
    assert!(words.text().contains("Unknown column \"nothing\""));
    stand_in.hold_jobs();
    let job = begin(&stand_in, "SELECT name FROM gaia_source", "&PHASE=RUN");
    assert_eq!(phase(&stand_in, &job), "QUEUED");
    assert_eq!(phase(&stand_in, &job), "EXECUTING");
    assert_eq!(phase(&stand_in, &job), "EXECUTING");
    stand_in.release_jobs();
    assert_eq!(phase(&stand_in, &job), "COMPLETED");
    stand_in.abort_jobs();
    assert_eq!(phase(&stand_in, &job), "ABORTED");
    stand_in.forget_jobs();
    assert_eq!(get(&stand_in, &format!("{job}/phase"), "").status, 404);
    let stand_in = service();
    stand_in.fail_always_at(Service::Gaia, Fault::Executing);
    let job = begin(&stand_in, "SELECT name FROM gaia_source", "&PHASE=RUN");
    assert_eq!(phase(&stand_in, &job), "EXECUTING");
}

#[test]
fn synchronous_answers_may_be_elsewhere() {
    let stand_in = service().tap_redirects();
    let moved = sync(
        &stand_in,
        GAIA,
        "SELECT name FROM gaia_source",
        "&FORMAT=csv",
    );
    assert_eq!(moved.status, 303);
    let place = moved.header("location").unwrap();
    let answer = get(&stand_in, &place[place.find(GAIA).unwrap()..], "");
    assert!(answer.text().starts_with("name\n"));
}
