//! Surveys: how each is asked for one target, and how its answer becomes lightcurves.
//!
//! Here: the [`VirtualObservatory`] trait and its promises, the [`Registry`] of surveys, one folder a
//! survey (`demo`, `ztf`), and the [`conformance`] suite that every implementation passes.
//! Not here: the database and the disk; limits and retries of requests (room `archive`).
//!
//! A new survey is a folder with `mod.rs` (the only async file), `parameters.rs`, `request.rs`, `reply.rs`
//! and `reduce.rs`, and one line in `registry.rs`.

mod bound;
pub mod conformance;
pub mod demo;
mod error;
mod parameters;
mod registry;
pub mod tess;
pub mod ztf;

use std::fmt::Debug;

use async_trait::async_trait;
use serde_json::{Map, Value};

pub use bound::Observatory;
pub use error::{FetchError, ReduceError};
pub use parameters::ObservatoryParameters;
pub use registry::{BuildError, ObservatorySettings, Registry, Surroundings};

use crate::archive::Archive;
use crate::catalog::Target;
use crate::credit::Credit;
use crate::photometry::{Lightcurve, RawPhotometry};

/// A survey as Retriever sees it: one target in, raw photometry out; raw photometry in, lightcurves out.
///
/// The object is shared by all threads and keeps no state between calls that could change a result: the
/// same target and the same reply give the same table, the same table gives the same lightcurves, bit for
/// bit (C5). [`conformance::all`] checks these promises on any implementation.
#[async_trait]
pub trait VirtualObservatory: Debug + Send + Sync {
    /// Upper-case name, as it was registered.
    fn name(&self) -> &str;

    /// What its lightcurves tell of their epochs beside the columns that all have: names of further columns, and of
    /// entries of `altdata`. Histograms can have axes of them. None = it does not say, and any name may be right.
    fn epoch_names() -> Option<&'static [&'static str]>
    where
        Self: Sized,
    {
        None
    }

    /// The rule by which this target is not asked for at all (too far south, too faint), in words.
    ///
    /// A rule looks only at the target and the parameters; it never asks the archive.
    fn skips(&self, target: &Target) -> Option<String> {
        let _ = target;
        None
    }

    /// The parameters that change what is downloaded. They are kept with the raw data, so that data
    /// fetched with others is noticed.
    fn download_parameters(&self) -> Map<String, Value>;

    /// Asks the archive for one target.
    ///
    /// "Nothing there" is [`Fetched::Empty`], a result and not an error. A row limit that cut the reply
    /// short is an error. Requests go through `archive` only.
    async fn fetch(&self, target: &Target, archive: &Archive) -> Result<Fetched, FetchError>;

    /// Asks again for a target whose raw photometry is there, in the cheapest way the archive allows.
    ///
    /// [`Fetched::Unchanged`] where nothing has changed since `previous`. An archive that cannot be asked for
    /// changes only is asked for everything, which is what this does unless it is overridden.
    async fn refresh(
        &self,
        target: &Target,
        previous: &RawPhotometry,
        archive: &Archive,
    ) -> Result<Fetched, FetchError> {
        let _ = previous;
        self.fetch(target, archive).await
    }

    /// The object that a survey's or catalog's own number names, as a target; none if it is not known there.
    ///
    /// `kind` is the upper-case name of the numbering (`TIC`). An observatory that knows no such numbers has none.
    async fn resolve(
        &self,
        kind: &str,
        number: &str,
        archive: &Archive,
    ) -> Result<Option<Target>, FetchError> {
        let _ = (kind, number, archive);
        Ok(None)
    }

    /// Whom those who publish with the survey's data thank, and what they cite: for `retriever cite`.
    ///
    /// The survey itself, its archive, and whoever made the products that were used. Nothing unless it is overridden.
    fn credits(&self, used: &Used) -> Vec<Credit> {
        let _ = used;
        Vec::new()
    }

    /// Turns raw photometry into lightcurves, at mid-exposure, ordered by start time and numbered from 1.
    ///
    /// With a target, objects that are not it are rejected and named in [`Reduction::rejected`]; without
    /// one everything is kept that can be one object at all. An empty table gives no lightcurves and no error.
    fn reduce(
        &self,
        raw: &RawPhotometry,
        target: Option<&Target>,
    ) -> Result<Reduction, ReduceError>;
}

/// What an archive answered for one target.
#[derive(Debug, Clone, PartialEq)]
pub enum Fetched {
    /// A table with at least one row.
    Data {
        /// What came.
        raw: RawPhotometry,
        /// Where it came from.
        provenance: Provenance,
    },
    /// The archive has nothing for this target.
    Empty {
        /// Who was asked, and why there is nothing.
        provenance: Provenance,
    },
    /// The archive has what it had before: only a refresh may answer so.
    Unchanged {
        /// Who was asked.
        provenance: Provenance,
    },
    /// A stated rule forbids to ask.
    Skipped {
        /// The rule, in words.
        rule: String,
    },
}

/// Where raw data came from. Kept in the database, not in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The request, without secrets.
    pub url: String,
    /// Data release that answered; empty if the archive has none.
    pub release: String,
    /// What else the user should know, in words: why there is nothing. Often empty.
    pub note: String,
}

/// What a project used of a survey.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Used {
    /// First and last epoch of the project's lightcurves (MJD); none if it has none.
    pub mjd_range: Option<[f64; 2]>,
    /// Each word that stands as `product` in the altdata of its lightcurves, for surveys whose data several have made.
    /// None before there is any raw photometry: everything that is configured may be used then.
    pub products: Option<Vec<String>>,
}

/// What came out of raw photometry.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reduction {
    /// By start time, numbered from 1.
    pub lightcurves: Vec<Lightcurve>,
    /// A sentence for each object of the raw data that was left out.
    pub rejected: Vec<String>,
}
