//! What is done to every source beside finding: epochs counted, statistics, periods, injections, sums.

use std::hint::black_box;
use std::time::Instant;

use retriever::analysis::histogram::{Histogram, HistogramParameters};
use retriever::analysis::{
    self, Checked, EventSimulator, Periodogram, PeriodogramParameters, Properties,
    PropertiesParameters, Quality,
};
use retriever::photometry::{Column, Epochs, Lightcurve, Values};
use serde_json::{Map, json};

fn main() {
    for epochs in [100, 1_500] {
        let curve = lightcurve(epochs);
        count(&curve);
        describe(&curve);
        inject(&curve);
    }
    tess_period();
    sums();
}

/// Epochs at irregular times over some years, with noise from a fixed sequence.
fn lightcurve(number: usize) -> Lightcurve {
    let part = |epoch: usize, step: f64| (epoch as f64 * step).fract();
    let mjd: Vec<f64> = (0..number)
        .map(|epoch| 58_200.0 + 1.7 * epoch as f64 + 1.5 * part(epoch, 0.618_034))
        .collect();
    let flux: Vec<f64> = (0..number)
        .map(|epoch| 100.0 + 10.0 * (part(epoch, 0.414_214) - 0.5))
        .collect();
    let epochs = Epochs {
        mag: flux.iter().map(|flux| 23.9 - 2.5 * flux.log10()).collect(),
        magerr: vec![0.03; number],
        fluxerr: vec![3.0; number],
        flag: vec![false; number],
        exptime: vec![30.0; number],
        ra: vec![10.0; number],
        dec: vec![20.0; number],
        flux_unit: "uJy".to_owned(),
        zero_point: 23.9,
        extra: Vec::new(),
        mjd,
        flux,
    };
    analysis::lightcurve("ZTF", "star", "zr", epochs)
}

fn scores(curve: &Lightcurve) -> Vec<Column> {
    let column = |name: &str, scale: f64| {
        let values = curve.epochs.flux.iter().map(|flux| (flux - 100.0) * scale);
        Column::new(name, "", "", Values::Float64(values.collect()))
    };
    vec![
        column("snr", 0.5),
        column("dmag", 0.01),
        column("offset", 0.3),
    ]
}

fn count(curve: &Lightcurve) {
    let number = curve.epochs.len();
    let names = ["snr", "dmag", "offset"];
    let mut histogram = Histogram::new("all", &HistogramParameters::default(), &names)
        .expect("the default axes are good");
    let columns = scores(curve);
    let source = Map::from_iter([("mag".to_owned(), json!(18.3))]);
    let rounds = 3_000_000 / number;
    let begun = Instant::now();
    for _ in 0..rounds {
        histogram
            .add_lightcurve(&source, black_box(curve), &columns, None)
            .expect("it has all axes");
    }
    let rate = (rounds * number) as f64 / begun.elapsed().as_secs_f64();
    println!(
        "histogram_3_scores_{number}_epochs {:.1} million epochs/s",
        rate / 1e6
    );
}

fn describe(curve: &Lightcurve) {
    let number = curve.epochs.len();
    let quality = quality(curve);
    let checked = [Checked {
        lightcurve: curve,
        quality: &quality,
    }];
    for find_period in [false, true] {
        let parameters = PropertiesParameters {
            find_period,
            ..PropertiesParameters::default()
        };
        let rounds = if find_period { 200 } else { 2_000 };
        let seconds = timed(rounds, || {
            black_box(Properties::of(black_box(&checked), &parameters));
        });
        let what = if find_period {
            "with_period"
        } else {
            "statistics"
        };
        println!("properties_{what}_{number}_epochs {:.1} us", seconds * 1e6);
    }
}

fn inject(curve: &Lightcurve) {
    let quality = quality(curve);
    let checked = [Checked {
        lightcurve: curve,
        quality: &quality,
    }];
    let simulator = EventSimulator::default();
    let mut number = 0;
    let seconds = timed(2_000, || {
        number += 1;
        black_box(analysis::inject(&simulator, &checked, 0, "star", number));
    });
    println!(
        "injection_{}_epochs {:.1} us",
        curve.epochs.len(),
        seconds * 1e6
    );
}

fn tess_period() {
    let times: Vec<f64> = (0..19_000)
        .map(|cadence| f64::from(cadence) / 720.0)
        .collect();
    let flux: Vec<f64> = times.iter().map(|time| (time * 3.0).sin()).collect();
    let errors = vec![0.1; times.len()];
    let parameters = PeriodogramParameters::default();
    let seconds = timed(20, || {
        black_box(Periodogram::best_period(
            &times,
            &flux,
            &errors,
            &parameters,
        ));
    });
    println!("period_19000_cadences {:.1} ms", seconds * 1e3);
}

fn sums() {
    let names = ["snr", "dmag", "offset"];
    let mut histogram = Histogram::new("all", &HistogramParameters::default(), &names)
        .expect("the default axes are good");
    let curve = lightcurve(1_500);
    let columns = scores(&curve);
    for mag in 30..42 {
        let source = Map::from_iter([("mag".to_owned(), json!(f64::from(mag) / 2.0))]);
        histogram
            .add_lightcurve(&source, &curve, &columns, None)
            .expect("it has all axes");
    }
    let other = histogram.clone();
    let seconds = timed(500, || {
        histogram.merge(&other).expect("they have the same axes");
    });
    println!("histogram_merge_12_cells {:.1} us", seconds * 1e6);
    let seconds = timed(100, || {
        black_box(histogram.to_json());
    });
    println!(
        "histogram_to_json {:.1} us {} bytes",
        seconds * 1e6,
        histogram.to_json().len()
    );
}

fn quality(curve: &Lightcurve) -> Quality {
    Quality {
        qflag: curve.epochs.flag.clone(),
        ..Quality::default()
    }
}

/// Seconds for one of many rounds.
fn timed(rounds: u32, mut work: impl FnMut()) -> f64 {
    let begun = Instant::now();
    for _ in 0..rounds {
        work();
    }
    begun.elapsed().as_secs_f64() / f64::from(rounds)
}
