//! An observatory together with what it needs to be asked: the archive with its limits.

use std::sync::Arc;

use serde_json::Value;

use super::{
    FetchError, Fetched, ObservatoryParameters, ReduceError, Reduction, Used, VirtualObservatory,
};
use crate::archive::{Archive, Downloads};
use crate::catalog::Target;
use crate::credit::Credit;
use crate::parameters::sha256_hex;
use crate::photometry::RawPhotometry;

/// Version of the rules of reduction. It changes when the same raw data and parameters give other
/// lightcurves than before, so that old products are noticed.
const REDUCTION_VERSION: u32 = 3;

/// A survey that is ready to be asked. Cheap to clone; all clones share the limits per host.
#[derive(Debug, Clone)]
pub struct Observatory {
    inner: Arc<dyn VirtualObservatory>,
    archive: Archive,
    constants: Arc<Constants>,
}

/// What is the same for every target, worked out once.
#[derive(Debug)]
struct Constants {
    common: ObservatoryParameters,
    /// All parameters that can change its results, with their final values.
    canonical: Value,
    download_parameters: Value,
    download_fingerprint: String,
    reduction_fingerprint: String,
}

impl Observatory {
    /// Joins an observatory to an archive client that already has its limits.
    pub fn new(
        inner: Arc<dyn VirtualObservatory>,
        archive: Archive,
        common: ObservatoryParameters,
        canonical: Value,
    ) -> Observatory {
        let download_parameters = Value::Object(inner.download_parameters());
        let constants = Constants {
            common,
            download_fingerprint: sha256_hex(download_parameters.to_string()),
            reduction_fingerprint: sha256_hex(format!("{REDUCTION_VERSION} {canonical}")),
            download_parameters,
            canonical,
        };
        Observatory {
            inner,
            archive,
            constants: Arc::new(constants),
        }
    }

    /// Upper-case name.
    pub fn name(&self) -> &str {
        self.inner.name()
    }

    /// The parameters that every observatory has.
    pub fn parameters(&self) -> &ObservatoryParameters {
        &self.constants.common
    }

    /// The rule by which this target is not asked for, in words.
    pub fn skips(&self, target: &Target) -> Option<String> {
        self.inner.skips(target)
    }

    /// Asks the archive for one target, unless a rule forbids it.
    ///
    /// The raw photometry says in `altdata` which `target` it was asked for, and with which
    /// `download_parameters`.
    pub async fn fetch(&self, target: &Target) -> Result<Fetched, FetchError> {
        if let Some(rule) = self.skips(target) {
            return Ok(Fetched::Skipped { rule });
        }
        let fetched = self.inner.fetch(target, &self.archive).await?;
        Ok(self.described(fetched, target))
    }

    /// Asks the archive whether it has something else for a target than `previous`, unless a rule forbids it.
    ///
    /// What has changed comes as from [`fetch`](Observatory::fetch).
    pub async fn refresh(
        &self,
        target: &Target,
        previous: &RawPhotometry,
    ) -> Result<Fetched, FetchError> {
        if let Some(rule) = self.skips(target) {
            return Ok(Fetched::Skipped { rule });
        }
        let fetched = self.inner.refresh(target, previous, &self.archive).await?;
        Ok(self.described(fetched, target))
    }

    /// The object that a number names, as [`VirtualObservatory::resolve`] finds it.
    pub async fn resolve(&self, kind: &str, number: &str) -> Result<Option<Target>, FetchError> {
        self.inner.resolve(kind, number, &self.archive).await
    }

    /// The same observatory, whose archive notes what files it keeps on disk.
    pub(crate) fn noting_downloads(&self) -> (Observatory, Downloads) {
        let (archive, downloads) = self.archive.noting_downloads();
        let noting = Observatory {
            archive,
            ..self.clone()
        };
        (noting, downloads)
    }

    /// The same observatory, whose archive asks nobody.
    pub(crate) fn offline(&self) -> Observatory {
        Observatory {
            archive: self.archive.offline(),
            ..self.clone()
        }
    }

    /// Data with what they were asked for.
    fn described(&self, mut fetched: Fetched, target: &Target) -> Fetched {
        if let Fetched::Data { raw, .. } = &mut fetched {
            raw.altdata.insert("target".to_owned(), row_of(target));
            raw.altdata
                .insert("download_parameters".to_owned(), self.download_parameters());
        }
        fetched
    }

    /// Turns raw photometry into lightcurves of the target that it was asked for.
    pub fn reduce(&self, raw: &RawPhotometry) -> Result<Reduction, ReduceError> {
        let target = raw
            .altdata
            .get("target")
            .and_then(|row| Target::deserialize_row(row).ok());
        self.inner.reduce(raw, target.as_ref())
    }

    /// Turns raw photometry into lightcurves of this target; without one, of everything in it.
    pub fn reduce_for(
        &self,
        raw: &RawPhotometry,
        target: Option<&Target>,
    ) -> Result<Reduction, ReduceError> {
        self.inner.reduce(raw, target)
    }

    /// Whom to thank and what to cite, as [`VirtualObservatory::credits`] says.
    pub fn credits(&self, used: &Used) -> Vec<Credit> {
        self.inner.credits(used)
    }

    /// All parameters that can change its results, with their final values.
    pub fn canonical(&self) -> &Value {
        &self.constants.canonical
    }

    /// The parameters that change what is downloaded, as they are kept with the raw data.
    pub fn download_parameters(&self) -> Value {
        self.constants.download_parameters.clone()
    }

    /// Tells raw data fetched with these download parameters from others.
    pub fn download_fingerprint(&self) -> String {
        self.constants.download_fingerprint.clone()
    }

    /// Tells lightcurves made with these parameters and rules from others.
    pub fn reduction_fingerprint(&self) -> String {
        self.constants.reduction_fingerprint.clone()
    }
}

/// The target as it is kept with raw data. Its row number is left out: the same raw data serves catalogs
/// that list the target elsewhere.
fn row_of(target: &Target) -> Value {
    let mut row = serde_json::to_value(target).unwrap_or(Value::Null);
    if let Value::Object(row) = &mut row {
        row.remove("index");
    }
    row
}

impl Target {
    fn deserialize_row(row: &Value) -> serde_json::Result<Target> {
        serde::Deserialize::deserialize(row)
    }
}
