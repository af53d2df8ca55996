//! Names and positions from catalogs are data: they leave no folder, break no file, and come back as they were.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::postgres::Cluster;
use crate::workplace::{Workplace, files};

fn hostile() -> Vec<String> {
    let mut names: Vec<String> = [
        "../../x",
        "a/b",
        "/etc/passwd",
        "Ä",
        "A\u{308}",
        "NUL",
        "con",
        "AUX.h5",
        "A",
        "a",
        "AB",
        "aB",
        "Ab",
        "ab",
        "it's",
        "say \"x\"",
        ".hidden",
        "..",
        ".",
        "trailing.",
        "🔭",
        "%2F",
        "a%2Fb",
        "two\nlines",
        "back\\slash",
        "C:star",
        "star;rm -rf",
        "$(id)",
        "`id`",
        "-rf",
        "--redo",
        "*?",
        "x'; DROP TABLE sources; --",
        "\u{202e}rtl",
        "a\tb",
        "1e5",
        "007",
        "CRASH",
        "_reduced",
        "x_reduced",
        "x",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("long".repeat(75));
    names.push(format!("{}z", "long".repeat(75)));
    names.push("Ä".repeat(300));
    names
}

/// `name,ra,dec` with the names quoted.
fn catalog(names: &[String]) -> String {
    let mut text = "name,ra,dec,mag\n".to_owned();
    for (row, name) in names.iter().enumerate() {
        let quoted = name.replace('"', "\"\"");
        text.push_str(&format!(
            "\"{quoted}\",{}.5,{},17\n",
            row * 3,
            row as i32 - 20
        ));
    }
    text
}

fn texts(rows: &[Value], field: &str) -> BTreeSet<String> {
    let texts = rows.iter().filter_map(|row| row[field].as_str());
    texts.map(str::to_owned).collect()
}

fn names_survive(workplace: &Workplace) {
    let names = hostile();
    workplace.write("catalog.csv", catalog(&names));
    workplace.demo("demo: {num_points: 9}");
    let ended = workplace.run();
    assert!(
        ended
            .stdout
            .contains(&format!("{} sources in", names.len())),
        "{ended:?}"
    );
    let expected: BTreeSet<String> = names.iter().cloned().collect();
    let sources = workplace.list("sources", "project.yaml");
    assert_eq!(texts(&sources, "name"), expected);
    let raw = workplace.list("raw", "project.yaml");
    assert_eq!(texts(&raw, "source_name"), expected);
    for row in &raw {
        let file = workplace.data().join(row["file"].as_str().expect("a path"));
        let bytes = fs::read(&file).expect("a product can be read");
        let inside = retriever::storage::decode_raw(&bytes).expect("it opens");
        assert_eq!(
            inside.source_name,
            row["source_name"].as_str().expect("a name")
        );
    }
    let lightcurves = workplace.list("lightcurves", "project.yaml");
    assert_eq!(texts(&lightcurves, "source_name"), expected);
    for row in &lightcurves {
        let file = workplace.data().join(row["file"].as_str().expect("a path"));
        let bytes = fs::read(&file).expect("a product can be read");
        let inside = retriever::storage::decode_lightcurves(&bytes).expect("it opens");
        assert_eq!(
            inside[0].source_name,
            row["source_name"].as_str().expect("a name")
        );
    }
    expect_files_apart(workplace, names.len());
    workplace.expect_sound();
    for name in ["../../x", "two\nlines", "say \"x\"", "it's"] {
        let ended = workplace
            .ask(&["run", "project.yaml", "--source", name])
            .expect(0);
        assert!(ended.stdout.contains("all was already done"), "{ended:?}");
    }
}

/// Nothing stands outside the data root, and no two names share a file even where case does not count.
fn expect_files_apart(workplace: &Workplace, names: usize) {
    let mut beside: Vec<String> = fs::read_dir(workplace.folder())
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    beside.sort();
    assert_eq!(beside, ["catalog.csv", "data", "project.yaml"]);
    let paths = workplace.photometry_files();
    let folded: BTreeSet<String> = paths
        .iter()
        .map(|path| path.to_string_lossy().to_lowercase())
        .collect();
    // raw, reduced and processed
    assert_eq!(folded.len(), 3 * names);
    for path in &paths {
        let name = path
            .file_name()
            .expect("a file has a name")
            .to_string_lossy();
        assert!(
            name.is_ascii() && name.len() < 255 && name.ends_with(".h5"),
            "{name:?}"
        );
    }
}

#[test]
fn hostile_names_come_back_exactly_and_leave_no_folder() {
    names_survive(&Workplace::new());
}

#[test]
fn hostile_names_come_back_exactly_on_postgresql() {
    if let Some(cluster) = Cluster::shared() {
        names_survive(&Workplace::on(cluster));
    }
}

#[test]
fn names_that_no_database_can_keep_are_left_out_with_a_count_and_the_others_done() {
    let workplace = Workplace::new();
    let names = ["good", "nul\0inside", &"x".repeat(3000), "", "also good"].map(str::to_owned);
    workplace.write("catalog.csv", catalog(&names));
    workplace.demo("demo: {num_points: 9}");
    let ended = workplace.run();
    assert_eq!(workplace.demo_count("ok"), 2, "{ended:?}");
    assert!(
        ended.stderr.contains("3 of 5 rows") && ended.stderr.contains("NUL"),
        "{ended:?}"
    );
    workplace.expect_sound();
}

#[test]
fn duplicate_names_are_taken_once() {
    let workplace = Workplace::new();
    workplace.write("catalog.csv", "name,ra,dec\na,1,2\nb,3,4\na,5,6\n");
    workplace.demo("demo: {num_points: 9}");
    let ended = workplace.run();
    assert!(
        ended
            .stderr
            .contains("row 3 (line 4): \"a\" is the name of row 1 too"),
        "{ended:?}"
    );
    let sources = workplace.list("sources", "project.yaml");
    assert_eq!(sources.len(), 2);
    assert_eq!(sources[0]["ra"], 1.0, "the first of them counts");
    workplace.write(
        "project.yaml",
        "project: {name: crash, obs_names: [demo]}\ncatalog: {filename: catalog.csv, strict: true}\n",
    );
    let ended = workplace.ask(&["run", "project.yaml"]).expect(2);
    assert!(ended.stderr.contains("\"a\""), "{ended:?}");
}

#[test]
fn positions_at_the_edges_of_the_sky_have_their_folders() {
    let workplace = Workplace::new();
    workplace.write(
        "catalog.csv",
        "name,ra,dec\nwest,359.9999,0\neast,0.0001,0\nwhole,360,10\nnorth,12,90\nsouth,12,-90\nalmost,359.99999999999999,1\nnegative,-0.5,3\n",
    );
    workplace.demo("demo: {num_points: 9}");
    workplace.run();
    let raw = workplace.list("raw", "project.yaml");
    let folder_of = |name: &str| -> String {
        let row = raw
            .iter()
            .find(|row| row["source_name"] == name)
            .unwrap_or_else(|| panic!("{name} was not taken: {raw:?}"));
        let file = row["file"].as_str().expect("a path");
        file.split('/').nth(1).expect("a folder").to_owned()
    };
    for (name, folder) in [
        ("west", "RA359"),
        ("east", "RA000"),
        ("whole", "RA000"),
        ("north", "RA012"),
        ("south", "RA012"),
        ("almost", "RA000"),
    ] {
        assert_eq!(folder_of(name), folder, "{name}");
    }
    workplace.expect_sound();
}

#[test]
fn catalogs_of_nothing_and_of_one_are_catalogs() {
    let workplace = Workplace::new();
    workplace.write("catalog.csv", "name,ra,dec\n");
    workplace.demo("demo: {num_points: 9}");
    let ended = workplace.run();
    assert!(ended.stdout.contains("no targets"), "{ended:?}");
    assert_eq!(workplace.status("project.yaml")["sources"], 0);
    assert!(workplace.list("sources", "project.yaml").is_empty());
    workplace.expect_sound();
    workplace.write("catalog.csv", "name,ra,dec\nonly,1,2\n");
    workplace.run();
    assert_eq!(workplace.demo_count("ok"), 1);
    workplace.write("catalog.csv", "");
    workplace.ask(&["run", "project.yaml"]).expect(2);
}

#[test]
fn rows_without_numbers_are_left_out_or_done_without_them() {
    let workplace = Workplace::new();
    workplace.write(
        "catalog.csv",
        "name,ra,dec,mag,pmra,pmdec,parallax\n\
         whole,1,2,17,1,1,1\n\
         bare,3,4,NaN,NaN,NaN,NaN\n\
         empty,5,6,,,,\n\
         endless,7,8,inf,inf,-inf,inf\n\
         nowhere,NaN,NaN,17,1,1,1\n\
         beyond,1,91,17,1,1,1\n",
    );
    workplace.demo("demo: {num_points: 9}");
    workplace.run();
    let sources = workplace.list("sources", "project.yaml");
    let names = texts(&sources, "name");
    assert!(names.contains("whole") && names.contains("bare") && names.contains("empty"));
    assert!(
        !names.contains("nowhere") && !names.contains("beyond"),
        "{names:?}"
    );
    assert_eq!(workplace.demo_count("failed"), 0);
    assert!(!files(workplace.data()).is_empty());
    workplace.expect_sound();
}
