//! Lists of targets.
mod target;
pub use target::Target;
