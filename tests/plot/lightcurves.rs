//! Pictures of lightcurves.

use retriever::plot::{self, Figure, LightcurveFigure, MarkKind, PlotError, Size};

use crate::made::{dense, figure, lightcurve, mark, series};
use crate::svg::{Element, elements, words};

/// Colour of the filter g, and of markers of detections.
const GREEN: &str = "#009E73";
const DETECTION: &str = "#B8004D";
/// Radius of the markers of a few epochs, and of the dots of very many (tenths of a point).
const MARKER: f64 = 21.0;
const DOT: f64 = 6.0;

fn markers(elements: &[Element]) -> Vec<&Element> {
    let circles = elements.iter();
    circles
        .filter(|element| element.is_circle(GREEN, MARKER))
        .collect()
}

#[test]
fn there_is_a_marker_for_each_epoch_and_flagged_ones_are_hollow() {
    let epochs: Vec<(f64, f64)> = (0..40)
        .map(|day| (58_000.0 + f64::from(day), 18.0))
        .collect();
    let mut curve = series("ZTF", "zg", &epochs);
    for epoch in [3, 17, 39] {
        curve.flagged[epoch] = true;
    }
    let elements = elements(&figure(vec![curve]));
    let markers = markers(&elements);
    assert_eq!(markers.len(), 40);
    let hollow = markers.iter().filter(|marker| marker.is_hollow()).count();
    assert_eq!(hollow, 3);
    let said = words(&elements);
    assert!(said.contains(&"ZTF zg (40)".to_owned()), "{said:?}");
    assert!(said.contains(&"flagged (3)".to_owned()), "{said:?}");
}

#[test]
fn brighter_is_higher_in_magnitudes_and_in_fluxes() {
    let epochs = [(58_000.0, 18.0), (58_001.0, 17.0), (58_002.0, 19.0)];
    let height = |flux: bool| {
        let mut curve = series("ZTF", "zg", &epochs);
        if flux {
            curve.brightness = plot::Brightness::Flux;
            curve.unit = "uJy".to_owned();
        }
        let elements = elements(&figure(vec![curve]));
        let heights = markers(&elements);
        heights
            .iter()
            .map(|marker| -marker.number("cy"))
            .collect::<Vec<f64>>()
    };
    let magnitudes = height(false);
    assert!(magnitudes[1] > magnitudes[0] && magnitudes[0] > magnitudes[2]);
    let fluxes = height(true);
    assert!(fluxes[2] > fluxes[0] && fluxes[0] > fluxes[1]);
}

#[test]
fn later_is_to_the_right_and_equal_steps_are_equal() {
    let epochs = [(58_000.0, 18.0), (58_010.0, 18.0), (58_020.0, 18.0)];
    let elements = elements(&figure(vec![series("ZTF", "zg", &epochs)]));
    let x: Vec<f64> = markers(&elements)
        .iter()
        .map(|marker| marker.number("cx"))
        .collect();
    assert!(
        x[1] > x[0] && (x[2] - x[1] - (x[1] - x[0])).abs() <= 1.0,
        "{x:?}"
    );
}

#[test]
fn error_bars_reach_from_minus_to_plus_and_nan_has_none() {
    let mut curve = series(
        "ZTF",
        "zg",
        &[(58_000.0, 18.0), (58_001.0, 18.2), (58_002.0, 18.4)],
    );
    curve.error = vec![0.1, f64::NAN, 0.1];
    let elements = elements(&figure(vec![curve]));
    let upright = |element: &&Element| {
        element.name == "line"
            && element.get("stroke") == GREEN
            && element.get("x1") == element.get("x2")
    };
    let bars: Vec<&Element> = elements.iter().filter(upright).collect();
    assert_eq!(bars.len(), 2);
    let markers = markers(&elements);
    // 0.1 mag down is half of the way to the epoch that is 0.2 mag fainter
    let step = markers[1].number("cy") - markers[0].number("cy");
    let (y1, y2) = (bars[0].number("y1"), bars[0].number("y2"));
    assert!(((y2 - y1).abs() - step).abs() <= 2.0, "{y1} {y2} {step}");
    assert!((0.5 * (y1 + y2) - markers[0].number("cy")).abs() <= 2.0);
}

#[test]
fn filters_differ_in_colour_and_marker() {
    let epochs = [(58_000.0, 18.0), (58_001.0, 18.2)];
    let elements = elements(&figure(vec![
        series("ZTF", "zg", &epochs),
        series("ZTF", "zi", &epochs),
        series("ZTF", "zr", &epochs),
    ]));
    // two epochs each, and one in the legend
    let polygons = |colour: &str| {
        let of_colour = elements
            .iter()
            .filter(|element| element.get("fill") == colour);
        of_colour
            .filter(|element| element.name == "polygon")
            .count()
    };
    assert_eq!((polygons("#333333"), polygons("#D55E00")), (3, 3));
    assert_eq!(markers(&elements).len(), 2);
}

#[test]
fn a_folded_lightcurve_is_shown_twice_at_its_phases() {
    let epochs = [(58_000.0, 18.0), (58_000.5, 18.2), (58_002.25, 18.4)];
    let folded = LightcurveFigure {
        period: Some(2.0),
        ..lightcurve(vec![series("ZTF", "zg", &epochs)])
    };
    let elements = elements(&Figure::Lightcurve(folded));
    let markers = markers(&elements);
    assert_eq!(markers.len(), 6);
    let mut x: Vec<f64> = markers.iter().map(|marker| marker.number("cx")).collect();
    x.sort_by(f64::total_cmp);
    // phases 0, 0.125, 0.25, 1, 1.125, 1.25
    let unit = x[3] - x[0];
    for (place, phase) in [0.0, 0.125, 0.25, 1.0, 1.125, 1.25].iter().enumerate() {
        assert!((x[place] - x[0] - phase * unit).abs() <= 1.0, "{x:?}");
    }
    let said = words(&elements);
    assert!(said.iter().any(|line| line == "star  P = 2 d"), "{said:?}");
    assert!(
        said.iter()
            .any(|line| line == "Phase, 0 at 58000.00000, MJD (UTC, mid-exposure)"),
        "{said:?}"
    );
}

#[test]
fn fluxes_and_magnitudes_have_a_panel_each() {
    let epochs = [(59_000.0, 18.0), (59_010.0, 18.2)];
    let elements = elements(&figure(vec![dense(200), series("ZTF", "zg", &epochs)]));
    let said = words(&elements);
    for title in ["Magnitude (mag)", "Flux (e-/s)"] {
        assert_eq!(
            said.iter().filter(|line| *line == title).count(),
            1,
            "{said:?}"
        );
    }
    // magnitudes above, on the same axis of times
    let lowest = markers(&elements)
        .iter()
        .map(|marker| marker.number("cy"))
        .fold(0.0, f64::max);
    let tess: Vec<&Element> = (elements.iter())
        .filter(|element| element.is_circle("#0072B2", MARKER))
        .collect();
    assert_eq!(tess.len(), 200);
    assert!(tess.iter().all(|dot| dot.number("cy") > lowest));
    assert_eq!(tess[0].number("cx"), markers(&elements)[0].number("cx"));
}

#[test]
fn detections_and_simulated_events_are_marked() {
    let epochs = [(58_000.0, 18.0), (58_001.0, 17.2), (58_002.0, 18.1)];
    let marked = LightcurveFigure {
        marks: vec![
            mark(MarkKind::Recovered, 58_000.5),
            mark(MarkKind::Detection, 58_001.0),
            mark(MarkKind::Missed, 58_001.5),
        ],
        ..lightcurve(vec![series("ZTF", "zg", &epochs)])
    };
    let elements = elements(&Figure::Lightcurve(marked));
    let rings: Vec<&Element> = (elements.iter())
        .filter(|element| element.is_circle(DETECTION, 42.0))
        .collect();
    assert_eq!(rings.len(), 1);
    let peak = markers(&elements)[1];
    assert_eq!(rings[0].get("cx"), peak.get("cx"));
    assert_eq!(rings[0].get("cy"), peak.get("cy"));
    let said = words(&elements);
    for line in [
        "detection (1)",
        "simulated, found (1)",
        "simulated, missed (1)",
        "7.5",
    ] {
        assert!(said.contains(&line.to_owned()), "{line}: {said:?}");
    }
    let simulated = |filled: bool| {
        let attribute = if filled { "fill" } else { "stroke" };
        let of_colour = elements.iter();
        of_colour
            .filter(|element| element.get(attribute) == "#6A3D9A")
            .count()
    };
    // in the panel and in the legend
    assert_eq!((simulated(true), simulated(false)), (2, 2));
}

#[test]
fn seasons_are_shaded_apart() {
    let season = |start: f64| -> Vec<(f64, f64)> {
        (0..20).map(|day| (start + f64::from(day), 18.0)).collect()
    };
    let shades = |starts: &[f64]| {
        let curves = starts
            .iter()
            .map(|start| series("ZTF", "zg", &season(*start)));
        let elements = elements(&figure(curves.collect()));
        elements
            .iter()
            .filter(|element| element.get("fill") == "#F3F3F0")
            .count()
    };
    assert_eq!(shades(&[58_000.0, 58_365.0, 58_730.0]), 3);
    // two objects of one season
    assert_eq!(shades(&[58_000.0, 58_005.0, 58_365.0]), 2);
    assert_eq!(shades(&[58_000.0]), 0);
}

#[test]
fn a_dense_curve_is_thinned_and_keeps_its_flare() {
    let mut curve = dense(20_000);
    curve.value[12_345] = 1_050.0;
    let elements = elements(&figure(vec![curve]));
    let dots: Vec<&Element> = (elements.iter())
        .filter(|element| element.is_circle("#0072B2", DOT))
        .collect();
    assert!((500..12_000).contains(&dots.len()), "{}", dots.len());
    let mut heights: Vec<f64> = dots.iter().map(|dot| dot.number("cy")).collect();
    heights.sort_by(f64::total_cmp);
    // fifty times as far up as the noise is wide
    assert!(heights[1] - heights[0] > 1_000.0, "{:?}", &heights[..3]);
    let said = words(&elements);
    assert!(
        said.contains(&"TESS (20 000, thinned)".to_owned()),
        "{said:?}"
    );
}

#[test]
fn what_is_far_out_and_flagged_does_not_flatten_the_rest() {
    let epochs: Vec<(f64, f64)> = (0..20)
        .map(|day| (58_000.0 + f64::from(day), 18.0 + 0.1 * f64::from(day % 3)))
        .collect();
    let spread = |outlier: bool| {
        let mut curve = series("ZTF", "zg", &epochs);
        if outlier {
            curve.value[4] = 30.0;
            curve.flagged[4] = true;
        }
        let elements = elements(&figure(vec![curve]));
        let heights = markers(&elements);
        let heights = heights.iter().map(|marker| marker.number("cy"));
        heights.clone().fold(0.0, f64::max) - heights.fold(f64::INFINITY, f64::min)
    };
    assert!((spread(true) - spread(false)).abs() < 30.0);
}

#[test]
fn odd_lightcurves_are_drawn_too() {
    let one = series("ZTF", "zg", &[(58_000.5, 18.0)]);
    assert_eq!(markers(&elements(&figure(vec![one.clone()]))).len(), 1);
    let mut flagged = one.clone();
    flagged.flagged[0] = true;
    let drawn = elements(&figure(vec![flagged]));
    assert!(markers(&drawn)[0].is_hollow());
    let mut nan = one;
    nan.error[0] = f64::NAN;
    assert_eq!(markers(&elements(&figure(vec![nan]))).len(), 1);
    let same = series("ZTF", "zg", &[(58_000.0, 18.0); 3]);
    assert_eq!(markers(&elements(&figure(vec![same]))).len(), 3);
    let said = words(&elements(&figure(Vec::new())));
    assert!(
        said.contains(&"no photometry of this source".to_owned()),
        "{said:?}"
    );
}

#[test]
fn names_from_outside_stay_text() {
    let odd = LightcurveFigure {
        source_name: "</text><script>alert(1)</script> & \u{202e}\u{0}\"x'".to_owned(),
        ..lightcurve(vec![series("A<b>", "\"&'", &[(58_000.0, 18.0)])])
    };
    let elements = elements(&Figure::Lightcurve(odd));
    assert!(elements.iter().all(|element| element.name != "script"));
    let said = words(&elements);
    assert!(
        said[0].starts_with("</text><script>alert(1)</script> & \u{fffd}\u{fffd}\"x'"),
        "{said:?}"
    );
    assert!(said.contains(&"A<b> \"&' (1)".to_owned()), "{said:?}");
}

#[test]
fn a_png_has_the_size_that_was_asked_for_and_is_not_blank() {
    let figure = figure(vec![series(
        "ZTF",
        "zg",
        &[(58_000.0, 18.0), (58_001.0, 18.5)],
    )]);
    for (width, height) in [(200, 200), (1200, 800), (333, 777), (4000, 2500)] {
        let file = plot::png(&figure, Size { width, height }).unwrap();
        let mut reader = png::Decoder::new(&*file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((frame.width, frame.height), (width, height));
        let green = |pixel: &[u8]| pixel == [0x00, 0x9e, 0x73];
        assert!(pixels.chunks(3).any(green), "{width} x {height}");
        let white = pixels.chunks(3).filter(|pixel| **pixel == [255; 3]).count();
        assert!(white * 2 > pixels.len() / 3, "{width} x {height}");
    }
}

#[test]
fn a_size_that_cannot_be_is_refused() {
    let figure = figure(Vec::new());
    for (width, height) in [(0, 800), (1200, 199), (10_001, 800), (u32::MAX, u32::MAX)] {
        let refused = PlotError::Size { width, height };
        assert_eq!(
            plot::png(&figure, Size { width, height }),
            Err(refused.clone())
        );
        assert_eq!(plot::svg(&figure, Size { width, height }), Err(refused));
    }
}

#[test]
fn the_same_figure_gives_the_same_bytes() {
    let figure = figure(vec![
        dense(20_000),
        series("ZTF", "zg", &[(59_000.0, 18.0)]),
    ]);
    let size = Size::of(&figure);
    assert_eq!(plot::png(&figure, size), plot::png(&figure, size));
    assert_eq!(plot::svg(&figure, size), plot::svg(&figure, size));
}
