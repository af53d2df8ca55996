//! What a server says about waiting: Retry-After in seconds or as a date.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// The pause that a reply asks for. A date is measured from the server's own clock, if it tells it.
pub(super) fn pause(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER)?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // more digits than fit: longer than anybody waits
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = parse_date(value)?;
    let now = text(headers, DATE).and_then(parse_date).unwrap_or(now);
    Some(Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The three forms of RFC 9110, section 5.6.7.
fn parse_date(text: &str) -> Option<Timestamp> {
    if let Ok(timestamp) = DateTimeParser::new().parse_timestamp(text) {
        return Some(timestamp);
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| DateTime::strptime(form, text).ok())
        .and_then(|date| date.to_zoned(TimeZone::UTC).ok())
        .map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        // 1994-11-06T08:49:00Z, 37 s before the RFC's example
        pause(&headers, Timestamp::from_second(784_111_740).unwrap())
    }

    #[test]
    fn seconds_and_all_three_forms_of_dates_are_understood() {
        assert_eq!(asked("120", None), Some(Duration::from_secs(120)));
        for date in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(asked(date, None), Some(Duration::from_secs(37)), "{date}");
        }
    }

    #[test]
    fn a_wrong_clock_here_does_not_matter_when_the_server_tells_its_own() {
        let date = asked(
            "Sun, 06 Nov 1994 08:49:37 GMT",
            Some("Sun, 06 Nov 1994 08:49:32 GMT"),
        );
        assert_eq!(date, Some(Duration::from_secs(5)));
    }

    #[test]
    fn the_past_is_no_pause_and_nonsense_is_nothing() {
        assert_eq!(
            asked("Sun, 06 Nov 1994 08:48:00 GMT", None),
            Some(Duration::ZERO)
        );
        assert_eq!(asked("soon", None), None);
        assert_eq!(asked("-5", None), None);
        assert_eq!(
            asked("99999999999999999999999", None),
            Some(Duration::from_secs(u64::MAX))
        );
    }
}
