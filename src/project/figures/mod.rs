//! What is to be seen of a project: each [`Figure`](crate::plot::Figure) filled from database and files.

mod clock; // one time axis for all lightcurves of a source
mod lightcurve;
mod whole; // of all sources together

pub use lightcurve::{Fold, LightcurveOptions};
pub(super) use lightcurve::{SIMULATED_ARE_KEPT, observed};
