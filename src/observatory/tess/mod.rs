//! TESS: MAST's portal, light curves of several pipelines as FITS files.
//!
//! A target is a star of the TESS Input Catalog (TIC): its number comes from the catalog, from its name, or from
//! a cone around its position. The portal lists the products of that number, and each is one file. Formats:
//! <https://archive.stsci.edu/missions-and-data/tess>, <https://mast.stsci.edu/api/v0/>.
//! This file is the only one that waits for the archive; all others are pure.

mod identify; // which star is it?
mod joined; // the rows of all files
mod lightcurve_file; // what is in a file?
mod parameters; // may it be asked for?
mod products; // which files are taken?
mod quality; // which epochs are bad?
mod reduce; // to lightcurves
mod reply; // what the portal answers
mod request; // what is asked

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use serde_json::{Map, Value, json};

pub use parameters::{Keep, TessParameters};
pub use products::Pipeline;
pub use quality::{BITS, LOW_PRECISION, Quality, low_precision_bit};
pub use reduce::ZERO_POINT;

use super::{
    BuildError, FetchError, Fetched, Provenance, ReduceError, Reduction, Surroundings,
    VirtualObservatory,
};
use crate::archive::{Archive, ErrorClass, KeptFile};
use crate::catalog::Target;
use crate::photometry::{RawPhotometry, TimeColumn};
use crate::time::SECONDS_IN_A_DAY;
use identify::Identity;
use joined::Part;
use products::{Choice, Chosen};
use reply::{Observation, Star, State};
use request::Query;

/// Upper-case name of the observatory.
pub const NAME: &str = "TESS";

/// Files of one target that are on their way or in memory at a time; the archive's own limits hold beside it.
const FILES_AT_A_TIME: usize = 8;

/// The Transiting Exoplanet Survey Satellite through the archive MAST.
///
/// ```no_run
/// use retriever::archive::{Archive, ArchiveSettings};
/// use retriever::observatory::Fetched;
/// use retriever::observatory::tess::{Tess, TessParameters};
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let tess = Tess::with(TessParameters { sectors: Some(vec![24]), ..TessParameters::default() });
/// let archive = Archive::new(ArchiveSettings::default())?;
/// if let Fetched::Data { raw, .. } = tess.fetch_by_tic(188589164, &archive).await? {
///     println!("{} rows of {}", raw.table.rows(), raw.source_name);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Tess {
    parameters: TessParameters,
}

impl Tess {
    /// Light curves are public: no credentials are needed.
    pub fn new(parameters: TessParameters, _: &Surroundings) -> Result<Tess, BuildError> {
        Ok(Tess::with(parameters))
    }

    /// TESS with these parameters, which are taken as they are.
    pub fn with(parameters: TessParameters) -> Tess {
        Tess { parameters }
    }

    /// Asks for a star by its number in the TESS Input Catalog, whatever its magnitude.
    ///
    /// The target that it is filed under has the catalog's position and the name `TIC <number>`.
    ///
    /// # Errors
    /// [`FetchError`]; a number that the catalog does not have is [`Fetched::Empty`].
    pub async fn fetch_by_tic(&self, tic: u64, archive: &Archive) -> Result<Fetched, FetchError> {
        let query = request::star(tic);
        let Some(target) = self.star(tic, archive).await? else {
            let provenance = self.provenance(&query);
            return Ok(Fetched::Empty { provenance });
        };
        self.fetch_target(&target, None, archive).await
    }

    async fn star(&self, tic: u64, archive: &Archive) -> Result<Option<Target>, FetchError> {
        let rows = self.ask(&request::star(tic), archive).await?;
        let star = rows
            .iter()
            .filter_map(Star::of)
            .find(|star| star.tic == tic);
        Ok(star.as_ref().map(identify::target_of))
    }

    /// Fetches a target; with what was fetched before, only what has changed since.
    async fn fetch_target(
        &self,
        target: &Target,
        previous: Option<&RawPhotometry>,
        archive: &Archive,
    ) -> Result<Fetched, FetchError> {
        let identity = match self.identify(target, previous, archive).await? {
            Ok(identity) => identity,
            Err(provenance) => return Ok(Fetched::Empty { provenance }),
        };
        let mut query = request::observations(identity.tic);
        if previous.is_some() {
            // a refresh wants to know what there is now, not what the server remembers
            query = query.uncached(rand::random());
        }
        let provenance = self.provenance(&query);
        let choice = self.choose(identity.tic, &query, archive).await?;
        if choice.chosen.is_empty() {
            return Ok(Fetched::Empty { provenance });
        }
        let earlier = previous.map_or_else(Vec::new, joined::parts);
        let (chosen, before) = (choice.chosen.clone(), &earlier);
        let outcomes: Vec<Outcome> = futures::stream::iter(chosen)
            .map(|chosen| async move { self.product(&chosen, before, archive).await })
            .buffered(FILES_AT_A_TIME)
            .try_collect()
            .await?;
        if !earlier.is_empty() && is_unchanged(&outcomes, &earlier) {
            return Ok(Fetched::Unchanged { provenance });
        }
        let raw = raw_photometry(target, identity, &choice, outcomes)?;
        Ok(Fetched::Data { raw, provenance })
    }

    /// The number of the target in the TESS Input Catalog; where it has none, the question that found nothing.
    async fn identify(
        &self,
        target: &Target,
        previous: Option<&RawPhotometry>,
        archive: &Archive,
    ) -> Result<Result<Identity, Provenance>, FetchError> {
        let known = identify::known(target).map_err(|message| FetchError::Other {
            class: ErrorClass::Permanent,
            message: format!("{:?}: {message}", target.name),
        })?;
        // whose rows are there already need not be found out again
        let before = previous.and_then(identity_of);
        if let Some(identity) = known.or(before) {
            return Ok(Ok(identity));
        }
        let (ra, dec) = target.position_at(identify::TIC_EPOCH);
        let query = request::cone(ra, dec, self.parameters.query_radius / 3600.0);
        let rows = self.ask(&query, archive).await?;
        let mut stars: Vec<Star> = rows.iter().filter_map(Star::of).collect();
        // a star that is listed twice is not its own runner-up
        let mut seen = HashSet::new();
        stars.retain(|star| seen.insert(star.tic));
        let found = identify::in_cone(target, &stars, &self.parameters);
        Ok(found.map_err(|reasons| {
            tracing::debug!(source = %target.name, ?reasons, "no star of the TESS Input Catalog is the target");
            self.provenance(&query)
        }))
    }

    async fn choose(
        &self,
        tic: u64,
        query: &Query,
        archive: &Archive,
    ) -> Result<Choice, FetchError> {
        let rows = self.ask(query, archive).await?;
        let name = tic.to_string();
        let observations: Vec<Observation> = rows
            .iter()
            .map(Observation::of)
            .filter(|row| row.target_name == name)
            .collect();
        Ok(products::choose(tic, &observations, &self.parameters))
    }

    /// All rows of the answer to a question, page by page.
    async fn ask(
        &self,
        query: &Query,
        archive: &Archive,
    ) -> Result<Vec<Map<String, Value>>, FetchError> {
        let unsound = |problem: String| FetchError::Other {
            class: ErrorClass::Transient,
            message: format!(
                "MAST's answer to {} is incomplete: {problem}",
                query.told(&self.parameters)
            ),
        };
        let mut rows = reply::Rows::default();
        for page in 1.. {
            let page = self.page(query, page, archive).await?;
            if !rows.add(page).map_err(unsound)? {
                break;
            }
        }
        rows.complete().map_err(unsound)
    }

    /// One page of the answer, asked for until the archive has worked it out.
    async fn page(
        &self,
        query: &Query,
        number: u64,
        archive: &Archive,
    ) -> Result<reply::Page, FetchError> {
        let limit = Duration::from_secs_f64(self.parameters.poll_limit);
        let mut waited = Duration::ZERO;
        for pause in reply::pauses(Duration::from_secs_f64(self.parameters.poll_delay)) {
            let request = query.page(&self.parameters, number);
            let reply = archive.get(request, reply::judge).await?;
            match reply::parse(&reply.body) {
                Ok(State::Complete(page)) => return Ok(page),
                Ok(State::Executing) if waited + pause > limit => break,
                Ok(State::Executing) => tokio::time::sleep(pause).await,
                Err(problem) => return Err(unusable(&reply.url.to_string(), problem)),
            }
            // a pause of nothing must come to an end too
            waited += pause.max(Duration::from_millis(1));
        }
        Err(FetchError::Other {
            class: ErrorClass::Transient,
            message: format!(
                "MAST was still executing {} after {:.0} s",
                query.told(&self.parameters),
                waited.as_secs_f64()
            ),
        })
    }

    /// The rows of a product: those that are there if it has not changed, else those of its file.
    ///
    /// # Errors
    /// Only such as may pass: that there is no such file, or another one, is an outcome.
    async fn product(
        &self,
        chosen: &Chosen,
        earlier: &[Part],
        archive: &Archive,
    ) -> Result<Outcome, FetchError> {
        let product = &chosen.product;
        let request = request::file(&self.parameters, &product.uri);
        let verify = |bytes: &[u8]| lightcurve_file::verify(bytes, product.tic);
        let before = earlier.iter().find(|part| is_of(part, &product.uri));
        let etag = before.and_then(|part| part.record.get("etag")?.as_str());
        let file = match etag {
            Some(etag) => archive.file_if_changed(request, etag, verify).await,
            None => archive.file(request, verify).await.map(Some),
        };
        match (file, before) {
            (Ok(Some(file)), _) => {
                let read = part(chosen, &file);
                read.map(Outcome::New)
                    .map_err(|problem| unusable(&file.url.to_string(), problem))
            }
            (Ok(None), Some(before)) => Ok(Outcome::Same(before.clone())),
            (Ok(None), None) => Err(unusable(
                &product.uri,
                "an answer to another question".to_owned(),
            )),
            (Err(error), before) if error.class() == ErrorClass::Permanent => {
                let told = error.to_string();
                tracing::warn!(uri = %product.uri, error = %told, "a product cannot be had");
                Ok(match before {
                    // what the archive no longer has is not thrown away
                    Some(before) => Outcome::Same(before.clone()),
                    None => Outcome::Missing(product.uri.clone(), error.into()),
                })
            }
            (Err(error), _) => Err(error.into()),
        }
    }

    fn provenance(&self, query: &Query) -> Provenance {
        Provenance {
            url: query.told(&self.parameters),
            release: String::new(),
        }
    }
}

/// What became of a product.
#[derive(Debug)]
enum Outcome {
    New(Part),
    Same(Part),
    /// It cannot be had, now or later.
    Missing(String, FetchError),
}

fn unusable(url: &str, problem: String) -> FetchError {
    FetchError::Reply {
        service: "MAST".to_owned(),
        url: url.to_owned(),
        problem,
    }
}

fn is_of(part: &Part, uri: &str) -> bool {
    part.record.get("uri").and_then(Value::as_str) == Some(uri)
}

fn is_unchanged(outcomes: &[Outcome], earlier: &[Part]) -> bool {
    let mut same = 0;
    for outcome in outcomes {
        match outcome {
            Outcome::New(_) => return false,
            Outcome::Same(_) => same += 1,
            Outcome::Missing(..) => {}
        }
    }
    same == earlier.len()
}

fn identity_of(previous: &RawPhotometry) -> Option<Identity> {
    let tic = previous.altdata.get("TICID")?.as_u64()?;
    let record = previous.altdata.get("identification")?.clone();
    Some(Identity { tic, record })
}

/// The rows of a file, with all that is to be known of it.
fn part(chosen: &Chosen, file: &KeptFile) -> Result<Part, String> {
    let product = &chosen.product;
    let contents = lightcurve_file::read(&file.bytes)?;
    let step = contents.lightcurve.get("TIMEDEL").and_then(Value::as_f64);
    // to the millisecond: the headers have the last digits wrong
    let cadence = step.map(|days| (days * SECONDS_IN_A_DAY * 1000.0).round() / 1000.0);
    let record = json!({
        "uri": product.uri,
        "product": product.pipeline,
        "fast": product.fast,
        "sector": product.sector,
        "tic": product.tic,
        "cadence": cadence,
        "why": chosen.why,
        "etag": file.etag,
        "sha256": file.sha256,
        "length": file.bytes.len(),
    });
    let mut record = match record {
        Value::Object(record) => record,
        _ => Map::new(),
    };
    record.extend(contents.describe());
    Ok(Part {
        record,
        sector: product.sector,
        rows: contents.rows,
        columns: contents.columns,
    })
}

/// The rows of all products, in the order of the choice.
fn raw_photometry(
    target: &Target,
    identity: Identity,
    choice: &Choice,
    outcomes: Vec<Outcome>,
) -> Result<RawPhotometry, FetchError> {
    let mut parts = Vec::new();
    let mut missing = Vec::new();
    let mut first_error = None;
    for outcome in outcomes {
        match outcome {
            Outcome::New(part) | Outcome::Same(part) => parts.push(part),
            Outcome::Missing(uri, error) => {
                missing.push(json!({"uri": uri, "why": error.to_string()}));
                first_error.get_or_insert(error);
            }
        }
    }
    if let (true, Some(error)) = (parts.is_empty(), first_error) {
        return Err(error);
    }
    let table = joined::table(&parts).map_err(|problem| {
        unusable(
            "several files",
            format!("they do not fit together: {problem}"),
        )
    })?;
    let left_out = choice
        .left_out
        .iter()
        .map(|(uri, why)| json!({"uri": uri, "why": why}));
    let altdata = json!({
        "TICID": identity.tic,
        "filter": "TESS",
        "identification": identity.record,
        "left_out": left_out.collect::<Vec<_>>(),
        "missing": missing,
        "products": parts.into_iter().map(|part| part.record).collect::<Vec<_>>(),
    });
    Ok(RawPhotometry {
        observatory: NAME.to_owned(),
        source_name: target.name.clone(),
        time: Some(TimeColumn {
            name: "TIME".to_owned(),
            frame: reduce::RAW_FRAME,
        }),
        table,
        altdata: match altdata {
            Value::Object(altdata) => altdata,
            _ => Map::new(),
        },
    })
}

#[async_trait]
impl VirtualObservatory for Tess {
    fn name(&self) -> &str {
        NAME
    }

    fn skips(&self, target: &Target) -> Option<String> {
        self.parameters.skips(target)
    }

    fn download_parameters(&self) -> Map<String, Value> {
        self.parameters.download_parameters()
    }

    async fn fetch(&self, target: &Target, archive: &Archive) -> Result<Fetched, FetchError> {
        match self.skips(target) {
            Some(rule) => Ok(Fetched::Skipped { rule }),
            None => self.fetch_target(target, None, archive).await,
        }
    }

    async fn refresh(
        &self,
        target: &Target,
        previous: &RawPhotometry,
        archive: &Archive,
    ) -> Result<Fetched, FetchError> {
        match self.skips(target) {
            Some(rule) => Ok(Fetched::Skipped { rule }),
            None => self.fetch_target(target, Some(previous), archive).await,
        }
    }

    async fn resolve(
        &self,
        kind: &str,
        number: &str,
        archive: &Archive,
    ) -> Result<Option<Target>, FetchError> {
        match (kind, number.trim().parse()) {
            ("TIC", Ok(tic)) => self.star(tic, archive).await,
            _ => Ok(None),
        }
    }

    fn reduce(
        &self,
        raw: &RawPhotometry,
        target: Option<&Target>,
    ) -> Result<Reduction, ReduceError> {
        reduce::by_product(raw, target, &self.parameters)
    }
}
