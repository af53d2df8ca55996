//! What a project may set in its section `catalog`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use super::{CatalogError, GaiaParameters, VizierParameters};
use crate::parameters::{Check, Parameters};

/// Parameters of the section `catalog`.
///
/// A column that is not set is looked for under `name`, `ra`, `dec`, `mag` and the spellings of large
/// surveys (see [`Summary::columns`](super::Summary)); a column that is set must be there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CatalogParameters {
    /// File with one row per target: absolute, or relative to the project file, then to `catalogs/`.
    #[schemars(extend("critical" = false))]
    pub filename: Option<String>,
    /// Named catalog to start from, `WD` (white dwarfs of Gaia EDR3) or `test`; what else is set here wins.
    pub default: Option<NamedCatalog>,
    /// Ask the Gaia archive for the catalog; its answer is kept in `catalogs/` of the data root.
    pub gaia: Option<GaiaParameters>,
    /// Take the catalog from a table of VizieR; it is kept in `catalogs/` of the data root.
    pub vizier: Option<VizierParameters>,
    /// Name of the catalog; if not set, the file's name up to its first dot.
    #[serde(alias = "name", alias = "cat_name")]
    pub catalog_name: Option<String>,
    /// Column with the targets' names: text or integers.
    pub name_column: Option<String>,
    /// Column with the right ascension: degrees, or hours as HH:MM:SS.
    #[schemars(extend("unit" = "deg"))]
    pub ra_column: Option<String>,
    /// Column with the declination: degrees, also as ±DD:MM:SS.
    #[schemars(extend("unit" = "deg"))]
    pub dec_column: Option<String>,
    /// Column with the proper motion in right ascension, cos δ included.
    #[schemars(extend("unit" = "mas/yr"))]
    pub pm_ra_column: Option<String>,
    /// Column with the proper motion in declination.
    #[schemars(extend("unit" = "mas/yr"))]
    pub pm_dec_column: Option<String>,
    /// Column with the parallax.
    #[schemars(extend("unit" = "mas"))]
    pub parallax_column: Option<String>,
    /// Column with the magnitude.
    #[schemars(extend("unit" = "mag"))]
    pub mag_column: Option<String>,
    /// Column with the error of the magnitude.
    #[schemars(extend("unit" = "mag"))]
    pub mag_error_column: Option<String>,
    /// Filter that the magnitudes were taken in.
    pub mag_filter_name: Option<String>,
    /// Julian year of the positions; 2000 if not set, 2016 for the default `WD`, and that of the release for a query
    /// of the Gaia archive.
    #[schemars(range(min = 1800.0, max = 2200.0), extend("unit" = "yr"))]
    pub catalog_observation_year: Option<f64>,
    /// Column with a second name.
    pub alias_column: Option<String>,
    /// Magnitudes in further filters: filter name to column.
    pub mag_to_column_map: BTreeMap<String, String>,
    /// The objects' numbers in other numberings: name of the numbering (`TIC`) to column; without, a column `TIC`, `TICID` or `tic_id` is recognised.
    pub id_column_map: BTreeMap<String, String>,
    /// Address to download the file from when it is not there.
    #[schemars(extend("critical" = false))]
    pub url: Option<String>,
    /// What to cite for the catalog.
    #[schemars(extend("critical" = false))]
    pub reference: Option<String>,
    /// Make a bad row an error instead of skipping and counting it.
    pub strict: bool,
    /// SHA-256 (64 hexadecimal digits) that a downloaded file must have.
    #[schemars(regex(pattern = "^[0-9a-fA-F]{64}$"), extend("critical" = false))]
    pub checksum: Option<String>,
}

/// A catalog that is known by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum NamedCatalog {
    /// White dwarfs of Gaia EDR3 (Gentile Fusillo et al. 2021), 1.28 million rows.
    #[serde(rename = "WD")]
    WhiteDwarfs,
    /// Ten made-up targets, the same ones always.
    #[serde(rename = "test")]
    Test,
}

/// The page that the white-dwarf catalog's authors publish it on.
const WHITE_DWARF_URL: &str = "https://warwick.ac.uk/fac/sci/physics/research/astro/research/catalogues/gaiaedr3_wd_main.fits.gz";

impl FromStr for NamedCatalog {
    type Err = CatalogError;

    /// Case, blanks, `-` and `_` do not matter: `WDs`, `white dwarf`, `White_Dwarfs`.
    fn from_str(name: &str) -> Result<NamedCatalog, CatalogError> {
        let letters: String = name
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '_'))
            .flat_map(char::to_lowercase)
            .collect();
        match letters.as_str() {
            "wd" | "wds" | "whitedwarf" | "whitedwarfs" => Ok(NamedCatalog::WhiteDwarfs),
            "test" => Ok(NamedCatalog::Test),
            _ => Err(CatalogError::UnknownDefault {
                name: name.to_owned(),
            }),
        }
    }
}

impl<'de> Deserialize<'de> for NamedCatalog {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<NamedCatalog, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        name.parse().map_err(|_| {
            serde::de::Error::custom(format!(
                "there is no default catalog {name:?}: the defaults are WD and test"
            ))
        })
    }
}

impl JsonSchema for NamedCatalog {
    fn schema_name() -> Cow<'static, str> {
        "NamedCatalog".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "examples": ["WD", "test"]})
    }
}

impl Parameters for CatalogParameters {
    fn check(&self, check: &mut Check) {
        let places = [
            ("filename", self.filename.is_some()),
            ("default", self.default.is_some()),
            ("gaia", self.gaia.is_some()),
            ("vizier", self.vizier.is_some()),
        ];
        let given: Vec<&str> = places
            .into_iter()
            .filter_map(|(name, given)| given.then_some(name))
            .collect();
        // a default may be given another file
        if given.len() > 1 && given != ["filename", "default"] {
            let names: Vec<String> = given.iter().map(|name| format!("`{name}`")).collect();
            let message = format!(
                "{} both say where the catalog is; keep one",
                names.join(" and ")
            );
            check.fail(given[given.len() - 1], message);
        }
        if self.gaia.is_some() || self.vizier.is_some() {
            let service = if self.gaia.is_some() {
                "gaia"
            } else {
                "vizier"
            };
            for (name, given) in [
                ("url", self.url.is_some()),
                ("checksum", self.checksum.is_some()),
            ] {
                let message = format!("is for files; a service has its own in `{service}`");
                check.require(!given, name, message);
            }
        }
        if let Some(gaia) = &self.gaia {
            let has_query = !gaia.adql.trim().is_empty();
            check.require(has_query, "gaia.adql", "is needed: the query in ADQL");
        }
        if let Some(vizier) = &self.vizier {
            let has_table = !vizier.table.trim().is_empty();
            check.require(has_table, "vizier.table", "is needed: the name of a table");
        }
    }
}

impl CatalogParameters {
    /// The same parameters with what the named default says filled in where nothing was set.
    pub fn resolved(&self) -> CatalogParameters {
        let mut resolved = self.clone();
        match self.default {
            Some(NamedCatalog::WhiteDwarfs) => resolved.fill(white_dwarfs()),
            Some(NamedCatalog::Test) => resolved.fill(test()),
            None => {}
        }
        if let Some(gaia) = &self.gaia {
            let own = &mut resolved.catalog_observation_year;
            *own = own.or(epoch_of_release(&gaia.adql));
        }
        resolved.catalog_observation_year.get_or_insert(2000.0);
        resolved
    }

    /// Name of the catalog; none if neither a name nor a file is set.
    pub fn catalog_name(&self) -> Option<String> {
        let resolved = self.resolved();
        let of_service = match (&resolved.gaia, &resolved.vizier) {
            (Some(_), _) => Some("Gaia".to_owned()),
            (None, Some(vizier)) => Some(vizier.table.clone()),
            (None, None) => None,
        };
        resolved.catalog_name.or(of_service).or_else(|| {
            let file = resolved.filename.as_deref()?;
            let base = file.rsplit(['/', '\\']).next()?;
            base.split('.').next().map(str::to_owned)
        })
    }

    fn fill(&mut self, default: CatalogParameters) {
        let columns_and_words = [
            (&mut self.filename, default.filename),
            (&mut self.catalog_name, default.catalog_name),
            (&mut self.name_column, default.name_column),
            (&mut self.ra_column, default.ra_column),
            (&mut self.dec_column, default.dec_column),
            (&mut self.pm_ra_column, default.pm_ra_column),
            (&mut self.pm_dec_column, default.pm_dec_column),
            (&mut self.parallax_column, default.parallax_column),
            (&mut self.mag_column, default.mag_column),
            (&mut self.mag_filter_name, default.mag_filter_name),
            (&mut self.url, default.url),
            (&mut self.reference, default.reference),
        ];
        for (own, default) in columns_and_words {
            if own.is_none() {
                *own = default;
            }
        }
        self.catalog_observation_year = self
            .catalog_observation_year
            .or(default.catalog_observation_year);
        if self.mag_to_column_map.is_empty() {
            self.mag_to_column_map = default.mag_to_column_map;
        }
        if self.id_column_map.is_empty() {
            self.id_column_map = default.id_column_map;
        }
    }
}

/// Julian year of the positions of the release that a query of the Gaia archive is about; none if it is about several
/// or none. (DR3 and EDR3: `ref_epoch` of the archive; DR2 and DR1: Lindegren et al. 2018, 2016.)
fn epoch_of_release(adql: &str) -> Option<f64> {
    let adql = adql.to_lowercase();
    let mut epochs: Vec<f64> = [
        ("gaiadr3.", 2016.0),
        ("gaiaedr3.", 2016.0),
        ("gaiadr2.", 2015.5),
        ("gaiadr1.", 2015.0),
    ]
    .into_iter()
    .filter_map(|(release, epoch)| adql.contains(release).then_some(epoch))
    .collect();
    epochs.dedup();
    match epochs[..] {
        [epoch] => Some(epoch),
        _ => None,
    }
}

/// Columns as in the table of Gentile Fusillo et al. 2021; positions of Gaia EDR3 are at J2016.0.
///
/// The magnitude's error is left to be recognised, because not every edition of the file has it.
fn white_dwarfs() -> CatalogParameters {
    let text = |words: &str| Some(words.to_owned());
    CatalogParameters {
        filename: text("GaiaEDR3_WD_main.fits"),
        catalog_name: text("Gaia eDR3 white dwarfs"),
        name_column: text("source_id"),
        ra_column: text("ra"),
        dec_column: text("dec"),
        pm_ra_column: text("pmra"),
        pm_dec_column: text("pmdec"),
        parallax_column: text("parallax"),
        mag_column: text("phot_g_mean_mag"),
        mag_filter_name: text("Gaia_G"),
        catalog_observation_year: Some(2016.0),
        mag_to_column_map: ["g", "bp", "rp"]
            .map(|band| (format!("gaia_{band}"), format!("phot_{band}_mean_mag")))
            .into(),
        url: text(WHITE_DWARF_URL),
        reference: text("https://ui.adsabs.harvard.edu/abs/2021MNRAS.508.3877G/abstract"),
        ..CatalogParameters::default()
    }
}

fn test() -> CatalogParameters {
    CatalogParameters {
        catalog_name: Some("test catalog".to_owned()),
        mag_filter_name: Some("R".to_owned()),
        ..CatalogParameters::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_white_dwarfs_is_understood() {
        for name in [
            "WD",
            "wds",
            "white dwarf",
            "White_Dwarfs",
            "white-dwarf",
            "WHITE DWARFS",
        ] {
            assert_eq!(
                name.parse::<NamedCatalog>().unwrap(),
                NamedCatalog::WhiteDwarfs
            );
        }
        assert!("white dwarves".parse::<NamedCatalog>().is_err());
    }

    #[test]
    fn what_is_set_wins_over_the_default() {
        let parameters: CatalogParameters = serde_json::from_str(
            r#"{"default": "wds", "name": "mine", "mag_column": "phot_bp_mean_mag"}"#,
        )
        .unwrap();
        let resolved = parameters.resolved();
        assert_eq!(resolved.catalog_name.as_deref(), Some("mine"));
        assert_eq!(resolved.mag_column.as_deref(), Some("phot_bp_mean_mag"));
        assert_eq!(resolved.name_column.as_deref(), Some("source_id"));
        assert_eq!(resolved.catalog_observation_year, Some(2016.0));
        assert_eq!(
            CatalogParameters::default()
                .resolved()
                .catalog_observation_year,
            Some(2000.0)
        );
    }

    #[test]
    fn the_schema_tells_units_ranges_and_what_cannot_change_results() {
        let schema = serde_json::to_value(schemars::schema_for!(CatalogParameters)).unwrap();
        let properties = &schema["properties"];
        assert_eq!(properties["pm_ra_column"]["unit"], "mas/yr");
        assert_eq!(properties["catalog_observation_year"]["minimum"], 1800.0);
        assert_eq!(properties["filename"]["critical"], false);
        assert_eq!(schema["additionalProperties"], false);
    }

    #[test]
    fn unknown_parameters_and_defaults_are_refused() {
        assert!(serde_json::from_str::<CatalogParameters>(r#"{"filname": "x.csv"}"#).is_err());
        let error = serde_json::from_str::<CatalogParameters>(r#"{"default": "qso"}"#).unwrap_err();
        assert!(error.to_string().contains("WD and test"), "{error}");
    }

    #[test]
    fn the_epoch_of_a_query_of_gaia_is_that_of_its_release() {
        let epoch = |adql: &str, year| {
            let parameters = CatalogParameters {
                gaia: Some(GaiaParameters {
                    adql: adql.to_owned(),
                    ..GaiaParameters::default()
                }),
                catalog_observation_year: year,
                ..CatalogParameters::default()
            };
            parameters.resolved().catalog_observation_year.unwrap()
        };
        assert_eq!(epoch("SELECT * FROM gaiadr3.gaia_source", None), 2016.0);
        assert_eq!(epoch("SELECT * FROM GaiaDR2.gaia_source", None), 2015.5);
        assert_eq!(
            epoch("SELECT * FROM gaiadr3.a JOIN gaiadr2.b", None),
            2000.0
        );
        assert_eq!(
            epoch("SELECT * FROM gaiadr3.gaia_source", Some(2010.0)),
            2010.0
        );
    }

    #[test]
    fn the_name_of_a_catalog_is_its_file_name_up_to_the_first_dot() {
        let parameters = CatalogParameters {
            filename: Some("lists/stars.v2.fits.gz".to_owned()),
            ..CatalogParameters::default()
        };
        assert_eq!(parameters.catalog_name().as_deref(), Some("stars"));
        assert_eq!(CatalogParameters::default().catalog_name(), None);
    }
}
