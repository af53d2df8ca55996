//! Faults of MAST that do not pass: the right outcome, in the server's words, and another try on the next run.

use std::collections::BTreeMap;
use std::time::Duration;

use retriever_standin::{Fault, Service, StandIn};

use crate::journey::text;

use super::{for_each_fault, sky};

/// Bytes of a flood that no test minds to receive.
const FLOOD: u64 = 4 << 20;

fn tess(fault: Fault) -> String {
    let timeout = if fault.stalls() { 1.0 } else { 60.0 };
    format!(
        "    max_concurrency: 2\n    max_retries: 1\n    read_timeout: {timeout}\n    poll_limit: 0.1\n"
    )
}

/// What the row of a source says when MAST answers so every time.
fn words(service: Service, fault: Fault) -> &'static str {
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
        Fault::HtmlPage if service == Service::Downloads => "a web page instead of a file",
        Fault::HtmlPage => "Please sign on",
        Fault::UnknownCollection => "COLLECTION is not one of the releases held here",
        Fault::PortalError => "the session is in the kill state",
        Fault::Executing => "MAST was still executing",
        Fault::PageError => "Timeout Expired",
        Fault::TruncatedJson | Fault::NanTokens => "no answer: ",
        Fault::WrongStar => "the file is of TIC 10000",
        Fault::FitsManyRows => "sent something unusable",
        Fault::StallBeforeReply | Fault::StallInBody => "did not answer in time",
        // the words of the HTTP library: that they say what broke is enough
        _ if service == Service::Portal => "2 attempts",
        _ => "",
    }
}

/// A calm run's products, to which every run must come in the end.
fn calm() -> BTreeMap<String, Vec<u8>> {
    let archive = sky::mast();
    let run = sky::journey(&archive, &tess(Fault::Chunked));
    let ended = run.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    run.products()
}

fn lasting(service: Service) -> Vec<Fault> {
    let mut faults = service.faults();
    faults.retain(|fault| !fault.is_harmless() && !Fault::FLOODS.contains(fault));
    if service == Service::Downloads {
        // a file that has come is asked for the rest of, and its server says that there is none
        faults.retain(|fault| *fault != Fault::LengthTooLarge);
    }
    faults
}

fn failing(service: Service, fault: Fault) -> StandIn {
    let archive = sky::mast().retry_after(Duration::ZERO).flood(FLOOD);
    archive.fail_always_at(service, fault);
    archive
}

/// The sources that a fault harms.
fn harmed(service: Service, fault: Fault) -> Vec<&'static str> {
    match (service, fault) {
        // only those whose search has more than one page
        (_, Fault::PageError) => vec!["TIC 100001", "by place"],
        (Service::Portal, _) => [&sky::FOUND[..], &["TIC 100003"]].concat(),
        _ => sky::FOUND.to_vec(),
    }
}

fn a_lasting_fault_is_told_and_tried_again(service: Service) {
    let products = calm();
    for_each_fault(&lasting(service), |fault| {
        let archive = failing(service, fault);
        let run = sky::journey(&archive, &tess(fault));
        let ended = run.run();
        assert_eq!(ended.code, 1, "{fault:?}: {ended:?}");
        let harmed = harmed(service, fault);
        let raw = run.raw();
        assert_eq!(raw.len(), sky::SOURCES, "{fault:?}");
        for (name, row) in &raw {
            if !harmed.contains(&name.as_str()) {
                let expected = if name == "TIC 100003" { "empty" } else { "ok" };
                assert_eq!(row["outcome"], expected, "{fault:?}: {name}");
                continue;
            }
            let message = text(row, "message");
            assert_eq!(row["outcome"], "failed", "{fault:?}: {name}");
            assert_eq!(row["error_class"], "transient", "{fault:?}: {message}");
            assert_eq!(row["attempts"], 1, "{fault:?}");
            assert!(
                message.contains(words(service, fault)),
                "{fault:?}: {message}"
            );
            assert!(message.contains(&archive.url()), "{fault:?}: {message}");
        }
        assert_eq!(
            run.status()["observatories"]["TESS"]["failed"],
            harmed.len()
        );
        let found = run.products();
        let files = found.keys().filter(|path| path.ends_with(".h5"));
        assert_eq!(
            files.count(),
            3 * (sky::FOUND.len() - harmed.iter().filter(|name| **name != "TIC 100003").count())
        );
        // what is answered is not asked for again, nor what fails more often than said
        let asked = archive.counters();
        assert_eq!(asked.asked_again_after_an_answer(), 0, "{fault:?}");

        archive.calm();
        run.describe(&sky::project(&archive, &tess(Fault::Chunked)));
        let ended = run.run();
        assert_eq!(ended.code, 0, "{fault:?}: {ended:?}");
        assert!(run.products() == products, "{fault:?}");
    });
}

#[test]
fn a_lasting_fault_of_the_portal_is_told_in_its_words_and_tried_again() {
    a_lasting_fault_is_told_and_tried_again(Service::Portal);
}

#[test]
fn a_lasting_fault_of_the_files_is_told_and_tried_again() {
    a_lasting_fault_is_told_and_tried_again(Service::Downloads);
}

/// One source's files are wrong, and the others are not: they go on.
#[test]
fn files_of_one_star_that_are_wrong_harm_no_other() {
    let archive = sky::mast();
    let uris = archive.tess_uris();
    let of = |words: &[&str]| {
        let fits = |uri: &&String| words.iter().all(|word| uri.contains(word));
        uris.iter().find(fits).expect("the stars have it").clone()
    };
    // one file of several is gone, and the only file of another star is a third one's
    archive.lose_file(&of(&["qlp", "100001"]));
    let only = of(&["100004"]);
    let other = archive.tess_file(&of(&["tess-spoc", "100002"]));
    archive.replace_file(&only, other.expect("it is held"));
    let run = sky::journey(&archive, &tess(Fault::Chunked));
    let ended = run.run();
    assert_eq!(ended.code, 1, "{ended:?}");
    let raw = run.raw();
    for (name, outcome) in [
        ("TIC 100001", "ok"),
        ("TIC 100002", "ok"),
        ("TIC 100003", "empty"),
        ("by place", "failed"),
    ] {
        assert_eq!(raw[name]["outcome"], outcome, "{name}");
    }
    // three of its four light curves, of a thousand rows each
    assert_eq!(raw["TIC 100001"]["epochs"], 3_000);
    let message = text(&raw["by place"], "message");
    assert!(
        message.contains("the file is of TIC 100002, asked for was TIC 100004"),
        "{message}"
    );
}

/// What never ends and what unpacks without end stops at a limit, and is not asked for again.
#[test]
fn a_flood_of_the_portal_is_a_failure_at_once() {
    for fault in Fault::FLOODS {
        // more than the largest reply that is kept in memory
        let archive = sky::mast().flood(300 << 20);
        archive.fail_always_at(Service::Portal, fault);
        let run = sky::journey(&archive, &tess(fault));
        run.describe(&sky::project(
            &archive,
            "    max_concurrency: 1\n    max_retries: 5\n",
        ));
        let ended = run.command(&["fetch", "project.yaml", "--source", "TIC 100002"], &[]);
        assert_eq!(ended.code, 1, "{fault:?}: {ended:?}");
        let row = &run.raw()["TIC 100002"];
        assert_eq!(row["error_class"], "permanent", "{fault:?}");
        let message = text(row, "message");
        assert!(message.contains("is larger than"), "{fault:?}: {message}");
        assert_eq!(archive.counters().requests(), 1, "{fault:?}");
    }
}
