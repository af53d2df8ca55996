//! Disks that are full or may not be written: said so, exit 7, and gone on with when there is room.
//!
//! A small disk of one's own is a tmpfs, which takes the right to mount; without it these tests do nothing and say so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::postgres::Cluster;
use crate::workplace::{Workplace, expect_same};

const DEMO: &str = "demo: {num_points: 100, shuffle_time: true}";

/// A small disk, unmounted when dropped.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// None where this process may not mount.
    fn mount(size: &str) -> Option<SmallDisk> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = format!("size={size}");
        if mount(&["-t", "tmpfs", "-o", &options, "tmpfs"], folder.path()) {
            return Some(SmallDisk { folder });
        }
        eprintln!("skipped: this process may not mount a small disk");
        None
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(mount(&["-o", &options], self.folder.path()), "{options}");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.folder.path())
            .status();
    }
}

fn mount(arguments: &[&str], folder: &Path) -> bool {
    let output = Command::new("mount").args(arguments).arg(folder).output();
    output.is_ok_and(|output| output.status.success())
}

fn calm() -> Workplace {
    let workplace = Workplace::new();
    workplace.catalog(60);
    workplace.demo(DEMO);
    workplace.run();
    workplace
}

/// Runs on a disk of each size, then on one with room.
fn full_disk(sizes: &[&str], make: impl Fn() -> Workplace) {
    let calm = calm();
    for size in sizes {
        let Some(disk) = SmallDisk::mount(size) else {
            return;
        };
        let workplace = make().keeping_in(&disk.root());
        workplace.catalog(60);
        workplace.demo(DEMO);
        for _ in 0..2 {
            let ended = workplace.ask(&["run", "project.yaml"]).expect(7);
            let words = ended.words().to_lowercase();
            assert!(
                words.contains("no space") || words.contains("disk is full"),
                "{size}: {ended:?}"
            );
        }
        disk.remount("size=64m");
        for finding in workplace.findings() {
            let problem = finding["problem"].as_str().expect("a text");
            assert!(
                problem.starts_with("no row speaks of this") && !problem.contains("does not open"),
                "{size}: {finding}"
            );
        }
        workplace.run();
        expect_same(&workplace.products(), &calm.products(), size);
        expect_same(&workplace.rows(), &calm.rows(), size);
        workplace.expect_sound();
    }
}

#[test]
fn a_full_disk_stops_the_run_and_room_lets_it_go_on() {
    full_disk(&["64k", "300k", "600k", "1m", "1400k"], Workplace::new);
}

#[test]
fn a_full_disk_with_the_database_elsewhere() {
    if let Some(cluster) = Cluster::shared() {
        full_disk(&["8k", "500k"], || Workplace::on(cluster));
    }
}

#[test]
fn a_protected_disk_is_told_before_anything_is_asked() {
    let Some(disk) = SmallDisk::mount("16m") else {
        return;
    };
    let workplace = Workplace::new().keeping_in(&disk.root());
    workplace.catalog(5);
    workplace.demo(DEMO);
    disk.remount("ro");
    let ended = workplace.ask(&["run", "project.yaml"]).expect(7);
    assert!(
        ended.stderr.contains("Read-only file system") && ended.stderr.contains("RETRIEVER_DATA"),
        "{ended:?}"
    );
    disk.remount("rw");
    workplace
        .ask(&["run", "project.yaml", "--stop", "3"])
        .expect(0);
    disk.remount("ro");
    workplace.ask(&["run", "project.yaml"]).expect(7);
    disk.remount("rw");
    workplace.run();
    workplace.expect_sound();
}

#[test]
fn a_file_where_the_data_root_should_be_is_told() {
    let workplace = Workplace::new();
    workplace.catalog(5);
    workplace.demo(DEMO);
    workplace.write("data", "no folder");
    let ended = workplace.ask(&["run", "project.yaml"]).expect(7);
    assert!(
        ended.stderr.contains("/data") && ended.stderr.contains("RETRIEVER_DATA"),
        "{ended:?}"
    );
    assert_eq!(
        fs::read_to_string(workplace.data()).expect("it is there"),
        "no folder"
    );
}

#[test]
fn a_file_where_a_folder_of_products_should_be_stops_the_run() {
    for name in ["CRASH", "DEMO"] {
        let workplace = Workplace::new();
        workplace.catalog(5);
        workplace.demo(DEMO);
        fs::create_dir(workplace.data()).expect("a folder");
        fs::write(workplace.data().join(name), "no folder").expect("a file");
        let ended = workplace.ask(&["run", "project.yaml"]).expect(7);
        assert!(ended.words().contains(name), "{ended:?}");
        fs::remove_file(workplace.data().join(name)).expect("it is there");
        workplace.run();
        workplace.expect_sound();
    }
}
