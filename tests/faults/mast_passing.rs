//! Faults of MAST's portal and files that pass while the program asks again.

use std::time::Duration;

use retriever_standin::{Fault, Service, StandIn};

use super::{SEED, for_each_fault, sky};

const CONCURRENCY: usize = 3;
/// The first one or two replies to each request fail.
const TIMES: u32 = 2;
/// Requests of a calm run: pages of searches and of the input catalog, and files.
const REQUESTS: usize = 8 + sky::FILES;

/// Patience for stalls is short, for everything else longer than any machine is slow.
fn tess(fault: Option<Fault>) -> String {
    let timeout = if fault.is_some_and(Fault::stalls) {
        1.0
    } else {
        60.0
    };
    format!("    max_concurrency: {CONCURRENCY}\n    max_retries: 8\n    read_timeout: {timeout}\n")
}

/// Faults after which asking again helps: all but replies that are larger than anyone wants.
fn passing(service: Service) -> Vec<Fault> {
    let mut faults = service.faults();
    faults.retain(|fault| !Fault::FLOODS.contains(fault));
    faults
}

fn failing(service: Service, fault: Fault) -> StandIn {
    sky::mast()
        .failing_at(service, fault, SEED, TIMES)
        .retry_after(Duration::ZERO)
}

fn a_run_gives_the_products_of_a_calm_one(service: Service) {
    let calm_archive = sky::mast();
    let calm = sky::journey(&calm_archive, &tess(None));
    let ended = calm.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    let asked = calm_archive.counters();
    assert_eq!((asked.requests(), asked.repeated()), (REQUESTS, 0));
    let (products, content) = (calm.products(), calm.content(&calm_archive.url()));
    // config.yaml, three histograms, and raw, reduced and processed photometry
    assert_eq!(
        products.len(),
        1 + 3 + 3 * sky::FOUND.len(),
        "{:?}",
        products.keys()
    );

    for_each_fault(&passing(service), |fault| {
        let archive = failing(service, fault);
        let run = sky::journey(&archive, &tess(Some(fault)));
        let ended = run.run();
        assert_eq!(ended.code, 0, "{fault:?}: {ended:?}");
        let (found, asked) = (run.products(), archive.counters());
        assert!(
            found.keys().eq(products.keys()),
            "{fault:?}: {:?}",
            found.keys()
        );
        for (path, bytes) in &products {
            assert!(found[path] == *bytes, "{fault:?}: {path} differs");
        }
        assert_eq!(run.content(&archive.url()), content, "{fault:?}");

        if fault == Fault::DuplicateRows {
            // twice the rows are more pages
            assert_eq!(asked.repeated(), 0, "{fault:?}: asked again for nothing");
            return;
        }
        assert_eq!(asked.by_target().len(), REQUESTS, "{fault:?}");
        if fault.is_harmless() {
            assert_eq!(asked.repeated(), 0, "{fault:?}: asked again for nothing");
        } else {
            assert!(asked.repeated() > 0, "{fault:?}: it never happened");
        }
        // a client that hangs up may be gone before the server has noticed
        if !fault.stalls() {
            assert_eq!(asked.asked_again_after_an_answer(), 0, "{fault:?}");
            assert!(asked.peak_concurrency() <= CONCURRENCY, "{fault:?}");
            assert!(
                asked
                    .by_target()
                    .values()
                    .all(|&times| times <= 1 + TIMES as usize),
                "{fault:?}"
            );
        }
    });
}

#[test]
fn a_run_under_any_passing_fault_of_the_portal_gives_the_products_of_a_calm_one() {
    a_run_gives_the_products_of_a_calm_one(Service::Portal);
}

#[test]
fn a_run_under_any_passing_fault_of_the_files_gives_the_products_of_a_calm_one() {
    a_run_gives_the_products_of_a_calm_one(Service::Downloads);
}

#[test]
fn a_whole_day_of_different_faults_gives_the_products_of_a_calm_one() {
    let calm_archive = sky::mast();
    let calm = sky::journey(&calm_archive, &tess(None));
    assert_eq!(calm.run().code, 0);
    let mut faults = passing(Service::Portal);
    faults.extend(passing(Service::Downloads));
    // another tag is another version, which the product tells of; pages of which only some have every row twice
    // contradict each other, which is an error and rightly so
    let telling = [Fault::TagChanged, Fault::DuplicateRows];
    faults.retain(|fault| !fault.stalls() && !telling.contains(fault));
    let archive = sky::mast()
        .failing_variously(&faults, SEED, 5)
        .retry_after(Duration::ZERO);
    let run = sky::journey(&archive, &tess(None));
    let ended = run.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(run.products() == calm.products());
    assert_eq!(archive.counters().asked_again_after_an_answer(), 0);
}

#[test]
fn a_search_that_executes_is_asked_for_with_growing_pauses() {
    let archive = sky::mast().executing(3);
    let run = sky::journey(&archive, &tess(None));
    let ended = run.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    let asked = archive.counters();
    assert_eq!(asked.asked_again_after_an_answer(), 0);
    for (target, times) in asked.by_target() {
        let expected = if target.starts_with("POST") { 4 } else { 1 };
        assert_eq!(times, expected, "{target}");
        let at: Vec<_> = asked
            .records()
            .iter()
            .filter(|record| record.target == target)
            .map(|record| record.at)
            .collect();
        // 10, 20 and 40 ms; a machine may be slower and never faster
        for (place, pair) in at.windows(2).enumerate() {
            let least = Duration::from_millis(10 << place);
            assert!(pair[1] - pair[0] >= least, "{target}: {place}");
        }
    }
}
