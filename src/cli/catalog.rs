//! `retriever catalog`: make a catalog, look into one, find targets in it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::exit::Exit;
use super::report::printable;
use super::{Context, Failure};
use crate::catalog::{self, Catalog, CatalogError, CatalogParameters, Notes, Summary, Target};
use crate::parameters::{NodeValue, Origin};
use crate::words::counted;

/// Make a catalog of targets, or look into one
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  retriever catalog info targets.csv --name-column source_id\n  retriever catalog info project.yaml"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Make(Make),
    Info(Info),
    Get(Get),
    Cone(Cone),
}

/// Make up targets, uniform on the sky, always the same for the same seed
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  retriever catalog make --rows 1000 --seed 1 -o targets.fits")]
struct Make {
    /// Number of targets
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(..=100_000_000))]
    rows: u32,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// File to write: .csv, .tsv, .fits, .vot, .h5 or .parquet
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Show how many targets a catalog has, which columns are used, and what was left out
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  retriever catalog info targets.fits.gz --mag-column phot_g_mean_mag --json"
)]
struct Info {
    #[command(flatten)]
    input: Input,
}

/// Show one target, by name or by row
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  retriever catalog get targets.csv --row 0 --json")]
struct Get {
    #[command(flatten)]
    input: Input,
    /// Name of the target, exactly as in the catalog
    #[arg(
        required_unless_present = "row",
        conflicts_with = "row",
        allow_hyphen_values = true
    )]
    name: Option<String>,
    /// Row of the target, from 0
    #[arg(long)]
    row: Option<usize>,
}

/// List the targets around a direction, nearest first
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  retriever catalog cone targets.csv 187.25 -12.5 0.01 --json")]
struct Cone {
    #[command(flatten)]
    input: Input,
    /// Right ascension (deg)
    #[arg(allow_negative_numbers = true)]
    ra: f64,
    /// Declination (deg)
    #[arg(allow_negative_numbers = true)]
    dec: f64,
    /// Radius (deg), up to 180
    radius: f64,
}

/// A catalog file and how to read it.
#[derive(Debug, Args)]
struct Input {
    /// Catalog (CSV, TSV, FITS, VOTable, HDF5 or Parquet), or the project file (.yaml) that names one
    file: PathBuf,
    /// Ask the service that the project file names again, although its answer is stored
    #[arg(long)]
    redo: bool,
    /// Print JSON: an array of objects
    #[arg(long)]
    json: bool,
    /// Column with the names
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    name_column: Option<String>,
    /// Column with the right ascension (deg, or HH:MM:SS)
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    ra_column: Option<String>,
    /// Column with the declination (deg, or ±DD:MM:SS)
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    dec_column: Option<String>,
    /// Column with the proper motion in right ascension (mas/yr, with cos δ)
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pm_ra_column: Option<String>,
    /// Column with the proper motion in declination (mas/yr)
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pm_dec_column: Option<String>,
    /// Column with the parallax (mas)
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    parallax_column: Option<String>,
    /// Column with the magnitude (mag)
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    mag_column: Option<String>,
    /// Column with the error of the magnitude (mag)
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    mag_error_column: Option<String>,
    /// Filter that the magnitudes were taken in
    #[arg(long, value_name = "FILTER", help_heading = "Columns")]
    mag_filter_name: Option<String>,
    /// Column with a second name
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    alias_column: Option<String>,
    /// Julian year of the positions
    #[arg(long, value_name = "YEAR", help_heading = "Columns")]
    catalog_observation_year: Option<f64>,
    /// Make a bad row an error instead of skipping it
    #[arg(long)]
    strict: bool,
}

/// Runs the command; results go to `out`.
pub(crate) async fn run(
    context: &Context,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    match &arguments.action {
        Action::Make(make) => write_made(make, out),
        Action::Info(info) => write_info(info, &info.input.load(context).await?, out),
        Action::Get(get) => write_target(get, &get.input.load(context).await?, out),
        Action::Cone(cone) => {
            check_cone(cone)?;
            write_cone(cone, &cone.input.load(context).await?, out)
        }
    }?;
    Ok(Exit::Success)
}

fn write_made(make: &Make, out: &mut impl Write) -> Result<(), Failure> {
    catalog::make(make.rows as usize, make.seed).write(&make.output)?;
    Ok(writeln!(out, "{}", make.output.display())?)
}

fn write_info(info: &Info, catalog: &Catalog, out: &mut impl Write) -> Result<(), Failure> {
    let summary = catalog.describe();
    let notes = summary.file.as_deref().and_then(catalog::notes);
    if info.input.json {
        let mut object = json!(summary);
        object["content_sha256"] = Value::from(catalog.content_sha256());
        if let Some(notes) = notes {
            object["service"] = json!(notes);
        }
        return Ok(print_json(&[object], out)?);
    }
    print_summary(summary, &catalog.content_sha256(), out)?;
    Ok(notes.map_or(Ok(()), |notes| print_notes(&notes, out))?)
}

fn write_target(get: &Get, catalog: &Catalog, out: &mut impl Write) -> Result<(), Failure> {
    let row = match (&get.name, get.row) {
        (Some(name), _) => catalog
            .row_of(name)
            .ok_or_else(|| unknown_target(catalog, name))?,
        (None, row) => row.unwrap_or(0),
    };
    let target = catalog.target(row).ok_or(CatalogError::UnknownRow {
        row,
        rows: catalog.len(),
    })?;
    if get.input.json {
        return Ok(print_json(&[json!(target)], out)?);
    }
    Ok(print_target(&target, out)?)
}

fn check_cone(cone: &Cone) -> Result<(), CatalogError> {
    check_range(
        "a right ascension from -180 to 360 degrees",
        cone.ra,
        -180.0,
        360.0,
    )?;
    check_range(
        "a declination from -90 to 90 degrees",
        cone.dec,
        -90.0,
        90.0,
    )?;
    check_range("a radius from 0 to 180 degrees", cone.radius, 0.0, 180.0)
}

fn write_cone(cone: &Cone, catalog: &Catalog, out: &mut impl Write) -> Result<(), Failure> {
    let found = catalog.cone(cone.ra, cone.dec, cone.radius);
    let targets = found
        .iter()
        .filter_map(|&(row, separation)| Some((catalog.target(row)?, separation * 3600.0)));
    if cone.input.json {
        let objects: Vec<Value> = targets
            .map(|(target, separation)| {
                let mut object = json!(target);
                object["separation_arcsec"] = Value::from(separation);
                object
            })
            .collect();
        return Ok(print_json(&objects, out)?);
    }
    Ok(print_cone(targets, out)?)
}

impl Input {
    async fn load(&self, context: &Context) -> Result<Catalog, Failure> {
        if is_project_file(&self.file) {
            return self.of_project(context).await;
        }
        if self.redo {
            return Err(CatalogError::Usage {
                given: self.file.display().to_string(),
                expected: "a project file (.yaml): `--redo` asks the service that it names",
            }
            .into());
        }
        let parameters = CatalogParameters {
            name_column: self.name_column.clone(),
            ra_column: self.ra_column.clone(),
            dec_column: self.dec_column.clone(),
            pm_ra_column: self.pm_ra_column.clone(),
            pm_dec_column: self.pm_dec_column.clone(),
            parallax_column: self.parallax_column.clone(),
            mag_column: self.mag_column.clone(),
            mag_error_column: self.mag_error_column.clone(),
            mag_filter_name: self.mag_filter_name.clone(),
            alias_column: self.alias_column.clone(),
            catalog_observation_year: self.catalog_observation_year,
            strict: self.strict,
            ..CatalogParameters::default()
        };
        Ok(Catalog::from_file(&self.file, &parameters)?)
    }

    /// The catalog that a project file names; what is said here wins over the file.
    async fn of_project(&self, context: &Context) -> Result<Catalog, Failure> {
        let words = [
            ("name_column", &self.name_column),
            ("ra_column", &self.ra_column),
            ("dec_column", &self.dec_column),
            ("pm_ra_column", &self.pm_ra_column),
            ("pm_dec_column", &self.pm_dec_column),
            ("parallax_column", &self.parallax_column),
            ("mag_column", &self.mag_column),
            ("mag_error_column", &self.mag_error_column),
            ("mag_filter_name", &self.mag_filter_name),
            ("alias_column", &self.alias_column),
        ];
        let mut given: Vec<(&str, NodeValue)> = words
            .into_iter()
            .filter_map(|(name, word)| Some((name, word.as_deref()?.into())))
            .collect();
        if let Some(year) = self.catalog_observation_year {
            given.push(("catalog_observation_year", year.into()));
        }
        if self.strict {
            given.push(("strict", true.into()));
        }
        let mut builder = context.describe(&self.file)?;
        for (name, value) in given {
            let flag = format!("--{}", name.replace('_', "-"));
            let path = format!("catalog.{name}");
            builder = builder.set_from(&path, value, Origin::command_line(&flag));
        }
        Ok(builder.catalog(self.redo).await?)
    }
}

fn is_project_file(file: &Path) -> bool {
    let extension = file.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml")
    })
}

fn unknown_target(catalog: &Catalog, name: &str) -> CatalogError {
    let names = (0..catalog.len()).filter_map(|row| catalog.name(row));
    CatalogError::UnknownTarget {
        name: name.to_owned(),
        advice: catalog::nearest_name(name, names)
            .map(|nearest| format!("did you mean {nearest:?}?")),
    }
}

fn check_range(
    expected: &'static str,
    value: f64,
    low: f64,
    high: f64,
) -> Result<(), CatalogError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(CatalogError::Usage {
        given: value.to_string(),
        expected,
    })
}

fn print_json(objects: &[Value], out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, objects)?;
    writeln!(out)
}

fn print_summary(summary: &Summary, sha256: &str, out: &mut impl Write) -> io::Result<()> {
    let skipped = summary.skipped + summary.duplicates;
    writeln!(out, "{:14} {:?}", "catalog", summary.catalog_name)?;
    let rows = counted(summary.rows_in_file, "row");
    writeln!(out, "{:14} {} of {rows}", "targets", summary.rows)?;
    if skipped > 0 {
        let bad = counted(summary.skipped, "bad row");
        let double = counted(summary.duplicates, "duplicate name");
        writeln!(out, "{:14} {bad}, {double}", "left out")?;
    }
    if summary.unreadable_values > 0 {
        let values = counted(summary.unreadable_values, "unreadable number");
        writeln!(out, "{:14} {values}", "taken as none")?;
    }
    if let Some(commented) = summary.commented() {
        writeln!(out, "{:14} {commented}", "comments")?;
    }
    for used in &summary.columns {
        let how = if used.explicit { "" } else { " (recognised)" };
        let role = match json!(used.role) {
            Value::String(role) => role,
            other => other["mag_in"].as_str().unwrap_or_default().to_owned(),
        };
        writeln!(out, "{role:14} column {:?}{how}", used.column)?;
    }
    writeln!(out, "{:14} J{:?}", "epoch", summary.epoch)?;
    if let Some(filter) = &summary.mag_filter {
        writeln!(out, "{:14} {filter:?}", "filter")?;
    }
    for (label, unit, range) in [
        ("RA", "deg", summary.ra_range),
        ("Dec", "deg", summary.dec_range),
        ("magnitude", "mag", summary.mag_range),
    ] {
        if let Some((low, high)) = range {
            writeln!(out, "{label:14} {low} to {high} {unit}")?;
        }
    }
    writeln!(out, "{:14} {sha256}", "content sha256")?;
    summary
        .problems
        .iter()
        .try_for_each(|problem| writeln!(out, "{:14} {}", "problem", printable(problem)))
}

fn print_notes(notes: &Notes, out: &mut impl Write) -> io::Result<()> {
    let query = notes.adql.split_whitespace().collect::<Vec<_>>().join(" ");
    // the query is of the file: escaped, it cannot steer a terminal
    for (label, text) in [
        ("service", &notes.url),
        ("query", &query),
        ("asked", &notes.date.to_string()),
        ("answer sha256", &notes.sha256),
    ] {
        writeln!(out, "{label:14} {}", printable(text))?;
    }
    Ok(())
}

fn print_target(target: &Target, out: &mut impl Write) -> io::Result<()> {
    let Value::Object(fields) = json!(target) else {
        return Ok(());
    };
    for (name, value) in fields {
        writeln!(out, "{name:10} {}", printable(&value.to_string()))?;
    }
    Ok(())
}

fn print_cone(
    targets: impl Iterator<Item = (Target, f64)>,
    out: &mut impl Write,
) -> io::Result<()> {
    let heads = ["row", "separation_arcsec", "ra", "dec", "name"];
    writeln!(
        out,
        "{:>8} {:>18} {:>13} {:>13}  {}",
        heads[0], heads[1], heads[2], heads[3], heads[4]
    )?;
    for (target, separation) in targets {
        // names come from a file: escaped, they cannot steer a terminal
        let name = printable(&target.name);
        let Target { index, ra, dec, .. } = target;
        writeln!(
            out,
            "{index:>8} {separation:>18.6} {ra:>13.8} {dec:>13.8}  {name}"
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn output(words: &[&str]) -> Result<String, Failure> {
        let words = std::iter::once("catalog").chain(words.iter().copied());
        let command = Command::try_parse_from(words)
            .map_err(|error| Failure::Usage(miette::miette!("{error}")))?;
        let mut out = Vec::new();
        let context = Context {
            global: super::super::Global {
                data: None,
                quiet: false,
                verbose: 0,
                color: super::super::Colour::Never,
            },
            registry: std::sync::Arc::new(crate::observatory::Registry::standard()),
            classes: std::sync::Arc::new(crate::analysis::Registry::standard()),
        };
        tokio::runtime::Runtime::new()?.block_on(run(&context, &command.arguments, &mut out))?;
        Ok(String::from_utf8(out).unwrap())
    }

    fn json_output(words: &[&str]) -> Vec<Value> {
        serde_json::from_str(&output(words).unwrap()).unwrap()
    }

    #[test]
    fn what_is_made_can_be_looked_into_and_searched() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("targets.fits");
        let file = file.to_str().unwrap();
        assert_eq!(
            output(&["make", "--rows", "50", "--seed", "1", "-o", file])
                .unwrap()
                .trim(),
            file
        );
        assert_eq!(json_output(&["info", file, "--json"])[0]["rows"], 50);
        let target = &json_output(&["get", file, "--row", "7", "--json"])[0];
        let name = target["name"].as_str().unwrap();
        assert_eq!(json_output(&["get", file, name, "--json"])[0], *target);
        let (ra, dec) = (target["ra"].to_string(), target["dec"].to_string());
        let near = &json_output(&["cone", file, &ra, &dec, "0.001", "--json"])[0];
        assert_eq!(
            (&near["index"], &near["separation_arcsec"]),
            (&json!(7), &json!(0.0))
        );
        assert!(output(&["info", file]).unwrap().contains("50 of 50 rows"));
    }

    #[test]
    fn a_name_that_is_not_there_is_an_error_with_the_nearest_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("targets.csv");
        std::fs::write(&file, "name,ra,dec\nSirius,101.287,-16.716\n").unwrap();
        let error = output(&["get", file.to_str().unwrap(), "Sirus"]).unwrap_err();
        assert!(
            format!("{error:?}").contains("did you mean \\\"Sirius\\\"?"),
            "{error:?}"
        );
        assert!(output(&["cone", file.to_str().unwrap(), "0", "-91", "1"]).is_err());
        assert!(output(&["get", file.to_str().unwrap()]).is_err());
    }
}
