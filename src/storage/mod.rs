//! Where products live, what they are called, and how they become bytes and back.
//!
//! Here: names on disk, HDF5 encoding and decoding, atomic writes, checksums.
//! Not here: SQL, science, and the question of what should be written.
//! A product passes through `names` (where will it stand?), `schema` (which words and columns will be in it?), `encode`
//! and `image` (to bytes, on any thread), `seal` (a checksum against damage), `store` and `disk` (bytes to a file,
//! completely or not at all); and back through `decode` and `native` (on the thread of `writer`). Histograms, a few in a
//! run, are written through `histogram` and `native`.

mod decode;
mod disk; // a folder of this machine
mod encode;
mod error;
mod escape; // any star's name as a name of a file
mod histogram; // histograms to bytes
mod image; // what HDF5 files consist of
mod load; // files that a user of the library names herself
mod lookup3; // the checksum of HDF5
mod names; // every path and key, and nowhere else
mod native; // the calls of libhdf5, and all that is unsafe
mod schema;
mod seal;
mod staging; // what is half-written, and who sweeps it up
mod store;
mod writer;

pub use decode::{GroupHead, decode_groups, decode_lightcurves, decode_raw};
pub use encode::{encode_lightcurves, encode_raw};
pub use error::{StorageClass, StorageError};
pub use escape::{escape, unescape};
pub use histogram::encode_histogram;
pub use names::{
    DATABASE, DOWNLOADS, ProductName, STAGING, config_path, histogram_path, is_histogram_path,
    lightcurve_key, lightcurve_keys, lightcurve_path, parse_product_path, project_folder, raw_key,
    raw_path, run_path,
};
pub use schema::SCHEMA_VERSION;
pub use store::{Created, Listed, StorageParameters, Store, Stored, Verdict};
pub use writer::Hdf5Thread;
