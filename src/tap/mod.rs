//! Tables of services that speak the Table Access Protocol: a query goes out, a file with a VOTable comes back.
//!
//! Here: requests of TAP 1.1, jobs of UWS 1.1 and the note on disk by which a later process finds a job again, phases,
//! and the services' own words. Not here: what a query says, and what a table means; how requests are sent, repeated
//! and resumed is `archive`'s.
//!
//! A query that is answered at once passes [`sync`]. One that takes longer is a [`Job`]: begun without being
//! started, noted on disk, started, looked at until it ends, its result downloaded, and dropped when the caller has
//! stored what came ([`Job::dismiss`]). A process that is killed in between leaves the note, and the next one goes on.

mod error;
mod job; // begin or find again, wait, download, drop
mod note; // what of a job is on disk
mod phase; // what a phase means for the next step
mod query; // requests
mod words; // what a service says in its error pages

pub use error::TapError;
pub use job::{Job, job};
pub use note::Note;
pub use phase::Patience;
pub use query::{Query, sync};
