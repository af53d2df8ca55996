//! Files put, found, checked and swept.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use retriever::storage::{
    Created, STAGING, StorageClass, StorageError, StorageParameters, Store, Verdict,
};

fn stores(root: &Path) -> Vec<Store> {
    let parameters = |fsync| StorageParameters { fsync };
    vec![
        Store::open(root.join("plain"), parameters(false)).unwrap(),
        Store::open(root.join("durable"), parameters(true)).unwrap(),
        Store::over(Arc::new(object_store::memory::InMemory::new())),
    ]
}

fn everything_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(everything_below(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

// SHA-256 of "abc" from FIPS 180-2, appendix B.1.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

#[tokio::test]
async fn what_is_put_is_there_with_its_length_and_checksum() {
    let root = tempfile::tempdir().unwrap();
    for store in stores(root.path()) {
        let path = "ZTF/RA123/ZTF_photometry_a%2Fb +'%_8.h5";
        let stored = store.put(path, Bytes::from_static(b"abc")).await.unwrap();
        assert_eq!(
            (stored.path.as_str(), stored.length, stored.sha256.as_str()),
            (path, 3, ABC)
        );
        assert_eq!(store.get(path).await.unwrap(), "abc");
        assert_eq!(store.head(path).await.unwrap(), Some(3));
        assert_eq!(store.verify(path, 3, ABC).await.unwrap(), Verdict::Sound);
        if let Some(folder) = store.root() {
            assert_eq!(
                std::fs::read(folder.join(path)).unwrap(),
                b"abc",
                "the very name on disk"
            );
        }
        let listed: Vec<_> = store.list("").collect().await;
        assert_eq!(listed.len(), 1);
        let listed = listed[0].as_ref().unwrap();
        assert_eq!((listed.path.as_str(), listed.length), (path, 3));
    }
}

#[tokio::test]
async fn putting_again_replaces_and_putting_new_does_not() {
    let root = tempfile::tempdir().unwrap();
    for store in stores(root.path()) {
        store.put("a/x", Bytes::from_static(b"one")).await.unwrap();
        store.put("a/x", Bytes::from_static(b"two")).await.unwrap();
        let second = store
            .put_new("a/x", Bytes::from_static(b"three"))
            .await
            .unwrap();
        assert_eq!(second, Created::Exists);
        assert_eq!(store.get("a/x").await.unwrap(), "two");
        let new = store
            .put_new("b/c/x", Bytes::from_static(b"abc"))
            .await
            .unwrap();
        assert!(matches!(new, Created::Stored(stored) if stored.sha256 == ABC));
    }
}

#[tokio::test]
async fn of_many_writers_of_a_new_file_one_wins() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), StorageParameters::default()).unwrap();
    let writers = (0..32).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move { store.put_new("x/y", Bytes::from(vec![writer; 100])).await })
    });
    let mut winners = Vec::new();
    for writer in futures::future::join_all(writers).await {
        if let Created::Stored(stored) = writer.unwrap().unwrap() {
            winners.push(stored);
        }
    }
    assert_eq!(winners.len(), 1);
    let verdict = store.verify("x/y", 100, &winners[0].sha256).await.unwrap();
    assert_eq!(verdict, Verdict::Sound);
}

#[tokio::test]
async fn damage_is_told_by_kind() {
    let root = tempfile::tempdir().unwrap();
    for store in stores(root.path()) {
        store.put("x", Bytes::from_static(b"abd")).await.unwrap();
        assert!(matches!(
            store.verify("x", 3, ABC).await.unwrap(),
            Verdict::Damaged { .. }
        ));
        assert_eq!(
            store.verify("x", 5, ABC).await.unwrap(),
            Verdict::WrongLength { found: 3 }
        );
        assert_eq!(store.verify("y", 3, ABC).await.unwrap(), Verdict::Missing);
        assert_eq!(
            store.get("y").await.unwrap_err().class(),
            StorageClass::Missing
        );
    }
}

#[tokio::test]
async fn removing_takes_the_empty_folders_along() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), StorageParameters::default()).unwrap();
    store
        .put("ZTF/RA001/x", Bytes::from_static(b"abc"))
        .await
        .unwrap();
    assert!(store.remove("ZTF/RA001/x").await.unwrap());
    assert!(!store.remove("ZTF/RA001/x").await.unwrap());
    drop(store);
    assert_eq!(everything_below(root.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn paths_that_leave_the_root_are_refused() {
    let root = tempfile::tempdir().unwrap();
    for store in stores(root.path()) {
        for path in [
            "",
            "/etc/x",
            "../x",
            "a/../../x",
            "a//x",
            "./x",
            "a\\x",
            "C:x",
            "x/",
            "a\u{0}b",
            ".staging/x",
        ] {
            let put = store.put(path, Bytes::from_static(b"x")).await;
            assert!(
                matches!(put, Err(StorageError::Path { .. })),
                "{path:?}: {put:?}"
            );
            assert!(store.get(path).await.is_err() && store.remove(path).await.is_err());
        }
    }
    let outside: Vec<_> = everything_below(root.path())
        .into_iter()
        .filter(|path| path.is_file())
        .collect();
    assert_eq!(outside, Vec::<PathBuf>::new());
}

#[tokio::test]
async fn after_the_last_use_only_products_are_left() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), StorageParameters::default()).unwrap();
    assert_eq!(
        everything_below(root.path()),
        Vec::<PathBuf>::new(),
        "reading leaves no trace"
    );
    store.put("a/x", Bytes::from_static(b"abc")).await.unwrap();
    store
        .put_new("a/x", Bytes::from_static(b"abc"))
        .await
        .unwrap();
    assert!(root.path().join(STAGING).exists());
    assert_eq!(
        store.list("").count().await,
        1,
        "half-written files are not listed"
    );
    drop(store);
    assert_eq!(
        everything_below(root.path()),
        [root.path().join("a"), root.path().join("a/x")]
    );
}

/// The name under which this test program calls itself to be killed while it writes.
const VICTIM: &str = "RETRIEVER_TEST_WRITE_UNTIL_KILLED";

#[tokio::test]
async fn a_killed_writer_leaves_whole_files_and_the_next_one_sweeps() {
    if let Some(root) = std::env::var_os(VICTIM) {
        let store = Store::open(root, StorageParameters::default()).unwrap();
        for round in 0u64.. {
            let bytes = Bytes::from(vec![round as u8; 300_000]);
            store.put(&format!("a/{}", round % 5), bytes).await.unwrap();
        }
    }
    let root = tempfile::tempdir().unwrap();
    for round in 0..5u8 {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "store::a_killed_writer_leaves_whole_files_and_the_next_one_sweeps",
            ])
            .env(VICTIM, root.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // killed once it has written, wherever in its work it is then
        let written = root.path().join(format!("a/{}", round % 5));
        while !written.exists() {
            std::thread::yield_now();
        }
        victim.kill().unwrap();
        victim.wait().unwrap();
        for file in std::fs::read_dir(root.path().join("a")).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(bytes.len() == 300_000 && bytes.iter().all(|byte| *byte == bytes[0]));
        }
        assert!(root.path().join(STAGING).exists());
        drop(Store::open(root.path(), StorageParameters::default()).unwrap());
        assert!(!root.path().join(STAGING).exists());
        std::fs::remove_dir_all(root.path().join("a")).unwrap();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_place_that_cannot_be_written_is_told() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), StorageParameters::default()).unwrap();
    std::fs::write(root.path().join("a"), "a file where a folder should be").unwrap();
    let error = store
        .put("a/x", Bytes::from_static(b"abc"))
        .await
        .unwrap_err();
    assert_eq!(error.class(), StorageClass::ReadOnly);
    // /proc refuses new files to everybody, root included
    let nowhere = Store::open("/proc/self/retriever", StorageParameters::default()).unwrap_err();
    assert!(matches!(nowhere, StorageError::File { .. }), "{nowhere:?}");
}
