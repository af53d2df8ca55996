//! HATS: a folder with a catalog cut into pieces of the sky, which LSDB opens (IVOA note "HATS").
//!
//! Each piece is a Parquet file of the sources in one HEALPix cell, in the order of their cells of order 29. Cells are as large
//! as they can be with a number of rows, so that a worker can take a whole file. A second catalog, the margin, has the sources that
//! stand just outside of each piece, so that a crossmatch at its edge is complete. A [`Collection`] joins the two.

mod catalog; // one catalog: its files and what is said of them
mod collection; // catalog and margin in a folder
mod partitions; // which cells

pub(crate) use collection::{Collection, HEALPIX_COLUMN, MARGIN_ARCSEC, healpix_column};
pub(crate) use partitions::{Partition, Position, margins, partitions};
