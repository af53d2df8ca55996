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
//! `photometry`, `analysis`, `query`, `sky`, `time` and `statistics` are pure: plain data in, plain data out.
//!
//! | to | begin with |
//! |---|---|
//! | run a project, see how far it is, read its rows and lightcurves | [`project::Project`], [`query::Query`] |
//! | read, write and search lists of targets | [`catalog::Catalog`] |
//! | ask a survey for one target, reduce what came | [`observatory::Registry`], [`observatory::Observatory`] |
//! | read a raw file | [`photometry::RawPhotometry::load`] |
//! | look for events in lightcurves of any origin | [`analysis::SnrFinder`], [`analysis::MatchedFilter`], [`analysis::StandardAnalysis`] |
//! | add a survey, a finder, an analysis | [`extending`] |
//! | know whom to thank | [`project::Project::credits`], [`credit`] |
//!
//! ```
//! use retriever::observatory::{Fetched, Registry, Surroundings};
//! use retriever::parameters::Node;
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! // one target of one observatory, without a project
//! let surroundings = Surroundings::new(0);
//! let demo = Registry::standard().observatory("demo", &Node::section(), &surroundings)?;
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

#[warn(missing_docs)]
pub mod analysis;
#[warn(missing_docs)]
pub mod archive;
#[warn(missing_docs)]
pub mod catalog;
#[warn(missing_docs)]
pub mod cli;
#[warn(missing_docs)]
pub mod credit;
mod disk;
#[warn(missing_docs)]
pub mod export;
#[warn(missing_docs)]
pub mod observatory;
#[warn(missing_docs)]
pub mod parameters;
#[warn(missing_docs)]
pub mod photometry;
#[warn(missing_docs)]
pub mod plot;
#[warn(missing_docs)]
pub mod project;
#[warn(missing_docs)]
pub mod query;
#[warn(missing_docs)]
pub mod report;
#[warn(missing_docs)]
pub mod seed;
#[warn(missing_docs)]
pub mod sky;
#[warn(missing_docs)]
pub mod statistics;
#[warn(missing_docs)]
pub mod time;

// What follows is open to tests and benchmarks only, and promises nothing: programs reach it through the rooms above.
#[doc(hidden)]
pub mod database;
#[doc(hidden)]
pub mod fits;
#[doc(hidden)]
pub mod storage;
#[doc(hidden)]
pub mod tap;
mod words;

/// The examples of the front page compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct FrontPage;

/// Write your own finder, survey or analysis.
#[doc = include_str!("../docs/extending.md")]
pub mod extending {}
