//! What `--help` says.

use super::desk::{Desk, snapshot};

/// Every command, sub-commands included.
const COMMANDS: [&str; 28] = [
    "",
    "run",
    "fetch",
    "reduce",
    "analyze",
    "plot",
    "efficiency",
    "rates",
    "status",
    "ls",
    "show",
    "export",
    "report",
    "check",
    "config",
    "config show",
    "config schema",
    "config check",
    "catalog",
    "catalog make",
    "catalog info",
    "catalog get",
    "catalog cone",
    "init",
    "cite",
    "completions",
    "man",
    "help",
];

fn name_of(command: &str) -> String {
    format!("help_{}", command.replace(' ', "_"))
}

fn help(command: &str) -> String {
    let desk = Desk::empty();
    let mut words: Vec<&str> = command.split_whitespace().collect();
    match command {
        "help" => words = vec!["help", "run"],
        _ => words.push("--help"),
    }
    let said = desk.good(&words);
    assert_eq!(said.err, "", "{command}");
    assert!(desk.names().is_empty());
    said.out
}

#[test]
fn help_says_what_it_said() {
    for command in COMMANDS {
        snapshot(&name_of(command), &help(command));
    }
}

#[test]
fn every_command_that_is_listed_is_looked_at_here() {
    let listed = |command: &str| -> Vec<String> {
        let text = help(command);
        let (_, list) = text.split_once("Commands:\n").unwrap();
        list.lines()
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.split_whitespace().next())
            .map(|name| format!("{command} {name}").trim().to_owned())
            .filter(|name| !name.ends_with(" help"))
            .collect()
    };
    for name in ["", "config", "catalog"].into_iter().flat_map(listed) {
        assert!(COMMANDS.contains(&name.as_str()), "{name:?}");
    }
}

#[test]
fn the_short_help_and_the_version_are_results_too() {
    let desk = Desk::empty();
    for words in [&["-h"][..], &["run", "-h"], &["--version"], &["ls", "-V"]] {
        let said = desk.good(words);
        assert!(!said.out.is_empty() && said.err.is_empty(), "{words:?}");
    }
    assert!(desk.good(&["--version"]).out.starts_with("retriever 0."));
}

#[test]
fn a_misspelt_command_or_option_is_told_the_nearest_one() {
    let desk = Desk::empty();
    for (words, nearest) in [
        (&["runn", "p.yaml"][..], "'run'"),
        (&["cit", "p.yaml"], "'cite'"),
        (&["config", "shwo", "p.yaml"], "'show'"),
        (&["run", "p.yaml", "--ofline"], "'--offline'"),
        (&["ls", "sorces", "p.yaml"], "'sources'"),
    ] {
        let err = desk.refused(words);
        assert!(err.contains(nearest), "{words:?}: {err}");
    }
}

#[test]
fn colour_is_as_it_is_asked_for() {
    let desk = Desk::empty();
    let escape = '\u{1b}';
    assert!(!desk.call(&["runn"]).err.contains(escape));
    for always in [
        &["--color=always", "runn"][..],
        &["runn", "--color", "always"],
    ] {
        assert!(desk.call(always).err.contains(escape), "{always:?}");
    }
    let missing = ["status", "nowhere.yaml", "--color"];
    for (choice, coloured) in [("auto", false), ("never", false), ("always", true)] {
        let words = [&missing[..], &[choice]].concat();
        assert_eq!(desk.call(&words).err.contains(escape), coloured, "{choice}");
    }
}

#[test]
fn no_snapshot_is_left_over() {
    let sources = [
        include_str!("catalogs.rs"),
        include_str!("credits.rs"),
        include_str!("configuration.rs"),
        include_str!("errors.rs"),
        include_str!("lists.rs"),
        include_str!("look.rs"),
        include_str!("runs.rs"),
    ]
    .concat();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots");
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = file
            .strip_prefix("cli__")
            .and_then(|name| name.strip_suffix(".snap"))
        else {
            continue;
        };
        let used = sources.contains(&format!("\"{name}\""))
            || COMMANDS.iter().any(|command| name_of(command) == name);
        assert!(used, "no test looks at {file}");
    }
}
