//! Sources on the whole sky: Mollweide's projection, which keeps areas, with the galactic plane.

use std::collections::BTreeMap;
use std::f64::consts::{FRAC_PI_2, PI, SQRT_2};

use super::axes::{Legend, SMALL, Symbol, TITLE, pale_words, words};
use super::figure::{SkyFigure, SkyStatus};
use super::palette::{self, GRID, INK, Look, PAPER, Shape};
use super::surface::{Anchor, Point, Surface};
use super::{text, ticks};
use crate::sky::normalize_ra;

/// Right ascension in the middle (deg).
const MIDDLE: f64 = 180.0;
/// More sources of one status than this are shown as a density.
const DENSE: usize = 2_000;
/// Width of a place of the density (pt).
const PLACE: f64 = 2.2;

/// From the least to the most interesting, which is drawn last.
const ORDER: [SkyStatus; 5] = [
    SkyStatus::Pending,
    SkyStatus::Empty,
    SkyStatus::Ok,
    SkyStatus::Failed,
    SkyStatus::Detected,
];

/// Where the ellipse is (pt).
#[derive(Debug, Clone, Copy)]
struct Globe {
    middle: Point,
    /// Half of its height; it is twice as wide as high.
    half: f64,
}

pub(super) fn draw(figure: &SkyFigure, surface: &mut dyn Surface, (width, height): Point) {
    let title = text::fitted(&figure.title, TITLE, width - 20.0);
    words(surface, &title, (10.0, 15.0), TITLE, Anchor::Start);
    let legend = Legend::new(entries(figure), width - 20.0);
    legend.draw(surface, (10.0, 20.0));
    let top = 20.0 + legend.height() + 12.0;
    let bottom = height - 12.0;
    let half = (0.5 * (bottom - top)).min(0.25 * (width - 60.0));
    let globe = Globe {
        middle: (0.5 * width + 10.0, 0.5 * (top + bottom)),
        half,
    };
    let placed = ORDER.map(|status| (status, places(figure, &globe, status)));
    let is_dense = |places: &[Point]| places.len() > DENSE;
    for (status, places) in placed.iter().filter(|(_, places)| is_dense(places)) {
        density(surface, *status, places);
    }
    graticule(surface, &globe);
    galactic_plane(surface, &globe);
    labels(surface, &globe);
    for (status, places) in placed.iter().filter(|(_, places)| !is_dense(places)) {
        markers(surface, *status, places);
    }
    if figure.points.is_empty() {
        let at = (globe.middle.0, globe.middle.1 - 0.3 * half);
        pale_words(surface, "no sources", at, TITLE, Anchor::Middle);
    }
}

impl Globe {
    /// A direction (deg); right ascension grows to the left.
    fn place(&self, ra: f64, dec: f64) -> Point {
        let mut longitude = normalize_ra(ra) - MIDDLE;
        if longitude > 180.0 {
            longitude -= 360.0;
        }
        let (x, y) = mollweide(longitude.to_radians(), dec.to_radians());
        (
            self.middle.0 - x / SQRT_2 * self.half,
            self.middle.1 - y / SQRT_2 * self.half,
        )
    }
}

/// Mollweide's projection (radians in): x in ±2√2, y in ±√2. 2θ + sin 2θ = π sin φ, x = 2√2 λ/π cos θ, y = √2 sin θ
/// (Snyder 1987, Map Projections, eqs. 31-1 to 31-3).
fn mollweide(longitude: f64, latitude: f64) -> Point {
    let latitude = latitude.clamp(-FRAC_PI_2, FRAC_PI_2);
    let wanted = PI * latitude.sin();
    let mut theta = latitude;
    // Newton's method is slow near the poles, where it is good enough at once
    for _ in 0..20 {
        let slope = 2.0 + 2.0 * (2.0 * theta).cos();
        if slope < 1e-9 {
            break;
        }
        let step = (2.0 * theta + (2.0 * theta).sin() - wanted) / slope;
        theta -= step;
        if step.abs() < 1e-9 {
            break;
        }
    }
    let theta = theta.clamp(-FRAC_PI_2, FRAC_PI_2);
    (
        2.0 * SQRT_2 * longitude / PI * theta.cos(),
        SQRT_2 * theta.sin(),
    )
}

fn graticule(surface: &mut dyn Surface, globe: &Globe) {
    let half_circle: Vec<f64> = (-45..=45).map(|step| f64::from(step) * 2.0).collect();
    let meridian = |ra: f64| -> Vec<Point> {
        let place = |dec: &f64| {
            let (x, y) = mollweide((ra - MIDDLE).to_radians(), dec.to_radians());
            (
                globe.middle.0 - x / SQRT_2 * globe.half,
                globe.middle.1 - y / SQRT_2 * globe.half,
            )
        };
        half_circle.iter().map(place).collect()
    };
    for step in 1..12 {
        surface.stroke(&meridian(f64::from(step) * 30.0), 0.4, GRID);
    }
    for dec in [-60.0, -30.0, 0.0, 30.0, 60.0] {
        let ends = [0.0, 360.0].map(|ra| {
            let (x, y) = mollweide((ra - MIDDLE).to_radians(), f64::to_radians(dec));
            (
                globe.middle.0 - x / SQRT_2 * globe.half,
                globe.middle.1 - y / SQRT_2 * globe.half,
            )
        });
        surface.stroke(&ends, 0.4, GRID);
    }
    for ra in [0.0, 360.0] {
        surface.stroke(&meridian(ra), 0.8, INK);
    }
}

fn labels(surface: &mut dyn Surface, globe: &Globe) {
    for step in 1..6 {
        let ra = f64::from(step) * 60.0;
        let (x, y) = globe.place(ra, 0.0);
        let label = format!("{ra:.0}°");
        // readable on any density
        let half = 0.5 * text::width(&label, SMALL) + 1.5;
        surface.rectangle((x - half, y + 1.5), (x + half, y + 11.0), PAPER.alpha(0.7));
        words(surface, &label, (x, y + 9.5), SMALL, Anchor::Middle);
    }
    for dec in [-60.0, -30.0, 0.0, 30.0, 60.0] {
        let (x, y) = globe.place(359.999_999, dec);
        let sign = if dec > 0.0 { "+" } else { "" };
        let label = format!("{sign}{}°", ticks::number(dec, 0));
        // the ellipse leans over them
        let at = (x - 6.0, y + 0.36 * SMALL - 0.06 * dec);
        pale_words(surface, &label, at, SMALL, Anchor::End);
    }
}

/// Where the galactic latitude is 0, and the centre of the galaxy.
fn galactic_plane(surface: &mut dyn Surface, globe: &Globe) {
    let mut line: Vec<Point> = Vec::new();
    for step in 0..=360 {
        let (ra, dec) = equatorial(f64::from(step), 0.0);
        let place = globe.place(ra, dec);
        // it leaves the ellipse on one side and comes in on the other
        if line
            .last()
            .is_some_and(|last| (last.0 - place.0).abs() > globe.half)
        {
            bright(surface, &line);
            line.clear();
        }
        line.push(place);
    }
    bright(surface, &line);
    let (ra, dec) = equatorial(0.0, 0.0);
    let (x, y) = globe.place(ra, dec);
    surface.stroke(&[(x - 3.0, y), (x + 3.0, y)], 1.1, INK);
    surface.stroke(&[(x, y - 3.0), (x, y + 3.0)], 1.1, INK);
}

/// A line that is seen on any density.
fn bright(surface: &mut dyn Surface, line: &[Point]) {
    surface.stroke(line, 2.2, PAPER);
    surface.stroke(line, 1.0, INK);
}

/// ICRS direction of galactic coordinates (all deg). The north galactic pole is at (192.85948, 27.12825), the north
/// celestial pole at the galactic longitude 122.93192 (ESA 1997, The Hipparcos Catalogue, vol. 1, 1.5.3).
fn equatorial(longitude: f64, latitude: f64) -> (f64, f64) {
    let (pole_ra, pole_dec, pole_longitude) = (192.859_48, 27.128_25_f64, 122.931_92);
    let (sin_pole, cos_pole) = pole_dec.to_radians().sin_cos();
    let (sin_b, cos_b) = latitude.to_radians().sin_cos();
    let (sin_l, cos_l) = (pole_longitude - longitude).to_radians().sin_cos();
    let dec = (sin_pole * sin_b + cos_pole * cos_b * cos_l).asin();
    let ra = (cos_b * sin_l).atan2(cos_pole * sin_b - sin_pole * cos_b * cos_l);
    (normalize_ra(ra.to_degrees() + pole_ra), dec.to_degrees())
}

fn look(status: SkyStatus) -> Look {
    let (colour, _) = palette::status(status);
    let shape = match status {
        SkyStatus::Detected => Shape::Diamond,
        SkyStatus::Failed => Shape::Down,
        SkyStatus::Ok => Shape::Disc,
        SkyStatus::Empty => Shape::Square,
        SkyStatus::Pending => Shape::Disc,
    };
    Look { colour, shape }
}

fn places(figure: &SkyFigure, globe: &Globe, status: SkyStatus) -> Vec<Point> {
    let points = figure.points.iter();
    let of_status = points.filter(|point| point.status == status);
    of_status
        .filter(|point| point.ra.is_finite() && point.dec.is_finite())
        .map(|point| globe.place(point.ra, point.dec))
        .collect()
}

fn markers(surface: &mut dyn Surface, status: SkyStatus, places: &[Point]) {
    let radius = if places.len() > 200 { 1.3 } else { 2.0 };
    for &place in places {
        palette::marker(surface, look(status), place, radius, false);
    }
}

/// The more in a place, the darker.
fn density(surface: &mut dyn Surface, status: SkyStatus, places: &[Point]) {
    let look = look(status);
    let mut density: BTreeMap<(i64, i64), u64> = BTreeMap::new();
    for (x, y) in places {
        let cell = ((x / PLACE).floor() as i64, (y / PLACE).floor() as i64);
        *density.entry(cell).or_default() += 1;
    }
    let most = density.values().copied().max().unwrap_or(1) as f64;
    for ((x, y), number) in density {
        let darkness = ((number as f64).ln_1p() / most.ln_1p()).clamp(0.0, 1.0);
        // few steps, so that equal places are drawn alike
        let darkness = 0.3 + 0.7 * (darkness * 8.0).ceil() / 8.0;
        let corner = (x as f64 * PLACE, y as f64 * PLACE);
        let colour = look.colour.alpha(darkness);
        surface.rectangle(corner, (corner.0 + PLACE, corner.1 + PLACE), colour);
    }
}

fn entries(figure: &SkyFigure) -> Vec<(Symbol, String)> {
    let number = |status| {
        let points = figure.points.iter();
        points.filter(|point| point.status == status).count() as u64
    };
    let of_status = ORDER.iter().rev().filter_map(|&status| {
        let (_, word) = palette::status(status);
        let label = format!("{word} ({})", ticks::thousands(number(status)));
        (number(status) > 0).then(|| (Symbol::Marker(look(status), false), label))
    });
    let plane = (Symbol::Line(INK), "galactic plane".to_owned());
    of_status.chain([plane]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // astropy: SkyCoord(l, b, frame="galactic").icrs
    #[test]
    fn galactic_coordinates_are_those_of_astropy() {
        for (l, b, ra, dec) in [
            (0.0, 0.0, 266.404_988, -28.936_178),
            (90.0, 0.0, 318.004_382, 48.329_637),
            (210.0, -30.0, 74.585_349, -10.869_248),
        ] {
            let found = equatorial(l, b);
            assert!((found.0 - ra).abs() < 1e-4, "{l} {b} {found:?}");
            assert!((found.1 - dec).abs() < 1e-4, "{l} {b} {found:?}");
        }
    }

    #[test]
    fn the_projection_keeps_areas_and_ends_at_the_poles() {
        let (x, y) = mollweide(PI, 0.0);
        assert!((x - 2.0 * SQRT_2).abs() < 1e-12 && y.abs() < 1e-12);
        let (x, y) = mollweide(1.0, FRAC_PI_2);
        assert!(x.abs() < 1e-3 && (y - SQRT_2).abs() < 1e-6, "{x} {y}");
        // the cap north of 30° is a quarter of the sphere: so much of the ellipse is above its line
        let (_, y) = mollweide(0.0, PI / 6.0);
        let theta = (y / SQRT_2).asin();
        let below = 2.0 * (2.0 * theta + (2.0 * theta).sin()); // of the half disc of radius √2, area 2π from -√2 to √2
        assert!((below / (4.0 * PI) - 0.25).abs() < 1e-9, "{below}");
    }

    #[test]
    fn right_ascension_grows_to_the_left_and_north_is_up() {
        let globe = Globe {
            middle: (200.0, 100.0),
            half: 80.0,
        };
        assert!(globe.place(190.0, 0.0).0 < globe.place(170.0, 0.0).0);
        assert!(globe.place(180.0, 10.0).1 < globe.place(180.0, -10.0).1);
        assert_eq!(globe.place(180.0, 0.0), (200.0, 100.0));
        let wrapped = globe.place(-10.0, 20.0);
        let same = globe.place(350.0, 20.0);
        assert!((wrapped.0 - same.0).abs() < 1e-9 && (wrapped.1 - same.1).abs() < 1e-9);
    }
}
