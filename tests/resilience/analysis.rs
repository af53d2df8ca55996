//! The analysis as a stage of a run: what it keeps, when it is done again, and what it says in the end.

use std::fs;

use serde_json::Value;

use crate::workplace::{Workplace, expect_same};

const TARGETS: usize = 30;
const DEMO: &str = "demo: {num_points: 60, flare_rate: 0.3}";

fn workplace(sections: &str) -> Workplace {
    let workplace = Workplace::new();
    workplace.catalog(TARGETS);
    configure(&workplace, sections);
    workplace
}

/// Writes the project file with further sections.
fn configure(workplace: &Workplace, sections: &str) {
    workplace.demo(DEMO);
    append(workplace, sections);
}

/// Appends sections to the project file.
fn append(workplace: &Workplace, sections: &str) {
    let path = workplace.folder().join("project.yaml");
    let text = fs::read_to_string(&path).expect("it was just written");
    workplace.write("project.yaml", text + sections);
}

fn count(workplace: &Workplace, group: &str, what: &str) -> u64 {
    let status = workplace.status("project.yaml");
    status[group][what].as_u64().expect("a count")
}

/// Files of lightcurves of that kind.
fn files_of(workplace: &Workplace, kind: &str) -> usize {
    let end = format!("_{kind}.h5");
    let files = workplace.photometry_files();
    let names = files.iter().map(|path| path.to_string_lossy());
    names.filter(|name| name.ends_with(&end)).count()
}

#[test]
fn a_run_ends_with_detections_injections_and_histograms() {
    let workplace = workplace("");
    let ended = workplace.run();
    assert!(ended.stdout.contains("simulated events found"), "{ended:?}");
    assert_eq!(count(&workplace, "analyses", "ok"), TARGETS as u64);
    assert_eq!(count(&workplace, "injections", "total"), TARGETS as u64);
    let real = count(&workplace, "detections", "real");
    assert!(real > 0, "flares were in the data");
    let detections = workplace.list("detections", "project.yaml");
    let is_real = |row: &&Value| row["simulated"] == false;
    assert_eq!(detections.iter().filter(is_real).count() as u64, real);
    let recovered = |row: &&Value| row["recovered"] == true;
    let injections = workplace.list("injections", "project.yaml");
    assert_eq!(
        injections.iter().filter(recovered).count() as u64,
        count(&workplace, "injections", "recovered")
    );
    for name in ["all_scores", "good_scores", "quality_values"] {
        let path = workplace.data().join(format!("CRASH/histograms_{name}.nc"));
        let bytes = fs::read(&path).expect("a histogram");
        assert!(bytes.starts_with(b"\x89HDF"), "{name}");
    }
    assert_eq!(files_of(&workplace, "processed"), TARGETS);
    assert_eq!(files_of(&workplace, "simulated"), 0);
    workplace.expect_sound();
}

#[test]
fn analysing_again_gives_the_same() {
    let workplace = workplace("");
    workplace.run();
    let (products, rows) = (workplace.products(), workplace.rows());
    let ended = workplace.ask(&["analyze", "project.yaml", "--redo"]);
    let ended = ended.expect(0);
    assert!(ended.stdout.contains("30 sources in"), "{ended:?}");
    expect_same(&workplace.products(), &products, "files");
    expect_same(&workplace.rows(), &rows, "rows");
    workplace.expect_sound();
}

#[test]
fn who_wants_more_lightcurves_kept_gets_them_and_who_wants_less_loses_none() {
    let workplace = workplace("analysis: {save_processed: false}\n");
    workplace.run();
    let rows = workplace.rows();
    assert_eq!(files_of(&workplace, "processed"), 0);
    configure(&workplace, "analysis: {save_simulated: true}\n");
    workplace.run();
    assert_eq!(files_of(&workplace, "processed"), TARGETS);
    assert_eq!(files_of(&workplace, "simulated"), TARGETS);
    for table in ["detections", "injections"] {
        assert_eq!(workplace.rows()[table], rows[table], "{table}");
    }
    configure(&workplace, "analysis: {save_processed: false}\n");
    let ended = workplace.run();
    assert!(ended.stdout.contains("all was already done"), "{ended:?}");
    assert_eq!(files_of(&workplace, "simulated"), TARGETS);
    workplace.expect_sound();
}

#[test]
fn other_parameters_are_told_and_take_effect_with_redo() {
    let workplace = workplace("");
    workplace.run();
    let before = count(&workplace, "detections", "real");
    configure(&workplace, "finder: {snr_threshold: 50}\n");
    let warned = workplace.run();
    let words = warned.words();
    assert!(words.contains("analysis of 30 sources"), "{warned:?}");
    assert_eq!(count(&workplace, "detections", "real"), before);
    workplace
        .ask(&["analyze", "project.yaml", "--redo"])
        .expect(0);
    assert!(count(&workplace, "detections", "real") < before);
    let silent = workplace.run();
    assert!(!silent.words().contains("analysis of"), "{silent:?}");
    workplace.expect_sound();
}

#[test]
fn what_is_reduced_anew_to_something_else_is_analysed_anew() {
    let changed = workplace("");
    changed.run();
    let brighter = DEMO.replace('}', ", mean_mag: 15}");
    changed.demo(&brighter);
    changed.ask(&["fetch", "project.yaml", "--redo"]).expect(0);
    changed.ask(&["reduce", "project.yaml"]).expect(0);
    // what was found in the old lightcurves is not told of the new ones, nor does a file of it lie about
    changed.expect_sound();
    assert_eq!(count(&changed, "analyses", "ok"), 0);
    assert_eq!(
        changed.list("detections", "project.yaml"),
        Vec::<Value>::new()
    );
    changed.run();
    let straight = Workplace::new();
    straight.catalog(TARGETS);
    straight.demo(&brighter);
    straight.run();
    expect_same(&changed.products(), &straight.products(), "files");
    expect_same(&changed.rows(), &straight.rows(), "rows");
    changed.expect_sound();
}

#[test]
fn a_project_without_analysis_ends_with_lightcurves() {
    let workplace = workplace("analysis: {enabled: false}\n");
    let ended = workplace.run();
    assert!(!ended.stdout.contains("simulated"), "{ended:?}");
    assert_eq!(count(&workplace, "analyses", "ok"), 0);
    assert_eq!(files_of(&workplace, "processed"), 0);
    let again = workplace.run();
    assert!(again.stdout.contains("all was already done"), "{again:?}");
    let refused = workplace.ask(&["analyze", "project.yaml"]).expect(2);
    assert!(refused.stderr.contains("enabled: true"), "{refused:?}");
}

#[test]
fn histograms_that_are_lost_or_stale_are_told_and_written_anew() {
    let workplace = workplace("");
    workplace
        .ask(&["run", "project.yaml", "--stop", "10"])
        .expect(0);
    let name = |name: &str| workplace.data().join(format!("CRASH/histograms_{name}.nc"));
    let stale = fs::read(name("all_scores")).expect("a histogram");
    workplace.run();
    let products = workplace.products();
    // as a kill leaves them between the last commit and the end of a run
    fs::write(name("all_scores"), stale).expect("a product can be written");
    fs::remove_file(name("good_scores")).expect("a product can be removed");
    assert_eq!(workplace.findings().len(), 2);
    let again = workplace.run();
    assert!(again.stdout.contains("all was already done"), "{again:?}");
    expect_same(&workplace.products(), &products, "after a run");
    fs::write(name("quality_values"), "junk").expect("a product can be written");
    workplace
        .ask(&["check", "project.yaml", "--repair"])
        .expect(0);
    expect_same(&workplace.products(), &products, "after a repair");
    workplace.expect_sound();
}

#[test]
fn what_was_counted_with_other_axes_is_told_until_it_is_counted_again() {
    let workplace = workplace("");
    workplace
        .ask(&["run", "project.yaml", "--stop", "10"])
        .expect(0);
    configure(
        &workplace,
        "histograms: {score_coords: {snr: [-20, 20, 0.5], offset: [-5, 5, 0.1]}}\n",
    );
    let warned = workplace.run();
    let words = warned.words();
    assert!(
        words.contains("leave out what was counted with others"),
        "{warned:?}"
    );
    // of 10 sources with 60 epochs; the axes of the quality values are as they were
    assert!(words.contains("600 epochs in \"all_scores\""), "{warned:?}");
    assert!(!words.contains("in \"quality_values\""), "{warned:?}");
    workplace
        .ask(&["analyze", "project.yaml", "--redo"])
        .expect(0);
    let silent = workplace.run();
    assert!(!silent.words().contains("leave out"), "{silent:?}");
    workplace.expect_sound();
}

#[test]
fn numbers_of_other_parameters_are_told_to_be_so() {
    let workplace = workplace("");
    workplace.run();
    for command in ["efficiency", "rates"] {
        let silent = workplace.ask(&[command, "project.yaml"]).expect(0);
        assert!(!silent.words().contains("other parameters"), "{silent:?}");
    }
    configure(&workplace, "analysis: {event_duration: 30}\n");
    for command in ["efficiency", "rates"] {
        let warned = workplace.ask(&[command, "project.yaml"]).expect(0);
        assert!(warned.words().contains("30 of 30 sources"), "{warned:?}");
        // the hours are of another width than the file now says
        assert!(!warned.stdout.contains("15.0 d"), "{warned:?}");
    }
}

#[test]
fn efficiency_and_rates_agree_with_the_rows() {
    let workplace = workplace("");
    workplace.run();
    let injections = workplace.list("injections", "project.yaml");
    let found = injections.iter().filter(|row| row["recovered"] == true);
    let found = found.count();
    let efficiency = workplace.ask(&["efficiency", "project.yaml", "--json"]);
    let efficiency = efficiency.expect(0).json();
    assert_eq!(efficiency["total"]["injected"], TARGETS);
    assert_eq!(efficiency["total"]["recovered"], found);
    for table in efficiency["tables"].as_array().expect("a list") {
        let bins = table["bins"].as_array().expect("a list");
        let injected: u64 = bins
            .iter()
            .filter_map(|bin| bin["recovered"]["injected"].as_u64())
            .sum();
        assert_eq!(injected, TARGETS as u64, "{table}");
    }
    let rates = workplace
        .ask(&["rates", "project.yaml", "--json"])
        .expect(0);
    let rates = rates.json();
    assert_eq!(rates["exposure"]["sources"], TARGETS);
    assert_eq!(rates["exposure"]["epochs"], 60 * TARGETS);
    let good = |row: &&Value| row["simulated"] == false && row["quality_flag"] == false;
    let detections = workplace.list("detections", "project.yaml");
    assert_eq!(rates["detections"], detections.iter().filter(good).count());
    let number = |value: &Value| value.as_f64().expect("a number");
    // one event for each source, so each stands for the time in which its own peak can have been
    let searched: f64 = (injections.iter())
        .filter(|row| row["recovered"] == true)
        .map(|row| number(&row["searched"]))
        .sum();
    let expected = number(&rates["detections"]) / searched;
    assert!((number(&rates["rate"]["rate"]) / expected - 1.0).abs() < 1e-12);
}

// The stars of DEMO flare once in 1000 d, on average.
#[test]
fn rates_are_those_of_the_flares_that_were_made_whatever_time_is_simulated() {
    for distribution in ["observed", "span"] {
        let workplace = Workplace::new();
        workplace.catalog(100);
        workplace.demo("demo: {num_points: 100, flare_rate: 1.0}");
        let simulator = format!("time_distribution: {distribution}, min_width: 2, max_width: 10");
        append(&workplace, &format!("simulator: {{{simulator}}}\n"));
        workplace.run();
        let rates = workplace
            .ask(&["rates", "project.yaml", "--json"])
            .expect(0)
            .json();
        let rate = rates["rate"]["rate"].as_f64().expect("a rate");
        assert!(
            (0.000_4..0.002_5).contains(&rate),
            "{distribution}: {rates:#}"
        );
    }
}

#[test]
fn before_anything_was_analysed_efficiency_and_rates_say_so() {
    let workplace = workplace("");
    let efficiency = workplace.ask(&["efficiency", "project.yaml"]).expect(0);
    assert!(efficiency.words().contains("no simulated events yet"));
    let rates = workplace.ask(&["rates", "project.yaml"]).expect(0);
    assert!(rates.stdout.contains("No rate"), "{rates:?}");
    let analyzed = workplace.ask(&["analyze", "project.yaml"]).expect(0);
    let hint = "30 sources without reduced lightcurves: `retriever run project.yaml`";
    assert!(analyzed.stdout.contains(hint), "{analyzed:?}");
}

#[test]
fn what_was_found_in_a_file_that_is_lost_is_kept_until_the_file_is_made_again() {
    let workplace = workplace("");
    workplace.run();
    let (rows, products) = (workplace.rows(), workplace.products());
    let lost = (workplace.photometry_files().into_iter())
        .find(|path| path.to_string_lossy().ends_with("_reduced.h5"))
        .expect("a reduced file");
    fs::remove_file(&lost).expect("is removed");
    let again = workplace.ask(&["analyze", "project.yaml", "--redo"]);
    assert!(again.stdout.contains("check --repair"), "{again:?}");
    assert!(again.stdout.contains("1 failed"), "{again:?}");
    expect_same(
        &workplace.rows(),
        &rows,
        "after an analysis without the file",
    );
    let findings = workplace.findings();
    assert_eq!(findings.len(), 1, "{findings:#?}");
    workplace.ask(&["check", "project.yaml", "--repair"]);
    workplace.run();
    expect_same(&workplace.rows(), &rows, "after the repair");
    expect_same(&workplace.products(), &products, "after the repair");
    workplace.expect_sound();
}
