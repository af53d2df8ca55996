//! What a light-curve file of TESS costs: `name value unit` on each line.
//!
//! The file is made up: 120 s, one sector, 2 MB of 20 columns. `RETRIEVER_REAL_DATA` names a folder with real ones,
//! which are then measured too.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use retriever::fits;
use retriever::observatory::VirtualObservatory;
use retriever::observatory::tess::{Tess, TessParameters};
use retriever::photometry::Kind;
use retriever::storage::{encode_lightcurves, encode_raw};
use retriever_standin::{StandIn, TessStar};

/// Rows of a sector at 120 s: 27 days.
const ROWS: usize = 19_000;

fn main() {
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
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tess = Tess::with(TessParameters::default());
    let kept = rate(|| keep(&tess, uri, bytes, folder.path()));
    println!("{which}fits_to_raw_and_reduced_on_disk {kept:.0} files/s");
}

fn columns(bytes: &[u8]) -> fits::BinaryTable {
    let units = fits::units(bytes).expect("a FITS file");
    fits::binary_table(&units[1]).expect("a table")
}

/// FITS → raw HDF5 → lightcurves → reduced HDF5, both on disk.
fn keep(tess: &Tess, uri: &str, bytes: &[u8], folder: &Path) {
    let raw = Tess::read("star", &[(uri, bytes)]).expect("a light curve");
    let image = encode_raw(&raw).expect("photometry that can be encoded");
    put(folder, "raw.h5", &image);
    let reduction = tess
        .reduce(&raw, None)
        .expect("photometry that can be reduced");
    let image = encode_lightcurves(&reduction.lightcurves, Kind::Reduced)
        .expect("lightcurves that can be encoded");
    put(folder, "reduced.h5", &image);
}

/// Written aside and renamed, as the program does it.
fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let part = folder.join("part");
    std::fs::write(&part, bytes).expect("space on the disk");
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
