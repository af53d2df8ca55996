//! One thread for all work of a process with libhdf5.
//!
//! libhdf5 lets one thread in at a time. A thread of its own with a short queue keeps the rest of the program
//! from standing in line at the lock, and bounds what waits for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use serde_json::{Map, Value};
use tokio::sync::{mpsc, oneshot};

use super::{StorageError, decode, encode_histogram};
use crate::analysis::histogram::Histogram;
use crate::photometry::{Lightcurve, RawPhotometry};

type Result<T> = std::result::Result<T, StorageError>;
type Job = Box<dyn FnOnce() + Send>;

/// Jobs that may wait; a caller who comes later waits itself.
const QUEUE: usize = 64;

/// The thread that reads files and writes histograms; clones share it, and it ends when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Hdf5Thread {
    jobs: mpsc::Sender<Job>,
}

impl Hdf5Thread {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system refuses another thread.
    pub fn start() -> Result<Hdf5Thread> {
        let (jobs, mut queue) = mpsc::channel::<Job>(QUEUE);
        thread::Builder::new()
            .name("hdf5".to_owned())
            .spawn(move || {
                while let Some(job) = queue.blocking_recv() {
                    // a panic is the failure of one source: its sender is dropped with it, and that is told
                    let _ = catch_unwind(AssertUnwindSafe(job));
                }
            })
            .map_err(|cause| StorageError::File {
                doing: "start the thread for",
                path: "HDF5".to_owned(),
                cause,
            })?;
        Ok(Hdf5Thread { jobs })
    }

    /// [`encode_histogram`](super::encode_histogram) on that thread.
    ///
    /// # Errors
    /// As there, or [`StorageError::ThreadEnded`].
    pub async fn encode_histogram(
        &self,
        histogram: Arc<Histogram>,
        provenance: Map<String, Value>,
    ) -> Result<Bytes> {
        self.run(move || encode_histogram(&histogram, &provenance))
            .await
    }

    /// [`decode_raw`](super::decode_raw) on that thread.
    ///
    /// # Errors
    /// As there, or [`StorageError::ThreadEnded`].
    pub async fn decode_raw(&self, image: Bytes) -> Result<RawPhotometry> {
        self.run(move || decode::decode_raw(&image)).await
    }

    /// [`decode_lightcurves`](super::decode_lightcurves) on that thread.
    ///
    /// # Errors
    /// As there, or [`StorageError::ThreadEnded`].
    pub async fn decode_lightcurves(&self, image: Bytes) -> Result<Vec<Lightcurve>> {
        self.run(move || decode::decode_lightcurves(&image)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move || {
            // nobody waits for it any more: the caller was cancelled
            if !answer.is_closed() {
                let _ = answer.send(work());
            }
        });
        self.jobs
            .send(job)
            .await
            .map_err(|_| StorageError::ThreadEnded)?;
        answered.await.map_err(|_| StorageError::ThreadEnded)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_fails_one_job_and_the_thread_goes_on() {
        let thread = Hdf5Thread::start().unwrap();
        let failed = thread.run::<()>(|| panic!("made for this test")).await;
        assert!(matches!(failed, Err(StorageError::ThreadEnded)));
        assert_eq!(thread.run(|| Ok(7)).await.unwrap(), 7);
    }
}
