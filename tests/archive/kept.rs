//! Files that stay on disk until they are used.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use retriever::archive::{Archive, ArchiveError, ArchiveSettings, ErrorClass, Request, Verdict};
use retriever_standin::{Fault, StandIn};

use crate::{archive, names, product, settings};

fn keeping(folder: &Path) -> Archive {
    archive().keeping_downloads(folder)
}

/// No attempt after the first.
fn keeping_without_retries(folder: &Path) -> Archive {
    Archive::new(ArchiveSettings {
        retries: 0,
        downloads: Some(folder.to_owned()),
        ..settings()
    })
    .unwrap()
}

fn anything(_: &[u8]) -> Verdict {
    Verdict::Accept
}

fn request(stand_in: &StandIn) -> Request {
    Request::get(stand_in.file_url("lc.fits"))
}

/// What `sha256sum` gives for the URL, by way of another implementation than the one under test.
fn name_of(url: &str) -> String {
    use std::io::Write;
    let mut sum = std::process::Command::new("sha256sum")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    sum.stdin.take().unwrap().write_all(url.as_bytes()).unwrap();
    let text = String::from_utf8(sum.wait_with_output().unwrap().stdout).unwrap();
    text[..64].to_owned()
}

#[tokio::test]
async fn a_file_that_nobody_has_used_yet_is_not_asked_for_again() {
    let bytes = product(500_000, 1);
    let stand_in = StandIn::empty();
    stand_in.put_file("lc.fits", bytes.clone());
    let folder = tempfile::tempdir().unwrap();
    let first = keeping(folder.path())
        .file(request(&stand_in), anything)
        .await
        .unwrap();
    assert!(first.bytes == bytes && first.resumed_from == 0);
    let name = name_of(&stand_in.file_url("lc.fits"));
    assert_eq!(names(folder.path()), [name.clone(), format!("{name}.json")]);
    // another process: nothing is shared but the folder
    let second = keeping(folder.path())
        .file(request(&stand_in), anything)
        .await
        .unwrap();
    assert!(second.bytes == bytes && second.resumed_from == 500_000);
    assert!(second.etag.is_some() && second.etag == first.etag);
    assert_eq!(stand_in.counters().requests(), 1);
}

#[tokio::test]
async fn what_was_discarded_is_gone_and_only_that() {
    let stand_in = StandIn::empty();
    let folder = tempfile::tempdir().unwrap();
    let archive = keeping(folder.path());
    for name in ["a", "b", "c"] {
        stand_in.put_file(name, product(10_000, 1));
    }
    let ask = async |archive: &Archive, name: &str| {
        let request = Request::get(stand_in.file_url(name));
        archive.file(request, anything).await.unwrap()
    };
    ask(&archive, "a").await;
    let (noting, downloads) = archive.noting_downloads();
    ask(&noting, "b").await;
    let (dropped, left) = archive.noting_downloads();
    ask(&dropped, "c").await;
    downloads.discard().await;
    drop(left);
    let mut expected: Vec<String> = ["a", "c"]
        .map(|name| name_of(&stand_in.file_url(name)))
        .into_iter()
        .flat_map(|name| [name.clone(), format!("{name}.json")])
        .collect();
    expected.sort();
    assert_eq!(names(folder.path()), expected);
}

#[tokio::test]
async fn a_file_found_whole_is_discarded_by_who_used_it() {
    let stand_in = StandIn::empty();
    stand_in.put_file("lc.fits", product(10_000, 1));
    let folder = tempfile::tempdir().unwrap();
    keeping(folder.path())
        .file(request(&stand_in), anything)
        .await
        .unwrap();
    let (noting, downloads) = keeping(folder.path()).noting_downloads();
    noting.file(request(&stand_in), anything).await.unwrap();
    downloads.discard().await;
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn a_file_cut_half_way_is_continued_where_it_stopped() {
    let bytes = product(2_000_000, 2);
    let stand_in = StandIn::empty().always(Fault::Cut);
    stand_in.put_file("lc.fits", bytes.clone());
    let folder = tempfile::tempdir().unwrap();
    let error = keeping_without_retries(folder.path())
        .file(request(&stand_in), anything)
        .await;
    assert!(
        matches!(error, Err(ArchiveError::Interrupted { .. })),
        "{error:?}"
    );
    stand_in.calm();
    let file = keeping_without_retries(folder.path())
        .file(request(&stand_in), anything)
        .await
        .unwrap();
    assert!(file.bytes == bytes);
    assert!(file.resumed_from > 0 && file.etag.is_some());
    let counters = stand_in.counters();
    let ranges: Vec<_> = counters
        .records()
        .iter()
        .map(|record| record.range.clone())
        .collect();
    assert_eq!(
        ranges,
        [None, Some(format!("bytes={}-", file.resumed_from))]
    );
}

#[tokio::test]
async fn another_version_is_begun_anew() {
    let stand_in = StandIn::empty().always(Fault::Cut);
    stand_in.put_file("lc.fits", product(500_000, 4));
    let folder = tempfile::tempdir().unwrap();
    let archive = keeping_without_retries(folder.path());
    archive
        .file(request(&stand_in), anything)
        .await
        .unwrap_err();
    let newer = product(500_000, 5);
    stand_in.put_file("lc.fits", newer.clone());
    stand_in.calm();
    let file = archive.file(request(&stand_in), anything).await.unwrap();
    assert!(file.bytes == newer);
    assert_eq!(file.resumed_from, 0);
}

#[tokio::test]
async fn a_kept_file_that_was_damaged_is_fetched_anew_once() {
    let bytes = product(300_000, 6);
    let stand_in = StandIn::empty();
    stand_in.put_file("lc.fits", bytes.clone());
    let name = name_of(&stand_in.file_url("lc.fits"));
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 4] = [
        ("cut short", |path| {
            std::fs::File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_len(196_608)
                .unwrap();
        }),
        ("a bit turned over", |path| {
            let mut bytes = std::fs::read(path).unwrap();
            bytes[1_000] ^= 1;
            std::fs::write(path, bytes).unwrap();
        }),
        ("without a note", |path| {
            std::fs::remove_file(path.with_extension("json")).unwrap();
        }),
        ("with a note that is none", |path| {
            std::fs::write(path.with_extension("json"), b"{").unwrap();
        }),
    ];
    for (what, damage) in damages {
        let folder = tempfile::tempdir().unwrap();
        let archive = keeping(folder.path());
        archive.file(request(&stand_in), anything).await.unwrap();
        let before = stand_in.counters().requests();
        damage(&folder.path().join(&name));
        for _ in 0..2 {
            let file = archive.file(request(&stand_in), anything).await.unwrap();
            assert!(file.bytes == bytes, "{what}");
        }
        assert_eq!(stand_in.counters().requests(), before + 1, "{what}");
    }
}

#[tokio::test]
async fn what_its_receiver_finds_damaged_is_fetched_again_within_the_retries() {
    let good = product(100_000, 7);
    // half of the file under a length that says so: whole as far as HTTP goes
    let stand_in = StandIn::empty().failing(Fault::LengthTooSmall, 5, 1);
    stand_in.put_file("lc.fits", good.clone());
    let whole = |bytes: &[u8]| match bytes.len() {
        100_000 => Verdict::Accept,
        _ => Verdict::Retry("cut inside a table".into()),
    };
    let folder = tempfile::tempdir().unwrap();
    let file = keeping(folder.path())
        .file(request(&stand_in), whole)
        .await
        .unwrap();
    assert!(file.bytes == good);
    assert_eq!(stand_in.counters().requests(), 2);

    let folder = tempfile::tempdir().unwrap();
    let never = |_: &[u8]| Verdict::Retry("no table".into());
    let error = keeping(folder.path())
        .file(request(&stand_in), never)
        .await
        .unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient, "{error}");
    assert!(error.to_string().contains("no table"), "{error}");
    assert_eq!(stand_in.counters().requests(), 2 + 5);
    let refused = |_: &[u8]| Verdict::Refuse("no light curve".into());
    let error = keeping(folder.path())
        .file(request(&stand_in), refused)
        .await
        .unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permanent, "{error}");
    assert_eq!(stand_in.counters().requests(), 2 + 5 + 1);
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn many_who_ask_for_one_file_share_one_download() {
    let bytes = product(700_000, 8);
    let stand_in = StandIn::empty();
    stand_in.put_file("lc.fits", bytes.clone());
    let folder = tempfile::tempdir().unwrap();
    for archive in [keeping(folder.path()), archive()] {
        let before = stand_in.counters().requests();
        let looked = AtomicUsize::new(0);
        let verify = |_: &[u8]| {
            looked.fetch_add(1, Ordering::Relaxed);
            Verdict::Accept
        };
        let all = join_all((0..20).map(|_| archive.file(request(&stand_in), verify))).await;
        for file in all {
            assert!(file.unwrap().bytes == bytes);
        }
        assert_eq!(stand_in.counters().requests(), before + 1);
        assert_eq!(looked.into_inner(), 1);
    }
}

#[tokio::test]
async fn many_who_ask_for_a_file_that_is_not_there_are_told_after_one_request() {
    let stand_in = StandIn::empty();
    let folder = tempfile::tempdir().unwrap();
    let archive = keeping(folder.path());
    let all = join_all((0..20).map(|_| archive.file(request(&stand_in), anything))).await;
    for error in all {
        assert!(
            matches!(error, Err(ArchiveError::NotFound { .. })),
            "{error:?}"
        );
    }
    assert_eq!(stand_in.counters().requests(), 1);
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn two_processes_that_want_one_file_fetch_it_once() {
    let bytes = product(700_000, 9);
    let stand_in = StandIn::empty();
    stand_in.put_file("lc.fits", bytes.clone());
    let folder = tempfile::tempdir().unwrap();
    // two archives share nothing but the folder, as two processes do
    let (first, second) = (keeping(folder.path()), keeping(folder.path()));
    let (a, b) = tokio::join!(
        first.file(request(&stand_in), anything),
        second.file(request(&stand_in), anything)
    );
    let (a, b) = (a.unwrap(), b.unwrap());
    assert!(a.bytes == bytes && b.bytes == bytes);
    assert!(a.etag.is_some() && a.etag == b.etag);
    assert_eq!(stand_in.counters().requests(), 1);
}

#[tokio::test]
async fn an_unchanged_file_is_not_sent_again_and_a_changed_one_is() {
    let stand_in = StandIn::empty();
    stand_in.put_file("lc.fits", product(400_000, 10));
    let folder = tempfile::tempdir().unwrap();
    let archive = keeping(folder.path());
    let (noting, downloads) = archive.noting_downloads();
    let first = noting.file(request(&stand_in), anything).await.unwrap();
    downloads.discard().await;
    let etag = first.etag.unwrap();
    let same = archive
        .file_if_changed(request(&stand_in), &etag, anything)
        .await
        .unwrap();
    assert_eq!(same, None);
    assert_eq!(names(folder.path()), [""; 0]);
    let newer = product(400_000, 11);
    stand_in.put_file("lc.fits", newer.clone());
    let changed = archive
        .file_if_changed(request(&stand_in), &etag, anything)
        .await
        .unwrap();
    let changed = changed.expect("it has another version");
    assert!(changed.bytes == newer && changed.etag.as_deref() != Some(&etag));
    // a refresh that was killed before its result was safe finds the newer version on disk
    let before = stand_in.counters().requests();
    let again = archive
        .file_if_changed(request(&stand_in), &etag, anything)
        .await
        .unwrap();
    assert!(again.expect("it is there").bytes == newer);
    assert_eq!(stand_in.counters().requests(), before);
    // what is left of the version that was named says nothing about the server: that is asked
    let again = archive
        .file_if_changed(
            request(&stand_in),
            changed.etag.as_deref().unwrap(),
            anything,
        )
        .await
        .unwrap();
    assert_eq!(again, None);
    assert_eq!(stand_in.counters().requests(), before + 1);
}

#[tokio::test]
async fn without_a_folder_nothing_is_left() {
    let bytes = product(200_000, 12);
    let stand_in = StandIn::empty();
    stand_in.put_file("lc.fits", bytes.clone());
    let archive = archive();
    for requests in 1..=2 {
        let file = archive.file(request(&stand_in), anything).await.unwrap();
        assert!(file.bytes == bytes);
        assert_eq!(stand_in.counters().requests(), requests);
    }
}

#[tokio::test]
async fn a_file_larger_than_the_limit_is_refused_before_it_is_read() {
    let stand_in = StandIn::empty();
    stand_in.put_file("lc.fits", product(200_000, 13));
    let folder = tempfile::tempdir().unwrap();
    let small = Archive::new(ArchiveSettings {
        max_file: 100_000,
        downloads: Some(folder.path().to_owned()),
        ..settings()
    })
    .unwrap();
    let error = small.file(request(&stand_in), anything).await;
    assert!(
        matches!(error, Err(ArchiveError::TooLarge { limit: 100_000, .. })),
        "{error:?}"
    );
    assert_eq!(names(folder.path()), [""; 0]);
    small
        .file(request(&stand_in).max_bytes(200_000), anything)
        .await
        .unwrap();
}

#[tokio::test]
async fn offline_nothing_leaves_the_process_and_what_is_on_disk_is_there() {
    let bytes = product(200_000, 14);
    let stand_in = StandIn::empty();
    stand_in.put_file("lc.fits", bytes.clone());
    let folder = tempfile::tempdir().unwrap();
    let online = keeping(folder.path());
    let offline = online.offline();
    let refused = |error: ArchiveError| {
        assert!(matches!(error, ArchiveError::Offline { .. }), "{error}");
        assert_eq!(error.class(), ErrorClass::Network);
    };
    refused(
        offline
            .file(request(&stand_in), anything)
            .await
            .unwrap_err(),
    );
    refused(
        offline
            .get(request(&stand_in), |_| Verdict::Accept)
            .await
            .unwrap_err(),
    );
    let elsewhere = folder.path().join("elsewhere");
    refused(
        offline
            .download(request(&stand_in), &elsewhere)
            .await
            .unwrap_err(),
    );
    assert_eq!(stand_in.counters().requests(), 0);
    assert_eq!(names(folder.path()), [""; 0]);
    online.file(request(&stand_in), anything).await.unwrap();
    assert!(
        offline
            .file(request(&stand_in), anything)
            .await
            .unwrap()
            .bytes
            == bytes
    );
    assert_eq!(stand_in.counters().requests(), 1);
}
