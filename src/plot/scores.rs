//! How often each score was met, in logarithmic counts, with the threshold of an event.

use statrs::function::erf::erf;

use super::axes::{
    BOTTOM_MARGIN, LABEL, Legend, Panel, SMALL, Scale, Symbol, TITLE, dashed, left_margin,
    pale_words, words,
};
use super::figure::ScoresFigure;
use super::palette::{self, ALL, GOOD, INK, THRESHOLD};
use super::surface::{Anchor, Colour, Point, Surface};
use super::{text, ticks};

/// Counts below one event are half a bin high, so that single events are seen.
const LEAST: f64 = 0.5;

pub(super) fn draw(figure: &ScoresFigure, surface: &mut dyn Surface, (width, height): Point) {
    let title = text::fitted(&figure.title, TITLE, width - 20.0);
    words(surface, &title, (10.0, 15.0), TITLE, Anchor::Start);
    let legend = Legend::new(entries(figure), width - 20.0);
    legend.draw(surface, (10.0, 20.0));
    let mut top = 20.0 + legend.height() + 4.0;
    if let Some(said) = not_shown(figure) {
        let said = text::fitted(&said, SMALL, width - 20.0);
        pale_words(surface, &said, (10.0, top + 6.0), SMALL, Anchor::Start);
        top += 14.0;
    }
    let bottom = height - BOTTOM_MARGIN;
    let most = figure.all.iter().chain(&figure.good).copied().max();
    let most = most.unwrap_or(0).max(1) as f64;
    let counts = ticks::logarithmic(LEAST, 2.0 * most);
    let (start, end) = range(figure);
    let x = Scale {
        start,
        end,
        from: left_margin(&[&counts]),
        to: width - 12.0,
        logarithmic: false,
    };
    let y = Scale {
        start: LEAST,
        end: 2.0 * most,
        from: bottom,
        to: top,
        logarithmic: true,
    };
    let panel = Panel { x, y };
    let title = name(&figure.score);
    if most_counted(figure) == 0 {
        panel.frame(surface);
        panel.says(surface, "no scores: nothing has been analysed");
        panel.bottom_axis(surface, &ticks::Ticks::default(), Some(title));
        return;
    }
    panel.grid(surface, &counts);
    areas(surface, &panel, figure, &figure.all, ALL.alpha(0.45));
    outline(surface, &panel, figure, &figure.all, 0.6, ALL);
    areas(surface, &panel, figure, &figure.good, GOOD.alpha(0.35));
    for (number, (_, colour)) in filters(figure).into_iter().enumerate() {
        outline(
            surface,
            &panel,
            figure,
            &figure.filters[number].1,
            0.6,
            colour,
        );
    }
    outline(surface, &panel, figure, &figure.good, 0.8, GOOD);
    noise(surface, &panel, figure);
    for threshold in thresholds(figure) {
        if panel.x.holds(threshold) {
            let x = panel.x.place(threshold);
            dashed(surface, &[(x, top), (x, bottom)], 1.0, THRESHOLD);
        }
    }
    let along = ticks::beside(start, end, SMALL, x.to - x.from);
    panel.frame(surface);
    panel.left_axis(surface, &counts, "Epochs per bin", LABEL);
    panel.bottom_axis(surface, &along, Some(title));
}

fn most_counted(figure: &ScoresFigure) -> u64 {
    figure.all.iter().copied().max().unwrap_or(0)
}

/// The bins with counts, and the thresholds.
fn range(figure: &ScoresFigure) -> (f64, f64) {
    let counted =
        |bin: &usize| figure.all[*bin] > 0 || figure.good.get(*bin).is_some_and(|count| *count > 0);
    let bins = || (0..figure.all.len()).filter(counted);
    let first = bins().next().and_then(|bin| figure.edges.get(bin)).copied();
    let last = bins()
        .next_back()
        .and_then(|bin| figure.edges.get(bin + 1))
        .copied();
    let wide = |threshold: f64| 1.2 * threshold;
    let ends = (first.into_iter().chain(last)).chain(thresholds(figure).into_iter().map(wide));
    let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low < high { (low, high) } else { (0.0, 1.0) }
}

/// Events are brightenings and dips.
fn thresholds(figure: &ScoresFigure) -> Vec<f64> {
    let threshold = figure.threshold.filter(|threshold| threshold.is_finite());
    threshold
        .into_iter()
        .flat_map(|threshold| [-threshold, threshold])
        .collect()
}

fn bins<'a>(
    figure: &'a ScoresFigure,
    counts: &'a [u64],
) -> impl Iterator<Item = (f64, f64, u64)> + 'a {
    let edges = figure.edges.windows(2).zip(counts);
    edges.map(|(edges, count)| (edges[0], edges[1], *count))
}

fn areas(
    surface: &mut dyn Surface,
    panel: &Panel,
    figure: &ScoresFigure,
    counts: &[u64],
    colour: Colour,
) {
    for (low, high, count) in bins(figure, counts).filter(|(_, _, count)| *count > 0) {
        let (low, high) = (panel.x.clamped(low), panel.x.clamped(high));
        let corner = panel.at(low, count as f64);
        surface.rectangle(corner, (panel.x.place(high), panel.bottom()), colour);
    }
}

fn outline(
    surface: &mut dyn Surface,
    panel: &Panel,
    figure: &ScoresFigure,
    counts: &[u64],
    width: f64,
    colour: Colour,
) {
    let mut line: Vec<Point> = Vec::new();
    for (low, high, count) in bins(figure, counts) {
        if high <= panel.x.start || low >= panel.x.end {
            continue;
        }
        let y = panel.y.place((count as f64).max(LEAST));
        line.push((panel.x.place(panel.x.clamped(low)), y));
        line.push((panel.x.place(panel.x.clamped(high)), y));
    }
    line.dedup();
    surface.stroke(&line, width, colour);
}

/// True if good epochs without an event have Gaussian numbers of unit variance.
fn is_gaussian(figure: &ScoresFigure) -> bool {
    matches!(figure.score.as_str(), "snr" | "score")
}

/// What Gaussian noise would give for as many good epochs.
fn noise(surface: &mut dyn Surface, panel: &Panel, figure: &ScoresFigure) {
    if !is_gaussian(figure) {
        return;
    }
    let number: u64 = figure.good.iter().sum();
    let below = |value: f64| 0.5 * (1.0 + erf(value / std::f64::consts::SQRT_2));
    let expected = bins(figure, &figure.good).map(|(low, high, _)| {
        let expected = number as f64 * (below(high) - below(low));
        (0.5 * (low + high), expected)
    });
    let line: Vec<Point> = expected
        .filter(|(middle, expected)| *expected > LEAST && panel.x.holds(*middle))
        .map(|(middle, expected)| panel.at(middle, expected))
        .collect();
    dashed(surface, &line, 1.2, INK);
}

/// The filters with good epochs, if there are several, with their colours.
fn filters(figure: &ScoresFigure) -> Vec<(&str, Colour)> {
    if figure.filters.len() < 2 {
        return Vec::new();
    }
    let names: Vec<(&str, &str)> = (figure.filters.iter())
        .map(|(filter, _)| (filter.as_str(), filter.as_str()))
        .collect();
    let looks = palette::looks(&names);
    let named = names.into_iter().zip(looks);
    named
        .map(|((_, filter), look)| (filter, look.colour))
        .collect()
}

fn entries(figure: &ScoresFigure) -> Vec<(Symbol, String)> {
    let sum = |counts: &[u64]| ticks::thousands(counts.iter().sum());
    let mut entries = vec![
        (
            Symbol::Area(ALL.alpha(0.6)),
            format!("all epochs ({})", sum(&figure.all)),
        ),
        (
            Symbol::Area(GOOD.alpha(0.6)),
            format!("good epochs ({})", sum(&figure.good)),
        ),
    ];
    for (filter, colour) in filters(figure) {
        entries.push((Symbol::Line(colour), format!("good, {filter}")));
    }
    if is_gaussian(figure) {
        entries.push((Symbol::Dashes(INK), "Gaussian noise".to_owned()));
    }
    if let Some(threshold) = figure.threshold {
        entries.push((Symbol::Dashes(THRESHOLD), format!("threshold ±{threshold}")));
    }
    entries
}

fn not_shown(figure: &ScoresFigure) -> Option<String> {
    let counters = [
        (figure.underflow, "below the axes"),
        (figure.overflow, "above the axes"),
        (figure.nan, "without a value"),
    ];
    let told: Vec<String> = (counters.iter())
        .filter(|(number, _)| *number > 0)
        .map(|(number, words)| format!("{} {words}", ticks::thousands(*number)))
        .collect();
    (!told.is_empty()).then(|| format!("epochs in no bin: {}", told.join(", ")))
}

fn name(score: &str) -> &str {
    match score {
        "snr" => "Signal to noise ratio",
        "score" => "Score (σ)",
        "dmag" => "Magnitude difference",
        "" => "Score",
        other => other,
    }
}
