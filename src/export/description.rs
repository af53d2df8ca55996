//! What a table is: its columns and where it comes from, once for all formats.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};

use crate::time::{TimeAlignment, TimeFormat, TimeFrame, TimeReference, TimeScale};

/// A table without its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// One word: `lightcurves`.
    pub name: String,
    /// One sentence.
    pub title: String,
    /// In the order in which they are written; each batch of rows has the same.
    pub columns: Vec<Column>,
    /// Where it comes from. The same content has the same facts: no times, nothing of the machine.
    pub facts: Vec<Fact>,
}

/// Something that is true of the whole table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// `cfg_hash`
    pub name: &'static str,
    /// The same for FITS, in eight letters.
    pub keyword: &'static str,
    /// Its value as text, also of a number.
    pub value: String,
    /// What the value is, in words, for formats with a place for it: FITS and VOTable, that in Parquet too.
    pub description: &'static str,
}

/// A column without its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name in the file, the same in all formats.
    pub name: String,
    /// Type of its values.
    pub kind: ColumnKind,
    /// As FITS and VOUnits write it; empty for none.
    pub unit: String,
    /// What its values are, in words, without what its days mean: see [`Column::full_description`].
    pub description: String,
    /// Unified content descriptor (UCD1+); empty if there is none that says more than the name.
    pub ucd: &'static str,
    /// There may be rows without a value, which is not the same as a value that is no number.
    pub nullable: bool,
    /// What its days mean, where all rows agree on it.
    pub time: Option<TimeSystem>,
}

/// The type of the values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnKind {
    /// True or false.
    Boolean,
    /// Whole numbers of 32 bits, with a sign.
    Int32,
    /// Whole numbers of 64 bits, with a sign.
    Int64,
    /// Numbers of 32 bits, NaN among them.
    Float32,
    /// Numbers of 64 bits, NaN among them.
    Float64,
    /// Text of any length. FITS has it in ASCII, other letters as `\u00e9`.
    Text,
    /// Text that is a JSON document.
    Json,
    /// A list of such values.
    List(Box<ColumnKind>),
    /// Lists of equal length, one for each of these columns: a table in a cell.
    Nested(Vec<Column>),
}

/// What the days of a column mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeSystem {
    /// How the clock runs: UTC or TDB.
    pub scale: TimeScale,
    /// Where the clock stands: at the telescope, the Sun or the barycentre.
    pub reference: TimeReference,
    /// Which part of the exposure the time is of.
    pub alignment: TimeAlignment,
    /// Julian date of the day 0.
    pub origin: f64,
}

impl From<TimeFrame> for TimeSystem {
    fn from(frame: TimeFrame) -> TimeSystem {
        TimeSystem {
            scale: frame.scale,
            reference: frame.reference,
            alignment: frame.alignment,
            origin: match frame.format {
                TimeFormat::Mjd => crate::time::JD_OF_MJD_ZERO,
                TimeFormat::Btjd => 2_457_000.0,
            },
        }
    }
}

impl TimeSystem {
    /// Julian dates in TDB at the barycentre.
    pub const BJD_TDB: TimeSystem = TimeSystem {
        scale: TimeScale::Tdb,
        reference: TimeReference::Barycenter,
        alignment: TimeAlignment::Middle,
        origin: 0.0,
    };

    /// `MJD, UTC, topocenter, middle of the exposure`
    pub fn words(&self) -> String {
        let format = match self.origin {
            0.0 => "JD".to_owned(),
            crate::time::JD_OF_MJD_ZERO => "MJD".to_owned(),
            origin => format!("JD - {origin}"),
        };
        format!(
            "{format}, {}, {}, {} of the exposure",
            self.scale.as_str().to_uppercase(),
            self.reference.as_str(),
            self.alignment.as_str()
        )
    }
}

impl Description {
    /// The columns as Arrow has them, which all rows are handed over in. Units and descriptions are the fields' metadata.
    pub fn schema(&self) -> SchemaRef {
        schema(&self.columns)
    }
}

/// Columns as Arrow has them.
pub(super) fn schema(columns: &[Column]) -> SchemaRef {
    let fields: Vec<Field> = columns.iter().map(Column::field).collect();
    Arc::new(Schema::new(fields))
}

impl Column {
    /// A column that has a value in each row.
    pub fn new(name: &str, kind: ColumnKind, unit: &str, description: &str) -> Column {
        Column {
            name: name.to_owned(),
            kind,
            unit: unit.to_owned(),
            description: description.to_owned(),
            ucd: "",
            nullable: false,
            time: None,
        }
    }

    /// There may be rows without a value.
    pub fn nullable(mut self) -> Column {
        self.nullable = true;
        self
    }

    /// With a content descriptor.
    pub fn ucd(mut self, ucd: &'static str) -> Column {
        self.ucd = ucd;
        self
    }

    /// With what its days mean.
    pub fn time(mut self, time: Option<TimeSystem>) -> Column {
        self.time = time;
        self
    }

    /// The description with what the days mean, for formats that have no other place for it.
    pub fn full_description(&self) -> String {
        match &self.time {
            Some(time) => format!("{} ({})", self.description, time.words()),
            None => self.description.clone(),
        }
    }

    fn field(&self) -> Field {
        let field = Field::new(&self.name, self.kind.data_type(), self.nullable);
        let mut metadata = std::collections::HashMap::new();
        for (key, value) in [
            ("unit", &self.unit),
            ("description", &self.full_description()),
            ("ucd", &self.ucd.to_owned()),
        ] {
            if !value.is_empty() {
                metadata.insert(key.to_owned(), value.clone());
            }
        }
        field.with_metadata(metadata)
    }
}

impl ColumnKind {
    /// The type in Arrow.
    pub fn data_type(&self) -> DataType {
        match self {
            ColumnKind::Boolean => DataType::Boolean,
            ColumnKind::Int32 => DataType::Int32,
            ColumnKind::Int64 => DataType::Int64,
            ColumnKind::Float32 => DataType::Float32,
            ColumnKind::Float64 => DataType::Float64,
            ColumnKind::Text | ColumnKind::Json => DataType::Utf8,
            ColumnKind::List(item) => DataType::List(item_field(item)),
            ColumnKind::Nested(columns) => DataType::Struct(nested_fields(columns)),
        }
    }

    /// Text, JSON too.
    pub fn is_text(&self) -> bool {
        matches!(self, ColumnKind::Text | ColumnKind::Json)
    }
}

/// What a list holds. Values in it may be missing: of a survey that does not have them.
pub(super) fn item_field(item: &ColumnKind) -> Arc<Field> {
    Arc::new(Field::new("item", item.data_type(), true))
}

/// The lists of a nested column.
pub(super) fn nested_fields(columns: &[Column]) -> Fields {
    let lists = columns.iter().map(|column| {
        Column {
            kind: ColumnKind::List(Box::new(column.kind.clone())),
            nullable: true,
            ..column.clone()
        }
        .field()
    });
    lists.collect()
}
