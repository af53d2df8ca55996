//! `retriever run`, `fetch`, `reduce`: what they say, and what they take.

use super::desk::{DEMO, Desk, said, snapshot};

/// Names of the sources that the project has raw photometry of.
fn fetched(desk: &Desk) -> Vec<String> {
    let list = desk.json(&["ls", "raw", "p.yaml", "--json"]);
    let names = list.as_array().unwrap().iter();
    let mut names: Vec<String> = names
        .map(|row| row["source_name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_run_says_what_was_made_where_it_is_and_what_to_do_next() {
    let desk = Desk::with(DEMO);
    let mut text = String::new();
    for words in [
        &["run", "p.yaml", "--dry-run"][..],
        &["run", "p.yaml"],
        &["run", "p.yaml"],
        &["run", "p.yaml", "--dry-run"],
        &["check", "p.yaml"],
    ] {
        let said = desk.good(words);
        assert_eq!(said.err, "", "all is well: nothing to talk of");
        text += &format!("── {}\n{}", words.join(" "), said.out);
    }
    snapshot("run", &text);
}

#[test]
fn a_quiet_run_says_what_was_made_and_not_what_to_do_next() {
    let desk = Desk::with(DEMO);
    for _ in 0..2 {
        let said = desk.good(&["run", "p.yaml", "-q"]);
        assert_eq!(said.err, "");
        assert!(
            said.out.contains("\nWhere:\n") && !said.out.contains("Next:"),
            "{said:?}"
        );
    }
}

#[test]
fn efficiency_after_a_run_of_a_part_is_told_to_be_of_the_whole_project() {
    let desk = Desk::with(DEMO);
    desk.good(&["run", "p.yaml"]);
    let out = desk
        .good(&["run", "p.yaml", "--source", "Vega", "--redo"])
        .out;
    assert!(out.contains(" of 1 simulated event found\n"), "{out}");
    let title = "Efficiency of the whole project, by the S/N of simulated events:\n";
    assert!(out.contains(title), "{out}");
}

#[test]
fn one_stage_after_the_other_is_the_same_as_both() {
    let desk = Desk::with(DEMO);
    let mut text = String::new();
    for words in [
        &["fetch", "p.yaml", "--dry-run"][..],
        &["fetch", "p.yaml"],
        &["reduce", "p.yaml", "--dry-run"],
        &["reduce", "p.yaml"],
        &["run", "p.yaml"],
    ] {
        text += &format!("── {}\n{}", words.join(" "), desk.good(words).out);
    }
    snapshot("stages", &text);
}

#[test]
fn failures_are_told_by_name_and_tried_again_by_the_same_command() {
    let desk = Desk::with(&DEMO.replace("num_points: 30", "failure_rate: 1.0"));
    let said = desk.call(&["run", "p.yaml", "--source", "Barnard's star"]);
    assert_eq!(said.code, Some(1));
    assert_eq!(said.err, "", "what failed is in the summary, once");
    snapshot("failures", &said.out);
    let wordy = desk.call(&["run", "p.yaml", "-v", "--source", "Vega"]);
    assert!(
        wordy
            .err
            .contains("info: \"Vega\" at DEMO failed (fetch): "),
        "{wordy:?}"
    );
    let fast = desk.call(&["run", "p.yaml", "--fail-fast"]);
    assert_eq!(fast.code, Some(1));
    assert!(fast.out.contains("Stopped: a source failed"), "{fast:?}");
}

#[test]
fn a_dry_run_leaves_no_trace() {
    let desk = Desk::with(DEMO);
    for command in ["run", "fetch", "reduce"] {
        desk.good(&[command, "p.yaml", "--dry-run"]);
    }
    assert_eq!(desk.names(), ["p.yaml", "targets.csv"]);
}

#[test]
fn rows_names_and_shares_select_sources() {
    for (flags, names) in [
        (&["--start", "1"][..], &["Barnard's star", "Sirius"][..]),
        (&["--stop", "1"], &["Vega"]),
        (&["--start", "1", "--stop", "2"], &["Sirius"]),
        (
            &["--start", "1", "--stop", "99"],
            &["Barnard's star", "Sirius"],
        ),
        (
            &["--source", "Vega", "--source", "Sirius", "--source", "Vega"],
            &["Sirius", "Vega"],
        ),
        (&["--source", "Vega", "--start", "1"], &[]),
        (&["--start", "99"], &[]),
    ] {
        let desk = Desk::with(DEMO);
        let words = [&["run", "p.yaml"], flags].concat();
        let said = desk.good(&words);
        assert_eq!(fetched(&desk), names, "{flags:?}: {said:?}");
        let none = said.out.contains("the flags select none of the 3 rows");
        assert_eq!(none, names.is_empty(), "{said:?}");
    }
}

#[test]
fn shares_together_are_all_and_nothing_twice() {
    let desk = Desk::with(DEMO);
    let mut done = 0;
    for shard in ["1/3", "2/3", "3/3"] {
        desk.good(&["run", "p.yaml", "--shard", shard]);
        let now = fetched(&desk).len();
        assert!(now >= done);
        done = now;
    }
    assert_eq!(done, 3);
    assert!(
        desk.good(&["run", "p.yaml"])
            .out
            .contains("all was already done")
    );
}

#[test]
fn flags_of_every_command_stand_anywhere() {
    let desk = Desk::with(DEMO);
    for (index, words) in [
        &["--data", "a", "run", "p.yaml"][..],
        &["run", "--data", "a", "p.yaml"],
        &["run", "p.yaml", "-q", "--data", "a", "--color", "never"],
    ]
    .into_iter()
    .enumerate()
    {
        let again = desk.good(words).out.contains("all was already done");
        assert_eq!(again, index > 0, "{words:?}");
    }
    assert_eq!(desk.names(), ["a", "p.yaml", "targets.csv"]);
}

#[test]
fn the_environment_decides_the_data_root_before_the_flag() {
    let desk = Desk::with(DEMO);
    let mut command = desk.command(&["run", "p.yaml", "--data", "flag"]);
    command.env("RETRIEVER_DATA", "environment");
    let said = said(command);
    assert_eq!(said.code, Some(0));
    assert_eq!(
        said.err,
        "warning: RETRIEVER_DATA is set to \"environment\": --data \"flag\" is not used\n"
    );
    assert_eq!(desk.names(), ["environment", "p.yaml", "targets.csv"]);
    // the next commands are for the same shell, which has the variable
    let mut command = desk.command(&["run", "p.yaml"]);
    command.env("RETRIEVER_DATA", "environment");
    assert!(self::said(command).out.contains("all was already done"));
}

#[test]
fn versions_are_kept_apart_in_folders_named_after_their_hash() {
    let desk = Desk::with(&DEMO.replace("obs_names", "vc: true, obs_names"));
    let out = desk.good(&["run", "p.yaml"]).out;
    let hash = desk.json(&["status", "p.yaml", "--json"])["cfg_hash"].clone();
    let hash = hash.as_str().unwrap().to_owned();
    assert_eq!(hash.len(), 64);
    assert!(out.contains(&format!("results/FIRST_{hash}/\n")), "{out}");
    assert!(
        desk.path(&format!("results/FIRST_{hash}/config.yaml"))
            .is_file()
    );
}

#[test]
fn an_empty_catalog_is_no_mistake() {
    let desk = Desk::with(DEMO);
    desk.write("targets.csv", "name,ra,dec\n");
    let said = desk.good(&["run", "p.yaml"]);
    assert_eq!(
        said.out,
        "FIRST: nothing to do, the catalog has no targets.\n"
    );
    let warning = "warning: catalog \"targets\" has no targets: its file has no rows\n";
    assert_eq!(said.err, warning);
    let listed = desk.good(&["ls", "sources", "p.yaml"]);
    assert_eq!(listed.err, "the catalog has no targets\n");
}

#[test]
fn a_catalog_without_a_good_row_is_a_mistake() {
    let desk = Desk::with(DEMO);
    desk.write("targets.csv", "name,ra,dec\na,10,99\n,1,1\n");
    for words in [&["run", "p.yaml"][..], &["config", "check", "p.yaml"]] {
        let err = desk.refused(words);
        let begin = "error: p.yaml:2:21: \"targets.csv\" has no target: all 2 rows are left out; \
                     row 1 (line 2): \"a\": Dec is 99, outside -90 to 90\nhelp: ";
        assert!(err.starts_with(begin), "{err}");
    }
    // to look into it is no mistake
    let info = desk.good(&["catalog", "info", "targets.csv"]).out;
    assert!(info.contains("0 of 2 rows"), "{info}");
}
