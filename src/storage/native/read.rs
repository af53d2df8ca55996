//! Reading a file whose bytes are in memory, on the suspicion that anybody may have made it: groups and attributes.
//!
//! Only hard links are followed, and no number from the file decides how much memory is taken before it is held
//! against the length of the file.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;

use hdf5_sys::h5::{H5_index_t, H5_iter_order_t, herr_t};
use hdf5_sys::h5a::{H5Aclose, H5Aexists, H5Aget_space, H5Aget_type, H5Aopen, H5Aread};
use hdf5_sys::h5d::{H5Dclose, H5Dopen2, H5Dvlen_reclaim};
use hdf5_sys::h5f::{H5F_ACC_RDONLY, H5Fopen};
use hdf5_sys::h5g::{H5G_info_t, H5Gclose, H5Gget_info, H5Gopen2};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5l::{H5L_info1_t, H5L_type_t, H5Literate1};
use hdf5_sys::h5p::{H5P_DEFAULT, H5Pclose, H5Pcopy, H5Pset_file_image};
use hdf5_sys::h5s::{H5Sclose, H5Sget_simple_extent_npoints};
use hdf5_sys::h5t::{self, H5T_class_t};

use super::{Handle, Library, Result, c_name, done, failed};
use crate::storage::StorageError;

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
    pub(super) library: &'l Library,
    pub(super) object: Handle<'l>,
    /// Length of the whole file (bytes).
    pub(super) file_length: u64,
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

/// A link of a group.
struct Link {
    name: Vec<u8>,
    is_hard: bool,
    /// As what number it was made; files of other makers may not tell.
    order: Option<i64>,
}

/// Names of the hard links, in the order in which they were made: a soft or external one could lead out of the file.
fn links(group: hid_t) -> Result<Vec<String>> {
    let mut info = H5G_info_t::default();
    // SAFETY: under the lock; the record is ours.
    done(unsafe { H5Gget_info(group, &mut info) }, "count the links")?;
    if info.nlinks > MOST_LINKS {
        return Err(damaged(format!("{} links in one group", info.nlinks)));
    }
    // all at once: to look for each by its place sorts all of them each time
    let mut links: Vec<Link> = Vec::new();
    // SAFETY: under the lock; the list outlives the call, and is what `add_link` takes its data for.
    #[allow(deprecated)] // its successor is not there before HDF5 1.12
    let outcome = unsafe {
        H5Literate1(
            group,
            H5_index_t::H5_INDEX_NAME,
            H5_iter_order_t::H5_ITER_INC,
            ptr::null_mut(),
            Some(add_link),
            ptr::from_mut(&mut links).cast(),
        )
    };
    done(outcome, "list the links")?;
    // without a number they stay in the order of their names
    links.sort_by_key(|link| link.order);
    let hard = links.into_iter().filter(|link| link.is_hard);
    hard.map(|link| {
        let name = String::from_utf8(link.name);
        name.map_err(|_| damaged("the name of a link is not UTF-8".to_owned()))
    })
    .collect()
}

/// SAFETY: `links` must be a list of links; the library gives the rest.
unsafe extern "C" fn add_link(
    _: hid_t,
    name: *const c_char,
    info: *const H5L_info1_t,
    links: *mut c_void,
) -> herr_t {
    // SAFETY: the name ends with a zero. The kind is read as a plain integer, since a file may hold a number that
    // the enum does not have.
    unsafe {
        let kind = (&raw const (*info).type_).cast::<c_int>().read();
        (*links.cast::<Vec<Link>>()).push(Link {
            name: CStr::from_ptr(name).to_bytes().to_vec(),
            is_hard: kind == H5L_type_t::H5L_TYPE_HARD as c_int,
            order: ((*info).corder_valid != 0).then_some((*info).corder),
        });
    }
    0
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

pub(super) fn class(of_type: hid_t) -> H5T_class_t {
    // SAFETY: under the lock; the identifier is an open type.
    unsafe { h5t::H5Tget_class(of_type) }
}

/// SAFETY: the pointer must be none or lead to text that ends with a zero.
pub(super) unsafe fn copied(text: *const c_char) -> Vec<u8> {
    if text.is_null() {
        Vec::new() // how the library gives empty text
    } else {
        // SAFETY: the caller vouches for it.
        unsafe { CStr::from_ptr(text) }.to_bytes().to_vec()
    }
}

pub(super) fn damaged(reason: String) -> StorageError {
    StorageError::Damaged { reason }
}
