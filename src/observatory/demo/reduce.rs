//! From the demo table to lightcurves: one for each filter and season.

use serde_json::{Map, Value, json};

use super::{DemoParameters, NAME};
use crate::catalog::Target;
use crate::observatory::{ReduceError, Reduction};
use crate::photometry::{
    Epochs, MagnitudeColumns, RawPhotometry, Series, TableError, Text, Values, number_by_start_time,
};
use crate::statistics::median;
use crate::time::TimeFrame;

/// A lightcurve for each filter and season; `mjd` of the table is the start of the exposure.
pub(super) fn by_filter_and_season(
    raw: &RawPhotometry,
    target: Option<&Target>,
    parameters: &DemoParameters,
) -> Result<Reduction, ReduceError> {
    if raw.table.is_empty() {
        return Ok(Reduction::default());
    }
    let wrong = |problem| ReduceError::Table {
        observatory: NAME.to_owned(),
        problem,
    };
    let epochs = epochs(raw).map_err(wrong)?;
    let filters = raw.table.text("filter").map_err(wrong)?;
    let mut reduction = Reduction::default();
    for (code, filter) in filters.words().iter().enumerate() {
        let rows = rows_of(filters, code);
        let mut epochs = epochs.take(&rows);
        if let Some(reason) = differs(&epochs, target, parameters) {
            reduction
                .rejected
                .push(format!("filter {filter}: {reason}"));
            continue;
        }
        if parameters.drop_bad {
            epochs = epochs.without_flagged();
        }
        let altdata = json!({"object_id": format!("{}_{filter}", raw.source_name), "ra": median(&epochs.ra), "dec": median(&epochs.dec)});
        let series = Series {
            filter: filter.clone(),
            frame: TimeFrame::UTC_MID_EXPOSURE,
            epochs,
            altdata: match altdata {
                Value::Object(map) => map,
                _ => Map::new(),
            },
        };
        reduction.lightcurves.extend(series.into_lightcurves(
            NAME,
            &raw.source_name,
            parameters.gap,
        ));
    }
    number_by_start_time(&mut reduction.lightcurves);
    Ok(reduction)
}

fn epochs(raw: &RawPhotometry) -> Result<Epochs, TableError> {
    let table = &raw.table;
    let flag = match table.column("flag").map(|column| &column.values) {
        Some(Values::Boolean(values)) => values.clone(),
        _ => vec![false; table.rows()],
    };
    Ok(Epochs::from(MagnitudeColumns {
        start: table.floats("mjd")?,
        exptime: table.floats("exptime")?,
        mag: table.floats("mag")?,
        magerr: table.floats("mag_err")?,
        flag,
        ra: table.floats("ra")?,
        dec: table.floats("dec")?,
    }))
}

fn rows_of(filters: &Text, word: usize) -> Vec<usize> {
    filters
        .codes()
        .iter()
        .enumerate()
        .filter(|(_, code)| **code as usize == word)
        .map(|(row, _)| row)
        .collect()
}

fn differs(
    epochs: &Epochs,
    target: Option<&Target>,
    parameters: &DemoParameters,
) -> Option<String> {
    let catalog = target?.mag?;
    let range = parameters.mag_range?;
    let mag = median(&epochs.mag)?;
    ((mag - catalog).abs() > range).then(|| {
        format!("median magnitude {mag:.3}, the catalog says {catalog:.3} (range {range})")
    })
}
