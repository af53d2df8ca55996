//! Figures as they are embedded: long columns in base64, a third of the size of digits and read at once.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::plot::{Brightness, Figure, LightcurveFigure, Mark, Series, SkyFigure, SkyStatus};

/// A figure for the script.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Packed<'a> {
    Lightcurve(PackedLightcurve<'a>),
    Sky(PackedSky<'a>),
    /// Short ones stay as they are.
    Other(&'a Figure),
}

impl<'a> Packed<'a> {
    pub(crate) fn of(figure: &'a Figure) -> Packed<'a> {
        match figure {
            Figure::Lightcurve(figure) => Packed::Lightcurve(PackedLightcurve::of(figure)),
            Figure::Sky(figure) => Packed::Sky(PackedSky::of(figure)),
            figure => Packed::Other(figure),
        }
    }

    pub(crate) fn of_lightcurve(figure: &'a LightcurveFigure) -> Packed<'a> {
        Packed::Lightcurve(PackedLightcurve::of(figure))
    }
}

#[derive(Serialize)]
pub(crate) struct PackedLightcurve<'a> {
    kind: &'static str,
    source_name: &'a str,
    ra: f64,
    dec: f64,
    time_label: &'a str,
    series: Vec<PackedSeries<'a>>,
    marks: Vec<Mark>,
    period: Option<f64>,
    epoch: f64,
}

#[derive(Serialize)]
struct PackedSeries<'a> {
    observatory: &'a str,
    filter: &'a str,
    series_number: u32,
    injection: Option<u32>,
    brightness: Brightness,
    unit: &'a str,
    epochs: usize,
    time: PackedTimes,
    value: String,
    error: String,
    flagged: String,
}

/// Times as whole numbers of steps after the first.
#[derive(Debug, PartialEq, Serialize)]
struct PackedTimes {
    start: f64,
    step: f64,
    counts: String,
}

impl<'a> PackedLightcurve<'a> {
    fn of(figure: &'a LightcurveFigure) -> PackedLightcurve<'a> {
        PackedLightcurve {
            kind: "lightcurve",
            source_name: &figure.source_name,
            ra: figure.ra,
            dec: figure.dec,
            time_label: &figure.time_label,
            series: figure.series.iter().map(PackedSeries::of).collect(),
            marks: figure.marks.iter().map(whole_mark).collect(),
            period: figure.period,
            epoch: figure.epoch,
        }
    }
}

/// A mark without a start or an end is at its time alone.
fn whole_mark(mark: &Mark) -> Mark {
    let or_time = |time: f64| if time.is_finite() { time } else { mark.time };
    Mark {
        start: or_time(mark.start),
        end: or_time(mark.end),
        ..mark.clone()
    }
}

impl<'a> PackedSeries<'a> {
    fn of(series: &'a Series) -> PackedSeries<'a> {
        PackedSeries {
            observatory: &series.observatory,
            filter: &series.filter,
            series_number: series.series_number,
            injection: series.injection,
            brightness: series.brightness,
            unit: &series.unit,
            epochs: series.time.len(),
            time: PackedTimes::of(&series.time),
            value: floats(&series.value),
            error: floats(&series.error),
            flagged: bits(&series.flagged),
        }
    }
}

impl PackedTimes {
    /// The span is cut into 2³² - 1 steps: 0.1 s in fourteen years, a nanosecond in a night.
    fn of(times: &[f64]) -> PackedTimes {
        let start = times.iter().copied().fold(f64::INFINITY, f64::min);
        let end = times.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if !(start.is_finite() && end.is_finite()) {
            return PackedTimes {
                start: 0.0,
                step: 0.0,
                counts: String::new(),
            };
        }
        let step = (end - start) / f64::from(u32::MAX);
        let count = |time: &f64| match step > 0.0 {
            true => ((time - start) / step).round() as u32,
            false => 0,
        };
        let bytes = times.iter().flat_map(|time| count(time).to_le_bytes());
        PackedTimes {
            start,
            step,
            counts: STANDARD.encode(bytes.collect::<Vec<u8>>()),
        }
    }
}

/// Little-endian 32-bit floats.
fn floats(values: &[f64]) -> String {
    let bytes = values
        .iter()
        .flat_map(|&value| (value as f32).to_le_bytes());
    STANDARD.encode(bytes.collect::<Vec<u8>>())
}

/// Eight to a byte, the first in the lowest bit.
fn bits(flags: &[bool]) -> String {
    let bytes = flags.chunks(8).map(|flags| {
        let bits = flags.iter().enumerate();
        bits.fold(0, |byte, (place, &flag)| byte | u8::from(flag) << place)
    });
    STANDARD.encode(bytes.collect::<Vec<u8>>())
}

#[derive(Serialize)]
pub(crate) struct PackedSky<'a> {
    kind: &'static str,
    title: &'a str,
    names: Vec<&'a str>,
    ra: String,
    dec: String,
    status: String,
}

impl<'a> PackedSky<'a> {
    fn of(figure: &'a SkyFigure) -> PackedSky<'a> {
        let points = &figure.points;
        let column = |value: fn(&crate::plot::SkyPoint) -> f64| {
            floats(&points.iter().map(value).collect::<Vec<f64>>())
        };
        let codes: Vec<u8> = points.iter().map(|point| code(point.status)).collect();
        PackedSky {
            kind: "sky",
            title: &figure.title,
            names: points.iter().map(|point| point.name.as_str()).collect(),
            ra: column(|point| point.ra),
            dec: column(|point| point.dec),
            status: STANDARD.encode(codes),
        }
    }
}

/// Place of a status in the table of the script.
fn code(status: SkyStatus) -> u8 {
    match status {
        SkyStatus::Detected => 0,
        SkyStatus::Failed => 1,
        SkyStatus::Ok => 2,
        SkyStatus::Empty => 3,
        SkyStatus::Pending => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_to_a_fraction_of_a_second() {
        let times = [58_000.123_456_7, 58_000.2, 60_999.999_999];
        let packed = PackedTimes::of(&times);
        let counts = STANDARD.decode(&packed.counts).unwrap();
        let back = counts.chunks_exact(4).map(|bytes| {
            let count = u32::from_le_bytes(bytes.try_into().unwrap());
            packed.start + packed.step * f64::from(count)
        });
        for (time, back) in times.iter().zip(back) {
            assert!((time - back).abs() * 86_400.0 < 0.05, "{time} {back}");
        }
    }

    #[test]
    fn one_time_and_none_are_no_division_by_zero() {
        assert_eq!(
            PackedTimes::of(&[59_000.5]),
            PackedTimes {
                start: 59_000.5,
                step: 0.0,
                counts: "AAAAAA==".to_owned()
            }
        );
        assert_eq!(PackedTimes::of(&[]).counts, "");
    }

    /// By hand: bits 0 and 2 of the first byte (5), bit 0 of the second (1).
    #[test]
    fn flags_are_bits() {
        let mut flags = [false; 9];
        (flags[0], flags[2], flags[8]) = (true, true, true);
        assert_eq!(bits(&flags), STANDARD.encode([5, 1]));
    }
}
