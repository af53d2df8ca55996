//! Objects by the numbers that surveys and catalogs give them: rows of the catalog, or taken up beside it.

use std::sync::Arc;

use super::targets::Targets;
use super::{Project, ProjectError, RunControl, RunOptions, RunSummary};
use crate::catalog::{Catalog, Target};
use crate::sky;

/// A resolved object and a catalog row this near (arcsec, at one epoch) are taken for the same.
const SAME_OBJECT: f64 = 10.0;
/// Rows are looked at within this radius (arcsec): no star moves further in 50 years.
const LOOKED_AT: f64 = 600.0;

/// An object by its number in a survey's or catalog's own numbering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectNumber {
    /// Upper-case name of the numbering (`TIC`).
    pub kind: String,
    /// The number itself.
    pub number: String,
}

impl ObjectNumber {
    /// `kind` in any case.
    pub fn new(kind: &str, number: &str) -> ObjectNumber {
        ObjectNumber {
            kind: kind.trim().to_uppercase(),
            number: number.trim().to_owned(),
        }
    }

    /// What a source that the catalog does not have is called.
    pub fn source_name(&self) -> String {
        format!("{} {}", self.kind, self.number)
    }
}

impl Project {
    /// Fetches one object by its number.
    ///
    /// It is the row of the catalog that has this number, or this name, or that is the nearest one within 10 arcsec of
    /// the object's position at the same epoch; otherwise the project takes it up as a source named `KIND NUMBER`.
    /// Like any source it is asked for once.
    ///
    /// # Errors
    /// [`ProjectError::UnknownObject`] when no observatory of the project knows it.
    pub async fn fetch_object(&self, kind: &str, number: &str) -> Result<RunSummary, ProjectError> {
        let object = ObjectNumber::new(kind, number);
        self.run_objects(&[object], RunOptions::fetch_only(), RunControl::default())
            .await
    }

    /// The same for several objects and with all options but the selection, which is not looked at.
    ///
    /// # Errors
    /// As [`fetch_object`](Project::fetch_object), and [`run_with`](Project::run_with).
    pub async fn run_objects(
        &self,
        objects: &[ObjectNumber],
        options: RunOptions,
        control: RunControl,
    ) -> Result<RunSummary, ProjectError> {
        let mut targets = Vec::new();
        for (number, object) in objects.iter().enumerate() {
            if objects[..number].contains(object) {
                continue;
            }
            targets.push(self.target_of(object, &options).await?);
        }
        let targets = Targets::objects(Arc::clone(&self.catalog), targets);
        self.run_on(targets, options, control).await
    }

    async fn target_of(
        &self,
        object: &ObjectNumber,
        options: &RunOptions,
    ) -> Result<Target, ProjectError> {
        if let Some(target) = row_with_number(&self.catalog, object) {
            return Ok(target);
        }
        if let Some(target) = self.taken_up(object).await? {
            return Ok(target);
        }
        let resolved = self.resolved(object, options).await?;
        if let Some(row) = nearest_row(&self.catalog, &resolved, object) {
            return Ok(with_number(row, object));
        }
        Ok(Target {
            index: usize::MAX,
            name: object.source_name(),
            ..with_number(resolved, object)
        })
    }

    /// The object as the project has taken it up before: nobody need be asked who it is.
    async fn taken_up(&self, object: &ObjectNumber) -> Result<Option<Target>, ProjectError> {
        let Some(database) = self.existing_database().await? else {
            return Ok(None);
        };
        let row = match self.existing_row(&database).await? {
            Some(project) => {
                let name = object.source_name();
                database.source_row(project.id, &name).await?
            }
            None => None,
        };
        super::close(database).await;
        let target = row.and_then(|row| serde_json::from_value::<Target>(row).ok());
        Ok(target.map(|target| Target {
            index: usize::MAX,
            ..target
        }))
    }

    /// Asks one observatory after the other.
    async fn resolved(
        &self,
        object: &ObjectNumber,
        options: &RunOptions,
    ) -> Result<Target, ProjectError> {
        for observatory in &self.observatories {
            let answer = match options.offline {
                true => {
                    observatory
                        .offline()
                        .resolve(&object.kind, &object.number)
                        .await
                }
                false => observatory.resolve(&object.kind, &object.number).await,
            };
            match answer {
                Ok(Some(target)) => return Ok(target),
                Ok(None) => {}
                Err(error) => {
                    return Err(ProjectError::Resolve {
                        object: object.source_name(),
                        observatory: observatory.name().to_owned(),
                        class: error.class(),
                        words: super::work::chain(&error),
                    });
                }
            }
        }
        let asked = self
            .observatories
            .iter()
            .map(|observatory| observatory.name());
        Err(ProjectError::UnknownObject {
            object: object.source_name(),
            kind: object.kind.clone(),
            asked: asked.collect::<Vec<_>>().join(", "),
        })
    }
}

/// The row of the catalog that has the number, or the name that a source of the number is given.
fn row_with_number(catalog: &Catalog, object: &ObjectNumber) -> Option<Target> {
    let has_number = |target: &Target| target.ids.get(&object.kind) == Some(&object.number);
    catalog
        .row_of(&object.source_name())
        .and_then(|row| catalog.target(row))
        .or_else(|| catalog.targets().find(has_number))
}

/// The row nearest to an object at the object's epoch; not one that has another number of that kind.
fn nearest_row(catalog: &Catalog, object: &Target, number: &ObjectNumber) -> Option<Target> {
    let separation = |row: &Target| {
        let (ra, dec) = row.position_at(object.epoch);
        sky::separation(ra, dec, object.ra, object.dec) * 3600.0
    };
    catalog
        .cone(object.ra, object.dec, LOOKED_AT / 3600.0)
        .into_iter()
        .filter_map(|(row, _)| catalog.target(row))
        .filter(|row| !row.ids.contains_key(&number.kind))
        .map(|row| (separation(&row), row))
        .filter(|(separation, _)| *separation <= SAME_OBJECT)
        .min_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, row)| row)
}

fn with_number(mut target: Target, object: &ObjectNumber) -> Target {
    target
        .ids
        .insert(object.kind.clone(), object.number.clone());
    target
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog(text: &str) -> Catalog {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("catalog.csv");
        std::fs::write(&file, text).unwrap();
        let parameters = crate::catalog::CatalogParameters {
            catalog_observation_year: Some(2016.0),
            ..Default::default()
        };
        Catalog::from_file(&file, &parameters).unwrap()
    }

    #[test]
    fn a_row_is_the_object_where_both_are_at_the_same_time() {
        // 5 arcsec/yr to the north: in 2000 it was 80 arcsec south of where it is in 2016
        let catalog = catalog(
            "name,ra,dec,pmra,pmdec\nfast,100,20,0,5000\nslow,100,19.9786,0,0\nfar,100,20.1,0,0\n",
        );
        let number = ObjectNumber::new("tic", " 17 ");
        let object = |dec: f64| Target {
            ra: 100.0,
            dec,
            epoch: 2000.0,
            ..Target::default()
        };
        let nearest = |dec| nearest_row(&catalog, &object(dec), &number).map(|row| row.name);
        // 20 − 80/3600; `slow` stands 3.0 arcsec north of that
        assert_eq!(nearest(20.0 - 80.0 / 3600.0).as_deref(), Some("fast"));
        assert_eq!(nearest(19.9786).as_deref(), Some("slow"));
        assert_eq!(nearest(20.0), None);
    }

    #[test]
    fn a_row_of_that_name_is_the_object() {
        let catalog = catalog("name,ra,dec\nTIC 17,100,20\n");
        let row = row_with_number(&catalog, &ObjectNumber::new("tic", "17"));
        assert_eq!(row.map(|row| row.index), Some(0));
        assert!(row_with_number(&catalog, &ObjectNumber::new("tic", "1")).is_none());
    }
}
