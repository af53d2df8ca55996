//! Which products are taken, and what becomes of files that are missing, damaged or another star's.

use retriever::archive::ErrorClass;
use retriever::parameters::NodeValue;
use retriever::photometry::Values;
use retriever_standin::{StandIn, TessStar};

use crate::{data, numbered, of_products, tess, text};

/// Three pipelines and fast data in sector 24, one in 25, a new QLP in 60.
fn archive() -> StandIn {
    StandIn::empty().with_tess([TessStar::at(188_589_164, 239.578, 35.407)
        .tmag(10.27)
        .spoc(24)
        .fast(24)
        .tess_spoc(24)
        .qlp(24)
        .spoc(25)
        .qlp(60)
        .rows(50)])
}

fn uri_of(archive: &StandIn, part: &str) -> String {
    let uris = archive.tess_uris();
    let found = uris.iter().find(|uri| uri.contains(part));
    found
        .unwrap_or_else(|| panic!("{part} is not among {uris:?}"))
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_best_product_of_each_sector_is_taken_and_the_reason_recorded() {
    let archive = archive();
    let raw = data(tess(&archive, &[]).fetch(&numbered(188_589_164)).await);
    assert_eq!(of_products(&raw, "product"), ["spoc", "spoc", "qlp"]);
    assert_eq!(of_products(&raw, "sector"), [24, 25, 60]);
    assert_eq!(raw.table.rows(), 150);
    for (why, sha256) in of_products(&raw, "why")
        .iter()
        .zip(of_products(&raw, "sha256"))
    {
        assert!(
            why.as_str()
                .unwrap()
                .contains("the first of spoc, tess-spoc, qlp"),
            "{why}"
        );
        assert_eq!(sha256.as_str().unwrap().len(), 64);
    }
    let left_out = raw.altdata["left_out"].to_string();
    assert!(
        left_out.contains("spoc of sector 24 is preferred"),
        "{left_out}"
    );
    assert!(left_out.contains("diamante"), "{left_out}");
    // one search, three files
    assert_eq!(archive.counters().requests(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_listed_product_is_a_lightcurve_of_its_own() {
    let archive = archive();
    let parameters = [("keep", text("all")), ("fast", NodeValue::Bool(true))];
    let tess = tess(&archive, &parameters);
    let raw = data(tess.fetch(&numbered(188_589_164)).await);
    let words = ["spoc", "spoc", "tess-spoc", "qlp", "spoc", "qlp"];
    assert_eq!(of_products(&raw, "product"), words);
    assert_eq!(
        of_products(&raw, "cadence"),
        [120.0, 20.0, 1800.0, 1800.0, 120.0, 200.0]
    );
    let reduction = tess.reduce_for(&raw, None).unwrap();
    assert_eq!(reduction.rejected, Vec::<String>::new());
    assert_eq!(reduction.lightcurves.len(), 6);
    for lightcurve in &reduction.lightcurves {
        assert_eq!(lightcurve.epochs.len(), 50);
        assert_eq!(lightcurve.filter, "TESS");
        let cadence = lightcurve.altdata["cadence"].as_f64().unwrap();
        // two of ten exposures are lost to cosmic rays, but not in 20-s data
        let kept = if cadence == 20.0 { 1.0 } else { 0.8 };
        assert!(
            (lightcurve.epochs.exptime[0] - cadence * 0.99 * kept).abs() < 0.01,
            "{cadence}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_a_product_lacks_are_empty_there() {
    let archive = archive();
    let raw = data(
        tess(&archive, &[("keep", text("all"))])
            .fetch(&numbered(188_589_164))
            .await,
    );
    let column = |name: &str| raw.table.column(name).unwrap_or_else(|| panic!("{name}"));
    let Values::Int32(products) = &column("PRODUCT").values else {
        panic!("places are integers")
    };
    let (pdcsap, orbit) = (&column("PDCSAP_FLUX").values, &column("ORBITID").values);
    let (Values::Float32(pdcsap), Values::Int32(orbit)) = (pdcsap, orbit) else {
        panic!("columns have the types of the files: {pdcsap:?}")
    };
    let words = of_products(&raw, "product");
    for (row, &product) in products.iter().enumerate() {
        let is_qlp = words[product as usize] == "qlp";
        assert!(!is_qlp || pdcsap[row].is_nan());
        assert_eq!(is_qlp, orbit[row] != -1, "row {row}");
    }
    assert_eq!(column("SAP_FLUX").unit, "");
    assert!(column("SAP_FLUX").description.contains("e-/s in spoc"));
    assert_eq!(column("TIMECORR").unit, "d");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_the_archive_lost_does_not_lose_the_others() {
    let archive = archive();
    let lost = uri_of(&archive, "-s0025-");
    archive.lose_file(&lost);
    let raw = data(tess(&archive, &[]).fetch(&numbered(188_589_164)).await);
    assert_eq!(of_products(&raw, "sector"), [24, 60]);
    assert_eq!(raw.altdata["missing"][0]["uri"], lost);
    assert!(
        raw.altdata["missing"][0]["why"]
            .as_str()
            .unwrap()
            .contains("404")
    );

    for uri in archive.tess_uris() {
        archive.lose_file(&uri);
    }
    let error = tess(&archive, &[])
        .fetch(&numbered(188_589_164))
        .await
        .unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permanent, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_star_is_an_error_with_both_numbers() {
    let archive = archive();
    archive.add_tess(TessStar::at(5, 10.0, 5.0).spoc(25));
    let other = archive
        .tess_file(&uri_of(&archive, "-s0025-0000000000000005"))
        .unwrap();
    archive.replace_file(&uri_of(&archive, "-s0025-0000000188589164"), other);
    let quick = ("max_retries", NodeValue::Integer(1));
    let error = tess(&archive, &[quick])
        .fetch(&numbered(188_589_164))
        .await
        .unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("TIC 5") && told.contains("TIC 188589164"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_no_lightcurve() {
    let archive = archive();
    let uri = uri_of(&archive, "-s0025-0000000188589164");
    let mut bytes = archive.tess_file(&uri).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    archive.replace_file(&uri, bytes);
    let quick = ("max_retries", NodeValue::Integer(1));
    let error = tess(&archive, &[quick])
        .fetch(&numbered(188_589_164))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("CHECKSUM"), "{error}");
    assert_eq!(error.class(), ErrorClass::Transient);
}

#[tokio::test(flavor = "multi_thread")]
async fn sectors_can_be_chosen_and_a_star_without_any_is_empty() {
    let archive = archive();
    let sectors = |sector: i128| {
        let one = retriever::parameters::Node {
            value: NodeValue::Integer(sector),
            origin: retriever::parameters::Origin::Builder,
        };
        [("sectors", NodeValue::Sequence(vec![one]))]
    };
    let raw = data(
        tess(&archive, &sectors(25))
            .fetch(&numbered(188_589_164))
            .await,
    );
    assert_eq!(of_products(&raw, "sector"), [25]);
    let nothing = tess(&archive, &sectors(26))
        .fetch(&numbered(188_589_164))
        .await;
    assert!(
        matches!(nothing, Ok(retriever::observatory::Fetched::Empty { .. })),
        "{nothing:?}"
    );
}
