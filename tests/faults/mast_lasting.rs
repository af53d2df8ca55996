//! Faults of MAST that do not pass: the right outcome, in the server's words, and another try on the next run.

use std::collections::BTreeMap;
use std::time::Duration;

use retriever_standin::{Fault, Service, StandIn};

use crate::journey::text;

use super::{for_each_fault, sky};

/// Bytes of a flood that no test minds to receive.
const FLOOD: u64 = 4 << 20;

fn tess(fault: Fault) -> String {
    let timeout = if fault.stalls() { 0.2 } else { 60.0 };
    format!(
        "    max_concurrency: 2\n    max_retries: 1\n    read_timeout: {timeout}\n    poll_limit: 0.1\n"
    )
}

/// What the row of a source says when MAST answers so every time, and how the failure is classed.
fn outcome(service: Service, fault: Fault) -> (&'static str, &'static str) {
    let class = match fault {
        Fault::BadRequest | Fault::WrongStar => "permanent",
        _ => "transient",
    };
    let words = match fault {
        Fault::RequestTimeout => "answered 408",
        Fault::TooManyRequests | Fault::TooManyRequestsRetryAfter => "answered 429",
        Fault::InternalError => "answered 500",
        Fault::BadGateway => "answered 502",
        Fault::Unavailable | Fault::UnavailableRetryAfter | Fault::UnavailableRetryDate => {
            "answered 503"
        }
        Fault::GatewayTimeout => "answered 504",
        Fault::BadRequest => "rejected the request (400)",
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
    };
    (words, class)
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
        let (words, class) = outcome(service, fault);
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
            assert_eq!(row["error_class"], class, "{fault:?}: {message}");
            assert_eq!(row["attempts"], 1, "{fault:?}");
            assert!(message.contains(words), "{fault:?}: {message}");
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
            2 * (sky::FOUND.len() - harmed.iter().filter(|name| **name != "TIC 100003").count())
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
