//! What to do while the database is away: try again, with growing pauses, until the window is over.

use std::time::Duration;

use sea_orm::DbErr;
use tokio::time::Instant;

use super::error::{DatabaseErrorClass, classify};
use super::{Database, DatabaseError};

/// First pause, and the longest one.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl Database {
    /// Does it, again and again while the database is away or locked, for as long as the parameters allow.
    ///
    /// Whatever is done must give the same when done twice: a connection that breaks during COMMIT does not tell
    /// whether it took place.
    pub(super) async fn retry<T, Work>(
        &self,
        doing: &'static str,
        work: impl Fn() -> Work + Send,
    ) -> Result<T, DatabaseError>
    where
        Work: Future<Output = Result<T, DbErr>> + Send,
    {
        retry_within(self.retry_window(), self.place(), doing, work).await
    }
}

/// Does it, again and again while that can help, for as long as `window`.
pub(super) async fn retry_within<T, Work>(
    window: Duration,
    place: &str,
    doing: &'static str,
    work: impl Fn() -> Work + Send,
) -> Result<T, DatabaseError>
where
    Work: Future<Output = Result<T, DbErr>> + Send,
{
    let begun = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let cause = match work().await {
            Ok(value) => return Ok(value),
            Err(cause) => cause,
        };
        let class = classify(&cause);
        let can_help = matches!(class, DatabaseErrorClass::Lost | DatabaseErrorClass::Busy);
        let left = window.saturating_sub(begun.elapsed());
        if !can_help || left.is_zero() {
            let seconds = begun.elapsed().as_secs_f64();
            return Err(DatabaseError::new(
                &cause,
                place,
                doing,
                (seconds * 10.0).round() / 10.0,
            ));
        }
        tracing::debug!(?class, doing, %cause, "database is away or locked, trying again");
        tokio::time::sleep(jittered(pause).min(left)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Between half and all of it, so that processes that were thrown out together do not come back together.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::random_range(0.5..=1.0))
}
