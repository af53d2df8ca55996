//! Numbers as they stand in a sentence.

use std::fmt::Display;

/// A number with what it counts: `1 source`, `2 sources`. `one` is the word for one, which takes an `s`.
pub(crate) fn counted<N: Display + PartialEq + From<u8>>(number: N, one: &str) -> String {
    let ending = if number == N::from(1) { "" } else { "s" };
    format!("{number} {one}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_all_else_plural() {
        assert_eq!(counted(1u64, "source"), "1 source");
        assert_eq!(counted(0usize, "source"), "0 sources");
        assert_eq!(counted(1_000u64, "bad row"), "1000 bad rows");
    }
}
