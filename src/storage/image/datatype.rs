//! Types of cells and attributes (HDF5 File Format Specification 3.0, IV.A.2.d, version 1 of the message).

/// A datatype message, and the bytes of an element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Datatype {
    pub message: &'static [u8],
    pub element_bytes: usize,
}

impl Datatype {
    const fn new(message: &'static [u8], element_bytes: usize) -> Datatype {
        Datatype {
            message,
            element_bytes,
        }
    }
}

/// Class 1: sign bit 63, 11 bits of exponent from 52 with a bias of 1023, 52 of mantissa from 0.
pub(super) const FLOAT64: Datatype = Datatype::new(
    b"\x11\x20\x3f\0\x08\0\0\0\0\0\x40\0\x34\x0b\0\x34\xff\x03\0\0",
    8,
);
/// Class 1: sign bit 31, 8 bits of exponent from 23 with a bias of 127, 23 of mantissa from 0.
pub(super) const FLOAT32: Datatype = Datatype::new(
    b"\x11\x20\x1f\0\x04\0\0\0\0\0\x20\0\x17\x08\0\x17\x7f\0\0\0",
    4,
);
/// The same with the most significant byte first: the type of a netCDF dimension without a variable.
pub(super) const FLOAT32_BIG_ENDIAN: Datatype = Datatype::new(
    b"\x11\x21\x1f\0\x04\0\0\0\0\0\x20\0\x17\x08\0\x17\x7f\0\0\0",
    4,
);
/// Class 0, signed.
pub(super) const INT64: Datatype = Datatype::new(b"\x10\x08\0\0\x08\0\0\0\0\0\x40\0", 8);
pub(super) const INT32: Datatype = Datatype::new(b"\x10\x08\0\0\x04\0\0\0\0\0\x20\0", 4);
pub(super) const INT8: Datatype = Datatype::new(b"\x10\x08\0\0\x01\0\0\0\0\0\x08\0", 1);
/// Class 9, UTF-8 text of any length: its bytes are in the heap.
pub(super) const TEXT: Datatype = Datatype::new(
    b"\x19\x01\x01\0\x10\0\0\0\x10\0\0\0\x01\0\0\0\0\0\x08\0",
    HEAP_REFERENCE_BYTES,
);
/// Class 9, any number of references to objects (class 7).
pub(super) const OBJECT_LIST: Datatype = Datatype::new(
    b"\x19\0\0\0\x10\0\0\0\x17\0\0\0\x08\0\0\0",
    HEAP_REFERENCE_BYTES,
);
/// Class 6, version 3: `dataset`, a reference to an object, and `dimension`, an unsigned number of four bytes at 8.
pub(super) const SCALE_USE: Datatype = Datatype::new(
    b"\x36\x02\0\0\x10\0\0\0dataset\0\0\x17\0\0\0\x08\0\0\0dimension\0\x08\x10\0\0\0\x04\0\0\0\0\0\x20\0",
    16,
);

/// Length, address of a collection and number of an object in it.
pub(super) const HEAP_REFERENCE_BYTES: usize = 16;

/// Class 3: ASCII text that ends with a zero.
pub(super) fn ascii(bytes: u32) -> [u8; 8] {
    fixed_text(0x00, bytes)
}

/// Class 3: UTF-8 text, filled with zeros if need be.
pub(super) fn utf8(bytes: u32) -> [u8; 8] {
    fixed_text(0x11, bytes)
}

fn fixed_text(padding_and_set: u8, bytes: u32) -> [u8; 8] {
    let [a, b, c, d] = bytes.to_le_bytes();
    [0x13, padding_and_set, 0, 0, a, b, c, d]
}
