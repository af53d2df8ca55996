//! Bytes from outside that mean harm, at every public door that takes some: nothing panics, nothing takes memory
//! without bound, and what is refused is refused in words.
//!
//! Documents that are right are made hostile in bounded, seeded ways (`mutation`); the worst cases that are known
//! by name have tests of their own beside them. Memory is counted (`memory`).

mod memory; // what a piece of work takes
mod mutation; // documents made hostile

mod bombs; // replies of an archive that are larger than anyone wants
mod catalogs; // CSV, FITS, VOTable, Parquet
mod fits; // light-curve files
mod photometry; // files of raw photometry
mod portal; // MAST's JSON, and its files by the whole way
mod project; // project files
mod ztf; // replies of IRSA

#[global_allocator]
static ALLOCATOR: memory::Counted = memory::Counted;

/// Cases of a property; a case is a document with a few changes.
const CASES: u32 = 256;

/// What any piece of work may take, however small the document is.
const FLOOR: usize = 32 << 20;

/// What a document of that length may take.
fn allowed(length: usize) -> usize {
    FLOOR + 64 * length
}

/// Properties keep no file of failures: the seed is fixed, so that every run is the same.
fn config(cases: u32) -> proptest::test_runner::Config {
    proptest::test_runner::Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 512,
        rng_seed: proptest::test_runner::RngSeed::Fixed(20_180_725),
        ..proptest::test_runner::Config::default()
    }
}

/// Does the work to many hostile versions of a document, and watches its memory. The work gives words if it
/// refuses the document.
fn at_hostile_hands<T>(document: &[u8], cases: u32, work: impl Fn(&[u8]) -> Result<T, String>) {
    use proptest::test_runner::{TestCaseError, TestRunner};

    memory::alone(|| {
        let accepted = work(document);
        assert!(
            accepted.is_ok(),
            "the document itself: {:?}",
            accepted.err()
        );
        let mut runner = TestRunner::new(config(cases));
        let outcome = runner.run(&mutation::changes(), |changes| {
            let hostile = mutation::apply(document, &changes);
            let (result, peak) = memory::peak_of(|| work(&hostile).map(drop));
            if peak > allowed(hostile.len()) {
                let length = hostile.len();
                return Err(TestCaseError::fail(format!("{peak} bytes for {length}")));
            }
            match result {
                Err(words) if words.trim().is_empty() => Err(TestCaseError::fail("no words")),
                _ => Ok(()),
            }
        });
        if let Err(error) = outcome {
            panic!("{error}");
        }
    });
}
