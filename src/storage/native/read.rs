//! Reading a file whose bytes are in memory, on the suspicion that anybody may have made it.
//!
//! Only hard links are followed and only data inside the file are read; no number from the file decides how
//! much memory is taken before it is held against the length of the file.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;

use hdf5_sys::h5::{H5_index_t, H5_iter_order_t, hsize_t};
use hdf5_sys::h5a::{H5Aclose, H5Aexists, H5Aget_space, H5Aget_type, H5Aopen, H5Aread};
use hdf5_sys::h5d::{
    H5D_layout_t, H5Dclose, H5Dget_create_plist, H5Dget_space, H5Dget_storage_size, H5Dget_type,
    H5Dopen2, H5Dread, H5Dvlen_reclaim,
};
use hdf5_sys::h5f::{H5F_ACC_RDONLY, H5Fopen};
use hdf5_sys::h5g::{H5G_info_t, H5Gclose, H5Gget_info, H5Gopen2};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5l::{H5L_info1_t, H5L_type_t, H5Lget_info1, H5Lget_name_by_idx};
use hdf5_sys::h5p::{
    H5P_DEFAULT, H5Pclose, H5Pcopy, H5Pget_external_count, H5Pget_layout, H5Pset_file_image,
};
use hdf5_sys::h5s::{
    H5S_ALL, H5S_seloper_t, H5Sclose, H5Sget_simple_extent_ndims, H5Sget_simple_extent_npoints,
    H5Sselect_hyperslab,
};
use hdf5_sys::h5t::{self, H5T_class_t, H5T_sign_t};

use super::{Handle, Library, Result, c_name, done, failed};
use crate::photometry::{Text, Values};
use crate::storage::StorageError;

/// What deflate can make of a byte at most (zlib's technical details: 1032 : 1).
const LARGEST_EXPANSION: u64 = 1032;

/// Memory that text may take whatever the length of the file (bytes).
const HARMLESS_TEXT_BYTES: u64 = 256 * 1024 * 1024;

/// Links of one group that are looked at; a source has some hundreds of lightcurves at the most.
const MOST_LINKS: u64 = 100_000;

/// The bytes of a file, opened for reading.
pub(in crate::storage) struct Image<'l> {
    library: &'l Library,
    file: Handle<'l>,
    length: u64,
}

/// A group of it.
pub(in crate::storage) struct ReadGroup<'l> {
    group: ReadObject<'l>,
}

/// A group or dataset of it.
pub(in crate::storage) struct ReadObject<'l> {
    library: &'l Library,
    object: Handle<'l>,
    file_length: u64,
}

impl<'l> Image<'l> {
    pub(in crate::storage) fn open(library: &'l Library, image: &[u8]) -> Result<Image<'l>> {
        // SAFETY: under the lock; the library copies the bytes and does not write through the pointer.
        let access = unsafe {
            let list = H5Pcopy(library.ids.access_file);
            let access = Handle::new(library, list, H5Pclose, "copy a property list")?;
            let bytes = image.as_ptr().cast_mut().cast();
            done(
                H5Pset_file_image(access.id, bytes, image.len()),
                "take the bytes of a file",
            )?;
            access
        };
        // SAFETY: as above. The name is not looked up, since there is an image.
        let made = unsafe { H5Fopen(c"memory".as_ptr(), H5F_ACC_RDONLY, access.id) };
        Ok(Image {
            library,
            file: Handle::file(library, made, "open the file")?,
            length: image.len() as u64,
        })
    }

    /// Names of the groups, in the order in which they were made.
    pub(in crate::storage) fn groups(&self) -> Result<Vec<String>> {
        links(self.file.id)
    }

    pub(in crate::storage) fn group(&self, name: &str) -> Result<ReadGroup<'l>> {
        let c_name = c_name(name)?;
        // SAFETY: under the lock; the name ends with a zero.
        let made = unsafe { H5Gopen2(self.file.id, c_name.as_ptr(), H5P_DEFAULT) };
        Ok(ReadGroup {
            group: ReadObject {
                library: self.library,
                object: Handle::new(self.library, made, H5Gclose, "open a group")?,
                file_length: self.length,
            },
        })
    }
}

impl<'l> ReadGroup<'l> {
    pub(in crate::storage) fn attributes(&self) -> &ReadObject<'l> {
        &self.group
    }

    /// Names of the datasets, in the order in which they were made.
    pub(in crate::storage) fn columns(&self) -> Result<Vec<String>> {
        links(self.group.object.id)
    }

    pub(in crate::storage) fn column(&self, name: &str) -> Result<ReadObject<'l>> {
        let c_name = c_name(name)?;
        // SAFETY: under the lock; the name ends with a zero.
        let made = unsafe { H5Dopen2(self.group.object.id, c_name.as_ptr(), H5P_DEFAULT) };
        Ok(ReadObject {
            library: self.group.library,
            object: Handle::new(self.group.library, made, H5Dclose, "open a column")?,
            file_length: self.group.file_length,
        })
    }
}

/// Names of the hard links: a soft or external one could lead out of the file.
fn links(group: hid_t) -> Result<Vec<String>> {
    let mut info = H5G_info_t::default();
    // SAFETY: under the lock; the record is ours.
    done(unsafe { H5Gget_info(group, &mut info) }, "count the links")?;
    if info.nlinks > MOST_LINKS {
        return Err(damaged(format!("{} links in one group", info.nlinks)));
    }
    let mut names = Vec::new();
    for place in 0..info.nlinks {
        // files of other makers may not keep the order of creation
        let name = link_name(group, H5_index_t::H5_INDEX_CRT_ORDER, place)
            .or_else(|_| link_name(group, H5_index_t::H5_INDEX_NAME, place))?;
        if is_hard(group, &name)? {
            names.push(name);
        }
    }
    Ok(names)
}

fn link_name(group: hid_t, index: H5_index_t, place: hsize_t) -> Result<String> {
    let read = |buffer: *mut c_char, size: usize| {
        // SAFETY: under the lock; the buffer has `size` bytes, or is none with the size 0.
        let length = unsafe {
            H5Lget_name_by_idx(
                group,
                c".".as_ptr(),
                index,
                H5_iter_order_t::H5_ITER_INC,
                place,
                buffer,
                size,
                H5P_DEFAULT,
            )
        };
        usize::try_from(length).map_err(|_| failed("read the name of a link"))
    };
    let length = read(ptr::null_mut(), 0)?;
    let mut buffer = vec![0u8; length + 1];
    read(buffer.as_mut_ptr().cast(), length + 1)?;
    buffer.truncate(length);
    String::from_utf8(buffer).map_err(|_| damaged("the name of a link is not UTF-8".to_owned()))
}

#[allow(deprecated)] // its successor is not there before HDF5 1.12
fn is_hard(group: hid_t, name: &str) -> Result<bool> {
    let name = c_name(name)?;
    let mut info = MaybeUninit::<H5L_info1_t>::zeroed();
    // SAFETY: the library fills the record. Its first field is read as a plain integer, since a file may
    // hold a number that the enum does not have.
    unsafe {
        done(
            H5Lget_info1(group, name.as_ptr(), info.as_mut_ptr(), H5P_DEFAULT),
            "look at a link",
        )?;
        Ok(info.as_ptr().cast::<c_int>().read() == H5L_type_t::H5L_TYPE_HARD as c_int)
    }
}

impl<'l> ReadObject<'l> {
    /// The text of an attribute; none where there is no such attribute.
    pub(in crate::storage) fn text_attribute(&self, name: &str) -> Result<Option<String>> {
        let Some(attribute) = self.attribute(name)? else {
            return Ok(None);
        };
        let space = self.attribute_space(&attribute)?;
        let of_type = self.attribute_type(&attribute)?;
        if class(of_type.id) != H5T_class_t::H5T_STRING {
            return Err(damaged(format!("the attribute {name:?} is not text")));
        }
        // SAFETY: under the lock; the buffer is one pointer for text of any length, else as long as the type
        // says, which is not longer than the file. The library's own text is given back.
        let bytes = unsafe {
            if h5t::H5Tis_variable_str(of_type.id) > 0 {
                let mut text: *mut c_char = ptr::null_mut();
                let buffer = ptr::from_mut(&mut text).cast::<c_void>();
                done(H5Aread(attribute.id, of_type.id, buffer), "read text")?;
                let bytes = copied(text);
                H5Dvlen_reclaim(of_type.id, space.id, H5P_DEFAULT, buffer);
                bytes
            } else {
                let length = h5t::H5Tget_size(of_type.id);
                if length as u64 > self.file_length {
                    return Err(damaged(format!("the attribute {name:?} is too long")));
                }
                let mut bytes = vec![0u8; length];
                done(
                    H5Aread(attribute.id, of_type.id, bytes.as_mut_ptr().cast()),
                    "read text",
                )?;
                bytes
            }
        };
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| damaged(format!("the attribute {name:?} is not UTF-8")))
    }

    /// An attribute that is a whole number; none where there is no such attribute.
    pub(in crate::storage) fn integer_attribute(&self, name: &str) -> Result<Option<i64>> {
        let mut value = 0i64;
        let buffer = ptr::from_mut(&mut value).cast();
        // SAFETY: the buffer is one number of the type that is named.
        let found = unsafe {
            self.number(
                name,
                H5T_class_t::H5T_INTEGER,
                *h5t::H5T_NATIVE_INT64,
                buffer,
            )
        };
        Ok(found?.then_some(value))
    }

    /// An attribute that is a float; none where there is no such attribute.
    pub(in crate::storage) fn float_attribute(&self, name: &str) -> Result<Option<f64>> {
        let mut value = 0f64;
        let buffer = ptr::from_mut(&mut value).cast();
        // SAFETY: the buffer is one number of the type that is named.
        let found = unsafe {
            self.number(
                name,
                H5T_class_t::H5T_FLOAT,
                *h5t::H5T_NATIVE_DOUBLE,
                buffer,
            )
        };
        Ok(found?.then_some(value))
    }

    pub(in crate::storage) fn has_attribute(&self, name: &str) -> Result<bool> {
        let name = c_name(name)?;
        // SAFETY: under the lock; the name ends with a zero.
        match unsafe { H5Aexists(self.object.id, name.as_ptr()) } {
            negative if negative < 0 => Err(failed("look for an attribute")),
            found => Ok(found > 0),
        }
    }

    /// The cells of a dataset of one dimension; one-byte integers are booleans where `boolean` says so.
    pub(in crate::storage) fn cells(&self, name: &str, boolean: bool) -> Result<Values> {
        let rows = self.rows(name)?;
        // SAFETY: under the lock; the identifier is open.
        let made = unsafe { H5Dget_type(self.object.id) };
        let of_type = Handle::new(self.library, made, h5t::H5Tclose, "learn a type")?;
        let class = class(of_type.id);
        // SAFETY: as above.
        let (size, signed, variable) = unsafe {
            (
                h5t::H5Tget_size(of_type.id),
                class == H5T_class_t::H5T_INTEGER
                    && h5t::H5Tget_sign(of_type.id) == H5T_sign_t::H5T_SGN_2,
                class == H5T_class_t::H5T_STRING && h5t::H5Tis_variable_str(of_type.id) > 0,
            )
        };
        self.check_size(name, rows, size)?;
        match (class, size) {
            (H5T_class_t::H5T_FLOAT, 8) => self
                .numbers(*h5t::H5T_NATIVE_DOUBLE, rows, 0.0)
                .map(Values::Float64),
            (H5T_class_t::H5T_FLOAT, 4) => self
                .numbers(*h5t::H5T_NATIVE_FLOAT, rows, 0.0)
                .map(Values::Float32),
            (H5T_class_t::H5T_INTEGER, 8) if signed => self
                .numbers(*h5t::H5T_NATIVE_INT64, rows, 0)
                .map(Values::Int64),
            (H5T_class_t::H5T_INTEGER, 4) if signed => self
                .numbers(*h5t::H5T_NATIVE_INT32, rows, 0)
                .map(Values::Int32),
            (H5T_class_t::H5T_INTEGER, 1) if boolean => {
                let bytes = self.numbers(*h5t::H5T_NATIVE_INT8, rows, 0i8)?;
                Ok(Values::Boolean(
                    bytes.into_iter().map(|byte| byte != 0).collect(),
                ))
            }
            (H5T_class_t::H5T_STRING, _) if variable => {
                self.text(name, &of_type, rows).map(Values::Text)
            }
            _ => Err(damaged(format!(
                "the cells of column {name:?} are of a type that is not known"
            ))),
        }
    }

    fn rows(&self, name: &str) -> Result<usize> {
        // SAFETY: under the lock; the identifier is open.
        let made = unsafe { H5Dget_space(self.object.id) };
        let space = Handle::new(self.library, made, H5Sclose, "learn a shape")?;
        // SAFETY: as above.
        let (dimensions, cells) = unsafe {
            (
                H5Sget_simple_extent_ndims(space.id),
                H5Sget_simple_extent_npoints(space.id),
            )
        };
        if dimensions != 1 {
            return Err(damaged(format!(
                "column {name:?} has {dimensions} dimensions"
            )));
        }
        usize::try_from(cells).map_err(|_| failed("learn a shape"))
    }

    /// Refuses a column whose cells are not in this file, or could not be: no more than what deflate may have
    /// packed into the bytes that are there.
    fn check_size(&self, name: &str, rows: usize, cell_bytes: usize) -> Result<()> {
        // SAFETY: under the lock; all identifiers are open.
        let (layout, outside, stored) = unsafe {
            let list = Handle::new(
                self.library,
                H5Dget_create_plist(self.object.id),
                H5Pclose,
                "learn a layout",
            )?;
            (
                H5Pget_layout(list.id),
                H5Pget_external_count(list.id),
                H5Dget_storage_size(self.object.id),
            )
        };
        let expansion = match layout {
            H5D_layout_t::H5D_COMPACT | H5D_layout_t::H5D_CONTIGUOUS => 1,
            H5D_layout_t::H5D_CHUNKED => LARGEST_EXPANSION,
            _ => return Err(damaged(format!("column {name:?} is of an unknown layout"))),
        };
        if outside != 0 {
            return Err(damaged(format!(
                "column {name:?} keeps its cells in another file"
            )));
        }
        let claimed = (rows as u64).checked_mul(cell_bytes as u64);
        let possible = stored.min(self.file_length).saturating_mul(expansion);
        if claimed.is_none_or(|claimed| claimed > possible) {
            return Err(damaged(format!(
                "column {name:?} claims {rows} rows, more than {stored} bytes can hold"
            )));
        }
        Ok(())
    }

    fn numbers<T: Copy>(&self, native: hid_t, rows: usize, zero: T) -> Result<Vec<T>> {
        let mut values = vec![zero; rows];
        if rows > 0 {
            self.read(native, values.as_mut_ptr().cast())?;
        }
        Ok(values)
    }

    /// Many cells may share one long text in a file that was made to harm: so text is read in blocks that
    /// cannot take much memory, and all of it may not be much longer than the file.
    fn text(&self, name: &str, of_type: &Handle, rows: usize) -> Result<Text> {
        // SAFETY: under the lock; the identifier is open.
        let made = unsafe { H5Dget_space(self.object.id) };
        let space = Handle::new(self.library, made, H5Sclose, "learn a shape")?;
        let most = HARMLESS_TEXT_BYTES.max(self.file_length);
        let block = usize::try_from(HARMLESS_TEXT_BYTES / self.file_length.max(1)).unwrap_or(rows);
        let mut text = Text::new();
        let mut bytes = 0;
        while text.len() < rows {
            let length = block.clamp(1, rows - text.len());
            bytes += self.text_block(name, of_type, &space, length, &mut text)?;
            if bytes > most {
                return Err(damaged(format!(
                    "column {name:?} has more text than the file"
                )));
            }
        }
        Ok(text)
    }

    /// Reads the next cells of a text column; gives their bytes.
    fn text_block(
        &self,
        name: &str,
        of_type: &Handle,
        space: &Handle,
        length: usize,
        text: &mut Text,
    ) -> Result<u64> {
        let (start, count) = (text.len() as hsize_t, length as hsize_t);
        let target = Handle::line(self.library, length)?;
        let mut cells: Vec<*mut c_char> = vec![ptr::null_mut(); length];
        let buffer = cells.as_mut_ptr().cast::<c_void>();
        // SAFETY: under the lock; one dimension is selected, of as many cells as the buffer has pointers, which
        // the library sets to text of its own or leaves as they are.
        let read = unsafe {
            let whole = ptr::null();
            let chosen = H5S_seloper_t::H5S_SELECT_SET;
            let selected = H5Sselect_hyperslab(space.id, chosen, &start, whole, &count, whole);
            done(selected, "choose cells")?;
            let transfer = self.library.ids.transfer;
            H5Dread(
                self.object.id,
                of_type.id,
                target.id,
                space.id,
                transfer,
                buffer,
            )
        };
        let read = done(read, "read a column");
        let mut bytes = 0;
        let mut is_valid = true;
        for &cell in &cells {
            // SAFETY: each pointer is none or text of the library that ends with a zero.
            let word = unsafe { copied(cell) };
            bytes += word.len() as u64;
            match std::str::from_utf8(&word) {
                Ok(word) => text.push(word),
                Err(_) => is_valid = false,
            }
        }
        // SAFETY: gives back what the library allocated for exactly these cells.
        unsafe { H5Dvlen_reclaim(of_type.id, target.id, H5P_DEFAULT, buffer) };
        read?;
        if is_valid {
            Ok(bytes)
        } else {
            Err(damaged(format!("column {name:?} is not UTF-8")))
        }
    }

    fn read(&self, in_memory: hid_t, cells: *mut c_void) -> Result<()> {
        // SAFETY: only `numbers` and `text` call this, with as many elements as the dataset has rows, of the
        // type that is named.
        let status = unsafe {
            H5Dread(
                self.object.id,
                in_memory,
                H5S_ALL,
                H5S_ALL,
                self.library.ids.transfer,
                cells,
            )
        };
        done(status, "read a column")
    }

    /// SAFETY: `buffer` must be one number of the type `native`.
    unsafe fn number(
        &self,
        name: &str,
        expected: H5T_class_t,
        native: hid_t,
        buffer: *mut c_void,
    ) -> Result<bool> {
        let Some(attribute) = self.attribute(name)? else {
            return Ok(false);
        };
        self.attribute_space(&attribute)?;
        if class(self.attribute_type(&attribute)?.id) != expected {
            return Err(damaged(format!(
                "the attribute {name:?} is not such a number"
            )));
        }
        // SAFETY: the attribute is one number; the caller vouches for the buffer.
        done(
            unsafe { H5Aread(attribute.id, native, buffer) },
            "read a number",
        )?;
        Ok(true)
    }

    fn attribute(&self, name: &str) -> Result<Option<Handle<'l>>> {
        if !self.has_attribute(name)? {
            return Ok(None);
        }
        let name = c_name(name)?;
        // SAFETY: under the lock; the name ends with a zero.
        let made = unsafe { H5Aopen(self.object.id, name.as_ptr(), H5P_DEFAULT) };
        Handle::new(self.library, made, H5Aclose, "open an attribute").map(Some)
    }

    fn attribute_type(&self, attribute: &Handle) -> Result<Handle<'l>> {
        // SAFETY: under the lock; the identifier is open.
        let made = unsafe { H5Aget_type(attribute.id) };
        Handle::new(self.library, made, h5t::H5Tclose, "learn a type")
    }

    /// The dataspace of an attribute, which must be of one value.
    fn attribute_space(&self, attribute: &Handle) -> Result<Handle<'l>> {
        // SAFETY: under the lock; the identifiers are open.
        unsafe {
            let made = H5Aget_space(attribute.id);
            let space = Handle::new(self.library, made, H5Sclose, "learn a shape")?;
            if H5Sget_simple_extent_npoints(space.id) != 1 {
                return Err(damaged("an attribute is not a single value".to_owned()));
            }
            Ok(space)
        }
    }
}

fn class(of_type: hid_t) -> H5T_class_t {
    // SAFETY: under the lock; the identifier is an open type.
    unsafe { h5t::H5Tget_class(of_type) }
}

/// SAFETY: the pointer must be none or lead to text that ends with a zero.
unsafe fn copied(text: *const c_char) -> Vec<u8> {
    if text.is_null() {
        Vec::new() // how the library gives empty text
    } else {
        // SAFETY: the caller vouches for it.
        unsafe { CStr::from_ptr(text) }.to_bytes().to_vec()
    }
}

fn damaged(reason: String) -> StorageError {
    StorageError::Damaged { reason }
}
