//! Panics of a decoder are errors of its input.
//!
//! The `parquet` crate checks much of a damaged file, and gives up by a panic where it does not: negative offsets,
//! lengths beyond any file. Nobody but the reader of that file is to learn of it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether panics of this thread are going to be told as errors.
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a decoder.
///
/// # Errors
/// The words of its panic.
pub(in crate::catalog) fn caught<T>(decode: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let told = take_hook();
        set_hook(Box::new(move |panic| {
            if !EXPECTED.get() {
                told(panic);
            }
        }));
    });
    let before = EXPECTED.replace(true);
    let decoded = catch_unwind(AssertUnwindSafe(decode));
    EXPECTED.set(before);
    decoded.map_err(|panic| {
        let words = panic.downcast_ref::<&str>().copied();
        let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        words.unwrap_or("its decoder gave up").to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_panics_gives_an_error_in_its_words() {
        let number = -1;
        assert_eq!(
            caught(|| assert!(number >= 0, "length {number}")),
            Err("length -1".to_owned())
        );
        assert_eq!(caught(|| 5), Ok(5));
    }
}
