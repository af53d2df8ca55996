//! TESS: MAST's portal, light curves of several pipelines as FITS files.
//!
//! A target is a star of the TESS Input Catalog (TIC): its number comes from the catalog, from its name, or from
//! a cone around its position. The portal lists the products of that number, and each is one file. Formats:
//! <https://archive.stsci.edu/missions-and-data/tess>, <https://mast.stsci.edu/api/v0/>.
//! This file is the only one that waits for the archive; all others are pure.

mod credit; // whom to thank
mod identify; // which star is it?
mod joined; // the rows of all files
mod lightcurve_file; // what is in a file?
mod parameters; // may it be asked for?
mod products; // which files are taken?
mod quality; // which epochs are bad?
mod raw; // all that came for a target
mod reduce; // to lightcurves
mod reply; // what the portal answers
mod request; // what is asked

use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use serde_json::{Map, Value};

pub use parameters::{Keep, TessParameters};
pub use products::Pipeline;
pub use quality::{BITS, LOW_PRECISION, Quality, low_precision_bit};
pub use reduce::ZERO_POINT;

use super::{
    BuildError, FetchError, Fetched, Provenance, ReduceError, Reduction, Surroundings, Used,
    VirtualObservatory,
};
use crate::archive::{Archive, ArchiveError, ErrorClass};
use crate::catalog::Target;
use crate::credit::Credit;
use crate::photometry::RawPhotometry;
use identify::Identity;
use joined::Part;
use products::{Choice, Chosen};
use raw::{Outcome, Version};
use reply::{Observation, State};
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
            let note = format!("the TESS Input Catalog has no star {tic}");
            return Ok(self.nothing(&query, note));
        };
        self.fetch_target(&target, None, archive).await
    }

    /// Raw photometry of light-curve files that are at hand, by their URIs (`mast:…`, the name alone tells the product).
    ///
    /// # Errors
    /// [`FetchError::Reply`] if a file is damaged, is no light curve, or the files are not all of one star.
    pub fn read(source_name: &str, files: &[(&str, &[u8])]) -> Result<RawPhotometry, FetchError> {
        raw::of_files(source_name, files)
    }

    async fn star(&self, tic: u64, archive: &Archive) -> Result<Option<Target>, FetchError> {
        let rows = self.ask(&request::star(tic), archive).await?;
        let stars = reply::stars(&rows);
        let star = stars.iter().find(|star| star.tic == tic);
        Ok(star.map(identify::target_of))
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
            return Ok(self.nothing(&query, choice.why_nothing(identity.tic)));
        }
        let earlier = previous.map_or_else(Vec::new, joined::parts);
        let (chosen, before) = (choice.chosen.clone(), &earlier);
        let outcomes: Vec<Outcome> = futures::stream::iter(chosen)
            .map(|chosen| async move { self.product(&chosen, before, archive).await })
            .buffered(FILES_AT_A_TIME)
            .try_collect()
            .await?;
        if !earlier.is_empty() && raw::is_unchanged(&outcomes, &earlier) {
            return Ok(Fetched::Unchanged { provenance });
        }
        let raw = raw::photometry(&target.name, identity, &choice, outcomes)?;
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
        let before = previous.and_then(raw::identity_of);
        if let Some(identity) = known.or(before) {
            return Ok(Ok(identity));
        }
        let (ra, dec) = target.position_at(identify::TIC_EPOCH);
        let query = request::cone(ra, dec, self.parameters.query_radius / 3600.0);
        let rows = self.ask(&query, archive).await?;
        let found = identify::in_cone(target, &reply::stars(&rows), &self.parameters);
        Ok(found.map_err(|reasons| {
            let mut note = "no star of the TESS Input Catalog is the target".to_owned();
            if !reasons.is_empty() {
                note = format!("{note}: {}", reasons.join("; "));
            }
            Provenance {
                note,
                ..self.provenance(&query)
            }
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
    /// All but one: that there is no such file is an outcome.
    async fn product(
        &self,
        chosen: &Chosen,
        earlier: &[Part],
        archive: &Archive,
    ) -> Result<Outcome, FetchError> {
        let product = &chosen.product;
        let request = request::file(&self.parameters, &product.uri);
        let verify = |bytes: &[u8]| lightcurve_file::verify(bytes, product.tic);
        let before = earlier.iter().find(|part| raw::is_of(part, &product.uri));
        let same = |before: &Part| Outcome::Same(raw::chosen_again(before, chosen));
        let etag = before.and_then(|part| part.record.get("etag")?.as_str());
        let file = match etag {
            Some(etag) => archive.file_if_changed(request, etag, verify).await,
            None => archive.file(request, verify).await.map(Some),
        };
        match (file, before) {
            (Ok(Some(file)), _) => {
                let version = Version {
                    etag: file.etag.as_deref(),
                    bytes: &file.bytes,
                };
                let read = raw::part(chosen, version);
                read.map(Outcome::New)
                    .map_err(|problem| unusable(&file.url.to_string(), problem))
            }
            (Ok(None), Some(before)) => Ok(same(before)),
            (Ok(None), None) => Err(unusable(
                &product.uri,
                "an answer to another question".to_owned(),
            )),
            (Err(error @ ArchiveError::NotFound { .. }), before) => {
                tracing::warn!(uri = %product.uri, "the archive lists a product that it does not have");
                Ok(match before {
                    // what the archive no longer has is not thrown away
                    Some(before) => same(before),
                    None => Outcome::Missing(product.uri.clone(), error.into()),
                })
            }
            (Err(error), _) => Err(error.into()),
        }
    }

    fn nothing(&self, query: &Query, note: String) -> Fetched {
        let provenance = Provenance {
            note,
            ..self.provenance(query)
        };
        Fetched::Empty { provenance }
    }

    fn provenance(&self, query: &Query) -> Provenance {
        Provenance {
            url: query.told(&self.parameters),
            ..Provenance::default()
        }
    }
}

fn unusable(url: &str, problem: String) -> FetchError {
    FetchError::Reply {
        service: "MAST".to_owned(),
        url: url.to_owned(),
        problem,
    }
}

#[async_trait]
impl VirtualObservatory for Tess {
    fn name(&self) -> &str {
        NAME
    }

    fn epoch_names() -> Option<&'static [&'static str]> {
        Some(&reduce::EPOCH_NAMES)
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

    fn credits(&self, used: &Used) -> Vec<Credit> {
        credit::credits(used, &self.parameters.products)
    }

    fn reduce(
        &self,
        raw: &RawPhotometry,
        target: Option<&Target>,
    ) -> Result<Reduction, ReduceError> {
        reduce::by_product(raw, target, &self.parameters)
    }
}
