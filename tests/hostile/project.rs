//! Project files.

use std::fs;
use std::path::Path;

use retriever::project::ProjectBuilder;

use super::{CASES, FLOOR, at_hostile_hands, memory};

const PROJECT: &str = "project:
  name: hostile
  obs_names: [ZTF, TESS]
  max_num_sequence_exceptions: 5
catalog:
  filename: targets.csv
  mag_filter_name: G
observatories:
  mag_limit: 20.5
  ztf:
    url: http://127.0.0.1:9
    cone_search_radius: 2.0
    rate_limit: null
  tess: &tess
    products: [spoc, tess-spoc, qlp]
    keep: all
    sectors: [1, 24, 25]
    quality: [attitude_tweak, safe_mode]
";

/// Reads a project file and everything that it sets.
fn read(folder: &Path, bytes: &[u8]) -> Result<(), String> {
    let path = folder.join("project.yaml");
    fs::write(&path, bytes).expect("the folder is writable");
    let builder = ProjectBuilder::from_file(&path).map_err(|error| error.to_string())?;
    match builder.parameters() {
        Ok(sections) => {
            assert!(!sections.is_empty());
            Ok(())
        }
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn a_hostile_project_file_is_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    // what the quality bits are called is not the point here
    let document = PROJECT.replace("    quality: [attitude_tweak, safe_mode]\n", "");
    at_hostile_hands(document.as_bytes(), 4 * CASES, |bytes| {
        read(folder.path(), bytes)
    });
}

#[test]
fn files_that_grow_when_they_are_read_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    // each anchor is nine times the one before: 9^9 words from a kilobyte
    let mut laughs = String::from("a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for (name, before) in "bcdefghi".chars().zip("abcdefgh".chars()) {
        let nine = vec![format!("*{before}"); 9].join(", ");
        laughs.push_str(&format!("{name}: &{name} [{nine}]\n"));
    }
    let deep = format!("project: {}", "[".repeat(200_000));
    let closed = format!("project: {}{}", "[".repeat(50_000), "]".repeat(50_000));
    let indented: String = (0..3_000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    let circle = "project: &a\n  name: *a\n".to_owned();
    for (name, text) in [
        ("laughs", laughs),
        ("deep", deep),
        ("closed", closed),
        ("indented", indented),
        ("circle", circle),
    ] {
        memory::alone(|| {
            let (result, peak) = memory::peak_of(|| read(folder.path(), text.as_bytes()));
            assert!(result.is_err_and(|words| !words.is_empty()), "{name}");
            assert!(peak < 8 * FLOOR, "{name}: {} MiB", peak >> 20);
        });
    }
}
