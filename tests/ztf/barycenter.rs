//! Times at the barycentre, of real epochs: against astropy, and against the archive's own heliocentric times.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::golden::{raw, reduced, target};

const DAY: f64 = 86_400.0;

#[test]
fn barycentric_times_of_real_epochs_are_those_of_astropy() {
    let Some(raw) = raw() else { return };
    let Some(python) = std::env::var_os("RETRIEVER_PYTHON") else {
        eprintln!("skipped: RETRIEVER_PYTHON names no Python with astropy");
        return;
    };
    let mut table = String::from("mjd,bjd_tdb\n");
    for lightcurve in reduced(&raw, &[]) {
        let times = lightcurve
            .bjd_tdb()
            .expect("the ground has barycentric times");
        for (mjd, bjd) in lightcurve.epochs.mjd.iter().zip(times) {
            writeln!(table, "{mjd},{bjd}").unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("times.csv");
    fs::write(&file, table).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/test_barycenter.py");
    let star = target();
    let output = Command::new(python)
        .arg(script)
        .arg(&file)
        .args([star.ra.to_string(), star.dec.to_string()])
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
}

// hjd is heliocentric and in UTC: TDB is 69.184 s on, and the Sun's centre is never further than 5 light seconds
// from the barycentre.
#[test]
fn barycentric_times_are_69_seconds_and_the_way_to_the_sun_from_heliocentric_ones() {
    let Some(raw) = raw() else { return };
    let starts = raw.table.floats("mjd").unwrap();
    let hjd = raw.table.floats("hjd").unwrap();
    let mut compared = 0;
    for lightcurve in reduced(&raw, &[]) {
        let times = lightcurve
            .bjd_tdb()
            .expect("the ground has barycentric times");
        for (epoch, bjd) in times.iter().enumerate() {
            let start = lightcurve.epochs.mjd[epoch] - lightcurve.epochs.exptime[epoch] / 2.0 / DAY;
            let row = starts.iter().position(|&mjd| (mjd - start).abs() < 1e-9);
            let hjd = hjd[row.expect("an epoch is a row")];
            if hjd.is_nan() {
                continue;
            }
            let seconds = (bjd - hjd) * DAY;
            assert!((seconds - 69.184).abs() < 5.0, "{seconds}");
            compared += 1;
        }
    }
    assert!(compared > 1_000, "{compared}");
}
