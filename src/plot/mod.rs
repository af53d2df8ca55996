//! Pictures of what a project has: plain data in, bytes out.
//!
//! Here: what stands in each picture ([`Figure`]), and how it is drawn: as a page that zooms ([`write_html`]).
//! Not here: I/O of any kind, the database, the question where a number comes from: a [`Figure`] is filled by `project`.

mod figure; // what is to be seen, without a word on how it is drawn
pub(crate) mod html; // as one self-contained page

pub use figure::{
    Brightness, CoverageFigure, CoverageRow, EfficiencyFigure, Figure, LightcurveFigure, Mark,
    MarkKind, ScoresFigure, Series, SkyFigure, SkyPoint, SkyStatus,
};
pub use html::write_html;
