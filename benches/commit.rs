//! Committing analysed sources to SQLite: two reduced lightcurves each, two processed, two simulated, two detections,
//! an injection, properties in two filters, three histograms; anew, and once more with other results.

#![allow(
    dead_code,
    reason = "the records are those of the tests, which use more of them"
)]

#[path = "../tests/database/analysed.rs"]
mod analysed;
#[path = "../tests/database/place.rs"]
mod place;
#[path = "../tests/support/postgres.rs"]
mod postgres;

use std::time::Instant;

use retriever::database::SourceRecord;

use analysed::{analysed, analysed_alone};
use place::{Place, project, source};

const SOURCES: usize = 2_000;
const TOGETHER: [usize; 2] = [100, SOURCES];

/// What is measured, and how the record of a source is made.
type Stage = (&'static str, fn(usize) -> SourceRecord);

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        for together in TOGETHER {
            measure(together).await;
        }
    });
}

async fn measure(together: usize) {
    let place = Place::sqlite();
    let database = place.open().await;
    let project = project(&database).await;
    let stages: [Stage; 4] = [
        ("reduced", source),
        ("analysed", |number| analysed_alone(number, 0)),
        ("analysed_again", |number| analysed_alone(number, 1)),
        ("reduced_and_analysed", |number| analysed(number, 2)),
    ];
    for (name, record) in stages {
        let records: Vec<SourceRecord> = (0..SOURCES).map(record).collect();
        let begun = Instant::now();
        for batch in records.chunks(together) {
            database.commit(project, batch).await.expect("commits");
        }
        let seconds = begun.elapsed().as_secs_f64();
        println!("commit_{SOURCES}_{name}_by_{together} {seconds:.3} s");
    }
    let begun = Instant::now();
    let sums = database.histogram_sums(project).await.expect("adds up");
    assert_eq!(sums[0].epochs(), SOURCES as u64 * 52);
    let milliseconds = begun.elapsed().as_secs_f64() * 1e3;
    println!("sum_histograms_of_{SOURCES} {milliseconds:.1} ms");
    database.close().await.expect("closes");
}
