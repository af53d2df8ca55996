//! What is done, and what came out of it: rows in SQLite or PostgreSQL, through SeaORM.
//!
//! Here: the entities (a file each), the migrations, the connection, and one file per question that the rest of
//! the program asks. Every statement that runs per batch is a multi-row one and has an index.
//! Not here: files (a row holds a name, a length and a checksum of one, nobody here opens it) and science (the
//! numbers of a lightcurve arrive as they are stored). SQL stands nowhere else.
//!
//! Start reading at [`Database::open`]; a run then asks [`Database::states`] what is left to do of a batch and
//! puts the results in with [`Database::commit`]; what was found and how much was searched comes out of `found` and
//! [`Database::histogram_sum`].

mod adopt; // rows without a source: raw data found on disk; rows whose file is gone
mod analyses; // analyses, put in and forgotten whole
mod analysis_record; // what is put in of an analysis
mod analysis_rows;
mod claims; // who asks for what, when several processes share the database
mod commit; // a batch of sources and all that belongs to them, in one transaction
mod connection; // open, migrate, begin
mod contributions; // what each source adds to the histograms, and who has added it
mod entity; // the tables as they are
mod error; // what can go wrong, and of which class it is
mod exported; // what an export has to know before its first row
mod files; // which files the rows speak of
mod found; // what analyses have found: detections, injections, what was searched
mod histograms; // the histograms of a project: sums over writers
mod insert; // multi-row statements under the limits of both databases
mod lightcurves;
mod list; // rows as JSON, page by page
mod migration; // how the tables came to be
mod parameters; // what a project file may say of the database
mod projects; // a project and version, by name and hash
mod query; // rows that a condition selects, as a stream
mod reading; // a file that may only be looked at
mod record; // what is put in
mod releases; // what archives called their data
mod retry; // what to do while the database is away
mod sources;
mod standing; // how each source stands, for maps
mod states; // what is done of a batch of sources
mod status; // counts of a project
mod tables; // are all of them there?
mod used; // what of each survey a project has rows of
mod walk; // through all sources of a project, in pages

pub use analysis_record::{
    AnalysisFile, AnalysisOutcome, AnalysisRecord, AnalysisResult, LightcurveName, analysis_inputs,
};
pub use claims::{Session, SessionRecord};
pub use connection::Database;
pub(crate) use connection::check_address;
pub use error::{DatabaseError, DatabaseErrorClass};
pub use exported::{LightcurveGroup, SourcePlace};
pub use files::{FileRow, FileTable};
pub use found::StoredTrial;
pub use list::{Row, RowFilter};
pub use parameters::{DatabaseParameters, redact_url};
pub use projects::ProjectRow;
pub use query::columns_of;
pub use record::{
    LightcurveRecord, Outcome, RawRecord, ReductionOutcome, ReductionRecord, Renewed, SourceRecord,
};
pub use releases::ReleaseCount;
pub use standing::SourceStanding;
pub use states::{AnalysisState, ObservatoryState, RawState, ReductionState, SourceState};
pub use status::{AnalysisStatus, Failure, ObservatoryStatus, ProjectStatus, Stage};
pub use used::UsedObservatory;
