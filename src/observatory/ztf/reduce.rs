//! From IRSA's table to lightcurves: one for each object number and season of it.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::{NAME, Oid, ZtfParameters};
use crate::catalog::Target;
use crate::observatory::{ReduceError, Reduction};
use crate::photometry::{
    BJD_TDB, Epochs, MagnitudeColumns, RawPhotometry, Series, TableError, number_by_start_time,
};
use crate::sky;
use crate::statistics::median;
use crate::time::{Direction, Site, TimeFrame, julian_year_from_mjd};

/// The 48-inch Samuel Oschin telescope on Palomar: longitude and latitude (deg), height (m).
const PALOMAR: (f64, f64, f64) = (-116.865, 33.356, 1706.0);

/// Columns by which epochs may be judged, kept as the archive has them.
const QUALITY_COLUMNS: [&str; 5] = ["catflags", "limitmag", "airmass", "sharp", "chi"];

/// Those, the time at the barycentre, and what is said of the object.
pub(super) const EPOCH_NAMES: [&str; 10] = [
    "catflags",
    "limitmag",
    "airmass",
    "sharp",
    "chi",
    BJD_TDB,
    "object_id",
    "field",
    "ccdid",
    "qid",
];

/// A lightcurve for each object that is the target, and each season of that object.
///
/// `mjd` of the archive is the start of the exposure (UTC); half the exposure time is added, so that times
/// are mid-exposure. An object is one field, CCD, quadrant and filter, so lightcurves never mix those.
pub(super) fn by_object_and_season(
    raw: &RawPhotometry,
    target: Option<&Target>,
    parameters: &ZtfParameters,
) -> Result<Reduction, ReduceError> {
    if raw.table.is_empty() {
        return Ok(Reduction::default());
    }
    let columns = Columns::of(raw, parameters).map_err(|problem| ReduceError::Table {
        observatory: NAME.to_owned(),
        problem,
    })?;
    let mut objects = columns.objects();
    let mut rejected = Vec::new();
    objects.retain(|object| keep(object.is_of_one_filter(), &mut rejected));
    if let Some(target) = target {
        for object in &mut objects {
            object.separation = object.separation_from(target);
        }
        objects.retain(|object| keep(object.is_target(target, parameters), &mut rejected));
        if parameters.nearest_only {
            let nearest = nearest_per_quadrant(&objects);
            objects.retain(|object| keep(object.is_nearest(&nearest), &mut rejected));
        }
    }
    let mut lightcurves = Vec::new();
    for object in objects {
        lightcurves.extend(object.series(parameters, target).into_lightcurves(
            NAME,
            &raw.source_name,
            parameters.gap,
        ));
    }
    number_by_start_time(&mut lightcurves);
    Ok(Reduction {
        lightcurves,
        rejected,
    })
}

fn keep(verdict: Result<(), String>, rejected: &mut Vec<String>) -> bool {
    verdict.map_err(|reason| rejected.push(reason)).is_ok()
}

/// The columns that reduction needs, for all rows.
struct Columns<'a> {
    oid: &'a [i64],
    filter: &'a crate::photometry::Text,
    epochs: Epochs,
}

impl<'a> Columns<'a> {
    fn of(raw: &'a RawPhotometry, parameters: &ZtfParameters) -> Result<Columns<'a>, TableError> {
        let table = &raw.table;
        let catflags = table.floats("catflags")?;
        let mut epochs = Epochs::from(MagnitudeColumns {
            start: table.floats("mjd")?,
            exptime: table.floats("exptime")?,
            mag: table.floats("mag")?,
            magerr: table.floats("magerr")?,
            flag: catflags
                .iter()
                .map(|&flags| flags as u32 & parameters.flag_mask != 0)
                .collect(),
            ra: table.floats("ra")?,
            dec: table.floats("dec")?,
        });
        let kept = QUALITY_COLUMNS.iter().filter_map(|name| table.column(name));
        epochs.extra = kept.cloned().collect();
        Ok(Columns {
            oid: table.integers("oid")?,
            filter: table.text("filtercode")?,
            epochs,
        })
    }

    /// The rows of each object number, in order of the numbers.
    fn objects(&self) -> Vec<Object> {
        let mut rows: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for (row, &oid) in self.oid.iter().enumerate() {
            rows.entry(oid).or_default().push(row);
        }
        rows.into_iter()
            .map(|(oid, rows)| self.object(oid, &rows))
            .collect()
    }

    fn object(&self, oid: i64, rows: &[usize]) -> Object {
        let epochs = self.epochs.take(rows);
        // positions and magnitudes of an object are judged by its good epochs, if it has any
        let good: Vec<usize> = (0..epochs.len())
            .filter(|&epoch| epochs.is_good(epoch))
            .collect();
        let judged = if good.is_empty() {
            epochs.clone()
        } else {
            epochs.take(&good)
        };
        let first = self.filter.get(rows[0]).to_owned();
        let mixed = rows.iter().any(|&row| self.filter.get(row) != first);
        Object {
            oid,
            filter: first,
            mixed,
            ra: circular_median(&judged.ra),
            dec: median(&judged.dec).unwrap_or(f64::NAN),
            mag: median(&judged.mag),
            mjd: median(&judged.mjd),
            separation: 0.0,
            epochs,
        }
    }
}

/// All epochs of one object number.
struct Object {
    oid: i64,
    filter: String,
    /// Rows of several filters under one number: the reply is wrong.
    mixed: bool,
    /// Median position (deg), magnitude and time.
    ra: f64,
    dec: f64,
    mag: Option<f64>,
    mjd: Option<f64>,
    /// Distance to the target, moved to the median time (arcsec); 0 without a target.
    separation: f64,
    epochs: Epochs,
}

impl Object {
    fn separation_from(&self, target: &Target) -> f64 {
        let year = self.mjd.map_or(target.epoch, julian_year_from_mjd);
        let (ra, dec) = target.position_at(year);
        sky::separation(ra, dec, self.ra, self.dec) * 3600.0
    }

    /// A reply that says otherwise of a number is wrong, whatever it was asked for.
    fn is_of_one_filter(&self) -> Result<(), String> {
        if self.mixed {
            Err(format!(
                "oid {} has epochs of more than one filter",
                self.oid
            ))
        } else {
            Ok(())
        }
    }

    /// An error says why it is another star.
    fn is_target(&self, target: &Target, parameters: &ZtfParameters) -> Result<(), String> {
        let oid = self.oid;
        if let Some(radius) = parameters.radius {
            if self.separation.is_nan() {
                return Err(format!(
                    "oid {oid} has no position to compare with the target's (radius {radius})"
                ));
            }
            if self.separation > radius {
                return Err(format!(
                    "oid {oid} is {:.2} arcsec from the target (radius {radius})",
                    self.separation
                ));
            }
        }
        let Some((catalog, same_filter)) = catalog_magnitude(target, &self.filter) else {
            return Ok(());
        };
        let range = if same_filter {
            parameters.mag_range
        } else {
            parameters.mag_range_other_filter
        };
        match (self.mag, range) {
            (Some(mag), Some(range)) if (mag - catalog).abs() > range => Err(format!(
                "oid {oid} has {} {mag:.3}, the catalog says {catalog:.3} (range {range})",
                self.filter
            )),
            (None, Some(range)) => Err(format!(
                "oid {oid} has no magnitude to compare with {catalog:.3} (range {range})"
            )),
            _ => Ok(()),
        }
    }

    fn is_nearest(&self, nearest: &HashMap<Oid, (f64, i64)>) -> Result<(), String> {
        match nearest.get(&Oid::of(self.oid)) {
            Some(&(_, oid)) if oid != self.oid => Err(format!(
                "oid {} at {:.2} arcsec is a neighbour: oid {oid} of the same field, quadrant and filter is nearer",
                self.oid, self.separation
            )),
            _ => Ok(()),
        }
    }

    /// The star's direction: of the catalog if there is one, because the errors of single measurements (0.1 arcsec) would
    /// become errors of time (0.2 ms).
    fn direction(&self, target: Option<&Target>) -> Direction {
        match target {
            Some(target) => target.direction(),
            None => Direction::new(self.ra, self.dec, 0.0, 0.0, 2000.0),
        }
    }

    fn series(self, parameters: &ZtfParameters, target: Option<&Target>) -> Series {
        let direction = self.direction(target);
        let number = Oid::of(self.oid);
        let altdata = json!({
            "object_id": self.oid.to_string(),
            "field": number.field,
            "ccdid": number.ccdid,
            "qid": number.qid,
            "ra": finite(self.ra),
            "dec": finite(self.dec),
        });
        let mut epochs = if parameters.drop_bad {
            self.epochs.without_flagged()
        } else {
            self.epochs
        };
        let (longitude, latitude, height) = PALOMAR;
        epochs.time_at_barycenter(&direction, &Site::new(longitude, latitude, height));
        Series {
            filter: self.filter,
            frame: TimeFrame::UTC_MID_EXPOSURE,
            epochs,
            altdata: match altdata {
                Value::Object(map) => map,
                _ => Map::new(),
            },
        }
    }
}

/// For each field, quadrant and filter the distance and number of the nearest object.
fn nearest_per_quadrant(objects: &[Object]) -> HashMap<Oid, (f64, i64)> {
    let mut nearest: HashMap<Oid, (f64, i64)> = HashMap::new();
    for object in objects {
        let entry = nearest
            .entry(Oid::of(object.oid))
            .or_insert((object.separation, object.oid));
        if object.separation < entry.0 {
            *entry = (object.separation, object.oid);
        }
    }
    nearest
}

/// The catalog's magnitude to compare a ZTF filter with, and whether it was taken in the same filter.
fn catalog_magnitude(target: &Target, filter: &str) -> Option<(f64, bool)> {
    let same = target
        .mags
        .iter()
        .find(|(name, _)| is_same_filter(name, filter));
    if let Some((_, &mag)) = same {
        return Some((mag, true));
    }
    let same = target
        .mag_filter
        .as_deref()
        .is_some_and(|name| is_same_filter(name, filter));
    target.mag.map(|mag| (mag, same))
}

/// `g`, `zg`, `ztf_g`, `sdss_g`, `ps1_g`, `ztfg` name the filter `zg`; Gaia's and Johnson's letters do not.
fn is_same_filter(catalog: &str, filter: &str) -> bool {
    let name = catalog.to_lowercase();
    let band = filter.trim_start_matches('z');
    ["", "z", "ztf", "ztf_", "ztf-", "sdss_", "sdss-", "ps1_", "ps1-", "panstarrs_"]
        .iter()
        .any(|prefix| name == format!("{prefix}{band}"))
        // a lone capital is Johnson-Cousins (R, I) or Gaia (G)
        && !(catalog.len() == 1 && catalog.chars().all(char::is_uppercase))
}

/// Median right ascension (deg) of values that may lie on both sides of 0.
fn circular_median(ra: &[f64]) -> f64 {
    let Some(&reference) = ra.iter().find(|ra| ra.is_finite()) else {
        return f64::NAN;
    };
    let offsets: Vec<f64> = ra
        .iter()
        .map(|ra| (ra - reference + 540.0).rem_euclid(360.0) - 180.0)
        .collect();
    sky::normalize_ra(reference + median(&offsets).unwrap_or(0.0))
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_of_the_same_kind_are_recognised_and_others_are_not() {
        for name in ["g", "zg", "ZTF_g", "sdss_g", "ps1-g"] {
            assert!(is_same_filter(name, "zg"), "{name}");
        }
        for name in ["Gaia_G", "G", "B", "gaia_g", "r"] {
            assert!(!is_same_filter(name, "zg"), "{name}");
        }
        assert!(!is_same_filter("R", "zr"));
    }

    #[test]
    fn the_median_right_ascension_may_lie_across_zero() {
        assert!((circular_median(&[359.9999, 0.0001, 0.0003]) - 0.0001).abs() < 1e-9);
        assert!(circular_median(&[f64::NAN]).is_nan());
    }
}
