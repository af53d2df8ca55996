//! Where products live, what they are called, and how they become bytes and back.
//!
//! Here: names on disk, HDF5 encoding and decoding, atomic writes, checksums.
//! Not here: SQL, science, and the question of what should be written.
//! A product passes through the files in this order:

mod decode; // and back
mod encode; // photometry to bytes
mod load;
mod names; // where will it stand? (`escape` makes any star's name safe)
mod native; // the calls of libhdf5, and all that is unsafe
mod schema; // which words and columns will be in the file?
mod store; // bytes to a file, completely or not at all (`staging` holds what is half-written)
mod writer; // the one thread that encodes // files that a user names herself

mod disk;
mod error;
mod escape;
mod seal;
mod staging;

pub use decode::{GroupHead, decode_groups, decode_lightcurves, decode_raw};
pub use encode::{encode_lightcurves, encode_raw};
pub use error::{StorageClass, StorageError};
pub use escape::{escape, unescape};
pub use names::{
    DATABASE, ProductName, STAGING, config_path, histogram_path, lightcurve_key, lightcurve_keys,
    lightcurve_path, parse_product_path, project_folder, raw_key, raw_path, run_path,
};
pub use schema::SCHEMA_VERSION;
pub use store::{Created, Listed, StorageParameters, Store, Stored, Verdict};
pub use writer::Hdf5Thread;
