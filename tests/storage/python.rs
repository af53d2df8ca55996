//! The files as others read them: h5py, xarray with both of its HDF5 engines, pandas.

use std::process::Command;

use retriever::photometry::{Column, Kind, Lightcurve, Values};
use retriever::storage::{encode_lightcurves, encode_raw};

use crate::content::{lightcurve, raw};

#[test]
fn python_reads_columns_units_and_time_frame() {
    let Some(python) = std::env::var_os("RETRIEVER_PYTHON") else {
        eprintln!(
            "skipped: RETRIEVER_PYTHON names no Python with h5py, netCDF4, h5netcdf, xarray, pandas"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut ordinary = raw("J134913.43-211252.3", 100);
    let words = Values::Text(
        (0..100)
            .map(|row| ["", "Ä", "a longer text"][row % 3])
            .collect(),
    );
    ordinary
        .table
        .push(Column::new("note", "", "free text", words))
        .unwrap();
    let flags = Values::Boolean((0..100).map(|row| row % 2 == 1).collect());
    ordinary
        .table
        .push(Column::new("bad", "", "", flags))
        .unwrap();
    let mut hostile = raw("../a/Ä B\u{308}", 3);
    let odd = Values::Float64(vec![f64::NAN, f64::INFINITY, -0.0]);
    hostile
        .table
        .push(Column::new("a/b", "m/s", "", odd.clone()))
        .unwrap();
    hostile
        .table
        .push(Column::new("epoch", "d", "", odd))
        .unwrap();
    hostile
        .altdata
        .insert("headers".to_owned(), "x".repeat(100_000).into());
    let lightcurves: Vec<Lightcurve> = (1..=3)
        .map(|number| lightcurve("S/1", number, 3, 50))
        .collect();
    for (name, image) in [
        ("ordinary.h5", encode_raw(&ordinary)),
        ("hostile.h5", encode_raw(&hostile)),
        ("empty.h5", encode_raw(&raw("S", 0))),
        ("long.h5", encode_raw(&raw("S", 20_000))),
        (
            "reduced.h5",
            encode_lightcurves(&lightcurves, Kind::Reduced),
        ),
    ] {
        std::fs::write(folder.path().join(name), image.unwrap()).unwrap();
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/test_files.py");
    let output = Command::new(python)
        .arg(script)
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
