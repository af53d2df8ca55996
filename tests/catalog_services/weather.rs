//! The same with the stand-in's TAP services, which speak as recorded replies do, and have every fault.

use std::time::Duration;

use retriever::archive::{Archive, ArchiveSettings, Limits};
use retriever::catalog::CatalogError;
use retriever::observatory::Surroundings;
use retriever::project::{Project, ProjectError};
use retriever_standin::{
    Service, StandIn, SyntheticShape, TapColumn, TapErrors, TapType, TapValue,
};

use super::{Journey, stored};

const ADQL: &str = "SELECT source_id, ra, dec, \\\"Gmag\\\", \\\"gmag\\\" FROM gaiadr3.gaia_source";
const SEED: u64 = 42;

/// Positions (deg) of stars that ZTF sees.
const STARS: [(f64, f64); 3] = [(10.5, 20.0), (120.25, -10.0), (300.125, 65.5)];

/// These stars in Gaia's archive, at VizieR and at IRSA, with 19-digit ids.
fn sky() -> StandIn {
    let columns = [
        TapColumn::new("source_id", TapType::Long).described("Unique source identifier"),
        TapColumn::new("ra", TapType::Double).unit("deg"),
        TapColumn::new("dec", TapType::Double).unit("deg"),
        TapColumn::new("Gmag", TapType::Float).unit("mag"),
        TapColumn::new("gmag", TapType::Float).unit("mag"),
    ];
    let rows: Vec<Vec<TapValue>> = STARS
        .iter()
        .zip(4_583_627_001_381_815_937_i64..)
        .map(|(&(ra, dec), id)| vec![id.into(), ra.into(), dec.into(), 15.25.into(), 15.5.into()])
        .collect();
    let shape = SyntheticShape {
        epochs_per_season: 5,
        ..SyntheticShape::default()
    };
    StandIn::synthetic_shaped(SEED, &STARS, shape)
        .with_tap_table("gaiadr3.gaia_source", columns.clone(), rows.clone())
        .with_tap_table("J/MNRAS/508/3877/maincat", columns, rows)
}

fn project(sky: &StandIn, catalog: &str) -> String {
    format!(
        "project: {{name: weather, obs_names: [ZTF]}}\ncatalog: {catalog}\n\
         observatories: {{ztf: {{url: \"{}\", rate_limit: null, retry_delay: 0.01}}}}\n",
        sky.url()
    )
}

fn gaia(sky: &StandIn, more: &str) -> String {
    let url = format!("{}/tap-server/tap", sky.url());
    project(
        sky,
        &format!("{{gaia: {{adql: \"{ADQL}\", url: \"{url}\", poll_interval: 0.01{more}}}}}"),
    )
}

fn vizier(sky: &StandIn, columns: &str) -> String {
    let url = format!("{}/TAPVizieR/tap", sky.url());
    project(
        sky,
        &format!(
            "{{vizier: {{table: J/MNRAS/508/3877/maincat, columns: [{columns}], where: ra > 0, url: \"{url}\"}}, mag_column: gmag}}"
        ),
    )
}

#[test]
fn a_query_of_gaia_gives_light_curves_of_ztf_also_after_a_kill() {
    let sky = sky();
    sky.hold_jobs();
    let journey = Journey::new(&[], &gaia(&sky, ", timeout: 1"));
    assert_eq!(journey.run().code, 5, "it is still at work");
    sky.release_jobs();
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!((sky.jobs_begun(), sky.jobs_deleted()), (1, 1));
    let raw = journey.raw();
    assert_eq!(raw.len(), 3);
    assert!(raw.contains_key("4583627001381815937"), "{:?}", raw.keys());
    assert!(journey.rows("lightcurves").len() >= 3);
    let asked = sky.counters().requests();
    let again = journey.run();
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(sky.counters().requests(), asked, "nothing is asked twice");
}

#[test]
fn without_the_network_a_stored_catalog_is_enough_and_none_is_told() {
    let sky = sky();
    let journey = Journey::new(&[], &gaia(&sky, ""));
    let offline = |journey: &Journey| journey.command(&["run", "project.yaml", "--offline"], &[]);
    let ended = offline(&journey);
    assert_eq!(ended.code, 5, "{ended:?}");
    assert!(
        ended.err.contains("the catalog is not stored") && ended.err.contains("--offline"),
        "{}",
        ended.err
    );
    assert_eq!(sky.counters().requests(), 0);
    assert_eq!(journey.run().code, 0);
    let asked = sky.counters().requests();
    let ended = offline(&journey);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(sky.counters().requests(), asked);
}

#[test]
fn vizier_is_asked_with_exact_names_and_quoted_when_it_refuses() {
    let sky = sky();
    let journey = Journey::new(&[], &vizier(&sky, "source_id, ra, dec, Gmag, gmag"));
    let get = ["catalog", "get", "project.yaml", "--row", "0", "--json"];
    let ended = journey.command(&get, &[]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.out.contains("\"mag\": 15.5"), "{}", ended.out);
    assert_eq!(stored(&journey).len(), 1);
    journey.describe(&vizier(&sky, "source_id, ra, dec, gMag"));
    let ended = journey.command(&get, &[]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(
        ended.err.contains("Unknown column \\\"gMag\\\""),
        "{}",
        ended.err
    );
}

#[test]
fn a_service_that_cuts_in_silence_is_seen_through() {
    let many: Vec<Vec<TapValue>> = (0..2_500_i64)
        .map(|row| vec![row.into(), (row as f64 / 10.0).into(), 1.0.into()])
        .collect();
    let columns = [
        TapColumn::new("source_id", TapType::Long),
        TapColumn::new("ra", TapType::Double),
        TapColumn::new("dec", TapType::Double),
    ];
    let sky = StandIn::empty()
        .with_tap_table("gaiadr3.gaia_source", columns, many)
        .tap_sync_rows(2_000)
        .tap_silent_cuts();
    let plain = |more: &str| gaia(&sky, more).replace(", \\\"Gmag\\\", \\\"gmag\\\"", "");
    let journey = Journey::new(&[], &plain(", mode: sync"));
    let info = ["catalog", "info", "project.yaml"];
    let ended = journey.command(&info, &[]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(
        ended.err.contains("2000 rows") && ended.err.contains("mode: async"),
        "{}",
        ended.err
    );
    assert!(stored(&journey).is_empty());
    journey.describe(&plain(""));
    let ended = journey.command(&info, &[]);
    assert!(ended.out.contains("2500 of 2500 rows"), "{ended:?}");
}

#[test]
fn errors_of_all_looks_are_quoted() {
    for errors in [
        TapErrors::VoTable { status: 200 },
        TapErrors::VoTable { status: 400 },
        TapErrors::VoTable { status: 500 },
        TapErrors::Html { status: 400 },
        TapErrors::Html { status: 500 },
    ] {
        let sky = sky().tap_errors(errors);
        let wrong = gaia(&sky, ", mode: sync").replace("source_id,", "sauce_id,");
        let journey = Journey::new(&[], &wrong);
        let ended = journey.command(&["catalog", "info", "project.yaml"], &[]);
        assert_eq!(ended.code, 2, "{errors:?}: {ended:?}");
        assert!(
            ended.err.contains("Unknown column \\\"sauce_id\\\""),
            "{errors:?}: {}",
            ended.err
        );
        assert_eq!(sky.counters().requests_of(Service::Gaia), 1, "{errors:?}");
        // the same words from a job
        journey.describe(&wrong.replace("mode: sync", "mode: async"));
        let ended = journey.command(&["catalog", "info", "project.yaml"], &[]);
        assert_eq!(ended.code, 2, "{errors:?}: {ended:?}");
        assert!(ended.err.contains("sauce_id"), "{errors:?}: {}", ended.err);
        assert_eq!(sky.jobs_begun(), sky.jobs_deleted(), "{errors:?}");
    }
}

/// Opens the project with a client that waits for nothing longer than a moment.
async fn open(sky: &StandIn, root: &std::path::Path, mode: &str) -> Result<Project, ProjectError> {
    let archive = Archive::new(ArchiveSettings {
        retries: 4,
        base_delay: Duration::from_millis(1),
        read_timeout: Duration::from_millis(700),
        max_retry_after: Duration::from_secs(5),
        limits: Limits {
            max_concurrency: 4,
            rate_limit: None,
        },
        ..ArchiveSettings::default()
    });
    Project::builder("weather")
        .observatory("demo")
        .set("catalog.gaia.adql", ADQL.replace('\\', "").as_str())
        .set(
            "catalog.gaia.url",
            format!("{}/tap-server/tap", sky.url()).as_str(),
        )
        .set("catalog.gaia.mode", mode)
        .set("catalog.gaia.max_rows", 100_i64)
        .set("catalog.gaia.poll_interval", 0.01)
        .set("catalog.gaia.timeout", 60.0)
        .data_root(root)
        .surroundings(Surroundings::new(0).with_archive(archive.unwrap()))
        .open()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn under_every_fault_there_is_the_right_catalog_or_an_error_and_never_another() {
    let right = {
        let folder = tempfile::tempdir().unwrap();
        let calm = open(&sky(), folder.path(), "sync").await.unwrap();
        calm.catalog().content_sha256()
    };
    for mode in ["sync", "async"] {
        for fault in Service::Gaia.faults() {
            println!("{mode} {fault:?}");
            let sky = sky()
                .retry_after(Duration::from_millis(20))
                .drip(Duration::from_millis(1))
                .flood(80 << 20)
                .failing_at(Service::Gaia, fault, SEED, 2);
            let folder = tempfile::tempdir().unwrap();
            // a fault may make a call end in an error; the next calls find what the earlier ones left
            let mut told = Vec::new();
            let mut opened = None;
            while opened.is_none() && told.len() < 12 {
                match open(&sky, folder.path(), mode).await {
                    Ok(project) => opened = Some(project),
                    Err(ProjectError::Catalog(
                        error @ (CatalogError::NoAnswer { .. } | CatalogError::QueryRefused { .. }),
                    )) => told.push(error.to_string()),
                    Err(other) => panic!("{mode} {fault:?}: {other:?}"),
                }
            }
            let opened = opened.unwrap_or_else(|| panic!("{mode} {fault:?}: {told:#?}"));
            assert_eq!(opened.catalog().content_sha256(), right, "{mode} {fault:?}");
            let left: Vec<_> = std::fs::read_dir(folder.path().join("catalogs"))
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            assert_eq!(left.len(), 1, "{mode} {fault:?}: {left:?}");
        }
    }
}
