//! Observations and products as the portal lists them, with the irregularities that were recorded.

use serde_json::{Value, json};

use super::holdings::{Curve, Mast};
use super::tables::{Field, Row, number, row};
use crate::random::draw;
use crate::tess::star::{Pipeline, TessStar};
use crate::tess::uris;

/// Columns of an observation, with the types that the server declares.
pub(crate) const OBSERVATION: [Field; 33] = [
    ("intentType", "string"),
    ("obs_collection", "string"),
    ("provenance_name", "string"),
    ("instrument_name", "string"),
    ("project", "string"),
    ("filters", "string"),
    ("wavelength_region", "string"),
    ("target_name", "string"),
    ("target_classification", "string"),
    ("obs_id", "string"),
    ("s_ra", "float"),
    ("s_dec", "float"),
    ("dataproduct_type", "string"),
    ("proposal_pi", "string"),
    ("calib_level", "int"),
    ("t_min", "float"),
    ("t_max", "float"),
    ("t_exptime", "float"),
    ("em_min", "float"),
    ("em_max", "float"),
    ("obs_title", "string"),
    ("t_obs_release", "float"),
    ("proposal_id", "string"),
    ("proposal_type", "string"),
    ("sequence_number", "int"),
    ("s_region", "string"),
    ("jpegURL", "string"),
    ("dataURL", "string"),
    ("dataRights", "string"),
    ("mtFlag", "boolean"),
    ("srcDen", "float"),
    ("obsid", "string"),
    ("objID", "string"),
];

/// Columns of a product.
pub(crate) const PRODUCT: [Field; 20] = [
    ("obsID", "string"),
    ("obs_collection", "string"),
    ("dataproduct_type", "string"),
    ("obs_id", "string"),
    ("description", "string"),
    ("type", "string"),
    ("dataURI", "string"),
    ("productType", "string"),
    ("productGroupDescription", "string"),
    ("productSubGroupDescription", "string"),
    ("productDocumentationURL", "string"),
    ("project", "string"),
    ("prvversion", "string"),
    ("proposal_id", "string"),
    ("productFilename", "string"),
    ("size", "int"),
    ("parent_obsid", "string"),
    ("dataRights", "string"),
    ("calib_level", "int"),
    ("filters", "string"),
];

/// BTJD to MJD.
const TO_MJD: f64 = 56_999.5;

/// All observations: light curves, data validation, an unknown team's light curve and full-frame images.
pub(crate) fn observations(mast: &Mast) -> Vec<Row> {
    let mut rows: Vec<Row> = mast
        .stars
        .values()
        .flat_map(|star| of_star(mast, star))
        .collect();
    let mut sectors: Vec<(u32, i64)> = mast
        .curves
        .values()
        .flatten()
        .map(|curve| (curve.sector, curve.span.0 as i64))
        .collect();
    sectors.sort_unstable();
    sectors.dedup_by_key(|(sector, _)| *sector);
    rows.extend(sectors.into_iter().flat_map(full_frames));
    rows
}

/// Observations of one star.
pub(crate) fn of_star(mast: &Mast, star: &TessStar) -> Vec<Row> {
    let curves = mast.curves.get(&star.tic).map_or(&[][..], Vec::as_slice);
    let mut rows: Vec<Row> = curves
        .iter()
        .map(|curve| light_curve(star, curve))
        .collect();
    rows.extend(validation(star, curves));
    rows.extend(curves.first().map(|first| unknown_team(star, first)));
    rows
}

/// A number for an observation; real ones have eight or nine digits.
fn obsid(uri: &str) -> u64 {
    60_000_000 + draw(0, &[uri.as_bytes()]) % 900_000_000
}

/// What all observations have; `place` is that of the star (degrees).
fn observation(
    obs_id: &str,
    (ra, dec): (f64, f64),
    span: (f64, f64),
) -> Vec<(&'static str, Value)> {
    let key = draw(1, &[obs_id.as_bytes()]);
    let frame = if key.is_multiple_of(2) { "ICRS " } else { "" };
    vec![
        ("intentType", json!("science")),
        ("instrument_name", json!("Photometer")),
        ("project", json!("TESS")),
        ("filters", json!("TESS")),
        // seen in both spellings
        (
            "wavelength_region",
            json!(if key.is_multiple_of(3) {
                "OPTICAL"
            } else {
                "Optical"
            }),
        ),
        ("obs_id", json!(obs_id)),
        ("s_ra", number(ra)),
        ("s_dec", number(dec)),
        ("dataproduct_type", json!("timeseries")),
        ("calib_level", json!(3)),
        ("t_min", number(span.0 + TO_MJD)),
        ("t_max", number(span.1 + TO_MJD)),
        ("em_min", json!(600)),
        ("em_max", json!(1000)),
        ("t_obs_release", number((span.1 + TO_MJD).ceil() + 33.0)),
        (
            "s_region",
            json!(format!("CIRCLE {frame}{ra:.8} {dec:.8} 0.00138889")),
        ),
        ("dataRights", json!("PUBLIC")),
        ("mtFlag", json!(false)),
        ("obsid", json!(obsid(obs_id))),
        // declared as text, sent as numbers, and beyond what a double holds
        ("objID", json!(9_007_199_254_740_993 + (key >> 40))),
    ]
}

fn light_curve(star: &TessStar, curve: &Curve) -> Row {
    let name = curve.uri.rsplit('/').next().unwrap_or_default();
    let obs_id = match curve.pipeline {
        Pipeline::Spoc => name.trim_end_matches("_lc.fits").to_owned(),
        Pipeline::SpocFast => name.trim_end_matches("-lc.fits").to_owned(),
        // the observation is named after its target-pixel file
        Pipeline::TessSpoc => format!("{}_tp", name.trim_end_matches("_lc.fits")),
        Pipeline::Qlp => name.trim_end_matches(".fits").to_owned(),
    };
    let mut values = observation(&obs_id, (star.ra, star.dec), curve.span);
    values.extend([
        ("target_name", json!(star.tic.to_string())),
        ("t_exptime", number(curve.cadence)),
        ("sequence_number", json!(curve.sector)),
        ("dataURL", json!(curve.uri)),
    ]);
    values.extend(match curve.pipeline {
        Pipeline::Spoc | Pipeline::SpocFast => spoc(),
        Pipeline::TessSpoc => delivered("TESS-SPOC", "Douglas A. Caldwell"),
        Pipeline::Qlp => delivered("QLP", "Chelsea X. Huang"),
    });
    if curve.pipeline == Pipeline::Qlp && curve.sector % 2 == 1 {
        values.push(("instrument_name", json!("")));
    }
    row(&OBSERVATION, values)
}

fn spoc() -> Vec<(&'static str, Value)> {
    vec![
        ("obs_collection", json!("TESS")),
        ("provenance_name", json!("SPOC")),
        ("proposal_pi", json!("Ricker, George")),
        ("proposal_id", json!("G03278")),
    ]
}

fn delivered(team: &str, person: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("obs_collection", json!("HLSP")),
        ("provenance_name", json!(team)),
        ("proposal_pi", json!(person)),
        ("proposal_id", json!("N/A")),
        ("calib_level", json!(4)),
    ]
}

/// The validation of all 120-s sectors: its file is no light curve, and is not held here.
fn validation(star: &TessStar, curves: &[Curve]) -> Option<Row> {
    let spoc = || curves.iter().filter(|c| c.pipeline == Pipeline::Spoc);
    let first = spoc().min_by_key(|c| c.sector)?;
    let last = spoc().max_by_key(|c| c.sector)?;
    let uri = uris::validation(star.tic, first.sector, last.sector, first.span.0);
    let name = uri.rsplit('/').next().unwrap_or_default();
    let obs_id = name.trim_end_matches("-00471_dvt.fits");
    let mut values = observation(obs_id, (star.ra, star.dec), (first.span.0, last.span.1));
    values.extend(spoc_values(star, 120.0, last.sector, &uri));
    Some(row(&OBSERVATION, values))
}

fn spoc_values(
    star: &TessStar,
    cadence: f64,
    sector: u32,
    uri: &str,
) -> Vec<(&'static str, Value)> {
    let mut values = spoc();
    values.extend([
        ("target_name", json!(star.tic.to_string())),
        ("t_exptime", number(cadence)),
        ("sequence_number", json!(sector)),
        ("dataURL", json!(uri)),
    ]);
    values
}

/// A light curve in a format of its own, over many sectors; its file is not held here.
fn unknown_team(star: &TessStar, curve: &Curve) -> Row {
    let uri = uris::diamante(star.tic);
    let name = uri.rsplit('/').next().unwrap_or_default();
    let mut values = observation(
        name.trim_end_matches("_llc.fits"),
        (star.ra, star.dec),
        curve.span,
    );
    values.extend(delivered("DIAMANTE", "Marco Montalto"));
    values.extend([
        ("target_name", json!(star.tic.to_string())),
        ("t_exptime", json!(1800)),
        ("sequence_number", json!(curve.sector)),
        ("dataURL", json!(uri)),
    ]);
    row(&OBSERVATION, values)
}

/// Four of the images of a sector: they are in every reply that asks for neither a target nor a kind of data.
fn full_frames((sector, begin): (u32, i64)) -> impl Iterator<Item = Row> {
    (1..=4).map(move |camera| {
        let begin = begin as f64;
        let obs_id = format!("tess-s{sector:04}-{camera}-1");
        let mut values = observation(&obs_id, (0.0, 0.0), (begin, begin + 27.0));
        values.extend(spoc());
        values.extend([
            ("target_name", json!("TESS FFI")),
            ("dataproduct_type", json!("image")),
            ("t_exptime", number(1425.6)),
            ("sequence_number", json!(sector)),
        ]);
        row(&OBSERVATION, values)
    })
}

/// Products of some observations: the light curve, and the pixels that it was made of.
pub(crate) fn products(mast: &Mast, obsids: &[&str]) -> Vec<Row> {
    observations(mast)
        .into_iter()
        .filter(|row| obsids.contains(&row["obsid"].to_string().as_str()))
        .filter_map(|row| {
            let uri = row["dataURL"].as_str()?.to_owned();
            Some((row, uri))
        })
        .flat_map(|(observation, uri)| {
            let size = mast.files.get(&uri).map_or(0, |file| file.contents.len());
            let mut rows = vec![product(&observation, &uri, "Light curves", "LC", size)];
            if observation["provenance_name"] == "SPOC" && uri.ends_with("_lc.fits") {
                let pixels = uri.replace("_lc.fits", "_tp.fits");
                rows.push(product(
                    &observation,
                    &pixels,
                    "Target pixel files",
                    "TP",
                    24 * size,
                ));
            }
            rows
        })
        .collect()
}

fn product(observation: &Row, uri: &str, description: &str, group: &str, size: usize) -> Row {
    let same = |name: &str| observation[name].clone();
    let is_spoc = observation["provenance_name"] == "SPOC";
    row(
        &PRODUCT,
        [
            // the same number under another name than in the table of observations
            ("obsID", same("obsid")),
            ("obs_collection", same("obs_collection")),
            ("dataproduct_type", same("dataproduct_type")),
            ("obs_id", same("obs_id")),
            (
                "description",
                json!(if is_spoc { description } else { "FITS" }),
            ),
            ("type", json!(if is_spoc { "S" } else { "D" })),
            ("dataURI", json!(uri)),
            ("productType", json!("SCIENCE")),
            (
                "productGroupDescription",
                json!("Minimum Recommended Products"),
            ),
            (
                "productSubGroupDescription",
                if is_spoc { json!(group) } else { Value::Null },
            ),
            ("project", same("provenance_name")),
            ("proposal_id", same("proposal_id")),
            ("productFilename", json!(uri.rsplit('/').next())),
            ("size", json!(size)),
            ("parent_obsid", same("obsid")),
            ("dataRights", json!("PUBLIC")),
            ("calib_level", same("calib_level")),
            ("filters", json!("TESS")),
        ],
    )
}
