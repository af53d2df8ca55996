//! `retriever ls` with conditions and in other forms, and `retriever show`.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use serde_json::{Value, json};

use super::desk::{DEMO, Desk, said, snapshot};

/// Three stars with photometry and an analysis.
fn ready() -> Desk {
    let desk = Desk::with(DEMO);
    desk.good(&["run", "p.yaml"]);
    desk
}

fn names(rows: &Value, column: &str) -> Vec<String> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row[column].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn rows_are_chosen_sorted_and_cut() {
    let desk = ready();
    let listed = |more: &[&str]| {
        let words = [&["ls", "sources", "p.yaml", "--json"][..], more].concat();
        names(&desk.json(&words), "name")
    };
    let (vega, sirius, barnard) = ("Vega", "Sirius", "Barnard's star");
    assert_eq!(listed(&[]), [vega, sirius, barnard]);
    assert_eq!(listed(&["--where", "mag < 1"]), [vega, sirius]);
    assert_eq!(listed(&["--where", "-mag > 1"]), [sirius]);
    assert_eq!(listed(&["--where", "name = \"Barnard's star\""]), [barnard]);
    assert_eq!(
        listed(&["--where", "name like '%a' or dec < -10"]),
        [vega, sirius]
    );
    assert_eq!(listed(&["--sort", "-mag"]), [barnard, vega, sirius]);
    assert_eq!(listed(&["--sort=-dec", "--limit", "2"]), [vega, barnard]);
    assert_eq!(listed(&["--limit", "0"]), [""; 0]);
    assert_eq!(listed(&["--cone", "101.2872,-16.7161,0.001"]), [sirius]);
    assert_eq!(listed(&["--cone", "274,22,30"]), [vega, barnard]);
    let found = desk.json(&[
        "ls",
        "lightcurves",
        "p.yaml",
        "--json",
        "--where",
        "ra > 270 and kind != 'simulated'",
        "--sort",
        "kind",
    ]);
    assert_eq!(names(&found, "kind"), ["processed", "reduced"]);
    let found = desk.json(&[
        "ls",
        "lightcurves",
        "p.yaml",
        "--json",
        "--where",
        "ra > 270",
    ]);
    assert_eq!(names(&found, "kind"), ["reduced"]);
}

#[test]
fn all_forms_hold_the_same_rows() {
    let desk = ready();
    for what in ["sources", "raw", "lightcurves", "detections", "injections"] {
        let array = desk.json(&["ls", what, "p.yaml", "--json"]);
        let lines = desk.good(&["ls", what, "p.yaml", "--jsonl"]).out;
        let lines: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(json!(lines), array, "{what}");
        assert!(!lines.is_empty(), "{what}");
        let text = desk.good(&["ls", what, "p.yaml", "--csv"]).out;
        assert!(text.ends_with("\r\n"), "{what}");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        for (record, row) in reader.records().zip(&lines) {
            for (name, cell) in header.iter().zip(&record.unwrap()) {
                let expected = match &row[name] {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                assert_eq!(cell, expected, "{what} {name}");
            }
        }
        assert_eq!(header.len(), lines[0].as_object().unwrap().len(), "{what}");
    }
}

#[test]
fn names_with_commas_quotes_and_lines_survive_csv() {
    let desk = Desk::with(DEMO);
    let name = "a \"b\",\nc;=1+1 \u{202e}Ä";
    let quoted = name.replace('"', "\"\"");
    desk.write("targets.csv", format!("name,ra,dec\n\"{quoted}\",10,10\n"));
    desk.good(&["run", "p.yaml"]);
    let text = desk.good(&["ls", "sources", "p.yaml", "--csv"]).out;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let place = reader
        .headers()
        .unwrap()
        .iter()
        .position(|head| head == "name");
    let record = reader.records().next().unwrap().unwrap();
    assert_eq!(&record[place.unwrap()], name);
    // and on a terminal it is harmless
    let shown = desk.good(&["show", name, "p.yaml"]).out;
    assert!(
        shown.starts_with("a \"b\",\\nc;=1+1 \\u{202e}Ä\n"),
        "{shown}"
    );
    assert!(!shown.contains('\u{202e}'));
}

#[test]
fn mistakes_in_what_is_asked_end_with_two() {
    let desk = Desk::with(DEMO);
    let mut text = String::new();
    for more in [
        &["--where", "snrr > 8"][..],
        &["--where", "filter = 8"],
        &["--where", "snr > 8 and"],
        &["--where", "snr > 8; drop table sources"],
        &["--cone", "10,20"],
        &["--cone", "10,95,1"],
        &["--sort", "snrr"],
        &["--sort", "parts"],
    ] {
        let words = [&["ls", "detections", "p.yaml"][..], more].concat();
        text += &format!("── {}\n{}", more.join(" "), desk.refused(&words));
    }
    for words in [
        &["ls", "detections", "p.yaml", "--json", "--csv"][..],
        &["ls", "detections", "p.yaml", "--limit", "-1"],
    ] {
        desk.refused(words);
    }
    assert!(!desk.path("results").exists());
    snapshot("error_queries", &text);
}

#[test]
fn an_answer_without_rows_is_still_an_answer() {
    let desk = ready();
    let none = ["--where", "name = 'nobody'"];
    let ask = |form: &[&str]| desk.good(&[&["ls", "sources", "p.yaml"][..], &none, form].concat());
    assert_eq!(ask(&["--json"]).out, "[]\n");
    assert_eq!(ask(&["--jsonl"]).out, "");
    assert_eq!(ask(&["--csv"]).out.lines().count(), 1);
    let table = ask(&[]);
    assert_eq!(table.out.lines().count(), 1);
    assert_eq!(table.err, "no row is like that\n");
    for form in ["--json", "--jsonl", "--csv"] {
        assert_eq!(ask(&[form]).err, "", "{form}");
    }
    assert_eq!(
        desk.good(&["ls", "failures", "p.yaml"]).err,
        "nothing failed\n"
    );
}

#[test]
fn failures_are_listed_with_their_reason() {
    let desk = Desk::with(
        "project: {name: first, obs_names: [demo]}\ncatalog: {filename: targets.csv}\n\
         observatories: {demo: {num_points: 30, failure_rate: 1.0}}\n",
    );
    desk.call(&["run", "p.yaml"]);
    let failures = desk.json(&["ls", "failures", "p.yaml", "--json"]);
    assert_eq!(names(&failures, "stage"), ["fetch"; 3]);
    let first = &failures[0];
    assert_eq!(first["source_name"], "Vega");
    assert_eq!(first["attempts"], 1);
    assert!(
        first["message"].as_str().unwrap().contains("failure_rate"),
        "{first}"
    );
    assert!(
        first["requested_at"].as_str().unwrap().starts_with("20"),
        "{first}"
    );
    let table = desk
        .good(&["ls", "failures", "p.yaml", "--where", "dec > 30"])
        .out;
    assert_eq!(table.lines().count(), 2, "{table}");
}

#[test]
fn a_reader_that_stops_ends_the_list_quietly() {
    let desk = Desk::empty();
    desk.good(&[
        "catalog",
        "make",
        "--rows",
        "400",
        "--seed",
        "1",
        "-o",
        "targets.csv",
    ]);
    desk.write("few.yaml", format!("{DEMO}analysis: {{enabled: false}}\n"));
    desk.good(&["run", "few.yaml"]);
    for form in [&["--jsonl"][..], &["--json"], &["--csv"], &[]] {
        let words = [&["ls", "lightcurves", "few.yaml"][..], form].concat();
        let mut command = desk.command(&words);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert!(!line.is_empty());
        drop(reader);
        let status = child.wait().unwrap();
        let mut talk = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut talk)
            .unwrap();
        assert!(
            status.success() && talk.is_empty(),
            "{form:?}: {status} {talk}"
        );
    }
}

fn without_time_and_checksums(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once("SHA-256 ") {
        Some((before, _)) => format!("{before}SHA-256 …"),
        None => match line.strip_prefix("  asked     ") {
            Some(rest) => format!("  asked     TIME{}", &rest[rest.find(',').unwrap()..]),
            None => line.to_owned(),
        },
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn one_source_is_shown_with_all_that_is_known() {
    let desk = ready();
    let shown = desk.good(&["show", "Barnard's star", "p.yaml"]);
    assert_eq!(shown.err, "");
    // what the analysis finds is for its own tests to say
    let (observed, analysed) = shown.out.split_once("\nAnalysis: ok\n").unwrap();
    snapshot("show", &without_time_and_checksums(observed));
    for heading in [
        "\nobservatory  filter",
        "\nDetections:\n",
        "\nSimulated events:\n",
        "best period",
    ] {
        assert!(analysed.contains(heading), "{analysed}");
    }
    let report = desk.json(&["show", "Barnard's star", "p.yaml", "--json"]);
    assert_eq!(report["source"]["name"], "Barnard's star");
    assert_eq!(report["observatories"][0]["outcome"], "ok");
    assert_eq!(report["observatories"][0]["raw"]["epochs"], 30);
    assert_eq!(report["observatories"][0]["reduction"]["outcome"], "ok");
    assert_eq!(report["analysis"]["outcome"], "ok");
    assert_eq!(report["analysis"]["filters"][0]["filter"], "R");
    let listed = |what: &str| {
        let condition = "source_name = \"Barnard's star\"";
        let words = [
            "ls", what, "p.yaml", "--json", "--kind", "all", "--where", condition,
        ];
        desk.json(&words)
    };
    for what in ["lightcurves", "detections", "injections"] {
        assert_eq!(report[what], listed(what), "{what}");
    }
    assert_eq!(report["problems"], json!([]));
}

#[test]
fn sparklines_suit_the_terminal() {
    let desk = ready();
    let shown = |variables: &[(&str, &str)]| {
        let mut command = desk.command(&["show", "Vega", "p.yaml"]);
        for name in ["LC_ALL", "LC_CTYPE", "LANG", "TERM"] {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied());
        said(command).out
    };
    let has_blocks = |text: &str| text.contains('█') && text.contains('▁');
    assert!(has_blocks(&shown(&[("LANG", "en_US.UTF-8")])));
    assert!(has_blocks(&shown(&[
        ("LC_ALL", "C.utf8"),
        ("LANG", "C"),
        ("TERM", "xterm")
    ])));
    for plain in [
        &[][..],
        &[("LANG", "C")],
        &[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")],
        &[("LANG", "en_US.UTF-8"), ("TERM", "dumb")],
    ] {
        let text = shown(plain);
        assert!(
            !has_blocks(&text) && text.contains('#'),
            "{plain:?}: {text}"
        );
    }
}

#[test]
fn what_nobody_has_asked_for_yet_is_pending() {
    let desk = Desk::with(DEMO);
    let shown = desk.good(&["show", "Vega", "p.yaml"]).out;
    assert!(shown.contains("DEMO: pending"), "{shown}");
    let report = desk.json(&["show", "Vega", "p.yaml", "--json"]);
    assert_eq!(report["source"]["mag"], 0.03);
    assert_eq!(report["lightcurves"], json!([]));
    assert!(report["analysis"].is_null());
    assert!(!desk.path("results").exists(), "to look is not to touch");
}

#[test]
fn an_unknown_source_is_told_with_similar_names() {
    let desk = ready();
    let said = desk.refused(&["show", "Siriuss", "p.yaml"]);
    assert!(
        said.contains("\"Siriuss\"") && said.contains("\"Sirius\""),
        "{said}"
    );
    let said = desk.refused(&["show", "-1\u{1b}[2J", "p.yaml"]);
    assert!(!said.contains('\u{1b}'), "{said}");
}

#[test]
fn a_lost_file_is_told_and_the_rest_is_shown() {
    let desk = ready();
    let raw = desk.json(&["show", "Vega", "p.yaml", "--json"]);
    for row in raw["lightcurves"].as_array().unwrap() {
        let file = row["file"].as_str().unwrap();
        std::fs::remove_file(desk.path("results").join(file)).ok();
    }
    let shown = desk.good(&["show", "Vega", "p.yaml"]);
    assert!(shown.err.contains("warning"), "{shown:?}");
    assert!(
        shown.out.contains("DEMO: ok") && shown.out.contains("30 epochs"),
        "{shown:?}"
    );
    let report = desk.json(&["show", "Vega", "p.yaml", "--json"]);
    assert_eq!(report["problems"].as_array().unwrap().len(), 2);
}
