//! Pictures of what a project has: plain data in, bytes out.
//!
//! Here: what stands in each picture ([`Figure`]), and how it is drawn: [`png()`] and [`svg()`]. Neither needs a display nor
//! a font of the machine, and the same figure gives the same bytes. As a page that zooms: [`write_html`].
//! Not here: I/O of any kind, the database, the question where a number comes from: a [`Figure`] is filled by `project`.
//!
//! A file for each picture (`lightcurve`, `sky`, …) draws in points on a `surface`, which is paper of one of two kinds:
//! `vector` and `raster`.

mod axes; // panels, axes, legends
mod coverage;
mod dates; // marks of the calendar
mod efficiency;
mod figure; // what is to be seen, without a word on how it is drawn
pub(crate) mod html; // as one self-contained page
mod lightcurve;
mod palette; // colours and markers
mod raster; // PNG
mod scores;
mod sky;
mod sparkline; // a lightcurve in one line of text
mod surface; // what can be drawn on
mod text; // how wide words are
mod thin; // fewer points that look the same
mod ticks; // marks at round numbers
mod vector; // SVG

pub use figure::{
    Brightness, CoverageFigure, CoverageRow, EfficiencyFigure, Figure, LightcurveFigure, Mark,
    MarkKind, ScoresFigure, Series, SkyFigure, SkyPoint, SkyStatus,
};
pub use html::write_html;
pub use sparkline::{Glyphs, sparkline};

use surface::{Point, Surface};

/// Size of a picture in pixels. More of them show the same in more detail: words and lines grow with the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// From the left to the right edge (pixels), from [`Size::LEAST`] to [`Size::MOST`].
    pub width: u32,
    /// From the upper to the lower edge (pixels), within the same limits.
    pub height: u32,
}

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each says what its facts are
pub enum PlotError {
    #[error("a picture of {width} x {height} pixels is not drawn")]
    #[diagnostic(help("either side has from {} to {} pixels", Size::LEAST, Size::MOST))]
    Size { width: u32, height: u32 },
    #[error("the picture cannot be drawn: {words}")]
    Drawing { words: String },
}

/// Least size of a picture in its own measure (pt). In print at the width of a column the smallest words are then about
/// 5 pt high.
const COLUMN: Point = (420.0, 180.0);

impl Size {
    /// Least pixels of either side.
    pub const LEAST: u32 = 200;
    /// Most pixels of either side.
    pub const MOST: u32 = 10_000;

    /// A size that suits a figure: 1 200 pixels wide, higher where there is more to see.
    pub fn of(figure: &Figure) -> Size {
        let height = match figure {
            Figure::Lightcurve(figure) => {
                800 + 300 * (lightcurve::panels(figure).min(4) as u32 - 1)
            }
            Figure::Sky(_) => 720,
            Figure::Scores(_) => 820,
            Figure::Efficiency(_) => 1000,
            Figure::Coverage(figure) => 420 + 110 * figure.observatories.len().min(40) as u32,
        };
        Size {
            width: 1200,
            height,
        }
    }

    fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// In the picture's own measure (pt): its least size in one direction, more in the other.
    fn points(self) -> Result<Point, PlotError> {
        let allowed = Size::LEAST..=Size::MOST;
        let Size { width, height } = self;
        if !(allowed.contains(&width) && allowed.contains(&height)) {
            return Err(PlotError::Size { width, height });
        }
        let (width, height) = (f64::from(width), f64::from(height));
        let scale = (width / COLUMN.0).min(height / COLUMN.1);
        Ok((width / scale, height / scale))
    }
}

/// The figure as a PNG file.
///
/// ```
/// use retriever::plot::{self, CoverageFigure, Figure, Size};
/// let figure = Figure::Coverage(CoverageFigure::default());
/// let png = plot::png(&figure, Size { width: 600, height: 400 })?;
/// assert!(png.starts_with(b"\x89PNG"));
/// # Ok::<(), plot::PlotError>(())
/// ```
///
/// # Errors
/// A size with too few or too many pixels.
pub fn png(figure: &Figure, size: Size) -> Result<Vec<u8>, PlotError> {
    let points = size.points()?;
    raster::draw(size, points, |surface| draw(figure, surface, points))
}

/// The figure as an SVG document.
///
/// ```
/// use retriever::plot::{self, CoverageFigure, Figure, Size};
/// let figure = Figure::Coverage(CoverageFigure::default());
/// let svg = plot::svg(&figure, Size::of(&figure))?;
/// assert!(svg.starts_with("<svg"));
/// # Ok::<(), plot::PlotError>(())
/// ```
///
/// # Errors
/// A size with too few or too many pixels.
pub fn svg(figure: &Figure, size: Size) -> Result<String, PlotError> {
    let points = size.points()?;
    vector::draw(size, points, |surface| draw(figure, surface, points))
}

fn draw(figure: &Figure, surface: &mut dyn Surface, (width, height): Point) {
    surface.rectangle((0.0, 0.0), (width, height), palette::PAPER);
    match figure {
        Figure::Lightcurve(figure) => lightcurve::draw(figure, surface, (width, height)),
        Figure::Sky(figure) => sky::draw(figure, surface, (width, height)),
        Figure::Scores(figure) => scores::draw(figure, surface, (width, height)),
        Figure::Efficiency(figure) => efficiency::draw(figure, surface, (width, height)),
        Figure::Coverage(figure) => coverage::draw(figure, surface, (width, height)),
    }
}
