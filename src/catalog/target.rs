//! One row of a catalog: what an observatory needs to know to ask for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sky;
use crate::time::Direction;

/// A catalog row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Target {
    /// Row in the catalog, from 0.
    pub index: usize,
    /// Name, always text: integers keep all their digits, text keeps its leading zeros.
    pub name: String,
    /// Position (deg, ICRS) at `epoch`.
    pub ra: f64,
    /// Declination (deg).
    pub dec: f64,
    /// Julian year of the position.
    pub epoch: f64,
    /// Proper motion (mas/yr), `pmra` with cos δ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pmra: Option<f64>,
    /// Proper motion in declination (mas/yr).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pmdec: Option<f64>,
    /// Parallax (mas).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallax: Option<f64>,
    /// Magnitude, its error (mag) and the filter it was taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mag: Option<f64>,
    /// Error of the magnitude (mag).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mag_err: Option<f64>,
    /// The filter it was taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mag_filter: Option<String>,
    /// A second name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Magnitudes in further filters, by filter name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub mags: BTreeMap<String, f64>,
    /// The object's numbers elsewhere, by the upper-case name of the numbering (`TIC`).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ids: BTreeMap<String, String>,
}

impl Target {
    /// Position (deg) at a Julian year, moved by the proper motion; a part that is not known counts as 0.
    pub fn position_at(&self, julian_year: f64) -> (f64, f64) {
        match (self.pmra.unwrap_or(0.0), self.pmdec.unwrap_or(0.0)) {
            (0.0, 0.0) => (self.ra, self.dec),
            (pmra, pmdec) => {
                sky::propagate(self.ra, self.dec, pmra, pmdec, julian_year - self.epoch)
            }
        }
    }

    /// Direction in space, moving by the proper motion; a part that is not known counts as 0.
    pub fn direction(&self) -> Direction {
        let (pmra, pmdec) = (self.pmra.unwrap_or(0.0), self.pmdec.unwrap_or(0.0));
        Direction::new(self.ra, self.dec, pmra, pmdec, self.epoch)
    }

    /// HEALPix cell of the position, nested, order 29.
    pub fn healpix(&self) -> u64 {
        cdshealpix::nested::hash(29, self.ra.to_radians(), self.dec.to_radians())
    }

    /// The object's number in another numbering (`TIC`, in any case); none if it is not known.
    pub fn id(&self, kind: &str) -> Option<&str> {
        let mut ids = self.ids.iter();
        ids.find(|(name, _)| name.eq_ignore_ascii_case(kind))
            .map(|(_, number)| number.as_str())
    }

    /// Total proper motion (mas/yr); 0 if not known.
    pub fn proper_motion(&self) -> f64 {
        self.pmra.unwrap_or(0.0).hypot(self.pmdec.unwrap_or(0.0))
    }
}
