//! What a light-curve file of TESS costs: `name value unit` on each line.
//!
//! The file is made up: 120 s, one sector, 2 MB of 20 columns. `RETRIEVER_REAL_DATA` names a folder with real ones,
//! which are then measured too.

use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use retriever::fits;
use retriever::observatory::VirtualObservatory;
use retriever::observatory::tess::{Tess, TessParameters};
use retriever::photometry::Kind;
use retriever::storage::{encode_lightcurves, encode_raw};
use retriever_standin::{StandIn, TessStar};

/// Rows of a sector at 120 s: 27 days.
const ROWS: usize = 19_000;

/// Sources whose files are on the disk at a time.
const KEPT: usize = 32;

fn main() {
    // as the program does
    retriever::cli::keep_freed_memory();
    let star = TessStar::at(188_589_164, 239.578, 35.407);
    let archive = StandIn::empty().with_tess([star.spoc(24).rows(ROWS)]);
    let uri = archive.tess_uris().remove(0);
    let bytes = archive.tess_file(&uri).expect("the stand-in made it");
    drop(archive);
    measure("", &uri, &bytes);
    if let Some((uri, bytes)) = real() {
        measure("real_", &uri, &bytes);
    }
}

fn measure(which: &str, uri: &str, bytes: &[u8]) {
    println!("{which}fits_file {} bytes", bytes.len());
    let columns = rate(|| drop(black_box(columns(black_box(bytes)))));
    println!("{which}fits_to_columns {columns:.0} files/s");
    let verified = rate(|| {
        for unit in fits::units(black_box(bytes)).expect("a FITS file") {
            unit.verify().expect("an undamaged one");
        }
        drop(black_box(self::columns(bytes)));
    });
    println!("{which}fits_verified_to_columns {verified:.0} files/s");
    for (threads, name) in [(cores(), "on_disk"), (1, "on_disk_by_one_thread")] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kept = rate_of_all(threads, |number| keep(uri, bytes, folder.path(), number));
        println!("{which}fits_to_raw_and_reduced_{name} {kept:.0} files/s");
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get())
}

fn columns(bytes: &[u8]) -> fits::BinaryTable {
    let units = fits::units(bytes).expect("a FITS file");
    fits::binary_table(&units[1]).expect("a table")
}

/// FITS → raw HDF5 → lightcurves → reduced HDF5, both on disk, each source under its own names.
fn keep(uri: &str, bytes: &[u8], folder: &Path, number: usize) {
    let tess = Tess::with(TessParameters::default());
    let raw = Tess::read("star", &[(uri, bytes)]).expect("a light curve");
    let image = encode_raw(&raw).expect("photometry that can be encoded");
    put(folder, &format!("raw_{number}.h5"), &image);
    let reduction = tess
        .reduce(&raw, None)
        .expect("photometry that can be reduced");
    let image = encode_lightcurves(&reduction.lightcurves, Kind::Reduced)
        .expect("lightcurves that can be encoded");
    put(folder, &format!("reduced_{number}.h5"), &image);
    // no more than some of them at a time: this is to measure no disk that fills up
    if let Some(old) = number.checked_sub(KEPT) {
        for name in ["raw", "reduced"] {
            // another thread may be late with it
            let _ = std::fs::remove_file(folder.join(format!("{name}_{old}.h5")));
        }
    }
}

/// Written aside, in pieces, and renamed, as the program does it.
fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let part = folder.join(format!("{name}.part"));
    let mut file = std::fs::File::create(&part).expect("a folder to write to");
    for piece in bytes.chunks(64 * 1024) {
        file.write_all(piece).expect("space on the disk");
    }
    std::fs::rename(&part, folder.join(name)).expect("a folder to write to");
}

/// The largest real file of SPOC.
fn real() -> Option<(String, Vec<u8>)> {
    let root = std::env::var_os("RETRIEVER_REAL_DATA").filter(|root| !root.is_empty())?;
    let folder = PathBuf::from(root).join("tess/spoc");
    let files = std::fs::read_dir(folder).ok()?.flatten();
    let largest = files.max_by_key(|entry| entry.metadata().map_or(0, |facts| facts.len()))?;
    let name = largest.file_name().into_string().ok()?;
    let bytes = std::fs::read(largest.path()).ok()?;
    Some((format!("mast:TESS/product/{name}"), bytes))
}

/// How often a second several threads do it together; each time has a number of its own.
fn rate_of_all(threads: usize, work: impl Fn(usize) + Sync) -> f64 {
    let next = AtomicUsize::new(0);
    let run = |time: Duration| {
        let start = Instant::now();
        let before = next.load(Ordering::Relaxed);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while start.elapsed() < time {
                        work(next.fetch_add(1, Ordering::Relaxed));
                    }
                });
            }
        });
        let times = next.load(Ordering::Relaxed) - before;
        times as f64 / start.elapsed().as_secs_f64()
    };
    run(Duration::from_millis(500));
    run(Duration::from_secs(2))
}

/// How often a second, over at least two seconds and after one second of warming up.
fn rate(mut work: impl FnMut()) -> f64 {
    let mut run = |time: Duration| {
        let start = Instant::now();
        let mut times = 0;
        while start.elapsed() < time {
            work();
            times += 1;
        }
        f64::from(times) / start.elapsed().as_secs_f64()
    };
    run(Duration::from_secs(1));
    run(Duration::from_secs(2))
}
