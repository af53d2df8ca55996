//! How far a run is: numbers that any thread may read while it goes on.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of a run. Whoever shows them reads them when it likes.
#[derive(Debug, Default)]
pub struct Progress {
    total: AtomicU64,
    settled: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    bytes: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Sources that were selected.
    pub total: u64,
    /// Sources that were done before the run.
    pub settled: u64,
    /// Sources that the run has committed, failed ones included.
    pub done: u64,
    /// Sources that failed.
    pub failed: u64,
    /// Bytes of files written.
    pub bytes: u64,
}

impl Progress {
    /// All numbers as they are now.
    pub fn snapshot(&self) -> Snapshot {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Snapshot {
            total: read(&self.total),
            settled: read(&self.settled),
            done: read(&self.done),
            failed: read(&self.failed),
            bytes: read(&self.bytes),
        }
    }

    pub(super) fn expect(&self, sources: usize) {
        self.total.store(sources as u64, Ordering::Relaxed);
    }

    pub(super) fn settle(&self, sources: usize) {
        self.settled.fetch_add(sources as u64, Ordering::Relaxed);
    }

    pub(super) fn finish(&self, failed: bool, bytes: u64) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.failed.fetch_add(u64::from(failed), Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}
