//! Valid documents made hostile: bits flipped, ends cut, bytes put in, numbers made huge, parts repeated.

use proptest::prelude::*;

/// Texts in the place of a number.
const NUMBERS: [&str; 13] = [
    "1000000000000",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "4294967296",
    "2147483648",
    "-1",
    "0",
    "1e400",
    "-1e-400",
    "NaN",
    "Infinity",
    "99999999999999999999999999999999999999999999999999",
];

/// One change; places are fractions of the document, in 65 536ths.
#[derive(Debug, Clone)]
pub enum Change {
    Flip(u16, u8),
    Cut(u16),
    Drop(u16, u8),
    Insert(u16, Vec<u8>),
    /// The same byte, again and again.
    Flood(u16, u8, u16),
    Repeat(u16, u8),
    /// The number that is nearest after a place becomes another one.
    Number(u16, usize),
    /// Four or eight bytes of all ones, or the largest signed integer.
    Ones(u16, bool),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (any::<u16>(), 0u8..8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        1 => any::<u16>().prop_map(Change::Cut),
        2 => any::<(u16, u8)>().prop_map(|(at, length)| Change::Drop(at, length)),
        2 => (any::<u16>(), prop::collection::vec(any::<u8>(), 1..24))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        1 => any::<(u16, u8, u16)>().prop_map(|(at, byte, times)| Change::Flood(at, byte, times)),
        1 => any::<(u16, u8)>().prop_map(|(at, length)| Change::Repeat(at, length)),
        4 => (any::<u16>(), 0..NUMBERS.len()).prop_map(|(at, which)| Change::Number(at, which)),
        1 => any::<(u16, bool)>().prop_map(|(at, wide)| Change::Ones(at, wide)),
    ]
}

/// A few changes, one after the other.
pub fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(change(), 1..5)
}

/// The document with the changes made.
pub fn apply(document: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = document.to_vec();
    for change in changes {
        make(&mut bytes, change);
    }
    bytes
}

fn make(bytes: &mut Vec<u8>, change: &Change) {
    let place = |at: u16, length: usize| length * usize::from(at) / 65_536;
    let length = bytes.len();
    match change {
        Change::Flip(at, bit) => {
            if let Some(byte) = bytes.get_mut(place(*at, length)) {
                *byte ^= 1 << bit;
            }
        }
        Change::Cut(at) => bytes.truncate(place(*at, length)),
        Change::Drop(at, wanted) => {
            let start = place(*at, length);
            let end = length.min(start + usize::from(*wanted));
            bytes.drain(start..end);
        }
        Change::Insert(at, more) => {
            let start = place(*at, length);
            bytes.splice(start..start, more.iter().copied());
        }
        Change::Flood(at, byte, times) => {
            let start = place(*at, length);
            let more = std::iter::repeat_n(*byte, usize::from(*times));
            bytes.splice(start..start, more);
        }
        Change::Repeat(at, wanted) => {
            let start = place(*at, length);
            let end = length.min(start + usize::from(*wanted));
            let part = bytes[start..end].to_vec();
            bytes.splice(start..start, part);
        }
        Change::Number(at, which) => {
            let digits = |byte: &u8| byte.is_ascii_digit();
            let from = place(*at, length);
            let Some(start) = bytes[from..].iter().position(digits) else {
                return;
            };
            let start = from + start;
            let more = bytes[start..]
                .iter()
                .take_while(|byte| digits(byte))
                .count();
            bytes.splice(start..start + more, NUMBERS[*which].bytes());
        }
        Change::Ones(at, wide) => {
            let start = place(*at, length);
            let end = length.min(start + if *wide { 8 } else { 4 });
            bytes[start..end].fill(0xff);
            if let Some(first) = bytes[start..end].first_mut() {
                *first = 0x7f;
            }
        }
    }
}
