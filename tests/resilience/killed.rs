//! kill -9 at any instant, then the same command again: as if nothing had happened (C1, C5).

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::postgres::Cluster;
use crate::workplace::{Workplace, expect_same};

const SOURCES: usize = 60;
/// Answers take a while, epochs are spaced at random so that there are several seasons, some targets have nothing.
const DEMO: &str = "demo: {num_points: 30, wait_time: 0.02, shuffle_time: true, empty_rate: 0.15, flare_rate: 0.3}";

fn workplace(cluster: Option<&Cluster>) -> Workplace {
    let workplace = match cluster {
        Some(cluster) => Workplace::on(cluster),
        None => Workplace::new(),
    };
    workplace.catalog(SOURCES);
    workplace.demo(DEMO);
    workplace
}

/// Starts the program and kills it when a drawn number of further files is there; some before the first one.
fn start_and_kill(workplace: &Workplace, arguments: &[&str], random: &mut StdRng) {
    let before = workplace.photometry_files().len();
    let redo = arguments.contains(&"--redo");
    let further = random.random_range(0..25);
    let polls = random.random_range(0..if redo { 250 } else { 40 });
    let mut looks = 0;
    let mut running = workplace.start(arguments);
    running.wait_until(|| {
        looks += 1;
        looks > polls && (redo || workplace.photometry_files().len() >= before + further)
    });
    running.kill();
}

/// Rows tell the truth after a crash: files without a row may be left, and histograms be as they were; nothing else is
/// wrong.
fn expect_orphans_at_most(workplace: &Workplace, when: &str) {
    for finding in workplace.findings() {
        let problem = finding["problem"].as_str().expect("a text");
        let is_orphan =
            problem.starts_with("no row speaks of this") && !problem.contains("does not open");
        let is_histogram = finding["remedy"] == "written anew";
        assert!(is_orphan || is_histogram, "{when}: {finding}");
    }
}

fn killed_again_and_again(cluster: Option<&Cluster>, chains: u64, kills: usize) {
    let calm = workplace(None);
    calm.run();
    let (products, rows) = (calm.products(), calm.rows());
    for seed in 0..chains {
        let mut random = StdRng::seed_from_u64(seed);
        let workplace = workplace(cluster);
        for kill in 0..kills {
            // the fifth finds much of the work done and does it again
            let redo = kill % 5 == 4;
            let arguments = ["run", "project.yaml", "--redo"];
            let arguments = if redo { &arguments } else { &arguments[..2] };
            start_and_kill(&workplace, arguments, &mut random);
            let when = format!("seed {seed}, kill {kill}");
            expect_orphans_at_most(&workplace, &when);
        }
        workplace.run();
        let seed = format!("seed {seed}");
        expect_same(&workplace.products(), &products, &seed);
        expect_same(&workplace.rows(), &rows, &seed);
        workplace.expect_sound();
        let again = workplace.run();
        assert!(
            again.stdout.contains("all was already done"),
            "{seed}: {again:?}"
        );
    }
}

#[test]
fn a_run_killed_at_any_instant_is_completed_by_the_next_as_if_nothing_had_happened() {
    killed_again_and_again(None, 4, 6);
}

#[test]
fn the_same_on_postgresql() {
    if let Some(cluster) = Cluster::shared() {
        killed_again_and_again(Some(cluster), 2, 5);
    }
}

#[test]
fn a_killed_check_that_repairs_leaves_a_project_that_can_be_completed() {
    let workplace = workplace(None);
    workplace.run();
    let products = workplace.products();
    let files = workplace.photometry_files();
    let mut random = StdRng::seed_from_u64(9);
    for (number, file) in files.iter().enumerate() {
        if number % 3 == 0 {
            std::fs::remove_file(file).expect("a product can be removed");
        }
    }
    let polls = random.random_range(20..60);
    let mut looks = 0;
    let mut running = workplace.start(&["check", "project.yaml", "--repair"]);
    running.wait_until(|| {
        looks += 1;
        looks > polls
    });
    running.kill();
    workplace.ask(&["check", "project.yaml", "--repair"]);
    workplace.run();
    expect_same(&workplace.products(), &products, "after the repair");
    workplace.expect_sound();
}
