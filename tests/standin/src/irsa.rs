//! `nph_light_curves`: IRSA's ZTF light-curve service, as documented and as seen in recorded replies.

use std::ops::RangeInclusive;

use crate::http::{HttpRequest, Reply};
use crate::synthetic::Synthetic;
use crate::table::{HEADER, Object, Row};
use crate::votable;

/// Where the service is.
pub(crate) const PATH: &str = "/cgi-bin/ZTF/nph_light_curves";
/// Releases that exist: `ztf_dr1` to this one, and `ztf` behind the login.
const LATEST_RELEASE: u32 = 24;
/// Widest cone (degrees): 600 arcsec.
const WIDEST: f64 = 0.1667;

/// Where the rows come from.
#[derive(Debug)]
pub(crate) enum Holdings {
    Loaded(Vec<Object>),
    Synthetic(Synthetic),
}

impl Holdings {
    fn in_cone(&self, cone: &Cone) -> Vec<Object> {
        match self {
            Holdings::Loaded(objects) => objects
                .iter()
                .filter(|object| cone.holds(object.ra, object.dec))
                .cloned()
                .collect(),
            Holdings::Synthetic(synthetic) => {
                let mut objects = synthetic.near(cone.ra, cone.dec, cone.radius);
                objects.retain(|object| cone.holds(object.ra, object.dec));
                objects
            }
        }
    }

    fn with_ids(&self, ids: &[i64]) -> Vec<Object> {
        match self {
            Holdings::Loaded(objects) => objects
                .iter()
                .filter(|object| ids.contains(&object.oid))
                .cloned()
                .collect(),
            Holdings::Synthetic(synthetic) => {
                ids.iter().filter_map(|id| synthetic.with_id(*id)).collect()
            }
        }
    }
}

/// A circle on the sky, degrees.
struct Cone {
    ra: f64,
    dec: f64,
    radius: f64,
}

impl Cone {
    fn holds(&self, ra: f64, dec: f64) -> bool {
        separation(self.ra, self.dec, ra, dec) <= self.radius
    }
}

/// Angle between two directions, degrees in and out (haversine: good at the small angles of a cone).
pub(crate) fn separation(ra1: f64, dec1: f64, ra2: f64, dec2: f64) -> f64 {
    let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
    let across = dec1.to_radians().cos() * dec2.to_radians().cos() * half(ra2 - ra1);
    let sine = (half(dec2 - dec1) + across).sqrt().min(1.0);
    2.0 * sine.asin().to_degrees()
}

/// What is asked, once understood.
struct Query {
    place: Place,
    filters: Option<Vec<i64>>,
    mag: RangeInclusive<f64>,
    fewest_epochs: usize,
    time: RangeInclusive<f64>,
    bad_catflags_mask: u32,
    format: Format,
    proprietary: bool,
}

enum Place {
    Cone(Cone),
    Ids(Vec<i64>),
}

enum Format {
    Csv,
    Tsv,
    VoTable,
}

/// The reply to one query. Errors are XML with status 200, whatever format was asked.
pub(crate) fn answer(request: &HttpRequest, holdings: &Holdings, signed_on: bool) -> Reply {
    let query = match Query::parse(request) {
        Ok(query) => query,
        Err(words) => return Reply::new(200, "text/xml", votable::error(&words)),
    };
    let mut objects = match &query.place {
        Place::Cone(cone) => holdings.in_cone(cone),
        Place::Ids(ids) => holdings.with_ids(ids),
    };
    objects.sort_by_key(|object| object.oid);
    objects.dedup_by_key(|object| object.oid);
    let mut rows = String::new();
    for object in objects.iter().filter(|object| query.wants(object)) {
        for row in &object.rows {
            // without the rights for the rest, the archive sends the public rows and says nothing
            if query.takes(row) && (!query.proprietary || signed_on || row.programid == 1) {
                rows.push_str(&row.line);
                rows.push('\n');
            }
        }
    }
    match query.format {
        Format::Csv => Reply::new(200, "text/csv; charset=UTF-8", format!("{HEADER}\n{rows}")),
        Format::Tsv => Reply::new(
            200,
            "text/tab-separated-values",
            format!("{HEADER}\n{rows}").replace(',', "\t"),
        ),
        Format::VoTable => Reply::new(
            200,
            "application/x-votable+xml",
            votable::table(HEADER, &rows),
        ),
    }
}

impl Query {
    fn parse(request: &HttpRequest) -> Result<Query, String> {
        let ids = ids(request)?;
        let cone = cone(request)?;
        for word in ["BAND", "BANDNAME", "NOBS_MIN", "MAG"] {
            if !ids.is_empty() && request.parameter(word).is_some() {
                return Err(format!("ID is incompatible with {word}"));
            }
        }
        let place = match (cone, ids.is_empty()) {
            (Some(cone), true) => Place::Cone(cone),
            (None, false) => Place::Ids(ids),
            _ => return Err("one of POS, CIRCLE or ID is required".into()),
        };
        Ok(Query {
            place,
            filters: filters(request)?,
            mag: interval(request, "MAG")?,
            fewest_epochs: number(request, "NOBS_MIN")?.unwrap_or(0),
            time: interval(request, "TIME")?,
            bad_catflags_mask: number(request, "BAD_CATFLAGS_MASK")?.unwrap_or(0),
            format: format(request)?,
            proprietary: collection(request)?,
        })
    }

    fn wants(&self, object: &Object) -> bool {
        let filter = |filters: &Vec<i64>| filters.contains(&object.filter());
        self.filters.as_ref().is_none_or(filter)
            && self.mag.contains(&object.median_mag)
            && object.rows.len() >= self.fewest_epochs
    }

    fn takes(&self, row: &Row) -> bool {
        self.time.contains(&row.mjd) && row.catflags & self.bad_catflags_mask == 0
    }
}

fn ids(request: &HttpRequest) -> Result<Vec<i64>, String> {
    request
        .parameters
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("ID"))
        .flat_map(|(_, value)| value.split(','))
        .map(|id| id.trim().parse().map_err(|_| format!("bad ID {id:?}")))
        .collect()
}

fn cone(request: &HttpRequest) -> Result<Option<Cone>, String> {
    let words: Vec<&str> = match (request.parameter("POS"), request.parameter("CIRCLE")) {
        (Some(pos), _) => match pos.split_whitespace().collect::<Vec<_>>()[..] {
            [shape, ref rest @ ..] if shape.eq_ignore_ascii_case("CIRCLE") => rest.to_vec(),
            _ => return Err("POS: CIRCLE is the only shape".into()),
        },
        (None, Some(circle)) => circle.split_whitespace().collect(),
        (None, None) => return Ok(None),
    };
    let numbers: Vec<f64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    match numbers[..] {
        [ra, dec, radius]
            if words.len() == 3
                && (0.0..360.0).contains(&ra)
                && (-90.0..=90.0).contains(&dec)
                && radius > 0.0
                && radius <= WIDEST =>
        {
            Ok(Some(Cone { ra, dec, radius }))
        }
        _ => Err(format!("bad circle {words:?}")),
    }
}

fn filters(request: &HttpRequest) -> Result<Option<Vec<i64>>, String> {
    let Some(names) = request.parameter("BANDNAME") else {
        return Ok(None);
    };
    let filter = |name: &str| match name.trim() {
        "g" | "1" => Ok(1),
        "r" | "2" => Ok(2),
        "i" | "3" => Ok(3),
        other => Err(format!("bad BANDNAME {other:?}")),
    };
    names
        .split(',')
        .map(filter)
        .collect::<Result<_, _>>()
        .map(Some)
}

/// `lo hi` or one value; `Inf` and `-Inf` are read by Rust's own parser.
fn interval(request: &HttpRequest, name: &str) -> Result<RangeInclusive<f64>, String> {
    let Some(text) = request.parameter(name) else {
        return Ok(f64::NEG_INFINITY..=f64::INFINITY);
    };
    let parsed: Result<Vec<f64>, _> = text.split_whitespace().map(str::parse).collect();
    match parsed.as_deref() {
        Ok([one]) => Ok(*one..=*one),
        Ok([low, high]) => Ok(*low..=*high),
        _ => Err(format!("bad {name} {text:?}")),
    }
}

fn number<T: std::str::FromStr>(request: &HttpRequest, name: &str) -> Result<Option<T>, String> {
    request
        .parameter(name)
        .map(|text| text.parse().map_err(|_| format!("bad {name} {text:?}")))
        .transpose()
}

fn format(request: &HttpRequest) -> Result<Format, String> {
    let name = request.parameter("FORMAT").unwrap_or("VOTABLE");
    match name.to_ascii_uppercase().as_str() {
        "CSV" => Ok(Format::Csv),
        "TSV" => Ok(Format::Tsv),
        "VOTABLE" => Ok(Format::VoTable),
        _ => Err(format!("FORMAT {name:?} is not served")),
    }
}

/// True for the collection behind the login.
fn collection(request: &HttpRequest) -> Result<bool, String> {
    let Some(name) = request.parameter("COLLECTION") else {
        return Ok(false);
    };
    let lower = name.to_ascii_lowercase();
    let release = lower
        .strip_prefix("ztf_dr")
        .and_then(|number| number.parse::<u32>().ok());
    match (lower.as_str(), release) {
        ("ztf", _) => Ok(true),
        (_, Some(1..=LATEST_RELEASE)) => Ok(false),
        _ => Err(format!(
            "COLLECTION {name:?} is not one of the releases held here"
        )),
    }
}
