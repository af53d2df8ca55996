//! Products on disk: what goes in comes out, whatever the names and numbers, and others can read it.

#[path = "storage/content.rs"]
mod content;
#[path = "storage/files.rs"]
mod files;
#[path = "storage/histograms.rs"]
mod histograms;
#[path = "storage/python.rs"]
mod python;
#[path = "storage/store.rs"]
mod store;
