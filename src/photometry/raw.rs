//! What an archive answered for one source, before anything is done to it.

use serde_json::{Map, Value};

use super::Table;

/// The table of one observatory for one source, in the archive's own columns.
#[derive(Debug, Clone, PartialEq)]
pub struct RawPhotometry {
    /// Upper-case name of the observatory.
    pub observatory: String,
    /// Name of the source, exactly as in the catalog.
    pub source_name: String,
    pub table: Table,
    /// What else is known: the catalog row it was asked for, the parameters of the request, headers.
    /// The same request and reply always give the same `altdata`: no times, no machine names.
    pub altdata: Map<String, Value>,
}
