//! Real files of the archive, where somebody has them: they are no part of the repository.

use std::path::{Path, PathBuf};

use retriever::photometry::Lightcurve;
use retriever_standin::StandIn;

use crate::{data, numbered, of_products, tess, text};

/// A file or folder below `RETRIEVER_REAL_DATA`; none, with a word of it, where that is not set.
pub fn path(name: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("RETRIEVER_REAL_DATA").filter(|root| !root.is_empty()) else {
        eprintln!("skipped: RETRIEVER_REAL_DATA names no folder with real survey files");
        return None;
    };
    let path = PathBuf::from(root).join(name);
    assert!(path.exists(), "{path:?} is not there");
    Some(path)
}

/// All FITS files below a folder, in order.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "fits")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn archive() -> Option<StandIn> {
    let folder = path("tess")?;
    Some(StandIn::empty().with_tess_dir(folder).unwrap())
}

async fn lightcurves(archive: &StandIn, tic: u64) -> Vec<Lightcurve> {
    let tess = tess(archive, &[("keep", text("all"))]);
    let raw = data(tess.fetch(&numbered(tic)).await);
    // the target of these tests has a number and no place
    let reduction = tess.reduce_for(&raw, None).unwrap();
    assert_eq!(reduction.rejected, Vec::<String>::new());
    let rows: usize = reduction
        .lightcurves
        .iter()
        .map(|curve| curve.epochs.len())
        .sum();
    assert_eq!(rows, raw.table.rows(), "no row is dropped");
    assert_eq!(
        of_products(&raw, "tic"),
        vec![tic; reduction.lightcurves.len()]
    );
    reduction.lightcurves
}

// Rows, exposures and zero points: section 5.1 of the formats page; times: astropy's first and last that are no NaN,
// with 2457000 − 2400000.5 added.
#[tokio::test(flavor = "multi_thread")]
async fn one_star_and_sector_by_three_pipelines_is_three_lightcurves() {
    let Some(archive) = archive() else { return };
    let curves = lightcurves(&archive, 188_589_164).await;
    assert_eq!(curves.len(), 4);
    let mut found = Vec::new();
    for curve in &curves {
        let word = curve.altdata["product"].as_str().unwrap();
        let sector = curve.altdata["sector"].as_i64().unwrap();
        let epochs = &curve.epochs;
        let times: Vec<f64> = epochs
            .mjd
            .iter()
            .copied()
            .filter(|time| !time.is_nan())
            .collect();
        assert!(epochs.exptime.windows(2).all(|pair| pair[0] == pair[1]));
        assert!(epochs.flag.iter().any(|&flag| flag) && curve.statistics.num_good > 900);
        let exposure = (epochs.exptime[0] * 1e6).round() / 1e6;
        found.push((
            word,
            sector,
            epochs.len(),
            exposure,
            times[0],
            times[times.len() - 1],
        ));
    }
    let days = 56_999.5;
    assert_eq!(
        found,
        [
            (
                "spoc",
                24,
                19_074,
                95.04,
                1_955.793_102_485_730_5 + days,
                1_982.283_545_343_757_2 + days
            ),
            (
                "tess-spoc",
                24,
                1_271,
                1_425.6,
                1_955.805_602_652_230_2 + days,
                1_982.264_100_997_841_8 + days
            ),
            (
                "qlp",
                24,
                1_226,
                1_425.6,
                1_955.805_625_544_707 + days,
                1_982.264_123_895_247_6 + days
            ),
            (
                "spoc",
                25,
                18_489,
                95.04,
                1_983.630_753_075_114_9 + days,
                2_009.308_021_165_204_3 + days
            ),
        ]
    );
    let untimed = |curve: &Lightcurve| curve.epochs.mjd.iter().filter(|time| time.is_nan()).count();
    assert_eq!(
        curves.iter().map(untimed).collect::<Vec<_>>(),
        [661, 45, 0, 919]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn zero_points_measured_on_real_stars_are_near_the_documented_one() {
    let Some(archive) = archive() else { return };
    for (tic, expected) in [
        (358_108_509, 20.44),
        (188_589_164, 20.44),
        (441_801_208, 20.53),
    ] {
        for curve in lightcurves(&archive, tic).await {
            let measured = curve.altdata["zero_point_measured"].as_f64().unwrap();
            if curve.altdata["product"] == "qlp" {
                // relative fluxes: the magnitude itself
                assert!(
                    (measured - curve.epochs.zero_point).abs() < 0.01,
                    "{measured}"
                );
            } else {
                assert_eq!(curve.epochs.zero_point, 20.44);
                assert!((20.3..=20.6).contains(&measured), "TIC {tic}: {measured}");
                assert!((measured - expected).abs() < 0.12, "TIC {tic}: {measured}");
            }
            let tessmag = curve.altdata["tessmag"].as_f64().unwrap();
            let mean = curve.statistics.mag_mean_robust.unwrap();
            assert!(
                (mean - tessmag).abs() < 0.15,
                "TIC {tic}: {mean} and {tessmag}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_minute_images_have_their_own_exposure() {
    let Some(archive) = archive() else { return };
    let curves = lightcurves(&archive, 1_925_740_387).await;
    assert_eq!(curves.len(), 1);
    assert_eq!(
        (curves[0].epochs.len(), curves[0].epochs.exptime[0].round()),
        (3_508, 475.0)
    );
    assert!((curves[0].epochs.exptime[0] - 475.2).abs() < 1e-9);
    assert_eq!(curves[0].epochs.flux_unit, "e-/s");
}
