//! Which products belong together: the folder of a project, its configuration and the hash of it (C6).

use serde_json::{Value, json};

use super::settings::Settings;
use crate::catalog::Catalog;
use crate::parameters::{Document, sha256_hex, to_yaml};

/// A project at one configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    /// Text of `config.yaml`: exactly what can change results, in canonical order.
    pub config: String,
    /// SHA-256 of that text with version control, else empty.
    pub cfg_hash: String,
    /// Folder of the products, under the data root.
    pub folder: String,
}

impl Version {
    pub(crate) fn of(settings: &Settings, catalog: &Catalog) -> Version {
        let config = sorted_yaml(settings.canonical(catalog));
        let cfg_hash = if settings.project.version_control {
            sha256_hex(&config)
        } else {
            String::new()
        };
        let folder = crate::storage::project_folder(
            &settings.name,
            Some(cfg_hash.as_str()).filter(|hash| !hash.is_empty()),
        );
        Version {
            config,
            cfg_hash,
            folder,
        }
    }

    /// What else is worth knowing of a run, as text of `run.yaml`. It has no part in the hash.
    pub(crate) fn run_record(&self, settings: &Settings, facts: &RunFacts) -> String {
        sorted_yaml(json!({
            "project": settings.name,
            "description": settings.project.description,
            "cfg_hash": if self.cfg_hash.is_empty() { Value::Null } else { json!(self.cfg_hash) },
            "catalog": facts.catalog,
            "sources_in_catalog": facts.sources,
            "started": facts.started,
            "jobs": facts.jobs,
            "database": facts.database,
            "retriever": { "version": env!("CARGO_PKG_VERSION"), "commit": env!("RETRIEVER_COMMIT") },
        }))
    }
}

/// Circumstances of a run.
pub(crate) struct RunFacts {
    pub catalog: String,
    pub sources: usize,
    /// ISO 8601, UTC.
    pub started: String,
    pub jobs: usize,
    /// Without password.
    pub database: String,
}

fn sorted_yaml(mut value: Value) -> String {
    value.sort_all_objects();
    to_yaml(&value)
}

/// The parameters that differ between two configurations, as `name: old → new`.
pub(crate) fn differences(old: &str, new: &str) -> Vec<String> {
    let read =
        |text: &str| Document::parse(text, "config.yaml").map(|document| document.root().to_json());
    let (Ok(old), Ok(new)) = (read(old), read(new)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    compare("", &old, &new, &mut found);
    found
}

fn compare(path: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(before), Value::Object(after)) => {
            let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let inner = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                let (was, is) = (before.get(name), after.get(name));
                compare(
                    &inner,
                    was.unwrap_or(&Value::Null),
                    is.unwrap_or(&Value::Null),
                    found,
                );
            }
        }
        (old, new) if old != new => found.push(format!("{path}: {old} → {new}")),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named_by_their_path() {
        let old = "observatories:\n  ztf:\n    gap: 40.0\n    radius: 3.0\n";
        let new = "observatories:\n  ztf:\n    gap: 60.0\n    radius: 3.0\n";
        assert_eq!(
            differences(old, new),
            ["observatories.ztf.gap: 40.0 → 60.0"]
        );
        assert!(differences(old, old).is_empty());
    }
}
