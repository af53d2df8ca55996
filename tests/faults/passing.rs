//! Faults that pass while the program asks again.

use std::time::Duration;

use retriever_standin::Fault;

use super::{SEED, archive, for_each_fault, journey};

const SOURCES: usize = 6;
const CONCURRENCY: usize = 3;
/// The first one or two replies to each request fail.
const TIMES: u32 = 2;

/// Patience for stalls is short, for everything else longer than any machine is slow.
fn ztf(fault: Option<Fault>) -> String {
    let timeout = if fault.is_some_and(Fault::stalls) {
        0.5
    } else {
        60.0
    };
    format!("    max_concurrency: {CONCURRENCY}\n    max_retries: 8\n    read_timeout: {timeout}\n")
}

#[test]
fn a_run_under_any_passing_fault_gives_the_products_of_a_calm_one() {
    let calm_archive = archive(SOURCES);
    let calm = journey(SOURCES, &calm_archive, &ztf(None));
    let ended = calm.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    let (products, content) = (calm.products(), calm.content(&calm_archive.url()));
    // config.yaml, three histograms, and raw, reduced and processed photometry of five of the six
    assert_eq!(products.len(), 1 + 3 + 3 * 5, "{:?}", products.keys());

    for_each_fault(&Fault::ALL, |fault| {
        let archive = archive(SOURCES)
            .failing(fault, SEED, TIMES)
            .retry_after(Duration::ZERO);
        let run = journey(SOURCES, &archive, &ztf(Some(fault)));
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

        assert_eq!(asked.by_target().len(), SOURCES, "{fault:?}");
        if fault.is_harmless() {
            assert_eq!(asked.repeated(), 0, "{fault:?}: asked again for nothing");
        } else {
            assert!(asked.repeated() >= SOURCES, "{fault:?}: it never happened");
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
fn a_whole_day_of_different_faults_gives_the_products_of_a_calm_one() {
    let calm_archive = archive(SOURCES);
    let calm = journey(SOURCES, &calm_archive, &ztf(None));
    assert_eq!(calm.run().code, 0);
    let mut faults = Fault::ALL.to_vec();
    faults.retain(|fault| !fault.stalls());
    let archive = archive(SOURCES)
        .failing_variously(&faults, SEED, 5)
        .retry_after(Duration::ZERO);
    let run = journey(SOURCES, &archive, &ztf(None));
    let ended = run.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(run.products() == calm.products());
    assert_eq!(
        run.content(&archive.url()),
        calm.content(&calm_archive.url())
    );
}
