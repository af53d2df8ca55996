//! A project in a folder of its own, taken through its life by the real program.

#![allow(dead_code)] // each test program uses a part of it

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use serde_json::{Map, Value};

/// No command of these tests takes nearly as long; one that hangs is ended.
const LONGEST: Duration = Duration::from_secs(300);

/// A row as `retriever ls --json` prints it.
pub type Row = Map<String, Value>;

/// A project folder; its products are kept below it too.
pub struct Journey {
    folder: tempfile::TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Journey {
    /// A folder with these files and this project file.
    pub fn new(files: &[(&str, &str)], project: &str) -> Journey {
        let journey = Journey {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        for (name, text) in files {
            fs::write(journey.path(name), text).expect("the folder is writable");
        }
        journey.describe(project);
        journey
    }

    /// Puts another project file in place of the one that is there.
    pub fn describe(&self, project: &str) {
        fs::write(self.path("project.yaml"), project).expect("the folder is writable");
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The data root.
    pub fn data(&self) -> PathBuf {
        self.path("results")
    }

    /// `retriever run project.yaml`.
    pub fn run(&self) -> Ended {
        self.command(&["run", "project.yaml"], &[])
    }

    /// Any command, with these environment variables.
    pub fn command(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_retriever"));
        for name in [
            "RETRIEVER_LOG",
            "RETRIEVER_ZTF_USERNAME",
            "RETRIEVER_ZTF_PASSWORD",
            "ZTF_USERNAME",
            "ZTF_PASSWORD",
        ] {
            command.env_remove(name);
        }
        let output = command
            .args(arguments)
            .env("RETRIEVER_DATA", self.data())
            .env("NO_PROXY", "127.0.0.1")
            .envs(environment.iter().copied())
            .current_dir(self.folder.path())
            .timeout(LONGEST)
            .output()
            .expect("the program starts");
        Ended {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// `retriever ls <what> project.yaml --json`.
    pub fn rows(&self, what: &str) -> Vec<Row> {
        let ended = self.command(&["ls", what, "project.yaml", "--json"], &[]);
        assert_eq!(ended.code, 0, "{ended:?}");
        serde_json::from_str(&ended.out).expect("an array of objects")
    }

    /// The raw photometry rows by source name.
    pub fn raw(&self) -> BTreeMap<String, Row> {
        self.rows("raw")
            .into_iter()
            .map(|row| (text(&row, "source_name").to_owned(), row))
            .collect()
    }

    /// `retriever status project.yaml --json`.
    pub fn status(&self) -> Value {
        let ended = self.command(&["status", "project.yaml", "--json"], &[]);
        assert_eq!(ended.code, 0, "{ended:?}");
        serde_json::from_str(&ended.out).expect("an object")
    }

    /// All files below the data root by their path, but for the database and the record of the last run.
    pub fn products(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        gather(&self.data(), &self.data(), &mut found);
        found.retain(|path, _| !path.starts_with("retriever.db") && !path.ends_with("/run.yaml"));
        found
    }

    /// What the database holds, without what differs from run to run: numbers of rows, the time of the
    /// request and the port of the archive.
    pub fn content(&self, archive: &str) -> BTreeMap<&'static str, Vec<Row>> {
        ["sources", "raw", "lightcurves"]
            .into_iter()
            .map(|what| {
                let mut rows = self.rows(what);
                for row in &mut rows {
                    for name in ["id", "project_id", "source_id", "requested_at"] {
                        row.remove(name);
                    }
                    if let Some(Value::String(url)) = row.get_mut("url") {
                        *url = url.replace(archive, "");
                    }
                }
                (what, rows)
            })
            .collect()
    }
}

/// A text of a row.
pub fn text<'a>(row: &'a Row, name: &str) -> &'a str {
    row[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} of {row:?} is not text"))
}

/// A number of a row.
pub fn number(row: &Row, name: &str) -> f64 {
    row[name]
        .as_f64()
        .unwrap_or_else(|| panic!("{name} of {row:?} is not a number"))
}

fn gather(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    if !folder.exists() {
        return;
    }
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("the folder is readable").path();
        if path.is_dir() {
            gather(root, &path, found);
        } else {
            let name = path.strip_prefix(root).expect("below the root");
            let bytes = fs::read(&path).expect("the file is readable");
            found.insert(name.display().to_string(), bytes);
        }
    }
}
