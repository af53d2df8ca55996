//! Quality bits by their names, and which of them make an epoch bad.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::products::Pipeline;

/// Bits of the column QUALITY, by the names of the mission's archive manual (table 32).
pub const BITS: [(&str, u32); 16] = [
    ("attitude_tweak", 1),
    ("safe_mode", 2),
    ("coarse_point", 4),
    ("earth_point", 8),
    ("argabrightening", 16),
    ("desaturation", 32),
    ("cosmic_ray_in_aperture", 64),
    ("manual_exclude", 128),
    ("discontinuity_corrected", 256),
    ("impulsive_outlier", 512),
    ("cosmic_ray_in_collateral_data", 1024),
    ("stray_light_manual", 2048),
    ("stray_light", 4096),
    ("planet_search_exclude", 8192),
    ("bad_calibration_exclude", 16384),
    ("insufficient_targets", 32768),
];

/// The word for the bit by which QLP marks epochs of low precision; its place depends on the sector.
pub const LOW_PRECISION: &str = "low_precision";

/// First sector whose QLP files have the low-precision mark in bit 31; before, it is bit 13, the mission's `stray_light`.
const FIRST_SECTOR_OF_BIT_31: i32 = 56;

/// Which quality bits make an epoch bad: one of four words, or a list of names of bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quality {
    /// No bit does.
    None,
    /// The bits that spoil photometry nearly always: 17087, without stray light and cosmic rays.
    Default,
    /// Those and the ones that may: 24319.
    Hard,
    /// Any bit: 65535.
    Hardest,
    /// These bits.
    Bits(Vec<String>),
}

const WORDS: [(&str, Quality); 4] = [
    ("none", Quality::None),
    ("default", Quality::Default),
    ("hard", Quality::Hard),
    ("hardest", Quality::Hardest),
];

impl Quality {
    /// The bits of QUALITY that make an epoch of this pipeline and sector bad.
    pub fn mask(&self, pipeline: Pipeline, sector: i32) -> u32 {
        let mask = match self {
            Quality::None => 0,
            Quality::Default => 17_087,
            Quality::Hard => 24_319,
            Quality::Hardest => 65_535,
            Quality::Bits(names) => names.iter().filter_map(|name| bit(name)).sum(),
        };
        let low_precision = match pipeline {
            Pipeline::Qlp => low_precision_bit(sector),
            Pipeline::Spoc | Pipeline::TessSpoc => return mask,
        };
        let wanted = match self {
            Quality::None => false,
            Quality::Default | Quality::Hard | Quality::Hardest => true,
            Quality::Bits(names) => names.iter().any(|name| name == LOW_PRECISION),
        };
        // in early sectors QLP has the bit of stray light for its own mark, which then says nothing of stray light
        (mask & !low_precision) | if wanted { low_precision } else { 0 }
    }

    /// What is wrong with it, if anything.
    pub(super) fn problem(&self) -> Option<String> {
        let Quality::Bits(names) = self else {
            return None;
        };
        let unknown = |name: &&String| name.as_str() != LOW_PRECISION && bit(name).is_none();
        let repeated = (1..names.len()).any(|place| names[..place].contains(&names[place]));
        match names.iter().find(unknown) {
            Some(name) => Some(format!("there is no quality bit {name:?}")),
            None => repeated.then(|| "a bit is there twice".to_owned()),
        }
    }
}

/// The bit by which QLP marks epochs of low precision in a sector.
pub fn low_precision_bit(sector: i32) -> u32 {
    if sector < FIRST_SECTOR_OF_BIT_31 {
        1 << 12
    } else {
        1 << 30
    }
}

fn bit(name: &str) -> Option<u32> {
    BITS.iter()
        .find(|(known, _)| *known == name)
        .map(|&(_, bit)| bit)
}

impl Serialize for Quality {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Quality::Bits(names) = self {
            return names.serialize(serializer);
        }
        let word = WORDS.iter().find(|(_, quality)| quality == self);
        word.map_or("none", |(word, _)| word).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Quality {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Quality, D::Error> {
        deserializer.deserialize_any(WordOrNames)
    }
}

struct WordOrNames;

impl<'de> Visitor<'de> for WordOrNames {
    type Value = Quality;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("none, default, hard, hardest or a list of names of quality bits")
    }

    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Quality, E> {
        WORDS
            .iter()
            .find(|(known, _)| *known == word)
            .map(|(_, quality)| quality.clone())
            .ok_or_else(|| {
                E::custom(format!(
                    "{word:?} is none of none, default, hard, hardest and no list of quality bits"
                ))
            })
    }

    /// YAML's null reads as the word none.
    fn visit_unit<E: serde::de::Error>(self) -> Result<Quality, E> {
        Ok(Quality::None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Quality, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = items.next_element::<String>()? {
            names.push(name);
        }
        Ok(Quality::Bits(names))
    }
}

impl JsonSchema for Quality {
    fn schema_name() -> Cow<'static, str> {
        "Quality".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "array"],
            "items": {"type": "string"},
            "examples": ["none", "default", "hard", "hardest", ["safe_mode", "desaturation"]],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The three numbers are those of lightkurve's TessQualityFlags, as section 5.4 of the formats page has them.
    #[test]
    fn the_words_stand_for_the_masks_that_astronomers_know() {
        let mask = |names: &[&str]| {
            let names = names.iter().map(|&name| name.to_owned()).collect();
            Quality::Bits(names).mask(Pipeline::Spoc, 1)
        };
        let default = [
            "attitude_tweak",
            "safe_mode",
            "coarse_point",
            "earth_point",
            "argabrightening",
            "desaturation",
            "manual_exclude",
            "impulsive_outlier",
            "bad_calibration_exclude",
        ];
        assert_eq!(Quality::Default.mask(Pipeline::Spoc, 1), mask(&default));
        let more = [
            "cosmic_ray_in_aperture",
            "cosmic_ray_in_collateral_data",
            "stray_light_manual",
            "stray_light",
        ];
        assert_eq!(
            Quality::Hard.mask(Pipeline::TessSpoc, 1),
            mask(&default) | mask(&more)
        );
        let all: Vec<&str> = BITS.iter().map(|(name, _)| *name).collect();
        assert_eq!(Quality::Hardest.mask(Pipeline::Spoc, 1), mask(&all));
        assert_eq!(Quality::None.mask(Pipeline::Qlp, 60), 0);
    }

    #[test]
    fn the_mark_of_low_precision_moves_with_the_sector() {
        let default = |sector| Quality::Default.mask(Pipeline::Qlp, sector);
        assert_eq!(
            (default(55), default(56)),
            (17_087 | 4096, 17_087 | 1 << 30)
        );
        let stray = Quality::Bits(vec!["stray_light".to_owned()]);
        assert_eq!(
            (stray.mask(Pipeline::Qlp, 55), stray.mask(Pipeline::Qlp, 56)),
            (0, 4096)
        );
        let low = Quality::Bits(vec![LOW_PRECISION.to_owned()]);
        assert_eq!(
            (low.mask(Pipeline::Qlp, 1), low.mask(Pipeline::Spoc, 1)),
            (4096, 0)
        );
    }

    #[test]
    fn a_word_or_a_list_is_read_and_written() {
        for text in [r#""hard""#, r#""none""#, r#"["safe_mode","low_precision"]"#] {
            let quality: Quality = serde_json::from_str(text).unwrap();
            assert_eq!(quality.problem(), None);
            assert_eq!(serde_json::to_string(&quality).unwrap(), text);
        }
        assert!(serde_json::from_str::<Quality>(r#""harder""#).is_err());
        let unknown: Quality = serde_json::from_str(r#"["safe_mod"]"#).unwrap();
        assert!(unknown.problem().unwrap().contains("safe_mod"));
    }
}
