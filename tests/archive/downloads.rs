//! Replies that go to a file.

use std::path::Path;
use std::time::Duration;

use retriever::archive::{Archive, ArchiveError, ArchiveSettings, Downloaded, ErrorClass, Request};
use retriever_standin::{Fault, StandIn};

use crate::{archive, impatient, names, product, settings};

const KIB_64: u64 = 65_536;

async fn download(
    archive: &Archive,
    stand_in: &StandIn,
    to: &Path,
) -> Result<Downloaded, ArchiveError> {
    archive
        .download(
            Request::get(stand_in.file_url("lc.fits")).transient_statuses(&[400]),
            to,
        )
        .await
}

#[tokio::test]
async fn a_download_survives_every_fault() {
    let bytes = product(300_000, 1);
    for fault in Fault::ALL {
        // these are whole files as far as HTTP goes: only who opens them can tell
        let looks_right = matches!(
            fault,
            Fault::LengthTooSmall | Fault::XmlError | Fault::UnknownCollection
        );
        if looks_right {
            continue;
        }
        let stand_in = StandIn::empty()
            .failing(fault, 5, 1)
            .retry_after(Duration::ZERO);
        stand_in.put_file("lc.fits", bytes.clone());
        let archive = if fault.stalls() {
            impatient()
        } else {
            archive()
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lc.fits");
        let done = download(&archive, &stand_in, &path).await;
        let done = done.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert!(std::fs::read(&path).unwrap() == bytes, "{fault:?}");
        assert_eq!(done.bytes, 300_000, "{fault:?}");
        assert_eq!(names(folder.path()), ["lc.fits"], "{fault:?}");
    }
}

#[tokio::test]
async fn a_download_cut_again_and_again_asks_only_for_the_rest() {
    let bytes = product(2_000_000, 2);
    let stand_in = StandIn::empty().always(Fault::Cut);
    stand_in.put_file("lc.fits", bytes.clone());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lc.fits");
    // every reply over 64 KiB is cut at a multiple of that, a shorter one at its half: it ends only when calm
    let few = Archive::new(ArchiveSettings {
        retries: 0,
        ..settings()
    })
    .unwrap();
    let error = download(&few, &stand_in, &path).await.unwrap_err();
    assert!(matches!(error, ArchiveError::Interrupted { .. }), "{error}");
    assert!(!path.exists());
    assert_eq!(names(folder.path()), ["lc.fits.part", "lc.fits.part.json"]);
    stand_in.calm();
    let done = download(&few, &stand_in, &path).await.unwrap();
    assert!(done.resumed_from > 0 && done.resumed_from.is_multiple_of(KIB_64));
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    assert_eq!(names(folder.path()), ["lc.fits"]);
    let ranges: Vec<_> = stand_in
        .counters()
        .records()
        .iter()
        .map(|record| record.range.clone())
        .collect();
    let expected = format!("bytes={}-", done.resumed_from);
    assert_eq!(ranges, [None, Some(expected)]);
}

#[tokio::test]
async fn attempts_that_get_further_are_not_counted() {
    let bytes = product(1_000_000, 3);
    let stand_in = StandIn::empty().failing(Fault::Cut, 11, 12);
    stand_in.put_file("lc.fits", bytes.clone());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lc.fits");
    download(&archive(), &stand_in, &path).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    // more than the retries of the settings
    assert!(stand_in.counters().requests() > 5);
}

#[tokio::test]
async fn a_file_that_changed_meanwhile_is_fetched_whole() {
    let stand_in = StandIn::empty().always(Fault::Cut);
    stand_in.put_file("lc.fits", product(500_000, 4));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lc.fits");
    let few = Archive::new(ArchiveSettings {
        retries: 0,
        ..settings()
    })
    .unwrap();
    download(&few, &stand_in, &path).await.unwrap_err();
    let newer = product(500_000, 5);
    stand_in.put_file("lc.fits", newer.clone());
    stand_in.calm();
    let done = download(&few, &stand_in, &path).await.unwrap();
    assert_eq!(done.resumed_from, 0);
    assert_eq!(std::fs::read(&path).unwrap(), newer);
}

#[tokio::test]
async fn a_download_of_nothing_leaves_nothing() {
    let stand_in = StandIn::empty();
    let folder = tempfile::tempdir().unwrap();
    let error = download(&archive(), &stand_in, &folder.path().join("lc.fits")).await;
    assert!(
        matches!(error, Err(ArchiveError::NotFound { .. })),
        "{error:?}"
    );
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn two_downloads_to_one_place_make_one_whole_file() {
    let bytes = product(700_000, 6);
    let stand_in = StandIn::empty().failing(Fault::Cut, 3, 2);
    stand_in.put_file("lc.fits", bytes.clone());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lc.fits");
    let (first, second) = (archive(), archive());
    let (a, b) = tokio::join!(
        download(&first, &stand_in, &path),
        download(&second, &stand_in, &path)
    );
    // sha256 of the whole, however it came
    assert_eq!(a.unwrap().sha256, b.unwrap().sha256);
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    assert_eq!(names(folder.path()), ["lc.fits"]);
}

#[tokio::test]
async fn a_disk_that_cannot_be_written_is_a_disk_error() {
    let stand_in = StandIn::empty();
    stand_in.put_file("lc.fits", product(10, 7));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"not a folder").unwrap();
    let error = download(&archive(), &stand_in, &file.join("lc.fits")).await;
    assert_eq!(error.unwrap_err().class(), ErrorClass::Disk);
    assert_eq!(stand_in.counters().requests(), 0);
}
