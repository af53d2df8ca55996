//! The bytes of an HDF5 file back to photometry; whatever the bytes are, an error at the worst.

use serde::de::DeserializeOwned;

use super::native::{Image, ReadGroup, ReadObject, locked};
use super::{StorageError, schema, seal};
use crate::photometry::{
    Column, Epochs, Kind, Lightcurve, RawPhotometry, Statistics, Table, TimeColumn, Values,
};
use crate::time::{TimeAlignment, TimeFormat, TimeFrame, TimeReference, TimeScale};

type Result<T> = std::result::Result<T, StorageError>;

/// What a file says of one of its groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupHead {
    /// Name of the group.
    pub key: String,
    pub observatory: String,
    pub source_name: String,
    /// None for raw photometry.
    pub kind: Option<Kind>,
}

/// The groups of a file in the order in which they were written.
///
/// # Errors
/// As [`decode_raw`].
pub fn decode_groups(image: &[u8]) -> Result<Vec<GroupHead>> {
    each_group(image, |key, group| {
        let attributes = group.attributes();
        check_version(attributes)?;
        let kind = text(attributes, schema::KIND)?;
        Ok(GroupHead {
            key: key.to_owned(),
            observatory: text(attributes, schema::OBSERVATORY)?,
            source_name: text(attributes, schema::SOURCE_NAME)?,
            kind: match kind.as_str() {
                schema::RAW_KIND => None,
                word => Some(kind_from_word(word)?),
            },
        })
    })
}

/// The raw photometry that [`encode_raw`](super::encode_raw) wrote.
///
/// # Errors
/// Bytes that are no HDF5 file, cut short, of a newer schema, or not of raw photometry of one source.
pub fn decode_raw(image: &[u8]) -> Result<RawPhotometry> {
    let mut found = each_group(image, |_, group| read_raw(group))?;
    match (found.pop(), found.is_empty()) {
        (Some(raw), true) => Ok(raw),
        (_, alone) => Err(damaged(format!(
            "it holds {} groups, raw photometry has one",
            if alone {
                "no".to_owned()
            } else {
                (found.len() + 1).to_string()
            }
        ))),
    }
}

/// The lightcurves that [`encode_lightcurves`](super::encode_lightcurves) wrote, in that order.
///
/// # Errors
/// As [`decode_raw`].
pub fn decode_lightcurves(image: &[u8]) -> Result<Vec<Lightcurve>> {
    each_group(image, |_, group| read_lightcurve(group))
}

fn each_group<T>(image: &[u8], read: impl Fn(&str, &ReadGroup) -> Result<T>) -> Result<Vec<T>> {
    let image = seal::open(image)?;
    locked(|library| {
        let file = Image::open(library, image)?;
        file.groups()?
            .iter()
            .map(|key| read(key, &file.group(key)?))
            .collect()
    })
}

fn read_raw(group: &ReadGroup) -> Result<RawPhotometry> {
    let attributes = group.attributes();
    check_version(attributes)?;
    let kind = text(attributes, schema::KIND)?;
    if kind != schema::RAW_KIND {
        return Err(damaged(format!("it holds {kind:?} photometry, not raw")));
    }
    let time = match attributes.text_attribute(schema::TIME_COLUMN)? {
        None => None,
        Some(name) => Some(TimeColumn {
            name,
            frame: frame(attributes)?,
        }),
    };
    Ok(RawPhotometry {
        observatory: text(attributes, schema::OBSERVATORY)?,
        source_name: text(attributes, schema::SOURCE_NAME)?,
        time,
        table: Table::new(read_columns(group)?).map_err(|cause| damaged(cause.to_string()))?,
        altdata: json(attributes, schema::ALTDATA)?,
    })
}

fn read_lightcurve(group: &ReadGroup) -> Result<Lightcurve> {
    let attributes = group.attributes();
    check_version(attributes)?;
    kind_from_word(&text(attributes, schema::KIND)?)?;
    let flux_unit = text(attributes, schema::FLUX_UNIT)?;
    let zero_point = attributes
        .float_attribute(schema::ZERO_POINT)?
        .ok_or_else(|| missing(schema::ZERO_POINT))?;
    Ok(Lightcurve {
        observatory: text(attributes, schema::OBSERVATORY)?,
        source_name: text(attributes, schema::SOURCE_NAME)?,
        filter: text(attributes, schema::FILTER)?,
        series_number: count(attributes, schema::SERIES_NUMBER)?,
        series_total: count(attributes, schema::SERIES_TOTAL)?,
        frame: frame(attributes)?,
        epochs: epochs(read_columns(group)?, flux_unit, zero_point)?,
        statistics: json::<Statistics>(attributes, schema::STATISTICS)?,
        altdata: json(attributes, schema::ALTDATA)?,
    })
}

fn epochs(mut columns: Vec<Column>, flux_unit: String, zero_point: f64) -> Result<Epochs> {
    let rows = columns.first().map_or(0, |column| column.values.len());
    if let Some(other) = columns.iter().find(|column| column.values.len() != rows) {
        return Err(damaged(format!(
            "column {:?} has another length than the first",
            other.name
        )));
    }
    let mut take = |name: &str| match columns.iter().position(|column| column.name == name) {
        Some(place) => Ok(columns.remove(place).values),
        None => Err(damaged(format!("there is no column {name:?}"))),
    };
    let mut floats = |name: &str| match take(name)? {
        Values::Float64(values) => Ok(values),
        other => Err(damaged(format!("column {name:?} holds {}", other.kind()))),
    };
    Ok(Epochs {
        mjd: floats(schema::MJD)?,
        mag: floats("mag")?,
        magerr: floats("magerr")?,
        flux: floats("flux")?,
        fluxerr: floats("fluxerr")?,
        exptime: floats("exptime")?,
        ra: floats("ra")?,
        dec: floats("dec")?,
        flag: match take(schema::FLAG)? {
            Values::Boolean(values) => values,
            other => return Err(damaged(format!("the flags are {}", other.kind()))),
        },
        flux_unit,
        zero_point,
        extra: columns,
    })
}

fn read_columns(group: &ReadGroup) -> Result<Vec<Column>> {
    let mut columns = Vec::new();
    for link in group.columns()? {
        let dataset = group.column(&link)?;
        if dataset.has_attribute(schema::SCALE_MARK)? {
            continue;
        }
        let optional = |name| dataset.text_attribute(name);
        let is_boolean = optional(schema::DTYPE)?.is_some_and(|word| word == schema::BOOLEAN);
        columns.push(Column {
            values: dataset.cells(&link, is_boolean)?,
            unit: optional(schema::UNITS)?.unwrap_or_default(),
            description: optional(schema::DESCRIPTION)?.unwrap_or_default(),
            name: optional(schema::COLUMN_NAME)?.unwrap_or(link),
        });
    }
    Ok(columns)
}

fn check_version(attributes: &ReadObject) -> Result<()> {
    match attributes.integer_attribute(schema::VERSION)? {
        Some(found) if found > schema::SCHEMA_VERSION => Err(StorageError::SchemaVersion {
            found,
            newest: schema::SCHEMA_VERSION,
        }),
        Some(found) if found < 1 => Err(damaged(format!("its schema version is {found}"))),
        Some(_) => Ok(()),
        None => Err(missing(schema::VERSION)),
    }
}

fn kind_from_word(word: &str) -> Result<Kind> {
    [Kind::Reduced, Kind::Processed, Kind::Simulated]
        .into_iter()
        .find(|kind| kind.as_str() == word)
        .ok_or_else(|| damaged(format!("there is no kind {word:?} of lightcurves")))
}

fn frame(attributes: &ReadObject) -> Result<TimeFrame> {
    fn word<T>(
        attributes: &ReadObject,
        name: &str,
        from_word: impl Fn(&str) -> Option<T>,
    ) -> Result<T> {
        let word = text(attributes, name)?;
        from_word(&word).ok_or_else(|| damaged(format!("{name} is {word:?}, which is not known")))
    }
    Ok(TimeFrame {
        format: word(attributes, schema::TIME_FORMAT, TimeFormat::from_word)?,
        scale: word(attributes, schema::TIME_SCALE, TimeScale::from_word)?,
        reference: word(attributes, schema::TIME_REFERENCE, TimeReference::from_word)?,
        alignment: word(attributes, schema::TIME_ALIGNMENT, TimeAlignment::from_word)?,
    })
}

fn text(attributes: &ReadObject, name: &str) -> Result<String> {
    attributes
        .text_attribute(name)?
        .ok_or_else(|| missing(name))
}

fn count(attributes: &ReadObject, name: &str) -> Result<u32> {
    let value = attributes
        .integer_attribute(name)?
        .ok_or_else(|| missing(name))?;
    u32::try_from(value).map_err(|_| damaged(format!("{name} is {value}")))
}

fn json<T: DeserializeOwned>(attributes: &ReadObject, name: &str) -> Result<T> {
    serde_json::from_str(&text(attributes, name)?)
        .map_err(|cause| damaged(format!("the attribute {name:?} cannot be parsed: {cause}")))
}

fn missing(attribute: &str) -> StorageError {
    damaged(format!("the attribute {attribute:?} is missing"))
}

fn damaged(reason: String) -> StorageError {
    StorageError::Damaged { reason }
}
