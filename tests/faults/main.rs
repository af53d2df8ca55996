//! Runs against an archive that misbehaves in every way archives were seen to: what ends up on disk and in
//! the database is the same as after a calm day, or says why it is not there.

#[path = "../support/journey.rs"]
mod journey;

mod lasting; // faults that do not pass
mod manners; // what the archive sees of it
mod mast_lasting; // what MAST does wrong and keeps doing wrong
mod mast_passing; // what MAST does wrong for a while
mod passing; // faults that pass
mod sky; // stars of TESS

use std::sync::atomic::{AtomicUsize, Ordering};

use journey::Journey;
use retriever_standin::{Fault, StandIn, SyntheticShape};

/// Seed of the synthetic sky and of all faults.
const SEED: u64 = 42;
/// Where the light-curve service is.
const SERVICE: &str = "/cgi-bin/ZTF/nph_light_curves";

/// Positions (deg) well apart, all over the sky that ZTF sees.
fn positions(number: usize) -> Vec<(f64, f64)> {
    (0..number)
        .map(|index| {
            let turn = index as f64 * 0.618_033_988_749_895;
            ((turn * 360.0) % 360.0, -25.0 + 105.0 * ((turn * 7.0) % 1.0))
        })
        .collect()
}

/// An archive that knows the first `number` positions; of every fourth it has nothing.
fn archive(number: usize) -> StandIn {
    let shape = SyntheticShape {
        epochs_per_season: 10,
        empty_every: 4,
        ..SyntheticShape::default()
    };
    StandIn::synthetic_shaped(SEED, &positions(number), shape)
}

/// A project on these positions, with these lines for ZTF.
fn journey(number: usize, archive: &StandIn, ztf: &str) -> Journey {
    let mut catalog = String::from("name,ra,dec\n");
    for (index, (ra, dec)) in positions(number).into_iter().enumerate() {
        catalog.push_str(&format!("star{index},{ra},{dec}\n"));
    }
    Journey::new(&[("targets.csv", &catalog)], &project(archive, ztf))
}

fn project(archive: &StandIn, ztf: &str) -> String {
    let url = archive.url();
    format!(
        "project:\n  name: weather\n  obs_names: [ZTF]\n  max_num_sequence_exceptions: 5\n\
         catalog:\n  filename: targets.csv\n\
         observatories:\n  ztf:\n    url: {url}\n    rate_limit: null\n    retry_delay: 0.01\n{ztf}"
    )
}

/// Does it for each fault, a few at a time. A panic in one is a panic of the test, after the others.
fn for_each_fault(faults: &[Fault], work: impl Fn(Fault) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(*fault);
                }
            });
        }
    });
}

/// The faults after which the request has to be sent again.
fn harmful() -> Vec<Fault> {
    let mut faults = Fault::ALL.to_vec();
    faults.retain(|fault| !fault.is_harmless());
    faults
}
