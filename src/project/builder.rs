//! From a project file, or from code that says the same, to an open project.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::Diagnostic;

use super::Project;
use super::catalog;
use super::error::ProjectError;
use super::settings::Settings;
use super::version::Version;
use crate::analysis;
use crate::catalog::{Catalog, CatalogError, CatalogParameters, Places};
use crate::observatory::{BuildError, Observatory, Registry, Surroundings};
use crate::parameters::{Document, Node, NodeValue, Origin, Shown};
use crate::storage;

/// Describes a project with the names of the project file.
#[derive(Debug, Clone)]
pub struct ProjectBuilder {
    root: Node,
    file: Option<PathBuf>,
    data_root: Option<PathBuf>,
    registry: Arc<Registry>,
    classes: Arc<analysis::Registry>,
    surroundings: Option<Surroundings>,
    offline: bool,
}

impl ProjectBuilder {
    pub(super) fn new(name: &str) -> ProjectBuilder {
        let mut root = Node::empty_mapping(Origin::Builder);
        root.set(&["project", "name"], name, Origin::Builder);
        ProjectBuilder {
            root,
            file: None,
            data_root: None,
            registry: Arc::new(Registry::standard()),
            classes: Arc::new(analysis::Registry::standard()),
            surroundings: None,
            offline: false,
        }
    }

    /// Begins with what a project file says. Mistakes in it are found by [`open`](ProjectBuilder::open).
    pub fn from_file(file: &Path) -> Result<ProjectBuilder, ProjectError> {
        let document = Document::read(file)?;
        Ok(ProjectBuilder {
            root: document.into_root(),
            file: Some(file.to_owned()),
            data_root: None,
            registry: Arc::new(Registry::standard()),
            classes: Arc::new(analysis::Registry::standard()),
            surroundings: None,
            offline: false,
        })
    }

    /// Adds an observatory to ask.
    pub fn observatory(mut self, name: &str) -> ProjectBuilder {
        let mut names: Vec<String> = match self
            .root
            .at(&["project", "obs_names"])
            .map(|node| &node.value)
        {
            Some(NodeValue::Sequence(items)) => items
                .iter()
                .filter_map(|item| item.to_json().as_str().map(str::to_owned))
                .collect(),
            _ => Vec::new(),
        };
        names.push(name.to_owned());
        self.root
            .set(&["project", "obs_names"], names, Origin::Builder);
        self
    }

    /// Sets a parameter by its path in the project file, like `observatories.ztf.gap`.
    pub fn set(self, path: &str, value: impl Into<NodeValue>) -> ProjectBuilder {
        self.set_from(path, value, Origin::Builder)
    }

    /// The same, and says where the value comes from.
    pub fn set_from(
        mut self,
        path: &str,
        value: impl Into<NodeValue>,
        origin: Origin,
    ) -> ProjectBuilder {
        let path: Vec<&str> = path.split('.').collect();
        self.root.set(&path, value, origin);
        self
    }

    /// Keeps products under this folder: otherwise under `RETRIEVER_DATA`, or `results/`.
    pub fn data_root(mut self, folder: impl Into<PathBuf>) -> ProjectBuilder {
        self.data_root = Some(folder.into());
        self
    }

    /// Knows these observatories instead of the standard ones.
    pub fn registry(mut self, registry: Arc<Registry>) -> ProjectBuilder {
        self.registry = registry;
        self
    }

    /// Knows these finders, checkers, simulators and analyses instead of the standard ones.
    pub fn classes(mut self, classes: Arc<analysis::Registry>) -> ProjectBuilder {
        self.classes = classes;
        self
    }

    /// Uses this archive client and these credentials.
    pub fn surroundings(mut self, surroundings: Surroundings) -> ProjectBuilder {
        self.surroundings = Some(surroundings);
        self
    }

    /// Asks nobody: neither for the catalog nor for photometry.
    pub fn offline(mut self, offline: bool) -> ProjectBuilder {
        self.offline = offline;
        self
    }

    /// All parameters, checked, with their final values and where each comes from, by section.
    pub fn parameters(&self) -> Result<Vec<(String, Vec<Shown>)>, ProjectError> {
        Ok(Settings::read(&self.root, &self.registry, &self.classes)?.rows)
    }

    /// Checks all parameters and loads the catalog, which may be downloaded first. Asks no observatory.
    pub async fn open(self) -> Result<Project, ProjectError> {
        let mut settings = Settings::read(&self.root, &self.registry, &self.classes)?;
        let data_root = self.data_root.clone().unwrap_or_else(default_data_root);
        let surroundings = self.own_surroundings(settings.project.seed, &data_root)?;
        let archive = surroundings.archive().map_err(BuildError::from)?.clone();
        let observatories = self.build_observatories(&settings, &surroundings)?;
        let analysis = self.classes.build(&settings.analysis)?;
        let places = Places {
            project: self.folder(),
            data_root: Some(data_root.clone()),
        };
        let (catalog, catalog_place) = catalog::load(&settings.catalog, &places, &surroundings)
            .await
            .map_err(|error| self.placed(error, &settings))?;
        let warnings = catalog::warnings(&settings.catalog, &catalog);
        settings.warnings.extend(warnings);
        let version = Version::of(&settings, &catalog);
        Ok(Project {
            settings,
            catalog: Arc::new(catalog),
            catalog_place,
            observatories,
            analysis,
            data_root,
            version,
            archive,
        })
    }

    /// The observatories of the project and where its catalog comes from; nothing is loaded or asked.
    pub(super) fn observatories_and_catalog(
        &self,
    ) -> Result<(Vec<Observatory>, CatalogParameters), ProjectError> {
        let settings = Settings::read(&self.root, &self.registry, &self.classes)?;
        let data_root = self.data_root.clone().unwrap_or_else(default_data_root);
        let surroundings = self.own_surroundings(settings.project.seed, &data_root)?;
        let observatories = self.build_observatories(&settings, &surroundings)?;
        Ok((observatories, settings.catalog))
    }

    fn build_observatories(
        &self,
        settings: &Settings,
        surroundings: &Surroundings,
    ) -> Result<Vec<Observatory>, BuildError> {
        let described = settings.observatories.iter();
        described
            .map(|observatory| self.registry.build(observatory, surroundings))
            .collect()
    }

    /// The catalog alone, as [`open`](ProjectBuilder::open) loads it. With `redo`, a service is asked again although its
    /// answer is stored; what is stored stays until the new answer is there.
    pub async fn catalog(self, redo: bool) -> Result<Catalog, ProjectError> {
        let settings = Settings::read(&self.root, &self.registry, &self.classes)?;
        let data_root = self.data_root.clone().unwrap_or_else(default_data_root);
        let surroundings = self.own_surroundings(settings.project.seed, &data_root)?;
        let places = Places {
            project: self.folder(),
            data_root: Some(data_root),
        };
        let loaded = match redo {
            true => catalog::load_anew(&settings.catalog, &places, &surroundings).await,
            false => catalog::load(&settings.catalog, &places, &surroundings).await,
        };
        let (catalog, _) = loaded.map_err(|error| self.placed(error, &settings))?;
        for warning in catalog::warnings(&settings.catalog, &catalog) {
            tracing::warn!("{warning}");
        }
        Ok(catalog)
    }

    /// A catalog error with the place in the project file that leads to it.
    fn placed(&self, error: ProjectError, settings: &Settings) -> ProjectError {
        let ProjectError::Catalog(error) = error else {
            return error;
        };
        let rows = settings.rows.iter().find(|(name, _)| name == "catalog");
        let given = |parameter: &str| {
            let shown = rows?.1.iter().find(|shown| shown.name == parameter)?;
            matches!(shown.origin, Origin::File { .. }).then(|| shown.origin.clone())
        };
        let section = || {
            Some(
                self.root
                    .get("catalog")
                    .unwrap_or(&self.root)
                    .origin
                    .clone(),
            )
        };
        let origin = match error.parameter() {
            Some(parameter) => [
                parameter,
                "filename",
                "default",
                "gaia.adql",
                "vizier.table",
            ]
            .into_iter()
            .find_map(given),
            None if matches!(error, CatalogError::NoFile) => section(),
            None => None,
        };
        match origin {
            Some(origin @ Origin::File { .. }) => ProjectError::CatalogAt {
                origin,
                advice: error.help().map(|help| help.to_string()),
                error: Box::new(error),
            },
            _ => ProjectError::Catalog(error),
        }
    }

    /// Folder of the project file.
    fn folder(&self) -> Option<PathBuf> {
        self.file
            .as_deref()
            .and_then(Path::parent)
            .map(Path::to_owned)
    }

    /// Surroundings whose archive keeps its files below the data root.
    fn own_surroundings(&self, seed: u64, data_root: &Path) -> Result<Surroundings, BuildError> {
        let mut surroundings = self.surroundings.clone().unwrap_or_else(|| {
            let folder = self.folder().unwrap_or_default();
            Surroundings::new(seed).with_credentials_file(folder.join("credentials.yaml"))
        });
        surroundings.seed = seed;
        let downloads = data_root.join(storage::DOWNLOADS);
        let archive = surroundings.archive()?.keeping_downloads(downloads);
        let archive = if self.offline {
            archive.offline()
        } else {
            archive
        };
        Ok(surroundings.with_archive(archive))
    }
}

/// `RETRIEVER_DATA`, or `results/`.
fn default_data_root() -> PathBuf {
    match std::env::var_os("RETRIEVER_DATA") {
        Some(folder) if !folder.is_empty() => PathBuf::from(folder),
        _ => PathBuf::from("results"),
    }
}
