//! A histogram to the bytes of a netCDF-4 file.
//!
//! A coordinate variable for each axis with the centres of its bins (or their words) and `<axis>_bounds` with their
//! edges, `<score>_counts` over all axes, and `underflow`, `overflow`, `nan` of score × axis. The same counts give the
//! same bytes.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::native::{NewFile, NewObject, Variable, locked};
use super::schema::{self, Cells};
use super::{StorageError, names, seal};
use crate::analysis::histogram::{AxisInput, Coordinate, CoordinateValues, Description, Histogram};
use crate::photometry::Text;

type Result<T> = std::result::Result<T, StorageError>;

/// Dimension of the two edges of a bin.
const BOUND: &str = "bound";
/// Dimensions of the counters.
const SCORE_NAME: &str = "score_name";
const AXIS_NAME: &str = "axis_name";

/// The file of a histogram; `provenance` becomes attributes of the file (text, numbers; what is neither as JSON).
///
/// # Errors
/// Names with a zero character or of two things at once, or what the library refuses.
pub fn encode_histogram(histogram: &Histogram, provenance: &Map<String, Value>) -> Result<Bytes> {
    let description = histogram.description();
    let image = locked(|library| {
        let file = NewFile::create(library)?;
        let root = file.root()?;
        root.integer_attribute(schema::VERSION, schema::SCHEMA_VERSION)?;
        root.text_attribute(schema::KIND, "histogram")?;
        root.text_attribute("name", &description.name)?;
        root.integer_attribute("epochs", signed(description.epochs))?;
        for (name, value) in provenance {
            attribute(&root, name, value)?;
        }
        write(&root, &description)?;
        drop(root);
        file.finish(seal::LENGTH)
    })?;
    Ok(Bytes::from(seal::seal(image)))
}

fn write(root: &NewObject, description: &Description) -> Result<()> {
    let scales = write_scales(root, description)?;
    let place = |name: &str| {
        let link = names::link_name(name);
        let place = scales.iter().position(|(scale, _)| *scale == link);
        place.ok_or_else(|| StorageError::Unencodable {
            what: format!("the dimension {name:?}"),
            reason: "no axis has its name",
        })
    };
    let mut variables = write_bounds(root, description, place)?;
    variables.extend(write_counts(root, description, place)?);
    variables.extend(write_counters(root, description, place)?);
    root.attach_all(&scales, &variables)
}

/// The coordinates, and the dimensions of the other arrays.
fn write_scales<'l>(
    root: &NewObject<'l>,
    description: &Description,
) -> Result<Vec<(String, NewObject<'l>)>> {
    let mut scales: Vec<(String, NewObject)> = Vec::new();
    for coordinate in &description.coordinates {
        let name = names::link_name(&coordinate.name);
        let scale = match &coordinate.values {
            CoordinateValues::Numbers(centers) => root.column(&name, Cells::Float64(centers))?,
            CoordinateValues::Words(words) => words_column(root, &name, words)?,
        };
        scale.mark_as_scale(&name)?;
        describe(&scale, coordinate)?;
        scales.push((name, scale));
    }
    for (name, words) in [
        (SCORE_NAME, &description.score_names),
        (AXIS_NAME, &description.axis_names),
    ] {
        let scale = words_column(root, name, words)?;
        scale.mark_as_scale(name)?;
        scales.push((name.to_owned(), scale));
    }
    scales.push((BOUND.to_owned(), root.dimension(BOUND, 2)?));
    Ok(scales)
}

/// The edges of the bins of axes of numbers.
fn write_bounds<'l>(
    root: &NewObject<'l>,
    description: &Description,
    place: impl Fn(&str) -> Result<usize>,
) -> Result<Vec<Variable<'l>>> {
    let mut variables = Vec::new();
    for coordinate in &description.coordinates {
        let (CoordinateValues::Numbers(centers), Some(step)) =
            (&coordinate.values, coordinate.step)
        else {
            continue;
        };
        let edges = |center: &f64| [center - step / 2.0, center + step / 2.0];
        let edges: Vec<f64> = centers.iter().flat_map(edges).collect();
        let name = bounds_name(&coordinate.name);
        let object = root.floats(&name, &[centers.len(), 2], &edges)?;
        object.text_attribute(schema::UNITS, &coordinate.units)?;
        variables.push(Variable {
            name,
            object,
            scales: vec![place(&coordinate.name)?, place(BOUND)?],
        });
    }
    Ok(variables)
}

fn write_counts<'l>(
    root: &NewObject<'l>,
    description: &Description,
    place: impl Fn(&str) -> Result<usize>,
) -> Result<Vec<Variable<'l>>> {
    let mut variables = Vec::new();
    for counts in &description.counts {
        let name = names::link_name(&counts.name);
        let stretches: Vec<(usize, Vec<i64>)> = counts
            .stretches
            .iter()
            .map(|(first, counts)| (*first, all_signed(counts)))
            .collect();
        let object = root.integers(&name, &counts.shape, &stretches)?;
        object.text_attribute(schema::DESCRIPTION, "epochs in each bin")?;
        let scales: Result<Vec<usize>> = counts.dimensions.iter().map(|name| place(name)).collect();
        variables.push(Variable {
            name,
            object,
            scales: scales?,
        });
    }
    Ok(variables)
}

/// Epochs in no bin, for each score and axis.
fn write_counters<'l>(
    root: &NewObject<'l>,
    description: &Description,
    place: impl Fn(&str) -> Result<usize>,
) -> Result<Vec<Variable<'l>>> {
    let shape = [description.score_names.len(), description.axis_names.len()];
    let mut variables = Vec::new();
    for (name, values, words) in [
        (
            "underflow",
            &description.underflow,
            "epochs below the first bin",
        ),
        (
            "overflow",
            &description.overflow,
            "epochs above the last bin",
        ),
        ("nan", &description.nan, "epochs without a value"),
    ] {
        let rows: Vec<(usize, Vec<i64>)> = values
            .chunks(shape[1].max(1))
            .enumerate()
            .map(|(row, values)| (row * shape[1], all_signed(values)))
            .collect();
        let object = root.integers(name, &shape, &rows)?;
        object.text_attribute(schema::DESCRIPTION, words)?;
        variables.push(Variable {
            name: name.to_owned(),
            object,
            scales: vec![place(SCORE_NAME)?, place(AXIS_NAME)?],
        });
    }
    Ok(variables)
}

fn bounds_name(axis: &str) -> String {
    names::link_name(&format!("{axis}_bounds"))
}

fn words_column<'l>(root: &NewObject<'l>, name: &str, words: &[String]) -> Result<NewObject<'l>> {
    let text: Text = words.iter().map(String::as_str).collect();
    root.column(name, Cells::Text(&text))
}

fn describe(scale: &NewObject, coordinate: &Coordinate) -> Result<()> {
    scale.text_attribute(schema::UNITS, &coordinate.units)?;
    scale.text_attribute("long_name", &coordinate.long_name)?;
    scale.text_attribute("type", coordinate.kind)?;
    let input = match coordinate.input {
        AxisInput::Score => "score",
        AxisInput::Source => "source",
        AxisInput::Obs => "obs",
    };
    scale.text_attribute("input", input)?;
    if let Some(step) = coordinate.step {
        scale.float_attribute("step", step)?;
        scale.text_attribute("bounds", &bounds_name(&coordinate.name))?;
    }
    for (name, counters) in [
        ("underflow", &coordinate.underflow),
        ("overflow", &coordinate.overflow),
        ("nan", &coordinate.nan),
    ] {
        match all_signed(counters).as_slice() {
            [] => {}
            [one] => scale.integer_attribute(name, *one)?,
            several => scale.integers_attribute(name, several)?,
        }
    }
    Ok(())
}

fn attribute(root: &NewObject, name: &str, value: &Value) -> Result<()> {
    match value {
        Value::String(text) => root.text_attribute(name, text),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => root.integer_attribute(name, number),
            (None, Some(number)) => root.float_attribute(name, number),
            (None, None) => root.text_attribute(name, &number.to_string()),
        },
        other => root.text_attribute(name, &other.to_string()),
    }
}

/// Signed, since sums of unsigned and signed numbers are floats in numpy.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn all_signed(counts: &[u64]) -> Vec<i64> {
    counts.iter().map(|&count| signed(count)).collect()
}
