//! One polite way out of the house: every request to an archive goes through [`Archive`].
//!
//! Here: limits per host, retries, resumed downloads, sign-on, credentials, redaction. Not here: what a reply means;
//! query words and columns belong to each survey, which judges a body by the [`Verdict`] it returns.
//! Start reading at `Archive::get`; a request passes through the files in this order:

mod client; // the handle: limits, retries
mod exchange; // one attempt: send, follow, read
mod limit; // may this host be asked now?
mod policy; // what a status means, how long to wait
mod reply; // what came back
mod request; // what is asked
mod retry_after; // what the server says about waiting

mod location; // the same, for where the answer is instead of what it is

mod disk; // work that waits for the disk
mod download; // the same, to a file, resumed
mod kept; // whole files, until they are used
mod part; // the unfinished file and its note
mod session; // one sign-on for all
mod sweep; // what nobody uses any more

mod error;
mod redact;
mod settings;

pub use client::Archive;
pub use download::Downloaded;
pub use error::{ArchiveError, ErrorClass};
pub use kept::{Downloads, KeptFile};
pub use limit::Place;
pub use location::Answer;
pub use redact::RedactedUrl;
pub use reply::{Reply, Verdict};
pub use request::Request;
pub use session::Cookies;
pub use settings::{ArchiveSettings, Limits, Manner};
