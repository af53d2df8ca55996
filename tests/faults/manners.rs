//! What the archive sees of a run.

use std::time::Duration;

use retriever_standin::{Fault, StandIn};

use super::{SEED, archive, for_each_fault, journey, project};

#[test]
fn a_pause_that_the_archive_asks_for_is_kept() {
    const PAUSE: Duration = Duration::from_secs(1);
    let asking: Vec<Fault> = Fault::ALL
        .into_iter()
        .filter(|fault| fault.asks_for_a_pause())
        .collect();
    assert_eq!(asking.len(), 3);
    for_each_fault(&asking, |fault| {
        let archive = archive(3).failing(fault, SEED, 1).retry_after(PAUSE);
        let run = journey(3, &archive, "    max_concurrency: 1\n");
        let ended = run.run();
        assert_eq!(ended.code, 0, "{fault:?}: {ended:?}");
        let counters = archive.counters();
        let mut pauses = 0;
        for pair in counters.records().windows(2) {
            if pair[0].fault == Some(fault) {
                pauses += 1;
                let waited = pair[1].at - pair[0].at;
                assert!(
                    waited >= PAUSE,
                    "{fault:?}: {waited:?} after a pause was asked for"
                );
            }
        }
        assert_eq!(pauses, 3, "{fault:?}");
    });
}

#[test]
fn no_more_requests_are_in_flight_than_allowed_and_no_two_are_the_same() {
    const LIMIT: usize = 3;
    let archive = archive(40).latency(Duration::from_millis(5));
    let run = journey(40, &archive, &format!("    max_concurrency: {LIMIT}\n"));
    let ended = run.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    let asked = archive.counters();
    assert_eq!((asked.requests(), asked.repeated()), (40, 0));
    assert!(asked.peak_concurrency() <= LIMIT);
    for request in asked.records() {
        let agent = request.user_agent.as_deref().unwrap_or_default();
        assert!(agent.starts_with("retriever/"), "{agent:?}");
        assert!(!request.has_credentials);
    }
    archive.reset_counters();
    let again = run.run();
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.out.contains("all was already done"), "{again:?}");
    assert_eq!(archive.counters().requests(), 0);
}

#[test]
fn the_rate_limit_spaces_requests() {
    let archive = archive(5);
    let lines = "    max_concurrency: 5\n";
    let run = journey(5, &archive, lines);
    run.describe(&project(&archive, lines).replace("rate_limit: null", "rate_limit: 10"));
    let ended = run.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    let counters = archive.counters();
    let (first, last) = (&counters.records()[0], &counters.records()[4]);
    // four steps of 100 ms; the first request may have been held up on its way, the last not hurried
    let spread = last.at - first.at;
    assert!(spread >= Duration::from_millis(200), "{spread:?}");
}

/// What one run may send to an archive that is down, twice for each source: what is in flight when the first
/// five in a row have failed, and as much again that took the place of later ones which failed before them.
fn most_requests(processors: usize) -> usize {
    let in_flight = 2 + 8 * processors;
    2 * (5 + 4 * in_flight)
}

#[test]
fn an_archive_that_is_down_is_left_alone_soon() {
    const MANY: usize = 600;
    let down: StandIn = archive(MANY).always(Fault::Unavailable);
    let lines = "    max_concurrency: 2\n    max_retries: 1\n";
    let run = journey(MANY, &down, lines);
    let ended = run.command(&["run", "project.yaml", "--jobs", "2"], &[]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.out.contains("max_num_sequence_exceptions"),
        "{ended:?}"
    );
    assert!(ended.out.contains("Go on with"), "{ended:?}");
    let asked = down.counters();
    assert!(
        asked.requests() <= most_requests(2),
        "{} requests",
        asked.requests()
    );
    assert!(asked.peak_concurrency() <= 2);

    down.calm();
    let ended = run.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(run.status()["observatories"]["ZTF"]["failed"], 0);
    assert_eq!(run.status()["observatories"]["ZTF"]["ok"], MANY * 3 / 4);
}
