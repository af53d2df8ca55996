//! Every name on disk and inside the files: the only place that puts one together or takes one apart.
//!
//! Paths are relative to the data root and separated by `/` on every system, as object stores have them.

use super::StorageError;
use super::escape::{escape, escape_link, escape_upper, unescape, unescape_upper};
use crate::photometry::{Kind, Lightcurve};

type Result<T> = std::result::Result<T, StorageError>;

/// The SQLite database in the data root.
pub const DATABASE: &str = "retriever.db";

/// Folder of half-written files in the data root; gone when nobody writes.
pub const STAGING: &str = ".staging";

/// Folder of downloaded files that are not used yet in the data root; gone when all is done.
pub const DOWNLOADS: &str = ".downloads";

const MIDDLE: &str = "_photometry_";
const EXTENSION: &str = ".h5";

/// What the path of a product says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductName {
    /// Folder of the project, with its hash; none for raw photometry.
    pub project_folder: Option<String>,
    pub observatory: String,
    /// Whole degrees of right ascension.
    pub ra_degrees: u16,
    /// None if the name was too long for a file name: it stands inside the file.
    pub source_name: Option<String>,
    /// None for raw photometry.
    pub kind: Option<Kind>,
}

/// `ZTF/RA123/ZTF_photometry_<source>.h5`.
///
/// ```
/// use retriever::storage::raw_path;
/// let path = raw_path("ZTF", 359.9999, "J2359+0000").unwrap();
/// assert_eq!(path, "ZTF/RA359/ZTF_photometry_J2359+0000.h5");
/// ```
///
/// # Errors
/// A right ascension outside [0, 360).
pub fn raw_path(observatory: &str, ra: f64, source_name: &str) -> Result<String> {
    let folder = escape_upper(observatory);
    product(&folder, observatory, ra, source_name, "")
}

/// `<folder>/RA123/ZTF_photometry_<source>_reduced.h5`, with `folder` from [`project_folder`].
///
/// # Errors
/// A right ascension outside [0, 360).
pub fn lightcurve_path(
    folder: &str,
    observatory: &str,
    ra: f64,
    source_name: &str,
    kind: Kind,
) -> Result<String> {
    let suffix = format!("_{}", kind.as_str());
    product(folder, observatory, ra, source_name, &suffix)
}

/// `WD_FLARES`, or `WD_FLARES_<cfg_hash>` under version control.
pub fn project_folder(project: &str, cfg_hash: Option<&str>) -> String {
    match cfg_hash {
        Some(hash) => escape_upper(&format!("{project}_{hash}")),
        None => escape_upper(project),
    }
}

/// The exact configuration whose SHA-256 is the hash of the project.
pub fn config_path(folder: &str) -> String {
    format!("{folder}/config.yaml")
}

/// What else is worth knowing of a run.
pub fn run_path(folder: &str) -> String {
    format!("{folder}/run.yaml")
}

/// `histograms_<name>.nc`.
pub fn histogram_path(folder: &str, name: &str) -> String {
    format!("{folder}/histograms_{}.nc", escape_upper(name))
}

/// Whether a path is one of [`histogram_path`] in this folder.
pub fn is_histogram_path(folder: &str, path: &str) -> bool {
    let file = path
        .strip_prefix(folder)
        .and_then(|rest| rest.strip_prefix('/'));
    let name = file
        .and_then(|file| file.strip_prefix("histograms_"))
        .and_then(|rest| rest.strip_suffix(".nc"));
    name.is_some_and(|name| !name.contains('/'))
}

/// Folder of a right ascension (deg): `RA` and its whole degrees in three digits.
fn ra_folder(ra: f64, source_name: &str) -> Result<String> {
    if (0.0..360.0).contains(&ra) {
        Ok(format!("RA{:03}", ra.floor() as u16))
    } else {
        Err(StorageError::RightAscension {
            source_name: source_name.to_owned(),
            ra,
        })
    }
}

fn product(
    folder: &str,
    observatory: &str,
    ra: f64,
    source_name: &str,
    suffix: &str,
) -> Result<String> {
    let ra_folder = ra_folder(ra, source_name)?;
    let (observatory, source) = (escape_upper(observatory), escape(source_name));
    Ok(format!(
        "{folder}/{ra_folder}/{observatory}{MIDDLE}{source}{suffix}{EXTENSION}"
    ))
}

/// The group of raw photometry: the name of the source.
pub fn raw_key(source_name: &str) -> String {
    escape_link(source_name)
}

/// The group of a lightcurve: `<source>_reduction_01_of_03`, `<source>_processed_01_of_03`,
/// `<source>_simulated_01_of_03_injection_01` (no `injection` where it is none).
pub fn lightcurve_key(
    source_name: &str,
    kind: Kind,
    series_number: u32,
    series_total: u32,
    injection: Option<u32>,
) -> String {
    let word = match kind {
        Kind::Reduced => "reduction",
        Kind::Processed => "processed",
        Kind::Simulated => "simulated",
    };
    let source = escape_link(source_name);
    let series = format!("{source}_{word}_{series_number:02}_of_{series_total:02}");
    match injection {
        Some(number) => format!("{series}_injection_{number:02}"),
        None => series,
    }
}

/// The groups of these lightcurves in one file. Simulated ones of the same series are told apart by the number of
/// their injection; one that does not know it is taken for the next after the one before it, from 1.
pub fn lightcurve_keys(lightcurves: &[Lightcurve], kind: Kind) -> Vec<String> {
    let mut injections = std::collections::HashMap::new();
    lightcurves
        .iter()
        .map(|lightcurve| {
            let number = lightcurve.series_number;
            let injection = (kind == Kind::Simulated).then(|| {
                let count = injections
                    .entry((lightcurve.source_name.as_str(), number))
                    .or_insert(0u32);
                *count = lightcurve.injection().unwrap_or(*count + 1);
                *count
            });
            lightcurve_key(
                &lightcurve.source_name,
                kind,
                number,
                lightcurve.series_total,
                injection,
            )
        })
        .collect()
}

/// The name of a column as a link.
pub(super) fn link_name(column: &str) -> String {
    escape_link(column)
}

/// What a path is the product of; none if no product has such a path.
///
/// ```
/// use retriever::storage::parse_product_path;
/// let name = parse_product_path("WD/RA007/ZTF_photometry_A%2FB_reduced.h5").unwrap();
/// assert_eq!(name.source_name.as_deref(), Some("A/B"));
/// assert_eq!(name.project_folder.as_deref(), Some("WD"));
/// ```
pub fn parse_product_path(path: &str) -> Option<ProductName> {
    let mut parts = path.split('/');
    let (folder, ra, file) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let digits = ra.strip_prefix("RA").filter(|digits| digits.len() == 3)?;
    let ra_degrees: u16 = digits.parse().ok().filter(|&degrees| degrees < 360)?;
    let (observatory, rest) = file.strip_suffix(EXTENSION)?.split_once(MIDDLE)?;
    let is_raw = folder == observatory;
    let (source, kind) = if is_raw {
        (rest, None)
    } else {
        let (source, word) = rest.rsplit_once('_')?;
        let kind = [Kind::Reduced, Kind::Processed, Kind::Simulated]
            .into_iter()
            .find(|kind| kind.as_str() == word)?;
        (source, Some(kind))
    };
    let source_name = unescape(source);
    if source_name.is_none() && !source.contains("%~") {
        return None;
    }
    Some(ProductName {
        project_folder: (!is_raw).then(|| folder.to_owned()),
        observatory: unescape_upper(observatory)?,
        ra_degrees,
        source_name,
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn products_stand_where_the_users_expect_them() {
        assert_eq!(
            raw_path("ZTF", 0.0001, "star").unwrap(),
            "ZTF/RA000/ZTF_photometry_star.h5"
        );
        let folder = project_folder("WD_FLARES", Some(&"0f".repeat(32)));
        assert_eq!(
            lightcurve_path(&folder, "TESS", 123.9, "J1", Kind::Simulated).unwrap(),
            format!("{folder}/RA123/TESS_photometry_J1_simulated.h5")
        );
        assert_eq!(config_path("P"), "P/config.yaml");
        assert_eq!(
            histogram_path("P", "all_scores"),
            "P/histograms_all_scores.nc"
        );
        assert!(is_histogram_path("P", "P/histograms_all_scores.nc"));
        for other in [
            "P/histograms_x.h5",
            "Q/histograms_x.nc",
            "P/RA000/histograms_x.nc",
        ] {
            assert!(!is_histogram_path("P", other), "{other}");
        }
    }

    #[test]
    fn a_right_ascension_outside_the_circle_has_no_folder() {
        for ra in [360.0, -0.1, f64::NAN, f64::INFINITY] {
            assert!(raw_path("ZTF", ra, "x").is_err(), "{ra}");
        }
    }

    #[test]
    fn keys_count_from_one_with_two_digits_at_least() {
        let key = |kind, injection| lightcurve_key("S", kind, 1, 3, injection);
        assert_eq!(key(Kind::Reduced, None), "S_reduction_01_of_03");
        assert_eq!(key(Kind::Processed, None), "S_processed_01_of_03");
        assert_eq!(
            key(Kind::Simulated, Some(1)),
            "S_simulated_01_of_03_injection_01"
        );
        assert_eq!(
            lightcurve_key("a/b", Kind::Reduced, 100, 120, None),
            "a%2Fb_reduction_100_of_120"
        );
    }

    #[test]
    fn paths_that_no_product_has_are_not_taken_for_one() {
        for path in [
            "retriever.db",
            "ZTF/RA360/ZTF_photometry_x.h5",
            "ZTF/RA12/ZTF_photometry_X.h5",
            "P/RA123/ZTF_photometry_X.h5",
            "P/RA123/ZTF_photometry_X_other.h5",
            "ZTF/RA123/more/ZTF_photometry_X.h5",
            "ZTF/RA123/ZTF_photometry_Star.h5",
        ] {
            assert_eq!(parse_product_path(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn a_path_says_what_it_was_made_of(source in "\\PC{0,20}|x_(raw|reduced|processed)", ra in 0.0..360.0f64) {
            for kind in [None, Some(Kind::Reduced), Some(Kind::Processed), Some(Kind::Simulated)] {
                let path = match kind {
                    None => raw_path("ZTF", ra, &source),
                    Some(kind) => lightcurve_path("P", "ZTF", ra, &source, kind),
                }.unwrap();
                let name = parse_product_path(&path).unwrap();
                prop_assert_eq!(name.kind, kind);
                prop_assert_eq!(name.ra_degrees, ra.floor() as u16);
                prop_assert_eq!(name.observatory, "ZTF");
                if let Some(name) = name.source_name {
                    prop_assert_eq!(&name, &source);
                }
            }
        }
    }
}
