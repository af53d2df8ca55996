//! `retriever catalog`.

use super::desk::{Desk, TARGETS, snapshot};

#[test]
fn a_catalog_is_described_searched_and_complained_of() {
    let desk = Desk::with("");
    desk.write("bad.csv", format!("{TARGETS}a,10,99,5\nVega,1,1,1\n"));
    let mut text = String::new();
    for words in [
        &["catalog", "info", "targets.csv"][..],
        &["catalog", "info", "bad.csv", "--json"],
        &["catalog", "get", "targets.csv", "Sirius"],
        &["catalog", "get", "targets.csv", "--row", "2", "--json"],
        &["catalog", "cone", "targets.csv", "279", "38", "5"],
        &[
            "catalog",
            "cone",
            "targets.csv",
            "-80.8",
            "+38.8",
            "5",
            "--json",
        ],
        &["catalog", "cone", "targets.csv", "0", "0", "1"],
    ] {
        text += &format!("── {}\n{}", words.join(" "), desk.good(words).out);
    }
    for words in [
        &["catalog", "info", "nowhere.csv"][..],
        &["catalog", "info", "bad.csv", "--strict"],
        &["catalog", "info", "targets.csv", "--ra-column", "RAX"],
        &["catalog", "get", "targets.csv", "Siriuss"],
        &["catalog", "get", "targets.csv"],
        &["catalog", "get", "targets.csv", "--row", "3"],
        &["catalog", "cone", "targets.csv", "10", "91", "1"],
        &["catalog", "cone", "targets.csv", "10", "10", "x"],
        &["catalog", "make", "-o", "stars.txt"],
    ] {
        text += &format!("── {}\n{}", words.join(" "), desk.refused(words));
    }
    snapshot("catalogs", &text);
}

#[test]
fn what_is_made_is_always_the_same_and_can_be_read() {
    let desk = Desk::empty();
    for file in ["a.csv", "a.tsv", "a.fits", "a.vot", "a.h5", "a.parquet"] {
        let said = desk.good(&["catalog", "make", "--rows", "7", "--seed", "3", "-o", file]);
        assert_eq!(said.out, format!("{file}\n"), "the name, for scripts");
        let info = desk.json(&["catalog", "info", file, "--json"]);
        assert_eq!(info[0]["rows"], 7, "{file}");
    }
    desk.good(&[
        "catalog", "make", "--rows", "7", "--seed", "3", "-o", "b.csv",
    ]);
    let read = |name: &str| std::fs::read(desk.path(name)).unwrap();
    assert_eq!(read("a.csv"), read("b.csv"));
}
