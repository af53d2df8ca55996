//! A target is found by its number, its name or its place, and the way is recorded.

use retriever::archive::{Archive, ArchiveSettings};
use retriever::catalog::Target;
use retriever::observatory::tess::{Tess, TessParameters};
use retriever::observatory::{Fetched, VirtualObservatory};
use retriever_standin::{Service, StandIn, TessStar};
use serde_json::json;

use crate::{data, numbered, tess, text};

const ARCSEC: f64 = 1.0 / 3600.0;

/// A star that moves 1″ a year northwards, and a fainter neighbour 6″ south of where it was in 2000.
fn pair() -> StandIn {
    StandIn::empty().with_tess([
        TessStar::at(700, 150.0, 20.0)
            .motion(0.0, 1000.0)
            .tmag(12.0)
            .spoc(24),
        TessStar::at(701, 150.0, 20.0 - 6.0 * ARCSEC)
            .tmag(12.4)
            .spoc(24),
    ])
}

/// The moving star as Gaia has it.
fn gaia(mag: f64) -> Target {
    Target {
        name: "moving".to_owned(),
        ra: 150.0,
        dec: 20.0 + 16.0 * ARCSEC,
        epoch: 2016.0,
        pmra: Some(0.0),
        pmdec: Some(1000.0),
        mag: Some(mag),
        mag_filter: Some("Gaia_RP".to_owned()),
        ..Target::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_star_is_found_where_it_was_in_2000_and_the_neighbour_is_recorded() {
    let archive = pair();
    let raw = data(tess(&archive, &[]).fetch(&gaia(12.1)).await);
    assert_eq!(raw.altdata["TICID"], 700);
    let found = &raw.altdata["identification"];
    assert!(found["match"]["separation_arcsec"].as_f64().unwrap() < 0.01);
    assert!((found["match"]["magnitude_difference"].as_f64().unwrap() - 0.1).abs() < 1e-6);
    assert_eq!(found["match"]["compared"], "Gaia_RP and Tmag");
    assert_eq!(found["runner_up"]["tic"], 701);
    assert!((found["runner_up"]["separation_arcsec"].as_f64().unwrap() - 6.0).abs() < 0.01);
    assert_eq!(found["ambiguous"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_star_of_another_magnitude_is_not_the_target() {
    let archive = pair();
    let fetched = tess(&archive, &[]).fetch(&gaia(8.0)).await;
    assert!(matches!(fetched, Ok(Fetched::Empty { .. })), "{fetched:?}");
    // nobody was asked for light curves of no star
    assert_eq!(archive.counters().requests(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalog_s_number_spares_the_cone() {
    let archive = pair();
    let target = Target {
        ids: [("TIC".to_owned(), "701".to_owned())].into(),
        ..gaia(12.1)
    };
    let raw = data(tess(&archive, &[]).fetch(&target).await);
    assert_eq!(raw.altdata["TICID"], 701);
    assert_eq!(archive.counters().requests_of(Service::Portal), 1);
    let named = data(tess(&archive, &[]).fetch(&numbered(700)).await);
    assert_eq!(named.altdata["TICID"], 700);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faint_target_is_skipped_without_a_request() {
    let archive = pair();
    let fetched = tess(&archive, &[]).fetch(&gaia(18.5)).await;
    assert!(
        matches!(&fetched, Ok(Fetched::Skipped { rule }) if rule.contains("mag_limit 18")),
        "{fetched:?}"
    );
    assert_eq!(archive.counters().requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_resolved_to_a_target_and_fetched() {
    let standin = pair();
    let parameters = TessParameters {
        url: standin.url(),
        ..TessParameters::default()
    };
    let tess = Tess::with(parameters);
    let archive = Archive::new(ArchiveSettings::default()).unwrap();
    let target = tess.resolve("TIC", "700", &archive).await.unwrap().unwrap();
    assert_eq!(
        (target.name.as_str(), target.id("TIC")),
        ("TIC 700", Some("700"))
    );
    assert_eq!((target.ra, target.dec, target.epoch), (150.0, 20.0, 2000.0));
    assert_eq!((target.pmdec, target.mag), (Some(1000.0), Some(12.0)));
    assert_eq!(target.mag_filter.as_deref(), Some("TESS"));
    assert_eq!(tess.resolve("TIC", "999", &archive).await.unwrap(), None);
    assert_eq!(tess.resolve("KIC", "700", &archive).await.unwrap(), None);

    let raw = data(tess.fetch_by_tic(700, &archive).await);
    assert_eq!(raw.source_name, "TIC 700");
    let nothing = tess.fetch_by_tic(999, &archive).await;
    assert!(matches!(nothing, Ok(Fetched::Empty { .. })), "{nothing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_pages_is_read_to_its_end() {
    let mut star = TessStar::at(9, 10.0, 5.0).rows(20);
    for sector in 1..=5 {
        star = star.spoc(sector).qlp(sector).rows(20);
    }
    let archive = StandIn::empty().with_tess([star]).executing(2);
    let parameters = [("page_size", retriever::parameters::NodeValue::Integer(3))];
    let raw = data(tess(&archive, &parameters).fetch(&numbered(9)).await);
    let sectors = crate::of_products(&raw, "sector");
    assert_eq!(
        sectors,
        [&json!(1), &json!(2), &json!(3), &json!(4), &json!(5)]
    );
    // 12 rows in four pages (ten light curves, a validation, another team's), each first executed twice
    assert_eq!(archive.counters().requests_of(Service::Portal), 4 * 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_the_portal_are_told() {
    let archive = pair();
    archive.fail_always_at(Service::Portal, retriever_standin::Fault::PortalError);
    let tess = tess(
        &archive,
        &[("max_retries", retriever::parameters::NodeValue::Integer(1))],
    );
    let error = tess.fetch(&numbered(700)).await.unwrap_err();
    assert!(
        error.to_string().contains("session is in the kill state"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_is_executed_for_too_long_is_given_up() {
    let archive = pair().executing(1_000_000);
    let limit = ("poll_limit", retriever::parameters::NodeValue::Float(0.02));
    let error = tess(&archive, &[limit])
        .fetch(&numbered(700))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("still executing"), "{error}");
    assert_eq!(error.class(), retriever::archive::ErrorClass::Transient);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_number_that_is_none_is_an_error() {
    let archive = pair();
    let target = Target {
        ids: [("TIC".to_owned(), "12x".to_owned())].into(),
        ..gaia(12.1)
    };
    let error = tess(&archive, &[("keep", text("all"))])
        .fetch(&target)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("12x"), "{error}");
}
