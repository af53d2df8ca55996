//! Sources that are not done, and files that are gone or damaged: what is said, and how commands end.

use std::fs;
use std::path::PathBuf;

use crate::journey::{Ended, Journey};
use crate::{TARGETS, export, project};

/// Files of lightcurves of this kind whose names begin so.
fn files(journey: &Journey, begins: &str, kind: &str) -> Vec<PathBuf> {
    let products = journey.products();
    let names = products.keys().filter(|path| {
        let name = path.rsplit('/').next().unwrap_or_default();
        name.starts_with(begins) && path.ends_with(&format!("_{kind}.h5"))
    });
    let found: Vec<PathBuf> = names.map(|name| journey.data().join(name)).collect();
    assert!(!found.is_empty(), "{begins} {kind}");
    found
}

fn remove(journey: &Journey, begins: &str, kind: &str) {
    for file in files(journey, begins, kind) {
        fs::remove_file(file).unwrap();
    }
}

fn plot(journey: &Journey, further: &[&str]) -> Ended {
    let words = ["plot", "Vega", "project.yaml", "-o", "x.png"];
    journey.command(&[&words[..], further].concat(), &[])
}

#[test]
fn sources_that_are_not_done_are_told() {
    let journey = project();
    let tables = [
        &["lightcurves"][..],
        &["lightcurves", "--kind", "processed"],
        &["sources"],
        &["detections"],
        &["properties"],
    ];
    let told = || {
        let said = tables.map(|words| {
            let words = [words, &["-o", "table.csv"]].concat();
            export(&journey, &words).err
        });
        said.map(|err| err.contains("pending or being made again"))
    };
    assert_eq!(told(), [false; 5]);
    let more = format!("{TARGETS}late,10,10,15\nlater,20,10,15\n");
    fs::write(journey.path("targets.csv"), more).unwrap();
    assert_eq!(told(), [true; 5]);
    let said = export(&journey, &["lightcurves", "-o", "table.csv"]).err;
    let words =
        "warning: 2 sources of the catalog are pending or being made again: they are not in it\n";
    assert!(said.starts_with(words), "{said}");
    assert_eq!(journey.run().code, 0);
    assert_eq!(told(), [false; 5]);
}

/// Without analyses nothing will come to the tables of these, run or not.
#[test]
fn a_project_without_analysis_misses_none() {
    let without = crate::PROJECT.replace("{num_injections: 1}", "{enabled: false}");
    let journey = Journey::new(&[("targets.csv", TARGETS)], &without);
    let said = export(&journey, &["detections", "-o", "table.csv"]).err;
    assert!(!said.contains("pending"), "{said}");
    let said = export(&journey, &["lightcurves", "-o", "table.csv"]).err;
    assert!(
        said.contains("4 sources of the catalog are pending"),
        "{said}"
    );
}

#[test]
fn a_file_that_is_gone_is_told_with_what_to_do() {
    let journey = project();
    remove(&journey, "DEMO_photometry_Vega", "processed");
    let words = [
        "export",
        "lightcurves",
        "project.yaml",
        "--kind",
        "processed",
        "-o",
        "t.csv",
    ];
    for ended in [plot(&journey, &[]), journey.command(&words, &[])] {
        assert_eq!(ended.code, 5, "{ended:?}");
        assert!(ended.err.starts_with("error: the file \""), "{ended:?}");
        assert!(
            ended.err.contains("_processed.h5\" is missing\nhelp: "),
            "{ended:?}"
        );
        assert_eq!(ended.err.matches("_processed.h5").count(), 1, "{ended:?}");
        assert!(ended.err.contains("check --repair"), "{ended:?}");
    }
    let ended = journey.command(&["show", "Vega", "project.yaml"], &[]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let lines: Vec<&str> = ended.err.lines().collect();
    assert_eq!(lines.len(), 2, "{ended:?}");
    assert!(lines[0].starts_with("warning: the file \"") && lines[0].ends_with("is missing"));
    let help = "help: `retriever check project.yaml --repair` finds what is missing or damaged, \
                `retriever run project.yaml` makes it again";
    assert_eq!(lines[1], help);
    for words in [
        &["check", "project.yaml", "--repair"][..],
        &["run", "project.yaml"],
    ] {
        assert_eq!(journey.command(words, &[]).code, 0);
    }
    assert_eq!(plot(&journey, &[]).code, 0);
}

#[test]
fn a_damaged_file_is_told_with_what_is_wrong() {
    let journey = project();
    for file in files(&journey, "DEMO_photometry_Vega", "processed") {
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    }
    let ended = plot(&journey, &[]);
    assert_eq!(ended.code, 6, "{ended:?}");
    for words in [
        "is damaged",
        "its checksum is not that of its row",
        "check --repair",
    ] {
        assert!(ended.err.contains(words), "{words}: {ended:?}");
    }
    assert_eq!(ended.err.matches("_processed.h5").count(), 1, "{ended:?}");
}

#[test]
fn a_report_without_its_files_says_so() {
    let journey = project();
    for kind in ["processed", "reduced"] {
        remove(&journey, "DEMO_photometry_", kind);
    }
    let ended = journey.command(&["report", "project.yaml", "-o", "page.html"], &[]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let page = fs::read_to_string(journey.path("page.html")).unwrap();
    for (place, text) in [("warning", &ended.err), ("page", &page)] {
        for words in [
            "of lightcurves cannot be read",
            "is missing",
            "check --repair",
        ] {
            assert!(text.contains(words), "{words} on {place}: {}", ended.err);
        }
    }
    assert!(ended.err.starts_with("warning: "), "{ended:?}");
}

#[test]
fn a_plot_of_processed_lightcurves_needs_no_reduced_ones() {
    let journey = project();
    remove(&journey, "DEMO_photometry_Vega", "reduced");
    let ended = plot(&journey, &[]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(plot(&journey, &["--kind", "reduced"]).code, 5);
}
