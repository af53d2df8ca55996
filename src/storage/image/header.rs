//! Object headers and the messages in them (HDF5 File Format Specification 3.0, IV.A, version 2).

use super::bytes::put;
use super::datatype::{self, Datatype};
use super::heap::{Heap, Place};
use super::{Dataset, Result, Value};
use crate::storage::StorageError;
use crate::storage::schema::COMPACT_ENTRIES;

/// Where the address stands in a reference into the heap.
pub(super) const ADDRESS_AT: usize = 4;

/// Types of messages.
const DATASPACE: u8 = 0x01;
const LINK_INFO: u8 = 0x02;
const DATATYPE: u8 = 0x03;
const FILL_VALUE: u8 = 0x05;
const LINK: u8 = 0x06;
const LAYOUT: u8 = 0x08;
const GROUP_INFO: u8 = 0x0a;
const ATTRIBUTE: u8 = 0x0c;
const ATTRIBUTE_INFO: u8 = 0x15;

/// Flags of messages: none, one that never changes, one that is never moved to a table of shared ones.
const USUAL: u8 = 0;
const CONSTANT: u8 = 1;
const NEVER_SHARED: u8 = 4;

/// A length of four bytes, and limits of its own for attributes in the header.
const HEADER_FLAGS: u8 = 0x12;
const SCALAR: &[u8] = &[2, 0, 0, 0];
const UTF8: u8 = 1;

/// A header whose messages are being written.
pub(super) struct HeaderWriter<'f> {
    bytes: &'f mut Vec<u8>,
    start: usize,
    /// Where its first message begins.
    messages: usize,
    heap_references: Vec<usize>,
}

/// A header that is whole but for the addresses in the heap and the checksum.
pub(super) struct Ended {
    pub start: usize,
    pub checksum: usize,
    pub heap_references: Vec<usize>,
}

impl<'f> HeaderWriter<'f> {
    pub(super) fn begin(bytes: &'f mut Vec<u8>) -> HeaderWriter<'f> {
        let start = bytes.len();
        bytes.extend(b"OHDR");
        bytes.extend([2, HEADER_FLAGS]);
        bytes.extend(COMPACT_LIMITS);
        bytes.extend([0; 4]); // the length of all messages
        HeaderWriter {
            start,
            messages: bytes.len(),
            bytes,
            heap_references: Vec::new(),
        }
    }

    pub(super) fn end(self) -> Ended {
        let length = (self.bytes.len() - self.messages) as u32;
        put(self.bytes, self.messages - 4, &length.to_le_bytes());
        let checksum = self.bytes.len();
        self.bytes.extend([0; 4]);
        Ended {
            start: self.start,
            checksum,
            heap_references: self.heap_references,
        }
    }

    /// A message of what `write` adds; the name is for the error.
    fn message(
        &mut self,
        kind: u8,
        flags: u8,
        name: &str,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<()> {
        self.bytes.extend([kind, 0, 0, flags]);
        let start = self.bytes.len();
        write(self.bytes);
        let length = u16::try_from(self.bytes.len() - start)
            .map_err(|_| unencodable(name, "it takes more than the 64 kB of a header"))?;
        put(self.bytes, start - 3, &length.to_le_bytes());
        Ok(())
    }

    /// A message whose length is known to be small.
    fn short(&mut self, kind: u8, flags: u8, parts: &[&[u8]]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        self.bytes.push(kind);
        self.bytes.extend((length as u16).to_le_bytes());
        self.bytes.push(flags);
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
    }

    /// Shape, type, fill value (none but zero, room made late) and place of a dataset of one dimension.
    pub(super) fn dataset(&mut self, dataset: Dataset) {
        let Datatype {
            message,
            element_bytes,
        } = dataset.datatype;
        self.short(DATASPACE, USUAL, &[&line(dataset.rows)]);
        self.short(DATATYPE, CONSTANT, &[message]);
        self.short(FILL_VALUE, CONSTANT, &[&[3, 0x0a]]);
        let length = (dataset.rows * element_bytes) as u64;
        let parts: [&[u8]; 3] = [
            &[3, 1],
            &dataset.address.to_le_bytes(),
            &length.to_le_bytes(),
        ];
        self.short(LAYOUT, USUAL, &parts);
    }

    /// That all attributes are in the header.
    pub(super) fn attribute_info(&mut self) {
        self.short(
            ATTRIBUTE_INFO,
            NEVER_SHARED,
            &[&[0, 0], &[u8::MAX; 8], &[u8::MAX; 8]],
        );
    }

    /// That all links are in the header, in an order that counts.
    pub(super) fn link_and_group_info(&mut self, links: usize) {
        let order = (links as u64).to_le_bytes();
        self.short(LINK_INFO, USUAL, &[&[0, 3], &order, &[u8::MAX; 24]]);
        self.short(GROUP_INFO, CONSTANT, &[&[0, 1], &COMPACT_LIMITS]);
    }

    pub(super) fn link(&mut self, order: usize, name: &str, address: u64) -> Result<()> {
        check_name(name)?;
        let length = (name.len() as u16).to_le_bytes();
        self.message(LINK, USUAL, name, |bytes| {
            // a length of two bytes, an order, a set of characters
            bytes.extend([1, 0x15]);
            bytes.extend((order as u64).to_le_bytes());
            bytes.push(UTF8);
            bytes.extend(length);
            bytes.extend(name.as_bytes());
            bytes.extend(address.to_le_bytes());
        })
    }

    pub(super) fn value(&mut self, heap: &mut Heap, name: &str, value: &Value) -> Result<()> {
        match value {
            Value::Integer(number) => {
                self.attribute(name, datatype::INT64.message, SCALAR, &number.to_le_bytes())
            }
            Value::Float(number) => self.attribute(
                name,
                datatype::FLOAT64.message,
                SCALAR,
                &number.to_le_bytes(),
            ),
            // a zero inside would end text of any length: fixed length keeps every byte
            Value::Text(text) if text.contains('\0') => {
                let datatype = datatype::utf8(text.len() as u32);
                self.attribute(name, &datatype, SCALAR, text.as_bytes())
            }
            Value::Text(text) => {
                let reference = heap_reference(heap, text.as_bytes());
                self.attribute(name, datatype::TEXT.message, SCALAR, &reference)?;
                if !text.is_empty() {
                    self.refers_to_heap();
                }
                Ok(())
            }
        }
    }

    /// ASCII text with the zero that ends it.
    pub(super) fn ascii(&mut self, name: &str, text: &[u8]) -> Result<()> {
        let datatype = datatype::ascii(text.len() as u32);
        self.attribute(name, &datatype, SCALAR, text)
    }

    /// A list of one list of one object, whose address is at this place of the heap.
    pub(super) fn object_list(&mut self, name: &str, list: Place) -> Result<()> {
        let reference = reference(1, list);
        self.attribute(name, datatype::OBJECT_LIST.message, &line(1), &reference)?;
        self.refers_to_heap();
        Ok(())
    }

    /// The first dimension of each dataset at these addresses.
    pub(super) fn scale_uses(&mut self, name: &str, datasets: &[u64]) -> Result<()> {
        let uses: Vec<u8> = datasets
            .iter()
            .flat_map(|address| [*address, 0])
            .flat_map(u64::to_le_bytes)
            .collect();
        let shape = line(datasets.len());
        self.attribute(name, datatype::SCALE_USE.message, &shape, &uses)
    }

    fn attribute(
        &mut self,
        name: &str,
        datatype: &[u8],
        dataspace: &[u8],
        value: &[u8],
    ) -> Result<()> {
        self.message(ATTRIBUTE, USUAL, name, |bytes| {
            bytes.extend([3, 0]);
            for length in [name.len() + 1, datatype.len(), dataspace.len()] {
                bytes.extend((length as u16).to_le_bytes());
            }
            bytes.push(0); // names of attributes are ASCII
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(0);
            bytes.extend_from_slice(datatype);
            bytes.extend_from_slice(dataspace);
            bytes.extend_from_slice(value);
        })
    }

    /// The message that was written last ends with a reference into the heap.
    fn refers_to_heap(&mut self) {
        let reference = self.bytes.len() - datatype::HEAP_REFERENCE_BYTES;
        self.heap_references.push(reference + ADDRESS_AT);
    }
}

/// Entries of a header beyond which a library that adds one moves them elsewhere, and below which it moves them back.
const COMPACT_LIMITS: [u8; 4] = {
    let [a, b] = COMPACT_ENTRIES.to_le_bytes();
    let [c, d] = (COMPACT_ENTRIES - 2).to_le_bytes();
    [a, b, c, d]
};

/// Puts a text into the heap; gives what stands for it. Empty text is nowhere.
pub(super) fn heap_reference(heap: &mut Heap, text: &[u8]) -> [u8; datatype::HEAP_REFERENCE_BYTES] {
    if text.is_empty() {
        return [0; datatype::HEAP_REFERENCE_BYTES];
    }
    reference(text.len(), heap.add(text))
}

/// With the number of the collection where its address will be.
fn reference(elements: usize, place: Place) -> [u8; datatype::HEAP_REFERENCE_BYTES] {
    let mut bytes = [0; datatype::HEAP_REFERENCE_BYTES];
    put(&mut bytes, 0, &(elements as u32).to_le_bytes());
    put(
        &mut bytes,
        ADDRESS_AT,
        &(place.collection as u64).to_le_bytes(),
    );
    put(&mut bytes, 12, &u32::from(place.index).to_le_bytes());
    bytes
}

/// A dataspace of one dimension that does not grow (IV.A.2.b, version 2).
fn line(length: usize) -> [u8; 20] {
    let mut bytes = [0; 20];
    let length = (length as u64).to_le_bytes();
    put(&mut bytes, 0, &[2, 1, 1, 1]);
    put(&mut bytes, 4, &length);
    put(&mut bytes, 12, &length);
    bytes
}

fn check_name(name: &str) -> Result<()> {
    if name.contains('\0') {
        return Err(StorageError::Unencodable {
            what: format!("the name {name:?}"),
            reason: "it contains a zero character",
        });
    }
    Ok(())
}

fn unencodable(name: &str, reason: &'static str) -> StorageError {
    StorageError::Unencodable {
        what: format!("the entry {name:?}"),
        reason,
    }
}
