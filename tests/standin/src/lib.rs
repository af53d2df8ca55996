//! A stand-in for an archive: a real HTTP/1.1 server on loopback, with faults made byte for byte.
//!
//! Here: what IRSA's light-curve service and its login, MAST's portal and files, TAP services and a plain file
//! server answer, the ways in which they fail, and counters of what was asked. Not here: anything of Retriever
//! itself; this package must not depend on it, or the two would agree on the same mistakes.
//!
//! The server runs on threads of its own, so blocking tests and spawned programs can use it, and ends when the
//! [`StandIn`] is dropped.
//!
//! ```
//! use retriever_standin::{Fault, StandIn};
//! let archive = StandIn::synthetic(1, &[(208.29, 48.67)]).failing(Fault::InternalError, 42, 2);
//! assert!(archive.url().starts_with("http://127.0.0.1:"));
//! assert_eq!(archive.counters().requests(), 0);
//! ```

mod body; // bytes of a reply, shared
mod connection; // bytes on a socket, one connection at a time
mod counters; // what was asked, when, how often
mod fault_plan; // which request meets which fault
mod faults; // the list of faults
mod files; // plain files with Range and ETag
mod flood; // replies larger than anyone wants
mod http; // parsing requests, writing replies
mod irsa; // the light-curve service
mod login; // the sign-on service
mod mast; // MAST's portal, input catalog and files
mod numbers; // C's %.17g
mod random; // seeded draws
mod server; // the handle and its threads
mod services; // which service a request is for
mod shared; // what all connections share, the dispatch
mod sky; // what MAST is given to hold
mod synthetic; // plausible rows for any position
mod table; // real rows, kept verbatim
mod tap; // queries and jobs, as Gaia's archive and VizieR have them
mod tess; // light-curve files of TESS
mod votable; // the service's other dialect: tables and errors in XML

pub use counters::{Counters, RequestRecord};
pub use faults::Fault;
pub use server::{Account, StandIn};
pub use services::Service;
pub use synthetic::SyntheticShape;
pub use tap::TapErrors;
pub use tap::table::{TapColumn, TapType, TapValue};
pub use tess::star::{Pipeline, TessProduct, TessStar};
