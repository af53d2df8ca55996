//! What a lightcurve and its source say of the axes of a histogram.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::HistogramError;
use super::axis::{Axis, AxisInput};
use super::count::{AxisValues, Histogram, Sample};
use crate::photometry::{Column, Lightcurve, Values};

impl Histogram {
    /// Counts the epochs of a lightcurve; only those that are true in `keep`, if there is one.
    ///
    /// `source` is what is known of the source by name (`mag`); `scores` are columns with one value an epoch. See
    /// [`Histogram::add`] and [`sample_values`].
    ///
    /// # Errors
    /// As [`Histogram::add`].
    pub fn add_lightcurve(
        &mut self,
        source: &Map<String, Value>,
        lightcurve: &Lightcurve,
        scores: &[Column],
        keep: Option<&[bool]>,
    ) -> Result<(), HistogramError> {
        let axes = Arc::clone(&self.axes);
        let values = sample_values(&axes, source, lightcurve);
        let columns: Vec<(&str, Cow<'_, [f64]>)> = scores
            .iter()
            .filter_map(|column| Some((column.name.as_str(), floats(&column.values)?)))
            .collect();
        let columns: Vec<(&str, &[f64])> = columns
            .iter()
            .map(|(name, values)| (*name, values.as_ref()))
            .collect();
        self.add(&Sample {
            epochs: lightcurve.epochs.len(),
            axes: &values,
            scores: &columns,
            keep,
        })
    }
}

/// The values of each axis: for source axes from `source`, else from the lightcurve's columns, its filter, its
/// observatory or its altdata, in this order. What is found nowhere is [`AxisValues::Missing`].
pub fn sample_values<'a>(
    axes: &'a [Axis],
    source: &'a Map<String, Value>,
    lightcurve: &'a Lightcurve,
) -> Vec<(&'a str, AxisValues<'a>)> {
    let values = axes.iter().map(|axis| {
        let found = match axis.input {
            AxisInput::Source => source.get(&axis.name).map(single),
            AxisInput::Obs | AxisInput::Score => observed(&axis.name, lightcurve),
        };
        (axis.name.as_str(), found.unwrap_or(AxisValues::Missing))
    });
    values.collect()
}

/// What every lightcurve tells of its epochs: the names that [`sample_values`] knows beside a lightcurve's further columns
/// and its `altdata`.
pub const EPOCH_NAMES: [&str; 11] = [
    "filter",
    "filt",
    "observatory",
    "mjd",
    "mag",
    "magerr",
    "flux",
    "fluxerr",
    "exptime",
    "ra",
    "dec",
];

fn observed<'a>(name: &str, lightcurve: &'a Lightcurve) -> Option<AxisValues<'a>> {
    let epochs = &lightcurve.epochs;
    let own = match name {
        "filter" | "filt" => return Some(AxisValues::Word(&lightcurve.filter)),
        "observatory" => return Some(AxisValues::Word(&lightcurve.observatory)),
        "mjd" => Some(&epochs.mjd),
        "mag" => Some(&epochs.mag),
        "magerr" => Some(&epochs.magerr),
        "flux" => Some(&epochs.flux),
        "fluxerr" => Some(&epochs.fluxerr),
        "exptime" => Some(&epochs.exptime),
        "ra" => Some(&epochs.ra),
        "dec" => Some(&epochs.dec),
        _ => None,
    };
    if let Some(column) = own {
        return Some(AxisValues::Numbers(Cow::Borrowed(column)));
    }
    let extra = epochs.extra.iter().find(|column| column.name == name);
    match extra.map(|column| &column.values) {
        Some(Values::Text(text)) => Some(AxisValues::Words(text)),
        Some(values) => floats(values).map(AxisValues::Numbers),
        None => lightcurve.altdata.get(name).map(single),
    }
}

/// A single value; what is neither a number nor text is no value.
fn single(value: &Value) -> AxisValues<'_> {
    match value {
        Value::String(word) => AxisValues::Word(word),
        value => value
            .as_f64()
            .map_or(AxisValues::Missing, AxisValues::Number),
    }
}

fn floats(values: &Values) -> Option<Cow<'_, [f64]>> {
    match values {
        Values::Float64(values) => Some(Cow::Borrowed(values)),
        values => values.to_floats().map(Cow::Owned),
    }
}
