//! Plausible rows for any list of positions: made when asked for, so a million targets cost nothing.

use crate::irsa::separation;
use crate::numbers::{double, single};
use crate::random::{Stream, draw};
use crate::table::{Object, Row};

/// How much a synthetic survey saw of each target.
#[derive(Debug, Clone, Copy)]
pub struct SyntheticShape {
    /// Seasons of observation, a year apart.
    pub seasons: u32,
    /// Epochs in one season of one filter of the main field.
    pub epochs_per_season: u32,
    /// Every so many-th target also lies in a field of the secondary grid (0: none).
    pub secondary_every: u32,
    /// Every so many-th target was never seen: the reply is a header alone (0: none).
    pub empty_every: u32,
}

impl Default for SyntheticShape {
    fn default() -> SyntheticShape {
        SyntheticShape {
            seasons: 3,
            epochs_per_season: 40,
            secondary_every: 3,
            empty_every: 0,
        }
    }
}

/// Start of the survey (MJD): March 2018.
const FIRST_LIGHT: f64 = 58_194.0;
/// Offsets of the epochs from the star (degrees): 0.1 arcsec.
const SCATTER: f64 = 0.1 / 3600.0;
/// Objects are looked for this far beyond the cone: medians wander less (degrees).
const MARGIN: f64 = 1.0 / 3600.0;

/// Targets with a position, sorted by declination.
#[derive(Debug)]
pub(crate) struct Synthetic {
    seed: u64,
    shape: SyntheticShape,
    targets: Vec<Target>,
    /// Place in `targets` of each target by its number.
    places: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
struct Target {
    number: usize,
    ra: f64,
    dec: f64,
}

/// One lightcurve's identity: field, filter, CCD, quadrant and the target's number.
#[derive(Debug, Clone, Copy)]
struct Identity {
    field: u64,
    filter: u64,
    ccd: u64,
    quadrant: u64,
    number: u64,
}

impl Identity {
    fn oid(&self) -> i64 {
        (self.field * 1_000_000_000_000
            + self.filter * 100_000_000_000
            + self.ccd * 1_000_000_000
            + self.quadrant * 100_000_000
            + self.number) as i64
    }
}

impl Synthetic {
    pub(crate) fn new(seed: u64, shape: SyntheticShape, positions: &[(f64, f64)]) -> Synthetic {
        let mut targets: Vec<Target> = positions
            .iter()
            .enumerate()
            .map(|(number, &(ra, dec))| Target { number, ra, dec })
            .collect();
        targets.sort_by(|a, b| a.dec.total_cmp(&b.dec));
        let mut places = vec![0; targets.len()];
        for (place, target) in targets.iter().enumerate() {
            places[target.number] = place;
        }
        Synthetic {
            seed,
            shape,
            targets,
            places,
        }
    }

    /// Objects of the targets in and just around a cone (degrees).
    pub(crate) fn near(&self, ra: f64, dec: f64, radius: f64) -> Vec<Object> {
        let reach = radius + MARGIN;
        let first = self.targets.partition_point(|t| t.dec < dec - reach);
        self.targets[first..]
            .iter()
            .take_while(|t| t.dec <= dec + reach)
            .filter(|t| separation(ra, dec, t.ra, t.dec) <= reach)
            .flat_map(|target| self.objects(target))
            .collect()
    }

    pub(crate) fn with_id(&self, oid: i64) -> Option<Object> {
        let number = usize::try_from(oid % 100_000_000).ok()?;
        let target = self.targets[*self.places.get(number)?];
        self.objects(&target)
            .into_iter()
            .find(|object| object.oid == oid)
    }

    /// Two filters of the main field; now and then two of a secondary field, with a tenth of the epochs.
    fn objects(&self, target: &Target) -> Vec<Object> {
        let number = target.number as u64;
        let every = |n: u32| n > 0 && number % u64::from(n) == u64::from(n) - 1;
        if every(self.shape.empty_every) {
            return Vec::new();
        }
        let mut stream = Stream::new(draw(self.seed, &[&number.to_le_bytes()]));
        let mut fields = vec![(stream.integer(245, 880), self.shape.epochs_per_season)];
        if every(self.shape.secondary_every) {
            let few = (self.shape.epochs_per_season / 10).max(1);
            fields.push((stream.integer(1_245, 1_880), few));
        }
        let mean = stream.between(15.0, 20.0);
        let mut objects = Vec::new();
        for (field, epochs) in fields {
            let (ccd, quadrant) = (stream.integer(1, 16), stream.integer(1, 4));
            for filter in [1, 2] {
                let identity = Identity {
                    field,
                    filter,
                    ccd,
                    quadrant,
                    number,
                };
                let rows = self.rows(target, &identity, mean - 0.2 * filter as f64, epochs);
                objects.extend(Object::new(identity.oid(), rows));
            }
        }
        objects
    }

    fn rows(&self, target: &Target, identity: &Identity, mean: f64, epochs: u32) -> Vec<Row> {
        let mut stream = Stream::new(draw(self.seed, &[b"rows", &identity.oid().to_le_bytes()]));
        let mut rows = Vec::new();
        for season in 0..self.shape.seasons {
            let mut mjd = FIRST_LIGHT + 365.25 * f64::from(season) + stream.between(0.1, 0.5);
            // a season lasts 200 days whatever the number of epochs, with no gap of a season's length inside
            let step = 200.0 / f64::from(epochs.max(10));
            for _ in 0..epochs {
                mjd += stream.between(0.2, 1.8) * step;
                rows.push(row(target, identity, mean, mjd, &mut stream));
            }
        }
        rows
    }
}

fn row(target: &Target, identity: &Identity, mean: f64, mjd: f64, stream: &mut Stream) -> Row {
    let exptime = if stream.uniform() < 0.97 { 30.0 } else { 60.0 };
    let magerr = 0.01 + 0.02 * (mean - 15.0).max(0.0) / 5.0;
    let mag = f64::from((mean + magerr * stream.normal()) as f32);
    // frequencies as counted in a complete release file
    let catflags = match stream.uniform() {
        u if u < 0.90 => 0,
        u if u < 0.993 => 32_768,
        u if u < 0.996 => 32_769,
        u if u < 0.998 => 1,
        _ => 65_535,
    };
    let programid = match stream.uniform() {
        u if u < 0.6 => 1,
        u if u < 0.9 => 2,
        _ => 3,
    };
    let ra = target.ra + SCATTER * stream.normal() / target.dec.to_radians().cos().max(1e-6);
    let ra = ra.rem_euclid(360.0);
    let dec = (target.dec + SCATTER * stream.normal()).clamp(-90.0, 90.0);
    let hjd = 2_400_000.5 + mjd + exptime / 2.0 / 86_400.0 + stream.between(-0.005, 0.005);
    let fraction = (mjd.fract() * 1e6) as u64;
    let columns = [
        identity.oid().to_string(),
        format!("{}", 54_000_000 + ((mjd - FIRST_LIGHT) * 10_000.0) as u64),
        double(hjd),
        double(mjd),
        single(mag),
        single(magerr),
        format!("{catflags}"),
        ["zg", "zr", "zi"][identity.filter as usize - 1].to_owned(),
        double(ra),
        double(dec),
        single(stream.between(0.3, 1.5)),
        single(stream.between(-0.05, 0.05)),
        format!("{}{fraction:06}", yyyymmdd(mjd)),
        identity.field.to_string(),
        format!("{:#x}", identity.ccd),
        format!("{:#x}", identity.quadrant),
        single(stream.between(19.0, 21.5)),
        single(stream.between(26.0, 26.4)),
        single(stream.between(0.02, 0.05)),
        single(stream.between(-0.12, 0.12)),
        single(stream.between(1e-5, 2e-4)),
        single(exptime),
        single(stream.between(1.0, 2.2)),
        format!("{programid}"),
    ];
    Row {
        line: columns.join(","),
        mjd,
        mag,
        ra,
        dec,
        catflags,
        programid,
    }
}

/// The civil date of a day (Hinnant's `civil_from_days`; MJD 40587 is 1970-01-01).
fn yyyymmdd(mjd: f64) -> u64 {
    let shifted = mjd as u64 - 40_587 + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12 + 1;
    (year_of_era + era * 400 + u64::from(month <= 2)) * 10_000 + month * 100 + day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_the_same_whether_asked_by_place_or_by_id() {
        let sky = Synthetic::new(5, SyntheticShape::default(), &[(10.0, 20.0), (11.0, -5.0)]);
        let near = sky.near(11.0, -5.0, 2.0 / 3600.0);
        assert_eq!(near.len(), 2);
        for object in near {
            let same = sky.with_id(object.oid).unwrap();
            assert_eq!(same.rows[7].line, object.rows[7].line);
            assert_eq!(object.rows.len(), 120);
        }
    }

    #[test]
    fn dates_are_civil() {
        assert_eq!(yyyymmdd(58_296.48), 20_180_627);
        assert_eq!(yyyymmdd(58_908.1), 20_200_229);
    }
}
