//! Whom the results of a project owe thanks, and what they should cite.

use super::{Project, ProjectBuilder, ProjectError};
use crate::catalog::CatalogParameters;
use crate::credit::{Credit, Reference};
use crate::database::UsedObservatory;
use crate::observatory::{Observatory, Used};

impl Project {
    /// What was used, each with the words that it asks for: surveys, services, the catalog, this program.
    ///
    /// Of a project that has raw photometry only the surveys that it has data of, and of those only what is in its
    /// lightcurves; of one that never ran everything that is configured.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use retriever::project::Project;
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let project = Project::builder("stars").observatory("ZTF").set("catalog.default", "test").data_root(folder.path());
    /// let credits = project.open().await?.credits().await?;
    /// let subjects: Vec<&str> = credits.iter().map(|credit| credit.subject.as_str()).collect();
    /// assert_eq!(subjects, ["ZTF", "IRSA", "Barycentric times", "Retriever"]);
    /// # Ok::<(), retriever::project::ProjectError>(()) }).unwrap();
    /// ```
    pub async fn credits(&self) -> Result<Vec<Credit>, ProjectError> {
        let catalog = &self.settings.catalog;
        let Some(database) = self.existing_database().await? else {
            return Ok(as_configured(&self.observatories, catalog));
        };
        let used = match self.existing_row(&database).await? {
            Some(row) => database.used_observatories(row.id).await?,
            None => Default::default(),
        };
        super::close(database).await;
        if used.is_empty() {
            return Ok(as_configured(&self.observatories, catalog));
        }
        let surveys = self.observatories.iter().filter_map(|observatory| {
            let stored = used.get(observatory.name())?;
            Some(observatory.credits(&used_of(stored)))
        });
        Ok(joined(surveys.flatten(), catalog))
    }
}

impl ProjectBuilder {
    /// The same of a project as it is described, whose catalog need not be there: everything that is configured.
    pub fn credits(&self) -> Result<Vec<Credit>, ProjectError> {
        let (observatories, catalog) = self.observatories_and_catalog()?;
        Ok(as_configured(&observatories, &catalog))
    }
}

fn as_configured(observatories: &[Observatory], catalog: &CatalogParameters) -> Vec<Credit> {
    let anything = Used::default();
    let surveys = observatories.iter();
    joined(
        surveys.flat_map(|survey| survey.credits(&anything)),
        catalog,
    )
}

fn used_of(stored: &UsedObservatory) -> Used {
    Used {
        mjd_range: stored.time_range,
        products: Some(stored.products.iter().cloned().collect()),
    }
}

fn joined(surveys: impl Iterator<Item = Credit>, catalog: &CatalogParameters) -> Vec<Credit> {
    let all = surveys.chain(catalog.credits()).chain([program()]);
    Credit::joined(all)
}

/// This program, and the one whose ideas it follows.
fn program() -> Credit {
    let version = env!("CARGO_PKG_VERSION");
    let note = format!("version {version}, commit {}", env!("RETRIEVER_COMMIT"));
    let own = Reference::new("misc", "Retriever")
        .with("author", "{The Retriever developers}")
        .with("title", "{Retriever: batch retrieval of survey photometry}")
        .with("note", &note);
    let seed = Reference::new("misc", "AstroRetriever")
        .with("author", "Nir, G. and {the AstroRetriever contributors}")
        .with("title", "{AstroRetriever}")
        .with("url", "https://github.com/guynir42/AstroRetriever");
    Credit::of("Retriever")
        .thanking(&format!(
            "Photometry was retrieved, reduced and analysed with Retriever (version {version}), which follows AstroRetriever."
        ))
        .citing(own)
        .citing(seed)
}
