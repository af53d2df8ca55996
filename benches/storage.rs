//! What a file costs: `name value unit` on each line.

use std::hint::black_box;
use std::time::{Duration, Instant};

use retriever::photometry::{
    Column, Epochs, Kind, Lightcurve, RawPhotometry, Statistics, Table, TimeColumn, Values,
};
use retriever::storage::{
    StorageParameters, Store, decode_lightcurves, decode_raw, encode_lightcurves, encode_raw,
};
use retriever::time::TimeFrame;

fn main() {
    for rows in [100, 1_000, 20_000] {
        let raw = raw(rows);
        let image = encode_raw(&raw).expect("photometry that can be encoded");
        println!("raw_file_{rows}_epochs {} bytes", image.len());
        let encoded = rate(|| drop(black_box(encode_raw(black_box(&raw)))));
        println!("raw_encode_{rows}_epochs {encoded:.0} images/s");
        let decoded = rate(|| drop(black_box(decode_raw(black_box(&image)))));
        println!("raw_decode_{rows}_epochs {decoded:.0} images/s");
    }
    for count in [1, 4] {
        let lightcurves: Vec<Lightcurve> = (1..=count)
            .map(|number| lightcurve(number, count))
            .collect();
        let encode = || encode_lightcurves(black_box(&lightcurves), Kind::Reduced);
        let image = encode().expect("lightcurves that can be encoded");
        println!("lightcurve_file_{count}x100_epochs {} bytes", image.len());
        println!(
            "lightcurve_encode_{count}x100_epochs {:.0} images/s",
            rate(|| drop(black_box(encode())))
        );
        let decoded = rate(|| drop(black_box(decode_lightcurves(black_box(&image)))));
        println!("lightcurve_decode_{count}x100_epochs {decoded:.0} images/s");
    }
    put();
}

/// Files of 12 kB put one after the other by eight tasks.
fn put() {
    const TASKS: usize = 8;
    const FILES: usize = 500;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(folder.path(), StorageParameters::default()).expect("a store");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let start = Instant::now();
    runtime.block_on(async {
        let tasks = (0..TASKS).map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for file in 0..FILES {
                    let path = format!("ZTF/RA{:03}/{task}_{file}", file % 360);
                    store
                        .put(&path, vec![7; 12_000].into())
                        .await
                        .expect("space on the disk");
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("no panic");
        }
    });
    let rate = (TASKS * FILES) as f64 / start.elapsed().as_secs_f64();
    println!("put_12kB {rate:.0} files/s");
}

fn rate(mut work: impl FnMut()) -> f64 {
    let mut best = 0f64;
    for _ in 0..5 {
        let (start, mut count) = (Instant::now(), 0);
        while start.elapsed() < Duration::from_millis(300) {
            work();
            count += 1;
        }
        best = best.max(f64::from(count) / start.elapsed().as_secs_f64());
    }
    best
}

fn raw(rows: usize) -> RawPhotometry {
    let floats = |start: f64, step: f64| {
        Values::Float64(
            (0..rows)
                .map(|row| start + step * (row as f64 * 1.7).sin())
                .collect(),
        )
    };
    let times = Values::Float64((0..rows).map(|row| 58_000.0 + row as f64 * 1.01).collect());
    let flags = Values::Boolean((0..rows).map(|row| row % 9 == 0).collect());
    let columns = vec![
        Column::new("mjd", "d", "middle of the exposure", times),
        Column::new("mag", "mag", "magnitude", floats(18.0, 0.1)),
        Column::new("mag_err", "mag", "error of mag", floats(0.1, 0.01)),
        Column::new("ra", "deg", "right ascension", floats(123.4, 1e-5)),
        Column::new("dec", "deg", "declination", floats(-21.0, 1e-5)),
        Column::new("exptime", "s", "exposure time", floats(30.0, 0.0)),
        Column::new("flag", "", "", flags),
        Column::new(
            "filter",
            "",
            "",
            Values::Text((0..rows).map(|row| ["R", "G"][row % 2]).collect()),
        ),
    ];
    RawPhotometry {
        observatory: "DEMO".to_owned(),
        source_name: "J134913.43-211252.3".to_owned(),
        time: Some(TimeColumn {
            name: "mjd".to_owned(),
            frame: TimeFrame::UTC_MID_EXPOSURE,
        }),
        table: Table::new(columns).expect("equal columns"),
        altdata: serde_json::from_str(
            r#"{"catalog":{"name":"J134913.43-211252.3","ra":123.4,"dec":-21.0,"mag":17.2,"epoch":2016.0},
            "request":{"num_points":100,"flare_rate":0.0}}"#,
        )
        .expect("an object"),
    }
}

fn lightcurve(series_number: u32, series_total: u32) -> Lightcurve {
    let floats = |start: f64| -> Vec<f64> { (0..100).map(|row| start + f64::from(row)).collect() };
    let epochs = Epochs {
        mjd: floats(58_000.0),
        mag: floats(17.0),
        magerr: floats(0.01),
        flux: floats(300.0),
        fluxerr: floats(1.0),
        flag: vec![false; 100],
        exptime: floats(30.0),
        ra: floats(123.0),
        dec: floats(-21.0),
        flux_unit: "uJy".to_owned(),
        zero_point: 23.9,
        extra: Vec::new(),
    };
    Lightcurve {
        observatory: "DEMO".to_owned(),
        source_name: "J134913.43-211252.3".to_owned(),
        filter: "R".to_owned(),
        series_number,
        series_total,
        frame: TimeFrame::UTC_MID_EXPOSURE,
        statistics: Statistics::of(&epochs),
        epochs,
        altdata: serde_json::Map::new(),
    }
}
