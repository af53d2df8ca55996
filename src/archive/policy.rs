//! What a status means, and how long to wait before asking again.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::settings::ArchiveSettings;

/// What a status means for the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Success,
    Redirect,
    Transient,
    Unauthorised,
    NotFound,
    RequestTooLarge,
    Rejected,
}

/// The status policy; `transient` are statuses that this archive is known to send without meaning them.
pub(super) fn meaning(status: u16, transient: &[u16]) -> Meaning {
    if transient.contains(&status) {
        return Meaning::Transient;
    }
    match status {
        200..=299 => Meaning::Success,
        301 | 302 | 303 | 307 | 308 => Meaning::Redirect,
        401 | 403 | 407 => Meaning::Unauthorised,
        404 | 410 => Meaning::NotFound,
        413 | 414 => Meaning::RequestTooLarge,
        408 | 425 | 429 => Meaning::Transient,
        // not implemented, HTTP version not supported: they will not be a minute later either
        501 | 505 => Meaning::Rejected,
        500..=599 => Meaning::Transient,
        _ => Meaning::Rejected,
    }
}

/// Wait before retry number `retry` (from 0): doubling from the base delay to the longest, and of that a share
/// drawn between a half and the whole, so that workers who failed together do not come back together.
///
/// `identity` is what tells one request from another; the same seed gives the same waits.
pub(super) fn back_off(settings: &ArchiveSettings, identity: u64, retry: u32) -> Duration {
    let doubled = settings
        .base_delay
        .saturating_mul(2u32.saturating_pow(retry))
        .min(settings.max_delay);
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed ^ identity ^ u64::from(retry) << 48);
    doubled.mul_f64(random.random_range(0.5..1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_mean_what_the_policy_says() {
        for (status, expected) in [
            (200, Meaning::Success),
            (206, Meaning::Success),
            (302, Meaning::Redirect),
            (304, Meaning::Rejected),
            (400, Meaning::Rejected),
            (401, Meaning::Unauthorised),
            (403, Meaning::Unauthorised),
            (404, Meaning::NotFound),
            (408, Meaning::Transient),
            (413, Meaning::RequestTooLarge),
            (414, Meaning::RequestTooLarge),
            (425, Meaning::Transient),
            (429, Meaning::Transient),
            (500, Meaning::Transient),
            (501, Meaning::Rejected),
            (502, Meaning::Transient),
            (503, Meaning::Transient),
            (504, Meaning::Transient),
        ] {
            assert_eq!(meaning(status, &[]), expected, "{status}");
        }
        assert_eq!(meaning(400, &[400]), Meaning::Transient);
    }

    #[test]
    fn waits_double_up_to_the_longest_and_differ_between_requests() {
        let settings = ArchiveSettings::default();
        for retry in 0..40 {
            let whole = 2f64.powi(retry).min(60.0);
            let wait = back_off(&settings, 7, retry as u32).as_secs_f64();
            assert!(wait >= whole / 2.0 && wait <= whole, "{retry}: {wait}");
        }
        assert_eq!(back_off(&settings, 7, 3), back_off(&settings, 7, 3));
        assert_ne!(back_off(&settings, 7, 3), back_off(&settings, 8, 3));
    }
}
