//! What is found in the eight real replies, each event against the text of the reply.

use super::journey::{number, text};
use super::roster::{replies, setting};
use serde_json::Value;

/// Star, filter, time of the peak (BJD), S/N and brightening (mag) of all detections. The star with four of them goes
/// through outbursts of more than a magnitude; the first is a dip.
const FOUND: [(&str, &str, f64, f64, f64); 7] = [
    (
        "3984115430179696128",
        "zr",
        2_458_778.040_237,
        -5.420,
        -0.2142,
    ),
    (
        "3750072904055666176",
        "zr",
        2_460_420.757_611,
        5.478,
        0.2159,
    ),
    (
        "5146019876066016000",
        "zr",
        2_459_147.805_189,
        6.235,
        0.1939,
    ),
    ("4318508939464901760", "zr", 2_460_356.054_073, 5.319, 1.174),
    ("4318508939464901760", "zr", 2_460_511.836_009, 5.209, 1.159),
    ("4318508939464901760", "zr", 2_460_540.757_267, 5.774, 1.234),
    ("4318508939464901760", "zr", 2_460_554.696_970, 6.131, 1.278),
];

/// Days; hjd counts UTC, and is within 10 s of the barycentre.
const TDB_MINUS_UTC: f64 = 69.184 / 86_400.0;

#[test]
fn events_of_real_stars_are_at_epochs_that_stand_out_in_the_replies() {
    let Some((_archive, journey, _)) = setting() else {
        return;
    };
    assert_eq!(journey.run().code, 0);
    let mut found = journey.rows("detections");
    found.retain(|row| row["simulated"] == Value::Bool(false));
    assert_eq!(found.len(), FOUND.len(), "{found:#?}");
    let replies = replies();
    for (star, filter, time, snr, brightening) in FOUND {
        let row = found
            .iter()
            .find(|row| {
                text(row, "source_name") == star && near(number(row, "peak_time"), time, 1e-4)
            })
            .unwrap_or_else(|| panic!("{star} at {time} is not in {found:#?}"));
        assert_eq!(text(row, "filter"), filter);
        assert!(near(number(row, "snr"), snr, 1e-3), "{row:#?}");
        assert!(
            near(number(row, "peak_mag_diff"), brightening, 1e-3),
            "{row:#?}"
        );
        // the reply has an epoch there, as much off the middle of its object's season
        let rows = &replies[star];
        let is_peak = |row: &&Vec<String>| {
            let hjd: f64 = row[2].parse().unwrap_or(f64::NAN);
            row[7] == filter && near(hjd + TDB_MINUS_UTC, time, 2e-4)
        };
        let peak = rows.iter().find(is_peak).expect("an epoch of the reply");
        let mag = |row: &Vec<String>| row[4].parse::<f64>().unwrap();
        let season = |row: &&Vec<String>| {
            let day = |row: &[String]| row[3].parse::<f64>().unwrap();
            row[0] == peak[0] && (day(row) - day(peak)).abs() < 120.0
        };
        let mut of_season: Vec<f64> = rows.iter().filter(season).map(mag).collect();
        of_season.sort_by(f64::total_cmp);
        let off = of_season[of_season.len() / 2] - mag(peak);
        assert!(
            off.signum() == brightening.signum() && off.abs() > brightening.abs() / 2.0,
            "{star}: {off} mag in the reply, {brightening} in the detection"
        );
    }
}

fn near(one: f64, other: f64, within: f64) -> bool {
    (one - other).abs() < within
}
