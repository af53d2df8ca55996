//! Faults that do not pass: the right outcome, in the server's words, and another try on the next run.

use std::collections::BTreeSet;

use retriever_standin::{Fault, StandIn};

use crate::journey::{Journey, text};

use super::{SEED, SERVICE, archive, for_each_fault, harmful, journey, project};

const SOURCES: usize = 4;

fn ztf(timeout: f64, retries: u32) -> String {
    format!("    max_concurrency: 2\n    max_retries: {retries}\n    read_timeout: {timeout}\n")
}

/// What the row of a source says when the archive answers so every time.
fn words(fault: Fault) -> &'static str {
    match fault {
        Fault::RequestTimeout => "answered 408",
        Fault::TooManyRequests | Fault::TooManyRequestsRetryAfter => "answered 429",
        Fault::InternalError => "answered 500",
        Fault::BadGateway => "answered 502",
        Fault::Unavailable | Fault::UnavailableRetryAfter | Fault::UnavailableRetryDate => {
            "answered 503"
        }
        Fault::GatewayTimeout => "answered 504",
        Fault::BadRequest => "answered 400",
        Fault::XmlError => "Internal database error",
        Fault::HtmlPage => "Please sign on",
        Fault::UnknownCollection => "COLLECTION is not one of the releases held here",
        Fault::EmptyBody => "an empty body",
        Fault::LengthTooSmall => "cut off",
        Fault::StallBeforeReply | Fault::StallInBody => "did not answer in time",
        // the words of the HTTP library: that they say what broke is enough
        _ => "2 attempts",
    }
}

#[test]
fn a_lasting_fault_is_a_failure_in_the_servers_words_and_is_tried_again() {
    let calm_archive = archive(SOURCES);
    let calm = journey(SOURCES, &calm_archive, &ztf(60.0, 1));
    assert_eq!(calm.run().code, 0);
    let products = calm.products();

    for_each_fault(&harmful(), |fault| {
        let archive = archive(SOURCES)
            .always(fault)
            .retry_after(std::time::Duration::ZERO);
        let timeout = if fault.stalls() { 0.2 } else { 60.0 };
        let run = journey(SOURCES, &archive, &ztf(timeout, 1));
        let ended = run.run();
        assert_eq!(ended.code, 1, "{fault:?}: {ended:?}");
        let raw = run.raw();
        assert_eq!(raw.len(), SOURCES, "{fault:?}");
        for row in raw.values() {
            let message = text(row, "message");
            assert_eq!(row["outcome"], "failed", "{fault:?}");
            assert_eq!(row["error_class"], "transient", "{fault:?}: {message}");
            assert_eq!(row["attempts"], 1, "{fault:?}");
            assert!(message.contains(words(fault)), "{fault:?}: {message}");
            assert!(message.contains(&archive.url()), "{fault:?}: {message}");
        }
        assert_eq!(run.status()["observatories"]["ZTF"]["failed"], SOURCES);
        assert!(
            run.products().keys().all(|path| path.ends_with(".yaml")),
            "{fault:?}: a file of a failed source"
        );
        let asked = archive.counters();
        assert_eq!(asked.requests(), 2 * SOURCES, "{fault:?}: one retry each");

        archive.calm();
        run.describe(&project(&archive, &ztf(60.0, 1)));
        let ended = run.run();
        assert_eq!(ended.code, 0, "{fault:?}: {ended:?}");
        assert!(run.products() == products, "{fault:?}");
        for row in run.raw().values() {
            assert_eq!(row["attempts"], 2, "{fault:?}");
            assert!(row["error_class"].is_null(), "{fault:?}: {row:?}");
        }
    });
}

#[test]
fn an_answer_that_will_not_change_is_not_asked_for_twice() {
    let archive = archive(SOURCES);
    archive.put_reply(SERVICE, 404, &[], b"<html>gone</html>");
    let run = journey(SOURCES, &archive, &ztf(60.0, 5));
    let ended = run.run();
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_eq!(archive.counters().repeated(), 0);
    for row in run.raw().values() {
        assert_eq!(row["outcome"], "failed");
        assert_eq!(row["error_class"], "permanent");
        assert!(text(row, "message").contains("404"), "{row:?}");
    }
}

#[test]
fn a_table_of_another_shape_is_a_failure_that_names_the_column() {
    let archive = archive(SOURCES);
    archive.put_reply(SERVICE, 200, &[], b"oid,mjd\n1,58000\n");
    let run = journey(SOURCES, &archive, &ztf(60.0, 5));
    assert_eq!(run.run().code, 1);
    assert_eq!(archive.counters().repeated(), 0);
    for row in run.raw().values() {
        assert_eq!(row["outcome"], "failed");
        let message = text(row, "message");
        assert!(message.contains("the column mag is missing"), "{message}");
    }
}

#[test]
fn an_archive_that_refuses_access_ends_the_run_at_once() {
    let archive = archive(40);
    archive.put_reply(SERVICE, 403, &[], b"<html>not for you</html>");
    let run = journey(40, &archive, &ztf(60.0, 5));
    let ended = run.run();
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.out.contains("not for you"), "{ended:?}");
    assert_eq!(archive.counters().repeated(), 0);
}

#[test]
fn an_archive_that_cannot_be_reached_is_a_failure_and_no_empty_reply() {
    let archive = archive(SOURCES);
    let project = project(&archive, &ztf(60.0, 1));
    let run = journey(SOURCES, &archive, &ztf(60.0, 1));
    drop(archive);
    run.describe(&project);
    let ended = run.run();
    assert_eq!(ended.code, 1, "{ended:?}");
    for row in run.raw().values() {
        assert_eq!(
            (&row["outcome"], &row["error_class"]),
            (&"failed".into(), &"network".into())
        );
        assert!(text(row, "message").contains("cannot reach"), "{row:?}");
    }
}

/// Sources whose outcome is this one.
fn with_outcome(run: &Journey, outcome: &str) -> BTreeSet<String> {
    run.raw()
        .into_iter()
        .filter(|(_, row)| row["outcome"] == outcome)
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn sources_that_fail_do_not_harm_the_others() {
    const MANY: usize = 24;
    let calm_archive = archive(MANY);
    let calm = journey(MANY, &calm_archive, &ztf(60.0, 1));
    assert_eq!(calm.run().code, 0);
    let products = calm.products();
    // one to three replies to each request fail, and it is sent twice a run
    let archive: StandIn = archive(MANY).failing(Fault::InternalError, SEED, 3);
    let limits = "  max_num_sequence_exceptions: 1000\n";
    let described =
        project(&archive, &ztf(60.0, 1)).replace("  max_num_sequence_exceptions: 5\n", limits);
    let run = journey(MANY, &archive, &ztf(60.0, 1));
    run.describe(&described);
    let ended = run.run();
    assert_eq!(ended.code, 1, "{ended:?}");
    let failed = with_outcome(&run, "failed");
    let ok = with_outcome(&run, "ok");
    assert!(failed.len() > 3 && ok.len() > 3, "{failed:?} {ok:?}");
    assert_eq!(with_outcome(&run, "empty"), {
        let mut empty = with_outcome(&calm, "empty");
        empty.retain(|name| !failed.contains(name));
        empty
    });
    let found = run.products();
    // fewer sources are counted in the histograms
    let of_sources = found.iter().filter(|(path, _)| !path.ends_with(".nc"));
    for (path, bytes) in of_sources {
        assert!(products[path] == *bytes, "{path} differs");
    }
    assert_eq!(found.len(), 1 + 3 + 3 * ok.len());

    let asked_before = archive.counters().requests();
    let ended = run.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(run.products() == products);
    let asked = archive.counters();
    assert!(asked.requests() - asked_before <= 2 * failed.len());
    assert_eq!(asked.asked_again_after_an_answer(), 0);
}
