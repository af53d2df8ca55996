//! Which star of the TESS Input Catalog a target is.

use serde_json::{Value, json};

use super::TessParameters;
use super::reply::Star;
use crate::catalog::Target;
use crate::sky;

/// Year of the positions of the TESS Input Catalog.
pub(super) const TIC_EPOCH: f64 = 2000.0;

/// A second star that is farther away by no more than this (arcsec) could as well be the target: catalogs made with
/// telescopes on the ground place faint stars no better.
const AMBIGUOUS: f64 = 1.0;

/// The number of a target, and how it was found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Identity {
    pub(super) tic: u64,
    /// For `altdata`.
    pub(super) record: Value,
}

/// The band of a magnitude, as far as the TESS Input Catalog has one like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Band {
    /// TESS, Gaia RP and the I bands: compared with Tmag.
    Tess,
    /// Compared with GAIAmag.
    GaiaG,
    /// Compared with Tmag, or else GAIAmag, and colours are allowed for.
    Other,
}

impl Band {
    fn of(filter: &str) -> Band {
        let name: String = filter
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .flat_map(char::to_lowercase)
            .collect();
        match name.as_str() {
            "tess" | "tmag" | "tessmag" | "rp" | "gaiarp" | "photrpmeanmag" | "i" | "imag"
            | "ic" | "icousins" | "cousinsi" | "johnsoni" | "sdssi" | "ps1i" | "ztfi" | "zi" => {
                Band::Tess
            }
            // "t" and "g" alone are too short to be sure of, but a capital G is Gaia's
            "gaiag" | "gaia" | "gaiamag" | "photgmeanmag" => Band::GaiaG,
            "gmag" | "g" if filter.starts_with('G') => Band::GaiaG,
            _ => Band::Other,
        }
    }
}

/// The number that the catalog or the target's name gives; none if neither does.
///
/// # Errors
/// In words, when the catalog's number is none.
pub(super) fn known(target: &Target) -> Result<Option<Identity>, String> {
    if let Some(text) = target.id("TIC") {
        let tic = number(text).ok_or(format!("the catalog's TIC number is {text:?}"))?;
        let record = json!({"tic": tic, "found_by": "the catalog's TIC number"});
        return Ok(Some(Identity { tic, record }));
    }
    let name = target.name.trim();
    let rest = name
        .get(..3)
        .filter(|prefix| prefix.eq_ignore_ascii_case("TIC"))
        .map(|_| &name[3..])
        .map(|rest| {
            rest.strip_prefix('-')
                .unwrap_or(rest.trim_start_matches([' ', '_']))
        });
    Ok(rest.and_then(number).map(|tic| Identity {
        tic,
        record: json!({"tic": tic, "found_by": "the target's name"}),
    }))
}

/// A bare TIC number, with or without the prefix.
fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = match text.get(..3) {
        Some(prefix) if prefix.eq_ignore_ascii_case("TIC") => text[3..].trim_start(),
        _ => text,
    };
    // catalogs that know numbers as floats only write 123.0
    let digits = digits.strip_suffix(".0").unwrap_or(digits);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// The magnitude that tells whether a target is too faint: the one nearest to the TESS band, with its filter.
pub(super) fn magnitude_for_limit(target: &Target) -> Option<(Option<&str>, f64)> {
    let all = magnitudes(target);
    let like = |band| {
        all.iter()
            .find(|(filter, _)| filter.map(Band::of) == Some(band))
    };
    like(Band::Tess)
        .or_else(|| like(Band::GaiaG))
        .or_else(|| all.first())
        .copied()
}

/// All magnitudes of a target, its main one first.
fn magnitudes(target: &Target) -> Vec<(Option<&str>, f64)> {
    let main = target.mag.map(|mag| (target.mag_filter.as_deref(), mag));
    let further = target
        .mags
        .iter()
        .map(|(filter, &mag)| (Some(filter.as_str()), mag));
    main.into_iter()
        .chain(further)
        .filter(|(_, mag)| mag.is_finite())
        .collect()
}

/// A star of the cone that may be the target.
#[derive(Debug, Clone)]
struct Candidate<'a> {
    star: &'a Star,
    /// Arcsec, both at J2000.
    separation: f64,
    /// None where the target has no magnitude.
    comparison: Option<Comparison>,
}

#[derive(Debug, Clone, PartialEq)]
struct Comparison {
    /// Catalog minus TESS Input Catalog (mag).
    difference: f64,
    words: String,
    tolerance: f64,
}

/// The star that is the target: of those within the distance and the magnitude difference the nearest.
///
/// A star without a magnitude to compare is not the target of one that has a magnitude. An error tells why none is.
pub(super) fn in_cone(
    target: &Target,
    stars: &[Star],
    parameters: &TessParameters,
) -> Result<Identity, Vec<String>> {
    let (ra, dec) = target.position_at(TIC_EPOCH);
    let mut candidates = Vec::new();
    let mut rejected = Vec::new();
    for star in stars {
        let separation = sky::separation(ra, dec, star.ra, star.dec) * 3600.0;
        match judged(target, star, separation, parameters) {
            Ok(comparison) => candidates.push(Candidate {
                star,
                separation,
                comparison,
            }),
            Err(reason) => rejected.push(format!("TIC {}: {reason}", star.tic)),
        }
    }
    let off = |candidate: &Candidate| {
        let difference = candidate.comparison.as_ref().map(|c| c.difference.abs());
        difference.unwrap_or(0.0)
    };
    candidates.sort_by(|a, b| {
        a.separation
            .total_cmp(&b.separation)
            .then(off(a).total_cmp(&off(b)))
            .then(a.star.tic.cmp(&b.star.tic))
    });
    let Some(best) = candidates.first() else {
        return Err(rejected);
    };
    let runner_up = candidates.get(1);
    let ambiguous =
        runner_up.is_some_and(|second| second.separation - best.separation <= AMBIGUOUS);
    let record = json!({
        "tic": best.star.tic,
        "found_by": "a cone around the position at J2000",
        "match": best.record(),
        "runner_up": runner_up.map(Candidate::record),
        "ambiguous": ambiguous,
        "stars_in_cone": stars.len(),
    });
    Ok(Identity {
        tic: best.star.tic,
        record,
    })
}

/// How a star's magnitude compares, or why it is not the target.
fn judged(
    target: &Target,
    star: &Star,
    separation: f64,
    parameters: &TessParameters,
) -> Result<Option<Comparison>, String> {
    if let Some(word @ ("DUPLICATE" | "ARTIFACT")) = star.disposition.as_deref() {
        return Err(format!("its disposition is {word}"));
    }
    // a separation that is no number is not within the distance either
    if separation.is_nan() || separation > parameters.distance_thresh {
        let limit = parameters.distance_thresh;
        return Err(format!(
            "{separation:.2} arcsec away (distance_thresh {limit})"
        ));
    }
    let all = magnitudes(target);
    if all.is_empty() {
        return Ok(None);
    }
    let comparison = compared(&all, star, parameters)
        .ok_or("it has no magnitude to compare with the catalog's".to_owned())?;
    if comparison.difference.abs() > comparison.tolerance {
        return Err(format!(
            "{} differ by {:.3} mag (tolerance {})",
            comparison.words, comparison.difference, comparison.tolerance
        ));
    }
    Ok(Some(comparison))
}

/// The comparison in the same band if there is one, else the one that allows for colours.
fn compared(
    magnitudes: &[(Option<&str>, f64)],
    star: &Star,
    parameters: &TessParameters,
) -> Option<Comparison> {
    let comparison =
        |filter: Option<&str>, mag: f64, name: &str, value: f64, tolerance| Comparison {
            difference: mag - value,
            words: format!("{} and {name}", filter.unwrap_or("the catalog's magnitude")),
            tolerance,
        };
    for (band, name, value) in [
        (Band::Tess, "Tmag", star.tmag),
        (Band::GaiaG, "GAIAmag", star.gaia_mag),
    ] {
        let same = magnitudes
            .iter()
            .find(|(filter, _)| filter.map(Band::of) == Some(band));
        if let (Some(&(filter, mag)), Some(value)) = (same, value) {
            return Some(comparison(
                filter,
                mag,
                name,
                value,
                parameters.magdiff_thresh,
            ));
        }
    }
    let &(filter, mag) = magnitudes.first()?;
    let (name, value) = star
        .tmag
        .map(|value| ("Tmag", value))
        .or(star.gaia_mag.map(|value| ("GAIAmag", value)))?;
    let tolerance = parameters.magdiff_thresh_other_filter;
    Some(comparison(filter, mag, name, value, tolerance))
}

impl Candidate<'_> {
    fn record(&self) -> Value {
        let comparison = self.comparison.as_ref();
        json!({
            "tic": self.star.tic,
            "separation_arcsec": self.separation,
            "magnitude_difference": comparison.map(|c| c.difference),
            "compared": comparison.map(|c| c.words.as_str()),
            "tolerance": comparison.map(|c| c.tolerance),
            "Tmag": self.star.tmag,
            "GAIAmag": self.star.gaia_mag,
        })
    }
}

/// A star of the TESS Input Catalog as a target.
pub(super) fn target_of(star: &Star) -> Target {
    let gaia = star.gaia_mag.map(|mag| ("Gaia_G".to_owned(), mag));
    Target {
        name: format!("TIC {}", star.tic),
        ra: sky::normalize_ra(star.ra),
        dec: star.dec,
        epoch: TIC_EPOCH,
        pmra: star.pmra,
        pmdec: star.pmdec,
        parallax: star.parallax,
        mag: star.tmag,
        mag_err: star.tmag.and(star.e_tmag),
        mag_filter: star.tmag.map(|_| "TESS".to_owned()),
        mags: gaia.into_iter().collect(),
        ids: [("TIC".to_owned(), star.tic.to_string())].into(),
        ..Target::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn star(tic: u64, dec_arcsec: f64, tmag: Option<f64>, gaia_mag: Option<f64>) -> Star {
        Star {
            tic,
            ra: 10.0,
            dec: dec_arcsec / 3600.0,
            pmra: None,
            pmdec: None,
            parallax: None,
            tmag,
            e_tmag: None,
            gaia_mag,
            disposition: None,
        }
    }

    fn target(filter: &str, mag: Option<f64>) -> Target {
        Target {
            name: "star".to_owned(),
            ra: 10.0,
            dec: 0.0,
            epoch: 2000.0,
            mag,
            mag_filter: mag.map(|_| filter.to_owned()),
            ..Target::default()
        }
    }

    fn found(target: &Target, stars: &[Star]) -> Result<Identity, Vec<String>> {
        in_cone(target, stars, &TessParameters::default())
    }

    #[test]
    fn magnitudes_are_compared_in_the_same_band() {
        let stars = [star(1, 1.0, Some(12.0), Some(15.0))];
        assert!(found(&target("Gaia_G", Some(15.2)), &stars).is_ok());
        assert!(found(&target("Gaia_G", Some(12.0)), &stars).is_err());
        assert!(found(&target("Gaia_RP", Some(12.2)), &stars).is_ok());
        assert!(found(&target("Gaia_RP", Some(15.0)), &stars).is_err());
        // a band that is not known is compared widely
        assert!(found(&target("B", Some(14.5)), &stars).is_ok());
        assert!(found(&target("B", Some(15.5)), &stars).is_err());
    }

    #[test]
    fn a_missing_magnitude_never_matches_silently() {
        let faint = star(1, 0.5, None, None);
        let right = star(2, 3.0, Some(12.0), None);
        let identity = found(&target("TESS", Some(12.1)), &[faint.clone(), right]).unwrap();
        assert_eq!(identity.tic, 2);
        let reasons = found(&target("TESS", Some(12.1)), std::slice::from_ref(&faint)).unwrap_err();
        assert!(reasons[0].contains("no magnitude"), "{reasons:?}");
        // without a magnitude of the target the position decides, and the record says so
        let identity = found(&target("TESS", None), &[faint]).unwrap();
        assert_eq!(
            identity.record["match"]["magnitude_difference"],
            Value::Null
        );
    }

    #[test]
    fn the_nearest_acceptable_star_wins_and_the_runner_up_is_recorded() {
        let stars = [
            star(1, 9.0, Some(12.0), None),
            star(2, 4.0, Some(12.3), None),
            star(3, 1.0, Some(17.0), None),
            star(4, 11.0, Some(12.0), None),
        ];
        let identity = found(&target("TESS", Some(12.0)), &stars).unwrap();
        assert_eq!(identity.tic, 2);
        assert_eq!(identity.record["runner_up"]["tic"], 1);
        assert_eq!(identity.record["ambiguous"], false);
        let separation = identity.record["match"]["separation_arcsec"]
            .as_f64()
            .unwrap();
        assert!((separation - 4.0).abs() < 1e-6);
        let twins = [
            star(8, 2.5, Some(12.0), None),
            star(7, 2.0, Some(12.0), None),
        ];
        let identity = found(&target("TESS", Some(12.0)), &twins).unwrap();
        assert_eq!(
            (identity.tic, &identity.record["ambiguous"]),
            (7, &json!(true))
        );
    }

    #[test]
    fn a_moving_star_is_looked_for_where_it_was_in_2000() {
        let moving = Target {
            epoch: 2016.0,
            pmdec: Some(1000.0),
            dec: 16.0 / 3600.0,
            ..target("TESS", Some(12.0))
        };
        let identity = found(&moving, &[star(5, 0.0, Some(12.0), None)]).unwrap();
        assert!(
            identity.record["match"]["separation_arcsec"]
                .as_f64()
                .unwrap()
                < 1e-3
        );
    }

    #[test]
    fn duplicates_are_not_the_target() {
        let mut duplicate = star(1, 0.1, Some(12.0), None);
        duplicate.disposition = Some("DUPLICATE".to_owned());
        let stars = [duplicate, star(2, 0.2, Some(12.0), None)];
        assert_eq!(found(&target("TESS", Some(12.0)), &stars).unwrap().tic, 2);
    }

    #[test]
    fn numbers_are_taken_from_the_catalog_before_the_name() {
        let named = |name: &str, id: Option<&str>| {
            known(&Target {
                name: name.to_owned(),
                ids: id
                    .map(|id| ("TIC".to_owned(), id.to_owned()))
                    .into_iter()
                    .collect(),
                ..Target::default()
            })
            .map(|identity| identity.map(|identity| identity.tic))
        };
        assert_eq!(named("TIC 123", None), Ok(Some(123)));
        assert_eq!(named("tic_0000123", None), Ok(Some(123)));
        assert_eq!(named("TIC123", Some("188589164")), Ok(Some(188_589_164)));
        assert_eq!(named("x", Some("TIC 5")), Ok(Some(5)));
        assert_eq!(named("x", Some("5.0")), Ok(Some(5)));
        for name in ["TIC", "TIC 12a", "TICK 12", "TIC -1", "123", "Ä1 TIC 5"] {
            assert_eq!(named(name, None), Ok(None), "{name}");
        }
        assert!(named("TIC 1", Some("1.5")).is_err());
    }
}
