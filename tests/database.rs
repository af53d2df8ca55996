//! The database room on SQLite and on PostgreSQL: what is put in comes out, once, also when things break.

#[path = "support/postgres.rs"]
mod postgres;

#[path = "database/place.rs"]
mod place;

#[path = "database/analysed.rs"]
mod analysed;

#[path = "database/analyses.rs"]
mod analyses;
#[path = "database/claims.rs"]
mod claims;
#[path = "database/commit.rs"]
mod commit;
#[path = "database/concurrency.rs"]
mod concurrency;
#[path = "database/faults.rs"]
mod faults;
#[path = "database/files.rs"]
mod files;
#[path = "database/found.rs"]
mod found;
#[path = "database/histograms.rs"]
mod histograms;
#[path = "database/lists.rs"]
mod lists;
#[path = "database/open.rs"]
mod open;
#[path = "database/query.rs"]
mod query;
#[path = "database/query_filters.rs"]
mod query_filters;
#[path = "database/states.rs"]
mod states;
#[path = "database/whole.rs"]
mod whole;
