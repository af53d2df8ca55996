//! What each observatory has of the sources: a bar for each, by outcome.

use super::axes::{BOTTOM_MARGIN, Legend, Panel, SMALL, Scale, Symbol, TITLE, pale_words, words};
use super::figure::{CoverageFigure, CoverageRow};
use super::palette::OUTCOMES;
use super::surface::{Anchor, Point, Surface, TextStyle};
use super::{palette, text, ticks};

/// The longest name of an observatory.
const NAME: f64 = 90.0;

pub(super) fn draw(figure: &CoverageFigure, surface: &mut dyn Surface, (width, height): Point) {
    let title = text::fitted(&figure.title, TITLE, width - 20.0);
    words(surface, &title, (10.0, 15.0), TITLE, Anchor::Start);
    let used = (OUTCOMES.iter().enumerate()).filter(|(outcome, _)| {
        figure
            .observatories
            .iter()
            .any(|row| counts(row)[*outcome] > 0)
    });
    let entries = used.map(|(_, (colour, word))| (Symbol::Area(*colour), (*word).to_owned()));
    let legend = Legend::new(entries.collect(), width - 20.0);
    legend.draw(surface, (10.0, 20.0));
    let top = 20.0 + legend.height() + 6.0;
    let bottom = height - BOTTOM_MARGIN;
    let names = figure.observatories.iter();
    let widest = names
        .map(|row| text::width(&row.observatory, SMALL))
        .fold(20.0, f64::max);
    let most = figure
        .observatories
        .iter()
        .map(|row| counts(row).iter().sum());
    let most = most.chain([figure.sources, 1]).max().unwrap_or(1);
    let panel = Panel {
        x: Scale {
            start: 0.0,
            end: most as f64,
            from: 16.0 + widest.min(NAME),
            to: width - 14.0,
            logarithmic: false,
        },
        y: Scale {
            start: 0.0,
            end: figure.observatories.len().max(1) as f64,
            from: top,
            to: bottom,
            logarithmic: false,
        },
    };
    // counted from above: the other way round than numbers
    let panel_frame = Panel {
        y: Scale {
            from: bottom,
            to: top,
            ..panel.y
        },
        ..panel
    };
    panel_frame.frame(surface);
    if figure.observatories.is_empty() || figure.sources == 0 {
        panel_frame.says(surface, "no sources");
    }
    for (place, row) in figure.observatories.iter().enumerate() {
        draw_row(row, place, surface, &panel);
    }
    let space = panel.x.to - panel.x.from;
    let mut along = ticks::beside(0.0, most as f64, SMALL, space);
    // half a source is none
    along.major.retain(|(value, _)| value.fract() == 0.0);
    along.minor.retain(|value| value.fract().abs() < 1e-9);
    panel_frame.bottom_axis(surface, &along, Some("Sources"));
}

/// In the order of [`OUTCOMES`].
fn counts(row: &CoverageRow) -> [u64; 5] {
    [row.ok, row.empty, row.skipped, row.failed, row.pending]
}

fn draw_row(row: &CoverageRow, place: usize, surface: &mut dyn Surface, panel: &Panel) {
    let at = |part: f64| panel.y.place(place as f64 + part);
    let (upper, lower) = (at(0.22), at(0.62));
    let middle = 0.5 * (upper + lower) + 0.36 * SMALL;
    let name = text::fitted(&row.observatory, SMALL, NAME);
    words(
        surface,
        &name,
        (panel.x.from - 6.0, middle),
        SMALL,
        Anchor::End,
    );
    let mut before = 0;
    for ((colour, _), count) in OUTCOMES
        .iter()
        .zip(counts(row))
        .filter(|(_, count)| *count > 0)
    {
        let left = panel.x.place(before as f64);
        before += count;
        // a single failure among thousands is still to be seen
        let right = panel
            .x
            .place(before as f64)
            .max(left + 0.8)
            .min(panel.x.to.max(left + 0.8));
        surface.rectangle((left, upper), (right, lower), *colour);
        let label = ticks::thousands(count);
        if text::width(&label, SMALL) + 4.0 < right - left {
            let dark = *colour == OUTCOMES[0].0 || *colour == OUTCOMES[3].0;
            let style = TextStyle {
                size: SMALL,
                anchor: Anchor::Middle,
                upwards: false,
                colour: if dark { palette::PAPER } else { palette::INK },
            };
            surface.text(&label, (0.5 * (left + right), middle), style);
        }
    }
    let said = format!(
        "{} lightcurves, {} epochs",
        ticks::thousands(row.lightcurves),
        ticks::thousands(row.epochs)
    );
    let below = (panel.x.from + 4.0, lower + 1.15 * SMALL);
    pale_words(surface, &said, below, SMALL, Anchor::Start);
}
