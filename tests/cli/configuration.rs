//! `retriever config`: what may be set, what is set, and where it was set.

use serde_json::Value;

use super::desk::{DEMO, Desk, TARGETS, snapshot};

/// The project file that is promised.
const PROMISED: &str = r#"project:
  name: wd_flares               # any case; becomes WD_FLARES
  obs_names: [ZTF, TESS]        # any case
  description: free text
  version_control: true         # alias vc
  source_batch_size: 100
  max_num_total_exceptions: 100
  max_num_sequence_exceptions: 10
  seed: 0                       # root of every random number
catalog:
  filename: targets.csv         # absolute, or relative to the project file, then to catalogs/; or  default: WD
  strict: false                 # true: a bad row is an error (exit 2) instead of a counted skip
  name_column: name             # defaults: name, ra, dec, mag
  catalog_observation_year: 2016.0
observatories:                  # keys here go to all; a section named after one observatory wins
  gap: 40                       # days; alias: reducer: {gap: 40}, reduce_kwargs: {gap: 40}
  max_concurrency: 4            # requests in flight per host
  rate_limit: 4                 # requests per second per host, null = none
  ztf: {url: "https://irsa.ipac.caltech.edu", collection: ztf_dr24, cone_search_radius: 2.0}
  tess: {url: "https://mast.stsci.edu", products: [spoc, tess-spoc, qlp], keep: best}     # best = one per sector in this order; all = every one listed
  demo: {num_points: 100, flare_rate: 0.0, empty_rate: 0.0, failure_rate: 0.0, wait_time: 0.0}
analysis: {enabled: true, num_injections: 1, save_processed: true, save_simulated: false}
finder: {class: snr, snr_threshold: 5}
quality: {offset_threshold: 3.5}
simulator: {template_shape: gaussian, min_width: 0.01, max_width: 1.0, snr_range: [3, 20]}
histograms: {}
database: {url: "postgres://user@host/db"}
storage: {fsync: false}
"#;

/// The line of `config show --origin` about a parameter, blanks made one.
fn shown(project: &str, section: &str, parameter: &str) -> String {
    let text = Desk::with(project)
        .good(&["config", "show", "p.yaml", "--origin"])
        .out;
    let begin = text.find(&format!("  {section}:\n")).expect("the section");
    let line = text[begin..]
        .lines()
        .find(|line| line.trim().starts_with(parameter));
    let words: Vec<&str> = line.expect("the parameter").split_whitespace().collect();
    words.join(" ")
}

fn observed(observatories: &str) -> String {
    format!(
        "project: {{name: x, obs_names: [demo]}}\ncatalog: {{default: test}}\nobservatories:\n{observatories}"
    )
}

#[test]
fn the_promised_project_file_is_accepted_without_a_warning() {
    let said = Desk::with(PROMISED).good(&["config", "check", "p.yaml"]);
    snapshot("config_check", &format!("{}{}", said.err, said.out));
    assert_eq!(said.err, "");
}

#[test]
fn all_parameters_are_shown_with_where_they_come_from() {
    let text = Desk::with(PROMISED)
        .good(&["config", "show", "p.yaml", "--origin"])
        .out;
    snapshot("config_show", &text);
}

#[test]
fn what_is_shown_is_a_project_file_that_says_the_same() {
    let desk = Desk::with(&DEMO.replace("num_points: 30", "num_points: 7, mag_range: 2"));
    let shown = desk.good(&["config", "show", "p.yaml"]).out;
    desk.write("q.yaml", &shown);
    assert_eq!(desk.good(&["config", "show", "q.yaml"]).out, shown);
    assert!(shown.contains("    num_points: 7\n"), "{shown}");
}

#[test]
fn the_specific_section_wins_over_the_general_one_and_both_over_the_default() {
    let general = observed("  gap: 30\n");
    assert_eq!(shown(&general, "demo", "gap"), "gap: 30.0 # p.yaml:4:8");
    assert_eq!(shown(&general, "ztf", "gap"), "gap: 30.0 # p.yaml:4:8");
    let both = observed("  gap: 30\n  DEMO: {gap: 20}\n");
    assert_eq!(shown(&both, "demo", "gap"), "gap: 20.0 # p.yaml:5:15");
    assert_eq!(shown(&both, "ztf", "gap"), "gap: 30.0 # p.yaml:4:8");
    let neither = observed("  demo: {num_points: 3}\n");
    assert_eq!(shown(&neither, "demo", "gap"), "gap: 40.0 # default");
}

#[test]
fn the_spellings_of_the_original_are_understood() {
    for (written, section, parameter, value) in [
        ("  reducer: {gap: 33}\n", "demo", "gap", "gap: 33.0"),
        ("  reduce_kwargs: {gap: 33}\n", "ztf", "gap", "gap: 33.0"),
        ("  ztf: {reducer: {gap: 33}}\n", "ztf", "gap", "gap: 33.0"),
        (
            "  ztf: {cone_radius: 5}\n",
            "ztf",
            "cone_search_radius",
            "cone_search_radius: 5.0",
        ),
    ] {
        let line = shown(&observed(written), section, parameter);
        assert!(line.starts_with(value), "{written}: {line}");
    }
    let versioned = DEMO.replace("obs_names", "vc: true, obs_names");
    let text = Desk::with(&versioned)
        .good(&["config", "show", "p.yaml"])
        .out;
    assert!(text.contains("version_control: true"), "{text}");
}

#[test]
fn mistakes_are_found_in_observatories_that_the_project_does_not_use() {
    for (mistake, place) in [
        (
            "  ztf: {gapp: 3}\n",
            "p.yaml:4:9: unknown parameter \"gapp\" in section observatories.ztf",
        ),
        ("  ztf: {gap: -3}\n", "p.yaml:4:14: gap must be at least 0"),
        (
            "  ztf: [g]\n",
            "p.yaml:4:8: section observatories.ztf must be a mapping",
        ),
    ] {
        let err = Desk::with(&observed(mistake)).refused(&["config", "check", "p.yaml"]);
        assert!(err.starts_with(&format!("error: {place}")), "{err}");
    }
}

#[test]
fn mistakes_in_the_analysis_are_found_before_anything_is_asked() {
    for (mistake, words) in [
        (
            "finder: {class: best}",
            "p.yaml:3:17: class cannot be \"best\"",
        ),
        (
            "finder: {class: matched_filter, snr_treshold: 5}",
            "p.yaml:3:33: unknown parameter \"snr_treshold\" in section finder",
        ),
        (
            "analysis: {num_injections: -1}",
            "p.yaml:3:28: num_injections must be 0 to 10000, found -1",
        ),
        (
            "quality: {cut_names: [airmas]}",
            "p.yaml:3:23: cut_names[0] cannot be \"airmas\"",
        ),
    ] {
        let project = format!(
            "project: {{name: x, obs_names: [demo]}}\ncatalog: {{default: test}}\n{mistake}\n"
        );
        for command in [&["config", "check", "p.yaml"][..], &["run", "p.yaml"]] {
            let err = Desk::with(&project).refused(command);
            assert!(err.starts_with(&format!("error: {words}")), "{err}");
        }
    }
}

#[test]
fn an_address_of_no_database_is_found_before_anything_is_asked() {
    for (url, words) in [
        (
            "mysql://x",
            "\"mysql://x\" is not the address of a database: it begins neither with postgres: nor with sqlite:",
        ),
        ("sqlite::memory:", "it would be forgotten at the end"),
        (
            "postgres://me:hunter2@ho st/db",
            "it cannot be read as a URL",
        ),
    ] {
        let desk = Desk::with(&format!("{DEMO}database: {{url: \"{url}\"}}\n"));
        for command in [&["config", "check", "p.yaml"][..], &["run", "p.yaml"]] {
            let err = desk.refused(command);
            assert!(err.starts_with("error: p.yaml:4:17: url: "), "{err}");
            assert!(err.contains(words) && !err.contains("hunter2"), "{err}");
        }
    }
}

#[test]
fn the_analysis_is_part_of_the_configuration_but_not_what_is_kept_of_it() {
    let hash = |sections: &str| {
        let project = format!(
            "project: {{name: x, obs_names: [demo], vc: true}}\ncatalog: {{default: test}}\n{sections}\n"
        );
        let status = Desk::with(&project).json(&["status", "p.yaml", "--json"]);
        status["cfg_hash"].as_str().expect("a hash").to_owned()
    };
    let usual = hash("");
    assert_eq!(
        hash("analysis: {save_processed: false, save_simulated: true}"),
        usual
    );
    assert_eq!(hash("finder: {class: snr}"), usual);
    assert_ne!(hash("finder: {class: matched_filter}"), usual);
    assert_ne!(hash("simulator: {max_width: 2}"), usual);
}

#[test]
fn references_in_the_schema_for_editors_lead_somewhere() {
    fn references<'a>(schema: &'a Value, found: &mut Vec<&'a str>) {
        match schema {
            Value::Object(entries) => {
                found.extend(entries.get("$ref").and_then(Value::as_str));
                entries.values().for_each(|inner| references(inner, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let schema = Desk::empty().json(&["config", "schema", "--json"]);
    let mut found = Vec::new();
    references(&schema, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let place = reference.strip_prefix('#').expect("within the document");
        assert!(schema.pointer(place).is_some(), "{reference}");
    }
    let classes = schema["properties"]["finder"]["anyOf"].as_array().unwrap();
    let classes: Vec<&str> = classes
        .iter()
        .filter_map(|class| class["title"].as_str())
        .collect();
    assert_eq!(classes, ["snr", "matched_filter"]);
}

#[test]
fn everything_that_may_be_set_is_described() {
    let desk = Desk::empty();
    let text = desk.good(&["config", "schema"]).out;
    snapshot("config_schema", &text);
    let with_file = desk.good(&["config", "schema", "nowhere.yaml"]).out;
    assert_eq!(with_file, text, "the same for all files");
}

#[test]
fn the_schema_for_editors_knows_each_name_that_is_described() {
    let schema = Desk::empty().json(&["config", "schema", "--json"]);
    let has = |place: &[&str]| {
        let properties = place
            .iter()
            .fold(&schema, |at, name| &at["properties"][name]);
        properties.is_object()
    };
    for place in [
        &["project", "obs_names"][..],
        &["project", "vc"],
        &["catalog", "mag_to_column_map"],
        &["observatories", "gap"],
        &["observatories", "ztf", "cone_search_radius"],
        &["observatories", "demo", "max_concurrency"],
        &["database", "url"],
        &["storage", "fsync"],
    ] {
        assert!(has(place), "{place:?}");
    }
    assert_eq!(
        schema["properties"]["project"]["additionalProperties"],
        Value::Bool(false)
    );
}

#[test]
fn rows_that_a_catalog_leaves_out_are_told_before_and_after_a_run() {
    let desk = Desk::with(DEMO);
    desk.write("targets.csv", format!("{TARGETS}a,10,99,5\nVega,1,1,1\n"));
    for words in [
        &["config", "check", "p.yaml"][..],
        &["run", "p.yaml", "--dry-run"],
        &["run", "p.yaml"],
    ] {
        let err = desk.good(words).err;
        assert_eq!(
            err,
            "warning: catalog \"targets\": 2 of 5 rows are left out (1 without a good name or position, \
             1 with the name of another): row 4 (line 5): \"a\": Dec is 99, outside -90 to 90; row 5 (line 6): \
             \"Vega\" is the name of row 1 too; `retriever catalog info` tells more, strict: true makes it an error\n",
            "{words:?}"
        );
    }
}

#[test]
fn a_name_that_is_taken_for_a_comment_is_told() {
    let desk = Desk::with(DEMO);
    desk.write("targets.csv", format!("{TARGETS}#hash,10,20,17\n"));
    for words in [&["config", "check", "p.yaml"][..], &["run", "p.yaml"]] {
        assert_eq!(
            desk.good(words).err,
            "warning: catalog \"targets\": line 5 begins with # and is taken as a comment; quote the name if it is \
             a target\n",
            "{words:?}"
        );
    }
    let info = desk.good(&["catalog", "info", "targets.csv"]).out;
    assert!(
        info.contains("comments       line 5 begins with #"),
        "{info}"
    );
    desk.write("targets.csv", format!("{TARGETS}#a,1,2,3\n#b,1,2,3\n"));
    let err = desk.good(&["config", "check", "p.yaml"]).err;
    assert!(err.contains("line 5 and 1 more with the fields"), "{err}");
}

#[test]
fn the_projects_that_come_with_the_program_are_sound() {
    for name in ["demo.yaml", "ztf.yaml", "ztf_tess.yaml"] {
        let desk = Desk::with("");
        let file = format!("{}/configs/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(file).unwrap();
        desk.write(name, &text);
        desk.write("demo.csv", TARGETS);
        let said = desk.good(&["config", "check", name]);
        assert_eq!(said.err, "", "{name}");
    }
}
