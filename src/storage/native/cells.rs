//! Reading the cells of a dataset: only those inside the file, and no more than its length allows.

use std::ffi::{c_char, c_void};
use std::ptr;

use hdf5_sys::h5::hsize_t;
use hdf5_sys::h5d::{
    H5D_layout_t, H5Dget_create_plist, H5Dget_space, H5Dget_storage_size, H5Dget_type, H5Dread,
    H5Dvlen_reclaim,
};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::{H5P_DEFAULT, H5Pclose, H5Pget_external_count, H5Pget_layout};
use hdf5_sys::h5s::{
    H5S_ALL, H5S_seloper_t, H5Sclose, H5Sget_simple_extent_ndims, H5Sget_simple_extent_npoints,
    H5Sselect_hyperslab,
};
use hdf5_sys::h5t::{self, H5T_class_t, H5T_sign_t};

use super::read::{ReadObject, class, copied, damaged};
use super::{Handle, Result, done, failed};
use crate::photometry::{Text, Values};

/// What deflate can make of a byte at most (zlib's technical details: 1032 : 1).
const LARGEST_EXPANSION: u64 = 1032;

/// Memory that text may take whatever the length of the file (bytes).
const HARMLESS_TEXT_BYTES: u64 = 256 * 1024 * 1024;

impl ReadObject<'_> {
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
}
