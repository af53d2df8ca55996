//! Lists, enums with contents, and types with a reading of their own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{Document, Parameters};
use super::read;

/// What a field may be beside numbers and words.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Others {
    columns: Vec<Column>,
    maybe: Option<Column>,
    mode: Mode,
    either: Option<Either>,
    #[schemars(length(min = 1, max = 2))]
    names: Option<Vec<String>>,
    start: Option<Day>,
}

impl Parameters for Others {}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Column {
    #[serde(alias = "title")]
    name: String,
    #[serde(default)]
    width: u8,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    All,
    First {
        number: u32,
    },
    Among(Vec<String>),
}

/// A type that reads text in its own way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
struct Day(String);

impl TryFrom<String> for Day {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse::<jiff::civil::Date>()
            .map(|_| Day(text))
            .map_err(|_| "not a date such as 2026-01-31")
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.0
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Either {
    Number(f64),
    Word(String),
}

fn others(text: &str) -> Result<Others, String> {
    let document = Document::parse(text, "p.yaml").unwrap();
    read("others", document.root()).map_err(|errors| errors.to_string())
}

#[test]
fn lists_of_structs_and_enums_with_contents_are_read() {
    let text = "columns: [{name: a}, {title: b, width: 3}]\nmaybe: {title: c}\nmode: {First: {number: 2}}\neither: 2\nnames: [x]\n";
    let column = |name: &str, width| Column {
        name: name.into(),
        width,
    };
    assert_eq!(
        others(text).unwrap(),
        Others {
            columns: vec![column("a", 0), column("b", 3)],
            maybe: Some(column("c", 0)),
            mode: Mode::First { number: 2 },
            either: Some(Either::Number(2.0)),
            names: Some(vec!["x".into()]),
            start: None,
        }
    );
    let among = others("mode: {among: [a]}\neither: w\nmaybe:\n").unwrap();
    assert_eq!(among.mode, Mode::Among(vec!["a".into()]));
    assert_eq!(among.either, Some(Either::Word("w".into())));
}

#[test]
fn mistakes_deep_inside_are_placed_as_exactly() {
    for (text, error) in [
        (
            "columns: [{name: a}, {nam: b}]",
            "1:23: unknown parameter \"nam\" in others.columns[1]",
        ),
        (
            "columns: [{name: a, width: 300}]",
            "1:28: columns[0].width must be 0 to 255, found 300",
        ),
        (
            "columns: [{width: 3}]",
            "1:11: name must be given in others.columns[0]",
        ),
        (
            "maybe: {title: a, name: b}",
            "1:19: \"name\" is another name of \"title\", which is given at p.yaml:1:9",
        ),
        (
            "mode: {first: {number: x}}",
            "1:24: mode.number must be a whole number, found text \"x\"",
        ),
        (
            "mode: {first: {numbr: 1}}",
            "1:16: unknown parameter \"numbr\" in others.mode",
        ),
        ("mode: {last: 1}", "1:8: mode cannot be \"last\""),
        (
            "mode: first",
            "1:7: mode must be a mapping of one word to a mapping, found text \"first\"",
        ),
        (
            "names: []",
            "1:8: names must be at least 1 items, found 0 items",
        ),
        (
            "names: [a, b, c]",
            "1:8: names must be at most 2 items, found 3 items",
        ),
    ] {
        assert_eq!(others(text), Err(format!("p.yaml:{error}")), "{text}");
    }
    assert_eq!(
        others("start: soon"),
        Err("p.yaml:1:8: start: not a date such as 2026-01-31".into())
    );
    assert!(
        others("either: [1]")
            .unwrap_err()
            .starts_with("p.yaml:1:9: either: ")
    );
}
