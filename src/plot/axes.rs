//! Panels with axes, and legends: what all pictures of numbers have in common. All lengths in points.

use super::palette::{self, GRID, INK, Look, PALE_INK};
use super::surface::{Anchor, Colour, Point, Surface, TextStyle};
use super::text;
use super::ticks::{Ticks, power_of_ten};

pub(super) const TITLE: f64 = 11.0;
pub(super) const LABEL: f64 = 10.0;
pub(super) const SMALL: f64 = 8.5;

/// How thick frames and marks of axes are, and how long the latter.
const LINE: f64 = 0.7;
const MAJOR: f64 = 4.0;
const MINOR: f64 = 2.2;
/// Between a mark and its label.
const GAP: f64 = 2.5;
/// From line to line of a legend.
const LEGEND_LINE: f64 = 12.0;

/// From numbers to places along an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    /// The numbers at both ends, in the order of the places.
    pub start: f64,
    pub end: f64,
    pub from: f64,
    pub to: f64,
    pub logarithmic: bool,
}

impl Scale {
    pub(super) fn place(&self, value: f64) -> f64 {
        let part = if self.logarithmic {
            (value.ln() - self.start.ln()) / (self.end.ln() - self.start.ln())
        } else {
            (value - self.start) / (self.end - self.start)
        };
        self.from + part * (self.to - self.from)
    }

    /// Between the ends, whichever is the larger.
    pub(super) fn holds(&self, value: f64) -> bool {
        (self.start.min(self.end)..=self.start.max(self.end)).contains(&value)
    }

    /// The nearest number between the ends.
    pub(super) fn clamped(&self, value: f64) -> f64 {
        value.clamp(self.start.min(self.end), self.start.max(self.end))
    }
}

/// A rectangle that numbers are drawn into.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Panel {
    pub x: Scale,
    pub y: Scale,
}

impl Panel {
    pub(super) fn left(&self) -> f64 {
        self.x.from
    }

    pub(super) fn right(&self) -> f64 {
        self.x.to
    }

    pub(super) fn top(&self) -> f64 {
        self.y.to
    }

    pub(super) fn bottom(&self) -> f64 {
        self.y.from
    }

    pub(super) fn at(&self, x: f64, y: f64) -> Point {
        (self.x.place(x), self.y.place(y))
    }

    pub(super) fn frame(&self, surface: &mut dyn Surface) {
        let (left, right) = (self.left(), self.right());
        let (top, bottom) = (self.top(), self.bottom());
        surface.stroke(&[(left, top), (right, top)], LINE, INK);
        surface.stroke(&[(right, top), (right, bottom)], LINE, INK);
        surface.stroke(&[(left, bottom), (right, bottom)], LINE, INK);
        surface.stroke(&[(left, top), (left, bottom)], LINE, INK);
    }

    /// Pale lines across, at the major marks of the vertical axis.
    pub(super) fn grid(&self, surface: &mut dyn Surface, ticks: &Ticks) {
        for (value, _) in &ticks.major {
            let y = self.y.place(*value);
            surface.stroke(&[(self.left(), y), (self.right(), y)], 0.4, GRID);
        }
    }

    /// Marks below the panel, with labels and a title if `title` is some.
    pub(super) fn bottom_axis(
        &self,
        surface: &mut dyn Surface,
        ticks: &Ticks,
        title: Option<&str>,
    ) {
        let y = self.bottom();
        for (x, length) in marks(&self.x, ticks) {
            surface.stroke(&[(x, y), (x, y + length)], LINE, INK);
        }
        let Some(title) = title else { return };
        let baseline = y + MAJOR + GAP + 0.72 * SMALL;
        for (value, label) in &ticks.major {
            words(
                surface,
                label,
                (self.x.place(*value), baseline),
                SMALL,
                Anchor::Middle,
            );
        }
        let middle = 0.5 * (self.left() + self.right());
        let title = titled(title, ticks.exponent);
        words(
            surface,
            &title,
            (middle, baseline + 1.35 * LABEL),
            LABEL,
            Anchor::Middle,
        );
    }

    /// Marks to the left of the panel with labels, and a title that ends at `title_right`.
    pub(super) fn left_axis(
        &self,
        surface: &mut dyn Surface,
        ticks: &Ticks,
        title: &str,
        title_right: f64,
    ) {
        let x = self.left();
        for (y, length) in marks(&self.y, ticks) {
            surface.stroke(&[(x - length, y), (x, y)], LINE, INK);
        }
        for (value, label) in &ticks.major {
            let at = (x - MAJOR - GAP, self.y.place(*value) + 0.36 * SMALL);
            words(surface, label, at, SMALL, Anchor::End);
        }
        let middle = 0.5 * (self.top() + self.bottom());
        let title = titled(title, ticks.exponent);
        let style = TextStyle {
            size: LABEL,
            anchor: Anchor::Middle,
            upwards: true,
            colour: INK,
        };
        let title = text::fitted(&title, LABEL, self.bottom() - self.top() + 20.0);
        surface.text(&title, (title_right, middle), style);
    }

    /// Marks above the panel, each with its label.
    pub(super) fn top_axis(&self, surface: &mut dyn Surface, marks: &[(f64, String)]) {
        let y = self.top();
        for (value, label) in marks {
            let x = self.x.place(*value);
            surface.stroke(&[(x, y), (x, y - MAJOR)], LINE, INK);
            // a label at the very end would hang over it
            let half = 0.5 * text::width(label, SMALL);
            let middle = x.clamp(self.left() + half - 12.0, self.right() - half + 8.0);
            let at = (middle, y - MAJOR - GAP);
            words(surface, label, at, SMALL, Anchor::Middle);
        }
    }

    /// Words in the middle of the panel, instead of what is not there.
    pub(super) fn says(&self, surface: &mut dyn Surface, said: &str) {
        let middle = 0.5 * (self.left() + self.right());
        let at = (middle, 0.5 * (self.top() + self.bottom()));
        let style = TextStyle {
            size: LABEL,
            anchor: Anchor::Middle,
            upwards: false,
            colour: PALE_INK,
        };
        surface.text(&text::printable(said), at, style);
    }
}

/// How much room the left axis needs for its labels and title.
pub(super) fn left_margin(ticks: &[&Ticks]) -> f64 {
    let labels = ticks.iter().flat_map(|ticks| &ticks.major);
    let widest = labels.map(|(_, label)| text::width(label, SMALL));
    MAJOR + GAP + widest.fold(0.0, f64::max) + 5.0 + LABEL
}

/// How much room the bottom axis needs for its labels and title.
pub(super) const BOTTOM_MARGIN: f64 = MAJOR + GAP + SMALL + 1.35 * LABEL + 4.0;

/// How much room the labels above a panel need.
pub(super) const TOP_AXIS: f64 = MAJOR + GAP + SMALL;

fn marks<'a>(scale: &'a Scale, ticks: &'a Ticks) -> impl Iterator<Item = (f64, f64)> + 'a {
    let major = ticks.major.iter().map(|(value, _)| (*value, MAJOR));
    let minor = ticks.minor.iter().map(|value| (*value, MINOR));
    let all = minor.chain(major).filter(|(value, _)| scale.holds(*value));
    all.map(|(value, length)| (scale.place(value), length))
}

/// `Flux (µJy)` with a power of ten.
fn titled(title: &str, exponent: i32) -> String {
    if exponent == 0 {
        return title.to_owned();
    }
    let power = power_of_ten(exponent);
    match title
        .strip_suffix(')')
        .and_then(|title| title.split_once(" ("))
    {
        Some((quantity, unit)) => format!("{quantity} ({power} {unit})"),
        None => format!("{title} ({power})"),
    }
}

/// A line of text in ink.
pub(super) fn words(surface: &mut dyn Surface, words: &str, at: Point, size: f64, anchor: Anchor) {
    let style = TextStyle {
        size,
        anchor,
        upwards: false,
        colour: INK,
    };
    surface.text(words, at, style);
}

/// The same, paler.
pub(super) fn pale_words(
    surface: &mut dyn Surface,
    words: &str,
    at: Point,
    size: f64,
    anchor: Anchor,
) {
    let style = TextStyle {
        size,
        anchor,
        upwards: false,
        colour: PALE_INK,
    };
    surface.text(words, at, style);
}

/// A line through these points, of dashes of one length whatever its bends.
pub(super) fn dashed(surface: &mut dyn Surface, line: &[Point], width: f64, colour: Colour) {
    const DASH: f64 = 4.0;
    const GAP: f64 = 2.5;
    let mut dash: Vec<Point> = line.first().copied().into_iter().collect();
    let (mut drawn, mut left) = (true, DASH);
    for ends in line.windows(2) {
        let (mut from, to) = (ends[0], ends[1]);
        let rest = |from: Point| (to.0 - from.0).hypot(to.1 - from.1);
        while rest(from) > left {
            let part = left / rest(from);
            from = (
                from.0 + part * (to.0 - from.0),
                from.1 + part * (to.1 - from.1),
            );
            dash.push(from);
            if drawn {
                surface.stroke(&dash, width, colour);
            }
            drawn = !drawn;
            left = if drawn { DASH } else { GAP };
            dash = vec![from];
        }
        left -= rest(from);
        dash.push(to);
    }
    if drawn && dash.len() > 1 {
        surface.stroke(&dash, width, colour);
    }
}

/// What stands before a word of a legend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Symbol {
    Marker(Look, bool),
    Area(Colour),
    Line(Colour),
    Dashes(Colour),
}

/// The entries of a legend in lines.
#[derive(Debug, Clone, Default)]
pub(super) struct Legend {
    lines: Vec<Vec<(f64, Symbol, String)>>,
}

impl Legend {
    /// As many lines as it takes in this width.
    pub(super) fn new(entries: Vec<(Symbol, String)>, space: f64) -> Legend {
        const SYMBOL: f64 = 14.0;
        const APART: f64 = 12.0;
        let mut lines: Vec<Vec<(f64, Symbol, String)>> = Vec::new();
        let mut used = f64::INFINITY;
        for (symbol, label) in entries {
            let label = text::fitted(&label, SMALL, space - SYMBOL);
            let width = SYMBOL + text::width(&label, SMALL);
            if used + width > space {
                lines.push(Vec::new());
                used = 0.0;
            }
            if let Some(line) = lines.last_mut() {
                line.push((used, symbol, label));
            }
            used += width + APART;
        }
        Legend { lines }
    }

    pub(super) fn height(&self) -> f64 {
        self.lines.len() as f64 * LEGEND_LINE
    }

    pub(super) fn draw(&self, surface: &mut dyn Surface, (left, top): Point) {
        for (number, line) in self.lines.iter().enumerate() {
            let middle = top + (number as f64 + 0.5) * LEGEND_LINE;
            for (place, symbol, label) in line {
                symbol.draw(surface, (left + place + 5.0, middle));
                let at = (left + place + 14.0, middle + 0.36 * SMALL);
                words(surface, label, at, SMALL, Anchor::Start);
            }
        }
    }
}

impl Symbol {
    fn draw(self, surface: &mut dyn Surface, (x, y): Point) {
        match self {
            Symbol::Marker(look, hollow) => palette::marker(surface, look, (x, y), 3.0, hollow),
            Symbol::Area(colour) => {
                surface.rectangle((x - 5.0, y - 3.5), (x + 5.0, y + 3.5), colour)
            }
            Symbol::Line(colour) => surface.stroke(&[(x - 5.0, y), (x + 5.0, y)], 1.2, colour),
            Symbol::Dashes(colour) => dashed(surface, &[(x - 5.5, y), (x + 5.5, y)], 1.2, colour),
        }
    }
}
