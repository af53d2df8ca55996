//! MAST's JSON and MAST's files, by the whole way from the socket to the table.

use std::time::Duration;

use retriever::archive::{Archive, ArchiveSettings, Limits};
use retriever::observatory::tess::{Tess, TessParameters};
use retriever::observatory::{Fetched, VirtualObservatory};
use retriever_standin::{Service, StandIn, TessStar};
use serde_json::json;

use super::{CASES, at_hostile_hands, memory};

const TIC: u64 = 188_589_164;

/// One try, a short patience for whatever says that it is still executing, and small replies.
fn archive() -> Archive {
    Archive::new(ArchiveSettings {
        retries: 0,
        base_delay: Duration::from_millis(1),
        max_body: 4 << 20,
        max_file: 4 << 20,
        limits: Limits {
            max_concurrency: 4,
            rate_limit: None,
        },
        ..ArchiveSettings::default()
    })
    .unwrap()
}

fn tess(stand_in: &StandIn) -> Tess {
    Tess::with(TessParameters {
        url: stand_in.url(),
        poll_delay: 0.0,
        poll_limit: 0.001,
        ..TessParameters::default()
    })
}

fn sky() -> StandIn {
    let star = TessStar::at(TIC, 239.578, 35.407).spoc(24).qlp(56).rows(20);
    StandIn::empty().with_tess([star])
}

/// A reply that is a row of the input catalog and an observation at once: whatever is asked, it fits.
fn reply(uri: &str) -> String {
    let row = json!({
        "ID": TIC, "ra": 239.578, "dec": 35.407, "pmRA": -143.3, "pmDEC": 318.2, "Tmag": 10.27,
        "GAIAmag": 11.5, "plx": null, "disposition": null, "dstArcSec": 0.5,
        "target_name": TIC.to_string(), "dataURL": uri, "obsid": 60_681_188,
        "objID": 9_007_199_254_740_993_u64, "provenance_name": "QLP", "sequence_number": 56,
    });
    json!({
        "status": "COMPLETE", "msg": "", "data": [row],
        "fields": [{"name": "ID", "type": "string"}],
        "paging": {"page": 1, "pageSize": 50_000, "pagesFiltered": 1, "rows": 1, "rowsFiltered": 1, "rowsTotal": 1},
    })
    .to_string()
}

#[test]
fn a_hostile_answer_of_the_portal_is_read_or_refused() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let stand_in = sky();
    let uris = stand_in.tess_uris();
    let uri = uris.iter().find(|uri| uri.contains("qlp")).unwrap();
    let tess = tess(&stand_in);
    at_hostile_hands(reply(uri).as_bytes(), CASES, |bytes| {
        let json = [("Content-Type", "application/json")];
        stand_in.put_reply(Service::Portal.path(), 200, &json, bytes);
        stand_in.reset_counters();
        let fetched = runtime.block_on(tess.fetch_by_tic(TIC, &archive()));
        let asked = stand_in.counters().requests_of(Service::Portal);
        assert!(asked < 200, "{asked} requests for one answer");
        match fetched {
            Ok(Fetched::Data { raw, .. }) => {
                assert_eq!(raw.table.rows(), 20);
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    });
}

#[test]
fn an_answer_with_pages_without_end_is_given_up() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let stand_in = sky();
    let uri = &stand_in.tess_uris()[0];
    for (pages, rows) in [
        (json!(1_000_000_000_000_u64), json!(1_000_000_000_000_u64)),
        (json!(u64::MAX), json!(3)),
        (json!(u64::MAX), json!(null)),
    ] {
        memory::alone(|| {
            let mut answer: serde_json::Value = serde_json::from_str(&reply(uri)).unwrap();
            answer["paging"]["pagesFiltered"] = pages.clone();
            answer["paging"]["rowsFiltered"] = rows.clone();
            let json = [("Content-Type", "application/json")];
            let text = answer.to_string();
            stand_in.put_reply(Service::Portal.path(), 200, &json, text.as_bytes());
            stand_in.reset_counters();
            let fetched = runtime.block_on(tess(&stand_in).fetch_by_tic(TIC, &archive()));
            let error = fetched.unwrap_err();
            assert!(!error.to_string().is_empty());
            let asked = stand_in.counters().requests_of(Service::Portal);
            assert!(
                asked <= 10,
                "{pages} pages of {rows} rows: {asked} requests"
            );
        });
    }
}

#[test]
fn a_hostile_light_curve_is_read_or_refused() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let stand_in = sky();
    let tess = tess(&stand_in);
    for name in ["qlp", "product"] {
        let uris = stand_in.tess_uris();
        let uri = uris.iter().find(|uri| uri.contains(name)).unwrap();
        let document = stand_in.tess_file(uri).unwrap();
        at_hostile_hands(&document, CASES, |bytes| {
            stand_in.replace_file(uri, bytes);
            let fetched = runtime.block_on(tess.fetch_by_tic(TIC, &archive()));
            match fetched {
                Ok(Fetched::Data { raw, .. }) => {
                    // whatever could be read can be reduced, or is refused there
                    match tess.reduce(&raw, None) {
                        Ok(_) => Ok(()),
                        Err(error) => Err(error.to_string()),
                    }
                }
                Ok(other) => panic!("{other:?}"),
                Err(error) => Err(error.to_string()),
            }
        });
        stand_in.replace_file(uri, document);
    }
}
