//! Speed of the quality checker and the finders on one core, printed as `name value unit`.
//!
//! Processor time of this thread where the system tells it, so that other programs on the machine count less.

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Instant;

use retriever::analysis::{
    self, Checked, Finder, MatchedFilter, MatchedFilterParameters, Quality, QualityChecker, Shape,
    SnrFinder, SnrParameters, StandardQuality,
};
use retriever::photometry::{Epochs, Lightcurve};

/// A small generator, so that the numbers are made faster than they are judged.
struct Numbers(u64);

impl Numbers {
    /// Roughly Gaussian: the sum of four even numbers.
    fn next(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..4 {
            self.0 = (self.0.wrapping_mul(6_364_136_223_846_793_005))
                .wrapping_add(1_442_695_040_888_963_407);
            sum += (self.0 >> 11) as f64 / (1u64 << 53) as f64 - 0.5;
        }
        sum * 3f64.sqrt()
    }
}

fn main() {
    let demo = made((0..100).map(|n| 10.0 * f64::from(n)).collect());
    // 27 d of 2 min with a gap in the middle, as a sector of TESS
    let sector = made(
        (0..19_000)
            .map(|n| f64::from(n) / 720.0 + if n > 9_500 { 1.0 } else { 0.0 })
            .collect(),
    );
    let three_nights = made(
        (0..1_500)
            .map(|n| f64::from(n / 3 * 3) + f64::from(n % 3) * 0.02)
            .collect(),
    );
    let one_a_night = made(
        (0..1_500)
            .map(|n| f64::from(n) * 1.3 + f64::from(n % 7) * 0.05)
            .collect(),
    );
    for (name, lightcurve, repeats) in [
        ("demo_100", &demo, 20_000),
        ("ztf_1500", &one_a_night, 2_000),
        ("tess_19000", &sector, 100),
    ] {
        scores(name, lightcurve, repeats);
    }
    let filter = MatchedFilter::default();
    println!(
        "matched_filter_templates {} templates",
        filter.bank().templates().len()
    );
    for (name, lightcurve, repeats) in [
        ("tess_19000", &sector, 10),
        ("ztf_1500_three_a_night", &three_nights, 20),
        ("ztf_1500", &one_a_night, 20),
    ] {
        matched(name, &filter, lightcurve, repeats);
    }
    for shape in Shape::ALL {
        let one = MatchedFilter::new(MatchedFilterParameters {
            template_shapes: vec![shape],
            ..Default::default()
        });
        matched(&format!("tess_19000_{}", shape.as_str()), &one, &sector, 10);
    }
    let sparse = MatchedFilter::new(MatchedFilterParameters {
        min_width: 1.0,
        max_width: 100.0,
        ..Default::default()
    });
    matched("ztf_1500_1_to_100_d", &sparse, &one_a_night, 10);
}

fn scores(name: &str, lightcurve: &Lightcurve, repeats: usize) {
    let checker = StandardQuality::default();
    let epochs = lightcurve.epochs.len() * repeats;
    let begin = seconds();
    for _ in 0..repeats {
        black_box(checker.check(lightcurve));
    }
    rate(&format!("quality_{name}"), epochs, begin);
    let quality = checker.check(lightcurve);
    let running = SnrFinder::new(SnrParameters {
        baseline_window: Some(2.0),
        ..Default::default()
    });
    for (finder, word) in [(SnrFinder::default(), "snr"), (running, "snr_running")] {
        let begin = seconds();
        for _ in 0..repeats {
            black_box(finder.find(&[Checked {
                lightcurve,
                quality: &quality,
            }]));
        }
        rate(&format!("{word}_{name}"), epochs, begin);
    }
}

/// Seconds that this thread has had a processor; else since the start.
fn seconds() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse::<f64>().ok())
        .map_or_else(
            || START.elapsed().as_secs_f64(),
            |nanoseconds| nanoseconds * 1e-9,
        )
}

fn rate(name: &str, epochs: usize, begin: f64) {
    let rate = epochs as f64 / (seconds() - begin);
    println!("finder_{name} {:.1} Mepochs/s", rate / 1e6);
}

fn matched(name: &str, filter: &MatchedFilter, lightcurve: &Lightcurve, repeats: usize) {
    let quality = Quality {
        qflag: vec![false; lightcurve.epochs.len()],
        ..Quality::default()
    };
    // the fastest of several: others live on the same processors
    let fastest = (0..repeats)
        .map(|_| {
            let begin = seconds();
            black_box(filter.find(&[Checked {
                lightcurve,
                quality: &quality,
            }]));
            seconds() - begin
        })
        .fold(f64::INFINITY, f64::min);
    println!("matched_filter_{name} {:.2} ms", fastest * 1e3);
}

fn made(mjd: Vec<f64>) -> Lightcurve {
    let number = mjd.len();
    let mut numbers = Numbers(1);
    let mut noise = |center: f64, scale: f64| -> Vec<f64> {
        (0..number)
            .map(|_| center + scale * numbers.next())
            .collect()
    };
    let flux = noise(1000.0, 10.0);
    let epochs = Epochs {
        mag: flux.iter().map(|flux| 23.9 - 2.5 * flux.log10()).collect(),
        magerr: vec![0.01; number],
        fluxerr: vec![10.0; number],
        flag: vec![false; number],
        exptime: vec![30.0; number],
        ra: noise(150.0, 1e-4),
        dec: noise(20.0, 1e-4),
        flux_unit: "uJy".to_owned(),
        zero_point: 23.9,
        extra: Vec::new(),
        mjd,
        flux,
    };
    analysis::lightcurve("BENCH", "star", "R", epochs)
}
