//! Light-curve files as bytes.

use retriever::fits;
use retriever_standin::{StandIn, TessStar};

use super::{CASES, allowed, at_hostile_hands, memory};

/// Files of SPOC and of both generations of QLP.
fn files() -> Vec<Vec<u8>> {
    let star = TessStar::at(7, 10.0, -20.0).spoc(1).qlp(1).qlp(56).rows(25);
    let stand_in = StandIn::empty().with_tess([star]);
    let uris = stand_in.tess_uris();
    let bytes = uris.iter().filter_map(|uri| stand_in.tess_file(uri));
    bytes.collect()
}

/// Everything that there is to read in a file.
fn read(bytes: &[u8]) -> Result<usize, String> {
    let mut rows = 0;
    for unit in fits::units(bytes).map_err(|error| error.to_string())? {
        let _ = unit.header.to_json();
        let _ = unit.name().len();
        // a sum that is wrong is for the caller to judge: what the bytes say is read all the same
        let _ = unit.verify();
        if let Ok(image) = fits::integer_image(&unit) {
            assert!(image.iter().map(Vec::len).sum::<usize>() <= bytes.len());
        }
        match fits::binary_table(&unit) {
            Ok(table) => {
                for column in &table.columns {
                    rows = rows.max(column.column.values.len());
                }
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    Ok(rows)
}

#[test]
fn a_hostile_file_is_read_or_refused() {
    for file in files() {
        at_hostile_hands(&file, 2 * CASES, read);
    }
}

/// The file with another value on a card of its table.
fn with_card(file: &[u8], name: &str, value: &str) -> Vec<u8> {
    let mut bytes = file.to_vec();
    let start = format!("{name:<8}= ").into_bytes();
    let place = bytes.windows(10).rposition(|card| card == start).unwrap();
    let text = format!("{value:>20}");
    bytes[place + 10..place + 30].copy_from_slice(&text.as_bytes()[..20]);
    bytes
}

#[test]
fn what_a_header_claims_is_not_believed() {
    memory::alone(|| {
        // the last of the files has no image after its table
        let files = files();
        let file = files
            .iter()
            .find(|file| !file.windows(8).any(|word| word == b"APERTURE"))
            .unwrap();
        for (name, value) in [
            ("NAXIS2", "1000000000000"),
            ("NAXIS2", "9223372036854775807"),
            ("NAXIS1", "1000000000000"),
            ("NAXIS1", "-60"),
            ("PCOUNT", "9223372036854775807"),
            ("GCOUNT", "9223372036854775807"),
            ("TFIELDS", "999999999999"),
            ("NAXIS", "999"),
            ("BITPIX", "-9223372036854775808"),
            ("TFORM1", "'999999999999D'"),
        ] {
            let hostile = with_card(file, name, value);
            let (result, peak) = memory::peak_of(|| read(&hostile));
            assert!(peak < allowed(hostile.len()), "{name}: {peak}");
            if let Ok(rows) = result {
                assert!(rows <= 25, "{name} = {value}: {rows} rows");
            }
        }
    });
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused() {
    memory::alone(|| {
        for file in files() {
            for end in (0..file.len()).step_by(997) {
                let read = fits::units(&file[..end]).and_then(|units| {
                    let table = units.get(1).ok_or(fits::FitsError::NotFits);
                    table.and_then(fits::binary_table)
                });
                if let Ok(table) = read {
                    // whole units are whole, though others are missing
                    assert_eq!(table.columns[0].column.values.len(), 25, "{end}");
                }
            }
        }
    });
}
