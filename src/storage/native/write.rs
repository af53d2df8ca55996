//! Writing a file in memory: columns and attributes; then its bytes.

use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr;

use hdf5_sys::h5a::{H5Aclose, H5Acreate2, H5Awrite};
use hdf5_sys::h5d::{H5Dclose, H5Dcreate2, H5Dwrite};
use hdf5_sys::h5f::{H5F_ACC_TRUNC, H5F_scope_t, H5Fcreate, H5Fflush, H5Fget_file_image};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5r::{H5R_type_t, H5Rcreate, hobj_ref_t};
use hdf5_sys::h5s::H5S_ALL;
use hdf5_sys::h5t;

use super::{Handle, Library, Result, c_name, done, failed, superblock, text_type};
use crate::photometry::Text;
use crate::storage::StorageError;
use crate::storage::schema::Cells;

/// A reference to an object: the constant has one name before HDF5 1.12 and another since, and the value 0 in both.
// SAFETY: 0 is a value of this enum in every version.
const OBJECT_REFERENCE: H5R_type_t = unsafe { std::mem::transmute::<c_int, H5R_type_t>(0) };

/// A file that exists in memory only.
pub(in crate::storage) struct NewFile<'l> {
    pub(super) library: &'l Library,
    pub(super) file: Handle<'l>,
}

/// A group or dataset being written.
pub(in crate::storage) struct NewObject<'l> {
    pub(super) library: &'l Library,
    pub(super) object: Handle<'l>,
}

impl<'l> NewFile<'l> {
    pub(in crate::storage) fn create(library: &'l Library) -> Result<NewFile<'l>> {
        // SAFETY: under the lock; the name is never looked up, since the file stands in memory alone.
        let made = unsafe {
            H5Fcreate(
                c"memory".as_ptr(),
                H5F_ACC_TRUNC,
                library.ids.create_file,
                library.ids.access_file,
            )
        };
        Ok(NewFile {
            library,
            file: Handle::file(library, made, "begin a file in memory")?,
        })
    }

    /// The finished file, byte for byte, with `room` for as many more.
    pub(in crate::storage) fn finish(self, room: usize) -> Result<Vec<u8>> {
        // SAFETY: under the lock; without a buffer the library tells the length, the second call is given exactly
        // that many bytes, and all of them are written once it says so.
        unsafe {
            done(
                H5Fflush(self.file.id, H5F_scope_t::H5F_SCOPE_LOCAL),
                "finish a file in memory",
            )?;
            let length = H5Fget_file_image(self.file.id, ptr::null_mut(), 0);
            let length =
                usize::try_from(length).map_err(|_| failed("learn the length of the file"))?;
            let mut image = Vec::<u8>::with_capacity(length + room);
            let copied =
                H5Fget_file_image(self.file.id, image.as_mut_ptr().cast::<c_void>(), length);
            if usize::try_from(copied) != Ok(length) {
                return Err(failed("copy the file"));
            }
            image.set_len(length);
            superblock::seal(&mut image);
            Ok(image)
        }
    }
}

impl<'l> NewObject<'l> {
    /// A column of a group.
    pub(in crate::storage) fn column(&self, name: &str, cells: Cells) -> Result<NewObject<'l>> {
        let on_disk = match cells {
            Cells::Float64(_) => *h5t::H5T_IEEE_F64LE,
            Cells::Float32(_) => *h5t::H5T_IEEE_F32LE,
            Cells::Int64(_) => *h5t::H5T_STD_I64LE,
            Cells::Int32(_) => *h5t::H5T_STD_I32LE,
            Cells::Boolean(_) => *h5t::H5T_STD_I8LE,
            Cells::Text(_) => self.library.ids.text,
        };
        let dataset = self.dataset(name, on_disk, cells.len())?;
        if cells.len() > 0 {
            dataset.fill(name, cells)?;
        }
        Ok(dataset)
    }

    pub(in crate::storage) fn text_attribute(&self, name: &str, text: &str) -> Result<()> {
        let ids = self.library.ids;
        match CString::new(text) {
            Ok(text) => {
                let pointer = text.as_ptr();
                // SAFETY: variable-length text is a pointer to characters that end with a zero.
                unsafe {
                    self.attribute(name, ids.text, ids.scalar, ptr::from_ref(&pointer).cast())
                }
            }
            // a zero inside would end variable-length text: fixed length keeps every byte
            Err(_) => {
                // SAFETY: under the lock; the type is as long as the text.
                unsafe {
                    let of_this_length = Handle::new(
                        self.library,
                        text_type(text.len())?,
                        h5t::H5Tclose,
                        "make a text type",
                    )?;
                    self.attribute(name, of_this_length.id, ids.scalar, text.as_ptr().cast())
                }
            }
        }
    }

    pub(in crate::storage) fn integer_attribute(&self, name: &str, value: i64) -> Result<()> {
        // SAFETY: one integer of the type that is named.
        unsafe {
            self.attribute(
                name,
                *h5t::H5T_STD_I64LE,
                self.library.ids.scalar,
                ptr::from_ref(&value.to_le()).cast(),
            )
        }
    }

    pub(in crate::storage) fn float_attribute(&self, name: &str, value: f64) -> Result<()> {
        let bits = value.to_bits().to_le();
        // SAFETY: the eight bytes of one little-endian float.
        unsafe {
            self.attribute(
                name,
                *h5t::H5T_IEEE_F64LE,
                self.library.ids.scalar,
                ptr::from_ref(&bits).cast(),
            )
        }
    }

    pub(super) fn dataset(&self, name: &str, on_disk: hid_t, rows: usize) -> Result<NewObject<'l>> {
        let name = c_name(name)?;
        let ids = self.library.ids;
        let space = Handle::line(self.library, rows)?;
        // SAFETY: under the lock; all identifiers are open and the name ends with a zero.
        let made = unsafe {
            H5Dcreate2(
                self.object.id,
                name.as_ptr(),
                on_disk,
                space.id,
                ids.utf8_link,
                ids.create_dataset,
                H5P_DEFAULT,
            )
        };
        Ok(NewObject {
            library: self.library,
            object: Handle::new(self.library, made, H5Dclose, "make a column")?,
        })
    }

    /// Writes the cells of a dataset that was made with as many rows.
    fn fill(&self, name: &str, cells: Cells) -> Result<()> {
        match cells {
            Cells::Float64(values) => {
                self.write(*h5t::H5T_NATIVE_DOUBLE, values.as_ptr().cast::<c_void>())
            }
            Cells::Float32(values) => {
                self.write(*h5t::H5T_NATIVE_FLOAT, values.as_ptr().cast::<c_void>())
            }
            Cells::Int64(values) => {
                self.write(*h5t::H5T_NATIVE_INT64, values.as_ptr().cast::<c_void>())
            }
            Cells::Int32(values) => {
                self.write(*h5t::H5T_NATIVE_INT32, values.as_ptr().cast::<c_void>())
            }
            // a Rust bool is one byte, 0 or 1
            Cells::Boolean(values) => {
                self.write(*h5t::H5T_NATIVE_INT8, values.as_ptr().cast::<c_void>())
            }
            Cells::Text(text) => {
                let words = zero_terminated(name, text)?;
                let pointers: Vec<*const c_char> = text
                    .codes()
                    .iter()
                    .map(|&code| words[code as usize].as_ptr())
                    .collect();
                self.write(self.library.ids.text, pointers.as_ptr().cast::<c_void>())
            }
        }
    }

    fn write(&self, in_memory: hid_t, cells: *const c_void) -> Result<()> {
        // SAFETY: only `fill` calls this, with the native type of its slice, which has as many elements as
        // the dataset was made with.
        let status = unsafe {
            H5Dwrite(
                self.object.id,
                in_memory,
                H5S_ALL,
                H5S_ALL,
                self.library.ids.transfer,
                cells,
            )
        };
        done(status, "write a column")
    }

    /// SAFETY: `value` must point to as many elements of the type as the space has.
    pub(super) unsafe fn attribute(
        &self,
        name: &str,
        of_type: hid_t,
        space: hid_t,
        value: *const c_void,
    ) -> Result<()> {
        let name = c_name(name)?;
        // SAFETY: under the lock; the caller vouches for the buffer.
        unsafe {
            let made = H5Acreate2(
                self.object.id,
                name.as_ptr(),
                of_type,
                space,
                H5P_DEFAULT,
                H5P_DEFAULT,
            );
            let attribute = Handle::new(self.library, made, H5Aclose, "make an attribute")?;
            done(H5Awrite(attribute.id, of_type, value), "write an attribute")
        }
    }

    pub(super) fn reference(&self, name: &str) -> Result<hobj_ref_t> {
        let name = c_name(name)?;
        let mut reference: hobj_ref_t = 0;
        // SAFETY: an object reference is one hobj_ref_t.
        let status = unsafe {
            H5Rcreate(
                ptr::from_mut(&mut reference).cast::<c_void>(),
                self.object.id,
                name.as_ptr(),
                OBJECT_REFERENCE,
                -1,
            )
        };
        done(status, "refer to a column")?;
        Ok(reference)
    }
}

fn zero_terminated(column: &str, text: &Text) -> Result<Vec<CString>> {
    text.words()
        .iter()
        .map(|word| {
            CString::new(word.as_str()).map_err(|_| StorageError::Unencodable {
                what: format!("the text {word:?} of column {column:?}"),
                reason: "it contains a zero character",
            })
        })
        .collect()
}
