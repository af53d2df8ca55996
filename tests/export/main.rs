//! Exports through the program and the library, read back by the programs of the field and by ourselves.

#[path = "../support/journey.rs"]
mod journey;

mod absent;
mod places;
mod python;
mod round_trips;

use journey::Journey;

/// Sources of the demo observatory, one of whose names is not ASCII, with flares to be detected.
pub const PROJECT: &str = "\
project: {name: exported, obs_names: [DEMO]}
catalog: {filename: targets.csv}
observatories: {demo: {num_points: 200, flare_rate: 3.0}}
analysis: {num_injections: 1}
";

pub const TARGETS: &str = "\
name,ra,dec,mag
Vega,279.2347,38.7837,15.03
\"Barnard's star, \"\"the\"\" #1\",269.4521,4.6934,
Альтаир,297.6958,8.8683,15.76
Sirius B,101.2872,-16.7161,15.46
";

/// A project that has run.
pub fn project() -> Journey {
    let journey = Journey::new(&[("targets.csv", TARGETS)], PROJECT);
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    journey
}

/// `retriever export` with these words, which has to succeed.
pub fn export(journey: &Journey, words: &[&str]) -> journey::Ended {
    let mut all = vec!["export", words[0], "project.yaml"];
    all.extend(&words[1..]);
    let ended = journey.command(&all, &[]);
    assert_eq!(ended.code, 0, "{words:?}: {ended:?}");
    ended
}
