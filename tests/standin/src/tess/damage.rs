//! Files that are wrong in themselves: the transfer is right, and only who reads them can tell.

use super::fits::{BLOCK, cards, sum_up};
use crate::faults::Fault;

const CUT_STEP: usize = 64 * 1024;

/// The file with a fault of its content; `None` for faults of another kind.
pub(crate) fn of(file: &[u8], fault: Fault) -> Option<Vec<u8>> {
    match fault {
        Fault::FitsManyRows => Some(with_many_rows(file)),
        Fault::FitsCut => Some(file[..cut(file.len())].to_vec()),
        Fault::WrongStar => Some(of_another_star(file)),
        _ => None,
    }
}

/// Half of the file, in steps of 64 KiB if it is long enough for one.
fn cut(length: usize) -> usize {
    match length / 2 / CUT_STEP {
        0 => length / 2,
        steps => steps * CUT_STEP,
    }
}

/// The table claims 10^12 rows.
fn with_many_rows(file: &[u8]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    let table = header_length(file);
    let rows = cards(&file[table..]).find(|(_, card)| card.starts_with(b"NAXIS2  ="));
    if let Some((offset, _)) = rows {
        let start = table + offset + 10;
        bytes[start..start + 20].copy_from_slice(b"       1000000000000");
    }
    bytes
}

/// The same light curve under the number of another star, with checksums that are right.
fn of_another_star(file: &[u8]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    let primary = header_length(file);
    let places: Vec<(usize, String)> = [0, primary]
        .into_iter()
        .flat_map(|hdu| cards(&file[hdu..]).map(move |(offset, card)| (hdu + offset, card)))
        .filter_map(|(offset, card)| {
            let text = std::str::from_utf8(card).ok()?;
            let number: u64 = text.strip_prefix("TICID   =")?[..21].trim().parse().ok()?;
            Some((offset, format!("{:>20}", number + 1)))
        })
        .collect();
    for (offset, number) in places {
        bytes[offset + 10..offset + 30].copy_from_slice(number.as_bytes());
    }
    let end = primary + table_length(&bytes[primary..]);
    sum_up(&mut bytes[..primary]);
    sum_up(&mut bytes[primary..end]);
    bytes
}

/// Blocks of the header; the primary HDU of these files has no data.
fn header_length(hdu: &[u8]) -> usize {
    (cards(hdu).count() * 80 + 80).next_multiple_of(BLOCK)
}

/// Header and rows of a table, in whole blocks, as far as there are any.
fn table_length(hdu: &[u8]) -> usize {
    let number = |name: &str| {
        let (_, card) = cards(hdu).find(|(_, card)| card.starts_with(name.as_bytes()))?;
        let text = std::str::from_utf8(card.get(10..30)?).ok()?;
        text.trim().parse::<usize>().ok()
    };
    let data = number("NAXIS1  =").unwrap_or(0) * number("NAXIS2  =").unwrap_or(0);
    (header_length(hdu) + data.next_multiple_of(BLOCK)).min(hdu.len())
}
