//! The lightcurves of a source: brighter is up, filters by colour and marker, flagged epochs hollow.

use super::axes::{
    BOTTOM_MARGIN, LABEL, Legend, Panel, SMALL, Scale, Symbol, TITLE, TOP_AXIS, left_margin,
    pale_words, words,
};
use super::figure::{Brightness, LightcurveFigure, Mark, MarkKind, Series};
use super::palette::{self, BAND, DETECTION, Look, SEASON, SIMULATED, Shape};
use super::surface::{Anchor, Point, Surface};
use super::thin::thinned;
use super::{dates, text, ticks};

/// More epochs than this of one filter are small dots without error bars, and as many of them as can be told apart.
const DENSE: usize = 5_000;
/// Width of a place in which dots cannot be told apart (pt).
const PLACE: f64 = 0.8;
/// Half widths of markers (pt).
const MARKER: f64 = 2.1;
const SMALL_MARKER: f64 = 1.5;
const DOT: f64 = 0.55;
/// Seasons nearer to each other than this are shown as one (d).
const APART: f64 = 10.0;
/// A detection's peak and the epoch that it is (d).
const SAME_EPOCH: f64 = 5e-5;
const BETWEEN_PANELS: f64 = 7.0;

/// Epochs of one filter of one observatory.
struct Group<'a> {
    observatory: &'a str,
    filter: &'a str,
    look: Look,
    epochs: usize,
}

/// What a panel shows.
type Quantity<'a> = (Brightness, &'a str);

pub(super) fn draw(figure: &LightcurveFigure, surface: &mut dyn Surface, (width, height): Point) {
    let groups = groups(figure);
    let quantities = quantities(figure);
    let (start, end) = time_range(figure);
    let legend = Legend::new(entries(figure, &groups), width - 20.0);

    let mut top = heading(figure, surface, width);
    legend.draw(surface, (10.0, top));
    top += legend.height() + 4.0;
    if figure.period.is_none() {
        top += TOP_AXIS;
    }
    let bottom = height - BOTTOM_MARGIN;
    let number = quantities.len().max(1) as f64;
    let tall = (bottom - top - (number - 1.0) * BETWEEN_PANELS) / number;

    let ranges: Vec<(f64, f64)> = quantities
        .iter()
        .map(|quantity| value_range(figure, *quantity))
        .collect();
    let marked: Vec<ticks::Ticks> = ranges
        .iter()
        .map(|(low, high)| ticks::above(*low, *high, SMALL, tall))
        .collect();
    let left = left_margin(&marked.iter().collect::<Vec<_>>()).max(30.0);
    let x = Scale {
        start,
        end,
        from: left,
        to: width - 10.0,
        logarithmic: false,
    };
    let along = ticks::beside(start, end, SMALL, x.to - x.from);
    let title = time_title(figure);
    if quantities.is_empty() {
        let y = scale((0.0, 1.0), Brightness::Flux, (bottom, top));
        let panel = Panel { x, y };
        panel.frame(surface);
        panel.says(surface, "no photometry of this source");
        panel.bottom_axis(surface, &ticks::Ticks::default(), Some(&title));
        return;
    }
    for (place, quantity) in quantities.iter().enumerate() {
        let upper = top + place as f64 * (tall + BETWEEN_PANELS);
        let y = scale(ranges[place], quantity.0, (upper + tall, upper));
        let panel = Panel { x, y };
        background(figure, surface, &panel);
        panel.grid(surface, &marked[place]);
        let of_panel = |series: &&Series| (series.brightness, series.unit.as_str()) == *quantity;
        let drawn: Vec<&Series> = figure.series.iter().filter(of_panel).collect();
        draw_epochs(figure, &groups, &drawn, surface, &panel);
        rings(figure, &drawn, surface, &panel);
        if place == 0 {
            detections(figure, surface, &panel);
            if figure.period.is_none() {
                let dates = dates::ticks(start, end, SMALL, x.to - x.from);
                let dates = dates.into_iter().map(|tick| (tick.mjd, tick.label));
                panel.top_axis(surface, &dates.collect::<Vec<_>>());
            }
        }
        let is_last = place + 1 == quantities.len();
        if is_last {
            simulated(figure, surface, &panel);
        }
        panel.frame(surface);
        panel.left_axis(surface, &marked[place], &value_title(*quantity), LABEL);
        panel.bottom_axis(surface, &along, is_last.then_some(title.as_str()));
    }
}

/// How many panels the picture has.
pub(super) fn panels(figure: &LightcurveFigure) -> usize {
    quantities(figure).len().max(1)
}

/// What is shown, a panel for each: magnitudes first.
fn quantities(figure: &LightcurveFigure) -> Vec<Quantity<'_>> {
    let mut quantities: Vec<Quantity> = Vec::new();
    for series in &figure.series {
        let quantity = (series.brightness, series.unit.as_str());
        if !quantities.contains(&quantity) {
            quantities.push(quantity);
        }
    }
    quantities.sort_by_key(|(brightness, _)| *brightness == Brightness::Flux);
    quantities
}

fn groups(figure: &LightcurveFigure) -> Vec<Group<'_>> {
    let mut names: Vec<(&str, &str)> = Vec::new();
    for series in &figure.series {
        let name = (series.observatory.as_str(), series.filter.as_str());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let looks = palette::looks(&names);
    let groups = names.into_iter().zip(looks);
    groups
        .map(|((observatory, filter), look)| Group {
            observatory,
            filter,
            look,
            epochs: (figure.series.iter())
                .filter(|series| series.observatory == observatory && series.filter == filter)
                .map(|series| series.time.len())
                .sum(),
        })
        .collect()
}

impl Group<'_> {
    fn is_dense(&self) -> bool {
        self.epochs > DENSE
    }

    fn has(&self, series: &Series) -> bool {
        self.observatory == series.observatory && self.filter == series.filter
    }

    fn label(&self) -> String {
        let number = ticks::thousands(self.epochs as u64);
        let thinned = if self.is_dense() { ", thinned" } else { "" };
        if self.filter.is_empty() || self.observatory.eq_ignore_ascii_case(self.filter) {
            format!("{} ({number}{thinned})", self.observatory)
        } else {
            format!("{} {} ({number}{thinned})", self.observatory, self.filter)
        }
    }

    fn marker(&self) -> f64 {
        match self.epochs {
            0..=600 => MARKER,
            601..=DENSE => SMALL_MARKER,
            _ => DOT,
        }
    }
}

/// The name, the period and the position in one line; says where it ends.
fn heading(figure: &LightcurveFigure, surface: &mut dyn Surface, width: f64) -> f64 {
    let place = format!(
        "RA {}° Dec {}°",
        ticks::number(figure.ra, 5),
        ticks::number(figure.dec, 5)
    );
    let place_width = text::width(&place, SMALL);
    let mut name = figure.source_name.clone();
    let period = figure
        .period
        .map(|period| format!("  P = {} d", significant(period)));
    let period = period.unwrap_or_default();
    let space = width - 32.0 - place_width - text::width(&period, TITLE);
    name = text::fitted(&name, TITLE, space) + &period;
    words(surface, &name, (10.0, 15.0), TITLE, Anchor::Start);
    pale_words(surface, &place, (width - 10.0, 15.0), SMALL, Anchor::End);
    20.0
}

/// As many digits as tell a period from others.
fn significant(period: f64) -> String {
    let digits = (7 - period.log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{period:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn entries(figure: &LightcurveFigure, groups: &[Group]) -> Vec<(Symbol, String)> {
    let mut entries: Vec<(Symbol, String)> = groups
        .iter()
        .map(|group| (Symbol::Marker(group.look, false), group.label()))
        .collect();
    let flagged: usize = (figure.series.iter())
        .map(|series| series.flagged.iter().filter(|flag| **flag).count())
        .sum();
    if flagged > 0 {
        let look = Look {
            colour: palette::PALE_INK,
            shape: Shape::Disc,
        };
        let number = ticks::thousands(flagged as u64);
        entries.push((Symbol::Marker(look, true), format!("flagged ({number})")));
    }
    let number = |kind| figure.marks.iter().filter(|mark| mark.kind == kind).count();
    for kind in [MarkKind::Detection, MarkKind::Recovered, MarkKind::Missed] {
        let (look, hollow, word) = mark_look(kind);
        if number(kind) > 0 {
            let label = format!("{word} ({})", number(kind));
            entries.push((Symbol::Marker(look, hollow), label));
        }
    }
    entries
}

fn mark_look(kind: MarkKind) -> (Look, bool, &'static str) {
    let look = |colour, shape| Look { colour, shape };
    match kind {
        MarkKind::Detection => (look(DETECTION, Shape::Down), false, "detection"),
        MarkKind::Recovered => (look(SIMULATED, Shape::Up), false, "simulated, found"),
        MarkKind::Missed => (look(SIMULATED, Shape::Up), true, "simulated, missed"),
    }
}

fn time_title(figure: &LightcurveFigure) -> String {
    match figure.period {
        Some(_) => format!(
            "Phase, from {} {}",
            figure.time_label,
            ticks::number(figure.epoch, 5)
        ),
        None => figure.time_label.clone(),
    }
}

fn value_title((brightness, unit): Quantity) -> String {
    match (brightness, unit) {
        (Brightness::Magnitude, unit) => format!("Magnitude ({unit})"),
        (Brightness::Flux, "") => "Relative flux".to_owned(),
        (Brightness::Flux, "uJy") => "Flux (µJy)".to_owned(),
        (Brightness::Flux, unit) => format!("Flux ({})", text::printable(unit)),
    }
}

/// Phases of a time, in both of the periods that are shown; or the time.
fn places(figure: &LightcurveFigure, time: f64) -> impl Iterator<Item = f64> + use<> {
    let first = match figure.period {
        Some(period) => ((time - figure.epoch) / period).rem_euclid(1.0),
        None => time,
    };
    let second = figure.period.map(|_| first + 1.0);
    std::iter::once(first).chain(second)
}

fn time_range(figure: &LightcurveFigure) -> (f64, f64) {
    if figure.period.is_some() {
        return (0.0, 2.0);
    }
    let times = figure.series.iter().flat_map(|series| &series.time);
    padded(ends(times.copied()).unwrap_or((0.0, 1.0)), 0.02, 0.5)
}

/// All good values with their error bars, and flagged ones unless they are far out.
fn value_range(figure: &LightcurveFigure, quantity: Quantity) -> (f64, f64) {
    let of_panel = |series: &&Series| (series.brightness, series.unit.as_str()) == quantity;
    let epochs = || {
        let series = figure.series.iter().filter(of_panel);
        series.flat_map(|series| {
            (0..series.value.len()).map(|epoch| {
                (
                    series.value[epoch],
                    series.error[epoch],
                    series.flagged[epoch],
                )
            })
        })
    };
    let good = ends(epochs().filter(|epoch| !epoch.2).map(|epoch| epoch.0));
    let flagged = epochs().filter(|epoch| epoch.2).map(|epoch| epoch.0);
    let least = match quantity.0 {
        Brightness::Magnitude => 0.1,
        Brightness::Flux => 1e-3,
    };
    let Some((low, high)) = good else {
        return padded(ends(flagged).unwrap_or((0.0, 1.0)), 0.06, least);
    };
    // an error of five magnitudes is not to flatten everything else
    let longest = (0.5 * (high - low)).max(0.02 * high.abs().max(low.abs()));
    let bars = epochs()
        .filter(|epoch| !epoch.2)
        .flat_map(|(value, error, _)| {
            let error = if error.is_finite() {
                error.min(longest)
            } else {
                0.0
            };
            [value - error, value + error]
        });
    let (low, high) = ends(bars).unwrap_or((low, high));
    let near = (low - (high - low))..=(high + (high - low));
    let flagged = flagged.filter(|value| near.contains(value));
    let all = ends(flagged.chain([low, high])).unwrap_or((low, high));
    padded(all, 0.06, least * high.abs().clamp(1.0, 1e3))
}

fn ends(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.filter(|value| value.is_finite());
    finite.fold(None, |ends, value| {
        Some(ends.map_or((value, value), |(low, high): (f64, f64)| {
            (low.min(value), high.max(value))
        }))
    })
}

/// A little beyond the ends, and at least so much.
fn padded((low, high): (f64, f64), part: f64, least: f64) -> (f64, f64) {
    let more = (part * (high - low)).max(if high > low { 0.0 } else { least });
    (low - more, high + more)
}

fn scale((low, high): (f64, f64), brightness: Brightness, (from, to): (f64, f64)) -> Scale {
    let (start, end) = match brightness {
        Brightness::Magnitude => (high, low),
        Brightness::Flux => (low, high),
    };
    Scale {
        start,
        end,
        from,
        to,
        logarithmic: false,
    }
}

/// Seasons, and when something happened.
fn background(figure: &LightcurveFigure, surface: &mut dyn Surface, panel: &Panel) {
    if figure.period.is_some() {
        return;
    }
    let (top, bottom) = (panel.top(), panel.bottom());
    let seasons = seasons(figure);
    if seasons.len() > 1 {
        for (start, end) in seasons {
            let left = (panel.x.place(start) - 1.5).max(panel.left());
            let right = (panel.x.place(end) + 1.5).min(panel.right());
            surface.rectangle((left, top), (right, bottom), SEASON);
        }
    }
    let detections = figure.marks.iter();
    for mark in detections.filter(|mark| mark.kind == MarkKind::Detection) {
        let start = panel.x.place(panel.x.clamped(mark.start.min(mark.time)));
        let end = panel.x.place(panel.x.clamped(mark.end.max(mark.time)));
        surface.rectangle((start - 0.4, top), (end + 0.4, bottom), BAND);
    }
}

/// Stretches of time with epochs, all filters together.
fn seasons(figure: &LightcurveFigure) -> Vec<(f64, f64)> {
    let series = figure.series.iter();
    let mut stretches: Vec<(f64, f64)> = series
        .filter_map(|series| Some((*series.time.first()?, *series.time.last()?)))
        .collect();
    stretches.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut seasons: Vec<(f64, f64)> = Vec::new();
    for (start, end) in stretches {
        match seasons.last_mut() {
            Some(last) if start <= last.1 + APART => last.1 = last.1.max(end),
            _ => seasons.push((start, end)),
        }
    }
    seasons
}

/// The densest filters first, so that the few epochs of others are seen; of each filter flagged epochs first.
fn draw_epochs(
    figure: &LightcurveFigure,
    groups: &[Group],
    series: &[&Series],
    surface: &mut dyn Surface,
    panel: &Panel,
) {
    let mut order: Vec<&Group> = groups.iter().collect();
    order.sort_by_key(|group| std::cmp::Reverse(group.epochs));
    for group in order {
        let own: Vec<&&Series> = series.iter().filter(|series| group.has(series)).collect();
        for flagged in [true, false] {
            let mut points = Vec::new();
            for series in &own {
                for epoch in 0..series.time.len() {
                    if series.flagged[epoch] == flagged {
                        let phases = places(figure, series.time[epoch]);
                        let (value, error) = (series.value[epoch], series.error[epoch]);
                        points.extend(phases.map(|time| (time, value, error)));
                    }
                }
            }
            if group.is_dense() {
                draw_dots(&points, group, flagged, surface, panel);
            } else {
                draw_markers(&points, group, flagged, surface, panel);
            }
        }
    }
}

/// Time, value, error.
type Epoch = (f64, f64, f64);

fn draw_markers(
    points: &[Epoch],
    group: &Group,
    flagged: bool,
    surface: &mut dyn Surface,
    panel: &Panel,
) {
    let radius = group.marker();
    let bar = group.look.colour.alpha(if flagged { 0.3 } else { 0.55 });
    for &(time, value, error) in points {
        if error.is_finite() && error > 0.0 && panel.y.holds(value) {
            let x = panel.x.place(time);
            let low = panel.y.place(panel.y.clamped(value - error));
            let high = panel.y.place(panel.y.clamped(value + error));
            surface.stroke(&[(x, low.min(high)), (x, low.max(high))], 0.6, bar);
        }
    }
    for &(time, value, _) in points {
        if panel.y.holds(value) {
            let at = panel.at(time, value);
            palette::marker(surface, group.look, at, radius, flagged);
        } else {
            beyond(surface, panel, group, (time, value));
        }
    }
}

/// An arrow at the edge, for a flagged epoch that is far out.
fn beyond(surface: &mut dyn Surface, panel: &Panel, group: &Group, (time, value): (f64, f64)) {
    let is_above = (panel.y.end - panel.y.start) * (value - panel.y.end) > 0.0;
    let (shape, y) = match is_above {
        true => (Shape::Up, panel.top() + 3.0),
        false => (Shape::Down, panel.bottom() - 3.0),
    };
    let look = Look {
        colour: group.look.colour,
        shape,
    };
    palette::marker(surface, look, (panel.x.place(time), y), SMALL_MARKER, true);
}

fn draw_dots(
    points: &[Epoch],
    group: &Group,
    flagged: bool,
    surface: &mut dyn Surface,
    panel: &Panel,
) {
    let place = |point: &Epoch| panel.at(point.0, panel.y.clamped(point.1));
    let at: Vec<Point> = points.iter().map(place).collect();
    let x: Vec<f64> = at.iter().map(|at| (at.0 - panel.left()) / PLACE).collect();
    let y: Vec<f64> = at.iter().map(|at| (at.1 - panel.top()) / PLACE).collect();
    let places = |points: f64| (points / PLACE).ceil() as usize + 1;
    let columns = places(panel.right() - panel.left());
    let rows = places(panel.bottom() - panel.top());
    let look = Look {
        shape: Shape::Disc,
        ..group.look
    };
    let radius = if flagged { 1.5 * DOT } else { DOT };
    for point in thinned(&x, &y, columns, rows) {
        palette::marker(surface, look, at[point], radius, flagged);
    }
}

/// Around the epochs of the peaks of detections.
fn rings(figure: &LightcurveFigure, series: &[&Series], surface: &mut dyn Surface, panel: &Panel) {
    let detections = figure.marks.iter();
    for mark in detections.filter(|mark| mark.kind == MarkKind::Detection) {
        for series in series {
            let first = series
                .time
                .partition_point(|time| *time < mark.time - SAME_EPOCH);
            let after = series.time[first..].iter().zip(&series.value[first..]);
            for (time, value) in after.take_while(|(time, _)| **time <= mark.time + SAME_EPOCH) {
                for time in places(figure, *time) {
                    if panel.y.holds(*value) {
                        surface.circle(panel.at(time, *value), 4.2, Some(0.9), DETECTION);
                    }
                }
            }
        }
    }
}

/// Arrows at the top, with their S/N where there is room.
fn detections(figure: &LightcurveFigure, surface: &mut dyn Surface, panel: &Panel) {
    let marks = marks_at(figure, panel, |kind| kind == MarkKind::Detection);
    let mut marks: Vec<(&Mark, f64)> = marks.collect();
    marks.sort_by(|one, other| one.1.total_cmp(&other.1));
    for (place, (mark, x)) in marks.iter().enumerate() {
        let (look, hollow, _) = mark_look(mark.kind);
        palette::marker(surface, look, (*x, panel.top() + 4.5), 2.6, hollow);
        let label = ticks::number(mark.snr, 1);
        let right = x + 9.0 + text::width(&label, SMALL);
        let next = marks
            .get(place + 1)
            .map_or(panel.right() + 4.0, |next| next.1);
        if mark.snr.is_finite() && right < next {
            let at = (x + 4.5, panel.top() + 8.0);
            pale_words(surface, &label, at, SMALL, Anchor::Start);
        }
    }
}

/// Arrows at the bottom.
fn simulated(figure: &LightcurveFigure, surface: &mut dyn Surface, panel: &Panel) {
    for (mark, x) in marks_at(figure, panel, |kind| kind != MarkKind::Detection) {
        let (look, hollow, _) = mark_look(mark.kind);
        palette::marker(surface, look, (x, panel.bottom() - 4.0), 2.6, hollow);
    }
}

fn marks_at<'a>(
    figure: &'a LightcurveFigure,
    panel: &Panel,
    wanted: impl Fn(MarkKind) -> bool + 'a,
) -> impl Iterator<Item = (&'a Mark, f64)> {
    let x = panel.x;
    let marks = figure.marks.iter().filter(move |mark| wanted(mark.kind));
    let shown = marks.flat_map(move |mark| places(figure, mark.time).map(move |at| (mark, at)));
    shown
        .filter(move |(_, at)| x.holds(*at))
        .map(move |(mark, at)| (mark, x.place(at)))
}
