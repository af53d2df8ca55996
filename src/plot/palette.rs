//! Colours and markers: told apart by people who see colours differently, and in black and white.
//!
//! The colours are of Okabe & Ito's palette (2008, "Color Universal Design").

use super::figure::SkyStatus;
use super::surface::{Colour, Point, Surface};

pub(super) const PAPER: Colour = Colour::rgb(0xffffff);
pub(super) const INK: Colour = Colour::rgb(0x1a1a1a);
pub(super) const PALE_INK: Colour = Colour::rgb(0x666666);
pub(super) const GRID: Colour = Colour::rgb(0xdddddd);
/// Behind a season.
pub(super) const SEASON: Colour = Colour::rgb(0xf3f3f0);
/// Behind a detection.
pub(super) const BAND: Colour = Colour::rgb(0xf7dc9c);
pub(super) const DETECTION: Colour = Colour::rgb(0xb8004d);
pub(super) const SIMULATED: Colour = Colour::rgb(0x6a3d9a);

const GREEN: Colour = Colour::rgb(0x009e73);
const VERMILION: Colour = Colour::rgb(0xd55e00);
const BLUE: Colour = Colour::rgb(0x0072b2);
const SKY_BLUE: Colour = Colour::rgb(0x56b4e9);
const ORANGE: Colour = Colour::rgb(0xe69f00);
const PINK: Colour = Colour::rgb(0xcc79a7);
const DARK: Colour = Colour::rgb(0x333333);
const VIOLET: Colour = Colour::rgb(0x5e3c99);

/// For filters of no fixed colour, in this order.
const OTHERS: [Colour; 5] = [ORANGE, PINK, SKY_BLUE, VIOLET, BLUE];

/// What stands for an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Disc,
    Square,
    Diamond,
    Up,
    Down,
}

const SHAPES: [Shape; 5] = [
    Shape::Disc,
    Shape::Square,
    Shape::Diamond,
    Shape::Up,
    Shape::Down,
];

/// How the epochs of one filter look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    pub colour: Colour,
    pub shape: Shape,
}

/// A look for each (observatory, filter), no two alike as long as there are colours and shapes.
pub(super) fn looks(groups: &[(&str, &str)]) -> Vec<Look> {
    let mut looks: Vec<Look> = Vec::new();
    let mut others = OTHERS.iter().cycle();
    for (observatory, filter) in groups {
        let fixed = band(observatory, filter);
        let mut look = fixed.unwrap_or_else(|| Look {
            colour: *others.next().unwrap_or(&ORANGE),
            shape: SHAPES[looks.len() % SHAPES.len()],
        });
        let wanted = SHAPES.iter().position(|shape| *shape == look.shape);
        let mut turn = wanted.unwrap_or(0);
        while looks.contains(&look) && turn < 2 * SHAPES.len() {
            turn += 1;
            look.shape = SHAPES[turn % SHAPES.len()];
        }
        looks.push(look);
    }
    looks
}

/// Of the usual bands: the last letter of a filter's name tells it (`zg`, `sdss_r`).
fn band(observatory: &str, filter: &str) -> Option<Look> {
    let look = |colour, shape| Some(Look { colour, shape });
    if observatory.eq_ignore_ascii_case("TESS") {
        return look(BLUE, Shape::Disc);
    }
    match filter.chars().last()?.to_ascii_lowercase() {
        'u' => look(VIOLET, Shape::Down),
        'b' => look(BLUE, Shape::Up),
        'g' => look(GREEN, Shape::Disc),
        'r' => look(VERMILION, Shape::Square),
        'i' => look(DARK, Shape::Diamond),
        'z' => look(PINK, Shape::Up),
        _ => None,
    }
}

/// Colour and word of a source's status.
pub(super) fn status(status: SkyStatus) -> (Colour, &'static str) {
    match status {
        SkyStatus::Detected => (DETECTION, "detection"),
        SkyStatus::Failed => (ORANGE, "failed"),
        SkyStatus::Ok => (BLUE, "photometry"),
        SkyStatus::Empty => (SKY_BLUE, "nothing there, or skipped"),
        SkyStatus::Pending => (Colour::rgb(0x999999), "pending"),
    }
}

/// Colours of the outcomes of asking: ok, empty, skipped, failed, pending.
pub(super) const OUTCOMES: [(Colour, &str); 5] = [
    (BLUE, "ok"),
    (SKY_BLUE, "empty"),
    (PINK, "skipped"),
    (VERMILION, "failed"),
    (Colour::rgb(0xcccccc), "pending"),
];

/// All epochs, and those that pass the cuts.
pub(super) const ALL: Colour = Colour::rgb(0x999999);
pub(super) const GOOD: Colour = BLUE;
pub(super) const THRESHOLD: Colour = VERMILION;

/// Draws a marker of this half width; hollow ones let through what is behind.
pub(super) fn marker(
    surface: &mut dyn Surface,
    look: Look,
    centre: Point,
    radius: f64,
    hollow: bool,
) {
    let Look { colour, shape } = look;
    let line = (0.35 * radius).clamp(0.4, 1.0);
    if shape == Shape::Disc {
        surface.circle(centre, radius, hollow.then_some(line), colour);
        return;
    }
    // of about the same area as the disc
    let (x, y) = centre;
    let corners: Vec<Point> = match shape {
        Shape::Disc | Shape::Square => {
            let half = 0.89 * radius;
            vec![
                (x - half, y - half),
                (x + half, y - half),
                (x + half, y + half),
                (x - half, y + half),
            ]
        }
        Shape::Diamond => {
            let half = 1.25 * radius;
            vec![(x, y - half), (x + half, y), (x, y + half), (x - half, y)]
        }
        Shape::Up => triangle(centre, 1.25 * radius),
        Shape::Down => triangle(centre, -1.25 * radius),
    };
    if hollow {
        let closed: Vec<Point> = (corners.iter()).chain([&corners[0]]).copied().collect();
        surface.stroke(&closed, line, colour);
    } else {
        surface.polygon(&corners, colour);
    }
}

/// Points upwards, or downwards if the half height is negative.
fn triangle((x, y): Point, half: f64) -> Vec<Point> {
    vec![
        (x, y - half),
        (x + half.abs(), y + 0.75 * half),
        (x - half.abs(), y + 0.75 * half),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_filters_have_their_colours_and_no_two_look_alike() {
        let groups = [
            ("ATLAS", "o"),
            ("TESS", "TESS"),
            ("ZTF", "zg"),
            ("ZTF", "zi"),
            ("ZTF", "zr"),
            ("DEMO", "g"),
            ("DEMO", "c"),
        ];
        let looks = looks(&groups);
        assert_eq!(looks[2].colour, GREEN);
        assert_eq!(looks[4].colour, VERMILION);
        assert_eq!(looks[5].colour, GREEN);
        for (place, look) in looks.iter().enumerate() {
            assert!(!looks[..place].contains(look), "{:?}", groups[place]);
        }
    }
}
