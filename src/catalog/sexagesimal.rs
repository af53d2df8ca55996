//! Coordinates as hours or degrees, minutes and seconds.

/// Right ascension (deg) from hours: `13:49:13.43`, `13 49 13.43` or `13h49m13.43s`; none if it is not one.
pub(crate) fn right_ascension(text: &str) -> Option<f64> {
    let (negative, hours) = parse(text, "h")?;
    (!negative && hours < 24.0).then_some(hours * 15.0)
}

/// Declination (deg) from `-21:12:53.2`, `-21 12 53.2` or `-21d12m53.2s`; none if it is not one.
///
/// The sign stands for the whole number, so that `-00:30:00` is half a degree south.
pub(crate) fn declination(text: &str) -> Option<f64> {
    let (negative, degrees) = parse(text, "d°")?;
    (degrees <= 90.0).then_some(if negative { -degrees } else { degrees })
}

/// Sign and size of a number of two or three parts.
fn parse(text: &str, unit: &str) -> Option<(bool, f64)> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix(['-', '−']) {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let is_separator =
        |c: char| c == ':' || c.is_whitespace() || "ms'\"′″".contains(c) || unit.contains(c);
    let mut parts = digits.split(is_separator).filter(|part| !part.is_empty());
    let whole = number(parts.next()?)?;
    let minutes = number(parts.next()?)?;
    let seconds = parts.next().map_or(Some(0.0), number)?;
    let sound = whole.fract() == 0.0
        && minutes < 60.0
        && seconds < 60.0
        && (minutes.fract() == 0.0 || seconds == 0.0);
    (parts.next().is_none() && sound)
        .then_some((negative, whole + minutes / 60.0 + seconds / 3600.0))
}

/// Digits with at most one point: no second sign, exponent, `inf` or `nan`.
fn number(text: &str) -> Option<f64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
        .then(|| text.parse().ok())?
}

/// Name of a place on the sky, `J` + HHMMSS.ss + ±DDMMSS.s, for RA in [0, 360) and Dec in [-90, 90] (deg).
///
/// It is rounded as a whole before it is split, so that no part ever reads 60; RA rounded up to 24 h is 0 h.
pub(crate) fn designation(ra: f64, dec: f64) -> String {
    let centiseconds = (ra / 15.0 * 360_000.0).round() as u64 % (24 * 360_000);
    let (hours, rest) = (centiseconds / 360_000, centiseconds % 360_000);
    let tenths = (dec.abs() * 36_000.0).round() as u64;
    let (degrees, remainder) = (tenths / 36_000, tenths % 36_000);
    let sign = if dec < 0.0 { '-' } else { '+' };
    format!(
        "J{hours:02}{:02}{:02}.{:02}{sign}{degrees:02}{:02}{:02}.{}",
        rest / 6_000,
        rest % 6_000 / 100,
        rest % 100,
        remainder / 600,
        remainder % 600 / 10,
        remainder % 10
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_of_minus_zero_degrees_is_kept() {
        assert_eq!(declination("-00:30:00"), Some(-0.5));
        assert_eq!(declination("-0 30"), Some(-0.5));
        assert_eq!(declination("+00:30:00.0"), Some(0.5));
    }

    // 13 h 49 m 13.43 s = 207.3059583 deg and -21° 12' 53.2" = -21.2147778 deg, by hand.
    #[test]
    fn all_usual_spellings_are_read() {
        for text in [
            "13:49:13.43",
            "13 49 13.43",
            "13h49m13.43s",
            " 13h 49m 13.43s ",
        ] {
            let ra = right_ascension(text).expect(text);
            assert!((ra - (13.0 + 49.0 / 60.0 + 13.43 / 3600.0) * 15.0).abs() < 1e-12);
        }
        for text in ["-21:12:53.2", "−21d12m53.2s", "-21°12′53.2″"] {
            let dec = declination(text).expect(text);
            assert!((dec + 21.214_777_777_777_78).abs() < 1e-12, "{dec}");
        }
    }

    #[test]
    fn what_is_not_sexagesimal_is_refused() {
        for text in [
            "", "12", "24:00:00", "12:60:00", "12:00:60", "1:2:3:4", "a:b:c", "-1:00:00",
        ] {
            assert_eq!(right_ascension(text), None, "{text}");
        }
        for text in ["91:00:00", "1:-2:3", "nan:00:00", "1e1:00:00", "90:00:00.1"] {
            assert_eq!(declination(text), None, "{text}");
        }
    }

    #[test]
    fn designations_are_right_south_of_the_equator_and_never_read_60() {
        assert_eq!(designation(0.0, -0.5), "J000000.00-003000.0");
        assert_eq!(designation(0.0, -21.785213), "J000000.00-214706.8");
        assert_eq!(
            designation(359.999_999_999, 89.999_999_999),
            "J000000.00+900000.0"
        );
        assert_eq!(
            designation(14.999_999_99, -0.999_999_999),
            "J010000.00-010000.0"
        );
    }
}
