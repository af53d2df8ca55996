//! From a project file to the page of what was found.

use std::fs;

use super::driver::Browser;
use super::journey::Journey;

const PROJECT: &str = "\
project: {name: flares, obs_names: [demo], seed: 1, version_control: true, description: made-up stars}
catalog: {filename: targets.csv}
observatories: {demo: {num_points: 100, flare_rate: 0.5, empty_rate: 0.1, failure_rate: 0.1}}
";

fn ran() -> Journey {
    let journey = Journey::new(&[], PROJECT);
    let made = journey.command(
        &[
            "catalog",
            "make",
            "--rows",
            "60",
            "--seed",
            "1",
            "-o",
            "targets.csv",
        ],
        &[],
    );
    assert_eq!(made.code, 0, "{made:?}");
    let run = journey.run();
    assert!([0, 1].contains(&run.code), "{run:?}");
    journey
}

#[test]
fn the_report_of_a_run_opens_and_tells_what_the_database_knows() {
    let Some(browser) = Browser::open(1300, 1000) else {
        return;
    };
    let journey = ran();
    let written = journey.command(&["report", "project.yaml", "-o", "report.html"], &[]);
    assert_eq!((written.code, written.out.as_str()), (0, ""), "{written:?}");
    browser.go(&journey.path("report.html"));
    assert_eq!(browser.text("return document.title"), "FLARES: report");
    let page = browser.text("document.querySelectorAll('details').forEach((part) => (part.open = true)); return document.body.innerText");

    let config = fs::read_dir(journey.data()).unwrap().find_map(|entry| {
        let file = entry.unwrap().path().join("config.yaml");
        fs::read_to_string(file).ok()
    });
    let config = config.expect("a folder of products");
    let status = journey.status();
    let hash = status["cfg_hash"].as_str().unwrap();
    assert_eq!(hash.len(), 64);
    for words in [hash, "made-up stars", "run.yaml", env!("CARGO_PKG_VERSION")] {
        assert!(page.contains(words), "{words}");
    }
    for line in config.lines() {
        assert!(page.contains(line.trim()), "{line}");
    }
    let real = status["detections"]["real"].as_u64().unwrap();
    assert!(real > 0, "{status}");
    let rows = browser.number("return embedded('detections').length");
    assert_eq!(rows as u64, real);
    let failed = status["observatories"]["DEMO"]["failed"].as_u64().unwrap();
    assert!(failed > 0, "{status}");
    assert_eq!(
        browser.number("return embedded('report').failures.length") as u64,
        failed
    );
    let injected = status["injections"]["total"].as_u64().unwrap();
    assert!(
        page.contains(&format!("of {injected} simulated events found")),
        "{page}"
    );

    // each detection has a small picture with its event in it, and opens the lightcurve it was found in
    let best = "return embedded('detections').sort((a, b) => b[9] - a[9])[0][0]";
    let best = browser.text(best);
    browser.script("document.documentElement.style.scrollBehavior = 'auto'");
    let marked = "return [...document.querySelectorAll('.detections tbody tr')].every((row) => row.querySelector('.mark-detection'))";
    assert_eq!(browser.script(marked), true);
    browser.click(".thumbnail");
    assert_eq!(
        browser.text("return document.querySelector('dialog h3').textContent"),
        best
    );
    let epochs = browser.number("const places = embedded('detections'); const best = places.sort((a, b) => b[9] - a[9])[0]; \
        return embedded(`curve-${best[17]}`).figure.series.reduce((sum, series) => sum + series.epochs, 0)");
    let of_best = journey
        .rows("lightcurves")
        .into_iter()
        .filter(|row| row["source_name"] == best.as_str());
    let kept: f64 = of_best.map(|row| row["number"].as_f64().unwrap()).sum();
    assert_eq!(epochs, kept);
    browser.picture("project");
    browser.assert_quiet();
}

#[test]
fn what_is_left_out_is_said_and_simulated_events_are_listed_if_wanted() {
    let Some(browser) = Browser::open(1300, 1000) else {
        return;
    };
    let journey = ran();
    let written = journey.command(
        &[
            "report",
            "project.yaml",
            "-o",
            "few.html",
            "--max-lightcurves",
            "2",
            "--simulated",
        ],
        &[],
    );
    assert_eq!(written.code, 0, "{written:?}");
    browser.go(&journey.path("few.html"));
    let curves = browser.number("return document.querySelectorAll('[id^=data-curve-]').length");
    assert_eq!(curves, 2.0);
    let page = browser.text("return document.body.innerText");
    assert!(
        page.contains("the 2 with the highest S/N have pictures of their lightcurves"),
        "{page}"
    );
    let status = journey.status();
    let all = status["detections"]["real"].as_u64().unwrap()
        + status["detections"]["simulated"].as_u64().unwrap();
    assert_eq!(
        browser.number("return embedded('detections').length") as u64,
        all
    );
    browser.assert_quiet();
}

#[test]
fn a_project_that_never_ran_has_a_page_that_says_so() {
    let Some(browser) = Browser::open(1300, 1000) else {
        return;
    };
    let journey = Journey::new(&[("targets.csv", "name,ra,dec\na,10,20\n")], PROJECT);
    let written = journey.command(&["report", "project.yaml", "-o", "report.html"], &[]);
    assert_eq!(written.code, 0, "{written:?}");
    assert!(!journey.data().exists(), "nothing is made but the page");
    browser.go(&journey.path("report.html"));
    let page = browser.text("return document.body.innerText");
    for words in [
        "Nothing has been retrieved yet",
        "Nothing was found.",
        "Nothing has failed.",
        "No epoch has a score yet.",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    browser.assert_quiet();
}

#[test]
fn the_same_project_has_the_same_page_and_a_page_that_cannot_be_written_leaves_the_old_one() {
    let journey = ran();
    let page = |name: &str| {
        let written = journey.command(&["report", "project.yaml", "-o", name], &[]);
        assert_eq!(written.code, 0, "{written:?}");
        fs::read(journey.path(name)).unwrap()
    };
    assert!(page("one.html") == page("other.html"));
    let nowhere = journey.command(&["report", "project.yaml", "-o", "nowhere/page.html"], &[]);
    assert_eq!(nowhere.code, 7, "{nowhere:?}");
    assert!(nowhere.err.contains("nowhere/page.html"), "{nowhere:?}");
    let left: Vec<String> = fs::read_dir(journey.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
