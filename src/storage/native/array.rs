//! Arrays of several dimensions in the root of a file, and the dimensions that they share.

use std::ffi::c_void;
use std::ptr;

use hdf5_sys::h5::hsize_t;
use hdf5_sys::h5d::{H5Dclose, H5Dcreate2, H5Dwrite};
use hdf5_sys::h5g::{H5Gclose, H5Gopen2};
use hdf5_sys::h5p::{H5P_DEFAULT, H5Pclose, H5Pcopy, H5Pset_chunk, H5Pset_deflate, H5Pset_shuffle};
use hdf5_sys::h5r::hobj_ref_t;
use hdf5_sys::h5s::{H5S_ALL, H5S_seloper_t, H5Sclose, H5Screate_simple, H5Sselect_hyperslab};
use hdf5_sys::h5t::{self, hvl_t};

use super::write::{NewFile, NewObject};
use super::{Handle, Library, Result, ScaleUse, c_name, done};
use crate::storage::StorageError;
use crate::storage::schema::{SCALE_CLASS, SCALE_NAME_BYTES, dimension_title, scale_title};

/// Larger arrays are kept in pieces, one for each row of the last dimension that is not all zeros.
const WHOLE_CELLS: usize = 4_096;

/// Of 1 (fast) to 9 (small).
const DEFLATE: u32 = 4;

/// A variable, its name, and the place of each of its dimensions in a list of scales.
pub(in crate::storage) struct Variable<'l> {
    pub name: String,
    pub object: NewObject<'l>,
    pub scales: Vec<usize>,
}

impl<'l> NewFile<'l> {
    /// The root group.
    pub(in crate::storage) fn root(&self) -> Result<NewObject<'l>> {
        // SAFETY: under the lock; the file is open and the name ends with a zero.
        let made = unsafe { H5Gopen2(self.file.id, c"/".as_ptr(), H5P_DEFAULT) };
        Ok(NewObject {
            library: self.library,
            object: Handle::new(self.library, made, H5Gclose, "open the root")?,
        })
    }
}

impl<'l> NewObject<'l> {
    /// An array of whole numbers that is zero but for these stretches, each within a row of the last dimension: index
    /// of its first cell in row-major order, and its cells. Rows without a stretch take no room.
    pub(in crate::storage) fn integers(
        &self,
        name: &str,
        shape: &[usize],
        stretches: &[(usize, Vec<i64>)],
    ) -> Result<NewObject<'l>> {
        let cells = shape
            .iter()
            .try_fold(1usize, |cells, &length| cells.checked_mul(length))
            .filter(|&cells| cells <= isize::MAX as usize / size_of::<i64>())
            .ok_or_else(|| unencodable(name, "it has more cells than can be counted"))?;
        let row = shape.last().copied().unwrap_or(1);
        let fits = |(first, values): &(usize, Vec<i64>)| {
            !values.is_empty() && first % row.max(1) + values.len() <= row && *first < cells
        };
        if !stretches.iter().all(fits) {
            return Err(unencodable(name, "a stretch is not within a row"));
        }
        if cells <= WHOLE_CELLS {
            let mut values = vec![0; cells];
            for (first, stretch) in stretches {
                values[*first..first + stretch.len()].copy_from_slice(stretch);
            }
            return self.whole(
                name,
                shape,
                *h5t::H5T_STD_I64LE,
                *h5t::H5T_NATIVE_INT64,
                &values,
            );
        }
        let array = self.in_rows(name, shape)?;
        let mut rows = stretches.to_vec();
        rows.sort_unstable_by_key(|(first, _)| *first);
        for same_row in rows.chunk_by(|one, other| one.0 / row == other.0 / row) {
            let mut values = vec![0; row];
            let first = same_row[0].0 / row * row;
            for (begin, stretch) in same_row {
                values[begin - first..begin - first + stretch.len()].copy_from_slice(stretch);
            }
            array.write_row(shape, first, &values)?;
        }
        Ok(array)
    }

    /// An array of floats; all cells are given.
    pub(in crate::storage) fn floats(
        &self,
        name: &str,
        shape: &[usize],
        values: &[f64],
    ) -> Result<NewObject<'l>> {
        if shape.iter().product::<usize>() != values.len() {
            return Err(unencodable(name, "it has other cells than its shape"));
        }
        self.whole(
            name,
            shape,
            *h5t::H5T_IEEE_F64LE,
            *h5t::H5T_NATIVE_DOUBLE,
            values,
        )
    }

    /// The caller has made sure that there are as many values as the shape has cells, of the native type.
    fn whole<T>(
        &self,
        name: &str,
        shape: &[usize],
        on_disk: hdf5_sys::h5i::hid_t,
        native: hdf5_sys::h5i::hid_t,
        values: &[T],
    ) -> Result<NewObject<'l>> {
        let space = cuboid(self.library, shape)?;
        let list = self.library.ids.create_dataset;
        let array = self.array(name, on_disk, &space, list)?;
        if values.is_empty() {
            return Ok(array);
        }
        // SAFETY: under the lock; the space has as many cells as the slice.
        let status = unsafe {
            H5Dwrite(
                array.object.id,
                native,
                H5S_ALL,
                H5S_ALL,
                self.library.ids.transfer,
                values.as_ptr().cast::<c_void>(),
            )
        };
        done(status, "write an array")?;
        Ok(array)
    }

    /// An array in pieces of one row, none of them there yet.
    fn in_rows(&self, name: &str, shape: &[usize]) -> Result<NewObject<'l>> {
        let space = cuboid(self.library, shape)?;
        let mut piece = vec![1 as hsize_t; shape.len()];
        if let (Some(last), Some(&length)) = (piece.last_mut(), shape.last()) {
            *last = length as hsize_t;
        }
        // SAFETY: under the lock; as many numbers are given as are announced.
        let list = unsafe {
            let made = H5Pcopy(self.library.ids.create_dataset);
            let list = Handle::new(self.library, made, H5Pclose, "copy a property list")?;
            done(
                H5Pset_chunk(list.id, piece.len() as i32, piece.as_ptr()),
                "choose pieces",
            )?;
            done(H5Pset_shuffle(list.id), "choose a filter")?;
            done(H5Pset_deflate(list.id, DEFLATE), "choose a filter")?;
            list
        };
        self.array(name, *h5t::H5T_STD_I64LE, &space, list.id)
    }

    fn write_row(&self, shape: &[usize], first: usize, values: &[i64]) -> Result<()> {
        let file = cuboid(self.library, shape)?;
        let memory = Handle::line(self.library, values.len())?;
        let mut start = vec![0 as hsize_t; shape.len()];
        let mut rest = first;
        for (place, &length) in start.iter_mut().zip(shape).rev() {
            *place = (rest % length) as hsize_t;
            rest /= length;
        }
        let mut count = vec![1 as hsize_t; shape.len()];
        if let Some(last) = count.last_mut() {
            *last = values.len() as hsize_t;
        }
        // SAFETY: under the lock; start and count have a number for each dimension, and as many cells are selected as
        // the slice has.
        unsafe {
            let chosen = H5Sselect_hyperslab(
                file.id,
                H5S_seloper_t::H5S_SELECT_SET,
                start.as_ptr(),
                ptr::null(),
                count.as_ptr(),
                ptr::null(),
            );
            done(chosen, "choose cells")?;
            let status = H5Dwrite(
                self.object.id,
                *h5t::H5T_NATIVE_INT64,
                memory.id,
                file.id,
                self.library.ids.transfer,
                values.as_ptr().cast::<c_void>(),
            );
            done(status, "write a row")
        }
    }

    fn array(
        &self,
        name: &str,
        on_disk: hdf5_sys::h5i::hid_t,
        space: &Handle,
        creation: hdf5_sys::h5i::hid_t,
    ) -> Result<NewObject<'l>> {
        let name = c_name(name)?;
        // SAFETY: under the lock; all identifiers are open and the name ends with a zero.
        let made = unsafe {
            H5Dcreate2(
                self.object.id,
                name.as_ptr(),
                on_disk,
                space.id,
                self.library.ids.utf8_link,
                creation,
                H5P_DEFAULT,
            )
        };
        Ok(NewObject {
            library: self.library,
            object: Handle::new(self.library, made, H5Dclose, "make an array")?,
        })
    }

    /// A dimension without a variable, as netCDF-4 has it.
    pub(in crate::storage) fn dimension(&self, name: &str, length: usize) -> Result<NewObject<'l>> {
        let dimension = self.dataset(name, *h5t::H5T_IEEE_F32BE, length)?;
        dimension.scale_attributes(&dimension_title(length))?;
        Ok(dimension)
    }

    /// Makes a column the coordinate of the dimension of its own name.
    pub(in crate::storage) fn mark_as_scale(&self, name: &str) -> Result<()> {
        self.scale_attributes(&scale_title(name))
    }

    fn scale_attributes(&self, title: &[u8; SCALE_NAME_BYTES]) -> Result<()> {
        let ids = self.library.ids;
        // SAFETY: both buffers have the length of their type.
        unsafe {
            self.attribute(
                "CLASS",
                ids.scale_class,
                ids.scalar,
                SCALE_CLASS.as_ptr().cast(),
            )?;
            self.attribute("NAME", ids.scale_name, ids.scalar, title.as_ptr().cast())
        }
    }

    /// Tells each variable of this group its dimensions, and each dimension its variables.
    pub(in crate::storage) fn attach_all(
        &self,
        scales: &[(String, NewObject)],
        variables: &[Variable],
    ) -> Result<()> {
        let mut targets = Vec::with_capacity(scales.len());
        for (name, _) in scales {
            targets.push(self.reference(name)?);
        }
        let mut uses: Vec<Vec<ScaleUse>> = scales.iter().map(|_| Vec::new()).collect();
        for variable in variables {
            let dataset = self.reference(&variable.name)?;
            variable.point_to(&targets)?;
            for (dimension, &scale) in variable.scales.iter().enumerate() {
                uses[scale].push(ScaleUse {
                    dataset,
                    dimension: dimension as u32,
                });
            }
        }
        for ((_, scale), uses) in scales.iter().zip(&uses) {
            if uses.is_empty() {
                continue;
            }
            let count = Handle::line(self.library, uses.len())?;
            // SAFETY: the space has as many elements as the vector, of the layout that the type describes.
            unsafe {
                scale.attribute(
                    "REFERENCE_LIST",
                    self.library.ids.scale_use,
                    count.id,
                    uses.as_ptr().cast(),
                )?;
            }
        }
        Ok(())
    }

    /// Several whole numbers.
    pub(in crate::storage) fn integers_attribute(&self, name: &str, values: &[i64]) -> Result<()> {
        let space = Handle::line(self.library, values.len())?;
        let values: Vec<i64> = values.iter().map(|value| value.to_le()).collect();
        // SAFETY: the space has as many elements as the vector, little-endian as the type says.
        unsafe { self.attribute(name, *h5t::H5T_STD_I64LE, space.id, values.as_ptr().cast()) }
    }
}

impl Variable<'_> {
    /// A list of one reference for each dimension.
    fn point_to(&self, targets: &[hobj_ref_t]) -> Result<()> {
        let mut own: Vec<hobj_ref_t> = self.scales.iter().map(|&scale| targets[scale]).collect();
        let lists: Vec<hvl_t> = own
            .iter_mut()
            .map(|target| hvl_t {
                len: 1,
                p: ptr::from_mut(target).cast(),
            })
            .collect();
        let library = self.object.library;
        let space = Handle::line(library, lists.len())?;
        // SAFETY: the space has as many lists as the vector, each of one reference that lives until the call returns.
        unsafe {
            self.object.attribute(
                "DIMENSION_LIST",
                library.ids.scale_list,
                space.id,
                lists.as_ptr().cast(),
            )
        }
    }
}

/// A dataspace of these lengths.
fn cuboid<'l>(library: &'l Library, shape: &[usize]) -> Result<Handle<'l>> {
    let lengths: Vec<hsize_t> = shape.iter().map(|&length| length as hsize_t).collect();
    // SAFETY: as many numbers are given as are announced; no maximum means the same.
    let made = unsafe { H5Screate_simple(lengths.len() as i32, lengths.as_ptr(), ptr::null()) };
    Handle::new(library, made, H5Sclose, "make a space")
}

fn unencodable(name: &str, reason: &'static str) -> StorageError {
    StorageError::Unencodable {
        what: format!("the array {name:?}"),
        reason,
    }
}
