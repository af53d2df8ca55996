//! The report of a project: one page of HTML with everything that was run, and what came of it.
//!
//! Here: what stands on the page ([`Report`]), how it is written piece by piece ([`ReportWriter`]), the small pictures
//! beside the detections, and which epochs are left out of a long lightcurve.
//! Not here: where the numbers come from (`project` gathers them), files, the database.

mod page; // the page, in the order in which it is written
mod row; // a detection, and what failed
mod small; // the epochs around an event
mod thin; // fewer epochs of a long lightcurve

pub use page::{Report, ReportWriter};
pub use row::{DetectionRow, FailureRow, ReleaseRow, Searched};
pub use small::SmallPicture;
pub use thin::thinned;
