//! From raw epochs to lightcurves.

use std::collections::BTreeMap;

use retriever::observatory::Reduction;
use retriever::photometry::{
    Epochs, MagnitudeColumns, RawPhotometry, Series, TableError, Values, number_by_start_time,
};
use retriever::time::TimeFrame;
use serde_json::{Map, json};

use crate::NAME;

/// A lightcurve for each filter, camera and season: cameras are calibrated one by one, and steps between them are no
/// variability. Epochs that are bad, or upper limits, are flagged and stay.
///
/// # Errors
/// A column that is not there, or is not what it should be.
pub fn by_filter_and_camera(raw: &RawPhotometry, gap: f64) -> Result<Reduction, TableError> {
    let mut reduction = Reduction::default();
    if raw.table.is_empty() {
        return Ok(reduction);
    }
    let epochs = epochs(raw)?;
    let (filters, cameras) = (raw.table.text("filter")?, raw.table.text("camera")?);
    let mut groups: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for row in 0..epochs.len() {
        groups
            .entry((filters.get(row), cameras.get(row)))
            .or_default()
            .push(row);
    }
    for ((filter, camera), rows) in groups {
        let series = Series {
            filter: filter.to_owned(),
            frame: TimeFrame::UTC_MID_EXPOSURE,
            epochs: epochs.take(&rows),
            altdata: Map::from_iter([
                (
                    "object_id".to_owned(),
                    raw.altdata
                        .get("object")
                        .map_or(json!(null), |object| object["id"].clone()),
                ),
                ("camera".to_owned(), json!(camera)),
            ]),
        };
        reduction
            .lightcurves
            .extend(series.into_lightcurves(NAME, &raw.source_name, gap));
    }
    number_by_start_time(&mut reduction.lightcurves);
    Ok(reduction)
}

/// Mid-exposure times, fluxes, flags: the part that surveys of magnitudes share.
fn epochs(raw: &RawPhotometry) -> Result<Epochs, TableError> {
    let table = &raw.table;
    let quality = table.text("quality")?;
    let is_limit = |row: usize| matches!(table.column("upper_limit").map(|column| &column.values), Some(Values::Boolean(limits)) if limits[row]);
    let number = table.rows();
    // the survey measures no positions
    let nowhere = vec![f64::NAN; number];
    Ok(Epochs::from(MagnitudeColumns {
        start: table.floats("mjd")?,
        exptime: table.floats("exptime")?,
        mag: table.floats("mag")?,
        magerr: table.floats("mag_err")?,
        flag: (0..number)
            .map(|row| quality.get(row) != "G" || is_limit(row))
            .collect(),
        ra: nowhere.clone(),
        dec: nowhere,
    }))
}
