//! What a project file may say, for people and for editors.

use serde_json::{Map, Value, json};

use super::ProjectParameters;
use crate::catalog::CatalogParameters;
use crate::database::DatabaseParameters;
use crate::observatory::{ObservatoryParameters, Registry};
use crate::parameters::{Description, describe, json_schema as schema_of};
use crate::storage::StorageParameters;

/// For each section of a project file its parameters, in the order of the file.
pub fn descriptions(registry: &Registry) -> Vec<(String, Vec<Description>)> {
    let mut sections = vec![
        ("project".to_owned(), describe::<ProjectParameters>()),
        ("catalog".to_owned(), describe::<CatalogParameters>()),
        (
            "observatories".to_owned(),
            describe::<ObservatoryParameters>(),
        ),
    ];
    for (name, own) in registry.descriptions() {
        sections.push((format!("observatories.{}", name.to_lowercase()), own));
    }
    sections.push(("database".to_owned(), describe::<DatabaseParameters>()));
    sections.push(("storage".to_owned(), describe::<StorageParameters>()));
    sections
}

/// The JSON schema of a project file.
pub fn json_schema(registry: &Registry) -> Value {
    let common = schema_of::<ObservatoryParameters>();
    let mut general = properties(&common);
    let mut sections = Map::new();
    for (name, own) in registry.schemas() {
        let mut all = properties(&common);
        all.extend(properties(&own));
        general.extend(properties(&own));
        let definitions = own.get("$defs").cloned().unwrap_or_else(|| json!({}));
        let section = json!({
            "type": "object", "properties": all, "additionalProperties": false, "$defs": definitions,
        });
        sections.insert(name.to_lowercase(), section);
    }
    general.extend(sections);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Project file of Retriever",
        "type": "object",
        "properties": {
            "project": schema_of::<ProjectParameters>(),
            "catalog": schema_of::<CatalogParameters>(),
            "observatories": { "type": "object", "properties": general },
            "database": schema_of::<DatabaseParameters>(),
            "storage": schema_of::<StorageParameters>(),
        },
        "required": ["project", "catalog"],
    })
}

fn properties(schema: &Value) -> Map<String, Value> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}
