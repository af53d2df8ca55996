//! `retriever init`: from nothing to results.

use std::fs;

use super::desk::{Desk, said};

#[test]
fn a_new_project_runs_at_once_and_finds_something() {
    let desk = Desk::empty();
    let said_of_init = desk.good(&["init", "x"]);
    assert_eq!(
        said_of_init.out,
        "x/project.yaml\nx/targets.csv\nx/README.txt\n"
    );
    assert!(said_of_init.err.contains("retriever run project.yaml"));
    let inside = |words: &[&str]| {
        let mut command = desk.command(words);
        command.current_dir(desk.path("x"));
        said(command)
    };
    let run = inside(&["run", "project.yaml"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let listed = inside(&["ls", "detections", "project.yaml", "--json"]);
    let detections: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    let real = |row: &&serde_json::Value| row["simulated"] == false;
    let real = detections.as_array().unwrap().iter().filter(real).count();
    // Poisson, 0.3 flares in each of 19 stars on average
    assert!((2..=12).contains(&real), "{real}");
    let again = inside(&["run", "project.yaml"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(desk.path("x/results/retriever.db").is_file());
}

#[test]
fn a_folder_that_holds_a_project_is_left_alone() {
    let desk = Desk::empty();
    desk.good(&["init", "x"]);
    let before = fs::read(desk.path("x/project.yaml")).unwrap();
    fs::remove_file(desk.path("x/targets.csv")).unwrap();
    let err = desk.refused(&["init", "x"]);
    assert!(
        err.contains("holds a project already: \"x/project.yaml\""),
        "{err}"
    );
    assert!(!desk.path("x/targets.csv").exists());
    assert_eq!(fs::read(desk.path("x/project.yaml")).unwrap(), before);
    // whatever the file is called
    fs::rename(desk.path("x/project.yaml"), desk.path("x/mine.yml")).unwrap();
    assert!(desk.refused(&["init", "x"]).contains("mine.yml"));
}

#[test]
fn no_file_is_overwritten() {
    for name in ["project.yaml", "targets.csv", "README.txt"] {
        let desk = Desk::empty();
        desk.write(name, "mine");
        let err = desk.refused(&["init"]);
        assert!(
            err.contains(name) && err.contains("is there already"),
            "{err}"
        );
        assert_eq!(desk.names(), [name]);
        assert_eq!(fs::read(desk.path(name)).unwrap(), b"mine");
    }
}

#[test]
fn a_folder_with_other_things_in_it_is_welcome() {
    let desk = Desk::empty();
    desk.write("notes.txt", "x");
    desk.write("docker.yaml", "services: {}\n");
    desk.good(&["init"]);
    assert_eq!(
        desk.names(),
        [
            "README.txt",
            "docker.yaml",
            "notes.txt",
            "project.yaml",
            "targets.csv"
        ]
    );
}

#[test]
fn the_name_comes_from_the_folder_where_it_can() {
    let desk = Desk::empty();
    for (folder, name) in [
        ("wd-flares 2", "WD_FLARES_2"),
        ("Märchen: 'α' \"β\"", "MÄRCHEN___Α___Β"),
        ("2nd try", "MY_PROJECT"),
        ("ztf", "MY_PROJECT"),
        ("null", "NULL"),
        ("$(reboot)", "REBOOT"),
        ("---", "MY_PROJECT"),
        ("deep/er", "ER"),
    ] {
        desk.good(&["init", "--", folder]);
        let file = format!("{folder}/project.yaml");
        let checked = desk.good(&["config", "check", "--", &file]);
        assert!(
            checked.out.contains(&format!("project {name},")),
            "{folder}: {checked:?}"
        );
    }
}

#[test]
fn what_is_commented_out_is_right_too() {
    let desk = Desk::empty();
    desk.good(&["init"]);
    let text = fs::read_to_string(desk.path("project.yaml")).unwrap();
    let is_parameter = |line: &str| {
        let name = line.trim_start().split(':').next().unwrap_or_default();
        let has_value = line.trim_start().len() > name.len();
        has_value && !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    let mut number = 0;
    let lines = text.lines().map(|line| {
        let rest = line.trim_start();
        let Some(rest) = rest.strip_prefix('#') else {
            return line.to_owned();
        };
        let indent = &line[..line.len() - rest.len() - 1];
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        if !is_parameter(rest) {
            return line.to_owned();
        }
        number += 1;
        format!("{indent}{rest}")
    });
    let lines: Vec<String> = lines.collect();
    assert!(number > 20, "{number}");
    for service in ["gaia", "vizier", "default"] {
        // one place of a catalog at a time; columns of one file are not those of another
        let catalog = |line: &&String| {
            let name = line.trim_start().split(':').next().unwrap_or_default();
            let places = ["filename", "gaia", "vizier", "default"];
            !places.contains(&name) || name == service
        };
        let kept: Vec<&str> = lines.iter().filter(catalog).map(String::as_str).collect();
        desk.write(
            "all.yaml",
            kept.join("\n")
                .replace("obs_names: [DEMO]", "obs_names: [DEMO, ZTF, TESS]"),
        );
        desk.good(&["config", "show", "all.yaml"]);
    }
}

#[test]
fn where_nothing_can_be_written_it_is_7() {
    let desk = Desk::empty();
    desk.write("file", "");
    for folder in ["file", "file/below", "/proc/nothing"] {
        let said = desk.call(&["init", folder]);
        assert_eq!(said.code, Some(7), "{folder}: {said:?}");
        assert!(
            said.err.contains("cannot write") && said.out.is_empty(),
            "{said:?}"
        );
    }
    let long = desk.call(&["init", &"a".repeat(300)]);
    assert!(long.err.contains("choose a shorter name"), "{long:?}");
    assert_eq!(desk.names(), ["file"]);
}
