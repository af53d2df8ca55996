//! Pictures of a lightcurve of 20 000 epochs, and of others, as PNG and SVG. Lines of `name value unit`, medians.

use std::hint::black_box;
use std::time::Instant;

use retriever::plot::{
    self, Brightness, Figure, LightcurveFigure, Series, Size, SkyFigure, SkyPoint, SkyStatus,
};

const ROUNDS: usize = 15;

fn main() {
    for (name, figure) in [
        ("plot_20k", lightcurve(20_000)),
        ("plot_1m", lightcurve(1_000_000)),
        ("plot_500", lightcurve(500)),
        ("plot_sky_100k", sky(100_000)),
    ] {
        let size = Size::of(&figure);
        let png = || {
            plot::png(black_box(&figure), size)
                .expect("it is drawn")
                .len()
        };
        tell(&format!("{name}_png"), png);
        let svg = || {
            plot::svg(black_box(&figure), size)
                .expect("it is drawn")
                .len()
        };
        tell(&format!("{name}_svg"), svg);
    }
}

fn tell(name: &str, draw: impl Fn() -> usize) {
    let mut times = Vec::new();
    let mut length = 0;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        length = draw();
        times.push(begun.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    println!("{name} {:.1} ms", times[ROUNDS / 2] * 1e3);
    println!("{name}_length {:.0} kB", length as f64 / 1e3);
}

/// Flux of a spotted star in white noise, as TESS sees it in a sector.
fn lightcurve(epochs: usize) -> Figure {
    let time: Vec<f64> = (0..epochs)
        .map(|epoch| 59_000.0 + 27.0 * epoch as f64 / epochs as f64)
        .collect();
    let noise = |epoch: usize, part: f64| (epoch as f64 * part).fract() - 0.5;
    let value = time.iter().enumerate().map(|(epoch, time)| {
        let white = noise(epoch, 0.618_034) + noise(epoch, 0.414_214) + noise(epoch, 0.732_051);
        1_000.0 + 10.0 * (time * 2.0).sin() + 6.0 * white
    });
    Figure::Lightcurve(LightcurveFigure {
        source_name: "TIC 188589164".to_owned(),
        time_label: "BJD (TDB) - 2400000.5".to_owned(),
        series: vec![Series {
            observatory: "TESS".to_owned(),
            filter: "TESS".to_owned(),
            series_number: 1,
            injection: None,
            brightness: Brightness::Flux,
            unit: "e-/s".to_owned(),
            value: value.collect(),
            error: vec![3.0; epochs],
            flagged: (0..epochs).map(|epoch| epoch % 97 == 0).collect(),
            time,
        }],
        ..LightcurveFigure::default()
    })
}

fn sky(sources: usize) -> Figure {
    let point = |number: usize| {
        let part = number as f64 / sources as f64;
        SkyPoint {
            name: String::new(),
            ra: number as f64 * 137.507_764 % 360.0,
            dec: (2.0 * part - 1.0).asin().to_degrees(),
            status: SkyStatus::Ok,
        }
    };
    Figure::Sky(SkyFigure {
        title: "sources".to_owned(),
        points: (0..sources).map(point).collect(),
    })
}
