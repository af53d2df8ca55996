//! A writer of FITS as the TESS pipelines write it: cards in their columns, big-endian rows, checksums.

/// Length of a block.
pub(crate) const BLOCK: usize = 2880;
/// Length of a card.
const CARD: usize = 80;
const UNSUMMED: &str = "0000000000000000";

/// Cards of one header, in the order they were put.
#[derive(Debug, Default)]
pub(crate) struct Header {
    text: String,
}

impl Header {
    pub(crate) fn logical(&mut self, name: &str, value: bool, comment: &str) {
        self.card(name, if value { "T" } else { "F" }, comment);
    }

    pub(crate) fn integer(&mut self, name: &str, value: i64, comment: &str) {
        self.card(name, &value.to_string(), comment);
    }

    /// A number with so many decimals; the card is undefined if it is not one.
    pub(crate) fn fixed(&mut self, name: &str, value: f64, decimals: usize, comment: &str) {
        match value.is_finite() {
            true => self.card(name, &format!("{value:.decimals$}"), comment),
            false => self.undefined(name, comment),
        }
    }

    /// A number with as many digits as tell it from its neighbours.
    pub(crate) fn exact(&mut self, name: &str, value: f64, comment: &str) {
        self.card(name, &format!("{value:?}"), comment);
    }

    pub(crate) fn text(&mut self, name: &str, value: &str, comment: &str) {
        let quoted = format!("'{:<8}'", value.replace('\'', "''"));
        self.push(&format!("{name:<8}= {quoted:<20} / {comment}"));
    }

    /// A card without a value: "undefined" in the standard, neither 0 nor an empty text.
    pub(crate) fn undefined(&mut self, name: &str, comment: &str) {
        self.card(name, "", comment);
    }

    fn card(&mut self, name: &str, value: &str, comment: &str) {
        self.push(&format!("{name:<8}= {value:>20} / {comment}"));
    }

    fn push(&mut self, line: &str) {
        let line: String = line.chars().take(CARD).collect();
        self.text.push_str(&format!("{line:<CARD$}"));
    }

    /// Header and data in whole blocks.
    pub(crate) fn with_data(mut self, data: &[u8]) -> Vec<u8> {
        self.push("END");
        let mut bytes = self.text.into_bytes();
        bytes.resize(bytes.len().next_multiple_of(BLOCK), b' ');
        bytes.extend_from_slice(data);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        bytes
    }

    /// The same with a CHECKSUM card at the end of the header that is right.
    pub(crate) fn summed(mut self, data: &[u8]) -> Vec<u8> {
        self.text("CHECKSUM", UNSUMMED, "HDU checksum");
        let mut bytes = self.with_data(data);
        sum_up(&mut bytes);
        bytes
    }
}

/// Puts the right value into the CHECKSUM card of an HDU, if it has one.
pub(crate) fn sum_up(hdu: &mut [u8]) {
    let Some(place) = cards(hdu).find(|(_, card)| card.starts_with(b"CHECKSUM= '")) else {
        return;
    };
    let value = place.0 + 11..place.0 + 27;
    hdu[value.clone()].copy_from_slice(UNSUMMED.as_bytes());
    let coded = encoded(!sum(hdu));
    hdu[value].copy_from_slice(&coded);
}

/// Ones' complement sum of the 32-bit words (FITS standard 4.0, appendix J).
fn sum(bytes: &[u8]) -> u32 {
    let mut sum = 0u64;
    for word in bytes.chunks(4) {
        let mut padded = [0; 4];
        padded[..word.len()].copy_from_slice(word);
        sum += u64::from(u32::from_be_bytes(padded));
    }
    while sum >> 32 != 0 {
        sum = (sum & 0xffff_ffff) + (sum >> 32);
    }
    sum as u32
}

/// Sixteen letters and digits whose bytes add up to the value (FITS standard 4.0, appendix J).
fn encoded(value: u32) -> [u8; 16] {
    let excluded = |byte: u8| (0x3a..=0x40).contains(&byte) || (0x5b..=0x60).contains(&byte);
    let mut text = [0; 16];
    for (place, byte) in value.to_be_bytes().into_iter().enumerate() {
        let mut four = [b'0' + byte / 4; 4];
        four[0] += byte % 4;
        while four.into_iter().any(excluded) {
            for pair in [0, 2] {
                if excluded(four[pair]) || excluded(four[pair + 1]) {
                    four[pair] += 1;
                    four[pair + 1] -= 1;
                }
            }
        }
        for (row, byte) in four.into_iter().enumerate() {
            text[4 * row + place] = byte;
        }
    }
    text.rotate_right(1);
    text
}

/// Offset and bytes of each card up to END.
pub(crate) fn cards(hdu: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    hdu.chunks_exact(CARD)
        .enumerate()
        .map(|(index, card)| (index * CARD, card))
        .take_while(|(_, card)| !card.starts_with(b"END     "))
}

/// A column of a table: name, TFORM, unit, display format.
pub(crate) struct Column(
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static str,
);

/// What every binary table begins with.
pub(crate) fn table(columns: &[Column], rows: usize) -> Header {
    let width: i64 = columns
        .iter()
        .map(|column| if column.1 == "D" { 8 } else { 4 })
        .sum();
    let mut header = Header::default();
    header.text("XTENSION", "BINTABLE", "marks the beginning of a new HDU");
    header.integer("BITPIX", 8, "array data type");
    header.integer("NAXIS", 2, "number of array dimensions");
    header.integer("NAXIS1", width, "length of first array dimension");
    header.integer("NAXIS2", rows as i64, "length of second array dimension");
    header.integer("PCOUNT", 0, "group parameter count (not used)");
    header.integer("GCOUNT", 1, "group count (not used)");
    header.integer("TFIELDS", columns.len() as i64, "number of table fields");
    for (index, Column(name, form, unit, display)) in columns.iter().enumerate() {
        let number = index + 1;
        header.text(&format!("TTYPE{number}"), name, "column title");
        header.text(&format!("TFORM{number}"), form, "column format");
        if !unit.is_empty() {
            header.text(&format!("TUNIT{number}"), unit, "column units");
        }
        if !display.is_empty() {
            header.text(&format!("TDISP{number}"), display, "column display format");
        }
    }
    header
}

/// Rows of a table, byte by byte.
#[derive(Default)]
pub(crate) struct Rows(pub(crate) Vec<u8>);

impl Rows {
    pub(crate) fn double(&mut self, value: f64) {
        self.0.extend(value.to_be_bytes());
    }

    pub(crate) fn single(&mut self, value: f64) {
        self.0.extend((value as f32).to_be_bytes());
    }

    pub(crate) fn integer(&mut self, value: i32) {
        self.0.extend(value.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The worked example of the FITS standard 4.0, appendix J: a sum of 868229149 asks for hcHjjc9ghcEghc9g.
    #[test]
    fn checksums_are_coded_as_in_the_standard() {
        assert_eq!(&encoded(!868_229_149), b"hcHjjc9ghcEghc9g");
    }

    // "the checksum of an HDU with a right CHECKSUM card is minus zero" (section 4.4.2.7)
    #[test]
    fn a_summed_hdu_sums_to_minus_zero() {
        let mut header = Header::default();
        header.logical("SIMPLE", true, "");
        header.undefined("MH", "metallicity");
        header.text("TICVER", "8.2", "");
        let hdu = header.summed(b"some data");
        assert_eq!(hdu.len(), 2 * BLOCK);
        assert_eq!(sum(&hdu), u32::MAX);
    }
}
