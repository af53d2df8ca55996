//! Replies of the ZTF light-curve service on one core: CSV to a table, a table to lightcurves.
//!
//! Rates are bytes of CSV a second. Replies are synthetic, and the real ones where `RETRIEVER_REAL_DATA` names
//! a folder that has them.

#[path = "support/question.rs"]
mod question;

use std::ffi::OsString;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use retriever::catalog::{Target, make};
use retriever::observatory::ztf::{Ztf, ZtfParameters, parse_reply};
use retriever::observatory::{Surroundings, VirtualObservatory};
use retriever::photometry::{RawPhotometry, TimeColumn};
use retriever::time::TimeFrame;
use retriever_standin::{StandIn, SyntheticShape};

const SOURCES: usize = 60;
const ROUNDS: usize = 9;

/// A reply, and whose it is; real ones are reduced without a target.
struct Answer {
    target: Option<Target>,
    body: Vec<u8>,
}

fn main() {
    measure("ztf_synthetic", &synthetic());
    if let Some(folder) = std::env::var_os("RETRIEVER_REAL_DATA") {
        measure("ztf_real", &real(&folder));
    }
}

/// Stars as ZTF sees them: two filters, eight seasons, about 1 300 epochs.
fn synthetic() -> Vec<Answer> {
    let targets: Vec<Target> = make(SOURCES, 1).targets().collect();
    let positions: Vec<(f64, f64)> = targets.iter().map(|star| (star.ra, star.dec)).collect();
    let shape = SyntheticShape {
        seasons: 8,
        epochs_per_season: 80,
        ..SyntheticShape::default()
    };
    let archive = StandIn::synthetic_shaped(1, &positions, shape);
    let answer = |star: Target| Answer {
        body: question::ask(&archive, star.ra, star.dec),
        target: Some(star),
    };
    targets.into_iter().map(answer).collect()
}

fn real(data: &OsString) -> Vec<Answer> {
    let folder = Path::new(data).join("ztf/irsa_lc_csv");
    let entries = fs::read_dir(folder).expect("a folder of real replies");
    let read = |entry: std::io::Result<fs::DirEntry>| Answer {
        target: None,
        body: fs::read(entry.expect("an entry").path()).expect("a reply"),
    };
    entries.map(read).collect()
}

fn measure(name: &str, answers: &[Answer]) {
    let bytes: usize = answers.iter().map(|answer| answer.body.len()).sum();
    println!("{name}_replies {:.2} MB", bytes as f64 / 1e6);
    let ztf = Ztf::new(
        ZtfParameters {
            mag_range: None,
            mag_range_other_filter: None,
            ..ZtfParameters::default()
        },
        &Surroundings::new(1),
    )
    .expect("public releases need no credentials");
    let parsed: Vec<RawPhotometry> = answers.iter().map(parsed).collect();
    let parse = fastest(|| {
        for answer in answers {
            black_box(parse_reply(black_box(&answer.body)).expect("a table"));
        }
    });
    let mut lightcurves = 0;
    let reduce = fastest(|| {
        lightcurves = 0;
        for (raw, answer) in parsed.iter().zip(answers) {
            let reduction = ztf.reduce(black_box(raw), answer.target.as_ref());
            lightcurves += reduction.expect("lightcurves").lightcurves.len();
        }
    });
    assert!(lightcurves > 0, "nothing was reduced");
    let rate = |seconds: f64| bytes as f64 / 1e6 / seconds;
    println!("{name}_parse {:.0} MB/s", rate(parse));
    println!("{name}_reduce {:.0} MB/s", rate(reduce));
    println!("{name}_parse_and_reduce {:.0} MB/s", rate(parse + reduce));
}

fn parsed(answer: &Answer) -> RawPhotometry {
    RawPhotometry {
        observatory: "ZTF".to_owned(),
        source_name: "star".to_owned(),
        time: Some(TimeColumn {
            name: "mjd".to_owned(),
            frame: TimeFrame::UTC_START_OF_EXPOSURE,
        }),
        table: parse_reply(&answer.body).expect("a table"),
        altdata: serde_json::Map::new(),
    }
}

/// Seconds of the fastest round: what else the machine does only ever adds.
fn fastest(mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        work();
        best = best.min(began.elapsed().as_secs_f64());
    }
    best
}
