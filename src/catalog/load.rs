//! Finding and loading the file of a catalog.

use std::path::{Path, PathBuf};

use super::columns::Mapping;
use super::parameters::NamedCatalog;
use super::{Catalog, CatalogError, CatalogParameters, make, reader, rows};

/// Rows and seed of the default `test`.
const TEST_ROWS: usize = 10;
const TEST_SEED: u64 = 0;

/// Where catalogs are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// Folder of the project file.
    pub project: Option<PathBuf>,
    /// Root of the data, where downloads are kept in `catalogs/`.
    pub data_root: Option<PathBuf>,
}

impl Places {
    /// Where a file of that name may be, in the order of looking.
    fn candidates(&self, filename: &str) -> Vec<PathBuf> {
        let name = Path::new(filename);
        if name.is_absolute() {
            return vec![name.to_owned()];
        }
        let project = self.project.as_deref().unwrap_or(Path::new(""));
        let mut candidates = vec![project.join(name), project.join("catalogs").join(name)];
        let elsewhere = [
            Some(Path::new("catalogs").join(name)),
            self.data_root
                .as_ref()
                .map(|root| root.join("catalogs").join(name)),
        ];
        for place in elsewhere.into_iter().flatten() {
            if !candidates.contains(&place) {
                candidates.push(place);
            }
        }
        candidates
    }

    /// The file of that name: absolute, beside the project file, in `catalogs/` there and in the working
    /// folder, or among the downloads.
    pub fn find(&self, filename: &str) -> Result<PathBuf, CatalogError> {
        let tried = self.candidates(filename);
        match tried.iter().find(|place| place.is_file()) {
            Some(place) => Ok(place.clone()),
            None => Err(CatalogError::NotFound {
                filename: filename.to_owned(),
                tried,
            }),
        }
    }
}

impl Catalog {
    /// Loads the catalog that a project names; that of a service has to be stored by then. Reads files and may take seconds: not for an async task.
    pub fn load(parameters: &CatalogParameters, places: &Places) -> Result<Catalog, CatalogError> {
        let resolved = parameters.resolved();
        if let Some(query) = resolved.service_query() {
            return Catalog::from_file(&query.stored_in(places)?, &resolved);
        }
        match (&resolved.filename, resolved.default) {
            (Some(filename), _) => Catalog::from_file(&places.find(filename)?, &resolved),
            (None, Some(NamedCatalog::Test)) => Ok(test_catalog(&resolved)),
            (None, _) => Err(CatalogError::NoFile),
        }
    }

    /// Loads a file of any known kind, told by its content.
    pub fn from_file(file: &Path, parameters: &CatalogParameters) -> Result<Catalog, CatalogError> {
        let mut parameters = parameters.resolved();
        if parameters.filename.is_none() && parameters.service_query().is_none() {
            parameters.filename = file
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
        }
        let mut mapping = Mapping::default();
        let raw = reader::read(file, &mut |heads| {
            mapping = Mapping::choose(&parameters, file, heads)?;
            Ok(mapping.wanted.clone())
        })?;
        if raw.is_cut {
            tracing::warn!(
                ?file,
                rows = raw.rows,
                "a server cut this table at its row limit, it says: targets are missing"
            );
        }
        rows::catalog(&raw, &mapping, file, &parameters)
    }
}

fn test_catalog(parameters: &CatalogParameters) -> Catalog {
    let mut catalog = make(TEST_ROWS, TEST_SEED);
    catalog.summary.catalog_name = parameters.catalog_name().unwrap_or_default();
    catalog.summary.epoch = parameters.catalog_observation_year.unwrap_or(2000.0);
    catalog
}
