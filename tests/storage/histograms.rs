//! Histograms on disk: the same bytes for the same counts, and what others read in them.

use std::process::Command;

use retriever::analysis::histogram::{
    AxisSpec, AxisValues, Histogram, HistogramParameters, Sample,
};
use retriever::storage::{StorageParameters, Store, encode_histogram, histogram_path};
use serde_json::json;

use crate::content::object;

fn empty() -> Histogram {
    Histogram::new(
        "all_scores",
        &HistogramParameters {
            // an axis that does not grow, so that something can be beyond it
            source_coords: [("mag".to_owned(), AxisSpec::fixed(15.0, 21.0, 0.5))].into(),
            ..HistogramParameters::default()
        },
        &["snr", "dmag"],
    )
    .unwrap()
}

/// Epochs of one source: `snr` as given, `dmag` always 0.
fn add(histogram: &mut Histogram, mag: f64, exptime: f64, filter: &str, snr: &[f64]) {
    histogram
        .add(&Sample {
            epochs: snr.len(),
            axes: &[
                ("mag", AxisValues::Number(mag)),
                ("exptime", AxisValues::Number(exptime)),
                ("filter", AxisValues::Word(filter)),
            ],
            scores: &[("snr", snr), ("dmag", &vec![0.0; snr.len()])],
            keep: None,
        })
        .unwrap();
}

/// Nine epochs in three cells, and four that are in none.
fn counted() -> [Histogram; 2] {
    let (mut one, mut two) = (empty(), empty());
    add(&mut one, 18.0, 30.0, "zg", &[0.0, 0.04, 0.1, -20.0, 20.0]);
    add(
        &mut one,
        18.0,
        1800.0,
        "zr",
        &[5.0, f64::NAN, 100.0, -100.0],
    );
    add(&mut two, f64::NAN, 30.0, "zg", &[1.0, 1.0]);
    add(&mut two, 25.3, 30.0, "Ä", &[1.0, 2.0]);
    [one, two]
}

fn provenance() -> serde_json::Map<String, serde_json::Value> {
    object(json!({
        "project": "WD_FLARES", "cfg_hash": "0f", "sources": 4, "fraction": 0.5,
        "parameters": {"max_growth": 10_000},
    }))
}

#[test]
fn the_same_counts_give_the_same_bytes_whoever_counted_them() {
    let [one, two] = counted();
    let first = encode_histogram(&(&one + &two).unwrap(), &provenance()).unwrap();
    let second = encode_histogram(&(&two + &one).unwrap(), &provenance()).unwrap();
    assert!(first == second);
    let stored = (&two + &one).unwrap();
    let again = Histogram::from_json(&stored.to_json()).unwrap();
    let third = encode_histogram(&again, &provenance()).unwrap();
    assert!(first == third);
    let fewer = encode_histogram(&one, &provenance()).unwrap();
    assert!(first != fewer);
}

#[test]
fn a_wide_histogram_takes_room_only_where_it_has_counts() {
    let mut histogram = empty();
    for exptime in 0..500 {
        add(
            &mut histogram,
            18.0,
            30.0 + f64::from(exptime),
            "zg",
            &[0.5, -0.5],
        );
    }
    // 13 · 500 · 1 · (401 + 61) counts of eight bytes would be 24 MB
    let image = encode_histogram(&histogram, &provenance()).unwrap();
    assert!(image.len() < 400_000, "{}", image.len());
}

#[tokio::test]
async fn a_histogram_is_put_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), StorageParameters::default()).unwrap();
    let path = histogram_path("WD_FLARES", "all_scores");
    let [one, two] = counted();
    for histogram in [one, two] {
        let image = encode_histogram(&histogram, &provenance()).unwrap();
        let stored = store.put(&path, image.clone()).await.unwrap();
        assert_eq!(stored.length, image.len() as u64);
        assert!(store.get(&path).await.unwrap() == image);
    }
    let parent = folder.path().join("WD_FLARES");
    assert_eq!(std::fs::read_dir(parent).unwrap().count(), 1);
}

#[test]
fn xarray_reads_counts_coordinates_and_counters() {
    let Some(python) = std::env::var_os("RETRIEVER_PYTHON") else {
        eprintln!("skipped: RETRIEVER_PYTHON names no Python with netCDF4, h5netcdf, xarray");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = counted();
    let mut wide = empty();
    for exptime in 0..50 {
        let snr = f64::from(exptime) / 10.0;
        add(
            &mut wide,
            18.0,
            30.0 + f64::from(exptime),
            "zg",
            &[snr, -snr],
        );
    }
    for (name, histogram) in [
        ("counted.nc", (&one + &two).unwrap()),
        ("wide.nc", wide),
        ("empty.nc", empty()),
    ] {
        let image = encode_histogram(&histogram, &provenance()).unwrap();
        std::fs::write(folder.path().join(name), image).unwrap();
    }
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/python/test_histograms.py"
    );
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
