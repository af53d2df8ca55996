//! What is said to mistakes: where, what, why, and what to do.

use super::desk::{Desk, TARGETS, snapshot};

const HEAD: &str = "project: {name: x, obs_names: [demo]}\ncatalog: {filename: targets.csv}\n";

/// What `config check` says to a project file.
fn refusal(project: &str) -> String {
    Desk::with(project).refused(&["config", "check", "p.yaml"])
}

#[test]
fn misspelt_names_in_every_section_are_told_with_the_nearest_name() {
    let text = refusal(
        "\
project:
  nam: x
  obs_name: [demo]
catalog:
  filname: targets.csv
observatories:
  gapp: 3
  demo: {num_pints: 3, flare_rate: -1}
  ztf: {con_radius: 3, bands: [g, z]}
  sdss: {a: 1}
database: {ur: x}
storage: {fsink: true}
findr: {}
",
    );
    snapshot("error_misspelt", &text);
}

#[test]
fn misspelt_axes_of_histograms_are_told_with_the_nearest_name() {
    let text = refusal(&format!(
        "\
{HEAD}histograms:
  score_coords: {{snrr: [-20, 20, 0.1], offset: [0, 5, 0.1]}}
  source_coords: {{magg: [15, 0.5]}}
  obs_coords: {{filter: [], exptme: [30, 1]}}
"
    ));
    for told in [
        "p.yaml:4:18: unknown axis \"snrr\" in section histograms.score_coords",
        "p.yaml:5:19: unknown axis \"magg\" in section histograms.source_coords",
        "p.yaml:6:28: unknown axis \"exptme\" in section histograms.obs_coords",
        "did you mean \"snr\"?",
        "did you mean \"mag\"?",
        "did you mean \"exptime\"?",
    ] {
        assert!(text.contains(told), "{told} is not in {text}");
    }
}

#[test]
fn wrong_types_and_values_out_of_range_are_told_with_their_place() {
    let text = refusal(
        "\
project: {name: 5, obs_names: demo, version_control: maybe, seed: -1, source_batch_size: 0}
catalog: {filename: [a], strict: 1, catalog_observation_year: 3000}
observatories:
  reducer: {gap: 40 days}
  demo: {empty_rate: 1.5, mean_mag: .nan}
  ztf: 3
",
    );
    snapshot("error_types", &text);
}

#[test]
fn what_is_no_project_file_is_told_as_what_it_is() {
    let mut text = String::new();
    for (what, content) in [
        ("empty", &b""[..]),
        ("tabs", b"project:\n\tname: x\n"),
        (
            "unclosed",
            b"project: {name: x, obs_names: [demo]\ncatalog: {}\n",
        ),
        ("text", b"just text\n"),
        ("list", b"- a\n- b\n"),
        ("binary", b"\0\x01\xff\xfe"),
        ("twice", b"project: {name: x}\nproject: {name: y}\n"),
        (
            "two spellings",
            b"project: {name: x, obs_names: [demo], vc: true, version_control: true}\n",
        ),
        ("two documents", b"project: {name: x}\n---\na: b\n"),
        ("tag", b"project: !run {name: x}\n"),
    ] {
        let desk = Desk::empty();
        desk.write("p.yaml", content);
        text += &format!(
            "── {what}\n{}",
            desk.refused(&["config", "check", "p.yaml"])
        );
    }
    snapshot("error_files", &text);
}

#[test]
fn names_that_cannot_be_are_told() {
    let mut text = String::new();
    for project in [
        "{name: ZTF, obs_names: [demo]}",
        "{name: ../../x, obs_names: [demo]}",
        "{name: x, obs_names: [ZTFF]}",
        "{name: x, obs_names: []}",
        "{obs_names: [demo]}",
    ] {
        let file = format!("project: {project}\ncatalog: {{filename: targets.csv}}\n");
        text += &format!("── {project}\n{}", refusal(&file));
    }
    snapshot("error_names", &text);
}

#[test]
fn catalog_mistakes_say_where_the_project_file_leads_to_them() {
    let mut text = String::new();
    for catalog in [
        "{filename: nowhere.csv}",
        "{filename: targets.csv, ra_column: RAX}",
        "{filename: targets.csv, mag_column: magg}",
        "{filename: bad.csv, strict: true}",
        "{filename: p.yaml}",
        "{filename: empty.csv}",
        "{default: quasars}",
        "{}",
    ] {
        let desk = Desk::with(&format!(
            "project: {{name: x, obs_names: [demo]}}\ncatalog: {catalog}\n"
        ));
        desk.write("bad.csv", format!("{TARGETS}a,10,99,5\nVega,1,1,1\n"));
        desk.write("empty.csv", "");
        text += &format!(
            "── {catalog}\n{}",
            desk.refused(&["config", "check", "p.yaml"])
        );
    }
    snapshot("error_catalogs", &text);
}

#[test]
fn missing_files_and_folders_are_told() {
    let desk = Desk::empty();
    std::fs::create_dir(desk.path("folder")).unwrap();
    for command in ["run", "fetch", "reduce", "status", "check"] {
        assert_eq!(
            desk.refused(&[command, "nowhere.yaml"]),
            "error: cannot read \"nowhere.yaml\": No such file or directory (os error 2)\n\
             help: check the path and the permissions\n",
            "{command}"
        );
    }
    let folder = desk.refused(&["status", "folder"]);
    assert!(folder.contains("Is a directory"), "{folder}");
    let here = desk.refused(&["ls", "detections", "."]);
    assert!(
        here.contains("give the project file, like ./project.yaml"),
        "{here}"
    );
}

#[test]
fn flags_that_cannot_be_are_told() {
    let desk = Desk::with(HEAD);
    let mut text = String::new();
    for words in [
        &["runn", "p.yaml"][..],
        &["run"],
        &["run", "p.yaml", "--sorce", "x"],
        &["run", "p.yaml", "--start", "-1"],
        &["run", "p.yaml", "--start", "5", "--stop", "3"],
        &["run", "p.yaml", "--shard", "3/2"],
        &["run", "p.yaml", "--jobs", "0"],
        &["run", "p.yaml", "--source", "Siriuss"],
        &["run", "p.yaml", "--dry-run", "--source", "M31"],
        &["ls", "everything", "p.yaml"],
        &["status", "-q", "-v", "p.yaml"],
    ] {
        text += &format!("── {}\n{}", words.join(" "), desk.refused(words));
    }
    snapshot("error_flags", &text);
    assert!(!desk.path("results").exists(), "a mistake leaves no trace");
}

#[test]
fn a_password_in_the_address_of_the_database_is_never_shown() {
    let project = format!(
        "{HEAD}database: {{url: \"postgres://me:hunter2@127.0.0.1:1/db\", retry_window: 0}}\n"
    );
    let desk = Desk::with(&project);
    for words in [
        &["status", "p.yaml", "-vv"][..],
        &["run", "p.yaml", "-vv"],
        &["config", "show", "p.yaml", "--origin"],
        &["config", "check", "p.yaml", "-vv"],
    ] {
        let said = desk.call(words);
        assert!(
            !format!("{said:?}").contains("hunter2"),
            "{words:?}: {said:?}"
        );
    }
}

#[test]
fn names_from_catalogs_cannot_drive_the_terminal() {
    let desk = Desk::with(
        "project: {name: x, obs_names: [demo]}\ncatalog: {filename: targets.csv}\n\
         observatories: {demo: {failure_rate: 1.0}}\n",
    );
    desk.write("targets.csv", "name,ra,dec\n\"a\u{1b}[2J\u{202e}\",10,10\n");
    let run = desk.call(&["run", "p.yaml", "-v"]);
    assert_eq!(run.code, Some(1));
    for said in [
        run,
        desk.good(&["status", "p.yaml"]),
        desk.good(&["ls", "sources", "p.yaml"]),
        desk.good(&["ls", "raw", "p.yaml"]),
        desk.good(&["catalog", "info", "targets.csv"]),
        desk.good(&["catalog", "get", "targets.csv", "--row", "0"]),
        desk.good(&["catalog", "cone", "targets.csv", "10", "10", "1"]),
        desk.call(&["catalog", "get", "targets.csv", "b\u{1b}[2J"]),
    ] {
        let text = format!("{}{}", said.out, said.err);
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }
}
