//! Files of raw photometry and of lightcurves that somebody changed.

use std::fs;

use retriever::photometry::{Column, Lightcurve, RawPhotometry, Table, Values};
use serde_json::json;

use super::{CASES, at_hostile_hands};

fn raw() -> RawPhotometry {
    let columns = vec![
        Column::new(
            "mjd",
            "d",
            "",
            Values::Float64((0..50).map(f64::from).collect()),
        ),
        Column::new("oid", "", "", Values::Int64(vec![i64::MAX; 50])),
        Column::new(
            "filtercode",
            "",
            "",
            Values::Text((0..50).map(|_| "zg").collect()),
        ),
    ];
    let altdata = json!({"request": {"collection": "ztf_dr24"}});
    RawPhotometry {
        observatory: "ZTF".to_owned(),
        source_name: "J1349-2112".to_owned(),
        time: None,
        table: Table::new(columns).unwrap(),
        altdata: altdata.as_object().cloned().unwrap(),
    }
}

#[test]
fn a_hostile_file_of_raw_photometry_is_the_same_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("raw.h5");
    let original = raw();
    original.save(&path).unwrap();
    let document = fs::read(&path).unwrap();
    at_hostile_hands(&document, CASES, |bytes| {
        fs::write(&path, bytes).unwrap();
        let loaded = RawPhotometry::load(&path).map_err(|error| error.to_string())?;
        assert_eq!(loaded, original, "the file was changed and nobody saw it");
        Ok(())
    });
}

#[test]
fn a_file_of_raw_photometry_is_none_of_lightcurves() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("raw.h5");
    raw().save(&path).unwrap();
    let error = Lightcurve::load_all(&path).unwrap_err();
    assert!(!error.to_string().is_empty());
}
