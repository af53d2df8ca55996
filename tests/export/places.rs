//! Where exports go, and what is left when they cannot.

use std::fs;

use crate::journey::Journey;
use crate::{export, project};

fn refused(journey: &Journey, words: &[&str], code: i32) -> String {
    let ended = journey.command(words, &[]);
    assert_eq!((ended.code, ended.out.as_str()), (code, ""), "{ended:?}");
    ended.err
}

#[test]
fn the_same_project_gives_the_same_bytes() {
    let (one, other) = (project(), project());
    for format in ["parquet", "fits", "votable", "ecsv", "csv"] {
        for what in ["lightcurves", "detections", "sources", "properties"] {
            for journey in [&one, &other] {
                export(journey, &[what, "--format", format, "-o", "table"]);
            }
            let bytes = |journey: &Journey| fs::read(journey.path("table")).unwrap();
            assert_eq!(bytes(&one), bytes(&other), "{what} as {format}");
        }
    }
}

/// Rows of the database have other numbers where another project was first.
#[test]
fn numbers_of_rows_are_not_in_tables() {
    let one = project();
    let other = Journey::new(
        &[("targets.csv", crate::TARGETS)],
        &crate::PROJECT.replace("name: exported", "name: before"),
    );
    assert_eq!(other.run().code, 0);
    other.describe(crate::PROJECT);
    assert_eq!(other.run().code, 0);
    for format in ["parquet", "fits", "votable", "ecsv", "csv"] {
        for what in ["detections", "sources", "properties"] {
            for journey in [&one, &other] {
                export(journey, &[what, "--format", format, "-o", "table"]);
            }
            let bytes = |journey: &Journey| fs::read(journey.path("table")).unwrap();
            assert!(bytes(&one) == bytes(&other), "{what} as {format}");
        }
    }
    export(&one, &["properties", "-o", "table.csv"]);
    let table = fs::read_to_string(one.path("table.csv")).unwrap();
    assert!(
        table.contains("mag_mean") && !table.contains("source_id"),
        "{table}"
    );
}

#[test]
fn a_unit_that_is_none_stands_in_the_description() {
    let journey = project();
    for (format, has_unit, words) in [
        ("votable", "unit=\"sigma\"", "(unit: sigma)"),
        ("ecsv", "\"unit\":\"sigma\"", "(unit: sigma)"),
        ("fits", "= 'sigma", "TUNIT"),
    ] {
        let words_of_export = [
            "lightcurves",
            "--kind",
            "processed",
            "--format",
            format,
            "-o",
            "table",
        ];
        export(&journey, &words_of_export);
        let bytes = fs::read(journey.path("table")).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            text.contains(words) && !text.contains(has_unit),
            "{format}: {text:.5000}"
        );
    }
}

#[test]
fn a_stream_has_what_a_file_has_and_nothing_else() {
    let journey = project();
    for format in ["votable", "ecsv", "csv"] {
        for what in ["lightcurves", "detections"] {
            export(&journey, &[what, "--format", format, "-o", "table"]);
            let streamed = export(&journey, &[what, "--format", format, "-o", "-"]).out;
            let file = fs::read_to_string(journey.path("table")).unwrap();
            assert!(streamed == file, "{what} as {format}");
        }
    }
}

#[test]
fn what_stands_there_is_replaced_whole_or_not_at_all() {
    let journey = project();
    fs::write(journey.path("table.csv"), "older").unwrap();
    let products = journey.products();
    let (file, _) = products
        .iter()
        .find(|(name, _)| name.ends_with("_reduced.h5"))
        .expect("reduced lightcurves");
    let damaged = journey.data().join(file);
    let bytes = fs::read(&damaged).unwrap();
    fs::write(&damaged, &bytes[..bytes.len() / 2]).unwrap();
    let words = ["export", "lightcurves", "project.yaml", "-o", "table.csv"];
    let said = refused(&journey, &words, 6);
    assert!(
        said.contains("checksum") && said.contains("check --repair"),
        "{said}"
    );
    assert_eq!(
        fs::read_to_string(journey.path("table.csv")).unwrap(),
        "older"
    );
    fs::write(&damaged, &bytes).unwrap();
    export(&journey, &["lightcurves", "-o", "table.csv"]);
    assert!(
        fs::read_to_string(journey.path("table.csv"))
            .unwrap()
            .starts_with("# ")
    );
    let left = fs::read_dir(journey.path("")).unwrap();
    let stray = left
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .find(|name| name.contains(".part"));
    assert_eq!(stray, None);
}

#[test]
fn places_that_cannot_be_written_are_told_and_end_as_such() {
    let journey = project();
    fs::create_dir(journey.path("folder.csv")).unwrap();
    for target in ["nowhere/table.csv", "folder.csv", "targets.csv/table.csv"] {
        let words = ["export", "sources", "project.yaml", "-o", target];
        let said = refused(&journey, &words, 7);
        assert!(
            said.contains("cannot write") && said.contains("help:"),
            "{said}"
        );
    }
}

#[test]
fn mistakes_of_the_user_are_told_before_anything_is_done() {
    let journey = project();
    for (words, told) in [
        (&["-o", "table.xyz"][..], "does not say which format"),
        (
            &["--format", "fits", "-o", "-"],
            "cannot go to standard output",
        ),
        (
            &["--format", "csv", "--layout", "nested", "-o", "table"],
            "CSV cannot hold the lists",
        ),
    ] {
        let mut all = vec!["export", "lightcurves", "project.yaml"];
        all.extend(words);
        let said = refused(&journey, &all, 2);
        assert!(said.contains(told) && said.contains("help:"), "{said}");
    }
    assert!(!journey.path("table").exists());
}

#[test]
fn options_that_would_change_nothing_are_refused() {
    let journey = project();
    for (words, told) in [
        (
            &["sources", "--layout", "flat", "-o", "t.csv"][..],
            "sources have one layout",
        ),
        (
            &["detections", "--layout", "nested", "-o", "t.csv"],
            "detections have one layout",
        ),
        (
            &["sources", "--kind", "processed", "-o", "t.csv"],
            "--kind is of lightcurves",
        ),
        (
            &["properties", "--kind", "reduced", "-o", "t.csv"],
            "--kind is of lightcurves",
        ),
        (
            &[
                "lightcurves",
                "--layout",
                "flat",
                "--format",
                "hats",
                "-o",
                "t",
            ],
            "has a row for each source",
        ),
        (
            &["lightcurves", "--partition-rows", "5", "-o", "t.csv"],
            "is of HATS",
        ),
    ] {
        let all = [&["export", words[0], "project.yaml"][..], &words[1..]].concat();
        let said = refused(&journey, &all, 2);
        assert!(said.contains(told) && said.contains("help:"), "{said}");
    }
    assert!(!journey.path("t.csv").exists() && !journey.path("t").exists());
}

#[test]
fn lightcurves_that_were_not_kept_are_told_with_how_they_are() {
    let journey = project();
    let words = ["lightcurves", "--kind", "simulated", "-o", "table.csv"];
    let said = export(&journey, &words).err;
    assert!(
        said.contains("without rows") && said.contains("save_simulated: true"),
        "{said}"
    );
    assert!(!said.contains("retriever run"), "{said}");
    let plot = [
        "plot",
        "Vega",
        "project.yaml",
        "--kind",
        "simulated",
        "-o",
        "x.png",
    ];
    let plot = refused(&journey, &plot, 2);
    assert!(
        plot.contains("`analysis: {save_simulated: true}`"),
        "{plot}"
    );
}

#[test]
fn a_project_that_never_ran_has_tables_without_rows() {
    let journey = Journey::new(&[("targets.csv", crate::TARGETS)], crate::PROJECT);
    for extension in ["parquet", "fits", "vot", "ecsv", "csv"] {
        let name = format!("table.{extension}");
        let ended = export(&journey, &["lightcurves", "-o", &name]);
        assert!(ended.err.contains("without rows"), "{ended:?}");
        assert!(journey.path(&name).exists());
    }
    assert!(!journey.data().exists(), "nothing is made by looking");
}

/// All files of a folder with what is in them.
fn files(folder: &std::path::Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn properties_of_filters_are_a_collection_too() {
    let journey = project();
    let words = ["--format", "hats", "--layout", "flat", "-o", "sky"];
    let said = export(&journey, &[&["properties"][..], &words[..]].concat()).err;
    // a row for each source, which has one filter
    assert!(said.contains("4 rows in"), "{said}");
    let collection = files(&journey.path("sky"));
    let words = String::from_utf8_lossy(&collection["exported_properties/hats.properties"]);
    assert!(words.contains("dataproduct_type=source\n"), "{words}");
    assert!(collection.keys().any(|name| name.ends_with(".parquet")));
}

#[test]
fn a_collection_takes_the_place_of_a_collection_and_of_nothing_else() {
    let (one, other) = (project(), project());
    let words = ["lightcurves", "--format", "hats", "-o", "sky"];
    for journey in [&one, &other, &one] {
        export(journey, &words);
    }
    let collection = files(&one.path("sky"));
    assert!(collection.contains_key("collection.properties"));
    assert!(collection.contains_key("exported_lightcurves/dataset/_metadata"));
    assert_eq!(collection, files(&other.path("sky")));
    fs::create_dir(one.path("mine")).unwrap();
    fs::write(one.path("mine/thesis.tex"), "words").unwrap();
    let words = [
        "export",
        "sources",
        "project.yaml",
        "--format",
        "hats",
        "-o",
        "mine",
    ];
    let said = refused(&one, &words, 7);
    assert!(said.contains("something else stands there"), "{said}");
    assert_eq!(files(&one.path("mine")).len(), 1);
    let never = Journey::new(&[("targets.csv", crate::TARGETS)], crate::PROJECT);
    let words = [
        "export",
        "sources",
        "project.yaml",
        "--format",
        "hats",
        "-o",
        "sky",
    ];
    assert!(refused(&never, &words, 2).contains("a sky without sources"));
    assert!(!never.path("sky").exists());
}
