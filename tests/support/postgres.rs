//! A private PostgreSQL server for tests, from the binaries that are installed.
//!
//! One per test process, on a Unix socket in its own folder, with a database per test. A watchdog process ends it and
//! removes the folder when the test process ends, however it ends: it waits for the end of a pipe that only the test
//! process holds. Folders that outlived even that are swept by the next start.

#![allow(dead_code, reason = "each test file uses the part it needs")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use retriever::database::{Database, DatabaseParameters};
use tokio::sync::OnceCell;

const PREFIX: &str = "retriever-postgres-";
const TEMPLATE: &str = "migrated";
/// Ends the server (SIGQUIT: at once, nobody needs its data) and removes all of it. It is gone when its pid file is:
/// where nobody collects dead processes, as in many containers, its number stays taken. At most ten seconds.
const WATCHDOG: &str = r#"
read -r _
lock="$0/data/postmaster.pid"
pid=$(head -n 1 "$lock" 2>/dev/null)
if [ -n "$pid" ]; then
    kill -QUIT "$pid" 2>/dev/null
    left=200
    while [ -e "$lock" ] && kill -0 "$pid" 2>/dev/null && [ "$left" -gt 0 ]; do
        sleep 0.05
        left=$((left - 1))
    done
fi
rm -rf "$0"
"#;

/// A running server.
pub struct Cluster {
    folder: PathBuf,
    binaries: PathBuf,
    /// Whom to be to start it, if that is not who we are.
    owner: Option<(u32, u32)>,
    watchdog: Child,
    databases: AtomicU32,
}

impl Cluster {
    /// The server of this test process, started by the first who asks.
    ///
    /// None if PostgreSQL is not installed and `RETRIEVER_SKIP_POSTGRES=1` says that this is all right.
    pub fn shared() -> Option<&'static Cluster> {
        static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
        SHARED.get_or_init(Cluster::start).as_ref()
    }

    /// A server of one's own, to be stopped and started at will.
    pub fn start() -> Option<Cluster> {
        let Some(binaries) = find_binaries() else {
            assert!(
                std::env::var_os("RETRIEVER_SKIP_POSTGRES").is_some_and(|value| value == "1"),
                "no PostgreSQL server programs in /usr/lib/postgresql/*/bin or PATH: install the package postgresql, \
                 or set RETRIEVER_SKIP_POSTGRES=1 to do without these tests"
            );
            eprintln!(
                "PostgreSQL is not installed: its tests are skipped, as RETRIEVER_SKIP_POSTGRES=1 says"
            );
            return None;
        };
        sweep();
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("{PREFIX}{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&folder); // of an earlier process with this number
        fs::create_dir(&folder).expect("a folder for the server can be made");
        let watchdog = watch(&folder); // before anything that could fail
        let owner = owner();
        if let Some((user, group)) = owner {
            chown(&folder, Some(user), Some(group)).expect("root may give a folder away");
        }
        let cluster = Cluster {
            folder,
            binaries,
            owner,
            watchdog,
            databases: AtomicU32::new(0),
        };
        cluster.initialize();
        cluster.resume();
        Some(cluster)
    }

    /// The URL of a new database with all tables and no row.
    pub async fn migrated_database(&self) -> String {
        static TEMPLATE_MADE: OnceCell<()> = OnceCell::const_new();
        TEMPLATE_MADE
            .get_or_init(async || {
                self.sql(&format!("CREATE DATABASE {TEMPLATE}"));
                let parameters = DatabaseParameters {
                    url: Some(self.url(TEMPLATE)),
                    ..DatabaseParameters::default()
                };
                let database = Database::open(&parameters, Path::new(""))
                    .await
                    .expect("opens");
                database.close().await.expect("closes");
            })
            .await;
        self.create_database(&format!("TEMPLATE {TEMPLATE}"))
    }

    /// The URL of a new database without tables.
    pub fn empty_database(&self) -> String {
        self.create_database("")
    }

    /// The URL of a database of this server.
    pub fn url(&self, database: &str) -> String {
        let socket = self
            .folder
            .to_str()
            .expect("a temporary folder has a plain name");
        format!(
            "postgres://postgres@{}/{database}",
            socket.replace('/', "%2F")
        )
    }

    /// Stops the server: connections are cut, transactions rolled back.
    pub fn stop(&self) {
        self.run("pg_ctl", &["-D", "data", "-m", "fast", "-w", "stop"]);
    }

    /// Starts it again.
    pub fn resume(&self) {
        let folder = self.folder.display();
        let options = format!(
            "-k '{folder}' -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=200"
        );
        self.run(
            "pg_ctl",
            &["-D", "data", "-l", "log", "-o", &options, "-w", "start"],
        );
    }

    /// Runs a statement as the server's superuser.
    pub fn sql(&self, statement: &str) {
        let folder = self
            .folder
            .to_str()
            .expect("a temporary folder has a plain name");
        let arguments = [
            "-h", folder, "-U", "postgres", "-d", "postgres", "-q", "-c", statement,
        ];
        self.run(
            "psql",
            &[&["-X", "-v", "ON_ERROR_STOP=1"], &arguments[..]].concat(),
        );
    }

    fn create_database(&self, clause: &str) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        self.sql(&format!("CREATE DATABASE {name} {clause}"));
        self.url(&name)
    }

    fn initialize(&self) {
        let encoding = ["-E", "UTF8", "--locale=C"];
        let access = ["-U", "postgres", "-A", "trust"];
        self.run(
            "initdb",
            &[&["-D", "data", "--no-sync"], &encoding[..], &access[..]].concat(),
        );
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output_path = self.folder.join(format!("{program}.out"));
        let output = fs::File::create(&output_path).expect("the server's folder takes files");
        let mut command = Command::new(self.binaries.join(program));
        // a file, not a pipe: the server inherits it and would hold a pipe open for as long as it lives
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("LC_ALL", "C")
            .env_remove("PGOPTIONS")
            .env_remove("PGDATABASE")
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a file can be shared"))
            .stderr(output);
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        let status = command.status().expect("an installed program starts");
        assert!(
            status.success(),
            "{program} {arguments:?}: {status}\n{}\n{}",
            fs::read_to_string(&output_path).unwrap_or_default(),
            fs::read_to_string(self.folder.join("log")).unwrap_or_default(),
        );
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut pipe) = self.watchdog.stdin.take() {
            let _ = pipe.write_all(b"end\n");
        }
        let _ = self.watchdog.wait();
    }
}

/// In a process group of its own, so that Ctrl-C at the terminal does not reach it before its work begins.
fn watch(folder: &Path) -> Child {
    Command::new("sh")
        .arg("-c")
        .arg(WATCHDOG)
        .arg(folder)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("a shell starts")
}

/// Ends and removes servers whose test process and watchdog are both gone.
fn sweep() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split('-').next())
            .and_then(|process| process.parse::<u32>().ok());
        let Some(process) = process else { continue };
        if Path::new(&format!("/proc/{process}")).exists() {
            continue;
        }
        // its watchdog may be at the same work, which does no harm
        let mut watchdog = watch(&entry.path());
        drop(watchdog.stdin.take());
        let _ = watchdog.wait();
    }
}

/// The newest version's folder of server programs.
fn find_binaries() -> Option<PathBuf> {
    let version = |path: &PathBuf| -> u32 {
        let name = path.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.parse().ok()).unwrap_or_default()
    };
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    versions.sort_by_key(version);
    let installed = versions.into_iter().rev().map(|path| path.join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = installed.chain(std::env::split_paths(&path)).collect();
    folders.into_iter().find(|folder| {
        ["initdb", "pg_ctl", "psql"]
            .iter()
            .all(|program| folder.join(program).exists())
    })
}

/// The server refuses to run as root: then it is `postgres`, or `nobody`.
fn owner() -> Option<(u32, u32)> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !is_root {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("the list of users can be read");
    ["postgres", "nobody"].iter().find_map(|name| {
        let line = users
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2).map(str::parse::<u32>);
        Some((fields.next()?.ok()?, fields.next()?.ok()?))
    })
}
