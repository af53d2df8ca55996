//! Figures by hand.

use retriever::plot::{Brightness, Figure, LightcurveFigure, Mark, MarkKind, Series};

/// A series of magnitudes with errors of 0.01 mag, nothing flagged.
pub fn series(observatory: &str, filter: &str, epochs: &[(f64, f64)]) -> Series {
    let (time, value): (Vec<f64>, Vec<f64>) = epochs.iter().copied().unzip();
    Series {
        observatory: observatory.to_owned(),
        filter: filter.to_owned(),
        series_number: 1,
        injection: None,
        brightness: Brightness::Magnitude,
        unit: "mag".to_owned(),
        error: vec![0.01; time.len()],
        flagged: vec![false; time.len()],
        time,
        value,
    }
}

/// Fluxes of a survey from space.
pub fn dense(epochs: usize) -> Series {
    let epochs: Vec<(f64, f64)> = (0..epochs)
        .map(|epoch| {
            let part = epoch as f64 / epochs as f64;
            let noise = (epoch as f64 * 12.9898).sin() * 43_758.545_3;
            (59_000.0 + 27.0 * part, 1_000.0 + (noise - noise.floor()))
        })
        .collect();
    Series {
        brightness: Brightness::Flux,
        unit: "e-/s".to_owned(),
        ..series("TESS", "TESS", &epochs)
    }
}

pub fn lightcurve(series: Vec<Series>) -> LightcurveFigure {
    LightcurveFigure {
        source_name: "star".to_owned(),
        ra: 10.0,
        dec: -5.0,
        time_label: "MJD (UTC, mid-exposure)".to_owned(),
        series,
        epoch: 58_000.0,
        ..LightcurveFigure::default()
    }
}

pub fn figure(series: Vec<Series>) -> Figure {
    Figure::Lightcurve(lightcurve(series))
}

pub fn mark(kind: MarkKind, time: f64) -> Mark {
    Mark {
        kind,
        time,
        start: time - 0.1,
        end: time + 0.1,
        snr: 7.5,
        text: String::new(),
    }
}
