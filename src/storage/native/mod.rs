//! The only files of the house that call libhdf5 directly: everything `unsafe` of the room is in this folder.
//!
//! Why not the safe wrapper of the `hdf5` crate: it cannot hand out the image of a file in memory, nor write
//! text of a length that is known only at run time; and building types, spaces and property lists anew for
//! each attribute halves the speed.
//!
//! The rules that make the calls sound, kept by construction:
//! - every call happens inside [`locked`], under the lock that the `hdf5` crate takes too;
//! - a [`Handle`] borrows the [`Library`] that exists only inside, so none outlives the lock;
//! - buffers given to the library are slices whose length is checked against the dataspace first;
//! - text is copied out and given back to the library in the same function.

mod array;
mod cells;
mod read;
mod superblock;
mod write;

use std::ffi::{CString, c_uint};
use std::marker::PhantomData;
use std::ptr;
use std::sync::OnceLock;

use hdf5_sys::h5::{hbool_t, herr_t, hsize_t};
use hdf5_sys::h5f::{H5F_close_degree_t, H5F_libver_t, H5Fclose};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p;
use hdf5_sys::h5r::hobj_ref_t;
use hdf5_sys::h5s::{H5S_class_t, H5Sclose, H5Screate, H5Screate_simple};
use hdf5_sys::h5t;

pub(super) use array::Variable;
pub(super) use read::{Image, ReadGroup, ReadObject};
pub(super) use write::{NewFile, NewObject};

use super::StorageError;
use super::schema::{COMPACT_ENTRIES, SCALE_CLASS, SCALE_NAME_BYTES};

type Result<T> = std::result::Result<T, StorageError>;

/// Proof that this thread holds the lock of libhdf5.
pub(super) struct Library {
    ids: &'static Ids,
    /// Not `Send`: the lock belongs to a thread.
    _thread: PhantomData<*const ()>,
}

/// Runs a job with the library, alone in this process.
pub(super) fn locked<T>(job: impl FnOnce(&Library) -> Result<T>) -> Result<T> {
    // opens the library where nobody has yet, and keeps it from printing its error stack to stderr
    hdf5::silence_errors(true);
    let _guard = hdf5_sys::LOCK.lock();
    static IDS: OnceLock<Ids> = OnceLock::new();
    let ids = match IDS.get() {
        Some(ids) => ids,
        None => {
            let made = Ids::make()?;
            IDS.get_or_init(|| made)
        }
    };
    job(&Library {
        ids,
        _thread: PhantomData,
    })
}

/// What every file needs again: made once in a process and never closed.
struct Ids {
    scalar: hid_t,
    /// Text of any length, UTF-8.
    text: hid_t,
    /// `CLASS` and `NAME` of a dimension scale, of fixed length as the specification of scales has them.
    scale_class: hid_t,
    scale_name: hid_t,
    /// Element of `REFERENCE_LIST`, and the variable-length list of `DIMENSION_LIST`.
    scale_use: hid_t,
    scale_list: hid_t,
    create_file: hid_t,
    access_file: hid_t,
    create_dataset: hid_t,
    utf8_link: hid_t,
    transfer: hid_t,
}

/// One use of a dimension scale: which dataset, and which of its dimensions.
#[repr(C)]
struct ScaleUse {
    dataset: hobj_ref_t,
    dimension: c_uint,
}

const COMPACT: c_uint = COMPACT_ENTRIES as c_uint;

/// The memory of a file being written grows by this many bytes.
const GROWTH_BYTES: usize = 16 * 1024;

/// Buffer in which the library converts cells. Its own is a megabyte, cleared for each column of text: with 100 rows
/// of text in it a file took three times as long.
const TRANSFER_BYTES: usize = 8 * 1024;

impl Ids {
    fn make() -> Result<Ids> {
        // SAFETY: called under the lock with the library open; only values and static names are passed.
        unsafe {
            Ok(Ids {
                scalar: id(H5Screate(H5S_class_t::H5S_SCALAR), "make a space")?,
                text: text_type(h5t::H5T_VARIABLE)?,
                scale_class: ascii_type(SCALE_CLASS.len())?,
                scale_name: ascii_type(SCALE_NAME_BYTES)?,
                scale_use: scale_use_type()?,
                scale_list: id(
                    h5t::H5Tvlen_create(*h5t::H5T_STD_REF_OBJ),
                    "make a list type",
                )?,
                create_file: creation_list(*h5p::H5P_CLS_FILE_CREATE)?,
                access_file: file_access_list()?,
                create_dataset: dataset_creation_list()?,
                utf8_link: utf8_link_list()?,
                transfer: transfer_list()?,
            })
        }
    }
}

/// UTF-8 text of `bytes` bytes, or of any length for `H5T_VARIABLE`; nothing is appended or stripped.
///
/// SAFETY: to be called under the lock, as all of the following.
unsafe fn text_type(bytes: usize) -> Result<hid_t> {
    unsafe {
        let made = id(h5t::H5Tcopy(*h5t::H5T_C_S1), "copy the text type")?;
        done(h5t::H5Tset_size(made, bytes), "set the length of text")?;
        done(
            h5t::H5Tset_cset(made, h5t::H5T_cset_t::H5T_CSET_UTF8),
            "set UTF-8",
        )?;
        if bytes != h5t::H5T_VARIABLE {
            done(
                h5t::H5Tset_strpad(made, h5t::H5T_str_t::H5T_STR_NULLPAD),
                "set the padding of text",
            )?;
        }
        Ok(made)
    }
}

unsafe fn ascii_type(bytes: usize) -> Result<hid_t> {
    unsafe {
        let made = id(h5t::H5Tcopy(*h5t::H5T_C_S1), "copy the text type")?;
        done(h5t::H5Tset_size(made, bytes), "set the length of text")?;
        Ok(made)
    }
}

unsafe fn scale_use_type() -> Result<hid_t> {
    unsafe {
        let made = id(
            h5t::H5Tcreate(h5t::H5T_class_t::H5T_COMPOUND, size_of::<ScaleUse>()),
            "make a record type",
        )?;
        for (name, offset, of) in [
            (c"dataset", 0, *h5t::H5T_STD_REF_OBJ),
            (
                c"dimension",
                std::mem::offset_of!(ScaleUse, dimension),
                *h5t::H5T_NATIVE_UINT,
            ),
        ] {
            done(
                h5t::H5Tinsert(made, name.as_ptr(), offset, of),
                "add a field",
            )?;
        }
        Ok(made)
    }
}

/// For files, groups and datasets: no times of creation (equal content gives equal bytes), entries in order
/// and in the object's own header.
unsafe fn creation_list(class: hid_t) -> Result<hid_t> {
    unsafe {
        let list = id(h5p::H5Pcreate(class), "make a property list")?;
        done(h5p::H5Pset_obj_track_times(list, 0), "forgo times")?;
        done(
            h5p::H5Pset_attr_phase_change(list, COMPACT, COMPACT - 2),
            "keep attributes compact",
        )?;
        done(
            h5p::H5Pset_link_phase_change(list, COMPACT, COMPACT - 2),
            "keep links compact",
        )?;
        done(
            h5p::H5Pset_link_creation_order(
                list,
                h5p::H5P_CRT_ORDER_TRACKED | h5p::H5P_CRT_ORDER_INDEXED,
            ),
            "keep the order of links",
        )?;
        Ok(list)
    }
}

unsafe fn dataset_creation_list() -> Result<hid_t> {
    unsafe {
        let list = id(
            h5p::H5Pcreate(*h5p::H5P_CLS_DATASET_CREATE),
            "make a property list",
        )?;
        done(h5p::H5Pset_obj_track_times(list, 0), "forgo times")?;
        done(
            h5p::H5Pset_attr_phase_change(list, COMPACT, COMPACT - 2),
            "keep attributes compact",
        )?;
        Ok(list)
    }
}

/// In memory and never on a disk, in the format that HDF5 1.8 and every later version reads.
unsafe fn file_access_list() -> Result<hid_t> {
    unsafe {
        let list = id(
            h5p::H5Pcreate(*h5p::H5P_CLS_FILE_ACCESS),
            "make a property list",
        )?;
        done(
            h5p::H5Pset_fapl_core(list, GROWTH_BYTES, hbool_t::from(false)),
            "keep the file in memory",
        )?;
        // one bound for both ends: the bytes do not depend on the version of the library
        done(
            h5p::H5Pset_libver_bounds(
                list,
                H5F_libver_t::H5F_LIBVER_V18,
                H5F_libver_t::H5F_LIBVER_V18,
            ),
            "choose the format of version 1.8",
        )?;
        // no room kept for later: a file of 100 epochs loses a tenth of its size, and nothing of its speed
        done(h5p::H5Pset_meta_block_size(list, 0), "forgo gaps")?;
        done(h5p::H5Pset_small_data_block_size(list, 0), "forgo gaps")?;
        done(
            h5p::H5Pset_fclose_degree(list, H5F_close_degree_t::H5F_CLOSE_STRONG),
            "close a file with all that is open in it",
        )?;
        Ok(list)
    }
}

unsafe fn utf8_link_list() -> Result<hid_t> {
    unsafe {
        let list = id(
            h5p::H5Pcreate(*h5p::H5P_CLS_LINK_CREATE),
            "make a property list",
        )?;
        done(
            h5p::H5Pset_char_encoding(list, h5t::H5T_cset_t::H5T_CSET_UTF8),
            "set UTF-8",
        )?;
        Ok(list)
    }
}

unsafe fn transfer_list() -> Result<hid_t> {
    unsafe {
        let list = id(
            h5p::H5Pcreate(*h5p::H5P_CLS_DATASET_XFER),
            "make a property list",
        )?;
        done(
            h5p::H5Pset_buffer(list, TRANSFER_BYTES, ptr::null_mut(), ptr::null_mut()),
            "choose a buffer",
        )?;
        Ok(list)
    }
}

/// An identifier of the library that is closed when it goes.
struct Handle<'l> {
    id: hid_t,
    close: unsafe extern "C" fn(hid_t) -> herr_t,
    _library: PhantomData<&'l Library>,
}

impl<'l> Handle<'l> {
    fn new(
        _library: &'l Library,
        made: hid_t,
        close: unsafe extern "C" fn(hid_t) -> herr_t,
        doing: &'static str,
    ) -> Result<Handle<'l>> {
        Ok(Handle {
            id: id(made, doing)?,
            close,
            _library: PhantomData,
        })
    }

    fn file(library: &'l Library, made: hid_t, doing: &'static str) -> Result<Handle<'l>> {
        Handle::new(library, made, H5Fclose, doing)
    }

    /// A dataspace of one dimension.
    fn line(library: &'l Library, length: usize) -> Result<Handle<'l>> {
        let length = length as hsize_t;
        // SAFETY: one dimension is announced and one number is given; no maximum means the same.
        let made = unsafe { H5Screate_simple(1, &length, ptr::null()) };
        Handle::new(library, made, H5Sclose, "make a space")
    }
}

impl Drop for Handle<'_> {
    fn drop(&mut self) {
        // SAFETY: the identifier is ours, open, and of the kind that this function closes; the lock is held
        // because the library is still borrowed.
        unsafe { (self.close)(self.id) };
    }
}

fn id(made: hid_t, doing: &'static str) -> Result<hid_t> {
    if made < 0 {
        Err(failed(doing))
    } else {
        Ok(made)
    }
}

fn done(status: herr_t, doing: &'static str) -> Result<()> {
    if status < 0 {
        Err(failed(doing))
    } else {
        Ok(())
    }
}

fn failed(doing: &'static str) -> StorageError {
    let cause = match hdf5::Error::query() {
        Ok(error) => error.to_string(),
        Err(_) => "the library gives no reason".to_owned(),
    };
    StorageError::Hdf5 { doing, cause }
}

fn c_name(name: &str) -> Result<CString> {
    CString::new(name).map_err(|_| StorageError::Unencodable {
        what: format!("the name {name:?}"),
        reason: "it contains a zero character",
    })
}
