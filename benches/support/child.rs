//! The real program as a child process: how long it took, what it used, what it left on the disk.

#![allow(dead_code, reason = "each bench uses the part it needs")]

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often the kernel is asked what the child uses.
const LOOK: Duration = Duration::from_millis(4);
/// Clock ticks of `/proc/<pid>/stat` in a second: fixed by the kernel for all programs.
const TICKS: f64 = 100.0;

/// What one run of the program cost.
#[derive(Debug, Clone)]
pub struct Cost {
    pub seconds: f64,
    /// Of all its threads together (s).
    pub processor_seconds: f64,
    /// Largest resident memory (MB, 10^6 bytes).
    pub peak_megabytes: f64,
    pub stdout: String,
}

/// Runs `retriever` with these arguments on a data root; it has to succeed.
pub fn retriever(arguments: &[&str], data_root: &Path) -> Cost {
    run(arguments, data_root, |pipe| {
        let mut text = String::new();
        pipe.read_to_string(&mut text).expect("a summary in UTF-8");
        text
    })
}

/// The same for a long list, of which nothing is kept: `stdout` is the number of its lines. Reading stops after `most`.
pub fn lines(arguments: &[&str], data_root: &Path, most: u64) -> Cost {
    run(arguments, data_root, move |pipe| {
        let mut buffer = vec![0; 1 << 20];
        let mut lines = 0;
        while lines < most {
            let length = pipe.read(&mut buffer).expect("a pipe");
            if length == 0 {
                break;
            }
            let ends = buffer[..length].iter().filter(|&&byte| byte == b'\n');
            lines += ends.count() as u64;
        }
        lines.to_string()
    })
}

fn run(
    arguments: &[&str],
    data_root: &Path,
    read: impl FnOnce(&mut ChildStdout) -> String + Send + 'static,
) -> Cost {
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_retriever"))
        .args(arguments)
        .arg("--quiet")
        .env("RETRIEVER_DATA", data_root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program that was built starts");
    let mut pipe = child.stdout.take().expect("a pipe");
    // read while it writes, or it would wait for ever
    let reader = thread::spawn(move || read(&mut pipe));
    let mut usage = Usage::default();
    let status = loop {
        usage.look(child.id());
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        thread::sleep(LOOK);
    };
    let seconds = began.elapsed().as_secs_f64();
    let stdout = reader.join().expect("the reader ends with the pipe");
    assert!(status.success(), "{arguments:?}: {status}\n{stdout}");
    Cost {
        seconds,
        processor_seconds: usage.ticks / TICKS,
        peak_megabytes: usage.peak_kilobytes * 1024.0 / 1e6,
        stdout,
    }
}

/// What the kernel says of a process; both only grow, so the last look counts.
#[derive(Default)]
struct Usage {
    peak_kilobytes: f64,
    ticks: f64,
}

impl Usage {
    /// A process that has ended says nothing more.
    fn look(&mut self, pid: u32) {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        if let Some(number) = peak.and_then(|words| words.split_whitespace().next()) {
            self.peak_kilobytes = number.parse().unwrap_or_default();
        }
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // the name stands in parentheses; user and system time are the 12th and 13th fields after it
        if let Some((_, fields)) = stat.rsplit_once(')') {
            self.ticks = fields
                .split_whitespace()
                .skip(11)
                .take(2)
                .filter_map(|field| field.parse::<f64>().ok())
                .sum();
        }
    }
}

/// Bytes below a folder: as the disk counts them (whole blocks, folders too), and as the files are long.
pub fn occupied(folder: &Path) -> (u64, u64) {
    let mut sums = (0, 0);
    for entry in fs::read_dir(folder).expect("a folder of products") {
        let entry = entry.expect("an entry that nobody else removes");
        let facts = entry.metadata().expect("a file that nobody else removes");
        sums.0 += facts.blocks() * 512;
        if facts.is_dir() {
            let below = occupied(&entry.path());
            sums = (sums.0 + below.0, sums.1 + below.1);
        } else {
            sums.1 += facts.len();
        }
    }
    sums
}

/// The middle one of an odd number of values.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
