//! Pictures as PNG: drawn larger than they are to be, and made smaller, which smooths every edge.

use plotters::backend::BitMapBackend;
use plotters::prelude::DrawingBackend;
use plotters::style::{RGBAColor, ShapeStyle};

use super::surface::{Anchor, Colour, Point, Surface, TextStyle};
use super::{PlotError, Size, text};

/// Above so many pixels of the picture there are twice as many drawn in each direction no more: memory.
const LARGE: u64 = 8_000_000;

/// A picture on its way, in pixels of its own.
struct Raster<'a> {
    backend: BitMapBackend<'a>,
    size: (i32, i32),
    /// Pixels in a point.
    scale: f64,
    fault: Option<PlotError>,
}

/// The PNG file that `draw` draws at this size; `points` is how large it is in its own measure.
pub(super) fn draw(
    size: Size,
    points: Point,
    draw: impl FnOnce(&mut dyn Surface),
) -> Result<Vec<u8>, PlotError> {
    let times = if size.pixels() > LARGE { 1 } else { 2 };
    let (width, height) = (size.width * times, size.height * times);
    let mut pixels = vec![255; width as usize * height as usize * 3];
    let mut raster = Raster {
        backend: BitMapBackend::with_buffer(&mut pixels, (width, height)),
        size: (width as i32, height as i32),
        scale: f64::from(width) / points.0,
        fault: None,
    };
    draw(&mut raster);
    let presented = raster.backend.present();
    raster.keep(presented);
    if let Some(fault) = raster.fault.take() {
        return Err(fault);
    }
    drop(raster);
    let pixels = match times {
        1 => pixels,
        _ => halved(&pixels, width as usize),
    };
    encoded(&pixels, size)
}

/// Half as many pixels in each direction, each the mean of four.
fn halved(pixels: &[u8], width: usize) -> Vec<u8> {
    let mut smaller = Vec::with_capacity(pixels.len() / 4);
    for rows in pixels.chunks_exact(width * 6) {
        let (upper, lower) = rows.split_at(width * 3);
        for (above, below) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
            for channel in 0..3 {
                let sum = u32::from(above[channel])
                    + u32::from(above[channel + 3])
                    + u32::from(below[channel])
                    + u32::from(below[channel + 3]);
                smaller.push(((sum + 2) / 4) as u8);
            }
        }
    }
    smaller
}

fn encoded(pixels: &[u8], size: Size) -> Result<Vec<u8>, PlotError> {
    let failed = |error: png::EncodingError| PlotError::Drawing {
        words: error.to_string(),
    };
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, size.width, size.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // most of a picture is paper: packed a fifth as long as with the fast method, in a few milliseconds more
    encoder.set_compression(png::Compression::Default);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(file)
}

impl Raster<'_> {
    fn keep<E: std::error::Error>(&mut self, outcome: Result<(), E>) {
        if let (Err(error), None) = (outcome, &self.fault) {
            self.fault = Some(PlotError::Drawing {
                words: error.to_string(),
            });
        }
    }

    fn pixel(&self, (x, y): Point) -> (i32, i32) {
        (self.whole(x), self.whole(y))
    }

    fn whole(&self, points: f64) -> i32 {
        (points * self.scale).round() as i32
    }

    /// How many pixels a stroke is wide: at least one.
    fn thickness(&self, width: f64) -> i32 {
        self.whole(width).max(1)
    }

    /// From one pixel to another, both within it.
    fn fill(&mut self, from: (i32, i32), to: (i32, i32), colour: Colour) {
        let from = (from.0.clamp(0, self.size.0), from.1.clamp(0, self.size.1));
        let to = (to.0.clamp(0, self.size.0), to.1.clamp(0, self.size.1));
        if from.0 < to.0 && from.1 < to.1 {
            let outcome = self.backend.draw_rect(from, to, &style(colour, 1), true);
            self.keep(outcome);
        }
    }

    fn line(&mut self, from: Point, to: Point, width: f64, colour: Colour) {
        let thickness = self.thickness(width);
        let ((x0, y0), (x1, y1)) = (self.pixel(from), self.pixel(to));
        let before = thickness / 2;
        if x0 == x1 {
            let (top, bottom) = (y0.min(y1), y0.max(y1));
            let corner = (x0 - before, top);
            self.fill(corner, (corner.0 + thickness, bottom + 1), colour);
        } else if y0 == y1 {
            let (left, right) = (x0.min(x1), x0.max(x1));
            let corner = (left, y0 - before);
            self.fill(corner, (right + 1, corner.1 + thickness), colour);
        } else {
            let style = style(colour, thickness as u32);
            let outcome = self.backend.draw_line((x0, y0), (x1, y1), &style);
            self.keep(outcome);
        }
    }
}

impl Surface for Raster<'_> {
    fn rectangle(&mut self, from: Point, to: Point, colour: Colour) {
        self.fill(self.pixel(from), self.pixel(to), colour);
    }

    fn polygon(&mut self, points: &[Point], colour: Colour) {
        let points: Vec<(i32, i32)> = points.iter().map(|point| self.pixel(*point)).collect();
        let outcome = self.backend.fill_polygon(points, &style(colour, 1));
        self.keep(outcome);
    }

    fn stroke(&mut self, points: &[Point], width: f64, colour: Colour) {
        for pair in points.windows(2) {
            self.line(pair[0], pair[1], width, colour);
        }
    }

    fn circle(&mut self, centre: Point, radius: f64, ring: Option<f64>, colour: Colour) {
        let (centre, radius) = (self.pixel(centre), self.whole(radius).max(1) as u32);
        let width = ring.map_or(1, |width| self.thickness(width).max(2) as u32);
        let style = style(colour, width);
        let outcome = (self.backend).draw_circle(centre, radius, &style, ring.is_none());
        self.keep(outcome);
    }

    fn text(&mut self, words: &str, at: Point, style: TextStyle) {
        let size = style.size * self.scale;
        let before = match style.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => 0.5 * text::width(words, size),
            Anchor::End => text::width(words, size),
        };
        let before = before.round() as i32;
        let (x, y) = self.pixel(at);
        let colour = RGBAColor(style.colour.red, style.colour.green, style.colour.blue, 1.0);
        let mut fault = Ok(());
        text::pixels(words, size, |dx, dy, coverage| {
            let place = match style.upwards {
                true => (x + dy, y - (dx - before)),
                false => (x + dx - before, y + dy),
            };
            let colour = plotters::style::Color::mix(&colour, coverage * style.colour.alpha);
            let colour = plotters::style::Color::to_backend_color(&colour);
            let outcome = self.backend.draw_pixel(place, colour);
            if fault.is_ok() {
                fault = outcome;
            }
        });
        self.keep(fault);
    }
}

fn style(colour: Colour, width: u32) -> ShapeStyle {
    ShapeStyle {
        color: RGBAColor(colour.red, colour.green, colour.blue, colour.alpha),
        filled: true,
        stroke_width: width,
    }
}
