//! What is known of a star seen in many sectors is kept with its rows.

use retriever::photometry::{Column, RawPhotometry, Table, Values};
use serde_json::{Map, Value, json};

/// As much as the headers of 30 sectors in three products: about 10 kB each, far above the 64 kB that HDF5
/// allows in the header of a group.
#[test]
fn headers_of_ninety_products_are_kept_whole() {
    let cards: Map<String, Value> = (0..300)
        .map(|card| (format!("CARD{card}"), json!(f64::from(card) / 7.0)))
        .collect();
    let products: Vec<Value> = (0..90)
        .map(|sector| json!({"sector": sector, "header": cards, "nothing": null}))
        .collect();
    let mut altdata = Map::new();
    altdata.insert("products".to_owned(), json!(products));
    let raw = RawPhotometry {
        observatory: "TESS".to_owned(),
        source_name: "TIC 1".to_owned(),
        time: None,
        table: Table::new(vec![Column::new(
            "TIME",
            "BJD - 2457000, days",
            "",
            Values::Float64(vec![1.0, f64::INFINITY]),
        )])
        .unwrap(),
        altdata,
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("raw.h5");
    raw.save(&file).unwrap();
    assert_eq!(RawPhotometry::load(&file).unwrap(), raw);
    assert!(std::fs::metadata(&file).unwrap().len() > 64 * 1024);
}
