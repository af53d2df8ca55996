//! What an answer means: bytes in, values out.

use retriever::archive::{Reply, Verdict};
use retriever::catalog::Target;
use retriever::photometry::{Column, Table, Text, Values};
use retriever::sky;
use retriever::time::{JD_OF_MJD_ZERO, TimeFrame};
use serde::{Deserialize, Serialize};

/// Times are those of the start of the exposure, at the telescope.
pub const FRAME: TimeFrame = TimeFrame::UTC_START_OF_EXPOSURE;

/// An object of the survey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Its name there.
    pub id: String,
    /// Position (deg).
    pub ra: f64,
    pub dec: f64,
    /// Mean V magnitude (mag).
    pub v_mag: f64,
}

/// A line of a lightcurve, as the service sends it.
#[derive(Debug, Deserialize)]
struct Line {
    jd: f64,
    camera: String,
    filter: String,
    /// A number, or `>17.2`: fainter than that.
    mag: String,
    mag_err: f64,
    limit: f64,
    exptime: f64,
    /// `G` or `B`.
    quality: String,
}

/// Whether it is CSV at all: what may pass is asked for again.
pub fn judge(reply: &Reply) -> Verdict {
    let start = reply.body.trim_ascii_start();
    match start.first() {
        None => Verdict::Retry("an empty body".to_owned()),
        Some(b'<' | b'{') => Verdict::Retry("no CSV, but a page".to_owned()),
        Some(_) if !reply.body.ends_with(b"\n") => {
            Verdict::Retry("a table whose last line is cut off".to_owned())
        }
        Some(_) => Verdict::Accept,
    }
}

/// The objects of a cone; none is no error.
///
/// # Errors
/// The line that is no object, in words; here and below.
pub fn objects(body: &[u8]) -> Result<Vec<Object>, String> {
    read(body)
}

/// The object nearest to the target, if it is within the radius (arcsec).
pub fn nearest<'a>(objects: &'a [Object], target: &Target, radius: f64) -> Option<&'a Object> {
    let (ra, dec) = target.position_at(2020.0);
    let distance = |object: &Object| 3600.0 * sky::separation(ra, dec, object.ra, object.dec);
    let near = objects.iter().filter(|object| distance(object) <= radius);
    near.min_by(|a, b| {
        distance(a)
            .total_cmp(&distance(b))
            .then_with(|| a.id.cmp(&b.id))
    })
}

/// The epochs of an object in the columns of the service; `mjd` stands for its `jd`, and `upper_limit` for the `>`.
pub fn epochs(body: &[u8]) -> Result<Table, String> {
    let lines: Vec<Line> = read(body)?;
    let floats = |value: fn(&Line) -> f64| Values::Float64(lines.iter().map(value).collect());
    let text = |value: fn(&Line) -> &str| Values::Text(lines.iter().map(value).collect::<Text>());
    let mag: Result<Vec<f64>, String> = lines.iter().map(magnitude).collect();
    let is_limit = lines.iter().map(|line| line.mag.starts_with('>')).collect();
    Table::new(vec![
        Column::new(
            "mjd",
            "d",
            "modified Julian date of the start of the exposure, UTC",
            floats(|l| l.jd - JD_OF_MJD_ZERO),
        ),
        Column::new("camera", "", "camera", text(|l| &l.camera)),
        Column::new("filter", "", "filter: V, g", text(|l| &l.filter)),
        Column::new(
            "mag",
            "mag",
            "magnitude, AB; NaN where the star is too faint",
            Values::Float64(mag?),
        ),
        Column::new("mag_err", "mag", "error of mag", floats(|l| l.mag_err)),
        Column::new(
            "upper_limit",
            "",
            "true where the star is fainter than limit",
            Values::Boolean(is_limit),
        ),
        Column::new(
            "limit",
            "mag",
            "5-sigma limit of the image",
            floats(|l| l.limit),
        ),
        Column::new("exptime", "s", "exposure time", floats(|l| l.exptime)),
        Column::new("quality", "", "G good, B bad", text(|l| &l.quality)),
    ])
    .map_err(|error| error.to_string())
}

fn magnitude(line: &Line) -> Result<f64, String> {
    if line.mag.starts_with('>') {
        return Ok(f64::NAN);
    }
    line.mag
        .parse()
        .map_err(|_| format!("{:?} is no magnitude", line.mag))
}

fn read<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<Vec<T>, String> {
    let mut reader = csv::Reader::from_reader(body);
    reader
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "jd,camera,filter,mag,mag_err,limit,exptime,quality\n\
                         2459000.75,ba,V,14.25,0.02,17.5,90,G\n\
                         2459001.75,ba,V,>16.9,99.99,16.9,90,G\n";

    #[test]
    fn epochs_keep_their_values_and_limits_are_no_magnitudes() {
        let table = epochs(LINES.as_bytes()).unwrap();
        assert_eq!(table.floats("mjd").unwrap(), [59_000.25, 59_001.25]);
        let mag = table.floats("mag").unwrap();
        assert!(mag[0] == 14.25 && mag[1].is_nan());
        assert_eq!(
            table.column("upper_limit").unwrap().values,
            Values::Boolean(vec![false, true])
        );
    }

    #[test]
    fn what_is_no_table_is_told_with_its_line() {
        let bad = LINES.replace(">16.9", "bright");
        assert_eq!(
            epochs(bad.as_bytes()).unwrap_err(),
            "\"bright\" is no magnitude"
        );
        let bad = LINES.replace("2459001.75", "soon");
        assert!(epochs(bad.as_bytes()).unwrap_err().contains("line: 3"));
        assert!(epochs(b"jd,mag\n1,2\n").is_err());
        assert!(
            epochs(LINES.lines().next().unwrap().as_bytes())
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn the_nearest_object_within_the_radius_is_taken() {
        let object = |id: &str, ra: f64| Object {
            id: id.to_owned(),
            ra,
            dec: 0.0,
            v_mag: 14.0,
        };
        let objects = [
            object("far", 10.002),
            object("near", 10.0005),
            object("nearer", 9.9998),
        ];
        let target = Target {
            ra: 10.0,
            dec: 0.0,
            epoch: 2020.0,
            ..Target::default()
        };
        let found = |radius| nearest(&objects, &target, radius).map(|object| object.id.as_str());
        assert_eq!(found(5.0), Some("nearer"));
        assert_eq!(found(0.5), None);
    }
}
