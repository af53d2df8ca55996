//! What an unquoted YAML word means: the core schema of YAML 1.2.2, section 10.3.2.
//!
//! YAML 1.1's readings (`no` is false, `012` is ten, `12:30` is 750, `1_000` is a number) are gone: they are the
//! classic way to lose a filter or a field name.

use super::NodeValue;

/// The value of a plain (unquoted) scalar.
pub(super) fn resolve(text: &str) -> NodeValue {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => NodeValue::Null,
        "true" | "True" | "TRUE" => NodeValue::Bool(true),
        "false" | "False" | "FALSE" => NodeValue::Bool(false),
        _ => number(text).unwrap_or_else(|| NodeValue::Text(text.to_owned())),
    }
}

/// The number that a plain scalar is, if it is one.
pub(super) fn number(text: &str) -> Option<NodeValue> {
    integer(text)
        .map(NodeValue::Integer)
        .or_else(|| float(text).map(NodeValue::Float))
}

fn integer(text: &str) -> Option<i128> {
    if let Some(digits) = text.strip_prefix("0o") {
        return with_radix(digits, 8);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return with_radix(digits, 16);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if all_digits(digits) && !digits.is_empty() {
        // More than 38 digits: no parameter is that large; the reading goes on as a float.
        text.parse().ok()
    } else {
        None
    }
}

fn with_radix(digits: &str, radix: u32) -> Option<i128> {
    // from_str_radix would take a sign here, which the schema does not.
    digits
        .chars()
        .all(|digit| digit.is_digit(radix))
        .then(|| i128::from_str_radix(digits, radix).ok())
        .flatten()
}

fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" if text.starts_with('-') => return Some(f64::NEG_INFINITY),
        ".inf" | ".Inf" | ".INF" => return Some(f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" if unsigned == text => return Some(f64::NAN),
        _ => {}
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent_is_fine = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_is_fine =
        all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    if exponent_is_fine && mantissa_is_fine {
        text.parse().ok()
    } else {
        None
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_yaml_1_2_core_schema_are_read_as_it_says() {
        // YAML 1.2.2, example 10.9, and the table of section 10.3.2.
        use NodeValue::{Bool, Float, Integer, Null};
        for (text, value) in [
            ("", Null),
            ("~", Null),
            ("NULL", Null),
            ("True", Bool(true)),
            ("FALSE", Bool(false)),
            ("0", Integer(0)),
            ("0o7", Integer(7)),
            ("0x3A", Integer(58)),
            ("-19", Integer(-19)),
            ("+12", Integer(12)),
            ("012", Integer(12)),
            ("0.", Float(0.0)),
            ("-0.0", Float(-0.0)),
            (".5", Float(0.5)),
            ("+12e03", Float(12000.0)),
            ("-2E+05", Float(-200_000.0)),
            (".inf", Float(f64::INFINITY)),
            ("-.Inf", Float(f64::NEG_INFINITY)),
            ("+.INF", Float(f64::INFINITY)),
        ] {
            assert_eq!(resolve(text), value, "{text:?}");
        }
        assert!(matches!(resolve(".nan"), Float(value) if value.is_nan()));
    }

    #[test]
    fn words_of_older_yaml_are_text() {
        for text in [
            "no",
            "yes",
            "on",
            "off",
            "n",
            "1_000",
            "12:30:00",
            "tRUE",
            "nan",
            "inf",
            "-.nan",
            "0x",
            "0o8",
            "0x-1",
            "1e",
            ".",
            "-",
            "+",
            "1.2.3",
            "2020-01-01",
            "e5",
            "1e+",
            "NaN",
        ] {
            assert_eq!(resolve(text), NodeValue::Text(text.into()), "{text:?}");
        }
    }

    #[test]
    fn an_integer_beyond_128_bits_is_still_a_number() {
        let text = "1".repeat(50);
        assert!(matches!(resolve(&text), NodeValue::Float(value) if value > 1e49));
    }
}
