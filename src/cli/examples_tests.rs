//! Every help ends with examples, and each of them is a command line that the program takes.

use clap::{Command, CommandFactory};

use super::Arguments;

/// A command and all below it, with what has to be typed for each.
fn walk(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
    found.push((path.to_owned(), command.clone()));
    for below in command.get_subcommands().filter(|c| c.get_name() != "help") {
        walk(below, &format!("{path} {}", below.get_name()), found);
    }
}

fn all() -> Vec<(String, Command)> {
    let mut command = Arguments::command();
    command.build();
    let mut found = Vec::new();
    walk(&command, "retriever", &mut found);
    found
}

/// The words of a line, as far as it is the program's: quotes are those of a POSIX shell without escapes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in line.chars() {
        match (letter, quote) {
            ('\'' | '"', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            ('|' | '>' | ';' | '&', None) => break,
            (' ', None) => words.push(String::new()),
            (letter, _) => words.last_mut().unwrap().push(letter),
        }
    }
    assert_eq!(quote, None, "a quote is left open: {line}");
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn every_help_ends_with_examples_of_its_own_that_are_understood() {
    let all = all();
    assert!(all.len() > 20, "{}", all.len());
    for (path, command) in all {
        let help = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let (_, examples) = help
            .rsplit_once("Example:\n")
            .unwrap_or_else(|| panic!("{path}: no example"));
        let lines: Vec<&str> = examples.lines().collect();
        assert!(!lines.is_empty(), "{path}: no example");
        for line in &lines {
            let line = line
                .strip_prefix("  ")
                .unwrap_or_else(|| panic!("{path}: {line}"));
            assert!(line.starts_with("retriever "), "{path}: {line}");
            if let Err(error) = Arguments::command().try_get_matches_from(words(line)) {
                panic!("{path}: {line}: {error}");
            }
        }
        let own = |line: &&str| line.trim_start().starts_with(&path);
        assert!(
            lines.iter().any(own),
            "{path}: no example is of the command itself"
        );
    }
}

#[test]
fn a_line_is_cut_where_the_shell_goes_on() {
    let line = "retriever ls raw 'my p.yaml' --json | jq '.[0]' > x";
    assert_eq!(
        words(line),
        ["retriever", "ls", "raw", "my p.yaml", "--json"]
    );
}

/// What the text of a new project tells to type is understood too.
#[test]
fn the_commands_in_a_new_project_are_understood() {
    let readme = include_str!("../project/starter/README.txt");
    let project = include_str!("../project/starter/project.yaml");
    let lines = readme.lines().chain(project.lines());
    let commands: Vec<&str> = lines
        .filter_map(|line| line.find("retriever ").map(|at| &line[at..]))
        // two blanks end a command in the project file
        .filter_map(|line| line.split("  ").next())
        .collect();
    assert!(commands.len() > 10, "{commands:?}");
    for line in commands {
        match Arguments::command().try_get_matches_from(words(line)) {
            Err(error) if error.use_stderr() => panic!("{line}: {error}"),
            _ => {}
        }
    }
}
