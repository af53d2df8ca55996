//! Values to YAML that every reader, of YAML 1.1 too, reads as the same values.

use std::fmt::Write;

use serde_json::{Map, Number, Value};

use super::{NodeValue, scalar};

/// Longest name (bytes) that YAML allows before a colon without a question mark, with room for quotes and escapes.
const LONGEST_SIMPLE_KEY: usize = 1000;

/// Words that some readers of older YAML take for truth values or numbers.
const OLD_WORDS: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "nan", "inf"];

/// A YAML text: block style, two spaces, line feeds, one at the end. The same value gives the same text.
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    if is_nested(value) {
        block(value, 0, &mut out);
    } else {
        out.push_str(&to_yaml_line(value));
        out.push('\n');
    }
    out
}

/// The value in one line: `[3, 20]`, `{gap: 40}`, `snr`.
pub fn to_yaml_line(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number_text(number),
        Value::String(string) => text(string),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(to_yaml_line).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let pairs: Vec<String> = entries
                .iter()
                .map(|(name, value)| format!("{}: {}", text(name), to_yaml_line(value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

fn is_nested(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
        _ => false,
    }
}

fn block(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Array(items) => {
            for item in items {
                let _ = write!(out, "{:indent$}-", "");
                content(item, indent, out);
            }
        }
        Value::Object(entries) => block_mapping(entries, indent, out),
        _ => {}
    }
}

fn block_mapping(entries: &Map<String, Value>, indent: usize, out: &mut String) {
    for (name, value) in entries {
        let name = text(name);
        let _ = if name.len() > LONGEST_SIMPLE_KEY {
            write!(out, "{:indent$}? {name}\n{:indent$}:", "", "")
        } else {
            write!(out, "{:indent$}{name}:", "")
        };
        content(value, indent, out);
    }
}

fn content(value: &Value, indent: usize, out: &mut String) {
    if is_nested(value) {
        out.push('\n');
        block(value, indent + 2, out);
    } else {
        out.push(' ');
        out.push_str(&to_yaml_line(value));
        out.push('\n');
    }
}

/// The shortest digits that give the same bits; with a point and a signed exponent, without which YAML 1.1 sees text.
fn number_text(number: &Number) -> String {
    if let Some(integer) = number.as_i128() {
        return integer.to_string();
    }
    let value = number.as_f64().unwrap_or(f64::NAN);
    let digits = format!("{value:?}");
    match digits.split_once('e') {
        None => digits,
        Some((mantissa, exponent)) => {
            let point = if mantissa.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with('-') { "" } else { "+" };
            format!("{mantissa}{point}e{sign}{exponent}")
        }
    }
}

fn text(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// May it stand without quotes? Only if nobody could take it for anything but text.
fn is_plain(text: &str) -> bool {
    let starts_well =
        text.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '_' | '/'));
    let goes_on_well = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_./+-".contains(&byte));
    starts_well
        && goes_on_well
        && !OLD_WORDS.contains(&text.to_ascii_lowercase().as_str())
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "null" | "true" | "false"
        )
        && matches!(scalar::resolve(text), NodeValue::Text(_))
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        let _ = match character {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\t' => out.write_str("\\t"),
            '\r' => out.write_str("\\r"),
            // Line ends of older YAML, byte order marks and what YAML does not count as printable.
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                write!(out, "\\u{:04x}", u32::from(character))
            }
            _ if character.is_control() => write!(out, "\\x{:02x}", u32::from(character)),
            _ => out.write_char(character),
        };
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::{Document, Node, Origin};
    use super::*;

    #[test]
    fn the_text_is_what_a_person_would_write() {
        let value = json!({
            "project": {"name": "WD_FLARES", "obs_names": ["ZTF", "TESS"], "description": ""},
            "finder": {"snr_threshold": 5.0, "enabled": true, "class": null, "limits": [[3, 20], {}]},
        });
        let text = "project:\n  name: WD_FLARES\n  obs_names:\n    - ZTF\n    - TESS\n  description: \"\"\n\
                    finder:\n  snr_threshold: 5.0\n  enabled: true\n  class: null\n  limits:\n    -\n      - 3\n      - 20\n    - {}\n";
        assert_eq!(to_yaml(&value), text);
        assert_eq!(to_yaml_line(&value["finder"]["limits"]), "[[3, 20], {}]");
    }

    #[test]
    fn text_that_looks_like_something_else_is_quoted() {
        for odd in [
            "no",
            "On",
            "y",
            "NULL",
            "true",
            "~",
            "",
            " a",
            "a ",
            "1",
            "1e5",
            "0x1f",
            "12:30:00",
            ".5",
            "2020-01-01",
            "1_000",
            "-",
            "- a",
            "a: b",
            "a #b",
            "#",
            "@x",
            "`x",
            "%x",
            "&a",
            "*a",
            "!a",
            "[",
            "{",
            "|",
            ">",
            "a\nb",
            "<<",
            "=",
            "?",
            ".nan",
            "NaN",
            "\u{85}",
            "\u{feff}",
            "'",
            "\"",
        ] {
            assert!(to_yaml_line(&json!(odd)).starts_with('"'), "{odd:?}");
        }
        for plain in ["snr", "WD_FLARES", "tess-spoc", "/data/x.csv", "ztf_dr22"] {
            assert_eq!(to_yaml_line(&json!(plain)), plain);
        }
    }

    #[test]
    fn floats_have_a_point_and_a_signed_exponent() {
        for (value, text) in [
            (1e16, "1.0e+16"),
            (1.5e300, "1.5e+300"),
            (1e-7, "1.0e-7"),
            (2.0, "2.0"),
            (0.1, "0.1"),
            (-0.0, "-0.0"),
        ] {
            assert_eq!(to_yaml_line(&json!(value)), text);
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            prop::num::f64::NORMAL.prop_map(Value::from),
            prop::num::f64::SUBNORMAL.prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[-+.0-9eEx_: ]{0,8}".prop_map(Value::from),
            "[ -~\\n\\t]{0,80}".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            let names = prop_oneof![
                any::<String>(),
                "[a-z_]{1,9}",
                "[0-9e.+~-]{0,4}",
                Just("x".repeat(1500))
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(names, inner, 0..6)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same_value(value in any_value()) {
            let wrapped = json!({"value": value});
            let text = to_yaml(&wrapped);
            let read = Document::parse(&text, "a.yaml").map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
            prop_assert_eq!(read.root().to_json(), wrapped.clone(), "{}", text);
            prop_assert_eq!(to_yaml(&read.root().to_json()), text);
            let small = serde_json::to_string(&value).unwrap().len() < 900;
            if small {
                let line = Node::from_yaml(&to_yaml_line(&value), Origin::Builder);
                prop_assert_eq!(line.unwrap().to_json(), value);
            }
        }
    }
}
