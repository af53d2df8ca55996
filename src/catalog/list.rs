//! The catalog itself: columns, and the ways to find a row.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::sky_index::SkyIndex;
use super::strings::{Names, Strings};
use super::{Summary, Target};

/// Targets in the order of their file, by column; missing numbers are NaN inside, none outside.
///
/// ```
/// let catalog = retriever::catalog::make(100, 1);
/// let target = catalog.target(7).expect("there are 100");
/// assert_eq!(catalog.row_of(&target.name), Some(7));
/// let (row, separation) = catalog.nearest(target.ra, target.dec, 2.0).expect("it is there");
/// assert_eq!((row, separation), (7, 0.0));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    pub(super) names: Names,
    pub(super) numbers: Numbers,
    pub(super) aliases: Option<Strings>,
    /// Numbers of the objects in other numberings, by its upper-case name; empty text where there is none.
    pub(super) ids: BTreeMap<String, Strings>,
    pub(super) mag_filter: Option<String>,
    pub(super) summary: Summary,
    pub(super) sky: OnceLock<SkyIndex>,
}

/// Columns of numbers; a column that the file does not have is empty.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    pub(super) ra: Vec<f64>,
    pub(super) dec: Vec<f64>,
    pub(super) pmra: Vec<f64>,
    pub(super) pmdec: Vec<f64>,
    pub(super) parallax: Vec<f64>,
    pub(super) mag: Vec<f64>,
    pub(super) mag_err: Vec<f64>,
    /// Magnitudes in further filters.
    pub(super) mags: BTreeMap<String, Vec<f64>>,
}

impl Catalog {
    /// Number of targets.
    pub fn len(&self) -> usize {
        self.numbers.ra.len()
    }

    /// True without a target.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The target of a row, from 0; none if there is no such row.
    pub fn target(&self, row: usize) -> Option<Target> {
        if row >= self.len() {
            return None;
        }
        let numbers = &self.numbers;
        let number = |column: &[f64]| column.get(row).copied().filter(|value| value.is_finite());
        let alias = self
            .aliases
            .as_ref()
            .map(|aliases| aliases.get(row).to_owned());
        Some(Target {
            index: row,
            name: self.name(row)?.to_owned(),
            ra: numbers.ra[row],
            dec: numbers.dec[row],
            epoch: self.summary.epoch,
            pmra: number(&numbers.pmra),
            pmdec: number(&numbers.pmdec),
            parallax: number(&numbers.parallax),
            mag: number(&numbers.mag),
            mag_err: number(&numbers.mag_err),
            mag_filter: number(&numbers.mag).and(self.mag_filter.clone()),
            alias: alias.filter(|alias| !alias.is_empty()),
            mags: numbers
                .mags
                .iter()
                .filter_map(|(filter, column)| Some((filter.clone(), number(column)?)))
                .collect(),
            ids: self
                .ids
                .iter()
                .map(|(kind, numbers)| (kind.clone(), numbers.get(row).to_owned()))
                .filter(|(_, number)| !number.is_empty())
                .collect(),
        })
    }

    /// All targets in order.
    pub fn targets(&self) -> impl Iterator<Item = Target> {
        (0..self.len()).filter_map(|row| self.target(row))
    }

    /// Name of a row; none if there is no such row.
    pub fn name(&self, row: usize) -> Option<&str> {
        (row < self.len()).then(|| self.names.strings().get(row))
    }

    /// Row of exactly this name.
    pub fn row_of(&self, name: &str) -> Option<usize> {
        self.names.row_of(name)
    }

    /// Positions (deg, ICRS, at the epoch of the catalog) of all rows: RA and Dec.
    pub fn positions(&self) -> (&[f64], &[f64]) {
        (&self.numbers.ra, &self.numbers.dec)
    }

    /// The row nearest to a direction (deg) within a radius, and its separation (arcsec).
    ///
    /// Positions are those at the epoch of the catalog. Of rows at the same place the first one is given.
    pub fn nearest(&self, ra: f64, dec: f64, radius_arcsec: f64) -> Option<(usize, f64)> {
        let found = self.cone(ra, dec, radius_arcsec / 3600.0);
        found
            .first()
            .map(|&(row, separation)| (row, separation * 3600.0))
    }

    /// All rows within a radius (deg, up to 180) of a direction (deg) with their separations (deg), nearest first.
    ///
    /// Nothing is near a direction or within a radius that is NaN or out of range.
    pub fn cone(&self, ra: f64, dec: f64, radius_deg: f64) -> Vec<(usize, f64)> {
        let (all_ra, all_dec) = self.positions();
        self.sky
            .get_or_init(|| SkyIndex::new(all_ra, all_dec))
            .cone((all_ra, all_dec), (ra, dec), radius_deg)
    }

    /// What the catalog is and where its columns come from.
    pub fn describe(&self) -> &Summary {
        &self.summary
    }

    /// SHA-256 (64 hexadecimal digits) of what the catalog says, whatever the format of its file.
    ///
    /// Over names, positions, proper motions, parallaxes, magnitudes, errors, second names and numbers elsewhere in
    /// order, each column with its label; NaN has one form, −0 is 0.
    pub fn content_sha256(&self) -> String {
        let mut hash = Sha256::new();
        let numbers = &self.numbers;
        update_with_texts(&mut hash, "name", self.names.strings());
        let columns = [
            ("ra", &numbers.ra),
            ("dec", &numbers.dec),
            ("pmra", &numbers.pmra),
            ("pmdec", &numbers.pmdec),
            ("parallax", &numbers.parallax),
            ("mag", &numbers.mag),
            ("mag_err", &numbers.mag_err),
        ];
        for (label, column) in columns {
            update_with_numbers(&mut hash, label, column);
        }
        for (filter, column) in &numbers.mags {
            update_with_numbers(&mut hash, filter, column);
        }
        if let Some(aliases) = &self.aliases {
            update_with_texts(&mut hash, "alias", aliases);
        }
        for (kind, numbers) in &self.ids {
            update_with_texts(&mut hash, kind, numbers);
        }
        hash.finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

fn update_with_label(hash: &mut Sha256, label: &str, rows: usize) {
    hash.update((label.len() as u64).to_le_bytes());
    hash.update(label);
    hash.update((rows as u64).to_le_bytes());
}

fn update_with_texts(hash: &mut Sha256, label: &str, texts: &Strings) {
    update_with_label(hash, label, texts.len());
    for text in texts.iter() {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
}

fn update_with_numbers(hash: &mut Sha256, label: &str, column: &[f64]) {
    update_with_label(hash, label, column.len());
    for &value in column {
        // adding 0 turns −0 into 0
        let value = if value.is_finite() {
            value + 0.0
        } else {
            f64::NAN
        };
        hash.update(value.to_bits().to_le_bytes());
    }
}
