//! FITS files as plain data: bytes in, headers and columns out (FITS standard 4.0), and headers as bytes.
//!
//! Here: header cards as typed values, the walk over the header-data units of a file that is in memory, binary
//! tables as columns, integer images, checksums. Nothing that a header claims is believed before the bytes are
//! seen to be there. Not here: I/O of any kind, and what the columns of a survey mean.
//!
//! ```
//! use retriever::fits;
//! # let card = |text: &str| format!("{text:80}");
//! # let mut file = [card("SIMPLE  =                    T"), card("BITPIX  =                    8"),
//! #     card("NAXIS   =                    0"), card("OBJECT  = 'TIC 12'"), card("END")].concat().into_bytes();
//! # file.resize(2880, b' ');
//! let units = fits::units(&file)?;
//! assert_eq!(units[0].header.text("OBJECT"), Some("TIC 12"));
//! # Ok::<(), fits::FitsError>(())
//! ```

mod card;
mod checksum;
mod error;
mod form;
mod header;
mod image;
mod layout;
mod table;
mod unit;
mod write;

pub use card::{Card, CardValue};
pub use error::FitsError;
pub use form::Form;
pub use header::Header;
pub use image::integer_image;
pub use layout::{Field, Layout};
pub use table::{BinaryTable, TableColumn, binary_table};
pub use unit::{Unit, units};
pub use write::{HeaderWriter, filling, printable_ascii};

/// FITS files are made of blocks of this many bytes.
pub const BLOCK: usize = 2880;

/// More header than this is no header: 999 columns with 10 cards each are 300 blocks.
pub(crate) const MOST_HEADER_BLOCKS: usize = 4_096;
