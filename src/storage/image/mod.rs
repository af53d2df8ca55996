//! Groups of columns to the bytes of an HDF5 file (File Format Specification 3.0), in the subset that the products of a
//! source need: superblock 2, object headers 2, compact links in the order in which they were made, compact attributes,
//! contiguous columns of one dimension, text in the global heap, and the dimension scales of netCDF-4.
//!
//! Why not libhdf5: it lets one thread of a process in at a time, and a file of 100 epochs is two hundred calls that are
//! bound by its caches of metadata (one of half a megabyte is cleared for each file). Encoding was two thirds of a
//! run. Here a file is one pass over its content, on any thread, with bytes that depend on no library. What
//! the files are is decided by others: libhdf5 reads them in `decode`, h5py, netCDF4 and pandas in the tests.
//!
//! The order in the file: superblock; for each group its columns (cells, then header), its dimension, its own header;
//! the header of the root; the heap. So all addresses are known when they are needed but for those of the heap and the
//! dimension, which are filled in at the end.

mod bytes;
mod datatype;
mod header;
mod heap;

use std::borrow::Cow;

use bytes::{pad, put};
use datatype::Datatype;
use header::HeaderWriter;
use heap::{Heap, Place};

use super::StorageError;
use super::lookup3::lookup3;
use super::schema::{Cells, SCALE_CLASS, dimension_title};

type Result<T> = std::result::Result<T, StorageError>;

const SUPERBLOCK_BYTES: usize = 48;
const UNDEFINED: u64 = u64::MAX;

/// A group, in it columns of as many rows each and the dimension that they share.
pub(super) struct Group<'a> {
    pub name: String,
    pub attributes: Attributes<'a>,
    /// A name that no column has.
    pub dimension: String,
    pub rows: usize,
    pub columns: Vec<Column<'a>>,
}

pub(super) struct Column<'a> {
    pub name: String,
    pub cells: Cells<'a>,
    pub attributes: Attributes<'a>,
}

/// Names and values in the order in which they are written, which readers that do not sort by name keep; every name once.
pub(super) type Attributes<'a> = Vec<(&'static str, Value<'a>)>;

pub(super) enum Value<'a> {
    Text(Cow<'a, str>),
    Integer(i64),
    Float(f64),
}

/// The file of these groups.
///
/// # Errors
/// A name or a text in a column with a zero character; an attribute or name that a header cannot hold (64 kB).
pub(super) fn encode(groups: &[Group]) -> Result<Vec<u8>> {
    let mut file = File {
        bytes: vec![0; SUPERBLOCK_BYTES],
        heap: Heap::default(),
        heap_references: Vec::new(),
        headers: Vec::new(),
    };
    let mut links = Vec::with_capacity(groups.len());
    for group in groups {
        links.push((group.name.as_str(), file.group(group)?));
    }
    let root = file.group_header(&Attributes::new(), &links)?;
    Ok(file.finish(root))
}

struct File {
    bytes: Vec<u8>,
    heap: Heap,
    /// Where in the file an address in the heap stands; until the end it is the number of the collection.
    heap_references: Vec<usize>,
    /// Where headers begin, and where the checksums that end them do.
    headers: Vec<(usize, usize)>,
}

/// What a dataset says of itself, but for its attributes.
#[derive(Clone, Copy)]
struct Dataset {
    datatype: Datatype,
    rows: usize,
    /// Of its cells.
    address: u64,
}

impl File {
    /// Writes a group with all that is in it; gives the address of its header.
    fn group(&mut self, group: &Group) -> Result<u64> {
        let mut addresses = Vec::with_capacity(group.columns.len());
        let mut lists = Vec::with_capacity(group.columns.len());
        for column in &group.columns {
            let (address, list) = self.column(column)?;
            addresses.push(address);
            lists.push(list);
        }
        let dimension = self.dimension(group.rows, &addresses)?;
        for list in lists {
            self.heap.fill(list, dimension);
        }
        let names = group.columns.iter().map(|column| column.name.as_str());
        let mut links = vec![(group.dimension.as_str(), dimension)];
        links.extend(names.zip(addresses));
        self.group_header(&group.attributes, &links)
    }

    /// Writes cells and header of a column; gives the address of the header, and the place of the list of its scales.
    fn column(&mut self, column: &Column) -> Result<(u64, Place)> {
        let dataset = self.cells(&column.name, column.cells)?;
        let mut header = HeaderWriter::begin(&mut self.bytes);
        header.dataset(dataset);
        header.attribute_info();
        for (name, value) in &column.attributes {
            header.value(&mut self.heap, name, value)?;
        }
        let list = self.heap.add(&UNDEFINED.to_le_bytes());
        header.object_list("DIMENSION_LIST", list)?;
        let header = header.end();
        Ok((self.end(header), list))
    }

    /// Writes the cells of a column, if there are any.
    fn cells(&mut self, name: &str, cells: Cells) -> Result<Dataset> {
        pad(&mut self.bytes);
        let address = self.bytes.len() as u64;
        let rows = cells.len();
        let datatype = match cells {
            Cells::Float64(values) => {
                self.numbers(values, f64::to_le_bytes);
                datatype::FLOAT64
            }
            Cells::Float32(values) => {
                self.numbers(values, f32::to_le_bytes);
                datatype::FLOAT32
            }
            Cells::Int64(values) => {
                self.numbers(values, i64::to_le_bytes);
                datatype::INT64
            }
            Cells::Int32(values) => {
                self.numbers(values, i32::to_le_bytes);
                datatype::INT32
            }
            Cells::Boolean(values) => {
                self.numbers(values, |value| [u8::from(value)]);
                datatype::INT8
            }
            Cells::Text(text) => {
                if let Some(word) = text.words().iter().find(|word| word.contains('\0')) {
                    return Err(StorageError::Unencodable {
                        what: format!("the text {word:?} of column {name:?}"),
                        reason: "it contains a zero character",
                    });
                }
                for &code in text.codes() {
                    let word = text.words()[code as usize].as_bytes();
                    let reference = header::heap_reference(&mut self.heap, word);
                    if !word.is_empty() {
                        self.heap_references
                            .push(self.bytes.len() + header::ADDRESS_AT);
                    }
                    self.bytes.extend(reference);
                }
                datatype::TEXT
            }
        };
        Ok(Dataset {
            datatype,
            rows,
            address: if rows == 0 { UNDEFINED } else { address },
        })
    }

    fn numbers<T: Copy, const BYTES: usize>(
        &mut self,
        values: &[T],
        bytes_of: impl Fn(T) -> [u8; BYTES],
    ) {
        self.bytes.reserve(values.len() * BYTES);
        for &value in values {
            self.bytes.extend_from_slice(&bytes_of(value));
        }
    }

    /// Writes the dimension of columns at these addresses, as netCDF-4 has it where no variable is named like it: a
    /// dimension scale without cells.
    fn dimension(&mut self, rows: usize, columns: &[u64]) -> Result<u64> {
        pad(&mut self.bytes);
        let mut header = HeaderWriter::begin(&mut self.bytes);
        header.dataset(Dataset {
            datatype: datatype::FLOAT32_BIG_ENDIAN,
            rows,
            address: UNDEFINED,
        });
        header.attribute_info();
        header.ascii("CLASS", SCALE_CLASS)?;
        header.ascii("NAME", &dimension_title(rows))?;
        if !columns.is_empty() {
            header.scale_uses("REFERENCE_LIST", columns)?;
        }
        let header = header.end();
        Ok(self.end(header))
    }

    fn group_header(&mut self, attributes: &Attributes, links: &[(&str, u64)]) -> Result<u64> {
        pad(&mut self.bytes);
        let mut header = HeaderWriter::begin(&mut self.bytes);
        header.link_and_group_info(links.len());
        if !attributes.is_empty() {
            header.attribute_info();
        }
        for (name, value) in attributes {
            header.value(&mut self.heap, name, value)?;
        }
        for (order, (name, address)) in links.iter().enumerate() {
            header.link(order, name, *address)?;
        }
        let header = header.end();
        Ok(self.end(header))
    }

    /// Keeps what is to be filled in later of a header; gives its address.
    fn end(&mut self, header: header::Ended) -> u64 {
        self.heap_references.extend(header.heap_references);
        self.headers.push((header.start, header.checksum));
        header.start as u64
    }

    fn finish(mut self, root: u64) -> Vec<u8> {
        pad(&mut self.bytes);
        let heap_start = self.bytes.len();
        let (heap, starts) = self.heap.finish();
        for place in self.heap_references {
            let number = u64_at(&self.bytes, place);
            let address = starts[number as usize] + heap_start;
            put(&mut self.bytes, place, &(address as u64).to_le_bytes());
        }
        self.bytes.extend(heap);
        for (start, end) in self.headers {
            let checksum = lookup3(&self.bytes[start..end]);
            put(&mut self.bytes, end, &checksum.to_le_bytes());
        }
        let superblock = superblock(self.bytes.len() as u64, root);
        put(&mut self.bytes, 0, &superblock);
        self.bytes
    }
}

/// Version 2 (II.A): addresses and lengths of eight bytes, no extension.
fn superblock(length: u64, root: u64) -> [u8; SUPERBLOCK_BYTES] {
    let mut bytes = [0; SUPERBLOCK_BYTES];
    put(&mut bytes, 0, b"\x89HDF\r\n\x1a\n\x02\x08\x08");
    put(&mut bytes, 20, &UNDEFINED.to_le_bytes());
    put(&mut bytes, 28, &length.to_le_bytes());
    put(&mut bytes, 36, &root.to_le_bytes());
    let checksum = lookup3(&bytes[..44]);
    put(&mut bytes, 44, &checksum.to_le_bytes());
    bytes
}

fn u64_at(bytes: &[u8], place: usize) -> u64 {
    bytes[place..]
        .first_chunk()
        .map_or(0, |eight| u64::from_le_bytes(*eight))
}
