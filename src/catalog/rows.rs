//! From the columns of a file to a catalog: which rows are good, and what their numbers are.
//!
//! A row needs a name and a position. RA within [-180, 0) is taken as the same direction in [180, 360), and
//! 360 as 0; what else is outside [0, 360) or [-90, 90] is bad. Names lose the blanks around them; an empty
//! name, `null` and `nan` are no names, and one with a NUL character or above 2000 bytes cannot be kept.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use super::columns::{Mapping, Role};
use super::list::Numbers;
use super::reader::{Cells, RawTable};
use super::strings::{Names, Strings};
use super::summary::range;
use super::{Catalog, CatalogError, CatalogParameters, Summary, sexagesimal};
use crate::sky;

/// So many problems are told; all are counted.
const PROBLEMS_TOLD: usize = 20;

/// Bytes of the longest name that a database can look up.
const LONGEST_NAME: usize = 2_000;

/// The catalog of a table; with `strict`, an error if any of its rows is bad.
pub(super) fn catalog(
    raw: &RawTable,
    mapping: &Mapping,
    file: &Path,
    parameters: &CatalogParameters,
) -> Result<Catalog, CatalogError> {
    check_size(raw, file)?;
    let mut complaints = Complaints::new(raw);
    let columns = Columns::of(raw, mapping, file)?;
    let (names, positions, kept) = good_rows(&columns, &mut complaints);
    let numbers = numbers(raw, mapping, positions, &kept, &mut complaints);
    if parameters.strict && complaints.count() > 0 {
        return Err(CatalogError::BadRows {
            file: file.to_owned(),
            count: complaints.count(),
            listed: complaints.told,
        });
    }
    let aliases = mapping.place(&Role::Alias).map(|place| {
        kept.iter()
            .map(|&row| name(&raw.columns[place], row).unwrap_or_default())
            .collect::<Strings>()
    });
    let ids = object_numbers(raw, mapping, &kept);
    let mag_filter = parameters
        .mag_filter_name
        .clone()
        .or_else(|| mapping.filter_of_mag().map(str::to_owned));
    let summary = Summary {
        catalog_name: parameters.catalog_name().unwrap_or_default(),
        file: Some(file.to_owned()),
        rows: kept.len(),
        rows_in_file: raw.rows,
        skipped: complaints.skipped,
        duplicates: complaints.duplicates,
        unreadable_values: complaints.unreadable,
        commented_rows: raw.commented.lines,
        first_commented_line: raw.commented.first,
        problems: complaints.told,
        columns: mapping.uses.clone(),
        epoch: parameters.catalog_observation_year.unwrap_or(2000.0),
        mag_filter: mag_filter.clone(),
        ra_range: range(&numbers.ra),
        dec_range: range(&numbers.dec),
        mag_range: range(&numbers.mag),
    };
    Ok(Catalog {
        names,
        numbers,
        aliases,
        ids,
        mag_filter,
        summary,
        sky: OnceLock::new(),
    })
}

fn check_size(raw: &RawTable, file: &Path) -> Result<(), CatalogError> {
    if let Some(short) = raw.columns.iter().find(|column| column.len() != raw.rows) {
        let problem = format!("a column has {} rows instead of {}", short.len(), raw.rows);
        return Err(CatalogError::malformed(file, "its columns", problem));
    }
    // rows are indexed with 32 bits
    if raw.rows as u64 >= u64::from(u32::MAX) {
        return Err(CatalogError::TooManyRows {
            file: file.to_owned(),
            rows: raw.rows as u64,
            limit: u64::from(u32::MAX),
        });
    }
    Ok(())
}

/// The columns that make a row good or bad.
struct Columns<'a> {
    raw: &'a RawTable,
    name: &'a Cells,
    ra: &'a Cells,
    dec: &'a Cells,
    ra_in_degrees: f64,
    dec_in_degrees: f64,
}

impl<'a> Columns<'a> {
    fn of(raw: &'a RawTable, mapping: &Mapping, file: &Path) -> Result<Columns<'a>, CatalogError> {
        let place = |role: &Role| {
            mapping
                .place(role)
                .expect("choosing fails without the required columns")
        };
        let (name, ra, dec) = (place(&Role::Name), place(&Role::Ra), place(&Role::Dec));
        if matches!(raw.columns[name], Cells::Float(_)) {
            return Err(CatalogError::InexactNames {
                file: file.to_owned(),
                column: mapping.uses[0].column.clone(),
                found: "floating-point numbers",
            });
        }
        Ok(Columns {
            raw,
            name: &raw.columns[name],
            ra: &raw.columns[ra],
            dec: &raw.columns[dec],
            ra_in_degrees: degrees_in(&mapping.units[ra]),
            dec_in_degrees: degrees_in(&mapping.units[dec]),
        })
    }

    /// RA and Dec (deg) of a row, or why it has none.
    fn position(&self, row: usize) -> Result<(f64, f64), String> {
        let ra = coordinate(
            self.ra,
            row,
            self.ra_in_degrees,
            sexagesimal::right_ascension,
        )
        .map_err(|text| format!("RA is {text}"))?;
        let dec = coordinate(self.dec, row, self.dec_in_degrees, sexagesimal::declination)
            .map_err(|text| format!("Dec is {text}"))?;
        if !(-180.0..=360.0).contains(&ra) {
            return Err(format!("RA is {ra}, outside 0 to 360"));
        }
        if !(-90.0..=90.0).contains(&dec) {
            return Err(format!("Dec is {dec}, outside -90 to 90"));
        }
        Ok((sky::normalize_ra(ra), dec))
    }
}

/// Degrees in one unit of a column; a unit that is not known, or none, is taken for degrees.
fn degrees_in(unit: &str) -> f64 {
    match unit.trim().to_lowercase().as_str() {
        "rad" | "radian" | "radians" => 1f64.to_degrees(),
        "h" | "hr" | "hour" | "hours" | "hourangle" => 15.0,
        _ => 1.0,
    }
}

fn coordinate(
    cells: &Cells,
    row: usize,
    degrees: f64,
    sexagesimal: impl Fn(&str) -> Option<f64>,
) -> Result<f64, String> {
    if let Some(value) = number(cells, row).unwrap_or(None) {
        return Ok(value * degrees);
    }
    match cells {
        Cells::Text(texts) if !texts.get(row).trim().is_empty() => {
            let text = texts.get(row);
            sexagesimal(text).ok_or_else(|| format!("{text:?}, not a coordinate"))
        }
        _ => Err("missing".to_owned()),
    }
}

/// RA and Dec (deg) by row.
type Positions = (Vec<f64>, Vec<f64>);

/// Names and positions of the good rows, and which rows of the file they are.
fn good_rows(columns: &Columns, complaints: &mut Complaints) -> (Names, Positions, Vec<usize>) {
    let mut names = Names::default();
    let mut positions = Positions::default();
    let mut kept: Vec<usize> = Vec::with_capacity(columns.raw.rows);
    for row in 0..columns.raw.rows {
        if let Some(reason) = columns.raw.reason(row) {
            complaints.skip(row, || reason.to_owned());
            continue;
        }
        let Some(name) = name(columns.name, row) else {
            complaints.skip(row, || "it has no name".to_owned());
            continue;
        };
        if let Some(problem) = why_not_kept(&name) {
            complaints.skip(row, || problem.clone());
            continue;
        }
        let (ra, dec) = match columns.position(row) {
            Ok(position) => position,
            Err(problem) => {
                complaints.skip(row, || format!("{name:?}: {problem}"));
                continue;
            }
        };
        match names.push(&name) {
            Ok(()) => {
                positions.0.push(ra);
                positions.1.push(dec);
                kept.push(row);
            }
            Err(first) => complaints.duplicate(row, &name, kept[first]),
        }
    }
    (names, positions, kept)
}

/// Why a name cannot be kept in every place where names are kept.
fn why_not_kept(name: &str) -> Option<String> {
    if name.contains('\0') {
        return Some(format!("{name:?} has a NUL character"));
    }
    let length = name.len();
    (length > LONGEST_NAME).then(|| {
        let begin: String = name.chars().take(20).collect();
        format!("the name {begin:?}… has {length} bytes, more than {LONGEST_NAME}")
    })
}

/// Name in a cell without the blanks around it; none if it is missing.
fn name(cells: &Cells, row: usize) -> Option<Cow<'_, str>> {
    match cells {
        Cells::Integer(values) => values[row].map(|value| Cow::Owned(value.to_string())),
        Cells::Unsigned(values) => values[row].map(|value| Cow::Owned(value.to_string())),
        Cells::Float(values) => Some(Cow::Owned(values[row].to_string())),
        Cells::Text(texts) => {
            let text = texts.get(row).trim();
            let is_missing = text.is_empty()
                || text.eq_ignore_ascii_case("null")
                || text.eq_ignore_ascii_case("nan");
            (!is_missing).then_some(Cow::Borrowed(text))
        }
    }
}

/// The objects' numbers in other numberings; a column without any is left out, so that it does not count as content.
fn object_numbers(raw: &RawTable, mapping: &Mapping, kept: &[usize]) -> BTreeMap<String, Strings> {
    let mut ids = BTreeMap::new();
    for used in &mapping.uses {
        let (Role::Id(kind), Some(place)) = (&used.role, mapping.place(&used.role)) else {
            continue;
        };
        let cells = &raw.columns[place];
        let numbers: Strings = kept.iter().map(|&row| object_number(cells, row)).collect();
        if numbers.iter().any(|number| !number.is_empty()) {
            ids.insert(kind.clone(), numbers);
        }
    }
    ids
}

/// Object number in a cell; empty if it is missing. A table with gaps may keep whole numbers as floats.
fn object_number(cells: &Cells, row: usize) -> Cow<'_, str> {
    // above 2^53 a float has lost digits, and would name another object
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match cells {
        Cells::Float(values) if values[row].fract() != 0.0 || values[row].abs() > EXACT => {
            Cow::Borrowed("")
        }
        cells => name(cells, row).unwrap_or_default(),
    }
}

/// Number in a cell, none if it is missing; an error if it is text that is no number.
fn number(cells: &Cells, row: usize) -> Result<Option<f64>, &str> {
    Ok(match cells {
        Cells::Float(values) => Some(values[row]),
        Cells::Integer(values) => values[row].map(|value| value as f64),
        Cells::Unsigned(values) => values[row].map(|value| value as f64),
        Cells::Text(texts) => match texts.get(row).trim() {
            "" | "-" | "--" | "null" | "NULL" | "None" | "NA" | "N/A" | "<NA>" => None,
            text => Some(text.parse::<f64>().map_err(|_| text)?),
        },
    }
    .filter(|value| value.is_finite()))
}

fn numbers(
    raw: &RawTable,
    mapping: &Mapping,
    (ra, dec): Positions,
    kept: &[usize],
    complaints: &mut Complaints,
) -> Numbers {
    let mut column = |role: &Role| -> Vec<f64> {
        let Some(place) = mapping.place(role) else {
            return Vec::new();
        };
        let value = |&row: &usize| match number(&raw.columns[place], row) {
            Ok(value) => value.unwrap_or(f64::NAN),
            Err(text) => {
                complaints.unreadable(row, role, text);
                f64::NAN
            }
        };
        kept.iter().map(value).collect()
    };
    let mut numbers = Numbers {
        ra,
        dec,
        pmra: column(&Role::PmRa),
        pmdec: column(&Role::PmDec),
        parallax: column(&Role::Parallax),
        mag: column(&Role::Mag),
        mag_err: column(&Role::MagError),
        mags: BTreeMap::new(),
    };
    for used in &mapping.uses {
        if let Role::MagIn(filter) = &used.role {
            numbers.mags.insert(filter.clone(), column(&used.role));
        }
    }
    numbers
}

impl RawTable {
    /// Why a row is not whole, if its reader said so.
    fn reason(&self, row: usize) -> Option<&str> {
        let place = self
            .broken
            .binary_search_by_key(&row, |(row, _)| *row)
            .ok()?;
        Some(&self.broken[place].1)
    }
}

/// What is wrong with rows: all counted, the first ones told.
struct Complaints<'a> {
    raw: &'a RawTable,
    skipped: usize,
    duplicates: usize,
    unreadable: usize,
    told: Vec<String>,
}

impl<'a> Complaints<'a> {
    fn new(raw: &'a RawTable) -> Complaints<'a> {
        Complaints {
            raw,
            skipped: 0,
            duplicates: 0,
            unreadable: 0,
            told: Vec::new(),
        }
    }

    fn count(&self) -> usize {
        self.skipped + self.duplicates + self.unreadable
    }

    fn skip(&mut self, row: usize, reason: impl Fn() -> String) {
        self.skipped += 1;
        self.tell(row, reason);
    }

    fn duplicate(&mut self, row: usize, name: &str, first: usize) {
        self.duplicates += 1;
        self.tell(row, || {
            format!("{name:?} is the name of row {} too", first + 1)
        });
    }

    fn unreadable(&mut self, row: usize, role: &Role, text: &str) {
        self.unreadable += 1;
        self.tell(row, || format!("{role:?} is {text:?}, not a number"));
    }

    fn tell(&mut self, row: usize, reason: impl Fn() -> String) {
        if self.told.len() < PROBLEMS_TOLD {
            let line = self
                .raw
                .lines
                .as_ref()
                .map(|lines| format!(" (line {})", lines[row]));
            self.told.push(format!(
                "row {}{}: {}",
                row + 1,
                line.unwrap_or_default(),
                reason()
            ));
        }
    }
}
