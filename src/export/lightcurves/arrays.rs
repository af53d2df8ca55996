//! The cells of the columns, as Arrow's arrays.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Float32Builder, Float64Array, Float64Builder, Int32Builder,
    Int64Builder, StringBuilder,
};
use arrow::buffer::NullBuffer;

use super::{Content, Extra, LightcurveColumns, standard_unit};
use crate::export::ColumnKind;
use crate::photometry::{Lightcurve, Values};

impl LightcurveColumns {
    /// The values of a column: one for each epoch, or one for each lightcurve.
    pub(super) fn array(
        &self,
        content: Content,
        lightcurves: &[&Lightcurve],
        by_epoch: bool,
    ) -> ArrayRef {
        let count = |lightcurve: &Lightcurve| match by_epoch || !content.is_constant() {
            true => lightcurve.epochs.len(),
            false => 1,
        };
        let rows = lightcurves.iter().map(|lightcurve| count(lightcurve)).sum();
        let texts = |text: &dyn Fn(&Lightcurve) -> String| -> ArrayRef {
            let mut builder = StringBuilder::with_capacity(rows, rows * 8);
            for lightcurve in lightcurves {
                let text = text(lightcurve);
                (0..count(lightcurve)).for_each(|_| builder.append_value(&text));
            }
            Arc::new(builder.finish())
        };
        let integers = |number: &dyn Fn(&Lightcurve) -> u32| -> ArrayRef {
            let mut builder = Int32Builder::with_capacity(rows);
            for lightcurve in lightcurves {
                let number = i32::try_from(number(lightcurve)).unwrap_or(i32::MAX);
                builder.append_value_n(number, count(lightcurve));
            }
            Arc::new(builder.finish())
        };
        match content {
            Content::SourceName => texts(&|lightcurve| lightcurve.source_name.clone()),
            Content::Observatory => texts(&|lightcurve| lightcurve.observatory.clone()),
            Content::Filter => texts(&|lightcurve| lightcurve.filter.clone()),
            Content::FluxUnit => {
                texts(&|lightcurve| standard_unit(&lightcurve.epochs.flux_unit).to_owned())
            }
            Content::TimeWord(word) => texts(&|lightcurve| word(lightcurve.frame).to_owned()),
            Content::SeriesNumber => integers(&|lightcurve| lightcurve.series_number),
            Content::InjectionNumber => integers(&|lightcurve| lightcurve.injection().unwrap_or(0)),
            Content::ZeroPoint => {
                let mut values = Vec::with_capacity(rows);
                for lightcurve in lightcurves {
                    let zero_point = lightcurve.epochs.zero_point;
                    values.extend(std::iter::repeat_n(zero_point, count(lightcurve)));
                }
                Arc::new(Float64Array::from(values))
            }
            Content::Floats(of) => {
                let mut values = Vec::with_capacity(rows);
                for lightcurve in lightcurves {
                    values.extend_from_slice(of(&lightcurve.epochs));
                }
                Arc::new(Float64Array::from(values))
            }
            Content::BjdTdb => {
                let mut builder = Float64Builder::with_capacity(rows);
                for lightcurve in lightcurves {
                    match lightcurve.bjd_tdb() {
                        Some(times) => builder.append_slice(&times),
                        None => builder.append_nulls(lightcurve.epochs.len()),
                    }
                }
                Arc::new(builder.finish())
            }
            Content::Flag => {
                let mut builder = BooleanBuilder::with_capacity(rows);
                for lightcurve in lightcurves {
                    builder.append_slice(&lightcurve.epochs.flag);
                }
                Arc::new(builder.finish())
            }
            Content::Extra(place) => self.extra[place].array(lightcurves, rows),
        }
    }

    /// Which lightcurves do not have the column at all.
    pub(super) fn missing(
        &self,
        content: Content,
        lightcurves: &[&Lightcurve],
    ) -> Option<NullBuffer> {
        let has = |lightcurve: &&Lightcurve| match content {
            Content::Extra(place) => self.extra[place].of(lightcurve).is_some(),
            Content::BjdTdb => lightcurve.bjd_tdb().is_some(),
            _ => true,
        };
        match content {
            Content::Extra(_) | Content::BjdTdb => {
                Some(NullBuffer::from_iter(lightcurves.iter().map(has)))
            }
            _ => None,
        }
    }
}

impl Extra {
    fn of<'l>(&self, lightcurve: &'l Lightcurve) -> Option<&'l Values> {
        let mut columns = lightcurve.epochs.extra.iter();
        let column = columns.find(|column| column.name == self.own_name)?;
        Some(&column.values)
    }

    fn array(&self, lightcurves: &[&Lightcurve], rows: usize) -> ArrayRef {
        // those of the type of the column as they are, others converted to it; missing where a lightcurve has none.
        macro_rules! gather {
            ($builder:ident, $exact:path, $convert:expr) => {{
                let mut builder = $builder::with_capacity(rows);
                for lightcurve in lightcurves {
                    match self.of(lightcurve) {
                        Some($exact(values)) => builder.append_slice(values),
                        Some(other) => builder.append_slice(&$convert(other)),
                        None => builder.append_nulls(lightcurve.epochs.len()),
                    }
                }
                Arc::new(builder.finish())
            }};
        }
        match self.kind {
            ColumnKind::Boolean => gather!(BooleanBuilder, Values::Boolean, |_: &Values| vec![]),
            ColumnKind::Int32 => gather!(Int32Builder, Values::Int32, |_: &Values| vec![]),
            ColumnKind::Int64 => gather!(Int64Builder, Values::Int64, integers),
            ColumnKind::Float32 => gather!(Float32Builder, Values::Float32, |_: &Values| vec![]),
            ColumnKind::Float64 => gather!(Float64Builder, Values::Float64, |values: &Values| {
                values.to_floats().unwrap_or_default()
            }),
            _ => {
                let mut builder = StringBuilder::with_capacity(rows, rows * 4);
                for lightcurve in lightcurves {
                    let values = self.of(lightcurve);
                    for row in 0..lightcurve.epochs.len() {
                        builder.append_option(values.map(|values| text_of(values, row)));
                    }
                }
                Arc::new(builder.finish())
            }
        }
    }
}

fn integers(values: &Values) -> Vec<i64> {
    match values {
        Values::Int32(values) => values.iter().map(|&value| i64::from(value)).collect(),
        _ => Vec::new(),
    }
}

fn text_of(values: &Values, row: usize) -> String {
    match values {
        Values::Float64(values) => format!("{:?}", values[row]),
        Values::Float32(values) => format!("{:?}", values[row]),
        Values::Int64(values) => values[row].to_string(),
        Values::Int32(values) => values[row].to_string(),
        Values::Boolean(values) => values[row].to_string(),
        Values::Text(text) => text.get(row).to_owned(),
    }
}
