//! Which column of a file is taken for what.
//!
//! A column that a parameter names must be there: the exact name first, then the only one that differs in
//! case alone. (Tables of VizieR have `Gmag` and `gmag`, so case is not ignored when it decides.) Without a
//! parameter, the first spelling of [`Role::spellings`] that the file has is taken, again exact before case.

use std::path::Path;

use serde::Serialize;

use super::reader::Head;
use super::{CatalogError, CatalogParameters};

/// The numbering of the TESS Input Catalog.
const TIC: &str = "TIC";

/// What a column is taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// Name of the target.
    Name,
    /// Right ascension.
    Ra,
    /// Declination.
    Dec,
    /// Proper motion in right ascension.
    PmRa,
    /// Proper motion in declination.
    PmDec,
    /// Parallax.
    Parallax,
    /// Magnitude.
    Mag,
    /// Error of the magnitude.
    MagError,
    /// A second name.
    Alias,
    /// Magnitude in a further filter, by the name of the filter.
    MagIn(String),
    /// The object's number in another numbering, by its upper-case name.
    Id(String),
}

/// A column of the file that the catalog uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnUse {
    /// What it is taken for.
    pub role: Role,
    /// Name of the column in the file.
    pub column: String,
    /// Whether a parameter names it; else it was recognised.
    pub explicit: bool,
}

/// The columns to read, and which of them each role takes.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    pub(super) uses: Vec<ColumnUse>,
    /// For each use, its place in `wanted`.
    places: Vec<usize>,
    /// Places in the file of the columns to read, each once.
    pub(super) wanted: Vec<usize>,
    /// Unit of each wanted column.
    pub(super) units: Vec<String>,
}

impl Role {
    fn parameter(&self) -> &'static str {
        match self {
            Role::Name => "name_column",
            Role::Ra => "ra_column",
            Role::Dec => "dec_column",
            Role::PmRa => "pm_ra_column",
            Role::PmDec => "pm_dec_column",
            Role::Parallax => "parallax_column",
            Role::Mag => "mag_column",
            Role::MagError => "mag_error_column",
            Role::Alias => "alias_column",
            Role::MagIn(_) => "mag_to_column_map",
            Role::Id(_) => "id_column_map",
        }
    }

    /// Spellings that are recognised: our own first, then those of Gaia, VizieR, TIC and ZTF tables.
    fn spellings(&self) -> &'static [&'static str] {
        match self {
            Role::Name => &[
                "name",
                "source_id",
                "object_id",
                "source_name",
                "main_id",
                "designation",
                "objectid",
                "objid",
                "oid",
                "GaiaDR3",
                "GaiaEDR3",
                "GaiaDR2",
                "Source",
                "TIC",
                "id",
            ],
            Role::Ra => &[
                "ra",
                "RA_ICRS",
                "_RAJ2000",
                "RAJ2000",
                "ra_deg",
                "RAdeg",
                "objra",
                "right_ascension",
            ],
            Role::Dec => &[
                "dec",
                "DE_ICRS",
                "_DEJ2000",
                "DEJ2000",
                "decj2000",
                "dec_deg",
                "DEdeg",
                "decdeg",
                "objdec",
                "declination",
            ],
            Role::PmRa => &["pmra", "pm_ra", "pmRA"],
            Role::PmDec => &["pmdec", "pm_dec", "pmDE"],
            Role::Parallax => &["parallax", "Plx"],
            Role::Mag => &["mag", "phot_g_mean_mag", "Gmag", "magnitude"],
            Role::Id(kind) if kind == TIC => &["TIC", "tic", "TICID", "tic_id", "ticid"],
            Role::MagError | Role::Alias | Role::MagIn(_) | Role::Id(_) => &[],
        }
    }

    fn is_required(&self) -> bool {
        matches!(self, Role::Name | Role::Ra | Role::Dec)
    }
}

impl Mapping {
    /// Chooses among the columns of `file`.
    pub(super) fn choose(
        parameters: &CatalogParameters,
        file: &Path,
        heads: &[Head],
    ) -> Result<Mapping, CatalogError> {
        let mut mapping = Mapping::default();
        let finder = Finder { file, heads };
        for (role, column) in requests(parameters) {
            let found = match column {
                Some(column) => Some(finder.named(&role, column)?),
                None => finder.recognised(&role, &mapping.spellings(&role))?,
            };
            match found {
                Some(place) => mapping.take(role, place, column.is_some(), &heads[place]),
                None if role.is_required() => {
                    return Err(finder.missing(&role, role.spellings()[0]));
                }
                None => {}
            }
        }
        Ok(mapping)
    }

    /// Place among the read columns of what a role takes; none if the file does not have it.
    pub(super) fn place(&self, role: &Role) -> Option<usize> {
        let used = self.uses.iter().position(|used| used.role == *role)?;
        Some(self.places[used])
    }

    /// Spellings of a role; the error of a magnitude is called after the magnitude, lest it be that of another.
    fn spellings(&self, role: &Role) -> Vec<String> {
        let mag = self.uses.iter().find(|used| used.role == Role::Mag);
        match (role, mag) {
            (Role::MagError, Some(mag)) => {
                let mag = &mag.column;
                vec![
                    format!("{mag}err"),
                    format!("{mag}_err"),
                    format!("{mag}_error"),
                    format!("e_{mag}"),
                ]
            }
            _ => role
                .spellings()
                .iter()
                .map(|&name| name.to_owned())
                .collect(),
        }
    }

    /// Filter of the magnitudes, where the recognised column itself tells it.
    pub(super) fn filter_of_mag(&self) -> Option<&'static str> {
        let used = self.uses.iter().find(|used| used.role == Role::Mag)?;
        let is_gaia = used.column.eq_ignore_ascii_case("phot_g_mean_mag") || used.column == "Gmag";
        is_gaia.then_some("Gaia_G")
    }

    fn take(&mut self, role: Role, column: usize, explicit: bool, head: &Head) {
        let place = self.wanted.iter().position(|&wanted| wanted == column);
        let place = place.unwrap_or_else(|| {
            self.wanted.push(column);
            self.units.push(head.unit.clone());
            self.wanted.len() - 1
        });
        self.places.push(place);
        self.uses.push(ColumnUse {
            role,
            column: head.name.clone(),
            explicit,
        });
    }
}

fn requests(parameters: &CatalogParameters) -> Vec<(Role, Option<&str>)> {
    let mut requests = vec![
        (Role::Name, parameters.name_column.as_deref()),
        (Role::Ra, parameters.ra_column.as_deref()),
        (Role::Dec, parameters.dec_column.as_deref()),
        (Role::PmRa, parameters.pm_ra_column.as_deref()),
        (Role::PmDec, parameters.pm_dec_column.as_deref()),
        (Role::Parallax, parameters.parallax_column.as_deref()),
        (Role::Mag, parameters.mag_column.as_deref()),
        (Role::MagError, parameters.mag_error_column.as_deref()),
        (Role::Alias, parameters.alias_column.as_deref()),
    ];
    for (filter, column) in &parameters.mag_to_column_map {
        requests.push((Role::MagIn(filter.clone()), Some(column)));
    }
    for (kind, column) in &parameters.id_column_map {
        requests.push((Role::Id(kind.to_uppercase()), Some(column)));
    }
    let is_tic = |kind: &String| kind.eq_ignore_ascii_case(TIC);
    if !parameters.id_column_map.keys().any(is_tic) {
        requests.push((Role::Id(TIC.to_owned()), None));
    }
    requests
}

/// Looks names up among the columns of a file.
struct Finder<'a> {
    file: &'a Path,
    heads: &'a [Head],
}

impl Finder<'_> {
    fn named(&self, role: &Role, column: &str) -> Result<usize, CatalogError> {
        self.exact(role, column)?
            .map_or_else(|| self.in_any_case(role, column), |place| Ok(Some(place)))?
            .ok_or_else(|| self.missing(role, column))
    }

    fn recognised(&self, role: &Role, spellings: &[String]) -> Result<Option<usize>, CatalogError> {
        for spelling in spellings {
            if let Some(place) = self.exact(role, spelling)? {
                return Ok(Some(place));
            }
        }
        for spelling in spellings {
            if let Some(place) = self.in_any_case(role, spelling)? {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    fn exact(&self, role: &Role, column: &str) -> Result<Option<usize>, CatalogError> {
        self.only(role, column, |name| name == column)
    }

    fn in_any_case(&self, role: &Role, column: &str) -> Result<Option<usize>, CatalogError> {
        let folded = column.to_lowercase();
        self.only(role, column, |name| name.to_lowercase() == folded)
    }

    fn only(
        &self,
        role: &Role,
        column: &str,
        fits: impl Fn(&str) -> bool,
    ) -> Result<Option<usize>, CatalogError> {
        let matches: Vec<usize> = (0..self.heads.len())
            .filter(|&place| fits(&self.heads[place].name))
            .collect();
        if matches.len() > 1 {
            return Err(CatalogError::AmbiguousColumn {
                file: self.file.to_owned(),
                parameter: role.parameter(),
                column: column.to_owned(),
                matches: matches
                    .iter()
                    .map(|&place| self.heads[place].name.clone())
                    .collect(),
            });
        }
        Ok(matches.first().copied())
    }

    fn missing(&self, role: &Role, column: &str) -> CatalogError {
        let nearest = nearest(column, self.heads.iter().map(|head| head.name.as_str()));
        let advice = match nearest {
            Some(name) => format!("did you mean `{}: {name}`?", role.parameter()),
            None => format!("set `{}` to one of them", role.parameter()),
        };
        CatalogError::MissingColumn {
            file: self.file.to_owned(),
            parameter: role.parameter(),
            column: column.to_owned(),
            available: self.heads.iter().map(|head| head.name.clone()).collect(),
            advice,
        }
    }
}

/// Similarity of typing errors; below, unrelated short names begin to appear.
const SIMILAR: f64 = 0.7;

/// The most similar name, if any is similar at all.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    nearest_few(name, known, 1).pop()
}

/// So many of the similar names at most, the most similar first; of equally similar ones those that come first.
pub(super) fn nearest_few<'a>(
    name: &str,
    known: impl Iterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let mut best: Vec<(f64, &str)> = Vec::with_capacity(most + 1);
    for other in known {
        let similarity = strsim::jaro_winkler(name, other);
        if similarity < SIMILAR {
            continue;
        }
        let place = best.partition_point(|(known, _)| *known >= similarity);
        best.insert(place, (similarity, other));
        best.truncate(most);
    }
    best.into_iter().map(|(_, other)| other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(names: &[&str]) -> Vec<Head> {
        names.iter().map(|name| Head::new(name, "")).collect()
    }

    fn choose(
        parameters: &CatalogParameters,
        names: &[&str],
    ) -> Result<Vec<(Role, String)>, CatalogError> {
        let mapping = Mapping::choose(parameters, Path::new("x.csv"), &heads(names))?;
        Ok(mapping
            .uses
            .into_iter()
            .map(|used| (used.role, used.column))
            .collect())
    }

    #[test]
    fn columns_of_the_vizier_white_dwarfs_are_recognised() {
        let names = [
            "GaiaEDR3", "RA_ICRS", "DE_ICRS", "Plx", "pmRA", "pmDE", "Gmag", "gmag",
        ];
        let found = choose(&CatalogParameters::default(), &names).unwrap();
        let expected = [
            (Role::Name, "GaiaEDR3"),
            (Role::Ra, "RA_ICRS"),
            (Role::Dec, "DE_ICRS"),
            (Role::PmRa, "pmRA"),
            (Role::PmDec, "pmDE"),
            (Role::Parallax, "Plx"),
            (Role::Mag, "Gmag"),
        ];
        assert_eq!(found, expected.map(|(role, name)| (role, name.to_owned())));
    }

    #[test]
    fn names_that_differ_by_case_are_kept_apart() {
        let mut parameters = CatalogParameters {
            mag_column: Some("gmag".to_owned()),
            ..CatalogParameters::default()
        };
        let names = ["name", "ra", "dec", "Gmag", "gmag"];
        assert_eq!(choose(&parameters, &names).unwrap()[3].1, "gmag");
        parameters.mag_column = Some("GMAG".to_owned());
        assert!(matches!(
            choose(&parameters, &names),
            Err(CatalogError::AmbiguousColumn { matches, .. }) if matches == ["Gmag", "gmag"]
        ));
    }

    #[test]
    fn a_named_column_that_is_missing_is_an_error_with_the_nearest_name() {
        let parameters = CatalogParameters {
            ra_column: Some("ra_icr".to_owned()),
            ..CatalogParameters::default()
        };
        let error = choose(&parameters, &["name", "ra_icrs", "dec"]).unwrap_err();
        assert!(
            matches!(&error, CatalogError::MissingColumn { advice, .. } if advice.contains("ra_column: ra_icrs")),
            "{error}"
        );
        assert!(error.to_string().contains("\"dec\""), "{error}");
    }

    #[test]
    fn the_error_of_a_magnitude_is_the_one_that_is_called_after_it() {
        let mut parameters = CatalogParameters::default();
        let names = ["name", "ra", "dec", "mag", "magerr", "Gmag", "e_Gmag"];
        let errors = |parameters: &CatalogParameters| {
            let found = choose(parameters, &names).unwrap();
            found
                .into_iter()
                .filter(|(role, _)| *role == Role::MagError)
                .map(|(_, name)| name)
                .collect::<Vec<_>>()
        };
        assert_eq!(errors(&parameters), ["magerr"]);
        parameters.mag_column = Some("Gmag".to_owned());
        assert_eq!(errors(&parameters), ["e_Gmag"]);
        parameters.mag_column = Some("ra".to_owned());
        assert!(errors(&parameters).is_empty());
    }

    #[test]
    fn object_numbers_are_recognised_or_named() {
        let mut parameters = CatalogParameters::default();
        let numbers = |parameters: &CatalogParameters, names: &[&str]| {
            let found = choose(parameters, names).unwrap().into_iter();
            found
                .filter(|(role, _)| matches!(role, Role::Id(_)))
                .collect::<Vec<_>>()
        };
        let tic = |column: &str| (Role::Id("TIC".to_owned()), column.to_owned());
        let names = ["name", "ra", "dec", "my_tic", "tic_id"];
        assert_eq!(numbers(&parameters, &names), [tic("tic_id")]);
        parameters.id_column_map = [("tic".to_owned(), "my_tic".to_owned())].into();
        assert_eq!(numbers(&parameters, &names), [tic("my_tic")]);
        // a column may be the name and the number
        parameters.id_column_map.clear();
        assert_eq!(numbers(&parameters, &["TIC", "ra", "dec"]), [tic("TIC")]);
    }

    #[test]
    fn a_catalog_needs_no_magnitudes() {
        assert_eq!(
            choose(&CatalogParameters::default(), &["NAME", "RA", "DEC"])
                .unwrap()
                .len(),
            3
        );
    }
}
