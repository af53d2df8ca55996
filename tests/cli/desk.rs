//! A user's desk: an empty folder, the program, and what it said.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An empty folder in which the program is called.
pub struct Desk {
    folder: tempfile::TempDir,
}

/// What a call of the program said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub out: String,
    pub err: String,
    pub code: Option<i32>,
}

/// A project of demo sources that needs no archive.
pub const DEMO: &str = "\
project: {name: first, obs_names: [demo]}
catalog: {filename: targets.csv}
observatories: {demo: {num_points: 30}}
";

/// Three stars, by hand.
pub const TARGETS: &str = "name,ra,dec,mag\nVega,279.2347,38.7837,0.03\nSirius,101.2872,-16.7161,-1.46\n\"Barnard's star\",269.4521,4.6934,9.51\n";

impl Desk {
    pub fn empty() -> Desk {
        Desk {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// With a catalog `targets.csv` of three stars and a project `p.yaml`.
    pub fn with(project: &str) -> Desk {
        let desk = Desk::empty();
        desk.write("targets.csv", TARGETS);
        desk.write("p.yaml", project);
        desk
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The program in this folder, with nothing of the caller's environment that it heeds.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_retriever"));
        command.args(words).current_dir(self.folder.path());
        for variable in [
            "RETRIEVER_DATA",
            "RETRIEVER_LOG",
            "ZTF_USERNAME",
            "ZTF_PASSWORD",
            "RETRIEVER_ZTF_USERNAME",
            "RETRIEVER_ZTF_PASSWORD",
            "NO_COLOR",
            "CLICOLOR_FORCE",
            "COLUMNS",
        ] {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null());
        command
    }

    pub fn call(&self, words: &[&str]) -> Said {
        said(self.command(words))
    }

    /// Calls, and expects that all goes well.
    pub fn good(&self, words: &[&str]) -> Said {
        let said = self.call(words);
        assert_eq!(said.code, Some(0), "{words:?}: {said:?}");
        said
    }

    /// Calls, and expects a mistake of the user.
    pub fn refused(&self, words: &[&str]) -> String {
        let said = self.call(words);
        assert_eq!(said.code, Some(2), "{words:?}: {said:?}");
        assert_eq!(said.out, "", "{words:?}");
        said.err
    }

    pub fn json(&self, words: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.good(words).out).unwrap()
    }
}

pub fn said(mut command: Command) -> Said {
    let output = command.output().unwrap();
    Said {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code(),
    }
}

/// Compares with `tests/snapshots/cli__<name>.snap`, what differs from call to call made equal.
pub fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new("../snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("cli__{name}"), redacted(text)));
}

/// Hashes, times, speeds and row numbers of the database.
fn redacted(text: &str) -> String {
    let mut clean = String::new();
    for line in text.lines() {
        let mut line = without_sizes(line);
        for before in [" source in ", " sources in "] {
            line = between(&line, before, ")", "TIME (SPEED");
        }
        for (before, after) in [
            ("\"id\":", ","),
            ("\"source_id\":", ","),
            ("\"requested_at\":", "}"),
        ] {
            line = between(&line, before, after, "…");
        }
        clean.push_str(&without_hashes(&line));
        clean.push('\n');
    }
    clean
}

/// `12.3 kB`, which is a matter of the file format.
fn without_sizes(line: &str) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    for index in 1..words.len() {
        let is_unit = ["B", "kB", "MB"].contains(&words[index].trim_end_matches(','));
        if is_unit && words[index - 1].parse::<f64>().is_ok() {
            words[index - 1] = "SIZE";
        }
    }
    words.join(" ")
}

fn between(line: &str, before: &str, after: &str, instead: &str) -> String {
    let Some(begin) = line.find(before).map(|at| at + before.len()) else {
        return line.to_owned();
    };
    match line[begin..].find(after) {
        Some(length) => format!("{}{instead}{}", &line[..begin], &line[begin + length..]),
        None => line.to_owned(),
    }
}

fn without_hashes(line: &str) -> String {
    const DIGITS: usize = 64;
    let mut clean = String::new();
    let mut hexadecimal = String::new();
    for character in line.chars().chain(['\n']) {
        if character.is_ascii_hexdigit() {
            hexadecimal.push(character);
            continue;
        }
        match hexadecimal.len() {
            DIGITS => clean.push_str("HASH"),
            _ => clean.push_str(&hexadecimal),
        }
        hexadecimal.clear();
        clean.push(character);
    }
    clean.trim_end().to_owned()
}
