//! An archive that misbehaves for a while: the table is that of a calm day.

use std::time::Duration;

use retriever::parameters::NodeValue;
use retriever_standin::{Fault, Service, StandIn, TessStar};

use crate::{data, numbered, tess};

const SEED: u64 = 24;

fn archive() -> StandIn {
    let star = TessStar::at(31, 200.0, -30.0).spoc(1).qlp(2).rows(40);
    StandIn::empty()
        .with_tess([star])
        .retry_after(Duration::ZERO)
}

#[tokio::test(flavor = "multi_thread")]
async fn any_passing_fault_of_the_portal_or_the_files_changes_nothing() {
    let calm = data(tess(&archive(), &[]).fetch(&numbered(31)).await);
    for service in [Service::Portal, Service::Downloads] {
        for fault in service.faults() {
            // half a gigabyte is for the suite of the archive
            if Fault::FLOODS.contains(&fault) || fault == Fault::SlowDrip {
                continue;
            }
            let archive = archive().failing_at(service, fault, SEED, 2);
            let patience = if fault.stalls() { 0.5 } else { 60.0 };
            let parameters = [
                ("max_retries", NodeValue::Integer(8)),
                ("read_timeout", NodeValue::Float(patience)),
            ];
            let raw = match tess(&archive, &parameters).fetch(&numbered(31)).await {
                Ok(retriever::observatory::Fetched::Data { raw, .. }) => raw,
                other => panic!("{service:?} {fault:?}: {other:?}"),
            };
            let same = format!("{:?}", raw.table) == format!("{:?}", calm.table);
            assert!(same, "{service:?} {fault:?}: another table");
            let products = |raw: &retriever::photometry::RawPhotometry| {
                let list = raw.altdata["products"].as_array().expect("a list").clone();
                let plain = list.into_iter().map(|mut product| {
                    // the stand-in's fault is another ETag
                    product.as_object_mut().expect("a map").remove("etag");
                    product
                });
                plain.collect::<Vec<_>>()
            };
            assert_eq!(products(&raw), products(&calm), "{service:?} {fault:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lasting_fault_is_an_error_and_never_another_table() {
    let calm = data(tess(&archive(), &[]).fetch(&numbered(31)).await);
    for service in [Service::Portal, Service::Downloads] {
        for fault in service.faults() {
            let harmless = fault.is_harmless() || fault.stalls() || Fault::FLOODS.contains(&fault);
            if harmless || fault == Fault::PageError {
                continue;
            }
            let archive = archive();
            archive.fail_always_at(service, fault);
            let parameters = [
                ("max_retries", NodeValue::Integer(1)),
                ("poll_limit", NodeValue::Float(0.01)),
            ];
            // a file that breaks off each time is whole after some of them: it is resumed
            if let Ok(fetched) = tess(&archive, &parameters).fetch(&numbered(31)).await {
                let raw = data(Ok(fetched));
                let same = format!("{:?}", raw.table) == format!("{:?}", calm.table);
                assert!(same, "{service:?} {fault:?}: another table");
                assert_eq!(
                    service,
                    Service::Downloads,
                    "{fault:?}: a search cannot be resumed"
                );
            }
        }
    }
}
