//! Encoding and decoding.

use proptest::prelude::*;
use retriever::photometry::{Column, Kind, Lightcurve, RawPhotometry, Table, Values};
use retriever::storage::{
    StorageClass, StorageError, decode_groups, decode_lightcurves, decode_raw, encode_lightcurves,
    encode_raw,
};
use serde_json::json;

use crate::content::{any_raw, lightcurve, object, raw, same_values};

#[test]
fn a_raw_file_of_a_hundred_epochs_is_small_and_comes_back_equal() {
    let raw = raw("J134913.43-211252.3", 100);
    let image = encode_raw(&raw).unwrap();
    assert!(image.len() < 20_000, "{} bytes", image.len());
    assert_eq!(decode_raw(&image).unwrap(), raw);
    let heads = decode_groups(&image).unwrap();
    assert_eq!(heads.len(), 1);
    assert_eq!(heads[0].key, "J134913.43-211252.3");
    assert_eq!(heads[0].kind, None);
}

#[test]
fn the_lightcurves_of_a_source_share_a_file() {
    let lightcurves: Vec<Lightcurve> = (1..=12)
        .map(|number| lightcurve("S", number, 12, 30))
        .collect();
    let image = encode_lightcurves(&lightcurves, Kind::Reduced).unwrap();
    let back = decode_lightcurves(&image).unwrap();
    assert_eq!(
        format!("{back:?}"),
        format!("{lightcurves:?}"),
        "as text, for NaN"
    );
    let keys: Vec<String> = decode_groups(&image)
        .unwrap()
        .into_iter()
        .map(|head| head.key)
        .collect();
    assert_eq!(keys[0], "S_reduction_01_of_12");
    assert_eq!(keys[11], "S_reduction_12_of_12");
    assert!(decode_raw(&image).is_err());
}

#[test]
fn injections_into_the_same_series_are_told_apart() {
    let simulated = vec![
        lightcurve("S", 1, 2, 3),
        lightcurve("S", 2, 2, 3),
        lightcurve("S", 1, 2, 3),
    ];
    let image = encode_lightcurves(&simulated, Kind::Simulated).unwrap();
    let keys: Vec<String> = decode_groups(&image)
        .unwrap()
        .into_iter()
        .map(|head| head.key)
        .collect();
    assert_eq!(
        keys,
        [
            "S_simulated_01_of_02_injection_01",
            "S_simulated_02_of_02_injection_01",
            "S_simulated_01_of_02_injection_02"
        ]
    );
    assert!(matches!(
        encode_lightcurves(&simulated, Kind::Processed),
        Err(StorageError::Unencodable { .. })
    ));
}

#[test]
fn simulated_lightcurves_keep_the_numbers_of_their_injections() {
    let numbered = |series, injection: u32| {
        let mut lightcurve = lightcurve("S", series, 2, 3);
        let key = retriever::photometry::INJECTION.to_owned();
        lightcurve.altdata.insert(key, injection.into());
        lightcurve
    };
    // the first two injections had nowhere to go in the second season
    let simulated = [numbered(1, 1), numbered(1, 12), numbered(2, 3)];
    let image = encode_lightcurves(&simulated, Kind::Simulated).unwrap();
    let keys: Vec<String> = decode_groups(&image)
        .unwrap()
        .into_iter()
        .map(|head| head.key)
        .collect();
    assert_eq!(
        keys,
        [
            "S_simulated_01_of_02_injection_01",
            "S_simulated_01_of_02_injection_12",
            "S_simulated_02_of_02_injection_03"
        ]
    );
    let back = decode_lightcurves(&image).unwrap();
    let injections: Vec<_> = back.iter().map(Lightcurve::injection).collect();
    assert_eq!(injections, [Some(1), Some(12), Some(3)]);
}

#[test]
fn processed_lightcurves_come_back_with_the_columns_of_the_analysis() {
    let mut processed = lightcurve("S", 1, 1, 50);
    let floats = |factor: f64| Values::Float64((0..50).map(|row| factor * row as f64).collect());
    let marks = |every: usize| Values::Boolean((0..50).map(|row| row % every == 0).collect());
    processed.epochs.extra.extend([
        Column::new("qflag", "", "true: bad", marks(7)),
        Column::new("offset", "", "of the position", floats(0.5)),
        Column::new("snr", "", "signal to noise", floats(-0.25)),
        Column::new("dmag", "mag", "brighter", floats(0.01)),
        Column::new("detected", "", "in an event", marks(25)),
    ]);
    for kind in [Kind::Processed, Kind::Simulated] {
        let image = encode_lightcurves(std::slice::from_ref(&processed), kind).unwrap();
        let back = decode_lightcurves(&image).unwrap();
        assert_eq!(format!("{back:?}"), format!("{:?}", [&processed]));
        assert_eq!(decode_groups(&image).unwrap()[0].kind, Some(kind));
    }
}

#[test]
fn tables_without_rows_or_columns_are_kept() {
    for raw in [
        raw("S", 0),
        RawPhotometry {
            table: Table::default(),
            ..raw("S", 1)
        },
    ] {
        let image = encode_raw(&raw).unwrap();
        assert_eq!(decode_raw(&image).unwrap(), raw);
    }
    assert_eq!(
        decode_lightcurves(&encode_lightcurves(&[], Kind::Reduced).unwrap()).unwrap(),
        vec![]
    );
}

#[test]
fn many_columns_and_much_metadata_are_kept() {
    let mut large = raw("S", 5);
    for number in 0..700 {
        let name = format!("column_{number}");
        let values = Values::Int32(vec![number; 5]);
        large
            .table
            .push(Column::new(&name, "", "", values))
            .unwrap();
    }
    large.altdata = object(json!({ "headers": "x".repeat(300_000), "zero": "a\u{0}b" }));
    let image = encode_raw(&large).unwrap();
    assert_eq!(decode_raw(&image).unwrap(), large);
}

#[test]
fn a_long_table_is_kept() {
    let long = raw("S", 30_000);
    assert_eq!(decode_raw(&encode_raw(&long).unwrap()).unwrap(), long);
}

#[test]
fn text_of_any_length_is_kept() {
    let mut wordy = raw("S", 70_000);
    let (long, short) = ("long ".repeat(30_000), "Ä".repeat(11));
    let words = (0..70_000).map(|row| match row % 20_000 {
        7 => &long[..],
        row => &short[..2 * (row % 12)],
    });
    let text = Values::Text(words.collect());
    wordy
        .table
        .push(Column::new("words", "", "", text))
        .unwrap();
    assert_eq!(decode_raw(&encode_raw(&wordy).unwrap()).unwrap(), wordy);
}

#[test]
fn an_attribute_that_no_header_can_hold_is_refused() {
    let odd = raw(&"a\u{0}".repeat(40_000), 2);
    let error = encode_raw(&odd).unwrap_err();
    assert!(
        matches!(&error, StorageError::Unencodable { reason, .. } if reason.contains("64 kB")),
        "{error}"
    );
}

#[test]
fn a_name_with_a_zero_character_is_kept_and_such_text_in_a_column_is_refused() {
    let odd = raw("a\u{0}b\u{0}", 2);
    assert_eq!(decode_raw(&encode_raw(&odd).unwrap()).unwrap(), odd);
    let mut refused = raw("S", 1);
    let text = Values::Text(["a\u{0}b"].into_iter().collect());
    refused
        .table
        .push(Column::new("text", "", "", text))
        .unwrap();
    assert!(matches!(
        encode_raw(&refused),
        Err(StorageError::Unencodable { .. })
    ));
}

#[test]
fn lightcurves_with_uneven_or_repeated_columns_are_refused() {
    let mut uneven = lightcurve("S", 1, 1, 3);
    uneven.epochs.mag.pop();
    let mut repeated = lightcurve("S", 1, 1, 3);
    let extra = repeated.epochs.extra[0].clone();
    repeated.epochs.extra.push(extra);
    for wrong in [uneven, repeated] {
        assert!(encode_lightcurves(&[wrong], Kind::Reduced).is_err());
    }
}

#[test]
fn the_same_content_gives_the_same_bytes_in_any_thread_after_any_work() {
    let (raw_one, series) = (raw("S", 100), [lightcurve("S", 1, 1, 100)]);
    let expected = encode_raw(&raw_one).unwrap();
    let expected_series = encode_lightcurves(&series, Kind::Reduced).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (raw_one, series) = (&raw_one, &series);
            let (expected, expected_series) = (&expected, &expected_series);
            scope.spawn(move || {
                for round in 0..10 {
                    encode_raw(&raw("other", 1 + 37 * round + thread)).unwrap();
                    assert!(encode_raw(raw_one).unwrap() == *expected);
                    decode_raw(expected).unwrap();
                    assert!(encode_lightcurves(series, Kind::Reduced).unwrap() == *expected_series);
                }
            });
        }
    });
}

/// The name under which this test program calls itself for one encoding in a new process.
const AGAIN: &str = "RETRIEVER_TEST_ENCODE_TO";

#[test]
fn the_same_content_gives_the_same_bytes_in_another_process() {
    let mut large = raw("S", 2_000);
    for number in 0..100 {
        let values = Values::Int32(vec![number; 2_000]);
        let column = Column::new(&format!("column_{number}"), "", "", values);
        large.table.push(column).unwrap();
    }
    large.altdata = object(json!({ "headers": "x".repeat(100_000) }));
    let many: Vec<Lightcurve> = (1..=70)
        .map(|number| lightcurve("S", number, 70, 5))
        .collect();
    let image = [
        encode_raw(&raw("S", 100)).unwrap(),
        encode_raw(&large).unwrap(),
        encode_lightcurves(&many, Kind::Reduced).unwrap(),
    ]
    .concat();
    if let Some(path) = std::env::var_os(AGAIN) {
        std::fs::write(path, image).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "files::the_same_content_gives_the_same_bytes_in_another_process",
        ])
        .env(AGAIN, &path)
        .env("MALLOC_PERTURB_", "85") // glibc fills fresh memory with it: no byte may come from there
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    assert!(std::fs::read(path).unwrap() == image);
}

#[test]
fn cut_and_foreign_files_are_errors() {
    let image = encode_raw(&raw("S", 100)).unwrap();
    for length in [
        0,
        1,
        8,
        100,
        image.len() / 2,
        image.len() - 20,
        image.len() - 1,
    ] {
        let error = decode_raw(&image[..length]).unwrap_err();
        assert_eq!(error.class(), StorageClass::Damaged, "{length}: {error}");
    }
    assert!(decode_raw(b"oid,mjd\n1,58000\n").is_err());
    assert!(decode_groups(&[0; 4096]).is_err());
}

#[test]
fn a_changed_byte_anywhere_is_noticed() {
    let image = encode_raw(&raw("S", 20)).unwrap();
    for place in 0..image.len() {
        let mut changed = image.to_vec();
        changed[place] ^= 0xff;
        let error = decode_raw(&changed).unwrap_err();
        assert_eq!(
            error.class(),
            StorageClass::Damaged,
            "byte {place}: {error}"
        );
    }
}

#[test]
fn a_file_of_a_newer_schema_is_told_as_such() {
    let image = encode_raw(&raw("S", 1)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("newer.h5");
    std::fs::write(&path, &image).unwrap();
    {
        let file = hdf5::File::open_rw(&path).unwrap();
        let version = file.group("S").unwrap().attr("schema_version").unwrap();
        version.write_scalar(&99i64).unwrap();
    }
    let error = RawPhotometry::load(&path).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("newer.h5") && text.contains("schema version 99"),
        "{text}"
    );
}

#[test]
fn a_column_that_claims_more_rows_than_its_file_holds_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("claims.h5");
    std::fs::write(&path, encode_raw(&raw("S", 1)).unwrap()).unwrap();
    {
        let file = hdf5::File::open_rw(&path).unwrap();
        let group = file.group("S").unwrap();
        // never written, so that a terabyte takes no space
        group
            .new_dataset::<f64>()
            .shape(1usize << 37)
            .create("huge")
            .unwrap();
        group
            .new_dataset::<f64>()
            .shape(1usize << 37)
            .chunk(1 << 20)
            .create("chunked")
            .unwrap();
    }
    let error = RawPhotometry::load(&path).unwrap_err();
    assert_eq!(error.class(), StorageClass::Damaged);
}

#[test]
fn links_that_lead_out_of_a_file_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (
        folder.path().join("links.h5"),
        folder.path().join("other.h5"),
    );
    std::fs::write(&path, encode_raw(&raw("S", 1)).unwrap()).unwrap();
    std::fs::write(&other, encode_raw(&raw("T", 1)).unwrap()).unwrap();
    {
        let file = hdf5::File::open_rw(&path).unwrap();
        file.link_soft("/S", "again").unwrap();
        file.link_external(other.to_str().unwrap(), "/T", "outside")
            .unwrap();
    }
    assert_eq!(RawPhotometry::load(&path).unwrap(), raw("S", 1));
}

#[test]
fn saving_replaces_a_file_and_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5");
    raw("S", 3).save(&path).unwrap();
    raw("S", 5).save(&path).unwrap();
    assert_eq!(RawPhotometry::load(&path).unwrap().table.rows(), 5);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let lost = raw("S", 1)
        .save(folder.path().join("nowhere/x.h5"))
        .unwrap_err();
    assert_eq!(lost.class(), StorageClass::Missing);
    assert_eq!(
        RawPhotometry::load(folder.path().join("y.h5"))
            .unwrap_err()
            .class(),
        StorageClass::Missing
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_table_comes_back_as_it_was(raw in any_raw()) {
        let image = encode_raw(&raw).unwrap();
        let back = decode_raw(&image).unwrap();
        prop_assert_eq!(&back.source_name, &raw.source_name);
        prop_assert_eq!(&back.observatory, &raw.observatory);
        prop_assert_eq!(&back.altdata, &raw.altdata);
        prop_assert_eq!(back.table.columns().len(), raw.table.columns().len());
        for (one, other) in back.table.columns().iter().zip(raw.table.columns()) {
            prop_assert_eq!((&one.name, &one.unit, &one.description), (&other.name, &other.unit, &other.description));
            prop_assert!(same_values(&one.values, &other.values), "{:?} {:?}", one, other);
        }
    }

    #[test]
    fn random_bytes_are_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(decode_raw(&bytes).is_err());
    }
}
