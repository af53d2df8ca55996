//! What a project file may say, for people and for editors.

use serde_json::{Map, Value, json};

use super::ProjectParameters;
use crate::analysis;
use crate::catalog::CatalogParameters;
use crate::database::DatabaseParameters;
use crate::observatory::{ObservatoryParameters, Registry};
use crate::parameters::{Description, describe, json_schema as schema_of};
use crate::storage::StorageParameters;

/// For each section of a project file its parameters, in the order of the file.
pub fn descriptions(
    registry: &Registry,
    classes: &analysis::Registry,
) -> Vec<(String, Vec<Description>)> {
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
    sections.extend(classes.descriptions());
    sections.push(("database".to_owned(), describe::<DatabaseParameters>()));
    sections.push(("storage".to_owned(), describe::<StorageParameters>()));
    sections
}

/// The JSON schema of a project file.
pub fn json_schema(registry: &Registry, classes: &analysis::Registry) -> Value {
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
    let mut all = json!({
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
    });
    for (section, schema) in classes.schemas() {
        all["properties"][section] = schema;
    }
    let mut definitions = Map::new();
    gather_definitions("", &mut all["properties"], &mut definitions);
    all["$defs"] = definitions.into();
    all
}

/// Moves the definitions of all sections to where references look for them: the head of the document.
///
/// Two of one name that differ are told apart by their sections.
fn gather_definitions(place: &str, schema: &mut Value, gathered: &mut Map<String, Value>) {
    let Value::Object(entries) = schema else {
        return;
    };
    entries.shift_remove("$schema");
    if let Some(Value::Object(own)) = entries.shift_remove("$defs") {
        let renamed: Vec<(String, String)> = (own.iter())
            .filter(|(name, definition)| {
                gathered
                    .get(*name)
                    .is_some_and(|known| known != *definition)
            })
            .map(|(name, _)| (name.clone(), format!("{place}.{name}")))
            .collect();
        rename_references(schema, &renamed);
        for (name, mut definition) in own {
            rename_references(&mut definition, &renamed);
            let other = renamed.iter().find(|(old, _)| *old == name);
            gathered.insert(other.map_or(name, |(_, new)| new.clone()), definition);
        }
    }
    if let Value::Object(entries) = schema {
        for (name, inner) in entries {
            gather_definitions(name, inner, gathered);
        }
    }
}

fn rename_references(schema: &mut Value, renamed: &[(String, String)]) {
    match schema {
        Value::Object(entries) => {
            for (name, inner) in entries {
                match inner {
                    Value::String(target) if name == "$ref" => {
                        let other = renamed
                            .iter()
                            .find(|(old, _)| *target == format!("#/$defs/{old}"));
                        if let Some((_, new)) = other {
                            *target = format!("#/$defs/{new}");
                        }
                    }
                    _ => rename_references(inner, renamed),
                }
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| rename_references(item, renamed)),
        _ => {}
    }
}

fn properties(schema: &Value) -> Map<String, Value> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}
