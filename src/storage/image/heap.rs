//! The global heap: where text of any length stands (HDF5 File Format Specification 3.0, III.E).

use super::bytes::{pad, put};

const SIGNATURE: &[u8] = b"GCOL";
/// Head of a collection, and of an object in it (bytes).
const HEAD: usize = 16;
/// The library takes none that is smaller.
const SMALLEST: usize = 4096;
/// A collection is read as a whole for each text in it that is not in the library's cache: so none is much larger,
/// unless for one text alone. Its objects, of 24 bytes at least, are numbered from 1 in two bytes.
const LARGEST: usize = 64 * 1024;

/// Collections one after the other, the last of them open.
#[derive(Debug, Default)]
pub(super) struct Heap {
    bytes: Vec<u8>,
    /// Where each collection begins.
    starts: Vec<usize>,
    objects_of_last: u16,
}

/// Where an object is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub collection: usize,
    pub index: u16,
    /// Where its content begins in the heap.
    pub content: usize,
}

impl Heap {
    pub(super) fn add(&mut self, content: &[u8]) -> Place {
        let needed = HEAD + content.len().next_multiple_of(8);
        let fits = |start: &usize| self.bytes.len() - start + needed <= LARGEST;
        let is_full = !self.starts.last().is_some_and(fits);
        if is_full {
            self.close_last();
            self.starts.push(self.bytes.len());
            self.objects_of_last = 0;
            self.bytes.extend(SIGNATURE);
            self.bytes.extend([1, 0, 0, 0]);
            self.bytes.extend([0; 8]); // its length, when it is closed
        }
        self.objects_of_last += 1;
        self.bytes.extend(self.objects_of_last.to_le_bytes());
        self.bytes.extend([0; 6]); // the library counts no references to text
        self.bytes.extend((content.len() as u64).to_le_bytes());
        let place = Place {
            collection: self.starts.len() - 1,
            index: self.objects_of_last,
            content: self.bytes.len(),
        };
        self.bytes.extend(content);
        pad(&mut self.bytes);
        place
    }

    /// Fills the eight bytes that an object was added with.
    pub(super) fn fill(&mut self, place: Place, number: u64) {
        put(&mut self.bytes, place.content, &number.to_le_bytes());
    }

    /// Ends the last collection: what is left of the smallest length is free room.
    fn close_last(&mut self) {
        let Some(&start) = self.starts.last() else {
            return;
        };
        let used = self.bytes.len() - start;
        let length = used.max(SMALLEST);
        let free = length - used;
        if free >= HEAD {
            self.bytes.extend([0; 8]);
            self.bytes.extend((free as u64).to_le_bytes());
        }
        self.bytes.resize(start + length, 0);
        let place = start + SIGNATURE.len() + 4;
        put(&mut self.bytes, place, &(length as u64).to_le_bytes());
    }

    /// All collections, and where each begins.
    pub(super) fn finish(mut self) -> (Vec<u8>, Vec<usize>) {
        self.close_last();
        (self.bytes, self.starts)
    }
}
