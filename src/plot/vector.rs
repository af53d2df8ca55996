//! Pictures as SVG, in tenths of a point.

use plotters::backend::SVGBackend;
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, TextStyle as PlottersText};
use plotters::style::{FontDesc, FontFamily, FontStyle, FontTransform, RGBAColor, ShapeStyle};

use super::surface::{Anchor, Colour, Point, Surface, TextStyle};
use super::{PlotError, Size, text};

/// Units of the document in a point: plotters counts in whole units.
const UNITS: f64 = 10.0;
/// What plotters puts between the point of a text at its top and its baseline, in sizes.
const ABOVE_BASELINE: f64 = 0.76;
/// What plotters takes a font's size for, over that of an em.
const SIZE: f64 = 1.24;

/// An SVG document on its way.
pub(super) struct Vector<'a> {
    backend: SVGBackend<'a>,
    fault: Option<PlotError>,
}

/// The document that `draw` draws, shown at this size; `points` is how large it is in its own measure.
pub(super) fn draw(
    size: Size,
    points: Point,
    draw: impl FnOnce(&mut dyn Surface),
) -> Result<String, PlotError> {
    let mut document = String::new();
    let units = (whole(points.0) as u32, whole(points.1) as u32);
    let mut vector = Vector {
        backend: SVGBackend::with_string(&mut document, units),
        fault: None,
    };
    draw(&mut vector);
    let presented = vector.backend.present();
    vector.keep(presented);
    match vector.fault.take() {
        Some(fault) => Err(fault),
        None => {
            drop(vector);
            Ok(shown_at(size, units, &document))
        }
    }
}

/// The document with the size that it is to be shown at; its units stay as they are.
fn shown_at(size: Size, (width, height): (u32, u32), document: &str) -> String {
    document.replacen(
        &format!("width=\"{width}\" height=\"{height}\""),
        &format!("width=\"{}\" height=\"{}\"", size.width, size.height),
        1,
    )
}

impl Vector<'_> {
    fn keep<E: std::error::Error>(&mut self, outcome: Result<(), E>) {
        if let (Err(error), None) = (outcome, &self.fault) {
            self.fault = Some(PlotError::Drawing {
                words: error.to_string(),
            });
        }
    }
}

impl Surface for Vector<'_> {
    fn rectangle(&mut self, from: Point, to: Point, colour: Colour) {
        let outcome = (self.backend).draw_rect(unit(from), unit(to), &style(colour, 1.0), true);
        self.keep(outcome);
    }

    fn polygon(&mut self, points: &[Point], colour: Colour) {
        let points = points.iter().map(|point| unit(*point));
        let outcome = self.backend.fill_polygon(points, &style(colour, 1.0));
        self.keep(outcome);
    }

    fn stroke(&mut self, points: &[Point], width: f64, colour: Colour) {
        let style = style(colour, width);
        let outcome = match points {
            [from, to] => self.backend.draw_line(unit(*from), unit(*to), &style),
            points => {
                let points = points.iter().map(|point| unit(*point));
                self.backend.draw_path(points, &style)
            }
        };
        self.keep(outcome);
    }

    fn circle(&mut self, centre: Point, radius: f64, ring: Option<f64>, colour: Colour) {
        let style = style(colour, ring.unwrap_or(0.0));
        let radius = whole(radius).max(1) as u32;
        let outcome = (self.backend).draw_circle(unit(centre), radius, &style, ring.is_none());
        self.keep(outcome);
    }

    fn text(&mut self, words: &str, (x, y): Point, style: TextStyle) {
        let above = ABOVE_BASELINE * style.size;
        let (at, turn) = match style.upwards {
            true => ((x - above, y), FontTransform::Rotate270),
            false => ((x, y - above), FontTransform::None),
        };
        let size = style.size * UNITS * SIZE;
        let font = FontDesc::new(FontFamily::Name(text::FAMILIES), size, FontStyle::Normal);
        let h_pos = match style.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let words_style = PlottersText {
            font: font.transform(turn),
            color: colour_of(style.colour).to_backend_color(),
            pos: Pos::new(h_pos, VPos::Top),
        };
        let outcome = self.backend.draw_text(words, &words_style, unit(at));
        self.keep(outcome);
    }
}

fn style(colour: Colour, width: f64) -> ShapeStyle {
    ShapeStyle {
        color: colour_of(colour),
        filled: false,
        stroke_width: whole(width).max(1) as u32,
    }
}

fn colour_of(colour: Colour) -> RGBAColor {
    RGBAColor(colour.red, colour.green, colour.blue, colour.alpha)
}

fn unit((x, y): Point) -> (i32, i32) {
    (whole(x), whole(y))
}

fn whole(points: f64) -> i32 {
    (points * UNITS).round() as i32
}
