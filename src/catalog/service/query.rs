//! What is asked of which service, and what the answer is called on disk.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::adql::{quoted_name, quoted_text, top};
use super::{GaiaParameters, Mode, VizierParameters};
use crate::catalog::reader::{self, Cells};
use crate::catalog::{CatalogError, CatalogParameters, Places, columns};
use crate::parameters::{canonical, sha256_hex};

/// Digits of the query's checksum in the name of its file.
const DIGITS: usize = 16;

/// The question that a project puts to a service.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ServiceQuery {
    /// The section of the project file: `gaia` or `vizier`.
    pub service: &'static str,
    /// What is sent.
    pub adql: String,
    /// Base address of the TAP service.
    pub url: String,
    /// Rows that may come; more are an error.
    pub max_rows: u64,
    /// How the service is asked.
    pub mode: Mode,
    /// Longest wait for a job.
    pub timeout: Duration,
    /// Longest wait between two looks at it.
    pub poll_interval: Duration,
    /// What of the query can change the result, as the canonical configuration has it.
    pub identity: Value,
    /// The parameter that a refusal is about.
    pub parameter: &'static str,
    /// File name without extension.
    stem: String,
    /// Table and columns of a query that was made here.
    table: Option<(String, Vec<String>)>,
}

impl CatalogParameters {
    /// The question to a service; none if the catalog is a file or a made-up one.
    pub fn service_query(&self) -> Option<ServiceQuery> {
        let canonical = canonical(self);
        match (&self.gaia, &self.vizier) {
            (Some(gaia), _) => Some(of_gaia(gaia, &canonical["gaia"])),
            (None, Some(vizier)) => Some(of_vizier(vizier, &canonical["vizier"])),
            (None, None) => None,
        }
    }
}

fn of_gaia(gaia: &GaiaParameters, canonical: &Value) -> ServiceQuery {
    let identity = json!({ "gaia": canonical });
    ServiceQuery {
        service: "gaia",
        adql: gaia.adql.trim().to_owned(),
        url: gaia.url.clone(),
        max_rows: gaia.max_rows,
        mode: gaia.mode,
        timeout: Duration::from_secs_f64(gaia.timeout),
        poll_interval: Duration::from_secs_f64(gaia.poll_interval),
        parameter: "gaia.adql",
        stem: stem("gaia", "", &identity),
        identity,
        table: None,
    }
}

fn of_vizier(vizier: &VizierParameters, canonical: &Value) -> ServiceQuery {
    let identity = json!({ "vizier": canonical });
    ServiceQuery {
        service: "vizier",
        adql: vizier_adql(vizier),
        url: vizier.url.clone(),
        max_rows: vizier.max_rows,
        mode: vizier.mode,
        timeout: Duration::from_secs_f64(vizier.timeout),
        poll_interval: Duration::from_secs_f64(vizier.poll_interval),
        parameter: "vizier.table",
        stem: stem("vizier", &vizier.table, &identity),
        identity,
        table: Some((vizier.table.clone(), vizier.columns.clone())),
    }
}

fn vizier_adql(vizier: &VizierParameters) -> String {
    let columns: Vec<String> = vizier
        .columns
        .iter()
        .map(|name| quoted_name(name))
        .collect();
    let mut adql = "SELECT ".to_owned();
    if let Some(rows) = vizier.top {
        adql.push_str(&format!("TOP {rows} "));
    }
    match columns.is_empty() {
        true => adql.push('*'),
        false => adql.push_str(&columns.join(", ")),
    }
    adql.push_str(&format!(" FROM {}", quoted_name(vizier.table.trim())));
    if let Some(condition) = vizier.condition.as_deref().map(str::trim)
        && !condition.is_empty()
    {
        adql.push_str(&format!(" WHERE {condition}"));
    }
    adql
}

/// `vizier_J_MNRAS_508_3877_maincat_0123456789abcdef`: to be recognised by people, and never that of another query.
fn stem(service: &str, table: &str, identity: &Value) -> String {
    let checksum = sha256_hex(identity.to_string());
    let table: String = table
        .chars()
        .take(60)
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let parts = [service, &table, &checksum[..DIGITS]];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("_")
}

impl ServiceQuery {
    /// The stored result, whether it is there or not.
    ///
    /// # Errors
    /// [`CatalogError::NoFile`] without a data root to keep it in.
    pub fn stored_in(&self, places: &Places) -> Result<PathBuf, CatalogError> {
        self.file(places, "parquet")
    }

    /// The note of the job that works on it.
    pub fn note_in(&self, places: &Places) -> Result<PathBuf, CatalogError> {
        self.file(places, "job.json")
    }

    /// Where the service's answer goes until it is stored.
    pub fn answer_in(&self, places: &Places) -> Result<PathBuf, CatalogError> {
        self.file(places, "vot")
    }

    /// Where the names of a table's columns go for as long as they are looked at.
    pub fn names_in(&self, places: &Places) -> Result<PathBuf, CatalogError> {
        self.file(places, "columns.vot")
    }

    fn file(&self, places: &Places, extension: &str) -> Result<PathBuf, CatalogError> {
        let root = places.data_root.as_ref().ok_or(CatalogError::NoFile)?;
        let name = format!("{}.{extension}", self.stem);
        Ok(root.join("catalogs").join(name))
    }

    /// Rows that the query itself asks for at most.
    pub(super) fn top(&self) -> Option<u64> {
        top(&self.adql)
    }

    /// The question for the columns of the table, where columns were named.
    ///
    /// Services differ in whether the schema has a table's name with the quotes that a query needs.
    pub fn adql_of_columns(&self) -> Option<String> {
        let (table, columns) = self.table.as_ref()?;
        let (plain, quoted) = (quoted_text(table), quoted_text(&quoted_name(table)));
        (!columns.is_empty()).then(|| {
            format!(
                "SELECT column_name FROM TAP_SCHEMA.columns WHERE table_name IN ({plain}, {quoted})"
            )
        })
    }
}

/// The error of columns that a table does not have, from a file with the names of those it has; none if all are there.
///
/// # Errors
/// What is wrong with the file.
pub fn unknown_columns(
    query: &ServiceQuery,
    file: &Path,
) -> Result<Option<CatalogError>, CatalogError> {
    let Some((table, wanted)) = &query.table else {
        return Ok(None);
    };
    let raw = reader::read(file, &mut |heads| {
        let place = heads
            .iter()
            .position(|head| head.name.eq_ignore_ascii_case("column_name"));
        Ok(place.into_iter().collect())
    })?;
    let Some(Cells::Text(texts)) = raw.columns.first() else {
        return Ok(None);
    };
    let known: Vec<&str> = texts
        .iter()
        .map(|name| name.trim().trim_matches('"'))
        .collect();
    let unknown: Vec<String> = wanted
        .iter()
        .filter(|name| !known.contains(&name.as_str()))
        .map(|name| with_nearest(name, &known))
        .collect();
    let is_told = !unknown.is_empty() && !known.is_empty();
    Ok(is_told.then(|| CatalogError::UnknownColumns {
        table: table.clone(),
        unknown,
        known: known.iter().map(|&name| name.to_owned()).collect(),
    }))
}

fn with_nearest(name: &str, known: &[&str]) -> String {
    let folded: Vec<String> = known.iter().map(|other| other.to_lowercase()).collect();
    let nearest = columns::nearest(&name.to_lowercase(), folded.iter().map(String::as_str))
        .and_then(|nearest| folded.iter().position(|other| other == nearest))
        .map(|place| known[place]);
    match nearest {
        Some(nearest) => format!("{name:?} (did you mean {nearest:?}?)"),
        None => format!("{name:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vizier() -> VizierParameters {
        VizierParameters {
            table: "J/MNRAS/508/3877/maincat".into(),
            columns: ["GaiaEDR3", "RA_ICRS", "Gmag", "gmag"]
                .map(str::to_owned)
                .into(),
            condition: Some("Pwd > 0.75".into()),
            ..VizierParameters::default()
        }
    }

    fn query(vizier: VizierParameters) -> ServiceQuery {
        let parameters = CatalogParameters {
            vizier: Some(vizier),
            ..CatalogParameters::default()
        };
        parameters.service_query().unwrap()
    }

    #[test]
    fn a_table_of_vizier_is_asked_for_with_exact_names() {
        assert_eq!(
            query(vizier()).adql,
            "SELECT \"GaiaEDR3\", \"RA_ICRS\", \"Gmag\", \"gmag\" FROM \"J/MNRAS/508/3877/maincat\" WHERE Pwd > 0.75"
        );
        let all = VizierParameters {
            columns: Vec::new(),
            condition: None,
            top: Some(50),
            ..vizier()
        };
        let all = query(all);
        assert_eq!(
            all.adql,
            "SELECT TOP 50 * FROM \"J/MNRAS/508/3877/maincat\""
        );
        assert_eq!(all.top(), Some(50));
        assert_eq!(all.adql_of_columns(), None);
    }

    #[test]
    fn another_query_is_another_file_and_a_mirror_is_not() {
        let places = Places {
            project: None,
            data_root: Some("/data".into()),
        };
        let file = |vizier| {
            let file = query(vizier).stored_in(&places).unwrap();
            file.to_str().unwrap().to_owned()
        };
        let one = file(vizier());
        assert!(
            one.starts_with("/data/catalogs/vizier_J_MNRAS_508_3877_maincat_")
                && one.ends_with(".parquet"),
            "{one}"
        );
        let mirror = VizierParameters {
            url: "http://mirror.example/tap".into(),
            max_rows: 7,
            mode: Mode::Async,
            timeout: 5.0,
            poll_interval: 1.0,
            ..vizier()
        };
        assert_eq!(one, file(mirror));
        let other = VizierParameters {
            condition: Some("Pwd > 0.8".into()),
            ..vizier()
        };
        assert_ne!(one, file(other));
        let hostile = VizierParameters {
            table: "../../etc/passwd\0".into(),
            ..vizier()
        };
        assert!(file(hostile).starts_with("/data/catalogs/vizier_______etc_passwd__"));
    }

    #[test]
    fn columns_that_the_table_does_not_have_are_named_with_the_nearest() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("names.vot");
        let names = ["Gmag", "\"gmag\"", "RA_ICRS", "Pwd", "GaiaEDR3"];
        let rows: String = names
            .iter()
            .map(|name| format!("<TR><TD>{name}</TD></TR>"))
            .collect();
        std::fs::write(
            &file,
            format!(
                "<VOTABLE><RESOURCE><TABLE><FIELD name=\"column_name\" datatype=\"char\" arraysize=\"*\"/>\
                 <DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
            ),
        )
        .unwrap();
        assert!(unknown_columns(&query(vizier()), &file).unwrap().is_none());
        let mut wrong = vizier();
        wrong
            .columns
            .extend(["gaiaedr3".to_owned(), "Teff".to_owned(), "GMAGG".to_owned()]);
        let error = unknown_columns(&query(wrong), &file).unwrap().unwrap();
        assert_eq!(
            error.to_string(),
            "the table \"J/MNRAS/508/3877/maincat\" has no column \"gaiaedr3\" (did you mean \"GaiaEDR3\"?), \"Teff\", \"GMAGG\" (did you mean \"Gmag\"?)"
        );
    }
}
