//! Retriever: photometry of many targets from many surveys, reduced to uniform lightcurves.
//!
//! Begin with [`project::Project`]: a catalog of targets, observatories to ask, and what is known of them so
//! far. Below it stand rooms with one concern each; the arrows between them point one way:
//!
//! ```text
//! cli ──► project ──► observatory ──► archive
//!            │  └───► catalog  │
//!            └─► database, storage ──┴─► photometry ─► sky, time, statistics
//! ```
//!
//! `photometry`, `sky`, `time` and `statistics` are pure: plain data in, plain data out.
//!
//! ```
//! use retriever::observatory::{Fetched, Registry, Surroundings};
//! use retriever::parameters::{Node, Origin};
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! // one target of one observatory, without a project
//! let surroundings = Surroundings::new(0);
//! let demo = Registry::standard().observatory("demo", &Node::empty_mapping(Origin::Builder), &surroundings)?;
//! let target = retriever::catalog::Target { name: "star".into(), ra: 10.0, dec: -5.0, epoch: 2016.0, ..Default::default() };
//! let Fetched::Data { raw, .. } = demo.fetch(&target).await? else { panic!("the demo has something of every star") };
//! let reduction = demo.reduce(&raw)?;
//! assert_eq!(reduction.lightcurves[0].statistics.number, 100);
//!
//! // raw photometry is one file, and comes back as it was
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("star.h5");
//! raw.save(&file)?;
//! assert_eq!(retriever::photometry::RawPhotometry::load(&file)?, raw);
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod analysis;
pub mod archive;
pub mod catalog;
pub mod cli;
pub mod database;
mod disk;
pub mod fits;
pub mod observatory;
pub mod parameters;
pub mod photometry;
pub mod plot;
pub mod project;
pub mod report;
pub mod seed;
pub mod sky;
pub mod statistics;
pub mod storage;
pub mod tap;
pub mod time;

/// The examples of the front page compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct FrontPage;
