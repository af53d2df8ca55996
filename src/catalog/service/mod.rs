//! Catalogs that a service makes: what is asked, whether the answer is whole, and the file it is kept in.
//!
//! Here: the queries of a project file in ADQL, row limits, the stored file with its notes and checksum.
//! Not here: requests and jobs (`tap`), and who asks when (`project`).

mod adql; // names and texts in a query
mod content; // the checksum of what a table says
mod limit; // is the answer whole?
mod parameters; // what a project may set
mod query; // what is asked, and what it is called on disk
mod store; // a VOTable becomes the stored file
mod stored; // the stored file: notes, check

pub use parameters::{GaiaParameters, Mode, VizierParameters};
pub use query::{ServiceQuery, unknown_columns};
pub use store::keep;
pub use stored::{Notes, notes, stored};
