//! A project file, or what a builder says instead, as typed parameters.

use miette::Diagnostic;
use serde_json::{Value, json};

use super::ProjectParameters;
use super::analysing::fact_names;
use crate::analysis::{self, AnalysisSettings, AxisNames};
use crate::catalog::{Catalog, CatalogParameters};
use crate::database::{DatabaseParameters, check_address};
use crate::observatory::{ObservatorySettings, Registry};
use crate::parameters::{
    Node, NodeValue, ParameterError, ParameterErrors, Parameters, Shown, Suggestion, legalize,
    read, show,
};
use crate::storage::StorageParameters;

/// Sections that are read here; those of the analysis are known to its registry.
const SECTIONS: [&str; 5] = ["project", "catalog", "observatories", "database", "storage"];

/// All parameters of a project, read and checked.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub project: ProjectParameters,
    /// Legal, upper-case name.
    pub name: String,
    pub catalog: CatalogParameters,
    /// Those that the project uses, in the order of `obs_names`, each once.
    pub observatories: Vec<ObservatorySettings>,
    pub analysis: AnalysisSettings,
    pub database: DatabaseParameters,
    pub storage: StorageParameters,
    /// For each section its parameters with their final values and where each comes from.
    pub rows: Vec<(String, Vec<Shown>)>,
    /// What the user should know about the file.
    pub warnings: Vec<String>,
}

impl Settings {
    /// Reads every section, also those that the project does not use, and reports all mistakes at once.
    pub(crate) fn read(
        root: &Node,
        registry: &Registry,
        classes: &analysis::Registry,
    ) -> Result<Settings, ParameterErrors> {
        let later = analysis::Registry::sections();
        let known: Vec<&str> = SECTIONS.iter().chain(later).copied().collect();
        let mut errors = Vec::new();
        if let Err(unknown) = root.refuse_unknown("section", "", &known) {
            errors.extend(unknown.into_vec());
        }
        let empty = Node::empty_mapping(root.origin.clone());
        let section = |name: &str| root.get(name).unwrap_or(&empty);
        let project = collect(
            read::<ProjectParameters>("project", section("project")),
            &mut errors,
        );
        let catalog = collect(
            read::<CatalogParameters>("catalog", section("catalog")),
            &mut errors,
        );
        let database = collect(
            read::<DatabaseParameters>("database", section("database")),
            &mut errors,
        );
        let refused = database
            .as_ref()
            .and_then(|database| refused_url(database, section("database")));
        errors.extend(refused);
        let storage = collect(
            read::<StorageParameters>("storage", section("storage")),
            &mut errors,
        );
        let observatories = collect(registry.settings(section("observatories")), &mut errors);
        let wanted = project.as_ref().map(|project| project.obs_names.as_slice());
        let axes = AxisNames {
            source: Some(fact_names()),
            epoch: registry.epoch_names(wanted.unwrap_or_default()),
        };
        let analysis = collect(classes.settings_for(root, &axes), &mut errors);
        let (
            Some(project),
            Some(catalog),
            Some(analysis),
            Some(database),
            Some(storage),
            Some(observatories),
            true,
        ) = (
            project,
            catalog,
            analysis,
            database,
            storage,
            observatories,
            errors.is_empty(),
        )
        else {
            return Err(ParameterErrors::check(errors)
                .expect_err("a section that is not read has left an error"));
        };
        let show = Show { root };
        let mut rows = vec![
            show.section("project", &project),
            show.section("catalog", &catalog),
        ];
        for settings in &observatories {
            let name = format!("observatories.{}", settings.name.to_lowercase());
            rows.push((name, settings.rows.clone()));
        }
        rows.extend(analysis.rows.iter().cloned());
        rows.push(show.section("database", &database));
        rows.push(show.section("storage", &storage));
        let used = used_observatories(section("project"), &project, observatories, registry)?;
        let name = legal_name(section("project"), &project, registry)?;
        Ok(Settings {
            project,
            name,
            catalog,
            observatories: used,
            analysis,
            database,
            storage,
            rows,
            warnings: Vec::new(),
        })
    }

    /// Everything that can change results, with final values: what the configuration hash is taken of.
    ///
    /// The catalog counts by its content: names, positions with their year, magnitudes with their filter, and
    /// motions; one of a service also by what was asked.
    pub(crate) fn canonical(&self, catalog: &Catalog) -> Value {
        let observatories: serde_json::Map<String, Value> = self
            .observatories
            .iter()
            .map(|settings| (settings.name.to_lowercase(), settings.canonical.clone()))
            .collect();
        let summary = catalog.describe();
        let mut catalog = json!({
            "content_sha256": catalog.content_sha256(),
            "epoch": summary.epoch,
            "mag_filter": summary.mag_filter,
        });
        if let Some(query) = self.catalog.service_query() {
            catalog["query"] = query.identity;
        }
        let mut all = json!({
            "project": { "name": self.name, "obs_names": self.sorted_names(), "seed": self.project.seed },
            "catalog": catalog,
            "observatories": observatories,
            "retriever": { "version": env!("CARGO_PKG_VERSION"), "commit": env!("RETRIEVER_COMMIT") },
        });
        for (section, canonical) in &self.analysis.canonical {
            all[section] = canonical.clone();
        }
        all
    }

    fn sorted_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .observatories
            .iter()
            .map(|settings| settings.name.as_str())
            .collect();
        names.sort_unstable();
        names
    }
}

fn collect<T>(read: Result<T, ParameterErrors>, errors: &mut Vec<ParameterError>) -> Option<T> {
    read.map_err(|more| errors.extend(more.into_vec())).ok()
}

/// Why there can be no database at the URL of the section, as far as that is seen without opening it.
fn refused_url(database: &DatabaseParameters, section: &Node) -> Option<ParameterError> {
    let error = check_address(database).err()?;
    let message = match error.help() {
        Some(help) => format!("{error}; {help}"),
        None => error.to_string(),
    };
    Some(ParameterError::Rule {
        origin: section.get("url").unwrap_or(section).origin.clone(),
        name: "url".to_owned(),
        message,
    })
}

/// Looks up where the values of a section come from.
struct Show<'a> {
    root: &'a Node,
}

impl Show<'_> {
    fn section<P: Parameters>(&self, name: &str, parameters: &P) -> (String, Vec<Shown>) {
        let empty = Node::empty_mapping(self.root.origin.clone());
        let section = self.root.get(name).unwrap_or(&empty);
        (name.to_owned(), show(parameters, section))
    }
}

/// The settings of the observatories that `obs_names` lists.
fn used_observatories(
    section: &Node,
    project: &ProjectParameters,
    mut all: Vec<ObservatorySettings>,
    registry: &Registry,
) -> Result<Vec<ObservatorySettings>, ParameterErrors> {
    let mut used = Vec::new();
    for (index, wanted) in project.obs_names.iter().enumerate() {
        match all
            .iter()
            .position(|settings| settings.name.eq_ignore_ascii_case(wanted.trim()))
        {
            Some(place) => used.push(all.swap_remove(place)),
            None if used
                .iter()
                .any(|s: &ObservatorySettings| s.name.eq_ignore_ascii_case(wanted.trim())) => {}
            None => return Err(unknown_observatory(section, index, wanted, registry).into()),
        }
    }
    Ok(used)
}

fn unknown_observatory(
    section: &Node,
    index: usize,
    wanted: &str,
    registry: &Registry,
) -> ParameterError {
    let names = section.get("obs_names");
    let item = match names.map(|node| &node.value) {
        Some(NodeValue::Sequence(items)) => items.get(index),
        _ => names,
    };
    ParameterError::UnknownWord {
        origin: item.unwrap_or(section).origin.clone(),
        name: "obs_names".to_owned(),
        found: wanted.to_owned(),
        suggestion: Suggestion::new(&wanted.trim().to_uppercase(), registry.names()),
    }
}

/// The project's name as folders and rows have it. It may not be an observatory's: folders would collide.
fn legal_name(
    section: &Node,
    project: &ProjectParameters,
    registry: &Registry,
) -> Result<String, ParameterErrors> {
    let origin = &section.get("name").unwrap_or(section).origin;
    let name = legalize(&project.name, origin)?;
    if registry.names().any(|observatory| observatory == name) {
        return Err(ParameterError::Rule {
            origin: origin.clone(),
            name: "name".to_owned(),
            message: format!("{name} is the name of an observatory, whose raw data are kept in a folder of that name; choose another"),
        }
        .into());
    }
    Ok(name)
}
