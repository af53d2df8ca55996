//! `/api/v0/invoke`: a request in JSON, a page of rows, and a status of its own below HTTP's 200.

use serde_json::{Value, json};

use super::holdings::Mast;
use super::tables::{Field, Row, select};
use super::{caom, filters, tic};
use crate::faults::Fault;
use crate::http::{HttpRequest, Reply};
use crate::irsa::separation;

/// Where the service is.
pub(crate) const PATH: &str = "/api/v0/invoke";
/// Rows of a page unless the request says otherwise.
const PAGE_SIZE: u64 = 50_000;

/// The whole result of a search, before it is cut into pages.
struct Found {
    fields: Vec<Field>,
    rows: Vec<Row>,
}

/// What the portal says to one request; `fault` is one of its own kind.
pub(crate) fn answer(request: &HttpRequest, mast: &mut Mast, fault: Option<Fault>) -> Reply {
    let text = request.parameter("request").unwrap_or_default();
    let Ok(call) = serde_json::from_str::<Value>(text) else {
        return error("Invalid Json request");
    };
    match fault {
        Some(Fault::PortalError) => {
            return error(
                "Cannot continue the execution because the session is in the kill state.",
            );
        }
        Some(Fault::PageError) => return error("Timeout Expired. The timeout period elapsed."),
        Some(Fault::Executing) => return executing(),
        _ => {}
    }
    let said = mast.executed.entry(text.to_owned()).or_default();
    if *said < mast.executing {
        *said += 1;
        return executing();
    }
    let service = call["service"].as_str().unwrap_or_default();
    if service.eq_ignore_ascii_case("Mast.Name.Lookup") {
        return json_reply(name_lookup(&call["params"], mast).to_string());
    }
    match find(service, &call["params"], mast) {
        Ok(found) => {
            let page = page(&call, found, fault == Some(Fault::DuplicateRows));
            json_reply(spoiled(page, fault))
        }
        Err(words) => error(&words),
    }
}

/// The request without what differs between two that are the same.
pub(crate) fn identity(request: &HttpRequest) -> String {
    let text = request.parameter("request").unwrap_or_default();
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(mut call)) => {
            call.remove("cacheBreaker");
            Value::Object(call).to_string()
        }
        _ => text.to_owned(),
    }
}

/// The page that is asked for, the first if none is.
pub(crate) fn page_of(request: &HttpRequest) -> u64 {
    let text = request.parameter("request").unwrap_or_default();
    serde_json::from_str::<Value>(text).map_or(1, |call| call["page"].as_u64().unwrap_or(1))
}

fn find(service: &str, params: &Value, mast: &Mast) -> Result<Found, String> {
    let columns = params["columns"].as_str().unwrap_or("*");
    match service.to_ascii_lowercase().as_str() {
        "mast.caom.filtered" => {
            let rows = candidates(params, mast);
            filtered(&caom::OBSERVATION, rows, columns, &params["filters"])
        }
        "mast.caom.filtered.position" => {
            let cone = position(params)?;
            let fields = [&caom::OBSERVATION[..], &[("distance", "float")]].concat();
            let rows = around(candidates(params, mast), cone);
            filtered(&fields, rows, columns, &params["filters"])
        }
        "mast.caom.cone" => {
            let cone = center(params)?;
            let fields = [&caom::OBSERVATION[..], &[("distance", "float")]].concat();
            let rows = around(caom::observations(mast), cone);
            Ok(Found { fields, rows })
        }
        "mast.caom.products" => {
            let ids = match &params["obsid"] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let ids: Vec<&str> = ids.split(',').map(str::trim).collect();
            Ok(Found {
                fields: caom::PRODUCT.to_vec(),
                rows: caom::products(mast, &ids),
            })
        }
        "mast.catalogs.tic.cone" => {
            let (ra, dec, radius) = center(params)?;
            Ok(Found {
                fields: tic::FIELDS.to_vec(),
                rows: tic::cone(mast, ra, dec, radius),
            })
        }
        "mast.catalogs.filtered.tic.rows" => {
            rows_only(columns)?;
            let filters = &params["filters"];
            filtered(&tic::FIELDS, tic::rows(mast), columns, filters)
        }
        "mast.catalogs.filtered.tic.position.rows" => {
            rows_only(columns)?;
            let (ra, dec, radius) = center(params)?;
            let rows = tic::cone(mast, ra, dec, radius);
            filtered(&tic::FIELDS, rows, columns, &params["filters"])
        }
        _ => Err(format!("Service {service} is not known")),
    }
}

/// Observations to be filtered; those of one star if the filters name it, which is all they would leave.
fn candidates(params: &Value, mast: &Mast) -> Vec<Row> {
    let named = params["filters"].as_array().and_then(|filters| {
        let target = filters
            .iter()
            .find(|filter| filter["paramName"] == "target_name")?;
        match target["values"].as_array()?.as_slice() {
            [one] if target["freeText"].is_null() => one.as_str()?.parse::<u64>().ok(),
            _ => None,
        }
    });
    match named {
        Some(tic) => mast
            .stars
            .get(&tic)
            .map_or(Vec::new(), |star| caom::of_star(mast, star)),
        None => caom::observations(mast),
    }
}

fn filtered(
    fields: &[Field],
    rows: Vec<Row>,
    columns: &str,
    wanted: &Value,
) -> Result<Found, String> {
    let known: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let rows = filters::apply(rows, wanted, &known)?;
    if columns.trim() == "COUNT_BIG(*)" {
        let count = json!({ "Column1": rows.len() });
        return Ok(Found {
            fields: vec![("Column1", "string")],
            rows: count.as_object().cloned().into_iter().collect(),
        });
    }
    let fields = select(fields, columns)?;
    Ok(Found { fields, rows })
}

/// Services of rows do not count.
fn rows_only(columns: &str) -> Result<(), String> {
    match columns.contains("COUNT") {
        true => Err("Incorrect syntax near '*'.".into()),
        false => Ok(()),
    }
}

/// `"ra, dec, radius"` in degrees.
fn position(params: &Value) -> Result<(f64, f64, f64), String> {
    let text = params["position"].as_str().unwrap_or_default();
    let numbers: Vec<f64> = text
        .split(',')
        .filter_map(|number| number.trim().parse().ok())
        .collect();
    match numbers[..] {
        [ra, dec, radius] => Ok((ra, dec, radius)),
        _ => Err(format!("Invalid position '{text}'.")),
    }
}

fn center(params: &Value) -> Result<(f64, f64, f64), String> {
    let number = |name: &str| {
        params[name]
            .as_f64()
            .or_else(|| params[name].as_str()?.parse().ok())
            .ok_or_else(|| format!("Parameter {name} is missing."))
    };
    Ok((number("ra")?, number("dec")?, number("radius")?))
}

/// Rows in a cone with their distance (arcsec); an image holds every position.
fn around(rows: Vec<Row>, (ra, dec, radius): (f64, f64, f64)) -> Vec<Row> {
    rows.into_iter()
        .filter_map(|mut row| {
            let place = (row["s_ra"].as_f64()?, row["s_dec"].as_f64()?);
            let distance = match row["dataproduct_type"] == "image" {
                true => 0.0,
                false => separation(ra, dec, place.0, place.1),
            };
            row.insert("distance".into(), super::tables::number(distance * 3600.0));
            (distance <= radius).then_some(row)
        })
        .collect()
}

/// One page of the envelope, in the server's own spelling.
fn page(call: &Value, mut found: Found, twice: bool) -> String {
    if twice {
        found.rows = found
            .rows
            .into_iter()
            .flat_map(|row| [row.clone(), row])
            .collect();
    }
    let size = call["pagesize"].as_u64().unwrap_or(PAGE_SIZE).max(1);
    let page = call["page"].as_u64().unwrap_or(1).max(1);
    let total = found.rows.len() as u64;
    let names: Vec<&str> = found.fields.iter().map(|(name, _)| *name).collect();
    let rows: Vec<Value> = found
        .rows
        .into_iter()
        .skip((page - 1).saturating_mul(size) as usize)
        .take(size as usize)
        .map(|mut row| {
            let columns = names.iter().map(|name| {
                let value = row.remove(*name).unwrap_or_default();
                ((*name).to_owned(), value)
            });
            Value::Object(columns.collect())
        })
        .collect();
    let fields: Vec<Value> = found
        .fields
        .iter()
        .map(|(name, kind)| json!({"name": name, "type": kind}))
        .collect();
    let paging = json!({
        "page": page,
        "pageSize": size,
        "pagesFiltered": total.div_ceil(size),
        "rows": rows.len(),
        "rowsFiltered": total,
        "rowsTotal": total,
    });
    format!(
        "{{\"status\" : \"COMPLETE\",\"msg\" : \"\",\"data\":{},\"fields\":{},\"paging\":{paging}}}",
        Value::Array(rows),
        Value::Array(fields)
    )
}

/// The page with one of the portal's own faults in it.
fn spoiled(page: String, fault: Option<Fault>) -> String {
    match fault {
        Some(Fault::TruncatedJson) => {
            let mut end = page.len() * 2 / 3;
            while !page.is_char_boundary(end) {
                end -= 1;
            }
            page[..end].to_owned()
        }
        Some(Fault::NanTokens) => page
            .replacen("\"srcDen\":null", "\"srcDen\":NaN", usize::MAX)
            .replacen("\"plx\":null", "\"plx\":-Infinity", usize::MAX)
            .replace("\"rows\":", "\"rowsMean\":NaN,\"rows\":"),
        _ => page,
    }
}

fn name_lookup(params: &Value, mast: &Mast) -> Value {
    let name = params["input"].as_str().unwrap_or_default();
    let number = name.trim().to_ascii_lowercase();
    let number = number.strip_prefix("tic ").unwrap_or_default().parse();
    let star = number.ok().and_then(|tic: u64| mast.stars.get(&tic));
    let found: Vec<Value> = star
        .map(|star| {
            json!({
                "searchString": name.to_ascii_lowercase(),
                "resolver": "TIC",
                "cached": false,
                "resolverTime": 12,
                "searchRadius": 0.000_333,
                "canonicalName": format!("TIC {}", star.tic),
                "ra": star.ra,
                "decl": star.dec,
            })
        })
        .into_iter()
        .collect();
    json!({"resolvedCoordinate": found, "status": ""})
}

/// HTTP's status is 200 all the same.
fn error(words: &str) -> Reply {
    json_reply(format!(
        "{{\"status\" : \"ERROR\",\"msg\" : {},\"data\":[]}}",
        json!(words)
    ))
}

fn executing() -> Reply {
    let mut reply = json_reply("{\"status\" : \"EXECUTING\",\"msg\" : \"\"}".to_owned());
    reply.settled = false;
    reply
}

fn json_reply(text: String) -> Reply {
    let mut reply = Reply::new(200, "application/json; charset=utf-8", text)
        .with("Cache-Control", "private, max-age=0")
        .with("Set-Cookie", "MAST_Session=stand-in; path=/");
    reply.chunked = true;
    reply
}
