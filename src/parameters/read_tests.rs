use proptest::prelude::*;
use serde_json::json;

use super::super::fixture::{Finder, Kind};
use super::super::{Document, known_names, show};
use super::*;

fn section(text: &str) -> Node {
    let root = Document::parse(text, "p.yaml").unwrap().into_root();
    root.get("finder").cloned().unwrap()
}

fn finder(text: &str) -> Result<Finder, ParameterErrors> {
    read("finder", &section(text))
}

fn refused(text: &str) -> Vec<String> {
    let errors = finder(text).unwrap_err();
    errors.iter().map(ToString::to_string).collect()
}

fn advice(text: &str) -> String {
    let errors = finder(text).unwrap_err();
    errors.iter().filter_map(ParameterError::advice).collect()
}

#[test]
fn what_is_not_given_keeps_its_default() {
    assert_eq!(finder("finder:\n").unwrap(), Finder::default());
    assert_eq!(finder("finder: {}\n").unwrap(), Finder::default());
    let nested = finder("finder:\n  nested:\n").unwrap();
    assert_eq!(nested, Finder::default());
}

#[test]
fn every_kind_of_value_is_read() {
    let text = "finder:\n  threshold: 6\n  num_kernels: 0x10\n  class: Matched_Filter\n  rate_limit: 2.5\n  limits: [1, 2.5]\n  words: {r: mag, no: \"1\"}\n  password: pw\n  nested: {levels: 3}\n";
    let read = finder(text).unwrap();
    assert_eq!((read.snr_threshold, read.num_kernels), (6.0, 16));
    assert_eq!(
        (read.kind, read.rate_limit),
        (Kind::MatchedFilter, Some(2.5))
    );
    assert_eq!((read.limits, read.nested.depth), ([1.0, 2.5], 3));
    assert_eq!(json!(read.words), json!({"no": "1", "r": "mag"}));
    assert_eq!(read.password.unwrap().expose(), "pw");
}

#[test]
fn a_misspelt_name_is_refused_with_the_nearest_name() {
    let text = "finder:\n  num_kernels: 3\n  snr_treshold: 5\n";
    assert_eq!(
        refused(text),
        ["p.yaml:3:3: unknown parameter \"snr_treshold\" in section finder"]
    );
    assert!(advice(text).starts_with(
        "did you mean \"snr_threshold\"? known: snr_threshold, threshold, num_kernels, "
    ));
    assert_eq!(
        refused("finder:\n  nested: {deepth: 1}\n"),
        ["p.yaml:2:12: unknown parameter \"deepth\" in section finder.nested"]
    );
    assert!(advice("finder:\n  Num_Inj: 1\n  xyz: 2\n").contains("known: "));
}

#[test]
fn a_name_in_another_case_or_cut_short_is_refused_but_recognised() {
    for (typed, meant) in [
        ("SNR_Threshold", "snr_threshold"),
        ("snrthreshold", "snr_threshold"),
        ("num_k", "num_kernels"),
        ("rate-limit", "rate_limit"),
    ] {
        let advice = advice(&format!("finder: {{{typed}: 1}}\n"));
        assert!(
            advice.starts_with(&format!("did you mean {meant:?}?")),
            "{advice}"
        );
    }
}

#[test]
fn wrong_types_tell_what_was_expected_and_what_was_found() {
    for (line, error) in [
        (
            "snr_threshold: high",
            "2:18: snr_threshold must be a number, found text \"high\"",
        ),
        (
            "snr_threshold: \"5\"",
            "2:18: snr_threshold must be a number, found text \"5\"",
        ),
        (
            "snr_threshold: .nan",
            "2:18: snr_threshold must be a finite number, found .nan",
        ),
        (
            "snr_threshold: .inf",
            "2:18: snr_threshold must be a finite number, found .inf",
        ),
        (
            "snr_threshold: null",
            "2:18: snr_threshold must be a number, found null",
        ),
        (
            "snr_threshold:",
            "2:3: snr_threshold must be a number, found null",
        ),
        (
            "snr_threshold: [1]",
            "2:18: snr_threshold must be a number, found a list",
        ),
        (
            "snr_threshold: true",
            "2:18: snr_threshold must be a number, found true",
        ),
        (
            "num_kernels: 3.0",
            "2:16: num_kernels must be a whole number, found 3.0",
        ),
        ("url: 12", "2:8: url must be text, found 12"),
        ("words: {r: 1}", "2:14: words.r must be text, found 1"),
        ("words: [r]", "2:10: words must be a mapping, found a list"),
        (
            "limits: [1, x]",
            "2:15: limits[1] must be a number, found text \"x\"",
        ),
        (
            "limits: [1, 2, 3]",
            "2:11: limits must be a list of 2, found 3 items",
        ),
        ("limits: 3", "2:11: limits must be a list, found 3"),
        ("nested: 3", "2:11: nested must be a mapping, found 3"),
        (
            "nested: {depth: x}",
            "2:19: nested.depth must be a whole number, found text \"x\"",
        ),
        (
            "rate_limit: fast",
            "2:15: rate_limit must be a number, found text \"fast\"",
        ),
        (
            "kind: 3",
            "2:9: kind must be one of snr, matched_filter, found 3",
        ),
    ] {
        let text = format!("finder:\n  {line}\n");
        assert_eq!(refused(&text), [format!("p.yaml:{error}")], "{line}");
    }
    assert_eq!(
        advice("finder: {snr_threshold: '5'}\n"),
        "write the number without quotes"
    );
    assert_eq!(
        advice("finder: {url: 5}\n"),
        "put it in quotes to make it text"
    );
}

#[test]
fn a_section_that_is_no_mapping_is_refused() {
    assert_eq!(
        refused("finder: snr\n"),
        ["p.yaml:1:9: section finder must be a mapping of names to values, found text"]
    );
}

#[test]
fn numbers_outside_their_limits_tell_the_limits_with_the_unit() {
    for (line, error) in [
        (
            "snr_threshold: 0",
            "2:18: snr_threshold must be above 0 and below 1000 sigma, found 0",
        ),
        (
            "threshold: 1e3",
            "2:14: snr_threshold must be above 0 and below 1000 sigma, found 1000.0",
        ),
        (
            "num_kernels: 501",
            "2:16: num_kernels must be 1 to 500, found 501",
        ),
        (
            "num_kernels: -1",
            "2:16: num_kernels must be 1 to 500, found -1",
        ),
        (
            "num_kernels: 99999999999",
            "2:16: num_kernels must be 1 to 500, found 99999999999",
        ),
        (
            "rate_limit: 0.05",
            "2:15: rate_limit must be at least 0.1 1/s, found 0.05",
        ),
        (
            "limits: [-1, 2]",
            "2:12: limits[0] must be at least 0, found -1",
        ),
        (
            "nested: {levels: 10}",
            "2:20: nested.depth must be 0 to 9, found 10",
        ),
        (
            "nested: {threads: 4294967296}",
            "2:21: nested.threads must be a whole number from 0 to 4294967295, found 4294967296",
        ),
    ] {
        let text = format!("finder:\n  {line}\n");
        assert_eq!(refused(&text), [format!("p.yaml:{error}")], "{line}");
    }
    assert!(finder("finder: {num_kernels: 500, rate_limit: 0.1}\n").is_ok());
}

#[test]
fn a_word_that_does_not_exist_brings_the_nearest() {
    let text = "finder:\n  kind: matchd_filter\n";
    assert_eq!(
        refused(text),
        ["p.yaml:2:9: kind cannot be \"matchd_filter\""]
    );
    assert_eq!(
        advice(text),
        "did you mean \"matched_filter\"? possible: snr, matched_filter"
    );
    assert_eq!(finder("finder: {kind: SNR}\n").unwrap().kind, Kind::Snr);
}

#[test]
fn a_parameter_beside_its_alias_is_refused_with_both_places() {
    assert_eq!(
        refused("finder:\n  threshold: 5\n  snr_threshold: 6\n"),
        [
            "p.yaml:3:3: \"snr_threshold\" is another name of \"threshold\", which is given at p.yaml:2:3"
        ]
    );
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let text = "finder:\n  nested: {levels: x, deepth: 2}\n  kind: none\n  snr_threshold: -1\n  num_kernles: 3\n  url: 5\n";
    let places: Vec<String> = refused(text)
        .iter()
        .map(|error| error.split(": ").next().unwrap().to_owned())
        .collect();
    assert_eq!(
        places,
        [
            "p.yaml:2:20",
            "p.yaml:2:23",
            "p.yaml:3:9",
            "p.yaml:4:18",
            "p.yaml:5:3",
            "p.yaml:6:8"
        ]
    );
}

#[test]
fn rules_across_parameters_point_to_the_parameter() {
    assert_eq!(
        refused("finder:\n  limits: [20, 3]\n"),
        ["p.yaml:2:11: limits: 20 is not below 3"]
    );
}

#[test]
fn a_secret_of_the_wrong_type_is_not_repeated() {
    assert_eq!(
        refused("finder: {password: 123456}\n"),
        ["p.yaml:1:20: password must be text, found something else"]
    );
}

/// The layers of the original's acceptance case 4: general keys, a section of the observatory, and what code says.
#[test]
fn what_code_says_wins_over_the_specific_section_which_wins_over_the_general_one() {
    let text = "observatories:\n  reduce_kwargs: {num_kernels: 3}\n  threshold: 4\n  Demo:\n    snr_threshold: 5\n    url: test-string\n  ztf: {reducer: {num_kernels: 9}}\n";
    let root = Document::parse(text, "p.yaml").unwrap().into_root();
    let mut general = root
        .get("observatories")
        .unwrap()
        .hoist(&["reducer", "reduce_kwargs"]);
    let demo = general.take_ignoring_case("DEMO").unwrap().unwrap();
    let ztf = general.take_ignoring_case("ZTF").unwrap().unwrap();
    let (general, rest) = general.split(&known_names::<Finder>());
    assert!(
        rest.refuse_unknown::<&str>("parameter", "observatories", &[])
            .is_ok()
    );
    let general = resolve::<Finder>("observatories", &general).unwrap();
    let layer = |specific: &Node| {
        let specific = specific.hoist(&["reducer", "reduce_kwargs"]);
        Node::merged(
            &general,
            &resolve::<Finder>("observatories.x", &specific).unwrap(),
        )
    };

    let mut demo = layer(&demo);
    demo.set(&["url"], "new-test-string", Origin::Builder);
    let read_demo: Finder = read("observatories.demo", &demo).unwrap();
    assert_eq!(read_demo.snr_threshold, 5.0);
    assert_eq!(read_demo.num_kernels, 3);
    assert_eq!(read_demo.url, "new-test-string");
    let origins: Vec<String> = show(&read_demo, &demo)
        .iter()
        .filter(|row| row.origin != Origin::Default)
        .map(|row| format!("{} {}", row.name, row.origin))
        .collect();
    assert_eq!(
        origins,
        [
            "snr_threshold p.yaml:5:20",
            "num_kernels p.yaml:2:32",
            "url builder"
        ]
    );

    let read_ztf: Finder = read("observatories.ztf", &layer(&ztf)).unwrap();
    assert_eq!((read_ztf.snr_threshold, read_ztf.num_kernels), (4.0, 9));
}

/// The original's acceptance case 6: a value of another type is refused, and reading leaves what was read before.
#[test]
fn a_refused_value_leaves_the_section_as_it_was() {
    let mut node = section("finder: {num_kernels: 1, threshold: 2.0, url: hello}\n");
    let before = node.clone();
    assert!(read::<Finder>("finder", &node).is_ok());
    node.set(&["num_kernels"], 2.5, Origin::Builder);
    let error = read::<Finder>("finder", &node).unwrap_err().to_string();
    assert_eq!(
        error,
        "builder: num_kernels must be a whole number, found 2.5"
    );
    assert_eq!(
        section("finder: {num_kernels: 1, threshold: 2.0, url: hello}\n"),
        before
    );
}

#[test]
fn what_is_written_is_read_as_the_same_parameters() {
    let read_first = finder(
        "finder: {threshold: 0.1, words: {a: 'no'}, kind: matched_filter, rate_limit: 1e2}\n",
    )
    .unwrap();
    let text = super::super::to_yaml(&json!({"finder": read_first}));
    assert_eq!(finder(&text).unwrap(), read_first);
}

proptest! {
    #[test]
    fn no_section_makes_the_reading_panic(
        name in prop_oneof![Just("limits"), Just("words"), Just("nested"), Just("kind"), Just("threshold"), Just("x")],
        value in "[-a1 ,\\[\\]{}:.e']{0,20}",
    ) {
        if let Ok(document) = Document::parse(&format!("{name}: {value}"), "p.yaml")
            && let Err(errors) = read::<Finder>("finder", document.root())
        {
            prop_assert!(errors.iter().count() > 0);
            prop_assert!(errors.iter().all(|error| error.to_string().starts_with("p.yaml:1:")));
        }
    }

    #[test]
    fn every_finite_float_survives_a_round_through_text(bits in 1..1000f64.to_bits()) {
        let value = f64::from_bits(bits);
        let text = super::super::to_yaml(&json!({"finder": {"threshold": value}}));
        prop_assert_eq!(finder(&text).unwrap().snr_threshold.to_bits(), value.to_bits());
    }
}
