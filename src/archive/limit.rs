//! May this host be asked now? Concurrency, rate and pauses, shared by all that ask it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use super::settings::Limits;

/// Keeps a sum of times from overflowing, whatever the settings allow a server to ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(365 * 86_400);

/// The queue before one host.
#[derive(Debug)]
pub(super) struct Host {
    semaphore: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    max_concurrency: usize,
    /// Places to be taken away when they are given back: the limit was tightened while they were in use.
    owed: usize,
    interval: Duration,
    next_start: Option<Instant>,
    paused_until: Option<Instant>,
}

/// What somebody with a place is to do.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Paused {
        until: Instant,
        left: Duration,
    },
    /// Begin then, unless there is a pause by then.
    Start(Instant),
}

/// A place among those who may ask a host now; given back when dropped.
#[derive(Debug)]
#[must_use = "the place is given back at once"]
pub struct Place {
    host: Arc<Host>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.host.lock();
        if state.owed > 0
            && let Some(permit) = self.permit.take()
        {
            state.owed -= 1;
            permit.forget();
        }
    }
}

impl Host {
    pub(super) fn new(limits: Limits) -> Host {
        let max_concurrency = places(limits);
        Host {
            semaphore: Arc::new(Semaphore::new(max_concurrency)),
            state: Mutex::new(State {
                max_concurrency,
                owed: 0,
                interval: limits.interval(),
                next_start: None,
                paused_until: None,
            }),
        }
    }

    /// Holds the host to these limits too: the strictest ever given hold.
    pub(super) fn tighten(&self, limits: Limits) {
        let wanted = places(limits);
        let mut state = self.lock();
        state.interval = state.interval.max(limits.interval());
        if wanted < state.max_concurrency {
            let surplus = state.max_concurrency - wanted;
            state.owed += surplus - self.semaphore.forget_permits(surplus);
            state.max_concurrency = wanted;
        }
    }

    /// Waits for a place, for the rate, and for the end of any pause.
    ///
    /// # Errors
    /// What is left of the pause, if that is more than `longest`.
    pub(super) async fn place(self: &Arc<Host>, longest: Duration) -> Result<Place, Duration> {
        let permit = Arc::clone(&self.semaphore)
            .acquire_owned()
            .await
            .expect("this semaphore is never closed");
        let place = Place {
            host: Arc::clone(self),
            permit: Some(permit),
        };
        loop {
            let step = self.lock().next_step(Instant::now());
            match step {
                Step::Paused { until, left } if left <= longest => sleep_until(until).await,
                Step::Paused { left, .. } => return Err(left),
                Step::Start(start) => {
                    // the clock of the runtime ticks in milliseconds: a start that is due would wait for the next
                    if start > Instant::now() {
                        sleep_until(start).await;
                    }
                    if !self.lock().is_paused(Instant::now()) {
                        return Ok(place);
                    }
                }
            }
        }
    }

    /// Nobody asks this host for so long.
    pub(super) fn pause(&self, pause: Duration) {
        self.lock().pause(Instant::now(), pause);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // the state is whole after every statement: a panic elsewhere does not spoil it
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn places(limits: Limits) -> usize {
    limits.max_concurrency.clamp(1, Semaphore::MAX_PERMITS)
}

impl State {
    fn is_paused(&self, now: Instant) -> bool {
        self.paused_until.is_some_and(|until| until > now)
    }

    /// Starts are reserved, in order, one interval apart; one lost to a pause is not given to another.
    fn next_step(&mut self, now: Instant) -> Step {
        if let Some(until) = self.paused_until.filter(|until| *until > now) {
            let left = until - now;
            return Step::Paused { until, left };
        }
        let start = self.next_start.map_or(now, |next| next.max(now));
        self.next_start = Some(start + self.interval);
        Step::Start(start)
    }

    fn pause(&mut self, now: Instant, pause: Duration) {
        let until = now + pause.min(LONGEST_PAUSE);
        self.paused_until = Some(self.paused_until.map_or(until, |old| old.max(until)));
        // who had reserved a start in the pause asks again after it; a start after it stays reserved
        self.next_start = self.next_start.max(self.paused_until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(max_concurrency: usize, rate: Option<f64>) -> Arc<Host> {
        Arc::new(Host::new(Limits {
            max_concurrency,
            rate_limit: rate,
        }))
    }

    #[test]
    fn starts_are_one_interval_apart_and_none_is_in_a_pause() {
        let host = host(9, Some(4.0));
        let now = Instant::now();
        let mut state = host.lock();
        let after = |ms| now + Duration::from_millis(ms);
        assert_eq!(state.next_step(now), Step::Start(after(0)));
        assert_eq!(state.next_step(now), Step::Start(after(250)));
        state.pause(after(10), Duration::from_secs(3));
        let paused = Step::Paused {
            until: after(3_010),
            left: Duration::from_millis(2_990),
        };
        assert_eq!(state.next_step(after(20)), paused);
        assert_eq!(state.next_step(after(3_010)), Step::Start(after(3_010)));
        assert_eq!(state.next_step(after(3_010)), Step::Start(after(3_260)));
        // a shorter pause does not end a longer one
        state.pause(after(3_300), Duration::from_secs(5));
        state.pause(after(3_301), Duration::from_secs(1));
        assert!(state.is_paused(after(8_299)) && !state.is_paused(after(8_300)));
    }

    #[tokio::test]
    async fn the_strictest_limit_holds_even_for_places_already_taken() {
        let host = host(3, None);
        let place = async || host.place(Duration::ZERO).await.unwrap();
        let taken = [place().await, place().await, place().await];
        host.tighten(Limits {
            max_concurrency: 1,
            rate_limit: None,
        });
        let [first, second, third] = taken;
        drop((first, second));
        assert_eq!(host.semaphore.available_permits(), 0);
        drop(third);
        assert_eq!(host.semaphore.available_permits(), 1);
        // looser limits change nothing
        host.tighten(Limits {
            max_concurrency: 50,
            rate_limit: None,
        });
        assert_eq!(host.semaphore.available_permits(), 1);
    }
}
