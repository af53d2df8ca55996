//! Which rows of the catalog a run takes.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::catalog::{Catalog, nearest_names};

/// Similar names that are told of one that the catalog does not have.
const MOST_NAMES: usize = 3;

/// Rows of the catalog; all conditions together. The default takes every row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// First row, from 0.
    pub start: usize,
    /// Row after the last; none = to the end.
    pub stop: Option<usize>,
    /// Only sources of these names; empty = all.
    pub sources: Vec<String>,
    /// Only one share of the sources.
    pub shard: Option<Shard>,
}

/// One of `of` shares of the sources, drawn by name: the same however the catalog is ordered or cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1 to `of`.
    pub number: u32,
    /// How many shares.
    pub of: u32,
}

/// A name that the catalog does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[error("the catalog has no source {name:?}")]
pub struct NotInCatalog {
    /// The name.
    pub name: String,
    /// What to do.
    #[help]
    pub advice: String,
}

impl NotInCatalog {
    pub(super) fn new(name: &str, catalog: &Catalog) -> NotInCatalog {
        let names = (0..catalog.len()).filter_map(|row| catalog.name(row));
        let advice = match nearest_names(name, names, MOST_NAMES).as_slice() {
            [nearest @ .., last] if !nearest.is_empty() => {
                let nearest: Vec<String> = nearest.iter().map(|name| format!("{name:?}")).collect();
                format!("did you mean {} or {last:?}?", nearest.join(", "))
            }
            [nearest] => format!("did you mean {nearest:?}?"),
            _ => "names are those of the catalog's name column, letter by letter".to_owned(),
        };
        NotInCatalog {
            name: name.to_owned(),
            advice,
        }
    }
}

impl Selection {
    /// Row numbers in the order of the catalog.
    pub fn rows(&self, catalog: &Catalog) -> Result<Vec<usize>, NotInCatalog> {
        let range = self.start..self.stop.unwrap_or(usize::MAX).min(catalog.len());
        let mut rows: Vec<usize> = if self.sources.is_empty() {
            range.collect()
        } else {
            self.named(catalog)?
                .into_iter()
                .filter(|row| range.contains(row))
                .collect()
        };
        if let Some(shard) = self.shard {
            rows.retain(|&row| catalog.name(row).is_some_and(|name| shard.holds(name)));
        }
        Ok(rows)
    }

    fn named(&self, catalog: &Catalog) -> Result<Vec<usize>, NotInCatalog> {
        let mut rows = HashSet::new();
        for name in &self.sources {
            rows.insert(
                catalog
                    .row_of(name)
                    .ok_or_else(|| NotInCatalog::new(name, catalog))?,
            );
        }
        let mut rows: Vec<usize> = rows.into_iter().collect();
        rows.sort_unstable();
        Ok(rows)
    }
}

impl Shard {
    /// Whether a source belongs to this share.
    pub fn holds(self, source_name: &str) -> bool {
        let digest = Sha256::digest(source_name.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        u64::from_be_bytes(first) % u64::from(self.of) == u64::from(self.number - 1)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let wrong = || format!("{text:?} is not a share: write i/n with i from 1 to n, like 1/8");
        let (number, of) = text.split_once('/').ok_or_else(wrong)?;
        let shard = Shard {
            number: number.trim().parse().map_err(|_| wrong())?,
            of: of.trim().parse().map_err(|_| wrong())?,
        };
        if (1..=shard.of).contains(&shard.number) {
            Ok(shard)
        } else {
            Err(wrong())
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_is_in_exactly_one_share() {
        for star in 0..1000 {
            let name = format!("star {star}");
            let shares = (1..=7)
                .filter(|&number| Shard { number, of: 7 }.holds(&name))
                .count();
            assert_eq!(shares, 1, "{name}");
        }
    }

    #[test]
    fn shares_are_written_from_one() {
        assert_eq!("2/8".parse(), Ok(Shard { number: 2, of: 8 }));
        for wrong in ["0/8", "9/8", "8", "a/b", "1/0", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
