//! Conditions that are understood, and those that are not.

use super::columns::detections;
use super::*;

fn parse(text: &str) -> Result<Condition, QueryError> {
    Condition::parse(text, &detections())
}

fn understood(text: &str) -> Condition {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn column(name: &str) -> Operand {
    Operand::Column(*detections().find(name).unwrap())
}

fn compare(left: Operand, comparison: Comparison, right: Operand) -> Condition {
    Condition::Compare {
        left,
        comparison,
        right,
    }
}

#[test]
fn and_binds_more_than_or_and_not_more_than_and() {
    let snr = compare(column("snr"), Comparison::Greater, Operand::Integer(8));
    let flag = Condition::Flag(*detections().find("simulated").unwrap());
    let text = Operand::Text("zr".to_owned());
    let filter = compare(column("filter"), Comparison::Equal, text);
    let not = Condition::Not(Box::new(flag.clone()));
    let both = Condition::All(vec![filter.clone(), not.clone()]);
    assert_eq!(
        understood("snr > 8 or filter = 'zr' and not simulated"),
        Condition::Any(vec![snr.clone(), both])
    );
    let either = Condition::Any(vec![snr, filter]);
    assert_eq!(
        understood("(SNR > 8 OR Filter = \"zr\") AND NOT simulated"),
        Condition::All(vec![either, not])
    );
}

#[test]
fn text_stands_in_single_or_double_quotes_that_are_doubled_inside() {
    for (text, value) in [
        ("'Barnard''s star'", "Barnard's star"),
        ("\"Barnard's star\"", "Barnard's star"),
        ("'say \"hi\"'", "say \"hi\""),
        ("\"say \"\"hi\"\"\"", "say \"hi\""),
        (r"'back\slash'", r"back\slash"),
        ("'漢字 Ä'", "漢字 Ä"),
        ("''", ""),
    ] {
        let expected = compare(
            column("source_name"),
            Comparison::Equal,
            Operand::Text(value.to_owned()),
        );
        assert_eq!(understood(&format!("name = {text}")), expected, "{text}");
    }
}

#[test]
fn numbers_are_integers_where_they_are_whole() {
    for (text, value) in [
        ("8", Operand::Integer(8)),
        ("-8", Operand::Integer(-8)),
        ("+8.0", Operand::Integer(8)),
        ("1e3", Operand::Integer(1000)),
        (".5", Operand::Number(0.5)),
        ("-1.5E-3", Operand::Number(-0.0015)),
        ("9223372036854775807", Operand::Integer(i64::MAX)),
        (
            "9223372036854775808",
            Operand::Number(9_223_372_036_854_775_808.0),
        ),
    ] {
        let expected = compare(column("snr"), Comparison::Less, value);
        assert_eq!(understood(&format!("snr < {text}")), expected, "{text}");
    }
}

#[test]
fn mistakes_are_told_with_their_place() {
    for (text, place, words) in [
        ("snrr > 8", 1, "\"snrr\""),
        ("snr > 8 and filtr = 'zr'", 13, "\"filtr\""),
        ("snr > 8\n and filtr = 'zr'", 14, "\"filtr\""),
        ("filter = zr", 10, "\"zr\""),
        ("filter = 'ä' and x = 1", 18, "\"x\""),
        ("filter = 8", 10, "filter is text, 8 is a number"),
        ("snr = '8'", 7, "snr is a number, \"8\" is text"),
        ("snr in (1, 'a')", 12, "snr is a number, \"a\" is text"),
        (
            "simulated = 1",
            13,
            "simulated is true or false, 1 is a number",
        ),
        ("simulated < true", 13, "no order"),
        ("abs(filter) > 1", 5, "filter is text, not a number"),
        ("snr like '8%'", 10, "`like`"),
        ("parts is null", 1, "parts holds JSON"),
        ("'zr' = \"filter\"", 1, "neither side is a column"),
        ("1 = 1", 1, "neither side is a column"),
        ("snr = null", 7, "nothing equals null"),
        ("snr > 1e999", 7, "\"1e999\" is no number"),
        ("not", 4, "but it ends"),
        ("snr", 1, "\"snr\" by itself is neither true nor false"),
        (
            "snr > 8 and 5",
            13,
            "\"5\" by itself is neither true nor false",
        ),
        ("snr >", 6, "but it ends"),
        ("", 1, "but it ends"),
        ("snr > 8 8", 9, "\"8\" stands where it should end"),
        (
            "snr > 8; drop table sources",
            8,
            "\";\" stands where it should end",
        ),
        ("(snr > 8", 9, "expected"),
        ("snr > 'a", 7, "Unterminated"),
        ("snr > 8 -- and more", 9, "a comment"),
        ("sqrt(snr) > 8", 1, "\"sqrt(snr)\""),
        ("snr in (select snr from detections)", 16, "expected"),
        ("t.snr > 8", 1, "\"t.snr\""),
        ("`snr` > 8", 1, "expected"),
        ("snr || 'x' = 'y'", 1, "\"snr || 'x'\""),
        ("filter in (filter)", 12, "a list with something else"),
        ("snr > $1", 7, "$1"),
    ] {
        let error = parse(text).expect_err(text).to_string();
        assert!(error.contains(words), "{text}: {error}");
        assert!(
            error.contains(&format!("(character {place})")),
            "{text}: {error}"
        );
    }
}

#[test]
fn an_unknown_column_is_told_the_nearest_and_all() {
    use miette::Diagnostic;
    let help = parse("snrr > 8").unwrap_err().help().unwrap().to_string();
    assert!(
        help.contains("did you mean snr, or the text 'snrr'?"),
        "{help}"
    );
    assert!(
        help.contains("source_name, filter, simulated") && help.contains("catalog_row"),
        "{help}"
    );
    let help = parse("filter = qqqq")
        .unwrap_err()
        .help()
        .unwrap()
        .to_string();
    assert!(
        help.starts_with("text stands in quotes: 'qqqq'. There are"),
        "{help}"
    );
}

#[test]
fn text_that_is_compared_with_a_number_is_advised_by_what_it_is() {
    use miette::Diagnostic;
    for (text, advice) in [
        ("snr = '-8.5'", "write -8.5 without quotes"),
        ("snr = \"Dec\"", "write Dec without quotes"),
        (
            "snr = \"foo\"",
            "snr is compared with a number, as in snr > 8",
        ),
        ("peak_epoch > 'inf'", "peak_epoch is compared with a number"),
        ("snr in ('filter')", "snr is compared with a number"),
    ] {
        let error = parse(text).expect_err(text);
        let help = error.help().unwrap().to_string();
        assert!(help.starts_with(advice), "{text}: {help}");
    }
}

#[test]
fn what_is_too_long_or_too_deep_is_refused_and_no_stack_overflows() {
    let chain = vec!["snr > 1"; 150].join(" and ");
    assert!(matches!(understood(&chain), Condition::All(parts) if parts.len() == 150));
    for text in [
        vec!["snr > 1"; 100_000].join(" or "),
        vec!["snr > 1"; 5_000].join(" or "),
        format!("{}snr > 1{}", "(".repeat(5_000), ")".repeat(5_000)),
        format!("snr > {}1", "- ".repeat(300)),
        format!("snr in ({}1)", "1,".repeat(20_000)),
        format!("filter = '{}'", "x".repeat(100_000)),
        format!("{}snr", "abs(".repeat(300)),
        format!("snr > 1{}", " + 1".repeat(5_000)),
        format!("{}simulated", "not ".repeat(49)),
        format!("{}simulated", "not ".repeat(300)),
        format!("{}simulated{}", "not (".repeat(100), ")".repeat(100)),
    ] {
        let error = parse(&text).expect_err("it is too much").to_string();
        assert!(error.contains("too long"), "{error}");
    }
}

#[test]
fn the_columns_that_are_named_are_known() {
    let condition = understood("abs(snr - 2 * ra) > 1 and (name like 'x%' or not snr is null)");
    let names: Vec<&str> = condition
        .columns()
        .iter()
        .map(|column| column.name)
        .collect();
    assert_eq!(names, ["snr", "ra", "source_name"]);
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "[a-z0-9 '\"()<>=!*/+,.%_;\\\\\n-]{0,60}|\\PC{0,40}") {
        let _ = parse(&text);
        let _ = SortKey::parse_list(&text, &detections());
        let _ = text.parse::<Cone>();
    }

    #[test]
    fn no_words_panic(words in proptest::collection::vec(proptest::sample::select(vec![
        "snr", "filter", "simulated", "parts", "and", "or", "not", "in", "between", "like", "ilike", "is", "null",
        "true", "false", "(", ")", ",", "=", "<", ">", "<=", "+", "-", "*", "/", "abs", "1", "2.5", "'x'", "\"y\"",
        "case", "select", "cast", "interval", "exists", "array", "date", "::", "[", "]", "{", "}", ":", "?", "@", "#", "|",
        "any", "all", "escape", "collate", "at", "time", "zone", "over", "from", "$$", "~", "!", "&", "^", "\\", "0x1F", "e'x'",
    ]), 0..14)) {
        let _ = parse(&words.join(" "));
    }
}
