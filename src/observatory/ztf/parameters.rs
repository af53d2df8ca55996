//! What a project may set for ZTF, and the rules by which targets are not asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::catalog::Target;
use crate::parameters::{Check, Parameters};

/// What a project may set under `observatories: ztf:`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ZtfParameters {
    /// Address of the archive, or of a mirror.
    #[schemars(extend("critical" = false))]
    pub url: String,
    /// Data release. Always sent: the service's own default lags behind.
    pub collection: String,
    /// Cone around the target, before it is widened for proper motion; the service takes no more than 600.
    #[serde(alias = "cone_radius")]
    #[schemars(range(min = 0.1, max = 600.0), extend("unit" = "arcsec"))]
    pub cone_search_radius: f64,
    /// Middle of the survey, to which catalog positions are moved (Julian year).
    #[schemars(range(min = 2000.0, max = 2100.0), extend("unit" = "yr"))]
    pub observation_time: f64,
    /// Half the time that the survey covers: the cone grows by the motion in it.
    #[schemars(range(min = 0.0, max = 50.0), extend("unit" = "yr"))]
    pub half_span: f64,
    /// Filters to ask for.
    pub bands: Vec<Band>,
    /// Epochs with any of these catflags bits are not sent by the archive; 0 = all are sent, and flagged here.
    #[schemars(range(min = 0, max = 65535))]
    pub bad_catflags_mask: u32,
    /// Targets south of this declination are skipped: ZTF does not see them.
    #[schemars(range(min = -90.0, max = 90.0), extend("unit" = "deg"))]
    pub minimal_declination: f64,
    /// Targets fainter than this are skipped; null = none. A target without a magnitude is asked for.
    #[schemars(range(min = 0.0, max = 40.0), extend("unit" = "mag"))]
    pub limiting_magnitude: Option<f64>,
    /// A season ends where the next epoch of the same object comes later than this.
    #[schemars(range(min = 0.0), extend("unit" = "d"))]
    pub gap: f64,
    /// Objects further from the target, moved to their epoch, are not it; null = no cut.
    #[schemars(range(min = 0.01, max = 3600.0), extend("unit" = "arcsec"))]
    pub radius: Option<f64>,
    /// Of several objects in one field, quadrant and filter only the nearest is taken: the others are neighbours.
    pub nearest_only: bool,
    /// Objects that differ more from the catalog's magnitude in the same filter are not the target; null = no cut.
    #[schemars(range(min = 0.0), extend("unit" = "mag"))]
    pub mag_range: Option<f64>,
    /// The same where the catalog's magnitude is of another filter, so that colours are allowed for; null = no cut.
    #[schemars(range(min = 0.0), extend("unit" = "mag"))]
    pub mag_range_other_filter: Option<f64>,
    /// Epochs with any of these catflags bits are flagged.
    #[schemars(range(min = 0, max = 65535))]
    pub flag_mask: u32,
    /// Leave out flagged epochs instead of keeping them with their flag.
    pub drop_bad: bool,
}

/// A filter of ZTF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the words of the project file
pub enum Band {
    G,
    R,
    I,
}

impl Default for ZtfParameters {
    fn default() -> ZtfParameters {
        ZtfParameters {
            url: "https://irsa.ipac.caltech.edu".to_owned(),
            collection: "ztf_dr24".to_owned(),
            cone_search_radius: 2.0,
            // first light March 2018; releases run into 2026
            observation_time: 2022.0,
            half_span: 4.0,
            bands: vec![Band::G, Band::R, Band::I],
            bad_catflags_mask: 0,
            minimal_declination: -30.0,
            limiting_magnitude: Some(20.5),
            gap: 40.0,
            radius: Some(3.0),
            nearest_only: true,
            mag_range: Some(0.75),
            mag_range_other_filter: Some(3.0),
            flag_mask: 65_535,
            drop_bad: false,
        }
    }
}

impl Parameters for ZtfParameters {
    fn check(&self, check: &mut Check) {
        let has_host = |url: url::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        let valid = url::Url::parse(&self.url).is_ok_and(has_host);
        check.require(
            valid,
            "url",
            "an address begins with https:// or http:// and a host",
        );
        check.require(!self.bands.is_empty(), "bands", "list some of g, r, i");
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let named = !self.collection.is_empty() && self.collection.chars().all(word);
        check.require(named, "collection", "a release is written like ztf_dr24");
    }
}

impl ZtfParameters {
    /// The rule by which a target is not asked for, in words.
    pub(super) fn skips(&self, target: &Target) -> Option<String> {
        if target.dec < self.minimal_declination {
            return Some(format!(
                "declination {:.4} is south of minimal_declination {}",
                target.dec, self.minimal_declination
            ));
        }
        match (target.mag, self.limiting_magnitude) {
            (Some(mag), Some(limit)) if mag > limit => Some(format!(
                "magnitude {mag:.3} is fainter than limiting_magnitude {limit}"
            )),
            _ => None,
        }
    }

    /// The parameters that change what the archive sends.
    pub(super) fn download_parameters(&self) -> Map<String, Value> {
        let value = json!({
            "collection": self.collection,
            "cone_search_radius": self.cone_search_radius,
            "observation_time": self.observation_time,
            "half_span": self.half_span,
            "bands": self.bands,
            "bad_catflags_mask": self.bad_catflags_mask,
        });
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }
}
