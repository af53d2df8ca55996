//! Retriever: photometry of many targets from many surveys, reduced to uniform lightcurves.

pub mod archive;
pub mod catalog;
pub mod cli;
pub mod database;
pub mod observatory;
pub mod parameters;
pub mod photometry;
pub mod project;
pub mod seed;
pub mod sky;
pub mod statistics;
pub mod storage;
pub mod time;
