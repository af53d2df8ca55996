//! MAST as far as light curves of TESS go: the portal's searches, the TESS Input Catalog, and its files.
//!
//! Here: what is held, and the replies of `/api/v0/invoke` and `/api/v0.1/Download/file`.
//! Not here: how the files are made (`tess`), and faults of the connection (`connection`).

mod caom; // observations and products as rows
mod download; // files by URI
mod filters; // which rows are wanted
pub(crate) mod holdings; // stars, light curves, files
pub(crate) mod portal; // the envelope: services, pages, EXECUTING and ERROR
mod tables; // columns, rows, and JSON of both
mod tic; // the input catalog

pub(crate) use download::{PATH as DOWNLOAD_PATH, answer as download};
pub(crate) use holdings::Mast;
