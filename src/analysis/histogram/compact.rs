//! The compact form of the counts alone: what one source adds, in some hundred bytes.
//!
//! The axes are not in it; whoever keeps many of them keeps [`Histogram::layout`] once. Whole numbers are written in
//! groups of seven bits, low ones first (LEB128), signed ones folded (0, −1, 1, −2, …); a stretch of zeros is a zero
//! and its length. Cells are in the order of the canonical form: equal counts on equal axes give equal bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::HistogramError;
use super::axis::{Bin, MOST_BINS};
use super::canonical::{Stored, StoredCell, unreadable};
use super::count::{Histogram, Lost};

/// First byte. A change of the form is a new number.
const VERSION: u8 = 1;

impl Histogram {
    /// Name and axes without counts, as canonical JSON: the same for histograms that can be added.
    pub fn layout(&self) -> String {
        self.emptied().to_json()
    }

    /// A histogram of the same name and axes without counts.
    pub fn emptied(&self) -> Histogram {
        let scores = self.scores.iter().map(|score| Arc::clone(&score.axis));
        Histogram::empty(self.name.clone(), Arc::clone(&self.axes), scores.collect())
    }

    /// The counts without the axes.
    pub fn counts_to_bytes(&self) -> Vec<u8> {
        let stored = self.stored();
        let cells = || stored.scores.iter().flat_map(|score| &score.cells);
        let words: BTreeSet<&str> = cells().flat_map(|cell| &cell.at).filter_map(word).collect();
        let codes: BTreeMap<&str, u64> = words.iter().copied().zip(1..).collect();
        let mut bytes = vec![VERSION];
        put(&mut bytes, stored.epochs);
        put(&mut bytes, words.len() as u64);
        for word in words {
            put(&mut bytes, word.len() as u64);
            bytes.extend_from_slice(word.as_bytes());
        }
        for score in &stored.scores {
            for lost in &score.lost {
                for counter in [lost.underflow, lost.overflow, lost.nan] {
                    put(&mut bytes, counter);
                }
            }
            put(&mut bytes, score.cells.len() as u64);
            for cell in &score.cells {
                put_cell(&mut bytes, cell, &codes);
            }
        }
        bytes
    }

    /// The histogram of these axes with counts that [`Histogram::counts_to_bytes`] wrote; the counts of `self` are
    /// not looked at.
    ///
    /// # Errors
    /// Bytes that are not such a form, or not of these axes.
    pub fn with_counts(&self, bytes: &[u8]) -> Result<Histogram, HistogramError> {
        let mut reader = Reader { bytes };
        if reader.byte()? != VERSION {
            return Err(unreadable("an unknown compact form"));
        }
        let mut stored = self.emptied().stored();
        stored.epochs = reader.number()?;
        let words = reader.words()?;
        reader.scores(&mut stored, &words)?;
        match reader.bytes {
            [] => Histogram::restore(stored),
            _ => Err(unreadable("there is more than the counts")),
        }
    }
}

fn word(bin: &Bin) -> Option<&str> {
    match bin {
        Bin::Word(word) => Some(word),
        Bin::Number(_) | Bin::NoValue => None,
    }
}

/// A bin is 0 without a value, else a word's code from 1, or 1 + the folded place: the axis tells which.
fn put_cell(bytes: &mut Vec<u8>, cell: &StoredCell, codes: &BTreeMap<&str, u64>) {
    for bin in &cell.at {
        let code = match bin {
            Bin::NoValue => 0,
            Bin::Number(place) => 1 + folded(*place),
            Bin::Word(word) => codes[word.as_str()],
        };
        put(bytes, code);
    }
    put(bytes, folded(cell.first));
    put(bytes, cell.counts.len() as u64);
    for stretch in cell
        .counts
        .chunk_by(|one, other| (*one == 0) == (*other == 0))
    {
        if stretch[0] == 0 {
            bytes.push(0);
            put(bytes, stretch.len() as u64);
        } else {
            stretch.iter().for_each(|&count| put(bytes, count));
        }
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn folded(place: i32) -> u64 {
    u64::from((place.wrapping_shl(1) ^ (place >> 31)) as u32)
}

/// What is still to be read.
struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, HistogramError> {
        let (first, rest) = self.bytes.split_first().ok_or_else(ended)?;
        self.bytes = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<u64, HistogramError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if (bits << shift) >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(unreadable("a number of more than 64 bits"))
    }

    fn place(&mut self, folded: u64) -> Result<i32, HistogramError> {
        let folded = u32::try_from(folded).map_err(|_| unreadable("a place off all axes"))?;
        Ok((folded >> 1) as i32 ^ -((folded & 1) as i32))
    }

    /// How many things follow, each of a byte at least.
    fn length(&mut self) -> Result<usize, HistogramError> {
        let length = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        if length > self.bytes.len() {
            return Err(ended());
        }
        Ok(length)
    }

    fn words(&mut self) -> Result<Vec<&'a str>, HistogramError> {
        let number = self.length()?;
        let mut words = Vec::with_capacity(number);
        for _ in 0..number {
            let length = self.length()?;
            let (word, rest) = self.bytes.split_at(length);
            words.push(std::str::from_utf8(word).map_err(unreadable)?);
            self.bytes = rest;
        }
        Ok(words)
    }

    fn scores(&mut self, stored: &mut Stored, words: &[&str]) -> Result<(), HistogramError> {
        let is_word: Vec<bool> = stored.axes.iter().map(|axis| axis.is_of_words()).collect();
        for score in &mut stored.scores {
            for lost in &mut score.lost {
                *lost = Lost {
                    underflow: self.number()?,
                    overflow: self.number()?,
                    nan: self.number()?,
                };
            }
            for _ in 0..self.length()? {
                let cell = self.cell(&is_word, words)?;
                score.cells.push(cell);
            }
        }
        Ok(())
    }

    fn cell(&mut self, is_word: &[bool], words: &[&str]) -> Result<StoredCell, HistogramError> {
        let mut at = Vec::with_capacity(is_word.len());
        for &is_word in is_word {
            let code = self.number()?;
            at.push(match (code.checked_sub(1), is_word) {
                (None, _) => Bin::NoValue,
                (Some(code), false) => Bin::Number(self.place(code)?),
                (Some(code), true) => {
                    let word = usize::try_from(code).ok().and_then(|code| words.get(code));
                    let word = word.ok_or_else(|| unreadable("a word that is not there"))?;
                    Bin::Word((*word).to_owned())
                }
            });
        }
        let first = self.number()?;
        let first = self.place(first)?;
        let length = self.number()?;
        if length > MOST_BINS as u64 * 2 + 1 {
            return Err(unreadable("more counts than an axis has bins"));
        }
        let mut counts = Vec::with_capacity(length as usize);
        while counts.len() < length as usize {
            match self.number()? {
                0 => {
                    let left = length - counts.len() as u64;
                    let zeros = self.number()?;
                    if !(1..=left).contains(&zeros) {
                        return Err(unreadable("more zeros than counts"));
                    }
                    counts.resize(counts.len() + zeros as usize, 0);
                }
                count => counts.push(count),
            }
        }
        Ok(StoredCell { at, first, counts })
    }
}

fn ended() -> HistogramError {
    unreadable("it ends too early")
}

#[cfg(test)]
mod tests {
    use super::super::{AxisValues, HistogramParameters, Sample};
    use super::*;
    use proptest::prelude::*;

    fn sample(
        histogram: &mut Histogram,
        mag: f64,
        exptime: f64,
        filter: &str,
        snr: &[f64],
        offset: &[f64],
    ) {
        histogram
            .add(&Sample {
                epochs: snr.len(),
                axes: &[
                    ("mag", AxisValues::Number(mag)),
                    ("exptime", AxisValues::Number(exptime)),
                    ("filter", AxisValues::Word(filter)),
                ],
                scores: &[("snr", snr), ("offset", offset)],
                keep: None,
            })
            .unwrap();
    }

    fn empty() -> Histogram {
        Histogram::new(
            "all_scores",
            &HistogramParameters::default(),
            &["snr", "offset"],
        )
        .unwrap()
    }

    // LEB128 and zigzag by hand: 300 = 0b10_0101100; −3 folds to 5.
    #[test]
    fn numbers_are_written_in_groups_of_seven_bits() {
        let mut bytes = Vec::new();
        put(&mut bytes, 300);
        put(&mut bytes, folded(-3));
        put(&mut bytes, u64::MAX);
        assert_eq!(bytes[..3], [0xac, 0x02, 0x05]);
        let mut reader = Reader { bytes: &bytes };
        assert_eq!(reader.number().unwrap(), 300);
        let folded = reader.number().unwrap();
        assert_eq!(reader.place(folded).unwrap(), -3);
        assert_eq!(reader.number().unwrap(), u64::MAX);
        assert!(reader.number().is_err());
        let too_large = [0xff; 10];
        assert!(Reader { bytes: &too_large }.number().is_err());
    }

    #[test]
    fn a_source_of_a_hundred_epochs_takes_few_bytes() {
        let mut histogram = empty();
        // Gaussian quantiles would do as well: a hundred values over three sigma
        let scores: Vec<f64> = (0..100)
            .map(|epoch| f64::from(epoch * 37 % 100) / 16.0 - 3.0)
            .collect();
        sample(&mut histogram, 18.2, 30.0, "R", &scores, &scores);
        let bytes = histogram.counts_to_bytes();
        assert!(bytes.len() < 250, "{}", bytes.len());
    }

    proptest! {
        #[test]
        fn counts_come_back_and_no_bytes_are_taken_for_others(
            groups in prop::collection::vec(
                (14.0..30.0f64, prop_oneof![Just(30.0), Just(f64::NAN), 20.0..2000.0f64], "[gri]{1,2}|Ä|",
                 prop::collection::vec(prop_oneof![-30.0..30.0f64, Just(f64::NAN), Just(f64::INFINITY)], 0..40)),
                0..6),
            cut in any::<prop::sample::Index>(),
            place in any::<prop::sample::Index>(),
            wrong in any::<u8>(),
        ) {
            let mut histogram = empty();
            for (mag, exptime, filter, scores) in &groups {
                sample(&mut histogram, *mag, *exptime, filter, scores, scores);
            }
            let bytes = histogram.counts_to_bytes();
            let again = histogram.with_counts(&bytes).unwrap();
            prop_assert_eq!(again.to_json(), histogram.to_json());
            prop_assert_eq!(again.counts_to_bytes(), bytes.clone());
            prop_assert_eq!(again.layout(), empty().layout());
            prop_assert!(empty().with_counts(&bytes[..cut.index(bytes.len())]).is_err());
            let mut damaged = bytes.clone();
            let place = place.index(bytes.len());
            damaged[place] = wrong;
            // another histogram perhaps, but one whose counts add up, and no panic
            if let Ok(other) = empty().with_counts(&damaged) {
                for score in ["snr", "offset"] {
                    let totals = other.totals(score).unwrap();
                    let sum = totals.counted + totals.underflow + totals.overflow + totals.nan;
                    prop_assert_eq!(sum, totals.epochs);
                }
            }
        }

        #[test]
        fn what_was_added_can_be_taken_out_again(
            one in prop::collection::vec(-30.0..30.0f64, 0..60),
            two in prop::collection::vec(-4.0..4.0f64, 1..60),
        ) {
            let (mut first, mut second) = (empty(), empty());
            sample(&mut first, 18.0, 30.0, "g", &one, &one);
            sample(&mut second, 18.0, 45.0, "g", &two, &two);
            sample(&mut second, f64::NAN, 30.0, "r", &two, &two);
            let mut sum = (&first + &second).unwrap();
            sum.withdraw(&second).unwrap();
            prop_assert_eq!(&sum, &first);
            prop_assert!(sum.withdraw(&second).is_err());
            prop_assert_eq!(&sum, &first);
        }
    }
}
