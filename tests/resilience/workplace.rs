//! A folder with a catalog, project files and a data root: what a user has before her.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::postgres::Cluster;
use crate::process::{Ended, Running};

/// What differs between two runs that made the same products.
const CIRCUMSTANCES: [&str; 5] = ["id", "project_id", "source_id", "requested_at", "attempts"];

/// A folder in which projects are run.
pub struct Workplace {
    folder: TempDir,
    data: PathBuf,
    /// Of the database; none = the SQLite file in the data root.
    database: Option<String>,
    /// How long to wait for a database that is away (s).
    retry_window: f64,
}

impl Workplace {
    pub fn new() -> Workplace {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = folder.path().join("data");
        Workplace {
            folder,
            data,
            database: None,
            retry_window: 60.0,
        }
    }

    /// With a database of its own on a PostgreSQL server.
    pub fn on(cluster: &Cluster) -> Workplace {
        Workplace {
            database: Some(cluster.empty_database()),
            ..Workplace::new()
        }
    }

    /// Waits no longer than this for a database that is away (s).
    pub fn patient_for(mut self, seconds: f64) -> Workplace {
        self.retry_window = seconds;
        self
    }

    /// Keeps products elsewhere.
    pub fn keeping_in(mut self, data: &Path) -> Workplace {
        self.data = data.to_owned();
        self
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.folder().join(name), text).expect("a temporary folder takes files");
    }

    /// Writes `catalog.csv` with made-up targets.
    pub fn catalog(&self, rows: usize) {
        let rows = rows.to_string();
        self.ask(&[
            "catalog",
            "make",
            "--rows",
            &rows,
            "--seed",
            "5",
            "-o",
            "catalog.csv",
        ])
        .expect(0);
    }

    /// Writes `project.yaml`: the demo observatory with these parameters on `catalog.csv`.
    pub fn demo(&self, parameters: &str) {
        self.project("project.yaml", "CRASH", "[demo]", parameters);
    }

    /// Writes a project file on `catalog.csv`.
    pub fn project(&self, file: &str, name: &str, observatories: &str, parameters: &str) {
        let mut text = format!(
            "project: {{name: {name}, obs_names: {observatories}, source_batch_size: 5}}\n\
             catalog: {{filename: catalog.csv}}\n\
             observatories: {{rate_limit: null, max_concurrency: 8, {parameters}}}\n"
        );
        if let Some(url) = &self.database {
            let window = self.retry_window;
            text.push_str(&format!(
                "database: {{url: {url:?}, retry_window: {window}}}\n"
            ));
        }
        self.write(file, text);
    }

    /// The program with these arguments, in this folder and with nothing of the tester's own settings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_retriever"));
        command
            .args(arguments)
            .current_dir(self.folder())
            .env("RETRIEVER_DATA", &self.data)
            .env_remove("RETRIEVER_LOG")
            .env_remove("RUST_BACKTRACE");
        command
    }

    /// Runs it to its end.
    pub fn ask(&self, arguments: &[&str]) -> Ended {
        self.start(arguments).end()
    }

    pub fn start(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments))
    }

    /// Runs `project.yaml` to its end, all well.
    pub fn run(&self) -> Ended {
        self.ask(&["run", "project.yaml"]).expect(0)
    }

    /// `check` of `project.yaml` finds nothing.
    #[track_caller]
    pub fn expect_sound(&self) {
        self.ask(&["check", "project.yaml"]).expect(0);
    }

    /// What `check` of `project.yaml` finds.
    pub fn findings(&self) -> Vec<Value> {
        let report = self.ask(&["check", "project.yaml", "--json"]).json();
        report["findings"].as_array().cloned().unwrap_or_default()
    }

    /// SHA-256 of every file under the data root by its path, but for the database and the record of the last run.
    pub fn products(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for path in files(&self.data) {
            let name = path
                .strip_prefix(&self.data)
                .expect("it was found there")
                .to_string_lossy()
                .into_owned();
            if name == "retriever.db" || name.ends_with("/run.yaml") {
                continue;
            }
            let bytes = fs::read(&path).expect("a product can be read");
            found.insert(name, sha256(&bytes));
        }
        found
    }

    /// Files of photometry under the data root at this moment.
    pub fn photometry_files(&self) -> Vec<PathBuf> {
        let mut found = files(&self.data);
        found.retain(|path| path.extension().is_some_and(|extension| extension == "h5"));
        found.sort();
        found
    }

    /// All rows of a project but for what belongs to the circumstances of the run.
    pub fn rows_of(&self, file: &str) -> BTreeMap<&'static str, Vec<Value>> {
        let mut rows = BTreeMap::new();
        for table in ["sources", "raw", "lightcurves", "detections", "injections"] {
            let mut listed = self.list_with(table, file, &["--kind", "all"]);
            for row in &mut listed {
                if let Value::Object(fields) = row {
                    fields.retain(|name, _| !CIRCUMSTANCES.contains(&name.as_str()));
                }
            }
            rows.insert(table, listed);
        }
        rows
    }

    pub fn rows(&self) -> BTreeMap<&'static str, Vec<Value>> {
        self.rows_of("project.yaml")
    }

    /// `ls` of a table, as it is.
    #[track_caller]
    pub fn list(&self, table: &str, file: &str) -> Vec<Value> {
        self.list_with(table, file, &[])
    }

    #[track_caller]
    fn list_with(&self, table: &str, file: &str, flags: &[&str]) -> Vec<Value> {
        let words = [&["ls", table, file, "--json"], flags].concat();
        let listed = self.ask(&words).expect(0).json();
        listed.as_array().expect("an array").clone()
    }

    /// `status` of a project file.
    #[track_caller]
    pub fn status(&self, file: &str) -> Map<String, Value> {
        let status = self.ask(&["status", file, "--json"]).expect(0).json();
        status.as_object().expect("an object").clone()
    }

    /// Sources of `project.yaml` at DEMO with this outcome.
    pub fn demo_count(&self, outcome: &str) -> u64 {
        self.status("project.yaml")["observatories"]["DEMO"][outcome]
            .as_u64()
            .expect("a count")
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All files below a folder; none if it is not there, or of what vanishes meanwhile.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Two sets of products or rows are the same; shows only what differs.
#[track_caller]
pub fn expect_same<V: PartialEq + std::fmt::Debug>(
    found: &BTreeMap<impl AsRef<str> + Ord, V>,
    expected: &BTreeMap<impl AsRef<str> + Ord, V>,
    context: &str,
) {
    let found = found
        .iter()
        .map(|(name, value)| (name.as_ref(), value))
        .collect::<BTreeMap<_, _>>();
    let expected = expected
        .iter()
        .map(|(name, value)| (name.as_ref(), value))
        .collect::<BTreeMap<_, _>>();
    let names = found.keys().chain(expected.keys());
    let differing: std::collections::BTreeSet<&str> = names
        .copied()
        .filter(|name| found.get(name) != expected.get(name))
        .collect();
    let shown: Vec<String> = differing
        .iter()
        .take(3)
        .map(|name| {
            let of = |map: &BTreeMap<&str, &V>| {
                map.get(name).map_or("nothing".to_owned(), |value| {
                    format!("{value:?}").chars().take(2000).collect()
                })
            };
            format!(
                "{name}:\n  found    {}\n  expected {}",
                of(&found),
                of(&expected)
            )
        })
        .collect();
    assert!(
        differing.is_empty(),
        "{context}: {} differ, like\n{}",
        differing.len(),
        shown.join("\n")
    );
}
