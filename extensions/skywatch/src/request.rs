//! What is asked. Pure: nothing is sent here.

use retriever::archive::Request;
use retriever::catalog::Target;

use crate::SkywatchParameters;

/// Julian year of the survey's positions, to which those of the catalog are moved.
const EPOCH: f64 = 2020.0;

/// Which objects are around the target?
pub fn objects(parameters: &SkywatchParameters, target: &Target) -> Request {
    let (ra, dec) = target.position_at(EPOCH);
    Request::get(address(parameters, "objects"))
        .query("ra", ra)
        .query("dec", dec)
        .query("radius", parameters.radius)
}

/// What was measured of an object? Its name comes from the service, and is escaped on its way into an address.
pub fn lightcurve(parameters: &SkywatchParameters, id: &str) -> Request {
    let escaped: String = id
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    Request::get(address(parameters, &format!("lightcurves/{escaped}.csv")))
}

fn address(parameters: &SkywatchParameters, path: &str) -> String {
    format!("{}/{path}", parameters.url.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cone_is_where_the_star_is_when_the_survey_looks() {
        let target = Target {
            ra: 150.0,
            dec: 0.0,
            epoch: 2000.0,
            pmdec: Some(3600.0),
            ..Target::default()
        };
        // 3.6 arcsec a year for 20 years are 0.02 deg
        let asked = format!("{:?}", objects(&SkywatchParameters::default(), &target));
        assert!(asked.contains("http://127.0.0.1:8765/objects?"), "{asked}");
        let number = |name: &str| -> f64 {
            let value = asked.split(name).nth(1).unwrap();
            value
                .split(['&', '"', ' '])
                .next()
                .unwrap()
                .parse()
                .unwrap()
        };
        assert!((number("?ra=") - 150.0).abs() < 1e-9, "{asked}");
        assert!((number("&dec=") - 0.02).abs() < 1e-9, "{asked}");
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        let asked = format!("{:?}", lightcurve(&SkywatchParameters::default(), "../x y"));
        assert!(asked.contains("/lightcurves/%2E%2E%2Fx%20y.csv"), "{asked}");
    }
}
