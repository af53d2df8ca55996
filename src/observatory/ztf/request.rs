//! What is sent to IRSA.

use super::ZtfParameters;
use super::parameters::Band;
use crate::archive::Request;
use crate::catalog::Target;
use crate::parameters::Credentials;

/// Largest cone that the service takes (arcsec).
const LARGEST_RADIUS: f64 = 600.0;

/// All objects in a cone around the target, moved to the middle of the survey, as CSV.
pub(super) fn light_curves(parameters: &ZtfParameters, target: &Target) -> Request {
    let (ra, dec, radius) = cone(parameters, target);
    let mut request = Request::get(address(parameters, "cgi-bin/ZTF/nph_light_curves"))
        .query("POS", format!("CIRCLE {ra} {dec} {radius}"))
        .query("COLLECTION", &parameters.collection)
        .query("BAD_CATFLAGS_MASK", parameters.bad_catflags_mask)
        .query("FORMAT", "CSV")
        // seen for valid requests, vanishing by itself
        .transient_statuses(&[400]);
    let all = [Band::G, Band::R, Band::I]
        .iter()
        .all(|band| parameters.bands.contains(band));
    if !all {
        request = request.query("BANDNAME", band_names(&parameters.bands));
    }
    request
}

/// The login of IRSA's password-protected collections. It answers 200 to anything; the cookie tells.
pub(super) fn login(parameters: &ZtfParameters, credentials: &Credentials) -> Request {
    Request::get(address(parameters, "account/signon/login.do"))
        .query("josso_cmd", "login")
        .query("josso_username", &credentials.username)
        .query_secret("josso_password", credentials.password.expose())
}

fn address(parameters: &ZtfParameters, path: &str) -> String {
    format!("{}/{path}", parameters.url.trim_end_matches('/'))
}

/// Centre (deg) and radius (deg) of the cone.
///
/// The radius is the base radius plus what the star moves in half the span of the survey.
fn cone(parameters: &ZtfParameters, target: &Target) -> (f64, f64, f64) {
    let (ra, dec) = target.position_at(parameters.observation_time);
    let motion = target.proper_motion() / 1000.0 * parameters.half_span;
    let motion = if motion.is_finite() { motion } else { 0.0 };
    let radius = (parameters.cone_search_radius + motion).min(LARGEST_RADIUS);
    (ra, dec, radius / 3600.0)
}

fn band_names(bands: &[Band]) -> String {
    let names: Vec<&str> = bands
        .iter()
        .map(|band| match band {
            Band::G => "g",
            Band::R => "r",
            Band::I => "i",
        })
        .collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target {
            name: "star".to_owned(),
            ra: 123.456789,
            dec: -5.4321,
            epoch: 2016.0,
            ..Target::default()
        }
    }

    #[test]
    fn release_format_and_mask_are_always_sent() {
        let url = format!("{:?}", light_curves(&ZtfParameters::default(), &target()));
        assert!(
            url.contains("https://irsa.ipac.caltech.edu/cgi-bin/ZTF/nph_light_curves?"),
            "{url}"
        );
        for part in [
            "COLLECTION=ztf_dr24",
            "FORMAT=CSV",
            "BAD_CATFLAGS_MASK=0",
            "POS=CIRCLE%20123.456789%20-5.4321%20",
        ] {
            assert!(url.contains(part), "{part} is not in {url}");
        }
        assert!(!url.contains("BANDNAME"), "{url}");
    }

    #[test]
    fn the_cone_follows_and_is_widened_for_proper_motion() {
        let moving = Target {
            pmra: Some(3000.0),
            pmdec: Some(-4000.0),
            ..target()
        };
        let (ra, dec, radius) = cone(&ZtfParameters::default(), &moving);
        assert!((radius * 3600.0 - (2.0 + 5.0 * 4.0)).abs() < 1e-9);
        assert!((dec - (-5.4321 - 4.0 * 6.0 / 3600.0)).abs() < 1e-6, "{dec}");
        assert!(ra > 123.456789);
        let unknown = Target {
            pmra: Some(f64::NAN),
            ..target()
        };
        assert!((cone(&ZtfParameters::default(), &unknown).2 * 3600.0 - 2.0).abs() < 1e-9);
    }
}
