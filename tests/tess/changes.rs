//! A refresh asks for what has changed, and for nothing else.

use retriever::archive::{Archive, ArchiveSettings, Limits};
use retriever::observatory::tess::{Tess, TessParameters};
use retriever::observatory::{Fetched, VirtualObservatory};
use retriever_standin::{Service, StandIn, TessStar};

use crate::{data, numbered, of_products};

fn star() -> TessStar {
    TessStar::at(77, 100.0, -40.0)
        .spoc(1)
        .spoc(2)
        .qlp(3)
        .rows(30)
}

fn tess(archive: &StandIn) -> (Tess, Archive) {
    let parameters = TessParameters {
        url: archive.url(),
        ..TessParameters::default()
    };
    let limits = Limits {
        rate_limit: None,
        ..Limits::default()
    };
    let settings = ArchiveSettings {
        limits,
        ..ArchiveSettings::default()
    };
    (Tess::with(parameters), Archive::new(settings).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_new_is_unchanged_and_no_file_is_sent_again() {
    let standin = StandIn::empty().with_tess([star()]);
    let (tess, archive) = tess(&standin);
    let before = data(tess.fetch(&numbered(77), &archive).await);
    standin.reset_counters();
    let fetched = tess.refresh(&numbered(77), &before, &archive).await;
    assert!(
        matches!(fetched, Ok(Fetched::Unchanged { .. })),
        "{fetched:?}"
    );
    let asked = standin.counters();
    assert_eq!(asked.requests_of(Service::Portal), 1);
    assert_eq!(asked.requests_of(Service::Downloads), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_file_that_changed_and_a_new_one_are_taken() {
    let standin = StandIn::empty().with_tess([star()]);
    let (tess, archive) = tess(&standin);
    let before = data(tess.fetch(&numbered(77), &archive).await);

    // sector 2 was made again, with other rows; sector 4 is new
    let again = StandIn::empty().with_tess([TessStar::at(77, 100.0, -40.0).spoc(2).rows(40)]);
    let uri = &again.tess_uris()[0];
    standin.replace_file(uri, again.tess_file(uri).unwrap());
    standin.add_tess(TessStar::at(77, 100.0, -40.0).spoc(4).rows(30));

    let after = data(tess.refresh(&numbered(77), &before, &archive).await);
    assert_eq!(of_products(&after, "rows"), [30, 40, 30, 30]);
    // what was put together of old and new rows is what a fetch of everything gives
    let fresh_archive = Archive::new(ArchiveSettings::default()).unwrap();
    let fresh = data(tess.fetch(&numbered(77), &fresh_archive).await);
    assert_eq!(format!("{:?}", after.table), format!("{:?}", fresh.table));
    assert_eq!(after.altdata, fresh.altdata);
}
