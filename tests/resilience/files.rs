//! Surveys that send files: what a killed run has downloaded is not asked for again, and nothing of it is left in the
//! end; stars by their numbers.

use std::fs;

use retriever_standin::{Fault, Service, StandIn, TessStar};

use crate::process::Ended;
use crate::workplace::{Workplace, expect_same, files};

/// A SPOC light curve of so many rows has 2 MB, of which the program writes a quarter at a time.
const ROWS: usize = 20_000;
const SECTORS: u32 = 4;

const STAR: (f64, f64) = (150.0, 20.0);

fn star(tic: u64, (ra, dec): (f64, f64)) -> TessStar {
    let star = TessStar::at(tic, ra, dec);
    (1..=SECTORS).fold(star, TessStar::spoc)
}

/// The positions of the catalog are those of 2016.
fn describe(workplace: &Workplace, archive: &StandIn, catalog: &str) {
    workplace.write("catalog.csv", catalog);
    let text = format!(
        "project: {{name: FILES, obs_names: [tess]}}\n\
         catalog: {{filename: catalog.csv, catalog_observation_year: 2016}}\n\
         observatories: {{rate_limit: null, max_retries: 0, retry_delay: 0.01, tess: {{url: {:?}}}}}\n",
        archive.url()
    );
    workplace.write("project.yaml", text);
}

fn workplace(archive: &StandIn) -> Workplace {
    let workplace = Workplace::new();
    describe(&workplace, archive, "name,ra,dec,mag\nTIC 17,150,20,12\n");
    workplace
}

/// Requests for the file of a sector, by the Range that they asked for.
fn ranges(archive: &StandIn, uri: &str) -> Vec<Option<String>> {
    let counters = archive.counters();
    let asked = counters.records().iter();
    asked
        .filter(|record| record.target.contains(uri))
        .map(|record| record.range.clone())
        .collect()
}

/// All that lies in the folder of downloads.
fn downloads(workplace: &Workplace) -> Vec<std::path::PathBuf> {
    files(&workplace.data().join(".downloads"))
}

fn expect_no_strays(workplace: &Workplace) {
    for folder in [".downloads", ".staging"] {
        assert!(!workplace.data().join(folder).exists(), "{folder} is left");
    }
}

#[test]
fn a_run_killed_in_the_middle_of_a_file_goes_on_there_and_asks_for_no_other() {
    let archive = StandIn::empty().with_tess([star(17, STAR).rows(ROWS)]);
    let uris = archive.tess_uris();
    let (last, others) = uris.split_last().expect("there are four");
    let good = archive.tess_file(last).expect("it is there");
    let calm = workplace(&archive);
    calm.run();
    expect_no_strays(&calm);
    archive.reset_counters();

    // the last file is damaged: the source fails, and what was downloaded whole stays
    archive.replace_file(last, &good[..good.len() - 2_880 * 3]);
    let workplace = workplace(&archive);
    workplace.ask(&["run", "project.yaml"]).expect(1);
    for uri in others {
        assert_eq!(ranges(&archive, uri), [None], "{uri}");
    }
    assert_eq!(downloads(&workplace).len(), 2 * others.len());

    // the last file stalls half-way, and there the process is killed
    archive.replace_file(last, good.clone());
    archive.fail_always_at(Service::Downloads, Fault::StallInBody);
    archive.reset_counters();
    let mut running = workplace.start(&["run", "project.yaml"]);
    let part = || {
        let found = downloads(&workplace);
        found
            .into_iter()
            .find(|path| path.extension().is_some_and(|end| end == "part"))
    };
    let length = |path: std::path::PathBuf| fs::metadata(path).map_or(0, |data| data.len());
    assert!(running.wait_until(|| part().is_some_and(|part| length(part) > 0)));
    running.kill();
    let arrived = length(part().expect("it was there"));
    assert!(arrived > 0 && arrived < good.len() as u64, "{arrived}");

    archive.calm();
    workplace.run();
    for uri in others {
        assert_eq!(ranges(&archive, uri), [None; 0], "{uri}");
    }
    let rest = format!("bytes={arrived}-");
    assert_eq!(ranges(&archive, last), [None, Some(rest)]);
    expect_no_strays(&workplace);
    // the last file has another version by now, and says so in what is kept of it
    assert_eq!(workplace.products().len(), calm.products().len());
    let lightcurves = |workplace: &Workplace| workplace.rows()["lightcurves"].len();
    assert_eq!(lightcurves(&workplace), lightcurves(&calm));
    workplace.expect_sound();
    archive.reset_counters();
    let again = workplace.run();
    assert!(again.stdout.contains("all was already done"), "{again:?}");
    assert_eq!(archive.counters().requests(), 0);
}

#[test]
fn a_file_that_changed_while_nobody_ran_is_fetched_whole() {
    let archive = StandIn::empty().with_tess([star(17, STAR).rows(ROWS)]);
    let uris = archive.tess_uris();
    archive.fail_always_at(Service::Downloads, Fault::Cut);
    let workplace = workplace(&archive);
    workplace.ask(&["run", "project.yaml"]).expect(1);
    assert!(downloads(&workplace).len() >= 2);
    for uri in &uris {
        let newer = archive.tess_file(uri).expect("it is there");
        archive.replace_file(uri, newer);
    }
    archive.calm();
    workplace.run();
    expect_no_strays(&workplace);
    let calm = self::workplace(&archive);
    calm.run();
    expect_same(&workplace.products(), &calm.products(), "files");
}

#[test]
fn what_nobody_asks_for_any_more_is_swept_when_all_is_done() {
    let archive = StandIn::empty().with_tess([star(17, STAR)]);
    let elsewhere = StandIn::empty().with_tess([star(17, STAR)]);
    archive.fail_always_at(Service::Downloads, Fault::Cut);
    let workplace = workplace(&archive);
    workplace.ask(&["run", "project.yaml"]).expect(1);
    assert!(!downloads(&workplace).is_empty());
    let report = workplace.ask(&["check", "project.yaml"]).expect(0);
    assert!(report.stdout.contains("unfinished downloads"), "{report:?}");
    // another address is another file: those of the first are of no use
    describe(
        &workplace,
        &elsewhere,
        "name,ra,dec,mag\nTIC 17,150,20,12\n",
    );
    workplace.run();
    expect_no_strays(&workplace);
    workplace.expect_sound();
}

#[test]
fn an_unchanged_file_is_not_sent_again_and_a_new_one_is() {
    let archive = StandIn::empty().with_tess([star(17, STAR)]);
    let workplace = workplace(&archive);
    workplace.run();
    let products = workplace.products();
    let refresh = || {
        workplace
            .ask(&["run", "project.yaml", "--refresh"])
            .expect(0)
    };
    archive.reset_counters();
    let ended = refresh();
    assert!(ended.stdout.contains("1 unchanged, 0 changed"), "{ended:?}");
    let counters = archive.counters();
    let files = counters
        .records()
        .iter()
        .filter(|record| record.target.contains("uri="));
    assert!(
        files.clone().count() == SECTORS as usize && files.clone().all(|file| file.is_conditional)
    );
    expect_same(&workplace.products(), &products, "files");
    expect_no_strays(&workplace);

    archive.add_tess(TessStar::at(17, STAR.0, STAR.1).spoc(SECTORS + 1));
    let ended = refresh();
    assert!(ended.stdout.contains("0 unchanged, 1 changed"), "{ended:?}");
    let calm = self::workplace(&archive);
    calm.run();
    expect_same(&workplace.products(), &calm.products(), "files");
    workplace.expect_sound();
    expect_no_strays(&workplace);
}

fn fetch(workplace: &Workplace, numbers: &[&str]) -> Ended {
    let mut arguments = vec!["fetch", "project.yaml"];
    for number in numbers {
        arguments.extend(["--tic", number]);
    }
    workplace.ask(&arguments)
}

fn names(workplace: &Workplace) -> Vec<String> {
    let sources = workplace.list("sources", "project.yaml");
    let mut names: Vec<String> = sources
        .iter()
        .map(|row| row["name"].as_str().expect("a text").to_owned())
        .collect();
    names.sort();
    names
}

/// Two stars; the first one stands in the catalog under another name, at its place in 2016.
fn numbered() -> (StandIn, Workplace) {
    // 1 arcsec/yr to the north: 16 arcsec from 2000 to 2016
    let moving = star(17, STAR).motion(0.0, 1_000.0);
    let archive = StandIn::empty().with_tess([moving, star(4, (10.0, -30.0))]);
    let workplace = Workplace::new();
    let catalog = format!(
        "name,ra,dec,mag,pmra,pmdec\nmine,150,{},12,0,1000\nother,151,20,12,0,0\n",
        20.0 + 16.0 / 3600.0
    );
    describe(&workplace, &archive, &catalog);
    (archive, workplace)
}

#[test]
fn a_star_by_its_number_is_the_row_of_the_catalog_where_it_stands() {
    let (archive, workplace) = numbered();
    fetch(&workplace, &["17"]).expect(0);
    assert_eq!(names(&workplace), ["mine"]);
    assert_eq!(
        workplace.status("project.yaml")["observatories"]["TESS"]["ok"],
        1
    );
    let downloads = archive.counters().requests_of(Service::Downloads);
    assert_eq!(downloads, SECTORS as usize);
    // the run knows it as what it is
    let reduced = workplace
        .ask(&["run", "project.yaml", "--source", "mine"])
        .expect(0);
    assert!(reduced.stdout.contains("1 reduced"), "{reduced:?}");
    assert_eq!(
        archive.counters().requests_of(Service::Downloads),
        downloads
    );
}

#[test]
fn a_star_that_the_catalog_does_not_have_is_taken_up_and_asked_for_once() {
    let (archive, workplace) = numbered();
    fetch(&workplace, &["4", "17", "4"]).expect(0);
    assert_eq!(names(&workplace), ["TIC 4", "mine"]);
    let status = workplace.status("project.yaml");
    assert_eq!(
        (&status["sources"], &status["not_in_catalog"]),
        (&2.into(), &1.into())
    );
    assert_eq!(status["observatories"]["TESS"]["ok"], 2);
    assert_eq!(status["observatories"]["TESS"]["pending"], 1);
    assert_eq!(archive.counters().repeated(), 0);
    archive.reset_counters();
    let again = fetch(&workplace, &["4"]).expect(0);
    assert!(again.stdout.contains("all was already done"), "{again:?}");
    let run = workplace
        .ask(&["run", "project.yaml", "--tic", "4"])
        .expect(0);
    assert!(run.stdout.contains("1 reduced"), "{run:?}");
    assert_eq!(
        workplace.list("lightcurves", "project.yaml").len(),
        SECTORS as usize
    );
    // nor is anybody asked which star it is
    assert_eq!(archive.counters().requests(), 0);
    workplace.run();
    assert_eq!(names(&workplace), ["TIC 4", "mine", "other"]);
    workplace.expect_sound();
    expect_no_strays(&workplace);
}

#[test]
fn a_star_whose_files_failed_is_gone_on_with() {
    let (archive, workplace) = numbered();
    archive.fail_always_at(Service::Downloads, Fault::InternalError);
    let failed = fetch(&workplace, &["4"]).expect(1);
    assert!(
        failed.stdout.contains("fetch project.yaml --tic 4"),
        "{failed:?}"
    );
    archive.calm();
    fetch(&workplace, &["4"]).expect(0);
    assert_eq!(
        workplace.status("project.yaml")["observatories"]["TESS"]["failed"],
        0
    );
}

#[test]
fn a_number_that_nobody_knows_is_an_error_of_who_typed_it() {
    let (archive, workplace) = numbered();
    let unknown = fetch(&workplace, &["5"]).expect(2);
    assert!(
        unknown.stderr.contains("\"TIC 5\"") && unknown.stderr.contains("TESS"),
        "{unknown:?}"
    );
    workplace
        .ask(&["fetch", "project.yaml", "--tic", "5", "--offline"])
        .expect(5);
    workplace
        .ask(&["fetch", "project.yaml", "--tic", "x"])
        .expect(2);
    workplace
        .ask(&["fetch", "project.yaml", "--tic", "4", "--stop", "1"])
        .expect(2);
    archive.fail_always_at(Service::Portal, Fault::InternalError);
    fetch(&workplace, &["4"]).expect(5);
    workplace.demo("demo: {num_points: 20}");
    let unknown = fetch(&workplace, &["4"]).expect(2);
    assert!(unknown.stderr.contains("DEMO"), "{unknown:?}");
    assert!(!workplace.data().join("retriever.db").exists());
}
