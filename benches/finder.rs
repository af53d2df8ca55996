//! Speed of the quality checker and the finders on one core, printed as `name value unit`.
//!
//! Processor time of this thread where the system tells it, so that other programs on the machine count less.

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Instant;

use retriever::analysis::{
    self, Checked, EventSimulator, Finder, MatchedFilter, MatchedFilterParameters, Properties,
    PropertiesParameters, Quality, QualityChecker, Shape, SnrFinder, SnrParameters,
    StandardQuality,
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
    whole_sources(&demo, 20_000);
    let filter = MatchedFilter::default();
    println!(
        "matched_filter_templates {} templates",
        filter.bank().templates().len()
    );
    for (name, lightcurve, repeats) in [
        ("tess_19000", &sector, 30),
        ("ztf_1500_three_a_night", &three_nights, 100),
        ("ztf_1500", &one_a_night, 300),
    ] {
        matched(name, &filter, lightcurve, repeats);
    }
    for shape in Shape::ALL {
        let one = MatchedFilter::new(MatchedFilterParameters {
            template_shapes: vec![shape],
            ..Default::default()
        });
        matched(&format!("tess_19000_{}", shape.as_str()), &one, &sector, 30);
    }
    let sparse = MatchedFilter::new(MatchedFilterParameters {
        min_width: 1.0,
        max_width: 100.0,
        ..Default::default()
    });
    matched("ztf_1500_1_to_100_d", &sparse, &one_a_night, 50);
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

fn matched(name: &str, filter: &MatchedFilter, lightcurve: &Lightcurve, repeats: u32) {
    let quality = Quality {
        qflag: vec![false; lightcurve.epochs.len()],
        ..Quality::default()
    };
    // the system counts processor time in steps of some milliseconds: many rounds together
    let begin = seconds();
    for _ in 0..repeats {
        black_box(filter.find(&[Checked {
            lightcurve,
            quality: &quality,
        }]));
    }
    let mean = (seconds() - begin) / f64::from(repeats);
    println!("matched_filter_{name} {:.2} ms", mean * 1e3);
}

/// All that is done to a source in memory with one injection: judged, searched, described, and the same again with the
/// event in.
fn whole_sources(lightcurve: &Lightcurve, sources: u32) {
    let checker = StandardQuality::default();
    let finder = SnrFinder::default();
    let simulator = EventSimulator::default();
    let search = |lightcurve: &Lightcurve| {
        let quality = checker.check(lightcurve);
        let checked = [Checked {
            lightcurve,
            quality: &quality,
        }];
        analysis::link("snr", &checked, &finder.find(&checked), 0.0)
    };
    for find_period in [false, true] {
        let parameters = PropertiesParameters {
            find_period,
            ..Default::default()
        };
        let begin = seconds();
        for number in 0..sources {
            let quality = checker.check(lightcurve);
            let checked = [Checked {
                lightcurve,
                quality: &quality,
            }];
            let real = analysis::link("snr", &checked, &finder.find(&checked), 0.0);
            black_box(Properties::of(&checked, &parameters));
            let injection = analysis::inject(&simulator, &checked, 0, "star", number)
                .expect("the lightcurve has good epochs");
            let found = search(&injection.lightcurves[0]);
            black_box(analysis::recovered(&injection.truth, &found, &real));
        }
        let rate = f64::from(sources) / (seconds() - begin);
        let word = if find_period { "_and_period" } else { "" };
        println!("analysis_snr_one_injection{word}_100 {rate:.0} sources/s");
    }
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
