//! How much photometry is in memory at a time: surveys send a few kilobytes for a source or fifty megabytes.
//!
//! The number of sources in flight is chosen for small tables. Large ones have to wait here before they are fetched
//! or loaded: until then they take no room.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::photometry::{RawPhotometry, Values};

/// Bytes of raw tables that are held together, as long as no single one is larger.
const MOST_HELD: u64 = 16 << 20;
/// Bytes of raw tables that are worked on together, as long as no single one is larger: each has its image,
/// its lightcurves and their image beside it then, four times as much.
const MOST_WORKED_ON: u64 = 6 << 20;
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
    /// Bytes of all shares, and of those that are worked on.
    held: u64,
    worked_on: u64,
    /// What the next table of each observatory is taken for.
    expected: Vec<Option<u64>>,
}

/// The part of the memory that one source takes for one observatory; given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    memory: Arc<Memory>,
    observatory: usize,
    bytes: u64,
    worked_on: u64,
}

impl Memory {
    pub(super) fn new(observatories: usize) -> Memory {
        Memory {
            state: Mutex::new(State {
                held: 0,
                worked_on: 0,
                expected: vec![None; observatories],
            }),
            freed: Notify::new(),
        }
    }

    /// Waits until there is room for a table such as the last ones of that observatory, or nobody else holds any.
    pub(super) async fn share(self: &Arc<Memory>, observatory: usize) -> Share {
        let bytes = self.once(|state| state.reserve(observatory)).await;
        Share {
            memory: Arc::clone(self),
            observatory,
            bytes,
            worked_on: 0,
        }
    }

    /// Tries, whenever something was given back, until it works.
    async fn once<T>(&self, mut attempt: impl FnMut(&mut State) -> Option<T>) -> T {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // from here on no notification is missed
            freed.as_mut().enable();
            let done = attempt(&mut self.lock());
            if let Some(done) = done {
                return done;
            }
            freed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // a panic elsewhere leaves the sums right
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn reserve(&mut self, observatory: usize) -> Option<u64> {
        let bytes = self.expected[observatory].unwrap_or(FIRST_GUESS);
        let fits = self.held == 0 || self.held + bytes <= MOST_HELD;
        fits.then(|| {
            self.held += bytes;
            bytes
        })
    }

    fn work_on(&mut self, bytes: u64) -> Option<()> {
        let fits = self.worked_on == 0 || self.worked_on + bytes <= MOST_WORKED_ON;
        fits.then(|| self.worked_on += bytes)
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

    /// Waits until the table may be encoded and reduced; it is worked on until the share is given back.
    ///
    /// Who works waits for nobody, so those who wait here with a table in their hands have their turn.
    pub(super) async fn work(&mut self) {
        if self.worked_on == 0 {
            let bytes = self.bytes;
            self.memory.once(|state| state.work_on(bytes)).await;
            self.worked_on = bytes;
        }
    }
}

impl Memory {
    /// Waits until lightcurves of so many bytes may be worked on.
    pub(super) async fn room(self: &Arc<Memory>, bytes: u64) -> Room {
        self.once(|state| state.work_on(bytes)).await;
        Room {
            memory: Arc::clone(self),
            bytes,
        }
    }
}

/// The part of the memory that the lightcurves of one source take while they are worked on; given back when dropped.
#[derive(Debug)]
pub(super) struct Room {
    memory: Arc<Memory>,
    bytes: u64,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.memory.lock().worked_on -= self.bytes;
        self.memory.freed.notify_waiters();
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut state = self.memory.lock();
        state.held -= self.bytes;
        state.worked_on -= self.worked_on;
        drop(state);
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
        large.hold(&raw(14 * MEBIBYTE));
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
    async fn few_large_tables_are_worked_on_together() {
        let memory = Arc::new(Memory::new(1));
        let mut shares = Vec::new();
        for _ in 0..5 {
            let mut share = memory.share(0).await;
            share.hold(&raw(3 * MEBIBYTE));
            shares.push(share);
        }
        let (busy, others) = shares.split_at_mut(2);
        for share in busy {
            share.work().await;
            // once it is, it is
            share.work().await;
        }
        assert!(futures::poll!(Box::pin(others[0].work())).is_pending());
        let mut others = shares.split_off(2);
        drop(shares);
        others[0].work().await;
    }

    #[tokio::test]
    async fn shares_given_back_leave_nothing() {
        let memory = Arc::new(Memory::new(1));
        for bytes in [0, 8, MEBIBYTE, 80, 3 * MEBIBYTE] {
            let mut share = memory.share(0).await;
            share.hold(&raw(bytes));
            share.work().await;
        }
        let state = memory.lock();
        assert_eq!((state.held, state.worked_on), (0, 0));
    }
}
