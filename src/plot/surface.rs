//! What can be drawn on: strokes, areas and words in points, on whatever kind of paper.

/// A colour and how much it covers, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Colour {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
    pub alpha: f64,
}

impl Colour {
    /// From `0xRRGGBB`.
    pub(super) const fn rgb(hex: u32) -> Colour {
        Colour {
            red: (hex >> 16) as u8,
            green: (hex >> 8) as u8,
            blue: hex as u8,
            alpha: 1.0,
        }
    }

    pub(super) const fn alpha(self, alpha: f64) -> Colour {
        Colour { alpha, ..self }
    }
}

/// Where a text stands relative to its point, which is on its baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// In points: to the right and downwards from the upper left corner.
pub(super) type Point = (f64, f64);

/// Paper. Nothing is drawn twice as wide because it is drawn twice: areas are closed, strokes have round numbers of pixels.
pub(super) trait Surface {
    /// A filled area between two corners.
    fn rectangle(&mut self, from: Point, to: Point, colour: Colour);

    /// A filled area.
    fn polygon(&mut self, points: &[Point], colour: Colour);

    /// A stroke along points.
    fn stroke(&mut self, points: &[Point], width: f64, colour: Colour);

    /// A filled disc, or a ring of this width.
    fn circle(&mut self, centre: Point, radius: f64, ring: Option<f64>, colour: Colour);

    /// A line of text at a size (height of an em), or going upwards.
    fn text(&mut self, text: &str, at: Point, style: TextStyle);
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TextStyle {
    pub size: f64,
    pub anchor: Anchor,
    pub upwards: bool,
    pub colour: Colour,
}
