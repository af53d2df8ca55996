//! Whatever is asked, the database chooses the rows that going through all of them would.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use retriever::database::SourceRecord;
use retriever::query::{Query, Record, Table};
use serde_json::Value;

use crate::on_both;
use crate::place::{Place, project, source};
use crate::query::asked;

on_both!(conditions_choose_what_going_through_all_rows_would);

/// A condition of the test's own, which can be written and looked up in a row.
#[derive(Debug, Clone)]
enum Wanted {
    Compare(Number, &'static str, f64),
    Sum(Number, Number, f64),
    Between(Number, f64, f64),
    In(&'static str, Vec<String>, bool),
    Text(&'static str, &'static str, String),
    Starts(&'static str, String),
    Missing(&'static str, bool),
    Flag,
    Not(Box<Wanted>),
    All(Vec<Wanted>),
    Any(Vec<Wanted>),
}

/// Columns with numbers: integers, doubles, and one of the source.
type Number = &'static str;
const NUMBERS: [Number; 5] = ["series_number", "number", "flux_mean", "mag_mean", "ra"];
const TEXTS: [&str; 2] = ["source_name", "filter"];
const WORDS: [&str; 6] = ["zg", "zr", "it's", "", "source 000003", "Zg"];
const COMPARISONS: [&str; 7] = ["=", "!=", "<>", "<", "<=", ">", ">="];

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-5i32..60).prop_map(f64::from),
        (-20i32..200).prop_map(|quarter| f64::from(quarter) / 4.0),
        Just(1e-300),
        Just(1e25),
    ]
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let number = || proptest::sample::select(&NUMBERS[..]);
    let text = || proptest::sample::select(&TEXTS[..]);
    let word = || proptest::sample::select(&WORDS[..]).prop_map(str::to_owned);
    let comparison = || proptest::sample::select(&COMPARISONS[..]);
    let missing = proptest::sample::select(&["flux_mean", "mag_mean", "filter", "ra"][..]);
    let leaf = prop_oneof![
        (number(), comparison(), value()).prop_map(|(c, o, v)| Wanted::Compare(c, o, v)),
        (number(), number(), value()).prop_map(|(a, b, v)| Wanted::Sum(a, b, v)),
        (number(), value(), value()).prop_map(|(c, a, b)| Wanted::Between(c, a, b)),
        (
            text(),
            proptest::collection::vec(word(), 1..4),
            any::<bool>()
        )
            .prop_map(|(c, words, not)| Wanted::In(c, words, not)),
        (text(), comparison(), word()).prop_map(|(c, o, w)| Wanted::Text(c, o, w)),
        (text(), word()).prop_map(|(c, w)| Wanted::Starts(c, w)),
        (missing, any::<bool>()).prop_map(|(c, not)| Wanted::Missing(c, not)),
        Just(Wanted::Flag),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Wanted::Not(Box::new(inner))),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Wanted::All),
            proptest::collection::vec(inner, 2..4).prop_map(Wanted::Any),
        ]
    })
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "''"))
}

impl Wanted {
    fn text(&self) -> String {
        let joined = |parts: &[Wanted], word: &str| {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| format!("({})", part.text()))
                .collect();
            parts.join(word)
        };
        match self {
            Wanted::Compare(column, comparison, value) => format!("{column}{comparison} {value:?}"),
            Wanted::Sum(a, b, value) => format!("{a} + 2*{b} < {value}"),
            Wanted::Between(column, low, high) => format!("{column} BETWEEN {low} AND {high}"),
            Wanted::In(column, words, not) => {
                let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                let not = if *not { "not " } else { "" };
                format!("{column} {not}in ({})", words.join(", "))
            }
            Wanted::Text(column, comparison, word) => {
                format!("{column} {comparison} {}", quoted(word))
            }
            Wanted::Starts(column, word) => {
                format!("{column} like {}", quoted(&format!("{word}%")))
            }
            Wanted::Missing(column, not) => {
                format!("{column} is {}null", if *not { "not " } else { "" })
            }
            Wanted::Flag => "is_uniformly_sampled".to_owned(),
            Wanted::Not(inner) => format!("not ({})", inner.text()),
            Wanted::All(parts) => joined(parts, " and "),
            Wanted::Any(parts) => joined(parts, " OR "),
        }
    }

    /// None: neither true nor false.
    fn holds(&self, row: &Record, ra: f64) -> Option<bool> {
        let number = |column: &str| match column {
            "ra" => Some(ra),
            column => row[column].as_f64(),
        };
        let text = |column: &str| row[column].as_str();
        match self {
            Wanted::Compare(column, comparison, value) => {
                Some(ordered(comparison, number(column)?.partial_cmp(value)?))
            }
            Wanted::Sum(a, b, value) => Some(number(a)? + 2.0 * number(b)? < *value),
            Wanted::Between(column, low, high) => {
                let value = number(column)?;
                Some(value >= *low && value <= *high)
            }
            Wanted::In(column, words, not) => {
                let text = text(column)?;
                Some(words.iter().any(|word| word == text) != *not)
            }
            Wanted::Text(column, comparison, word) => Some(ordered(
                comparison,
                text(column)?.as_bytes().cmp(word.as_bytes()),
            )),
            Wanted::Starts(column, word) => Some(text(column)?.starts_with(word.as_str())),
            Wanted::Missing(column, not) => {
                let missing = *column != "ra" && row[*column] == Value::Null;
                Some(missing != *not)
            }
            Wanted::Flag => row["is_uniformly_sampled"].as_bool(),
            Wanted::Not(inner) => inner.holds(row, ra).map(|holds| !holds),
            Wanted::All(parts) => {
                let parts: Vec<Option<bool>> =
                    parts.iter().map(|part| part.holds(row, ra)).collect();
                if parts.contains(&Some(false)) {
                    Some(false)
                } else if parts.contains(&None) {
                    None
                } else {
                    Some(true)
                }
            }
            Wanted::Any(parts) => {
                let parts: Vec<Option<bool>> =
                    parts.iter().map(|part| part.holds(row, ra)).collect();
                if parts.contains(&Some(true)) {
                    Some(true)
                } else if parts.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            }
        }
    }
}

fn ordered(comparison: &str, ordering: std::cmp::Ordering) -> bool {
    match comparison {
        "=" => ordering.is_eq(),
        "!=" | "<>" => ordering.is_ne(),
        "<" => ordering.is_lt(),
        "<=" => ordering.is_le(),
        ">" => ordering.is_gt(),
        _ => ordering.is_ge(),
    }
}

fn varied(number: usize) -> SourceRecord {
    let mut record = source(number);
    for lightcurve in &mut record.reductions[0].lightcurves {
        let place = number * 2 + lightcurve.series_number as usize;
        lightcurve.filter = WORDS[place % WORDS.len()].to_owned();
        lightcurve.statistics.number = place % 7 * 10;
        lightcurve.statistics.flux_mean = (!place.is_multiple_of(3)).then_some(place as f64 / 4.0);
        lightcurve.statistics.mag_mean = (!place.is_multiple_of(5)).then_some(22.0 - place as f64);
    }
    record
}

async fn conditions_choose_what_going_through_all_rows_would(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let batch: Vec<SourceRecord> = (0..20).map(varied).collect();
    database.commit(project, &batch).await.expect("commits");
    let table = Table::Lightcurves(None);
    let rows = asked(&database, project, table, &Query::all()).await;
    assert_eq!(rows.len(), 40);
    // the right ascension of a source is its number
    let ra = |row: &Record| -> f64 {
        let name = row["source_name"].as_str().expect("a name");
        name["source ".len()..].parse().expect("a number")
    };
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        let mut runner = TestRunner::new(Config::with_cases(300));
        let outcome = runner.run(&wanted(), |wanted| {
            let condition = wanted.text();
            let query = Query::all().matching(condition.as_str());
            let found = runtime.block_on(asked(&database, project, table, &query));
            let expected: Vec<Record> = rows
                .iter()
                .filter(|row| wanted.holds(row, ra(row)) == Some(true))
                .cloned()
                .collect();
            prop_assert_eq!(found, expected, "{}", condition);
            Ok(())
        });
        outcome.expect("both choose the same");
    });
}
