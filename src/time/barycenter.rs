//! Times at the barycentre of the solar system: what a clock there would have shown when the light passed.
//!
//! A ground-based time (UTC, at the telescope) becomes TDB, and the light travel time from the telescope to the
//! barycentre along the direction of the star (the Rømer delay) is added: BJD_TDB of Eastman, Siverd & Gaudi
//! (2010, PASP 122, 935). Leap seconds, the TDB − TT series (Fairhead & Bretagnon 1990), the Earth's place
//! (`epv00`, Moisson & Bretagnon 2001) and precession-nutation (IAU 2006/2000A) are those of the IAU's SOFA library.
//!
//! What is left out, and its size: the difference of UT1 and UTC (below 2 µs), polar motion (50 ns), the Sun's Shapiro delay
//! (below 0.1 ms, for stars seen next to the Sun), the wave front's curvature (1.2 ms·pc, so below 0.1 ms beyond 12 pc). The
//! series of the Earth's place is good to 14 km (46 µs). A direction that is wrong by 1 arcsec costs up to 2.4 ms.

use std::sync::OnceLock;

use sofars::{coords::gd2gc, eph::epv00, pnp::c2i06a, ts::dat, ts::dtdb};

use super::{JD_OF_MJD_ZERO, SECONDS_IN_A_DAY, mjd_from_julian_year};

/// TT − TAI (s).
const TT_MINUS_TAI: f64 = 32.184;
/// Light travel time of one astronomical unit (d): 149 597 870 700 m at 299 792 458 m/s.
const LIGHT_DAYS_PER_AU: f64 = 149_597_870_700.0 / 299_792_458.0 / SECONDS_IN_A_DAY;
const METRES_PER_AU: f64 = 149_597_870_700.0;
/// WGS84, in the numbering of `gd2gc`.
const WGS84: i32 = 1;

/// UTC with whole leap seconds began on 1972-01-01 (MJD); the series of the Earth's place ends in 2100.
const FIRST_DAY: i64 = 41_317;
const LAST_DAY: i64 = 88_069;

/// A telescope on the Earth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Site {
    /// Geocentric place, turning with the Earth (AU).
    place: [f64; 3],
}

impl Site {
    /// A telescope at this longitude (deg, east positive), geodetic latitude (deg) and height (m), on WGS84.
    pub fn new(longitude: f64, latitude: f64, height: f64) -> Site {
        let metres = gd2gc(WGS84, longitude.to_radians(), latitude.to_radians(), height)
            .unwrap_or([f64::NAN; 3]);
        Site {
            place: metres.map(|metre| metre / METRES_PER_AU),
        }
    }
}

/// The direction of a star, moving on the sky.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Direction {
    /// Unit vector at `mjd`, and its change a day.
    at_epoch: [f64; 3],
    motion: [f64; 3],
    mjd: f64,
}

impl Direction {
    /// RA and Dec (deg, ICRS) at a Julian year, proper motion in mas/yr (`pmra` with cos δ; 0 if not known).
    pub fn new(ra: f64, dec: f64, pmra: f64, pmdec: f64, julian_year: f64) -> Direction {
        let (sin_ra, cos_ra) = ra.to_radians().sin_cos();
        let (sin_dec, cos_dec) = dec.to_radians().sin_cos();
        let per_day = |mas_a_year: f64| (mas_a_year / 3_600_000.0).to_radians() / 365.25;
        let (east, north) = (per_day(pmra), per_day(pmdec));
        Direction {
            at_epoch: [cos_dec * cos_ra, cos_dec * sin_ra, sin_dec],
            motion: [
                -sin_ra * east - sin_dec * cos_ra * north,
                cos_ra * east - sin_dec * sin_ra * north,
                cos_dec * north,
            ],
            mjd: mjd_from_julian_year(julian_year),
        }
    }

    /// Unit vector at a time; straight motion, so good to the square of the angle that was gone.
    fn at(&self, mjd: f64) -> [f64; 3] {
        let days = mjd - self.mjd;
        let moved: [f64; 3] = std::array::from_fn(|i| self.at_epoch[i] + days * self.motion[i]);
        let length = dot(&moved, &moved).sqrt();
        moved.map(|part| part / length)
    }
}

/// Barycentric Julian dates (d, JD in TDB) of times at a telescope (d, MJD in UTC).
///
/// Agrees with astropy's `light_travel_time(…, 'barycentric', ephemeris='builtin')` to 50 µs, of which 40 µs are the
/// resolution of a Julian date in 64 bits. NaN for NaN and for times before 1972 or after 2099, where UTC or the series
/// of the Earth's place is not defined; leap seconds that are not announced yet are not in it.
///
/// ```
/// use retriever::time::{Direction, Site, barycentric_julian_dates};
/// let palomar = Site::new(-116.865, 33.356, 1706.0);
/// let star = Direction::new(10.0, 41.0, 0.0, 0.0, 2016.0);
/// let bjd = barycentric_julian_dates(&[58_200.123_456_789], &star, &palomar);
/// assert!((bjd[0] - 2_458_200.619_918_596).abs() < 1e-9);
/// ```
pub fn barycentric_julian_dates(mjd: &[f64], star: &Direction, site: &Site) -> Vec<f64> {
    let mut day = None;
    mjd.iter()
        .map(|&time| match day_of(time, &mut day) {
            Some(day) => JD_OF_MJD_ZERO + day.number + day.since_midnight(time, star, site),
            None => f64::NAN,
        })
        .collect()
}

/// The day of a time; most times are of the same day as the time before.
fn day_of<'a>(mjd: f64, last: &mut Option<Day<'a>>) -> Option<Day<'a>> {
    let number = mjd.floor();
    if let Some(day) = last
        && day.number == number
    {
        return Some(*day);
    }
    *last = Day::of(number);
    *last
}

/// A UTC day between two midnights at which everything slow is known.
#[derive(Clone, Copy)]
struct Day<'a> {
    number: f64,
    begin: &'a Midnight,
    end: &'a Midnight,
}

impl Day<'static> {
    fn of(number: f64) -> Option<Day<'static>> {
        if !(number >= FIRST_DAY as f64 && number < LAST_DAY as f64) {
            return None;
        }
        let index = (number as i64 - FIRST_DAY) as usize;
        Some(Day {
            number,
            begin: midnight(index)?,
            end: midnight(index + 1)?,
        })
    }

    /// Days from this midnight to the barycentric time, in TDB.
    fn since_midnight(&self, utc: f64, star: &Direction, site: &Site) -> f64 {
        // a day that ends in a leap second is longer, and its fractions are fractions of the longer day (SOFA, `utctai`)
        let leap = self.end.tt_minus_utc - self.begin.tt_minus_utc;
        let fraction = (utc - self.number) * (1.0 + leap / SECONDS_IN_A_DAY);
        let to_tdb = self.begin.tt_minus_utc
            + self.begin.tdb_minus_tt
            + fraction * (self.end.tdb_minus_tt - self.begin.tdb_minus_tt);
        let tdb = fraction + to_tdb / SECONDS_IN_A_DAY;
        let direction = star.at(utc);
        let earth = dot(&self.earth(tdb), &direction);
        let telescope = site_along(site, &self.begin.to_intermediate, &direction, utc);
        tdb + (earth + telescope) * LIGHT_DAYS_PER_AU
    }

    /// Barycentric place of the Earth (AU) so many days after midnight: cubic Hermite between places and velocities at
    /// the midnights (TDB), good to 0.2 µs of light (the fourth derivatives of the Earth's and Moon's orbits).
    fn earth(&self, days: f64) -> [f64; 3] {
        let (t, t2) = (days, days * days);
        let t3 = t2 * t;
        let weights = [
            2.0 * t3 - 3.0 * t2 + 1.0,
            t3 - 2.0 * t2 + t,
            -2.0 * t3 + 3.0 * t2,
            t3 - t2,
        ];
        std::array::from_fn(|i| {
            weights[0] * self.begin.place[i]
                + weights[1] * self.begin.velocity[i]
                + weights[2] * self.end.place[i]
                + weights[3] * self.end.velocity[i]
        })
    }
}

/// What is slow enough to be worked out once a day.
struct Midnight {
    /// Barycentric place (AU) and velocity (AU/d) of the Earth at this MJD in TDB.
    place: [f64; 3],
    velocity: [f64; 3],
    /// TDB − TT (s) at the Earth's centre.
    tdb_minus_tt: f64,
    /// TT − UTC (s) on the UTC day that begins here.
    tt_minus_utc: f64,
    /// From celestial axes to the intermediate ones that the Earth turns in.
    to_intermediate: [[f64; 3]; 3],
}

impl Midnight {
    fn new(number: i64) -> Option<Midnight> {
        let mjd = number as f64;
        // the model is defined beyond these days too: none means that it says so itself
        let (_, [place, velocity]) = epv00(JD_OF_MJD_ZERO, mjd)?;
        Some(Midnight {
            place,
            velocity,
            tdb_minus_tt: dtdb(JD_OF_MJD_ZERO, mjd, 0.0, 0.0, 0.0, 0.0),
            tt_minus_utc: leap_seconds(mjd)? + TT_MINUS_TAI,
            to_intermediate: c2i06a(JD_OF_MJD_ZERO, mjd),
        })
    }
}

/// Midnights that somebody has asked for, worked out once in the life of the process: 0.1 ms each.
fn midnight(index: usize) -> Option<&'static Midnight> {
    const DAYS: usize = (LAST_DAY - FIRST_DAY + 1) as usize;
    static MIDNIGHTS: [OnceLock<Option<Box<Midnight>>>; DAYS] = [const { OnceLock::new() }; DAYS];
    MIDNIGHTS
        .get(index)?
        .get_or_init(|| Midnight::new(FIRST_DAY + index as i64).map(Box::new))
        .as_deref()
}

/// TAI − UTC (s) on a day.
fn leap_seconds(mjd: f64) -> Option<f64> {
    let (year, month, day, _) = sofars::cal::jd2cal(JD_OF_MJD_ZERO, mjd).ok()?;
    dat(year, month, day, 0.0).ok()
}

/// The telescope's geocentric place along the direction (AU).
fn site_along(site: &Site, to_intermediate: &[[f64; 3]; 3], direction: &[f64; 3], utc: f64) -> f64 {
    let (sin, cos) = earth_rotation_angle(utc).sin_cos();
    let [x, y, z] = site.place;
    let turned = [cos * x - sin * y, sin * x + cos * y, z];
    let axes: [f64; 3] = std::array::from_fn(|i| dot(&to_intermediate[i], direction));
    dot(&turned, &axes)
}

/// Earth rotation angle (rad) at a UT1 time (d, MJD) (Capitaine, Guinot & McCarthy 2000): 0.7790572732640 turns at J2000.0
/// and 1.00273781191135448 turns a day.
fn earth_rotation_angle(mjd: f64) -> f64 {
    let days = mjd - 51_544.5;
    let turns = 0.779_057_273_264_0 + 0.002_737_811_911_354_48 * days + days.fract();
    std::f64::consts::TAU * turns.fract()
}

fn dot(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MJD (UTC), RA and Dec (deg), the site, and seconds to the barycentric time.
    type Vector = (f64, f64, f64, (f64, f64, f64), f64);

    const PALOMAR: (f64, f64, f64) = (-116.865, 33.356, 1706.0);
    const CERRO_TOLOLO: (f64, f64, f64) = (-70.806_525, -30.169_661, 2207.0);

    // astropy 8.0.2: Time(mjd, scale='utc', location).tdb + light_travel_time(…, 'barycentric', ephemeris='builtin'),
    // as seconds after the given UTC reading: both poles, the Galactic centre, opposition and conjunction, both sides of
    // the leap second at the end of 2016, and 1972.
    const VECTORS: [Vector; 9] = [
        (58_200.123_456_789, 10.0, 41.0, PALOMAR, -305.699_897_684),
        (58_864.5, 285.0, -5.5, PALOMAR, -396.821_265_719),
        (
            59_580.987_654_321,
            123.456,
            -20.25,
            PALOMAR,
            401.145_259_748,
        ),
        (60_310.25, 266.4, -29.0, CERRO_TOLOLO, -404.744_541_221),
        (57_753.999_99, 200.0, 89.5, PALOMAR, 261.177_044_890),
        (57_754.000_01, 200.0, 89.5, PALOMAR, 261.177_043_659),
        (60_676.3, 0.01, 0.0, PALOMAR, -25.343_106_844),
        (41_500.5, 83.6, 22.0, PALOMAR, -439.782_204_183),
        (50_630.75, 359.9, -89.0, CERRO_TOLOLO, 262.360_111_854),
    ];

    #[test]
    fn barycentric_times_agree_with_astropy_to_a_few_microseconds() {
        for (mjd, ra, dec, (longitude, latitude, height), expected) in VECTORS {
            let site = Site::new(longitude, latitude, height);
            let star = Direction::new(ra, dec, 0.0, 0.0, 2016.0);
            let day = Day::of(f64::floor(mjd)).unwrap();
            let seconds =
                (day.since_midnight(mjd, &star, &site) - (mjd - day.number)) * SECONDS_IN_A_DAY;
            assert!(
                (seconds - expected).abs() < 3e-6,
                "{mjd} {ra} {dec}: {seconds} is not {expected}"
            );
            let bjd = barycentric_julian_dates(&[mjd], &star, &site)[0];
            let off = (bjd - JD_OF_MJD_ZERO - mjd) * SECONDS_IN_A_DAY;
            assert!((off - expected).abs() < 50e-6, "{off} is not {expected}");
        }
    }

    #[test]
    fn a_moving_star_is_timed_along_the_direction_it_has_then() {
        let site = Site::new(PALOMAR.0, PALOMAR.1, PALOMAR.2);
        // Barnard's star in round numbers, ten years after its epoch
        let (ra, dec, pmra, pmdec) = (269.452, 4.693, -798.6, 10_337.0);
        let mjd = mjd_from_julian_year(2026.0);
        let moving = Direction::new(ra, dec, pmra, pmdec, 2016.0);
        let (ra, dec) = crate::sky::propagate(ra, dec, pmra, pmdec, 10.0);
        let standing = Direction::new(ra, dec, 0.0, 0.0, 2026.0);
        let times = [moving, standing].map(|star| barycentric_julian_dates(&[mjd], &star, &site));
        let difference = (times[0][0] - times[1][0]) * SECONDS_IN_A_DAY;
        assert!(difference.abs() < 50e-6, "{difference}");
    }

    #[test]
    fn times_that_have_no_utc_have_no_barycentric_time() {
        let site = Site::new(PALOMAR.0, PALOMAR.1, PALOMAR.2);
        let star = Direction::new(10.0, 10.0, 0.0, 0.0, 2000.0);
        for mjd in [f64::NAN, f64::INFINITY, -1.0, 41_316.9, 88_070.0, 1e300] {
            assert!(
                barycentric_julian_dates(&[mjd], &star, &site)[0].is_nan(),
                "{mjd}"
            );
        }
        for mjd in [41_317.0, 88_068.999] {
            assert!(
                barycentric_julian_dates(&[mjd], &star, &site)[0].is_finite(),
                "{mjd}"
            );
        }
    }
}
