//! Ctrl-C and SIGTERM.

use std::future::Future;

use super::Failure;
use super::exit::Exit;

/// Work that is given up when a signal comes: what it was writing vanishes with it.
pub(super) async fn interruptible(
    work: impl Future<Output = Result<Exit, Failure>>,
) -> Result<Exit, Failure> {
    let mut signals = Signals::new();
    tokio::select! {
        result = work => result,
        terminated = signals.next() => Ok(Exit::Interrupted { terminated }),
    }
}

/// Ctrl-C and SIGTERM, listened to from the moment this is made.
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    /// A signal that cannot be listened to ends the program as it always does.
    pub(super) fn new() -> Signals {
        use tokio::signal::unix::{SignalKind, signal};
        Signals {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    /// Waits for Ctrl-C (false) or SIGTERM (true).
    pub(super) async fn next(&mut self) -> bool {
        async fn of(signal: &mut Option<tokio::signal::unix::Signal>) {
            match signal {
                Some(signal) => {
                    signal.recv().await;
                }
                None => std::future::pending().await,
            }
        }
        tokio::select! {
            () = of(&mut self.terminate) => true,
            () = of(&mut self.interrupt) => false,
        }
    }
}

#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn new() -> Signals {
        Signals
    }

    pub(super) async fn next(&mut self) -> bool {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        false
    }
}
