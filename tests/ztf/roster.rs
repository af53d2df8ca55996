//! Twenty stars of a published roster, eight of which have a recorded reply: from the catalog to rows and files.
//!
//! What is expected is computed here from the text of the replies, with a few lines that share nothing with the
//! program.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use retriever::photometry::{Lightcurve, RawPhotometry, Values};
use retriever_standin::StandIn;

use super::journey::{Journey, number, text};
use super::{mean, microjansky, real, scatter};

/// The one star that is too far south for ZTF; its reply was a header alone.
const SOUTHERN: &str = "6555925496084361344";
/// Seconds in a day.
const DAY: f64 = 86_400.0;

fn project(url: &str, more: &str) -> String {
    format!(
        "project:\n  name: roster\n  obs_names: [ZTF]\n\
         catalog:\n  filename: roster.csv\n  name_column: source_id\n  mag_column: gaia_g_mag\n  mag_filter_name: Gaia_G\n\
         observatories:\n  ztf:\n    url: {url}\n    rate_limit: null\n{more}"
    )
}

/// The roster, the archive that has its replies, and a project of them.
pub(super) fn setting() -> Option<(StandIn, Journey, String)> {
    let roster = fs::read_to_string(real::path("gaia/jestin2026_roster.csv")?).unwrap();
    let archive = StandIn::load_csv_dir(real::path("ztf/irsa_lc_csv")?).unwrap();
    let journey = Journey::new(&[("roster.csv", &roster)], &project(&archive.url(), ""));
    Some((archive, journey, roster))
}

/// The lines of each recorded reply, split at commas, without the header; by star.
pub(super) fn replies() -> BTreeMap<String, Vec<Vec<String>>> {
    let folder = real::path("ztf/irsa_lc_csv").unwrap();
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let star = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let lines = fs::read_to_string(&path).unwrap();
            let split = |line: &str| line.split(',').map(str::to_owned).collect();
            (star, lines.lines().skip(1).map(split).collect())
        })
        .collect()
}

/// Middle of the exposure (d), magnitude, flag.
type Epoch = (f64, f64, bool);

/// One expected lightcurve, its epochs in order of time.
struct Expected {
    oid: String,
    filter: String,
    epochs: Vec<Epoch>,
}

/// Each object in each of its seasons, ordered by start.
fn expected(rows: &[Vec<String>]) -> Vec<Expected> {
    let mut objects: BTreeMap<(&str, &str), Vec<Epoch>> = BTreeMap::new();
    for row in rows {
        let (start, exptime): (f64, f64) = (row[3].parse().unwrap(), row[21].parse().unwrap());
        let mag = f64::from(row[4].parse::<f32>().unwrap());
        let epoch = (start + exptime / 2.0 / DAY, mag, row[6] != "0");
        objects.entry((&row[0], &row[7])).or_default().push(epoch);
    }
    let mut curves = Vec::new();
    for ((oid, filter), mut epochs) in objects {
        epochs.sort_by(|a, b| a.0.total_cmp(&b.0));
        for season in epochs.chunk_by(|a, b| b.0 - a.0 <= 40.0) {
            curves.push(Expected {
                oid: oid.to_owned(),
                filter: filter.to_owned(),
                epochs: season.to_vec(),
            });
        }
    }
    curves.sort_by(|a, b| a.epochs[0].0.total_cmp(&b.epochs[0].0));
    curves
}

#[test]
fn each_star_has_the_outcome_that_the_archive_and_the_rules_give_it() {
    let Some((archive, journey, roster)) = setting() else {
        return;
    };
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    let replies = replies();
    let raw = journey.raw();
    assert_eq!(raw.len(), 20);
    for line in roster.lines().skip(1) {
        let star = line.split(',').next().unwrap();
        let row = &raw[star];
        let outcome = match replies.get(star) {
            _ if star == SOUTHERN => "skipped",
            Some(_) => "ok",
            None => "empty",
        };
        assert_eq!(row["outcome"], outcome, "{star}");
        assert_eq!(row["attempts"], 1);
        if outcome == "ok" {
            assert_eq!(row["epochs"], replies[star].len(), "{star}");
            assert_eq!(row["release"], "ztf_dr24");
        }
    }
    assert!(text(&raw[SOUTHERN], "message").contains("south of minimal_declination -30"));
    let counts = &journey.status()["observatories"]["ZTF"];
    assert_eq!(
        (
            &counts["ok"],
            &counts["empty"],
            &counts["skipped"],
            &counts["failed"],
            &counts["pending"]
        ),
        (&7.into(), &12.into(), &1.into(), &0.into(), &0.into())
    );
    assert_eq!(
        archive.counters().requests(),
        19,
        "one for each star but the southern one"
    );
    assert!(journey.command(&["check", "project.yaml"], &[]).code == 0);
}

#[test]
fn a_star_that_the_rules_let_through_and_the_archive_never_saw_is_empty() {
    let Some((archive, journey, _)) = setting() else {
        return;
    };
    journey.describe(&project(&archive.url(), "    minimal_declination: -90\n"));
    let ended = journey.command(&["run", "project.yaml", "--source", SOUTHERN], &[]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(journey.raw()[SOUTHERN]["outcome"], "empty");
    assert_eq!(archive.counters().requests(), 1);
}

#[test]
fn lightcurves_in_rows_and_files_are_those_computed_from_the_text_of_the_replies() {
    let Some((_archive, journey, _)) = setting() else {
        return;
    };
    assert_eq!(journey.run().code, 0);
    let mut rows: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for row in journey.rows("lightcurves") {
        rows.entry(text(&row, "source_name").to_owned())
            .or_default()
            .push(row);
    }
    assert_eq!(rows.len(), 7);
    let mut total = 0;
    for (star, lines) in replies() {
        if star == SOUTHERN {
            continue;
        }
        let expected = expected(&lines);
        let rows = &rows[&star];
        let expected_number = expected.len();
        assert_eq!(rows.len(), expected_number, "{star}");
        let file = journey.data().join(text(&rows[0], "file"));
        let curves = Lightcurve::load_all(file).unwrap();
        for (index, ((row, curve), expected)) in rows.iter().zip(&curves).zip(&expected).enumerate()
        {
            assert_eq!(row["series_number"], index + 1);
            assert_eq!(row["series_total"], expected_number);
            assert_eq!(row["filter"], expected.filter.as_str());
            assert_eq!(row["altdata"]["object_id"], expected.oid.as_str());
            assert_eq!(row["time_alignment"], "middle");
            compare_numbers(row, expected);
            compare_epochs(curve, expected);
            total += curve.epochs.len();
        }
    }
    // rows of the seven files, counted by wc
    assert_eq!(total, 1_608 + 1_774 + 750 + 428 + 720 + 4_896 + 125);
    assert_eq!(journey.status()["epochs"], total);
}

fn compare_numbers(row: &super::journey::Row, expected: &Expected) {
    let good: Vec<f64> = expected
        .epochs
        .iter()
        .filter(|(_, _, flag)| !flag)
        .map(|&(_, mag, _)| microjansky(mag))
        .collect();
    let close = |name: &str, value: f64| {
        let found = number(row, name);
        assert!(
            (found - value).abs() <= 1e-9 * value.abs(),
            "{name}: {found} is not {value}"
        );
    };
    assert_eq!(row["number"], expected.epochs.len());
    assert_eq!(row["num_good"], good.len());
    close("time_start", expected.epochs[0].0);
    close("time_end", expected.epochs[expected.epochs.len() - 1].0);
    if good.is_empty() {
        assert!(row["flux_mean"].is_null());
        return;
    }
    close("flux_mean", mean(&good));
    close("mag_mean", 23.9 - 2.5 * mean(&good).log10());
    if good.len() > 1 {
        let found = number(row, "flux_rms");
        assert!(
            (found - scatter(&good)).abs() <= 1e-7 * mean(&good),
            "{found}"
        );
    }
    let brightest = good.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    close("flux_max", brightest);
}

fn compare_epochs(curve: &Lightcurve, expected: &Expected) {
    assert_eq!(curve.epochs.len(), expected.epochs.len());
    for (epoch, &(middle, mag, flag)) in expected.epochs.iter().enumerate() {
        assert_eq!(curve.epochs.mjd[epoch], middle);
        assert_eq!(curve.epochs.mag[epoch], mag);
        assert_eq!(curve.epochs.flag[epoch], flag);
        let flux = microjansky(mag);
        assert!((curve.epochs.flux[epoch] / flux - 1.0).abs() < 1e-12);
    }
}

/// The 24 columns in the order of the service.
const COLUMNS: &str = "oid,expid,hjd,mjd,mag,magerr,catflags,filtercode,ra,dec,chi,sharp,filefracday,field,ccdid,qid,limitmag,magzp,magzprms,clrcoeff,clrcounc,exptime,airmass,programid";

#[test]
fn raw_files_hold_the_columns_of_the_archive_bit_for_bit() {
    let Some((_archive, journey, _)) = setting() else {
        return;
    };
    let ended = journey.command(&["fetch", "project.yaml"], &[]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let raw = journey.raw();
    for (star, lines) in replies() {
        if star == SOUTHERN {
            continue;
        }
        let photometry = load(&journey.data(), text(&raw[&star], "file"));
        assert_eq!(photometry.source_name, star);
        let names: Vec<&str> = photometry
            .table
            .columns()
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        assert_eq!(names.join(","), COLUMNS);
        assert_eq!(photometry.table.rows(), lines.len());
        for (place, column) in photometry.table.columns().iter().enumerate() {
            for (row, line) in lines.iter().enumerate() {
                let written = line[place].as_str();
                let same = match &column.values {
                    Values::Int64(values) => values[row].to_string() == written,
                    Values::Int32(values) => values[row].to_string() == written,
                    Values::Float64(values) => {
                        values[row].to_bits() == written.parse::<f64>().unwrap().to_bits()
                    }
                    Values::Float32(values) => {
                        values[row].to_bits() == written.parse::<f32>().unwrap().to_bits()
                    }
                    Values::Text(values) => values.get(row) == written,
                    Values::Boolean(_) => false,
                };
                assert!(same, "{star}, {}, row {row}: {written}", column.name);
            }
        }
    }
}

fn load(root: &Path, file: &str) -> RawPhotometry {
    RawPhotometry::load(root.join(file)).unwrap()
}

#[test]
fn a_second_run_asks_nothing_changes_nothing_and_says_so() {
    let Some((archive, journey, _)) = setting() else {
        return;
    };
    assert_eq!(journey.run().code, 0);
    let (products, content) = (journey.products(), journey.content(&archive.url()));
    archive.reset_counters();
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.out.contains("all was already done (20 sources)"),
        "{ended:?}"
    );
    assert_eq!(archive.counters().requests(), 0);
    assert!(journey.products() == products);
    assert_eq!(journey.content(&archive.url()), content);
}

#[test]
fn reducing_and_analysing_from_disk_gives_what_one_run_gives() {
    let Some((archive, journey, _)) = setting() else {
        return;
    };
    assert_eq!(journey.run().code, 0);
    let Some((other_archive, in_steps, _)) = setting() else {
        return;
    };
    assert_eq!(in_steps.command(&["fetch", "project.yaml"], &[]).code, 0);
    drop(other_archive);
    for stage in ["reduce", "analyze"] {
        let ended = in_steps.command(&[stage, "project.yaml"], &[]);
        assert_eq!(ended.code, 0, "the archive is not needed: {ended:?}");
    }
    assert!(in_steps.products() == journey.products());
    drop(archive);
}
