//! All that came for a target, in one: rows of the products, and what is known of each.

use serde_json::{Map, Value, json};

use super::identify::Identity;
use super::joined::{self, Part};
use super::products::{Choice, Chosen, Product};
use super::{NAME, lightcurve_file, reduce, unusable};
use crate::archive::Verdict;
use crate::observatory::FetchError;
use crate::parameters::sha256_hex;
use crate::photometry::{RawPhotometry, TimeColumn};
use crate::time::SECONDS_IN_A_DAY;

/// A version of a file, as the archive gave it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Version<'a> {
    pub(super) etag: Option<&'a str>,
    pub(super) bytes: &'a [u8],
}

/// What became of a product.
#[derive(Debug)]
pub(super) enum Outcome {
    New(Part),
    Same(Part),
    /// The archive lists it and does not have it.
    Missing(String, FetchError),
}

pub(super) fn is_of(part: &Part, uri: &str) -> bool {
    part.record.get("uri").and_then(Value::as_str) == Some(uri)
}

pub(super) fn is_unchanged(outcomes: &[Outcome], earlier: &[Part]) -> bool {
    let mut same = 0;
    for outcome in outcomes {
        match outcome {
            Outcome::New(_) => return false,
            Outcome::Same(_) => same += 1,
            Outcome::Missing(..) => {}
        }
    }
    same == earlier.len()
}

pub(super) fn identity_of(previous: &RawPhotometry) -> Option<Identity> {
    let tic = previous.altdata.get("TICID")?.as_u64()?;
    let record = previous.altdata.get("identification")?.clone();
    Some(Identity { tic, record })
}

/// The rows of a file, with all that is to be known of it.
pub(super) fn part(chosen: &Chosen, version: Version<'_>) -> Result<Part, String> {
    let product = &chosen.product;
    let contents = lightcurve_file::read(version.bytes)?;
    let step = contents.lightcurve.get("TIMEDEL").and_then(Value::as_f64);
    // to the millisecond: the headers have the last digits wrong
    let cadence = step.map(|days| (days * SECONDS_IN_A_DAY * 1000.0).round() / 1000.0);
    let record = json!({
        "uri": product.uri,
        "product": product.pipeline,
        "fast": product.fast,
        "sector": product.sector,
        "tic": product.tic,
        "cadence": cadence,
        "why": chosen.why,
        "etag": version.etag,
        "sha256": sha256_hex(version.bytes),
        "length": version.bytes.len(),
    });
    let mut record = match record {
        Value::Object(record) => record,
        _ => Map::new(),
    };
    record.extend(contents.describe());
    Ok(Part {
        record,
        sector: product.sector,
        rows: contents.rows,
        columns: contents.columns,
    })
}

/// The rows of all products, in the order of the choice.
pub(super) fn photometry(
    source_name: &str,
    identity: Identity,
    choice: &Choice,
    outcomes: Vec<Outcome>,
) -> Result<RawPhotometry, FetchError> {
    let mut parts = Vec::new();
    let mut missing = Vec::new();
    let mut first_error = None;
    for outcome in outcomes {
        match outcome {
            Outcome::New(part) | Outcome::Same(part) => parts.push(part),
            Outcome::Missing(uri, error) => {
                missing.push(json!({"uri": uri, "why": error.to_string()}));
                first_error.get_or_insert(error);
            }
        }
    }
    if let (true, Some(error)) = (parts.is_empty(), first_error) {
        return Err(error);
    }
    let (table, records) = joined::table(parts).map_err(|problem| {
        unusable(
            "several files",
            format!("they do not fit together: {problem}"),
        )
    })?;
    let left_out = choice
        .left_out
        .iter()
        .map(|(uri, why)| json!({"uri": uri, "why": why}));
    let altdata = json!({
        "TICID": identity.tic,
        "filter": "TESS",
        "identification": identity.record,
        "left_out": left_out.collect::<Vec<_>>(),
        "missing": missing,
        "products": records,
    });
    Ok(RawPhotometry {
        observatory: NAME.to_owned(),
        source_name: source_name.to_owned(),
        time: Some(TimeColumn {
            name: "TIME".to_owned(),
            frame: reduce::RAW_FRAME,
        }),
        table,
        altdata: match altdata {
            Value::Object(altdata) => altdata,
            _ => Map::new(),
        },
    })
}

/// The same rows, taken now for this reason.
pub(super) fn chosen_again(before: &Part, chosen: &Chosen) -> Part {
    let mut part = before.clone();
    part.record.insert("why".to_owned(), json!(chosen.why));
    part
}

/// Raw photometry of files that did not come through the archive.
pub(super) fn of_files(
    source_name: &str,
    files: &[(&str, &[u8])],
) -> Result<RawPhotometry, FetchError> {
    let mut outcomes = Vec::new();
    let mut star = None;
    for (uri, bytes) in files {
        let product = Product::of(uri)
            .ok_or_else(|| unusable(uri, "it is not named like a light curve".to_owned()))?;
        let tic = *star.get_or_insert(product.tic);
        match lightcurve_file::verify(bytes, tic) {
            Verdict::Accept => {}
            Verdict::Retry(why) | Verdict::Refuse(why) | Verdict::Unauthorised(why) => {
                return Err(unusable(uri, why));
            }
        }
        let chosen = Chosen {
            product,
            why: "it was at hand".to_owned(),
        };
        let version = Version { etag: None, bytes };
        let part = part(&chosen, version).map_err(|problem| unusable(uri, problem))?;
        outcomes.push(Outcome::New(part));
    }
    let Some(tic) = star else {
        return Err(unusable("no file", "there is nothing to read".to_owned()));
    };
    let record = json!({"tic": tic, "found_by": "the headers of the files"});
    let identity = Identity { tic, record };
    photometry(source_name, identity, &Choice::default(), outcomes)
}
