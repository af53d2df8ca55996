//! What is wrong with a file.

/// Why bytes cannot be read as FITS. Units are numbered from 0, as everywhere in FITS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FitsError {
    #[error("it does not begin like a FITS file")]
    NotFits,
    /// There are fewer bytes than the headers say: the file is cut off, or a header lies.
    #[error("header-data unit {unit} needs {needed} bytes, {found} are there")]
    Short {
        unit: usize,
        needed: u64,
        found: u64,
    },
    /// A header that never ends or contradicts itself.
    #[error("header-data unit {unit} is unsound: {problem}")]
    Unsound { unit: usize, problem: String },
    /// The bytes are not those that the checksum was made of.
    #[error("header-data unit {unit} is damaged: its {keyword} does not fit its bytes")]
    Damaged { unit: usize, keyword: &'static str },
}
