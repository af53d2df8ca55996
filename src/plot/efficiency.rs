//! Recovered fractions of simulated events, with their binomial intervals.

use super::axes::{
    BOTTOM_MARGIN, LABEL, Panel, SMALL, Scale, TITLE, left_margin, pale_words, words,
};
use super::figure::EfficiencyFigure;
use super::palette::{self, INK, Look, Shape};
use super::surface::{Anchor, Colour, Point, Surface};
use super::ticks::Ticks;
use super::{text, ticks};
use crate::analysis::{Efficiency, EfficiencyBin};

const COLOUR: Colour = Colour::rgb(0x0072b2);
/// The longest words of a panel of words.
const WORD: f64 = 60.0;

pub(super) fn draw(figure: &EfficiencyFigure, surface: &mut dyn Surface, (width, height): Point) {
    let title = text::fitted(&figure.title, TITLE, width - 20.0);
    words(surface, &title, (10.0, 15.0), TITLE, Anchor::Start);
    let total = figure.tables.first().map(|table| table.total);
    let total = total.unwrap_or_default();
    let said = match total.fraction.zip(total.lower.zip(total.upper)) {
        Some((fraction, (lower, upper))) => format!(
            "{} of {} found: {} % ({} to {} % at {:.0} % confidence)",
            ticks::thousands(total.recovered),
            ticks::thousands(total.injected),
            percent(fraction),
            percent(lower),
            percent(upper),
            100.0 * figure.tables.first().map_or(0.0, |table| table.confidence)
        ),
        None => "no simulated events".to_owned(),
    };
    pale_words(surface, &said, (10.0, 27.0), SMALL, Anchor::Start);
    let tables: Vec<&Efficiency> = figure.tables.iter().collect();
    if total.injected == 0 || tables.is_empty() {
        let panel = panel(
            (10.0, 36.0),
            (width - 10.0, height - 10.0),
            (0.0, 1.0),
            false,
        );
        panel.frame(surface);
        panel.says(
            surface,
            "no simulated events: `retriever analyze` makes them",
        );
        return;
    }
    let columns = if tables.len() > 1 { 2 } else { 1 };
    let rows = tables.len().div_ceil(columns);
    let (wide, high) = (width / columns as f64, (height - 36.0) / rows as f64);
    for (place, table) in tables.iter().enumerate() {
        let corner = (
            (place % columns) as f64 * wide,
            36.0 + (place / columns) as f64 * high,
        );
        draw_table(table, surface, corner, (wide, high));
    }
}

fn percent(fraction: f64) -> String {
    ticks::number(100.0 * fraction, 1)
}

fn panel(from: Point, to: Point, (start, end): (f64, f64), logarithmic: bool) -> Panel {
    Panel {
        x: Scale {
            start,
            end,
            from: from.0,
            to: to.0,
            logarithmic,
        },
        y: Scale {
            start: 0.0,
            end: 1.16,
            from: to.1,
            to: from.1,
            logarithmic: false,
        },
    }
}

fn draw_table(
    table: &Efficiency,
    surface: &mut dyn Surface,
    (left, top): Point,
    (wide, high): Point,
) {
    let fractions = ticks::linear(0.0, 1.0, 5);
    let from = (left + left_margin(&[&fractions]), top + 13.0);
    let to = (left + wide - 12.0, top + high - BOTTOM_MARGIN);
    let ranges: Vec<(&EfficiencyBin, [f64; 2])> = (table.bins.iter())
        .filter_map(|bin| bin.range.map(|range| (bin, range)))
        .collect();
    let title = name(table);
    let (panel, along) = if ranges.is_empty() {
        let number = table.bins.len().max(1) as f64;
        let panel = panel(from, to, (0.0, number), false);
        (panel, of_words(table, (to.0 - from.0) / number))
    } else {
        let low = ranges[0].1[0];
        let high = ranges[ranges.len() - 1].1[1];
        let logarithmic = table.name == "width" && low > 0.0;
        let along = match logarithmic {
            true => ticks::logarithmic(low, high),
            false => ticks::beside(low, high, SMALL, to.0 - from.0),
        };
        (panel(from, to, (low, high), logarithmic), along)
    };
    panel.grid(surface, &fractions);
    for (place, bin) in table.bins.iter().enumerate() {
        match bin.range {
            Some([low, high]) => draw_bin(bin, (low, high), surface, &panel),
            None if ranges.is_empty() => {
                let ends = (place as f64 + 0.1, place as f64 + 0.9);
                draw_bin(bin, ends, surface, &panel);
            }
            None => {
                let number = ticks::thousands(bin.recovered.injected);
                let said = format!("{number} without a value");
                let at = (panel.right(), panel.top() - 3.0);
                pale_words(surface, &said, at, SMALL, Anchor::End);
            }
        }
    }
    panel.frame(surface);
    panel.left_axis(surface, &fractions, "Found", left + LABEL);
    panel.bottom_axis(surface, &along, Some(&title));
}

/// A mark in the middle of each word's place.
fn of_words(table: &Efficiency, space: f64) -> Ticks {
    let labels = table.bins.iter().enumerate().map(|(place, bin)| {
        let word = bin.word.as_deref().unwrap_or_default();
        let label = text::fitted(word, SMALL, space.min(WORD) - 2.0);
        (place as f64 + 0.5, label)
    });
    Ticks {
        major: labels.collect(),
        ..Ticks::default()
    }
}

/// Events between two numbers: how wide they are taken together, and how certain the fraction is.
fn draw_bin(
    bin: &EfficiencyBin,
    (low, high): (f64, f64),
    surface: &mut dyn Surface,
    panel: &Panel,
) {
    let recovered = bin.recovered;
    let Some(fraction) = recovered.fraction else {
        return;
    };
    let (left, y) = panel.at(low, fraction);
    let right = panel.x.place(high);
    let x = 0.5 * (left + right);
    surface.stroke(&[(left, y), (right, y)], 0.9, COLOUR.alpha(0.4));
    if let Some((lower, upper)) = recovered.lower.zip(recovered.upper) {
        let (lower, upper) = (panel.y.place(lower), panel.y.place(upper));
        surface.stroke(&[(x, upper), (x, lower)], 0.9, COLOUR);
        for y in [lower, upper] {
            surface.stroke(&[(x - 2.0, y), (x + 2.0, y)], 0.9, COLOUR);
        }
    }
    let look = Look {
        colour: COLOUR,
        shape: Shape::Disc,
    };
    palette::marker(surface, look, (x, y), 2.4, false);
    // how many there were, where there is room
    let number = ticks::thousands(recovered.injected);
    if text::width(&number, 6.5) < right - left {
        let style = super::surface::TextStyle {
            size: 6.5,
            anchor: Anchor::Middle,
            upwards: false,
            colour: INK.alpha(0.55),
        };
        surface.text(&number, (x, panel.y.place(1.08)), style);
    }
}

fn name(table: &Efficiency) -> String {
    let name = match table.name.as_str() {
        "snr" => "Expected S/N",
        "magnitude" => "Largest change",
        "width" => "Width at half maximum",
        "filter" => "Filter",
        other => other,
    };
    match table.unit.as_str() {
        "" => name.to_owned(),
        unit => format!("{name} ({unit})"),
    }
}
