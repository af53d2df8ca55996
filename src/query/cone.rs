//! A circle on the sky.

use std::ops::Range;
use std::str::FromStr;

use super::QueryError;
use crate::sky;

/// All directions within a radius of a centre.
///
/// ```
/// let cone: retriever::query::Cone = "150.1, 2.2, 0.5".parse()?;
/// assert!(cone.contains(150.1, 2.6) && !cone.contains(150.1, 2.8));
/// # Ok::<(), retriever::query::QueryError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cone {
    ra: f64,
    dec: f64,
    radius: f64,
}

impl Cone {
    /// Of this centre (degrees, ICRS) and radius (degrees, up to 180).
    ///
    /// # Errors
    /// A number that is not finite, a right ascension outside -180 to 360, a declination beyond a pole, a radius that
    /// is not positive.
    pub fn new(ra: f64, dec: f64, radius: f64) -> Result<Cone, QueryError> {
        let refuse = |words: &'static str| {
            Err(QueryError::Cone {
                text: format!("{ra},{dec},{radius}"),
                words,
            })
        };
        if !(-180.0..=360.0).contains(&ra) {
            refuse("the right ascension is in degrees, from -180 to 360")
        } else if !(-90.0..=90.0).contains(&dec) {
            refuse("the declination is in degrees, from -90 to 90")
        } else if !(radius > 0.0 && radius <= 180.0) {
            refuse("the radius is in degrees, above 0 and up to 180")
        } else {
            let ra = sky::normalize_ra(ra);
            Ok(Cone { ra, dec, radius })
        }
    }

    /// Whether a direction (degrees, ICRS) is in it, its rim included.
    pub fn contains(&self, ra: f64, dec: f64) -> bool {
        sky::separation(self.ra, self.dec, ra, dec) <= self.radius
    }

    /// Ranges of HEALPix cells (nested, order 29) that hold all of it and some more.
    pub(crate) fn cells(&self) -> Vec<Range<u64>> {
        sky::cone_cells(self.ra, self.dec, self.radius)
    }
}

impl FromStr for Cone {
    type Err = QueryError;

    /// `RA,DEC,RADIUS` in degrees.
    fn from_str(text: &str) -> Result<Cone, QueryError> {
        let numbers: Result<Vec<f64>, _> =
            text.split(',').map(|word| word.trim().parse()).collect();
        match numbers.as_deref() {
            Ok(&[ra, dec, radius]) => Cone::new(ra, dec, radius),
            _ => Err(QueryError::Cone {
                text: text.to_owned(),
                words: "it is three numbers with commas between them",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_numbers_in_degrees_are_a_cone() {
        let cone: Cone = "-10,-5.5, 1e-3".parse().unwrap();
        assert_eq!(cone, Cone::new(350.0, -5.5, 0.001).unwrap());
        assert!(cone.contains(350.0, -5.5009) && !cone.contains(350.0, -5.5011));
    }

    #[test]
    fn what_is_no_cone_is_refused_with_its_reason() {
        for (text, words) in [
            ("10,20", "three numbers"),
            ("10,20,1,1", "three numbers"),
            ("10h,20,1", "three numbers"),
            ("", "three numbers"),
            ("nan,0,1", "right ascension"),
            ("361,0,1", "right ascension is in degrees, from -180 to 360"),
            (
                "-181,0,1",
                "right ascension is in degrees, from -180 to 360",
            ),
            ("0,90.5,1", "declination"),
            ("0,0,0", "radius"),
            ("0,0,-1", "radius"),
            ("0,0,inf", "radius"),
        ] {
            let error = text.parse::<Cone>().unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
