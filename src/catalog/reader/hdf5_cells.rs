//! Cells of one column of an HDF5 dataset, whatever their type.

use hdf5::Dataset;
use hdf5::datatype::Datatype;
use hdf5::types::{
    CompoundField, CompoundType, FloatSize, IntSize, TypeDescriptor, VarLenAscii, VarLenUnicode,
};
use hdf5_sys::h5d::H5Dread;
use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5s::H5S_ALL;

use super::Cells;
use crate::catalog::strings::Strings;

/// Which part of each row of a dataset is the column.
#[derive(Debug)]
pub(super) struct Part {
    /// Field of a compound dataset; none if the row is the cell.
    field: Option<String>,
    kind: Kind,
    /// Cells that a row has of this kind, and which one of them is meant.
    width: usize,
    index: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Integer,
    Unsigned,
    Float,
    Ascii(usize),
    Unicode(usize),
    LongAscii,
    LongUnicode,
}

impl Part {
    /// A dataset that has one cell a row.
    pub(super) fn whole(descriptor: TypeDescriptor) -> Option<Part> {
        Some(Part {
            field: None,
            kind: Kind::of(&descriptor)?,
            width: 1,
            index: 0,
        })
    }

    /// Cell `index` of each row of a two-dimensional dataset.
    pub(super) fn of_rows(descriptor: TypeDescriptor, width: usize, index: usize) -> Option<Part> {
        Some(Part {
            width,
            index,
            ..Part::whole(descriptor)?
        })
    }

    /// A field of a compound dataset; cell `index` of it if it is an array. Text of any length stands
    /// elsewhere in the file and is not read from within compounds.
    pub(super) fn field(name: &str, descriptor: TypeDescriptor, index: usize) -> Option<Part> {
        let (descriptor, width) = match descriptor {
            TypeDescriptor::FixedArray(inner, width) => (*inner, width),
            other => (other, 1),
        };
        let kind = Kind::of(&descriptor)
            .filter(|kind| !matches!(kind, Kind::LongAscii | Kind::LongUnicode))?;
        (index < width).then(|| Part {
            field: Some(name.to_owned()),
            kind,
            width,
            index,
        })
    }

    /// The type in memory; HDF5 converts byte order and size on the way.
    fn in_memory(&self) -> TypeDescriptor {
        let one = match self.kind {
            Kind::Integer => TypeDescriptor::Integer(IntSize::U8),
            Kind::Unsigned => TypeDescriptor::Unsigned(IntSize::U8),
            Kind::Float => TypeDescriptor::Float(FloatSize::U8),
            Kind::Ascii(letters) => TypeDescriptor::FixedAscii(letters),
            Kind::Unicode(letters) => TypeDescriptor::FixedUnicode(letters),
            Kind::LongAscii => TypeDescriptor::VarLenAscii,
            Kind::LongUnicode => TypeDescriptor::VarLenUnicode,
        };
        let Some(name) = &self.field else {
            return one;
        };
        let ty = match self.width {
            1 => one,
            width => TypeDescriptor::FixedArray(Box::new(one), width),
        };
        TypeDescriptor::Compound(CompoundType {
            size: ty.size(),
            fields: vec![CompoundField {
                name: name.clone(),
                ty,
                offset: 0,
                index: 0,
            }],
        })
    }
}

impl Kind {
    fn of(descriptor: &TypeDescriptor) -> Option<Kind> {
        Some(match descriptor {
            TypeDescriptor::Integer(_) => Kind::Integer,
            TypeDescriptor::Unsigned(_) => Kind::Unsigned,
            TypeDescriptor::Float(_) => Kind::Float,
            TypeDescriptor::FixedAscii(letters) => Kind::Ascii(*letters),
            TypeDescriptor::FixedUnicode(letters) => Kind::Unicode(*letters),
            TypeDescriptor::VarLenAscii => Kind::LongAscii,
            TypeDescriptor::VarLenUnicode => Kind::LongUnicode,
            _ => return None,
        })
    }

    fn bytes(self) -> usize {
        match self {
            Kind::Ascii(letters) | Kind::Unicode(letters) => letters,
            _ => 8,
        }
    }
}

/// Reads the cells of a column out of a file of so many bytes.
pub(super) fn read_cells(dataset: &Dataset, part: &Part, file_bytes: u64) -> Result<Cells, String> {
    let rows = dataset.shape().first().copied().unwrap_or(0);
    let bytes = rows
        .checked_mul(part.width)
        .and_then(|cells| cells.checked_mul(part.kind.bytes()))
        .filter(|&bytes| is_believable(bytes as u64, file_bytes))
        .ok_or_else(|| format!("{rows} rows are claimed by a file of {file_bytes} bytes"))?;
    match part.kind {
        Kind::LongAscii => texts(dataset.read_raw::<VarLenAscii>(), VarLenAscii::as_bytes),
        Kind::LongUnicode => texts(dataset.read_raw::<VarLenUnicode>(), VarLenUnicode::as_bytes),
        _ => {
            let buffer =
                read_bytes(dataset, &part.in_memory(), bytes).map_err(|error| error.to_string())?;
            Ok(cells(&buffer, part))
        }
    }
}

/// Deflate packs at most 1032 to 1, so that more than that is a lie about the size; small ones do no harm.
fn is_believable(bytes: u64, file_bytes: u64) -> bool {
    const HARMLESS: u64 = 16 << 20;
    bytes <= HARMLESS.max(file_bytes.saturating_mul(1_032))
}

/// The whole dataset as bytes of the given type in memory.
///
/// The typed readers of the library need the type when Retriever is compiled; the length of a text or the
/// name of a compound's field is known only when the file is there.
#[allow(unsafe_code)]
fn read_bytes(
    dataset: &Dataset,
    in_memory: &TypeDescriptor,
    bytes: usize,
) -> hdf5::Result<Vec<u8>> {
    let datatype = Datatype::from_descriptor(in_memory)?;
    let mut buffer = vec![0u8; bytes];
    let needed = dataset.size().checked_mul(datatype.size());
    if needed != Some(bytes) {
        return Err(format!("{needed:?} bytes are needed, not {bytes}").into());
    }
    if bytes == 0 {
        return Ok(buffer);
    }
    let status = hdf5::sync::sync(|| {
        // SAFETY: `H5S_ALL` twice writes one element of `datatype` per element of the dataset, which the
        // check above found to be the length of the buffer; types that hold pointers are not read this way;
        // the library's lock is held, and both handles live until the end of this function.
        unsafe {
            H5Dread(
                dataset.id(),
                datatype.id(),
                H5S_ALL,
                H5S_ALL,
                H5P_DEFAULT,
                buffer.as_mut_ptr().cast(),
            )
        }
    });
    if status < 0 {
        return Err(
            "its data cannot be read: cut short, damaged, or packed in an unknown way".into(),
        );
    }
    Ok(buffer)
}

fn cells(buffer: &[u8], part: &Part) -> Cells {
    let size = part.kind.bytes();
    // a column of empty texts has no bytes to step through
    let chunks = buffer
        .chunks_exact((size * part.width).max(1))
        .map(|row| &row[part.index * size..][..size]);
    let eight =
        |bytes: &[u8]| -> [u8; 8] { bytes.try_into().expect("numbers are read with 8 bytes") };
    match part.kind {
        Kind::Integer => Cells::Integer(
            chunks
                .map(|cell| Some(i64::from_ne_bytes(eight(cell))))
                .collect(),
        ),
        Kind::Unsigned => Cells::Unsigned(
            chunks
                .map(|cell| Some(u64::from_ne_bytes(eight(cell))))
                .collect(),
        ),
        Kind::Float => Cells::Float(chunks.map(|cell| f64::from_ne_bytes(eight(cell))).collect()),
        _ => Cells::Text(chunks.map(text).collect()),
    }
}

fn text(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn texts<T>(texts: hdf5::Result<Vec<T>>, bytes: impl Fn(&T) -> &[u8]) -> Result<Cells, String> {
    let texts = texts.map_err(|error| error.to_string())?;
    let strings: Strings = texts
        .iter()
        .map(|text| String::from_utf8_lossy(bytes(text)))
        .collect();
    Ok(Cells::Text(strings))
}
