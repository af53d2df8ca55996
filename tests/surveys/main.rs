//! Two surveys in one project: ZTF and TESS of real stars, from replies and files as the archives sent them.
//!
//! No star has recorded data of both surveys. A white dwarf with a recorded reply of ZTF gets made-up light curves of
//! TESS, and a star with recorded files of TESS a made-up reply of ZTF; each at the star's true place.

#[path = "../support/journey.rs"]
mod journey;
#[path = "../ztf/real.rs"]
mod real;

use std::fs;
use std::path::Path;

use journey::{Journey, Row, number, text};
use retriever::photometry::{BJD_TDB, Lightcurve};
use retriever_standin::{Fault, Service, StandIn, TessStar};

/// A pulsating white dwarf (V777 Her): 1 774 epochs of ZTF.
const WHITE_DWARF: &str = "1510467090935595008";
/// A star with files of three pipelines in sector 24, and one of SPOC in sector 25.
const TESS_STAR: &str = "TIC 188589164";

/// Positions at 2016.0. The catalog knows the second star's number, the first one's has to be found out.
const CATALOG: &str = "\
name,ra,dec,pmra,pmdec,mag,tic
1510467090935595008,208.2917443902799,48.67240168266676,,,16.678228,
TIC 188589164,239.57754334,35.40815831,-143.277,318.219,10.8,188589164
";

/// Epochs of the star of TESS as ZTF would send them.
fn made_up_reply() -> String {
    let mut reply = String::from(
        "oid,expid,hjd,mjd,mag,magerr,catflags,filtercode,ra,dec,chi,sharp,filefracday,field,ccdid,qid,limitmag,magzp,\
         magzprms,clrcoeff,clrcounc,exptime,airmass,programid\n",
    );
    for night in 0..30 {
        let mjd = 59_000.25 + f64::from(night);
        reply.push_str(&format!(
            "723216300001234,{night},{hjd},{mjd},11.{night:02},0.0125,0,zr,239.5772508,35.4086887,1,0,20200531250000,723,0xf,\
             0x4,20.5,26.25,0.03125,-0.0625,0.0001,30,1.25,1\n",
            hjd = mjd + 2_400_000.5,
        ));
    }
    reply
}

/// The archives, and a project that asks them.
fn setting(parameters: &str) -> Option<(StandIn, Journey)> {
    let replies = tempfile::tempdir().unwrap();
    let recorded = real::path("ztf/irsa_lc_csv")?.join(format!("{WHITE_DWARF}.csv"));
    fs::copy(recorded, replies.path().join("recorded.csv")).unwrap();
    fs::write(replies.path().join("made_up.csv"), made_up_reply()).unwrap();
    let dwarf = TessStar {
        gaia_mag: Some(16.68),
        ..TessStar::at(900_000_001, 208.291_744_390_28, 48.672_401_682_67).tmag(16.5)
    };
    let archive = StandIn::load_csv_dir(replies.path())
        .unwrap()
        .with_tess_dir(real::path("tess")?)
        .unwrap()
        .with_tess([dwarf.tess_spoc(23).qlp(50)]);
    let url = archive.url();
    let project = format!(
        "project:\n  name: two_surveys\n  obs_names: [ZTF, TESS]\n\
         catalog:\n  filename: stars.csv\n  mag_filter_name: Gaia_G\n  catalog_observation_year: 2016.0\n\
         observatories:\n  rate_limit: null\n  retry_delay: 0.001\n{parameters}\
         \x20 ztf: {{url: \"{url}\"}}\n  tess: {{url: \"{url}\", keep: all, poll_delay: 0.0}}\n"
    );
    Some((archive, Journey::new(&[("stars.csv", CATALOG)], &project)))
}

fn lightcurves_of<'a>(rows: &'a [Row], source: &str, observatory: &str) -> Vec<&'a Row> {
    let is =
        |row: &&Row| text(row, "source_name") == source && text(row, "observatory") == observatory;
    rows.iter().filter(is).collect()
}

/// The lightcurves of a file, read back from the disk.
fn load(journey: &Journey, row: &Row) -> Vec<Lightcurve> {
    let path = journey.data().join(text(row, "file"));
    Lightcurve::load_all(Path::new(&path)).unwrap()
}

#[test]
fn each_source_has_the_lightcurves_of_both_surveys() {
    let Some((archive, journey)) = setting("") else {
        return;
    };
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{}", ended.err);
    let rows = journey.rows("lightcurves");

    let star = lightcurves_of(&rows, TESS_STAR, "TESS");
    let mut found: Vec<(usize, f64)> = star
        .iter()
        .map(|row| (number(row, "number") as usize, number(row, "exp_time")))
        .collect();
    found.sort_by_key(|(rows, _)| std::cmp::Reverse(*rows));
    // rows of the files, and TIMEDEL · DEADC: 120 s and 1 800 s, of which 0.792 are exposed
    for ((rows, exposure), (expected_rows, expected)) in found.iter().zip([
        (19_074, 95.04),
        (18_489, 95.04),
        (1_271, 1_425.6),
        (1_226, 1_425.6),
    ]) {
        assert_eq!(*rows, expected_rows);
        assert!((exposure - expected).abs() < 0.01, "{exposure}");
    }
    assert_eq!(found.len(), 4);
    assert_eq!(lightcurves_of(&rows, TESS_STAR, "ZTF").len(), 1);

    let dwarf = lightcurves_of(&rows, WHITE_DWARF, "ZTF");
    let epochs: f64 = dwarf.iter().map(|row| number(row, "number")).sum();
    assert!(epochs > 1_000.0, "{epochs}");
    assert_eq!(lightcurves_of(&rows, WHITE_DWARF, "TESS").len(), 2);

    archive.reset_counters();
    let again = journey.run();
    assert_eq!(
        (again.code, archive.counters().requests()),
        (0, 0),
        "{}",
        again.err
    );
    assert_eq!(journey.command(&["check", "project.yaml"], &[]).code, 0);
}

#[test]
fn why_a_survey_has_nothing_of_a_star_is_told() {
    let Some((archive, journey)) = setting("") else {
        return;
    };
    let catalog = "name,ra,dec,mag,tic\nlonely,10,20,12,\nunknown,10,21,12,5\n";
    fs::write(journey.path("stars.csv"), catalog).unwrap();
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{}", ended.err);
    let told: Vec<(String, String, String)> = journey
        .rows("raw")
        .iter()
        .filter(|row| text(row, "observatory") == "TESS")
        .map(|row| {
            let word = |name: &str| text(row, name).to_owned();
            (word("source_name"), word("outcome"), word("message"))
        })
        .collect();
    let expected = [
        ("lonely", "no star of the TESS Input Catalog is the target"),
        ("unknown", "there is no light curve of TIC 5"),
    ];
    for ((name, outcome, message), (star, words)) in told.iter().zip(expected) {
        assert_eq!((name.as_str(), outcome.as_str()), (star, "empty"));
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(told.len(), 2);
    drop(archive);
}

#[test]
fn a_wrong_number_in_the_catalog_gives_nobody_elses_lightcurves() {
    let Some((_archive, journey)) = setting("") else {
        return;
    };
    let catalog = "name,ra,dec,mag,tic\nelsewhere,10,21,12,188589164\n";
    fs::write(journey.path("stars.csv"), catalog).unwrap();
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert_eq!(journey.rows("lightcurves"), Vec::<Row>::new());
}

#[test]
fn another_star_of_the_same_name_is_told_and_loses_nobody_anything() {
    let Some((_archive, journey)) = setting("") else {
        return;
    };
    assert_eq!(journey.run().code, 0);
    let before = journey.products();
    let elsewhere = CATALOG.replace("208.2917443902799,48.67240168266676", "239.5,35.0");
    fs::write(journey.path("stars.csv"), elsewhere).unwrap();
    let project = fs::read_to_string(journey.path("project.yaml")).unwrap();
    journey.describe(&project.replace("two_surveys", "another"));
    let ended = journey.run();
    assert_eq!(ended.code, 1, "{}", ended.err);
    let told = format!("{}{}", ended.out, ended.err);
    assert!(told.contains("is of another place"), "{told}");
    let after = journey.products();
    for (path, bytes) in &before {
        assert!(after.get(path) == Some(bytes), "{path} changed");
    }
}

// First and last times of the files as astropy reads them (BJD − 2 457 000).
#[test]
fn times_of_both_surveys_are_on_one_clock() {
    let Some((_archive, journey)) = setting("") else {
        return;
    };
    assert_eq!(journey.run().code, 0);
    let rows = journey.rows("lightcurves");
    let tess = lightcurves_of(&rows, TESS_STAR, "TESS");
    let longest = tess
        .iter()
        .find(|row| number(row, "number") == 19_074.0)
        .unwrap();
    let curve = load(&journey, longest)
        .into_iter()
        .find(|curve| curve.epochs.len() == 19_074)
        .unwrap();
    let times = curve.bjd_tdb().unwrap();
    let finite: Vec<f64> = times.into_iter().filter(|time| time.is_finite()).collect();
    assert_eq!(finite.len(), 18_413);
    assert!((finite[0] - 2_458_955.793_102_485_7).abs() < 1e-8);
    assert!((finite[18_412] - 2_458_982.283_545_343_8).abs() < 1e-8);

    let ztf = lightcurves_of(&rows, TESS_STAR, "ZTF");
    let curve = &load(&journey, ztf[0])[0];
    assert!(
        curve
            .epochs
            .extra
            .iter()
            .any(|column| column.name == BJD_TDB)
    );
    let (start, bjd) = (59_000.25, curve.bjd_tdb().unwrap()[0]);
    // astropy 8.0.2 for the middle of the exposure at Palomar, towards 239.5772508 +35.4086887
    let seconds = (bjd - 2_400_000.5 - start) * 86_400.0;
    assert!((seconds - 352.301_781).abs() < 1e-3, "{seconds}");
}

#[test]
fn files_that_broke_off_are_continued_by_the_next_run() {
    let Some((_calm_archive, calm)) = setting("") else {
        return;
    };
    assert_eq!(calm.run().code, 0);
    let Some((archive, journey)) = setting("  max_retries: 0\n") else {
        return;
    };
    let archive = archive.failing_at(Service::Downloads, Fault::Cut, 1, 1);
    let first = journey.run();
    assert_eq!(first.code, 1, "{}", first.err);
    archive.reset_counters();
    for _ in 0..6 {
        if journey.run().code == 0 {
            break;
        }
    }
    let counters = archive.counters();
    let resumed = counters
        .records()
        .iter()
        .filter(|record| record.range.is_some());
    assert!(resumed.count() > 0);
    let (ours, expected) = (journey.products(), calm.products());
    assert!(ours.keys().eq(expected.keys()), "{:?}", ours.keys());
    for (path, bytes) in &ours {
        assert!(bytes == &expected[path], "{path} differs");
    }
}

#[test]
fn events_of_a_real_star_are_few_single_cadences_with_a_chance_of_being_noise() {
    let Some((_archive, journey)) = setting("") else {
        return;
    };
    assert_eq!(journey.run().code, 0);
    let mut found = journey.rows("detections");
    found.retain(|row| text(row, "observatory") == "TESS" && row["simulated"] == false);
    found.retain(|row| text(row, "source_name") == TESS_STAR);
    let mut numbers: Vec<(f64, f64, f64)> = found
        .iter()
        .map(|row| {
            let of = |name| number(row, name);
            (of("peak_time"), of("snr"), of("false_alarm_probability"))
        })
        .collect();
    numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
    // 40 000 epochs in five lightcurves: Gaussian noise gives 0.02 events above 5 sigma
    assert_eq!(numbers.len(), 2, "{numbers:?}");
    for ((time, snr, chance), expected) in numbers.into_iter().zip([
        (2_458_962.895_981, 5.448_785, 0.003_707),
        (2_458_967.272_423, 5.662_496, 0.001_093),
    ]) {
        assert!((time - expected.0).abs() < 1e-5, "{time}");
        assert!((snr - expected.1).abs() < 1e-5, "{snr}");
        assert!((chance / expected.2 - 1.0).abs() < 0.01, "{chance}");
    }
}
