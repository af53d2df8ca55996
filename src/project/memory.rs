//! How much photometry is in memory at a time: surveys send a few kilobytes for a source or fifty megabytes.
//!
//! The number of sources in flight is chosen for small tables. Large ones have to wait here before they are fetched
//! or loaded: until then they take no room.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::photometry::{RawPhotometry, Values};

/// Bytes of raw tables that are held together, as long as no single one is larger.
///
/// A source holds its file, its table, the image of it, its lightcurves and their image, one after the other and
/// some of them together: up to four times its table.
const MOST: u64 = 24 << 20;
/// What a table is taken for before the first one has been seen.
const FIRST_GUESS: u64 = 1 << 20;

/// The tables in memory, and those that are going to be.
#[derive(Debug)]
pub(super) struct Memory {
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug)]
struct State {
    /// Bytes of all shares.
    held: u64,
    /// What the next table of each observatory is taken for.
    expected: Vec<Option<u64>>,
}

/// The part of the memory that one source takes for one observatory; given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    memory: Arc<Memory>,
    observatory: usize,
    bytes: u64,
}

impl Memory {
    pub(super) fn new(observatories: usize) -> Memory {
        Memory {
            state: Mutex::new(State {
                held: 0,
                expected: vec![None; observatories],
            }),
            freed: Notify::new(),
        }
    }

    /// Waits until there is room for a table such as the last ones of that observatory, or nobody else holds any.
    pub(super) async fn share(self: &Arc<Memory>, observatory: usize) -> Share {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // from here on no notification is missed
            freed.as_mut().enable();
            if let Some(bytes) = self.lock().reserve(observatory) {
                return Share {
                    memory: Arc::clone(self),
                    observatory,
                    bytes,
                };
            }
            freed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // a panic elsewhere leaves the sum right
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn reserve(&mut self, observatory: usize) -> Option<u64> {
        let bytes = self.expected[observatory].unwrap_or(FIRST_GUESS);
        let fits = self.held == 0 || self.held + bytes <= MOST;
        fits.then(|| {
            self.held += bytes;
            bytes
        })
    }

    /// Large tables are expected as soon as one was seen, small ones after many.
    fn learn(&mut self, observatory: usize, bytes: u64) {
        let expected = &mut self.expected[observatory];
        *expected = Some(match *expected {
            Some(before) if before > bytes => before - (before - bytes).div_ceil(8),
            _ => bytes,
        });
    }
}

impl Share {
    /// This is the table: its size takes the place of what was expected.
    pub(super) fn hold(&mut self, raw: &RawPhotometry) {
        let bytes = bytes_of(raw);
        let mut state = self.memory.lock();
        state.held = state.held - self.bytes + bytes;
        state.learn(self.observatory, bytes);
        drop(state);
        if bytes < self.bytes {
            self.memory.freed.notify_waiters();
        }
        self.bytes = bytes;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.memory.lock().held -= self.bytes;
        self.memory.freed.notify_waiters();
    }
}

/// Bytes of the values of a table.
fn bytes_of(raw: &RawPhotometry) -> u64 {
    let bytes = raw.table.columns().iter().map(|column| {
        let width = match &column.values {
            Values::Float64(_) | Values::Int64(_) => 8,
            Values::Float32(_) | Values::Int32(_) | Values::Text(_) => 4,
            Values::Boolean(_) => 1,
        };
        let words = match &column.values {
            Values::Text(text) => text.words().iter().map(String::len).sum(),
            _ => 0,
        };
        width * column.values.len() + words
    });
    bytes.sum::<usize>() as u64
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::photometry::{Column, Table};

    const MEBIBYTE: usize = 1 << 20;

    fn raw(bytes: usize) -> RawPhotometry {
        let values = Values::Float64(vec![0.0; bytes / 8]);
        RawPhotometry {
            observatory: "TEST".to_owned(),
            source_name: "star".to_owned(),
            time: None,
            table: Table::new(vec![Column::new("flux", "", "", values)]).unwrap(),
            altdata: Map::new(),
        }
    }

    #[tokio::test]
    async fn large_tables_wait_for_each_other_and_small_ones_do_not() {
        let memory = Arc::new(Memory::new(2));
        let mut large = memory.share(0).await;
        large.hold(&raw(20 * MEBIBYTE));
        // the next one is expected to be as large
        assert!(futures::poll!(Box::pin(memory.share(0))).is_pending());
        let mut small = Vec::new();
        for _ in 0..100 {
            let mut share = memory.share(1).await;
            share.hold(&raw(800));
            small.push(share);
        }
        let mut waiting = Box::pin(memory.share(0));
        assert!(futures::poll!(&mut waiting).is_pending());
        drop((large, small));
        waiting.await;
    }

    #[tokio::test]
    async fn a_table_above_all_limits_is_let_in_alone() {
        let memory = Arc::new(Memory::new(1));
        let mut huge = memory.share(0).await;
        huge.hold(&raw(40 * MEBIBYTE));
        drop(huge);
        let _alone = memory.share(0).await;
        assert!(futures::poll!(Box::pin(memory.share(0))).is_pending());
    }

    #[tokio::test]
    async fn shares_given_back_leave_nothing() {
        let memory = Arc::new(Memory::new(1));
        for bytes in [0, 8, MEBIBYTE, 80, 3 * MEBIBYTE] {
            memory.share(0).await.hold(&raw(bytes));
        }
        assert_eq!(memory.lock().held, 0);
    }
}
