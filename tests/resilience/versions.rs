//! Version control: the hash is that of the file, and products of different parameters never mix silently (C6).

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::workplace::{Workplace, files, sha256};

/// A project file under version control; `extra` goes into section `project`.
fn versioned(workplace: &Workplace, file: &str, extra: &str, observatories: &str, gap: f64) {
    workplace.project(
        file,
        &format!("versions, version_control: true{extra}"),
        observatories,
        &format!(
            "demo: {{num_points: 12, shuffle_time: true, gap: {gap}}}, ztf: {{minimal_declination: 90}}"
        ),
    );
}

fn hash(workplace: &Workplace, file: &str) -> String {
    let status = workplace.status(file);
    status["cfg_hash"].as_str().expect("a text").to_owned()
}

#[test]
fn the_hash_is_that_of_the_file_in_the_folder_named_after_it() {
    let workplace = Workplace::new();
    workplace.catalog(6);
    versioned(&workplace, "project.yaml", "", "[demo]", 40.0);
    workplace.run();
    let hash = hash(&workplace, "project.yaml");
    let config = workplace
        .data()
        .join(format!("VERSIONS_{hash}/config.yaml"));
    let text = fs::read(&config).expect("the configuration is written");
    assert_eq!(sha256(&text), hash);
}

#[test]
fn what_cannot_change_results_does_not_change_the_hash() {
    let workplace = Workplace::new();
    workplace.catalog(6);
    versioned(&workplace, "project.yaml", "", "[demo, ztf]", 40.0);
    let hash_of = |file| hash(&workplace, file);
    let plain = hash_of("project.yaml");
    versioned(&workplace, "order.yaml", "", "[ZTF, DEMO, ztf]", 40.0);
    assert_eq!(hash_of("order.yaml"), plain, "order of the observatories");
    let limits = ", description: other words, max_num_total_exceptions: 7";
    versioned(&workplace, "limits.yaml", limits, "[demo, ztf]", 40.0);
    assert_eq!(hash_of("limits.yaml"), plain, "limits and descriptions");
    let text = fs::read_to_string(workplace.folder().join("project.yaml")).expect("written above");
    let elsewhere = text
        .replace("rate_limit: null", "rate_limit: 2.5")
        .replace("max_concurrency: 8", "max_concurrency: 3, max_retries: 1")
        .replace("minimal_", "url: \"http://mirror.example\", minimal_")
        + "storage: {fsync: true}\ndatabase: {retry_window: 9, max_connections: 2}\n";
    assert_ne!(elsewhere, text);
    workplace.write("elsewhere.yaml", elsewhere);
    assert_eq!(hash_of("elsewhere.yaml"), plain, "addresses and manners");
    let again = workplace.ask(&["-vv", "status", "project.yaml", "--json"]);
    assert_eq!(again.json()["cfg_hash"], Value::from(plain.clone()));
    versioned(&workplace, "seed.yaml", ", seed: 1", "[demo, ztf]", 40.0);
    assert_ne!(hash_of("seed.yaml"), plain, "the seed");
    let other_catalog = Workplace::new();
    other_catalog.catalog(7);
    versioned(&other_catalog, "project.yaml", "", "[demo, ztf]", 40.0);
    assert_ne!(hash(&other_catalog, "project.yaml"), plain, "the catalog");
}

#[test]
fn another_gap_is_another_version_beside_the_first() {
    let workplace = Workplace::new();
    workplace.catalog(6);
    versioned(&workplace, "project.yaml", "", "[demo]", 40.0);
    versioned(&workplace, "wide.yaml", "", "[demo]", 5000.0);
    workplace.run();
    let before = workplace.products();
    workplace.ask(&["run", "wide.yaml"]).expect(0);
    let folders = ["project.yaml", "wide.yaml"].map(|file| {
        let folder = workplace
            .data()
            .join(format!("VERSIONS_{}", hash(&workplace, file)));
        assert_eq!(
            products_in(&folder).len(),
            // reduced and processed
            2 * 6,
            "each version has all its products"
        );
        workplace.ask(&["check", file]).expect(0);
        folder
    });
    assert_ne!(folders[0], folders[1]);
    let after = workplace.products();
    assert!(
        before
            .iter()
            .all(|(name, sum)| after.get(name) == Some(sum)),
        "the first version is untouched"
    );
}

fn products_in(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut found = files(folder);
    found.retain(|path| path.extension().is_some_and(|extension| extension == "h5"));
    found
}

#[test]
fn without_version_control_a_changed_parameter_is_named_and_nothing_is_mixed() {
    let workplace = Workplace::new();
    workplace.catalog(6);
    workplace.demo("demo: {num_points: 12, gap: 40}");
    workplace.run();
    let before = workplace.products();
    workplace.demo("demo: {num_points: 12, gap: 5000}");
    for _ in 0..2 {
        let ended = workplace.run();
        let words = ended.words();
        assert!(
            words.contains("observatories.demo.gap: 40.0 → 5000.0") && words.contains("--redo"),
            "{words}"
        );
        let after = workplace.products();
        let photometry = |(name, _): &(&String, &String)| name.ends_with(".h5");
        assert!(
            before
                .iter()
                .filter(photometry)
                .eq(after.iter().filter(photometry)),
            "lightcurves stay as they are"
        );
    }
    workplace.expect_sound();
    let ended = workplace
        .ask(&["reduce", "project.yaml", "--redo"])
        .expect(0);
    assert!(!ended.words().contains("other parameters"), "{ended:?}");
    let ended = workplace.run();
    assert!(!ended.words().contains("other parameters"), "{ended:?}");
    assert_eq!(workplace.status("project.yaml")["lightcurves"], 6);
    workplace.expect_sound();
}

#[test]
fn the_configuration_holds_no_place_address_or_secret() {
    let workplace = Workplace::new();
    workplace.catalog(3);
    workplace.write(
        "project.yaml",
        "project: {name: secrets, obs_names: [demo, ztf], version_control: true}\n\
         catalog: {filename: catalog.csv}\n\
         observatories: {ztf: {url: \"http://mirror.example:81\", minimal_declination: 90}, demo: {num_points: 9}}\n",
    );
    let mut command = workplace.command(&["run", "project.yaml"]);
    command
        .env("ZTF_USERNAME", "hubble")
        .env("ZTF_PASSWORD", "m31-andromeda");
    crate::process::Running::start(command).end().expect(0);
    let folder = workplace.folder().to_string_lossy().into_owned();
    for path in files(workplace.data()) {
        let bytes = fs::read(&path).expect("a product can be read");
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("m31-andromeda"), "{}", path.display());
        if path.ends_with("config.yaml") {
            for hidden in ["mirror.example", "hubble", &folder, "catalog.csv", "http"] {
                assert!(!text.contains(hidden), "{hidden} in\n{text}");
            }
        }
    }
}

// Positions are moved from that year to the survey's, and magnitudes are compared in that filter.
#[test]
fn the_year_and_the_filter_of_the_catalog_change_the_hash() {
    let workplace = Workplace::new();
    workplace.catalog(6);
    versioned(&workplace, "project.yaml", "", "[demo]", 40.0);
    let plain = hash(&workplace, "project.yaml");
    let text = fs::read_to_string(workplace.folder().join("project.yaml")).expect("written above");
    for (file, more) in [
        ("year.yaml", "catalog_observation_year: 2016.0"),
        ("filter.yaml", "mag_filter_name: Gaia_G"),
    ] {
        let given = "catalog: {filename: catalog.csv";
        let other = text.replace(given, &format!("{given}, {more}"));
        assert_ne!(other, text);
        workplace.write(file, other);
        assert_ne!(hash(&workplace, file), plain, "{more}");
    }
}
