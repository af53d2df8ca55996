//! Replies that are larger than anyone wants, through the one way out of the house.

use std::time::Duration;

use retriever::archive::{Archive, ArchiveError, ArchiveSettings, Limits, Request, Verdict};
use retriever_standin::{Fault, StandIn};

use super::memory;

/// Largest reply that the tests allow, and what the archive may take to find out that it is larger.
const LIMIT: u64 = 2 << 20;
const MOST: usize = 24 << 20;

fn settings() -> ArchiveSettings {
    ArchiveSettings {
        retries: 1,
        base_delay: Duration::from_millis(1),
        max_body: LIMIT,
        max_file: LIMIT,
        limits: Limits {
            max_concurrency: 2,
            rate_limit: None,
        },
        ..ArchiveSettings::default()
    }
}

fn stand_in(fault: Fault) -> StandIn {
    let stand_in = StandIn::empty().flood(256 << 20).always(fault);
    stand_in.put_file("lc.fits", vec![7; 100_000]);
    stand_in
}

/// Does it for each flood with an archive of its own, and gives the error and what it took.
fn errors<F: Future<Output = ArchiveError>>(ask: impl Fn(Archive, String) -> F) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for fault in Fault::FLOODS {
        memory::alone(|| {
            let stand_in = stand_in(fault);
            let url = stand_in.file_url("lc.fits");
            let archive = Archive::new(settings()).unwrap();
            let (error, peak) = memory::peak_of(|| runtime.block_on(ask(archive, url)));
            assert!(
                matches!(error, ArchiveError::TooLarge { limit: LIMIT, .. }),
                "{fault:?}: {error}"
            );
            assert!(peak < MOST, "{fault:?}: {} MiB", peak >> 20);
            // what is too large once is too large always
            assert_eq!(stand_in.counters().requests(), 1, "{fault:?}");
        });
    }
}

#[test]
fn a_reply_in_memory_stops_at_its_limit() {
    errors(|archive, url| async move {
        let reply = archive.get(Request::get(url), |_| Verdict::Accept).await;
        reply.map(|_| ()).unwrap_err()
    });
}

#[test]
fn a_file_stops_at_its_limit() {
    errors(|archive, url| async move {
        let file = archive.file(Request::get(url), |_| Verdict::Accept).await;
        file.map(|_| ()).unwrap_err()
    });
}

#[test]
fn a_download_stops_at_its_limit_and_leaves_no_more_than_that() {
    errors(|archive, url| async move {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lc.fits");
        let request = Request::get(url).max_bytes(LIMIT);
        let error = archive.download(request, &path).await.unwrap_err();
        let left: u64 = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .sum();
        assert!(left < 2 * LIMIT, "{left} bytes on disk");
        error
    });
}
