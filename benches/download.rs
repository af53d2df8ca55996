//! 200 files of 2 MB from the stand-in archive over loopback: as files of an archive room, beside `curl --parallel`
//! with as many connections; and as 200 stars of a whole run, from the portal's reply to the reduced lightcurve.
//!
//! Whoever downloads is a process of its own, so that its memory and its processor time are its own; the stand-in is
//! in this one. Both write to the same disk, and both are started as often, in turns.

#[path = "support/child.rs"]
mod child;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use child::{Cost, median, retriever};
use futures::future::join_all;
use retriever::archive::{Archive, ArchiveSettings, Limits, Request, Verdict};
use retriever_standin::{StandIn, TessStar};

const FILES: usize = 200;
/// A SPOC light curve of so many rows has 2 MB.
const ROWS: usize = 20_000;
const CONNECTIONS: usize = 8;
const RUNS: usize = 5;

/// Set for the process that downloads: the address before the number of the file, and where files are kept.
const ADDRESS: &str = "BENCH_DOWNLOAD_ADDRESS";
const FOLDER: &str = "BENCH_DOWNLOAD_FOLDER";

fn main() {
    if let (Ok(address), Ok(folder)) = (std::env::var(ADDRESS), std::env::var(FOLDER)) {
        return download(&address, Path::new(&folder));
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    files(folder.path());
    whole_run(folder.path());
}

/// Downloads all files, as an observatory does; says how long that took (s) and the largest resident memory (kB).
fn download(address: &str, folder: &Path) {
    // as the program does
    retriever::cli::keep_freed_memory();
    let archive = Archive::new(ArchiveSettings {
        limits: Limits {
            max_concurrency: CONNECTIONS,
            rate_limit: None,
        },
        downloads: Some(folder.to_owned()),
        ..ArchiveSettings::default()
    })
    .expect("a client is set up");
    let runtime = tokio::runtime::Runtime::new().expect("threads are started");
    let began = Instant::now();
    let bytes: usize = runtime.block_on(async {
        let files = (0..FILES).map(async |number| {
            let request = Request::get(format!("{address}{number}"));
            let file = archive.file(request, |_| Verdict::Accept).await;
            file.expect("the stand-in is well").bytes.len()
        });
        join_all(files).await.into_iter().sum()
    });
    let seconds = began.elapsed().as_secs_f64();
    assert!(bytes > FILES * 2_000_000);
    let status = fs::read_to_string("/proc/self/status").expect("the kernel tells");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|words| words.split_whitespace().next());
    println!("{seconds} {}", peak.expect("the kernel tells"));
}

fn files(folder: &Path) {
    let archive = StandIn::empty();
    let one = StandIn::empty().with_tess([TessStar::at(1, 10.0, 20.0).spoc(1).rows(ROWS)]);
    let uris = one.tess_uris();
    let bytes = one.tess_file(&uris[0]).expect("it was made");
    println!("download_file_size {:.3} MB", bytes.len() as f64 / 1e6);
    for number in 0..FILES {
        archive.put_file(&number.to_string(), bytes.clone());
    }
    let address = archive.file_url("");
    let with_curl = Command::new("curl").arg("--version").output().is_ok();
    let (mut ours, mut theirs, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..RUNS {
        settle();
        let (seconds, megabytes) = by_archive(&address, &folder.join(format!("archive_{run}")));
        ours.push(seconds);
        peaks.push(megabytes);
        if with_curl {
            settle();
            theirs.push(by_curl(&address, &folder.join(format!("curl_{run}"))));
        }
    }
    assert!(archive.counters().peak_concurrency() <= CONNECTIONS);
    let seconds = median(ours);
    println!("download_time {seconds:.3} s");
    println!(
        "download_rate {:.0} MB/s",
        (FILES * bytes.len()) as f64 / 1e6 / seconds
    );
    println!("download_peak_memory {:.0} MB", median(peaks));
    if with_curl {
        let curl = median(theirs);
        println!("download_time_of_curl {curl:.3} s");
        println!("download_against_curl {:.2} times", seconds / curl);
    } else {
        println!("download_against_curl - (there is no curl here)");
    }
}

/// Waits until all is on the disk that was written before: it would slow down whoever comes next.
fn settle() {
    let status = Command::new("sync").status();
    assert!(status.is_ok_and(|status| status.success()));
}

/// Seconds and megabytes of a process that asks as an observatory does.
fn by_archive(address: &str, folder: &Path) -> (f64, f64) {
    let output = Command::new(std::env::current_exe().expect("this program has a place"))
        .env(ADDRESS, address)
        .env(FOLDER, folder)
        .stderr(Stdio::inherit())
        .output()
        .expect("this program starts");
    assert!(output.status.success(), "{output:?}");
    // a file and its note
    assert_eq!(
        fs::read_dir(folder).expect("it was made").count(),
        2 * FILES
    );
    fs::remove_dir_all(folder).expect("nobody else uses it");
    let words = String::from_utf8(output.stdout).expect("two numbers");
    let mut numbers = words
        .split_whitespace()
        .map(|word| word.parse::<f64>().expect("a number"));
    let mut next = || numbers.next().expect("two numbers");
    (next(), next() * 1024.0 / 1e6)
}

/// Seconds of a curl that does nothing but write them down.
fn by_curl(address: &str, folder: &Path) -> f64 {
    fs::create_dir(folder).expect("a temporary folder takes folders");
    let mut config = String::new();
    for number in 0..FILES {
        let file = folder.join(number.to_string());
        writeln!(config, "url = \"{address}{number}\"\noutput = {file:?}")
            .expect("a text takes text");
    }
    let list = folder.join("list");
    fs::write(&list, config).expect("a temporary folder takes files");
    let began = Instant::now();
    let status = Command::new("curl")
        .args([
            "--parallel",
            "--parallel-immediate",
            "--no-progress-meter",
            "--noproxy",
            "*",
        ])
        .args(["--parallel-max", &CONNECTIONS.to_string(), "--config"])
        .arg(&list)
        .status()
        .expect("curl starts");
    let seconds = began.elapsed().as_secs_f64();
    assert!(status.success());
    assert_eq!(
        fs::read_dir(folder).expect("it was made").count(),
        FILES + 1
    );
    fs::remove_dir_all(folder).expect("nobody else uses it");
    seconds
}

/// The real program on as many stars with one such file each.
fn whole_run(folder: &Path) {
    let mut catalog = "name,ra,dec,mag\n".to_owned();
    let mut stars = Vec::new();
    for number in 1..=FILES as u64 {
        let (ra, dec) = (number as f64, 20.0);
        writeln!(catalog, "TIC {number},{ra},{dec},12").expect("a text takes text");
        stars.push(TessStar::at(number, ra, dec).spoc(1).rows(ROWS));
    }
    let archive = StandIn::empty().with_tess(stars);
    fs::write(folder.join("targets.csv"), catalog).expect("a temporary folder takes files");
    let file = folder.join("project.yaml");
    let text = format!(
        "project: {{name: bench, obs_names: [tess]}}\n\
         catalog: {{filename: targets.csv}}\n\
         observatories: {{max_concurrency: {CONNECTIONS}, rate_limit: null, tess: {{url: {:?}}}}}\n",
        archive.url()
    );
    fs::write(&file, text).expect("a temporary folder takes files");
    let file = file.to_str().expect("a temporary folder has a plain name");
    let costs: Vec<Cost> = (0..3)
        .map(|run| retriever(&["run", file], &folder.join(format!("run_{run}"))))
        .collect();
    let seconds = median(costs.iter().map(|cost| cost.seconds));
    println!("download_run_rate {:.0} sources/s", FILES as f64 / seconds);
    let peak = median(costs.iter().map(|cost| cost.peak_megabytes));
    println!("download_run_peak_memory {peak:.0} MB");
}
