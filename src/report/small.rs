//! The epochs around an event, small enough to stand in a table.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::thin::keeping_extremes;
use crate::plot::{Brightness, Series};

/// Epochs on either side of an event that are shown with it, at least.
const AROUND: usize = 30;
/// Epochs of a small picture, about.
const MOST: usize = 90;

/// A small picture: epochs in a square of 256 by 256, brighter upwards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SmallPicture {
    /// Place, and bits: 1 for an epoch of the event, 2 for a flagged one.
    points: Vec<[u8; 3]>,
}

impl SmallPicture {
    /// The epochs of a lightcurve around an event that lasts from `start` to `end` (d, on its time axis): as many on
    /// either side as the event has, at least 30. Flagged epochs are drawn, but do not set the scale. Nothing of an empty
    /// lightcurve.
    pub fn of(series: &Series, start: f64, end: f64) -> SmallPicture {
        let first = series.time.partition_point(|&time| time < start);
        let behind = series.time.partition_point(|&time| time <= end);
        let around = AROUND.max(behind.saturating_sub(first));
        let from = first.saturating_sub(around);
        let to = behind.saturating_add(around).min(series.time.len());
        if from >= to {
            return SmallPicture::default();
        }
        let shown: Vec<usize> = keeping_extremes(&series.value, from..to, MOST);
        let in_event = |epoch: usize| epoch >= first && epoch < behind;
        let scale = Scale::of(series, &shown, in_event);
        let points = shown.iter().map(|&epoch| {
            let x = place(series.time[epoch], series.time[from], series.time[to - 1]);
            let y = scale.place(series.value[epoch]);
            [
                x,
                y,
                u8::from(in_event(epoch)) | u8::from(series.flagged[epoch]) << 1,
            ]
        });
        SmallPicture {
            points: points.collect(),
        }
    }

    /// Three bytes for each epoch: x, y, bits.
    pub(super) fn to_base64(&self) -> String {
        STANDARD.encode(self.points.as_flattened())
    }
}

/// What the vertical axis spans, faint end first.
struct Scale {
    faint: f64,
    bright: f64,
}

impl Scale {
    /// Of good epochs and those of the event; of all if there are no such.
    fn of(series: &Series, shown: &[usize], in_event: impl Fn(usize) -> bool) -> Scale {
        let wanted = |all: bool| {
            let chosen = shown
                .iter()
                .filter(|&&epoch| all || !series.flagged[epoch] || in_event(epoch));
            chosen.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &epoch| {
                (low.min(series.value[epoch]), high.max(series.value[epoch]))
            })
        };
        let (mut low, mut high) = wanted(false);
        if low > high {
            (low, high) = wanted(true);
        }
        match series.brightness {
            Brightness::Magnitude => Scale {
                faint: high,
                bright: low,
            },
            Brightness::Flux => Scale {
                faint: low,
                bright: high,
            },
        }
    }

    fn place(&self, value: f64) -> u8 {
        place(value, self.faint, self.bright)
    }
}

/// Where a value is between two others, from 0 to 255; in the middle if they are the same.
fn place(value: f64, from: f64, to: f64) -> u8 {
    if from == to {
        return 128;
    }
    // a float beyond a byte becomes its end, and NaN becomes 0
    ((value - from) / (to - from) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(brightness: Brightness, value: Vec<f64>) -> Series {
        let number = value.len();
        Series {
            observatory: "DEMO".to_owned(),
            filter: "R".to_owned(),
            series_number: 1,
            injection: None,
            brightness,
            unit: "mag".to_owned(),
            time: (0..number).map(|epoch| 59_000.0 + epoch as f64).collect(),
            error: vec![0.1; number],
            flagged: vec![false; number],
            value,
        }
    }

    /// By hand: three epochs a day apart, the middle one half a magnitude brighter.
    #[test]
    fn brighter_is_up_and_the_event_is_marked() {
        let series = series(Brightness::Magnitude, vec![18.0, 17.5, 18.0]);
        let picture = SmallPicture::of(&series, 59_001.0, 59_001.0);
        assert_eq!(picture.points, [[0, 0, 0], [128, 255, 1], [255, 0, 0]]);
    }

    #[test]
    fn more_flux_is_up() {
        let series = series(Brightness::Flux, vec![1.0, 2.0, 1.0]);
        let picture = SmallPicture::of(&series, 59_001.0, 59_001.0);
        assert_eq!(picture.points[1], [128, 255, 1]);
    }

    #[test]
    fn a_flagged_epoch_is_drawn_and_does_not_squeeze_the_others() {
        let mut series = series(Brightness::Flux, vec![1.0, 2.0, 900.0, 1.0]);
        series.flagged[2] = true;
        let picture = SmallPicture::of(&series, 59_001.0, 59_001.0);
        assert_eq!(picture.points[1][1], 255);
        assert_eq!(picture.points[2], [170, 255, 2]);
    }

    #[test]
    fn an_event_in_a_long_lightcurve_is_shown_with_its_neighbours() {
        let mut value = vec![1.0; 20_000];
        value[10_000] = 5.0;
        let series = series(Brightness::Flux, value);
        let time = series.time[10_000];
        let picture = SmallPicture::of(&series, time, time);
        assert_eq!(picture.points.len(), 61);
        assert_eq!(picture.points[30][1..], [255, 1]);
    }

    #[test]
    fn nothing_of_nothing() {
        let picture = SmallPicture::of(&series(Brightness::Flux, Vec::new()), 1.0, 2.0);
        assert_eq!(picture, SmallPicture::default());
    }
}
