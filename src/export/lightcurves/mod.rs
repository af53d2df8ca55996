//! Lightcurves of any surveys as one table: a row for each epoch, or one for each lightcurve with lists in it.

mod arrays;

use std::sync::Arc;

use arrow::array::{ArrayRef, ListArray, RecordBatch, StructArray};
use arrow::buffer::OffsetBuffer;

use super::description::{item_field, nested_fields, schema};
use super::{Column, ColumnKind, ExportError, Fact, TimeSystem};
use crate::photometry::{self, BJD_TDB, Epochs, Kind, Lightcurve, Values};
use crate::time::TimeFrame;

/// What a row of a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// An epoch of a lightcurve; the properties of a source in one filter.
    Flat,
    /// A lightcurve with a list for each column of its epochs; the properties of a source.
    Nested,
}

/// The columns that lightcurves have together. Those that only some surveys have are missing in the rows of the others.
///
/// They are learnt from lightcurves before rows are made of these:
///
/// ```
/// use retriever::export::{Layout, LightcurveColumns};
/// use retriever::photometry::{Epochs, Kind, Lightcurve, Statistics};
/// # use retriever::time::TimeFrame;
/// # let epochs = Epochs {
/// #     mjd: vec![58_000.0, 58_001.0], mag: vec![18.0; 2], magerr: vec![0.1; 2], flux: vec![229.1; 2], fluxerr: vec![21.1; 2],
/// #     flag: vec![false, true], exptime: vec![30.0; 2], ra: vec![10.0; 2], dec: vec![-5.0; 2],
/// #     flux_unit: "uJy".into(), zero_point: 23.9, extra: vec![],
/// # };
/// # let curve = Lightcurve {
/// #     observatory: "ZTF".into(), source_name: "star".into(), filter: "zg".into(), series_number: 1, series_total: 1,
/// #     frame: TimeFrame::UTC_MID_EXPOSURE, statistics: Statistics::of(&epochs), epochs, altdata: Default::default(),
/// # };
/// let mut columns = LightcurveColumns::new(Kind::Reduced);
/// assert!(!columns.learn([&curve]), "nothing was known before");
/// assert!(columns.learn([&curve]));
/// let epochs = columns.batch(Layout::Flat, &[&curve])?;
/// let curves = columns.batch(Layout::Nested, &[&curve])?;
/// assert_eq!((epochs.num_rows(), curves.num_rows()), (2, 1));
/// # Ok::<(), retriever::export::ExportError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LightcurveColumns {
    kind: Kind,
    frames: Vec<TimeFrame>,
    /// Units of the flux, as they are exported, with their zero point where it is the same for all.
    flux: Vec<(String, Option<u64>)>,
    extra: Vec<Extra>,
}

/// A column that not every lightcurve has.
#[derive(Debug, Clone, PartialEq)]
struct Extra {
    /// In the lightcurves.
    own_name: String,
    /// In the table.
    name: String,
    kind: ColumnKind,
    units: Vec<String>,
    description: String,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy)]
enum Content {
    SourceName,
    Observatory,
    Filter,
    SeriesNumber,
    InjectionNumber,
    FluxUnit,
    ZeroPoint,
    TimeWord(fn(TimeFrame) -> &'static str),
    Floats(fn(&Epochs) -> &[f64]),
    BjdTdb,
    Flag,
    Extra(usize),
}

impl Content {
    /// One value for all epochs of a lightcurve.
    fn is_constant(self) -> bool {
        !matches!(
            self,
            Content::Floats(_) | Content::BjdTdb | Content::Flag | Content::Extra(_)
        )
    }
}

impl LightcurveColumns {
    /// Of lightcurves of this kind, none of which is known yet.
    pub fn new(kind: Kind) -> LightcurveColumns {
        LightcurveColumns {
            kind,
            frames: Vec::new(),
            flux: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// Takes in what these have. True if all of it was known, so that the description stays as it was.
    pub fn learn<'a>(&mut self, lightcurves: impl IntoIterator<Item = &'a Lightcurve>) -> bool {
        let mut known = true;
        for lightcurve in lightcurves {
            known &= self.learn_one(lightcurve);
        }
        known
    }

    fn learn_one(&mut self, lightcurve: &Lightcurve) -> bool {
        let mut known = true;
        if !self.frames.contains(&lightcurve.frame) {
            self.frames.push(lightcurve.frame);
            known = false;
        }
        let epochs = &lightcurve.epochs;
        let unit = standard_unit(&epochs.flux_unit);
        let zero_point = Some(epochs.zero_point.to_bits());
        match self.flux.iter_mut().find(|(known, _)| known == unit) {
            None => {
                self.flux.push((unit.to_owned(), zero_point));
                known = false;
            }
            Some((_, common)) if common.is_some() && *common != zero_point => {
                *common = None;
                known = false;
            }
            Some(_) => {}
        }
        let extra = epochs.extra.iter().filter(|column| column.name != BJD_TDB);
        for column in extra {
            known &= self.learn_extra(column);
        }
        known
    }

    fn learn_extra(&mut self, column: &photometry::Column) -> bool {
        let kind = kind_of(&column.values);
        let unit = column_unit(&column.unit);
        let place = self
            .extra
            .iter()
            .position(|extra| extra.own_name == column.name);
        let Some(place) = place else {
            let name = self.free_name(&column.name);
            self.extra.push(Extra {
                own_name: column.name.clone(),
                name,
                kind,
                units: vec![unit.to_owned()],
                description: column.description.clone(),
            });
            return false;
        };
        let extra = &mut self.extra[place];
        let common = common_kind(&extra.kind, &kind);
        let new_unit = !extra.units.iter().any(|known| known == unit);
        if new_unit {
            extra.units.push(unit.to_owned());
        }
        let known = common == extra.kind && !new_unit;
        extra.kind = common;
        known
    }

    /// A column of a survey may be called like one that every lightcurve has.
    fn free_name(&self, name: &str) -> String {
        let columns = self.contents();
        let taken = |name: &str| columns.iter().any(|(column, _)| column.name == name);
        let mut free = name.to_owned();
        while taken(&free) {
            free.insert_str(0, "survey_");
        }
        free
    }

    /// The columns of a table with that layout.
    pub fn columns(&self, layout: Layout) -> Vec<Column> {
        let columns = self.contents().into_iter();
        columns
            .map(|(column, content)| match layout {
                Layout::Nested if !content.is_constant() => listed(column, content),
                _ => column,
            })
            .collect()
    }

    /// The columns of a table in a cell: all but the name of the source, a row for each epoch of any of its lightcurves.
    pub fn nested_columns(&self) -> Vec<Column> {
        let columns = self.contents().into_iter();
        columns
            .filter(|(_, content)| !matches!(content, Content::SourceName))
            .map(|(column, _)| column)
            .collect()
    }

    /// What is true of all of them.
    pub fn facts(&self) -> Vec<Fact> {
        let zero_points = self.flux.iter().map(|(unit, zero_point)| match zero_point {
            Some(bits) => format!("{}: {}", unit_or_none(unit), f64::from_bits(*bits)),
            None => format!("{}: in column zero_point", unit_or_none(unit)),
        });
        let mut facts = vec![Fact {
            name: "zero_points",
            keyword: "ZEROPTS",
            value: sorted(zero_points).join("; "),
            description: "mag = zero point - 2.5 log10(flux), by the unit of the flux",
        }];
        let frames = self
            .frames
            .iter()
            .map(|&frame| TimeSystem::from(frame).words());
        facts.push(Fact {
            name: "time",
            keyword: "TIMEFRAM",
            value: sorted(frames).join("; "),
            description: "what mjd is",
        });
        facts
    }

    /// Rows of these lightcurves.
    ///
    /// # Errors
    /// [`ExportError::Rows`] if one of them was not learnt.
    pub fn batch(
        &self,
        layout: Layout,
        lightcurves: &[&Lightcurve],
    ) -> Result<RecordBatch, ExportError> {
        self.check(lightcurves)?;
        let flat = layout == Layout::Flat;
        let lengths = || lightcurves.iter().map(|lightcurve| lightcurve.epochs.len());
        let arrays = self.contents().into_iter().map(|(column, content)| {
            if flat || content.is_constant() {
                return self.array(content, lightcurves, flat);
            }
            let values = self.array(content, lightcurves, flat);
            let missing = self.missing(content, lightcurves);
            let kind = &column.kind;
            let offsets = OffsetBuffer::from_lengths(lengths());
            Arc::new(ListArray::new(item_field(kind), offsets, values, missing)) as ArrayRef
        });
        let arrays: Vec<ArrayRef> = arrays.collect();
        let schema = schema(&self.columns(layout));
        Ok(RecordBatch::try_new(schema, arrays)?)
    }

    /// A table in a cell for each source, whose lightcurves stand together; a source without any has an empty one.
    ///
    /// # Errors
    /// As [`LightcurveColumns::batch`].
    pub fn nested(&self, sources: &[Vec<&Lightcurve>]) -> Result<StructArray, ExportError> {
        let all: Vec<&Lightcurve> = sources.iter().flatten().copied().collect();
        self.check(&all)?;
        let lengths = sources.iter().map(|curves| {
            let epochs = curves.iter().map(|curve| curve.epochs.len());
            epochs.sum::<usize>()
        });
        let lengths: Vec<usize> = lengths.collect();
        let contents = self.contents().into_iter();
        let nested = contents.filter(|(_, content)| !matches!(content, Content::SourceName));
        let (mut columns, mut lists) = (Vec::new(), Vec::new());
        for (column, content) in nested {
            let values = self.array(content, &all, true);
            let offsets = OffsetBuffer::from_lengths(lengths.iter().copied());
            let list = ListArray::new(item_field(&column.kind), offsets, values, None);
            lists.push(Arc::new(list) as ArrayRef);
            columns.push(column);
        }
        Ok(StructArray::try_new(nested_fields(&columns), lists, None)?)
    }

    fn check(&self, lightcurves: &[&Lightcurve]) -> Result<(), ExportError> {
        let mut known = self.clone();
        match known.learn(lightcurves.iter().copied()) {
            true => Ok(()),
            false => Err(ExportError::Rows {
                words: "a lightcurve has columns that were not told before".to_owned(),
            }),
        }
    }

    /// All columns of the flat table, and what is in them.
    fn contents(&self) -> Vec<(Column, Content)> {
        let column = |name: &str, kind, unit: &str, description: &str| {
            Column::new(name, kind, unit, description)
        };
        let float = |name: &str, unit: &str, description: &str| {
            column(name, ColumnKind::Float64, unit, description)
        };
        let text = |name: &str, description: &str| column(name, ColumnKind::Text, "", description);
        let (flux_unit, flux_words) = self.flux_unit();
        let frame = match self.frames.as_slice() {
            [frame] => Some(TimeSystem::from(*frame)),
            _ => None,
        };
        let mut all = vec![
            (
                text("source_name", "name of the source, as in the catalog").ucd("meta.id;src"),
                Content::SourceName,
            ),
            (
                text("observatory", "who observed it").ucd("meta.id;instr.obsty"),
                Content::Observatory,
            ),
            (
                text("filter", "the survey's name of the filter").ucd("meta.id;instr.filter"),
                Content::Filter,
            ),
            (
                column(
                    "series_number",
                    ColumnKind::Int32,
                    "",
                    "place among the lightcurves of the source and observatory, by start time, from 1",
                ),
                Content::SeriesNumber,
            ),
        ];
        if self.kind == Kind::Simulated {
            let words = "number of the simulated event that was put into it, from 1";
            all.push((
                column("injection_number", ColumnKind::Int32, "", words),
                Content::InjectionNumber,
            ));
        }
        let mjd = match frame {
            Some(_) => "time of the epoch",
            None => "time of the epoch, of the scale and place in time_scale and time_reference",
        };
        all.extend([
            (
                float("mjd", "d", mjd).ucd("time.epoch").time(frame),
                Content::Floats(|epochs| &epochs.mjd),
            ),
            (
                float(
                    "bjd_tdb",
                    "d",
                    "time of the epoch at the barycentre: one clock for all surveys",
                )
                .ucd("time.epoch")
                .time(Some(TimeSystem::BJD_TDB))
                .nullable(),
                Content::BjdTdb,
            ),
            (
                float("mag", "mag", "magnitude").ucd("phot.mag"),
                Content::Floats(|epochs| &epochs.mag),
            ),
            (
                float("magerr", "mag", "error of mag").ucd("stat.error;phot.mag"),
                Content::Floats(|epochs| &epochs.magerr),
            ),
            (
                float("flux", flux_unit, &format!("flux{flux_words}")).ucd("phot.flux"),
                Content::Floats(|epochs| &epochs.flux),
            ),
            (
                float("fluxerr", flux_unit, &format!("error of flux{flux_words}"))
                    .ucd("stat.error;phot.flux"),
                Content::Floats(|epochs| &epochs.fluxerr),
            ),
            (
                column(
                    "flag",
                    ColumnKind::Boolean,
                    "",
                    "true: the survey or the reduction calls the epoch bad",
                )
                .ucd("meta.code.qual"),
                Content::Flag,
            ),
            (
                float("exptime", "s", "exposure time").ucd("time.duration;obs.exposure"),
                Content::Floats(|epochs| &epochs.exptime),
            ),
            (
                float("ra", "deg", "right ascension, ICRS").ucd("pos.eq.ra"),
                Content::Floats(|epochs| &epochs.ra),
            ),
            (
                float("dec", "deg", "declination, ICRS").ucd("pos.eq.dec"),
                Content::Floats(|epochs| &epochs.dec),
            ),
        ]);
        for (place, extra) in self.extra.iter().enumerate() {
            all.push((extra.column(), Content::Extra(place)));
        }
        all.extend([
            (
                text(
                    "flux_unit",
                    "unit of flux and fluxerr; relative: to the median of the star",
                ),
                Content::FluxUnit,
            ),
            (
                float("zero_point", "mag", "mag = zero_point - 2.5 log10(flux)"),
                Content::ZeroPoint,
            ),
            (
                text("time_format", "how the days of mjd are counted"),
                Content::TimeWord(|frame| frame.format.as_str()),
            ),
            (
                text("time_scale", "time scale of mjd"),
                Content::TimeWord(|frame| frame.scale.as_str()),
            ),
            (
                text("time_reference", "where the light was timed for mjd"),
                Content::TimeWord(|frame| frame.reference.as_str()),
            ),
            (
                text(
                    "time_alignment",
                    "which part of the exposure mjd stands for",
                ),
                Content::TimeWord(|frame| frame.alignment.as_str()),
            ),
        ]);
        all
    }

    /// The unit that all fluxes have, or none and the words that tell so.
    fn flux_unit(&self) -> (&str, &'static str) {
        match self.flux.as_slice() {
            [(unit, _)] => (column_unit(unit), ""),
            _ => ("", ", in the unit that flux_unit says"),
        }
    }
}

impl Extra {
    fn column(&self) -> Column {
        let (unit, words) = match self.units.as_slice() {
            [unit] => (unit.as_str(), String::new()),
            units => {
                let units: Vec<&str> = units.iter().map(|unit| unit_or_none(unit)).collect();
                ("", format!(" (unit: {}, by survey)", units.join(" or ")))
            }
        };
        let description = format!("{}{words}", self.description);
        Column::new(&self.name, self.kind.clone(), unit, &description).nullable()
    }
}

fn listed(column: Column, content: Content) -> Column {
    let nullable = matches!(content, Content::Extra(_) | Content::BjdTdb);
    Column {
        kind: ColumnKind::List(Box::new(column.kind.clone())),
        nullable,
        ..column
    }
}

fn kind_of(values: &Values) -> ColumnKind {
    match values {
        Values::Float64(_) => ColumnKind::Float64,
        Values::Float32(_) => ColumnKind::Float32,
        Values::Int64(_) => ColumnKind::Int64,
        Values::Int32(_) => ColumnKind::Int32,
        Values::Boolean(_) => ColumnKind::Boolean,
        Values::Text(_) => ColumnKind::Text,
    }
}

/// The type that holds the values of both: numbers as the wider number, anything else as text.
fn common_kind(one: &ColumnKind, other: &ColumnKind) -> ColumnKind {
    use ColumnKind::{Float32, Float64, Int32, Int64, Text};
    match (one, other) {
        (one, other) if one == other => one.clone(),
        (Int32, Int64) | (Int64, Int32) => Int64,
        (Int32 | Float32 | Float64, Int32 | Float32 | Float64) => Float64,
        // a 64-bit integer does not fit a float
        _ => Text,
    }
}

/// A unit as FITS and VOUnits write it; one that is not known as it is.
fn standard_unit(unit: &str) -> &str {
    match unit {
        "e-/s" => "electron/s",
        "pixels" => "pixel",
        unit => unit,
    }
}

/// The same on a column: what is relative has none.
fn column_unit(unit: &str) -> &str {
    match standard_unit(unit) {
        "relative" => "",
        unit => unit,
    }
}

fn unit_or_none(unit: &str) -> &str {
    if unit.is_empty() { "none" } else { unit }
}

fn sorted(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut words: Vec<String> = words.collect();
    words.sort();
    words
}
