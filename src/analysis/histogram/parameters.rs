//! What a project may set for histograms.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::axis::MOST_BINS;
use crate::parameters::{Check, Parameters};

/// What a project may set under `histograms:`.
///
/// An axis is written [start, stop, step] (fixed; the numbers are bin centres), [start, step] (grows with the data on
/// that lattice) or [] (one bin a word); a text at the end is its unit. Axes are in the order of their names, source
/// axes first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HistogramParameters {
    /// Axis of each score and quality value.
    pub score_coords: BTreeMap<String, AxisSpec>,
    /// Axes of what is known of the source; a source without the value has a bin of its own.
    pub source_coords: BTreeMap<String, AxisSpec>,
    /// Axes of what is known of the epoch.
    pub obs_coords: BTreeMap<String, AxisSpec>,
    /// How many steps from its start a growing axis may reach; what is further out is underflow or overflow.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_growth: u32,
}

/// How an axis is written.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // start, stop and step as the variant says
pub enum AxisSpec {
    /// Bins centred on start, start + step, … up to stop, or to the first centre beyond it.
    Fixed {
        start: f64,
        stop: f64,
        step: f64,
        unit: Option<String>,
    },
    /// Bins centred on start + k·step wherever there are data.
    Dynamic {
        start: f64,
        step: f64,
        unit: Option<String>,
    },
    /// A bin for each word.
    Words { unit: Option<String> },
}

impl Default for HistogramParameters {
    fn default() -> HistogramParameters {
        let axes = |axes: &[(&str, AxisSpec)]| {
            let owned = axes
                .iter()
                .map(|(name, spec)| ((*name).to_owned(), spec.clone()));
            owned.collect()
        };
        HistogramParameters {
            score_coords: axes(&[
                ("snr", AxisSpec::fixed(-20.0, 20.0, 0.1)),
                ("dmag", AxisSpec::fixed(-3.0, 3.0, 0.1)),
                ("score", AxisSpec::fixed(-20.0, 20.0, 0.1)),
                ("offset", AxisSpec::fixed(-5.0, 5.0, 0.1)),
                ("width", AxisSpec::in_unit(0.0, 0.01, "d")),
                ("limiting_magnitude", AxisSpec::in_unit(20.0, 0.1, "mag")),
                ("airmass", AxisSpec::dynamic(1.0, 0.02)),
                ("sharp", AxisSpec::dynamic(0.0, 0.02)),
                ("chi", AxisSpec::dynamic(0.0, 0.1)),
                ("background", AxisSpec::dynamic(0.0, 0.1)),
                ("scattered_light", AxisSpec::dynamic(0.0, 0.02)),
                ("isolated", AxisSpec::in_unit(0.0, 0.1, "d")),
            ]),
            // growing: stars of TESS begin at 2, faint ones of deep surveys end at 25, and a project has some of them
            source_coords: axes(&[("mag", AxisSpec::dynamic(15.0, 0.5))]),
            obs_coords: axes(&[
                ("exptime", AxisSpec::dynamic(30.0, 1.0)),
                ("filter", AxisSpec::Words { unit: None }),
            ]),
            max_growth: 10_000,
        }
    }
}

impl HistogramParameters {
    /// The same with an axis for a score that has none: a finder's or cut's own, which a project need not know.
    pub fn with_score(mut self, name: &str, spec: AxisSpec) -> HistogramParameters {
        self.score_coords.entry(name.to_owned()).or_insert(spec);
        self
    }
}

impl Parameters for HistogramParameters {
    fn check(&self, check: &mut Check) {
        let sections = [
            ("score_coords", &self.score_coords),
            ("source_coords", &self.source_coords),
            ("obs_coords", &self.obs_coords),
        ];
        for (section, axes) in sections {
            for (name, spec) in axes {
                let message = "the file of a histogram has something else of this name";
                check.require(!is_taken(name), &format!("{section}.{name}"), message);
                if let Some(fault) = spec.fault() {
                    check.fail(&format!("{section}.{name}"), fault);
                }
                if section == "score_coords" && matches!(spec, AxisSpec::Words { .. }) {
                    let message = "a score is a number: give [start, stop, step]";
                    check.fail(&format!("{section}.{name}"), message);
                }
            }
        }
        for name in self.obs_coords.keys() {
            let other = self.source_coords.contains_key(name);
            let message = "an axis belongs to the source or to the epoch, not to both";
            check.require(!other, &format!("obs_coords.{name}"), message);
        }
        for name in self.score_coords.keys() {
            let other = self.source_coords.contains_key(name) || self.obs_coords.contains_key(name);
            let message = "a score cannot have the name of another axis";
            check.require(!other, &format!("score_coords.{name}"), message);
        }
    }
}

/// Whether a variable or dimension of a histogram's file that is no axis has this name.
fn is_taken(name: &str) -> bool {
    let words = [
        "",
        "underflow",
        "overflow",
        "nan",
        "score_name",
        "axis_name",
        "bound",
    ];
    words.contains(&name) || name.ends_with("_bounds") || name.ends_with("_counts")
}

impl AxisSpec {
    /// Bins from `start` to `stop`, both centres, `step` apart.
    pub fn fixed(start: f64, stop: f64, step: f64) -> AxisSpec {
        AxisSpec::Fixed {
            start,
            stop,
            step,
            unit: None,
        }
    }

    /// Bins `step` apart wherever there are data, one of them centred on `start`.
    pub fn dynamic(start: f64, step: f64) -> AxisSpec {
        AxisSpec::Dynamic {
            start,
            step,
            unit: None,
        }
    }

    /// Growing, of numbers in this unit.
    fn in_unit(start: f64, step: f64, unit: &str) -> AxisSpec {
        AxisSpec::Dynamic {
            start,
            step,
            unit: Some(unit.to_owned()),
        }
    }

    /// The unit, if one is written.
    pub fn unit(&self) -> Option<&str> {
        match self {
            AxisSpec::Fixed { unit, .. }
            | AxisSpec::Dynamic { unit, .. }
            | AxisSpec::Words { unit } => unit.as_deref(),
        }
    }

    fn numbers(&self) -> Vec<f64> {
        match *self {
            AxisSpec::Fixed {
                start, stop, step, ..
            } => vec![start, stop, step],
            AxisSpec::Dynamic { start, step, .. } => vec![start, step],
            AxisSpec::Words { .. } => Vec::new(),
        }
    }

    /// What is wrong with the numbers, in words.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let numbers = self.numbers();
        let step = numbers.last().copied().unwrap_or(1.0);
        if numbers.iter().any(|number| !number.is_finite()) {
            return Some("all numbers must be finite");
        }
        if step <= 0.0 {
            return Some("the step must be above 0");
        }
        match *self {
            AxisSpec::Fixed { start, stop, .. } if stop < start => {
                Some("the stop must not be below the start")
            }
            AxisSpec::Fixed { start, stop, .. } if (stop - start) / step >= MOST_BINS => {
                Some("that is more than a million bins")
            }
            _ => None,
        }
    }
}

impl Serialize for AxisSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut items = serializer.serialize_seq(None)?;
        for number in self.numbers() {
            items.serialize_element(&number)?;
        }
        if let Some(unit) = self.unit() {
            items.serialize_element(unit)?;
        }
        items.end()
    }
}

impl<'de> Deserialize<'de> for AxisSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AxisSpec, D::Error> {
        deserializer.deserialize_seq(AxisVisitor)
    }
}

struct AxisVisitor;

impl<'de> Visitor<'de> for AxisVisitor {
    type Value = AxisSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[start, stop, step], [start, step] or [], with a unit at the end if need be")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<AxisSpec, A::Error> {
        let mut numbers = Vec::new();
        let mut unit = None;
        while let Some(item) = items.next_element::<Item>()? {
            match item {
                _ if unit.is_some() => return Err(A::Error::custom("the unit stands at the end")),
                Item::Number(number) => numbers.push(number),
                Item::Text(text) => unit = Some(text),
            }
        }
        match *numbers.as_slice() {
            [start, stop, step] => Ok(AxisSpec::Fixed {
                start,
                stop,
                step,
                unit,
            }),
            [start, step] => Ok(AxisSpec::Dynamic { start, step, unit }),
            [] => Ok(AxisSpec::Words { unit }),
            _ => Err(A::Error::invalid_length(numbers.len(), &self)),
        }
    }
}

/// A number or a text.
enum Item {
    Number(f64),
    Text(String),
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Item, D::Error> {
        deserializer.deserialize_any(ItemVisitor)
    }
}

struct ItemVisitor;

impl Visitor<'_> for ItemVisitor {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or the unit")
    }

    fn visit_f64<E>(self, value: f64) -> Result<Item, E> {
        Ok(Item::Number(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Item, E> {
        Ok(Item::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Item, E> {
        Ok(Item::Number(value as f64))
    }

    fn visit_str<E>(self, value: &str) -> Result<Item, E> {
        Ok(Item::Text(value.to_owned()))
    }
}

impl JsonSchema for AxisSpec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Axis".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "items": {"type": ["number", "string"]},
            "maxItems": 4,
        })
    }
}
