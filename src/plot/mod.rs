//! Pictures of what a project has: plain data in, bytes out.
//!
//! Here: what stands in each picture ([`Figure`]).
//! Not here: I/O of any kind, the database, the question where a number comes from: a [`Figure`] is filled by `project`.

mod figure; // what is to be seen, without a word on how it is drawn
mod sparkline; // a lightcurve in one line of text

pub use figure::{
    Brightness, CoverageFigure, CoverageRow, EfficiencyFigure, Figure, LightcurveFigure, Mark,
    MarkKind, ScoresFigure, Series, SkyFigure, SkyPoint, SkyStatus,
};
pub use sparkline::{Glyphs, sparkline};
