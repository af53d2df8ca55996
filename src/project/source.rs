//! Everything that is known of one source.

use futures::{StreamExt, TryStreamExt};
use serde::Serialize;
use serde_json::{Map, Value};

use super::selection::NotInCatalog;
use super::{Project, ProjectError};
use crate::catalog::Target;
use crate::database::{Database, Row, RowFilter};
use crate::photometry::{Kind, Lightcurve};

/// Everything that is known of one source. Rows have the names of the database's columns.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SourceReport {
    /// Its row in `sources`; of a source that no run has taken up yet, what the catalog says of it, without an `id`.
    pub source: Row,
    /// Its row in the catalog as it is now; none if the catalog does not have it, or not any more.
    pub catalog_row: Option<usize>,
    /// Those of the project in their order, then others that the database has something of.
    pub observatories: Vec<AtObservatory>,
    /// Rows of all kinds, by observatory, kind and number.
    pub lightcurves: Vec<Row>,
    /// The row in `properties`, with a list `filters` of a row for each filter; none before the analysis.
    pub analysis: Option<Row>,
    /// Its rows in `detections`, the real ones first.
    pub detections: Vec<Row>,
    /// Its rows in `injections`.
    pub injections: Vec<Row>,
    /// What could not be read, in words.
    pub problems: Vec<String>,
    /// The lightcurves as observed, with the flags of the analysis where there was one.
    #[serde(skip)]
    pub curves: Vec<Lightcurve>,
}

/// What one observatory gave for a source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AtObservatory {
    /// Upper-case name.
    pub observatory: String,
    /// `ok`, `empty`, `skipped`, `failed`, or `pending` as long as nobody has asked.
    pub outcome: String,
    /// Its row in `raw_photometry`.
    pub raw: Option<Row>,
    /// Its row in `reductions`.
    pub reduction: Option<Row>,
}

impl SourceReport {
    /// Its name.
    pub fn name(&self) -> &str {
        self.source
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The lightcurve that a row speaks of, if its file could be read.
    pub fn curve(&self, row: &Row) -> Option<&Lightcurve> {
        let number = row.get("series_number")?.as_u64()?;
        let observatory = row.get("observatory")?.as_str()?;
        self.curves.iter().find(|curve| {
            curve.observatory == observatory && u64::from(curve.series_number) == number
        })
    }
}

impl Project {
    /// Everything that is known of a source, also of one that no run has taken up yet.
    ///
    /// # Errors
    /// A name that neither the catalog nor the project has (similar ones are told); a database that cannot be asked. A file
    /// that cannot be read is no error: [`SourceReport::problems`] tells of it.
    pub async fn source(&self, name: &str) -> Result<SourceReport, ProjectError> {
        let mut report = SourceReport {
            catalog_row: self.catalog().row_of(name),
            ..SourceReport::default()
        };
        if let Some(database) = self.existing_database().await? {
            let project = self.existing_row(&database).await?;
            if let Some(project) = project {
                gather(&database, project.id, name, &mut report).await?;
            }
            super::close(database).await;
        }
        if report.source.is_empty() {
            let catalog = self.catalog();
            let target = report.catalog_row.and_then(|row| catalog.target(row));
            let target = target.ok_or_else(|| NotInCatalog::new(name, catalog))?;
            report.source = not_taken_up(&target);
        }
        self.add_observatories_of_the_project(&mut report);
        self.read_curves(name, &mut report).await;
        Ok(report)
    }

    fn add_observatories_of_the_project(&self, report: &mut SourceReport) {
        let mut ordered = Vec::new();
        for observatory in self.observatories() {
            let known = &mut report.observatories;
            let place = known
                .iter()
                .position(|known| known.observatory == observatory.name());
            ordered.push(match place {
                Some(place) => known.remove(place),
                None => AtObservatory::pending(observatory.name()),
            });
        }
        ordered.append(&mut report.observatories);
        report.observatories = ordered;
    }

    /// Processed lightcurves have all that reduced ones have, and more flags.
    async fn read_curves(&self, name: &str, report: &mut SourceReport) {
        for kind in [Kind::Processed, Kind::Reduced] {
            let wanted =
                |row: &&Row| row.get("kind").and_then(Value::as_str) == Some(kind.as_str());
            let rows = report.lightcurves.iter().filter(wanted);
            if rows.into_iter().all(|row| report.curve(row).is_some()) {
                continue;
            }
            let filter = RowFilter {
                source_names: Some(vec![name.to_owned()]),
                ..RowFilter::default()
            };
            let mut files = match self.lightcurves_in(kind, filter).await {
                Ok(files) => files,
                Err(error) => {
                    report.problems.push(error.to_string());
                    continue;
                }
            };
            while let Some(file) = files.next().await {
                match file {
                    Ok(curves) => report.add_curves(curves),
                    Err(error) => report.problems.push(error.to_string()),
                }
            }
        }
    }
}

impl SourceReport {
    fn add_curves(&mut self, curves: Vec<Lightcurve>) {
        for curve in curves {
            let same = |known: &Lightcurve| {
                known.observatory == curve.observatory && known.series_number == curve.series_number
            };
            if !self.curves.iter().any(same) {
                self.curves.push(curve);
            }
        }
    }

    fn at(&mut self, observatory: &str) -> &mut AtObservatory {
        let place = self
            .observatories
            .iter()
            .position(|known| known.observatory == observatory);
        let place = place.unwrap_or_else(|| {
            self.observatories.push(AtObservatory::pending(observatory));
            self.observatories.len() - 1
        });
        &mut self.observatories[place]
    }
}

impl AtObservatory {
    fn pending(observatory: &str) -> AtObservatory {
        AtObservatory {
            observatory: observatory.to_owned(),
            outcome: "pending".to_owned(),
            raw: None,
            reduction: None,
        }
    }
}

/// All rows of a source of this project. Nothing if the project has not taken it up.
async fn gather(
    database: &Database,
    project: i64,
    name: &str,
    report: &mut SourceReport,
) -> Result<(), ProjectError> {
    let filter = RowFilter {
        source_names: Some(vec![name.to_owned()]),
        ..RowFilter::default()
    };
    let Some(source) = database.list_sources(project, &filter).try_next().await? else {
        return Ok(());
    };
    report.source = source;
    let raw: Vec<Row> = database.list_raw(project, &filter).try_collect().await?;
    for row in raw {
        let at = report.at(word(&row, "observatory"));
        at.outcome = word(&row, "outcome").to_owned();
        at.raw = Some(row);
    }
    for row in database.reductions_of_source(project, name).await? {
        let at = report.at(word(&row, "observatory"));
        at.reduction = Some(row);
    }
    let lightcurves = database.list_lightcurves(project, &filter);
    report.lightcurves = lightcurves.try_collect().await?;
    let mut analyses = database.list_properties(project, &filter);
    report.analysis = analyses.try_next().await?;
    let detections = database.list_detections(project, &filter);
    report.detections = detections.try_collect().await?;
    let injections = database.list_injections(project, &filter);
    report.injections = injections.try_collect().await?;
    Ok(())
}

fn word<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

/// The columns of `sources` that the catalog alone can fill.
fn not_taken_up(target: &Target) -> Row {
    let mut row = Map::new();
    row.insert("name".to_owned(), target.name.clone().into());
    row.insert("ra".to_owned(), target.ra.into());
    row.insert("dec".to_owned(), target.dec.into());
    row.insert("healpix".to_owned(), target.healpix().into());
    row.insert("catalog_row".to_owned(), target.index.into());
    let cat_row = serde_json::to_value(target).unwrap_or_default();
    row.insert("cat_row".to_owned(), cat_row);
    row.insert("mag".to_owned(), target.mag.into());
    row
}
