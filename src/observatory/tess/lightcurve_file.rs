//! A light-curve file: what its bytes are, and whether they are whole and of the right star.

use serde_json::{Map, Value, json};

use crate::archive::Verdict;
use crate::fits::{self, FitsError, Header, Unit};
use crate::photometry::{Column, Values};

/// The contents of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LightcurveFile {
    pub(super) primary: Map<String, Value>,
    pub(super) lightcurve: Map<String, Value>,
    /// QLP has none.
    pub(super) aperture: Option<Aperture>,
    pub(super) rows: usize,
    pub(super) columns: Vec<Column>,
    /// Columns that are no numbers by row.
    pub(super) passed_over: Vec<String>,
}

/// Which pixels were collected and summed up.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Aperture {
    header: Map<String, Value>,
    /// Bits of each pixel, row by row.
    pixels: Vec<Vec<i32>>,
}

/// Whether the bytes are a whole light-curve file of that star.
///
/// Whatever is wrong may be right the next time (error pages and mixed-up files come under status 200), so the
/// file is asked for again, within the retries.
pub(super) fn verify(bytes: &[u8], tic: u64) -> Verdict {
    match checked(bytes, tic) {
        Ok(()) => Verdict::Accept,
        Err(reason) => Verdict::Retry(reason),
    }
}

fn checked(bytes: &[u8], tic: u64) -> Result<(), String> {
    let units = fits::units(bytes).map_err(words)?;
    // the sums first: a header that is damaged may name any star
    for unit in &units {
        unit.verify().map_err(words)?;
    }
    let parts = Parts::of(&units)?;
    match tic_of(parts.primary) {
        Some(found) if found == tic => Ok(()),
        Some(found) => Err(format!(
            "the file is of TIC {found}, asked for was TIC {tic}"
        )),
        None => Err(format!(
            "the file does not say whose it is, asked for was TIC {tic}"
        )),
    }
}

fn words(error: FitsError) -> String {
    error.to_string()
}

/// Reads a file; an error says what is wrong with it.
pub(super) fn read(bytes: &[u8]) -> Result<LightcurveFile, String> {
    let units = fits::units(bytes).map_err(words)?;
    let parts = Parts::of(&units)?;
    let table = fits::binary_table(parts.table).map_err(words)?;
    let columns: Vec<Column> = table.columns.into_iter().map(|read| read.column).collect();
    let time = columns.iter().find(|column| column.name == "TIME");
    if !time.is_some_and(|column| matches!(column.values, Values::Float64(_))) {
        return Err("its table has no column of times".to_owned());
    }
    // an aperture of another form is not worth losing a light curve for
    let aperture = parts.aperture.and_then(|unit| {
        let pixels = fits::integer_image(unit).ok()?;
        Some(Aperture {
            header: unit.header.to_json(),
            pixels,
        })
    });
    Ok(LightcurveFile {
        primary: parts.primary.to_json(),
        lightcurve: parts.table.header.to_json(),
        aperture,
        rows: table.rows,
        columns,
        passed_over: table.passed_over,
    })
}

/// The units of a light-curve file.
struct Parts<'a> {
    primary: &'a Header,
    table: &'a Unit<'a>,
    aperture: Option<&'a Unit<'a>>,
}

impl<'a> Parts<'a> {
    fn of(units: &'a [Unit<'a>]) -> Result<Parts<'a>, String> {
        let primary = &units[0].header;
        let announced = primary.integer("NEXTEND").unwrap_or(0);
        if (units.len() as i64) <= announced {
            return Err(format!(
                "{} of {announced} extensions are there",
                units.len() - 1
            ));
        }
        let is_table = |unit: &&Unit| unit.header.text("XTENSION") == Some("BINTABLE");
        let table = units
            .iter()
            .find(|unit| unit.name() == "LIGHTCURVE")
            .filter(is_table)
            .ok_or("it has no table LIGHTCURVE".to_owned())?;
        Ok(Parts {
            primary,
            table,
            aperture: units.iter().find(|unit| unit.name() == "APERTURE"),
        })
    }
}

/// The star that a primary header names.
fn tic_of(primary: &Header) -> Option<u64> {
    let card = primary
        .integer("TICID")
        .and_then(|tic| u64::try_from(tic).ok());
    card.or_else(|| {
        let object = primary.text("OBJECT").or_else(|| primary.text("TICID"))?;
        object.trim_start_matches("TIC").trim().parse().ok()
    })
}

impl LightcurveFile {
    /// What of it goes into `altdata`, beside its rows.
    pub(super) fn describe(&self) -> Map<String, Value> {
        let columns: Vec<Value> = self
            .columns
            .iter()
            .map(|column| json!([column.name, column.unit, column.description]))
            .collect();
        let (header, pixels) = match &self.aperture {
            Some(Aperture { header, pixels }) => (json!(header), json!(pixels)),
            None => (Value::Null, Value::Null),
        };
        let card = |name: &str| self.primary.get(name).cloned().unwrap_or_default();
        let mut map = Map::new();
        map.insert("camera".to_owned(), card("CAMERA"));
        map.insert("ccd".to_owned(), card("CCD"));
        map.insert("rows".to_owned(), json!(self.rows));
        map.insert("columns".to_owned(), json!(columns));
        if !self.passed_over.is_empty() {
            map.insert("passed_over".to_owned(), json!(self.passed_over));
        }
        map.insert("primary_header".to_owned(), json!(self.primary));
        map.insert("lightcurve_header".to_owned(), json!(self.lightcurve));
        map.insert("aperture_header".to_owned(), header);
        map.insert("aperture".to_owned(), pixels);
        map
    }
}
