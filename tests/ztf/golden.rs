//! A white dwarf at RA 359.9997° in two overlapping fields: five object numbers in three filters, 1 852 epochs.
//!
//! Expected numbers are those that the original tool (Python, numpy) gives for this table. Where it was wrong
//! they are not taken over:
//!
//! - it merged all object numbers of a filter into one lightcurve. A number is one field, CCD and quadrant, each
//!   with a calibration of its own: here each has its own lightcurves, and only together they give its numbers;
//! - it looked for gaps in the times of all filters together, so that a gap in one was bridged by another:
//!   here each object number has its own seasons;
//! - it called the times mid-exposure, and they are those of the start: here half the exposure is added.

use std::fs;

use retriever::catalog::Target;
use retriever::observatory::{Fetched, Observatory};
use retriever::parameters::NodeValue;
use retriever::photometry::{Lightcurve, RawPhotometry, Table, Values};
use retriever_standin::StandIn;

use super::{mean, median, microjansky, real, scatter, ztf};

/// Seconds in a day.
const DAY: f64 = 86_400.0;

/// Median position and magnitude of the table, as the original's test has them.
pub(super) fn target() -> Target {
    Target {
        name: "white dwarf".to_owned(),
        ra: 359.999_747_45,
        dec: 51.393_719_95,
        epoch: 2016.0,
        mag: Some(20.272_832),
        ..Target::default()
    }
}

/// The rows as the service sends them: the table has a number before each and four columns of its owner's after.
fn reply() -> Option<String> {
    let text = fs::read_to_string(real::path("ztf/astroretriever_ZTF_lightcurve.csv")?).unwrap();
    let mut reply = String::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields.len(), 29, "{line}");
        reply.push_str(&fields[1..25].join(","));
        reply.push('\n');
    }
    Some(reply)
}

/// The raw photometry, asked for at a stand-in that serves these rows.
fn fetched(reply: &str) -> RawPhotometry {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("reply.csv"), reply).unwrap();
    let archive = StandIn::load_csv_dir(folder.path()).unwrap();
    let observatory = ztf(&[
        ("url", archive.url().into()),
        ("cone_search_radius", 5.0.into()),
    ]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match runtime.block_on(observatory.fetch(&target())) {
        Ok(Fetched::Data { raw, .. }) => raw,
        other => panic!("{other:?}"),
    }
}

pub(super) fn raw() -> Option<RawPhotometry> {
    reply().map(|reply| fetched(&reply))
}

pub(super) fn reduced(raw: &RawPhotometry, parameters: &[(&str, NodeValue)]) -> Vec<Lightcurve> {
    let reduction = ztf(parameters).reduce(raw).unwrap();
    assert_eq!(reduction.rejected, Vec::<String>::new());
    reduction.lightcurves
}

fn epochs(lightcurves: &[Lightcurve]) -> usize {
    lightcurves.iter().map(|curve| curve.epochs.len()).sum()
}

/// One lightcurve of the original: filter, window of its season, epochs, good ones, first and last start of
/// exposure, mean and scatter of the flux (µJy).
type Golden = (&'static str, [f64; 2], usize, usize, [f64; 2], f64, f64);

const FIRST: [f64; 2] = [58_240.0, 58_530.0];
const SECOND: [f64; 2] = [58_590.0, 58_910.0];
const THIRD: [f64; 2] = [58_960.0, 59_260.0];
const FOURTH: [f64; 2] = [59_325.0, 59_530.0];

#[rustfmt::skip]
const GOLDEN: [Golden; 10] = [
    ("zg", FIRST,  293, 277, [58_246.484_80, 58_514.175_58], 29.8299, 4.0460),
    ("zr", FIRST,  417, 401, [58_247.469_73, 58_523.156_52], 27.8757, 4.0030),
    ("zi", FIRST,    9,   9, [58_307.431_82, 58_397.299_79], 31.4541, 4.5751),
    ("zr", SECOND, 214, 210, [58_597.494_03, 58_894.131_75], 30.0570, 6.8310),
    ("zg", SECOND, 278, 274, [58_638.448_96, 58_895.135_59], 29.2423, 3.6853),
    ("zi", SECOND,  10,  10, [58_670.411_35, 58_751.347_88], 32.1573, 11.7979),
    ("zg", THIRD,  225, 221, [58_963.495_53, 59_256.135_30], 29.7023, 3.8596),
    ("zr", THIRD,  235, 229, [58_965.489_16, 59_256.155_39], 26.7515, 3.4143),
    ("zr", FOURTH,  98,  97, [59_328.491_24, 59_522.201_42], 26.9760, 4.1702),
    ("zg", FOURTH,  73,  73, [59_382.430_65, 59_522.248_08], 28.5679, 4.8672),
];

#[test]
fn in_each_filter_and_window_epochs_and_fluxes_are_those_of_the_original() {
    let Some(raw) = raw() else { return };
    let lightcurves = reduced(&raw, &[]);
    assert_eq!(epochs(&lightcurves), 1_852);
    for (filter, window, number, num_good, starts, flux_mean, flux_rms) in GOLDEN {
        let inside: Vec<&Lightcurve> = lightcurves
            .iter()
            .filter(|curve| curve.filter == filter)
            .filter(|curve| (window[0]..window[1]).contains(&curve.epochs.mjd[0]))
            .collect();
        let mut exposures = Vec::new();
        let mut good = Vec::new();
        for curve in &inside {
            let epochs = &curve.epochs;
            assert!(
                *epochs.mjd.last().unwrap() < window[1],
                "a season left its window"
            );
            for epoch in 0..epochs.len() {
                exposures.push(epochs.mjd[epoch] - epochs.exptime[epoch] / 2.0 / DAY);
                if !epochs.flag[epoch] {
                    good.push(epochs.flux[epoch]);
                }
            }
        }
        exposures.sort_by(f64::total_cmp);
        assert_eq!(
            (exposures.len(), good.len()),
            (number, num_good),
            "{filter} {window:?}"
        );
        for (found, expected) in [exposures[0], exposures[number - 1]].iter().zip(starts) {
            assert!(
                (found - expected).abs() < 6e-6,
                "{filter}: {found} is not {expected}"
            );
        }
        assert!(
            (mean(&good) - flux_mean).abs() < 6e-5,
            "{filter} {window:?}: {}",
            mean(&good)
        );
        assert!(
            (scatter(&good) - flux_rms).abs() < 6e-5,
            "{filter} {window:?}: {}",
            scatter(&good)
        );
    }
}

#[test]
fn each_lightcurve_is_one_object_number_in_one_of_its_own_seasons() {
    let Some(reply) = reply() else { return };
    let lightcurves = reduced(&fetched(&reply), &[]);
    let mut expected = Vec::new();
    for (oid, filter) in OBJECTS {
        let mut times = middles(&reply, oid);
        times.sort_by(f64::total_cmp);
        let mut season = vec![times[0]];
        for pair in times.windows(2) {
            if pair[1] - pair[0] > 40.0 {
                expected.push((
                    season[0],
                    season[season.len() - 1],
                    season.len(),
                    oid,
                    filter,
                ));
                season.clear();
            }
            season.push(pair[1]);
        }
        expected.push((
            season[0],
            season[season.len() - 1],
            season.len(),
            oid,
            filter,
        ));
    }
    expected.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert_eq!(lightcurves.len(), expected.len());
    assert!(
        expected.len() > GOLDEN.len(),
        "more than the original's merged ones"
    );
    for (index, (curve, (first, last, number, oid, filter))) in
        lightcurves.iter().zip(expected).enumerate()
    {
        assert_eq!(curve.series_number as usize, index + 1);
        assert_eq!(curve.altdata["object_id"], oid);
        assert_eq!(
            (curve.filter.as_str(), curve.epochs.len()),
            (filter, number)
        );
        assert!((curve.statistics.time_start.unwrap() - first).abs() < 1e-9);
        assert!((curve.statistics.time_end.unwrap() - last).abs() < 1e-9);
    }
}

/// The object numbers and how many rows each has.
const OBJECTS: [(&str, &str); 5] = [
    ("736115200001082", "zg"),
    ("736215200001589", "zr"),
    ("736315200051262", "zi"),
    ("805101300013289", "zg"),
    ("805201300017324", "zr"),
];

/// Middles of the exposures of one object, from the text of a reply.
fn middles(reply: &str, oid: &str) -> Vec<f64> {
    rows_of(reply, oid)
        .map(|fields| {
            let (start, exptime): (f64, f64) =
                (fields[3].parse().unwrap(), fields[21].parse().unwrap());
            start + exptime / 2.0 / DAY
        })
        .collect()
}

fn rows_of<'a>(reply: &'a str, oid: &str) -> impl Iterator<Item = Vec<&'a str>> {
    let oid = format!("{oid},");
    reply
        .lines()
        .filter(move |line| line.starts_with(&oid))
        .map(|line| line.split(',').collect())
}

#[test]
fn a_longer_gap_joins_the_seasons_of_an_object_and_of_no_others() {
    let Some(reply) = reply() else { return };
    let lightcurves = reduced(&fetched(&reply), &[("gap", 300.0.into())]);
    let mut seasons = 0;
    for (oid, _) in OBJECTS {
        let mut times = middles(&reply, oid);
        times.sort_by(f64::total_cmp);
        seasons += 1 + times
            .windows(2)
            .filter(|pair| pair[1] - pair[0] > 300.0)
            .count();
    }
    // the original made one of each filter: 869 zg, 964 zr, 19 zi
    assert_eq!(lightcurves.len(), seasons);
    for (filter, number, num_good) in [("zg", 869, 845), ("zr", 964, 937), ("zi", 19, 19)] {
        let of: Vec<&Lightcurve> = lightcurves
            .iter()
            .filter(|curve| curve.filter == filter)
            .collect();
        let sum =
            |count: fn(&Lightcurve) -> usize| of.iter().map(|curve| count(curve)).sum::<usize>();
        assert_eq!(sum(|curve| curve.statistics.number), number, "{filter}");
        assert_eq!(sum(|curve| curve.statistics.num_good), num_good, "{filter}");
    }
}

#[test]
fn a_step_of_exactly_the_gap_does_not_split_and_a_longer_one_does() {
    let Some(reply) = reply() else { return };
    let mut lines = reply.lines();
    let (header, row) = (lines.next().unwrap(), lines.next().unwrap());
    let at = |mjd: &str, expid: &str| {
        let mut fields: Vec<&str> = row.split(',').collect();
        (fields[1], fields[3]) = (expid, mjd);
        fields.join(",")
    };
    for (second, seasons) in [("58040", 1), ("58040.00001", 2)] {
        let text = format!("{header}\n{}\n{}\n", at("58000", "1"), at(second, "2"));
        let lightcurves = reduced(
            &fetched(&text),
            &[("mag_range_other_filter", NodeValue::Null)],
        );
        assert_eq!(lightcurves.len(), seasons, "{second}");
    }
}

#[test]
fn times_are_the_middle_of_the_exposure_and_say_so() {
    let Some(reply) = reply() else { return };
    let raw = fetched(&reply);
    let lightcurves = reduced(&raw, &[]);
    // hjd is the middle of the exposure at the Sun: within 8.4 minutes of the middle at the telescope
    for (oid, _) in OBJECTS {
        let mut expected = middles(&reply, oid);
        expected.sort_by(f64::total_cmp);
        let mut found: Vec<f64> = lightcurves
            .iter()
            .filter(|curve| curve.altdata["object_id"] == oid)
            .flat_map(|curve| curve.epochs.mjd.clone())
            .collect();
        found.sort_by(f64::total_cmp);
        assert_eq!(found.len(), expected.len());
        assert!(
            found
                .iter()
                .zip(&expected)
                .all(|(a, b)| (a - b).abs() < 1e-9)
        );
    }
    let frame = serde_json::to_value(lightcurves[0].frame).unwrap();
    assert_eq!(
        frame,
        serde_json::json!({"format": "mjd", "scale": "utc", "reference": "topocenter", "alignment": "middle"})
    );
    assert_eq!(
        serde_json::to_value(raw.time.unwrap().frame).unwrap()["alignment"],
        "start"
    );
}

#[test]
fn bad_epochs_are_flagged_or_left_out_as_wished() {
    let Some(raw) = raw() else { return };
    let flagged = |curves: &[Lightcurve]| -> usize {
        curves
            .iter()
            .map(|curve| curve.epochs.flag.iter().filter(|&&flag| flag).count())
            .sum()
    };
    let kept = reduced(&raw, &[]);
    assert_eq!((epochs(&kept), flagged(&kept)), (1_852, 51));
    let dropped = reduced(&raw, &[("drop_bad", true.into())]);
    assert_eq!((epochs(&dropped), flagged(&dropped)), (1_801, 0));
    // 42 of the 51 have no more than the bit for clouds and moonlight
    let forgiving = reduced(&raw, &[("flag_mask", 32_767.into())]);
    assert_eq!((epochs(&forgiving), flagged(&forgiving)), (1_852, 9));
}

#[test]
fn fluxes_are_microjansky_of_each_magnitude() {
    let Some(raw) = raw() else { return };
    for curve in reduced(&raw, &[]) {
        assert_eq!(curve.epochs.flux_unit, "uJy");
        for epoch in 0..curve.epochs.len() {
            let (mag, magerr) = (curve.epochs.mag[epoch], curve.epochs.magerr[epoch]);
            let flux = microjansky(mag);
            assert!((curve.epochs.flux[epoch] / flux - 1.0).abs() < 1e-12);
            let fluxerr = flux * magerr * std::f64::consts::LN_10 / 2.5;
            assert!((curve.epochs.fluxerr[epoch] / fluxerr - 1.0).abs() < 1e-12);
        }
    }
}

/// The same photometry with another column of floats.
fn with_floats(raw: &RawPhotometry, name: &str, change: impl Fn(i64, f64) -> f64) -> RawPhotometry {
    let oids = raw.table.integers("oid").unwrap();
    let values = raw.table.floats(name).unwrap();
    let changed = oids
        .iter()
        .zip(values)
        .map(|(&oid, value)| change(oid, value))
        .collect();
    let mut columns = raw.table.columns().to_vec();
    let column = columns
        .iter_mut()
        .find(|column| column.name == name)
        .unwrap();
    column.values = Values::Float64(changed);
    RawPhotometry {
        table: Table::new(columns).unwrap(),
        ..raw.clone()
    }
}

fn only_rejected(observatory: &Observatory, raw: &RawPhotometry, oid: i64, why: &str) -> usize {
    let reduction = observatory.reduce(raw).unwrap();
    assert_eq!(reduction.rejected.len(), 1, "{:?}", reduction.rejected);
    let words = &reduction.rejected[0];
    assert!(
        words.contains(&oid.to_string()) && words.contains(why),
        "{words}"
    );
    let others = |curve: &Lightcurve| curve.altdata["object_id"] != oid.to_string().as_str();
    assert!(reduction.lightcurves.iter().all(others));
    epochs(&reduction.lightcurves)
}

#[test]
fn the_magnitude_cut_removes_the_object_that_differs_and_no_other() {
    let Some(raw) = raw() else { return };
    let first = 736_115_200_001_082;
    let bright = with_floats(
        &raw,
        "mag",
        |oid, mag| if oid == first { 12.0 } else { mag },
    );
    assert_eq!(
        only_rejected(&ztf(&[]), &bright, first, "the catalog says"),
        1_852 - 525
    );
    let lenient = ztf(&[("mag_range_other_filter", 9.0.into())]);
    assert_eq!(epochs(&lenient.reduce(&bright).unwrap().lightcurves), 1_852);
}

#[test]
fn a_magnitude_of_the_same_filter_is_compared_more_strictly_than_one_of_another() {
    let Some(raw) = raw() else { return };
    let first = 736_115_200_001_082;
    let fainter = with_floats(
        &raw,
        "mag",
        |oid, mag| if oid == first { mag + 1.5 } else { mag },
    );
    let mut target = target();
    assert!(
        ztf(&[])
            .reduce_for(&fainter, Some(&target))
            .unwrap()
            .rejected
            .is_empty()
    );
    target.mag_filter = Some("ztf_g".to_owned());
    let rejected = ztf(&[])
        .reduce_for(&fainter, Some(&target))
        .unwrap()
        .rejected;
    assert!(
        rejected.len() == 1 && rejected[0].contains(&first.to_string()),
        "{rejected:?}"
    );
}

#[test]
fn the_radius_cut_removes_the_object_that_is_far_and_a_larger_radius_restores_it() {
    let Some(raw) = raw() else { return };
    let last = 805_201_300_017_324;
    let away = with_floats(
        &raw,
        "ra",
        |oid, ra| if oid == last { ra - 0.1 } else { ra },
    );
    assert_eq!(
        only_rejected(&ztf(&[]), &away, last, "arcsec from the target"),
        1_852 - 433
    );
    let wide = ztf(&[("radius", 500.0.into())]);
    assert_eq!(epochs(&wide.reduce(&away).unwrap().lightcurves), 1_852);
    let without = ztf(&[]).reduce_for(&away, None).unwrap();
    assert_eq!(
        epochs(&without.lightcurves),
        1_852,
        "without a target all is kept"
    );
    // the table lies at RA 360: the distance is taken on the sphere
    assert!(median(raw.table.floats("ra").unwrap()) > 359.9);
}

#[test]
fn of_two_objects_in_one_quadrant_and_filter_only_the_nearer_is_the_target() {
    let Some(raw) = raw() else { return };
    let neighbour = 736_115_200_001_083;
    let mut columns = raw.table.columns().to_vec();
    for column in &mut columns {
        let doubled: Vec<usize> = (0..raw.table.rows()).chain(0..525).collect();
        column.values = column.values.take(&doubled);
        match (&mut column.values, column.name.as_str()) {
            (Values::Int64(oids), "oid") => oids[1_852..].fill(neighbour),
            (Values::Float64(dec), "dec") => dec[1_852..]
                .iter_mut()
                .for_each(|dec| *dec += 1.5 / 3_600.0),
            _ => {}
        }
    }
    let crowded = RawPhotometry {
        table: Table::new(columns).unwrap(),
        ..raw
    };
    assert_eq!(
        only_rejected(&ztf(&[]), &crowded, neighbour, "is a neighbour"),
        1_852
    );
    let all = ztf(&[("nearest_only", false.into())])
        .reduce(&crowded)
        .unwrap();
    assert_eq!(epochs(&all.lightcurves), 1_852 + 525);
}
