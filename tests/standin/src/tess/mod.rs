//! TESS light curves: what a test asks for, the files made of it, and recorded files.
//!
//! Here: names, headers and rows of the files of SPOC, TESS-SPOC and QLP. Not here: how they are searched for
//! and sent (`mast`).

pub(crate) mod damage; // files that are wrong in themselves
pub(crate) mod fits; // cards, tables, checksums
mod qlp; // normalised flux, two generations of columns
pub(crate) mod recorded; // a folder of real files
mod spoc; // twenty columns and an aperture
pub(crate) mod star; // what a test says of a star
pub(crate) mod uris; // names at MAST

use star::{Pipeline, TessProduct, TessStar};

/// The bytes of a synthetic light-curve file.
pub(crate) fn file(star: &TessStar, product: &TessProduct, seed: u64) -> Vec<u8> {
    match product.pipeline {
        Pipeline::Qlp => qlp::file(star, product, seed),
        _ => spoc::file(star, product, seed),
    }
}
