//! Which observatories there are, and how the sections of a project file become them.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::Value;

use super::demo::{self, Demo};
use super::tess::{self, Tess};
use super::ztf::{self, Ztf};
use super::{Observatory, ObservatoryParameters, VirtualObservatory};
use crate::archive::{Archive, ArchiveError, ArchiveSettings, Limits, Manner};
use crate::parameters::{
    CredentialError, Credentials, Description, Node, NodeValue, Origin, ParameterError,
    ParameterErrors, Parameters, Shown, canonical, describe, json_schema, known_names, read,
    resolve, show,
};

/// Sub-sections of the original tool whose keys belong one level up.
const REDUCER: [&str; 2] = ["reducer", "reduce_kwargs"];

/// The observatories that a program knows, by name.
///
/// A crate with a survey of its own adds it and hands the registry to the project or the command line:
///
/// ```
/// use retriever::observatory::Registry;
/// let registry = Registry::standard();
/// assert!(registry.names().any(|name| name == "ZTF"));
/// ```
#[derive(Debug)]
pub struct Registry {
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    known: Vec<String>,
    resolve: fn(&str, &Node) -> Result<Node, ParameterErrors>,
    check: fn(&str, &Node) -> Result<Checked, ParameterErrors>,
    build: Box<Build>,
    epoch_names: Option<&'static [&'static str]>,
    describe: fn() -> Vec<Description>,
    schema: fn() -> Value,
}

/// Makes an observatory of its section.
type Build =
    dyn Fn(&Node, &Surroundings) -> Result<Arc<dyn VirtualObservatory>, BuildError> + Send + Sync;

/// What reading the own parameters of an observatory gives.
struct Checked {
    canonical: Value,
    rows: Vec<Shown>,
}

/// The parameters of one observatory, read and checked.
#[derive(Debug, Clone)]
pub struct ObservatorySettings {
    /// Upper-case name.
    pub name: String,
    /// Those that every observatory has.
    pub common: ObservatoryParameters,
    /// All parameters that can change results, with their final values.
    pub canonical: Value,
    /// All parameters with their final values and where each comes from.
    pub rows: Vec<Shown>,
    own: Node,
}

/// What an observatory is built with, besides its own parameters.
#[derive(Clone)]
pub struct Surroundings {
    /// Root of all random numbers.
    pub seed: u64,
    /// The client that all observatories share, made when it is first needed.
    archive: Arc<OnceLock<Archive>>,
    environment: Arc<Environment>,
    credentials_file: Option<PathBuf>,
}

/// Looks up an environment variable.
type Environment = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Why an observatory could not be built.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each says what its facts are
pub enum BuildError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Parameters(#[from] ParameterErrors),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Credentials(#[from] CredentialError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Archive(#[from] ArchiveError),
    #[error("there is no observatory {name:?}")]
    #[diagnostic(help("known are {known}"))]
    Unknown { name: String, known: String },
    #[error("{message}")]
    Other { message: String },
}

impl Registry {
    /// A registry without any observatory.
    pub fn empty() -> Registry {
        Registry {
            entries: Vec::new(),
        }
    }

    /// The observatories that come with Retriever.
    pub fn standard() -> Registry {
        let mut registry = Registry::empty();
        registry.add(demo::NAME, Demo::new);
        registry.add(ztf::NAME, Ztf::new);
        registry.add(tess::NAME, Tess::new);
        registry
    }

    /// Adds an observatory under a name (any case), with its parameters and how it is made of them.
    ///
    /// A later one of the same name takes the place of the earlier.
    pub fn add<P: Parameters, O: VirtualObservatory + 'static>(
        &mut self,
        name: &str,
        new: fn(P, &Surroundings) -> Result<O, BuildError>,
    ) {
        let name = name.to_uppercase();
        self.entries.retain(|entry| entry.name != name);
        self.entries.push(Entry {
            name,
            known: known_names::<P>(),
            resolve: resolve::<P>,
            check: |place, section| {
                let parameters = read::<P>(place, section)?;
                Ok(Checked {
                    canonical: canonical(&parameters),
                    rows: show(&parameters, section),
                })
            },
            build: Box::new(move |section, surroundings| {
                Ok(Arc::new(new(read::<P>("", section)?, surroundings)?))
            }),
            epoch_names: O::epoch_names(),
            describe: describe::<P>,
            schema: json_schema::<P>,
        });
    }

    /// What the lightcurves of these observatories tell of their epochs: see [`VirtualObservatory::epoch_names`]. None if
    /// one of them does not say, or is not known.
    pub fn epoch_names(&self, observatories: &[String]) -> Option<Vec<String>> {
        let mut names = Vec::new();
        for observatory in observatories {
            let own = self.entry(observatory.trim()).ok()?.epoch_names?;
            names.extend(own.iter().map(|name| (*name).to_owned()));
        }
        Some(names)
    }

    /// Upper-case names, in the order they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The own parameters of each observatory, for `retriever config schema`.
    pub fn descriptions(&self) -> Vec<(String, Vec<Description>)> {
        self.entries
            .iter()
            .map(|entry| (entry.name.clone(), (entry.describe)()))
            .collect()
    }

    /// The JSON schemas of the own parameters of each observatory.
    pub fn schemas(&self) -> Vec<(String, Value)> {
        self.entries
            .iter()
            .map(|entry| (entry.name.clone(), (entry.schema)()))
            .collect()
    }

    /// Reads the section `observatories`: keys in it go to every observatory that knows them, a
    /// sub-section named after one (any case) goes to that one and wins.
    ///
    /// All sub-sections are checked, also of observatories that the project does not use.
    pub fn settings(&self, section: &Node) -> Result<Vec<ObservatorySettings>, ParameterErrors> {
        let mut general = section.hoist(&REDUCER);
        let mut own = Vec::new();
        for entry in &self.entries {
            own.push(general.take_ignoring_case(&entry.name)?);
        }
        let mut errors = Vec::new();
        if let Err(unknown) = self.refuse_unknown(&general) {
            errors.extend(unknown.into_vec());
        }
        let mut settings = Vec::new();
        for (entry, own) in self.entries.iter().zip(own) {
            match entry.settings(&general, own.as_ref()) {
                Ok(read) => settings.push(read),
                Err(more) => errors.extend(more.into_vec()),
            }
        }
        ParameterErrors::check(errors).map(|()| settings)
    }

    /// Makes an observatory of settings that were read by [`Registry::settings`].
    pub fn build(
        &self,
        settings: &ObservatorySettings,
        surroundings: &Surroundings,
    ) -> Result<Observatory, BuildError> {
        let entry = self.entry(&settings.name)?;
        let inner = (entry.build)(&settings.own, surroundings)?;
        let common = &settings.common;
        let limits = Limits {
            max_concurrency: common.max_concurrency,
            rate_limit: common.rate_limit,
        };
        let manner = Manner {
            contact: common.contact.clone(),
            read_timeout: Duration::from_secs_f64(common.read_timeout),
            retries: common.max_retries,
            base_delay: Duration::from_secs_f64(common.retry_delay),
        };
        let archive = surroundings.archive()?.limited(limits).in_manner(manner)?;
        Ok(Observatory::new(
            inner,
            archive,
            common.clone(),
            settings.canonical.clone(),
        ))
    }

    /// One observatory with the parameters of a section of its own, without a project.
    pub fn observatory(
        &self,
        name: &str,
        section: &Node,
        surroundings: &Surroundings,
    ) -> Result<Observatory, BuildError> {
        let entry = self.entry(name)?;
        let settings = entry.settings(&Node::empty_mapping(Origin::Builder), Some(section))?;
        self.build(&settings, surroundings)
    }

    fn entry(&self, name: &str) -> Result<&Entry, BuildError> {
        self.entries
            .iter()
            .find(|entry| entry.name.eq_ignore_ascii_case(name))
            .ok_or_else(|| BuildError::Unknown {
                name: name.to_owned(),
                known: self.names().collect::<Vec<_>>().join(", "),
            })
    }

    /// Refuses names that no observatory knows; an unknown section is an observatory that there is not.
    fn refuse_unknown(&self, general: &Node) -> Result<(), ParameterErrors> {
        const PLACE: &str = "observatories";
        let NodeValue::Mapping(entries) = &general.value else {
            return general.refuse_unknown::<&str>("parameter", PLACE, &[]);
        };
        let known = self.general_names();
        let (sections, parameters): (Vec<_>, Vec<_>) =
            entries.iter().cloned().partition(|(key, node)| {
                matches!(node.value, NodeValue::Mapping(_)) && !known.contains(&key.name)
            });
        let part = |entries| Node {
            value: NodeValue::Mapping(entries),
            origin: general.origin.clone(),
        };
        let names: Vec<String> = self.names().map(str::to_lowercase).collect();
        let mut errors = Vec::new();
        for refused in [
            part(sections).refuse_unknown("observatory", PLACE, &names),
            part(parameters).refuse_unknown("parameter", PLACE, &known),
        ] {
            errors.extend(
                refused
                    .err()
                    .into_iter()
                    .flat_map(ParameterErrors::into_vec),
            );
        }
        ParameterErrors::check(errors)
    }

    /// The names that may stand in the section `observatories`: each is known to some observatory.
    fn general_names(&self) -> Vec<String> {
        let mut known = known_names::<ObservatoryParameters>();
        known.extend(self.entries.iter().flat_map(|entry| entry.known.clone()));
        known.extend(self.names().map(str::to_lowercase));
        known.sort();
        known.dedup();
        known
    }
}

impl Entry {
    fn settings(
        &self,
        general: &Node,
        own: Option<&Node>,
    ) -> Result<ObservatorySettings, ParameterErrors> {
        let place = format!("observatories.{}", self.name.to_lowercase());
        let general = self.resolved(&place, &self.known_part(general))?;
        let own = match own {
            Some(own) if !matches!(own.value, NodeValue::Null | NodeValue::Mapping(_)) => {
                return Err(ParameterError::NotAMapping {
                    origin: own.origin.clone(),
                    place: format!("section {place}"),
                    found: own.kind().to_owned(),
                }
                .into());
            }
            Some(own) => self.resolved(&place, &own.hoist(&REDUCER))?,
            None => Node::empty_mapping(general.origin.clone()),
        };
        let merged = Node::merged(&general, &own);
        let (common, own) = merged.split(&known_names::<ObservatoryParameters>());
        let (common_parameters, checked) = match (
            read::<ObservatoryParameters>(&place, &common),
            (self.check)(&place, &own),
        ) {
            (Ok(common), Ok(checked)) => (common, checked),
            (Err(mut errors), Err(more)) => {
                errors.append(more);
                return Err(errors);
            }
            (Err(errors), Ok(_)) | (Ok(_), Err(errors)) => return Err(errors),
        };
        let mut all = canonical(&common_parameters);
        if let (Value::Object(all), Value::Object(own)) = (&mut all, checked.canonical) {
            all.extend(own);
        }
        let mut rows = show(&common_parameters, &common);
        rows.extend(checked.rows);
        Ok(ObservatorySettings {
            name: self.name.clone(),
            common: common_parameters,
            canonical: all,
            rows,
            own,
        })
    }

    /// What of the general section this observatory knows.
    fn known_part(&self, general: &Node) -> Node {
        let mut known = known_names::<ObservatoryParameters>();
        known.extend(self.known.iter().cloned());
        general.split(&known).0
    }

    /// A section with the parameters' own names in place of aliases, so that layers fit on each other.
    fn resolved(&self, place: &str, section: &Node) -> Result<Node, ParameterErrors> {
        let (common, own) = section.split(&known_names::<ObservatoryParameters>());
        let common = resolve::<ObservatoryParameters>(place, &common)?;
        Ok(Node::merged(&common, &(self.resolve)(place, &own)?))
    }
}

impl Surroundings {
    /// Credentials from the environment only, and a client with default settings.
    pub fn new(seed: u64) -> Surroundings {
        Surroundings {
            seed,
            archive: Arc::default(),
            environment: Arc::new(|name| std::env::var(name).ok()),
            credentials_file: None,
        }
    }

    /// The client that all observatories share.
    pub fn archive(&self) -> Result<&Archive, ArchiveError> {
        if let Some(archive) = self.archive.get() {
            return Ok(archive);
        }
        let made = Archive::new(ArchiveSettings {
            seed: self.seed,
            ..ArchiveSettings::default()
        })?;
        Ok(self.archive.get_or_init(|| made))
    }

    /// Uses this client.
    pub fn with_archive(mut self, archive: Archive) -> Surroundings {
        self.archive = Arc::new(OnceLock::from(archive));
        self
    }

    /// Looks for credentials in this file too.
    pub fn with_credentials_file(mut self, file: PathBuf) -> Surroundings {
        self.credentials_file = Some(file);
        self
    }

    /// Looks up environment variables by this function.
    pub fn with_environment(
        mut self,
        environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Surroundings {
        self.environment = Arc::new(environment);
        self
    }

    /// Credentials for a service: its own variables, the further ones, then the file; none if there are none.
    pub fn credentials(
        &self,
        service: &str,
        aliases: &[(&str, &str)],
    ) -> Result<Option<Credentials>, CredentialError> {
        Credentials::find(
            service,
            aliases,
            self.credentials_file.as_deref(),
            &*self.environment,
        )
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
