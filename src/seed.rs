//! Where random numbers come from: a seed for each project, source, purpose and index, and nothing else.

use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use sha2::{Digest, Sha256};

/// A generator that depends on these four things only: the same numbers in any order, thread or restart.
///
/// ```
/// use rand::RngExt;
/// let mut one = retriever::seed::random(0, "star", "injection", 1);
/// let mut same = retriever::seed::random(0, "star", "injection", 1);
/// let mut other = retriever::seed::random(0, "star", "injection", 2);
/// let number: f64 = one.random();
/// assert_eq!(number, same.random::<f64>());
/// assert_ne!(number, other.random::<f64>());
/// ```
pub fn random(project_seed: u64, source_name: &str, purpose: &str, index: u64) -> ChaCha12Rng {
    let mut hash = Sha256::new();
    hash.update(project_seed.to_le_bytes());
    // lengths keep ("ab", "c") and ("a", "bc") apart
    hash.update((source_name.len() as u64).to_le_bytes());
    hash.update(source_name.as_bytes());
    hash.update((purpose.len() as u64).to_le_bytes());
    hash.update(purpose.as_bytes());
    hash.update(index.to_le_bytes());
    ChaCha12Rng::from_seed(hash.finalize().into())
}
