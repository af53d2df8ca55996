//! The archive's manners, proved against a stand-in that misbehaves in every way archives were seen to.

mod asking; // replies kept in memory: faults, limits, pauses, secrets, sign-on
mod downloads; // replies that go to a file: cuts, resuming, leftovers
mod kept; // files that stay until they are used: found again, shared, asked for only if changed

use std::path::Path;
use std::time::Duration;

use retriever::archive::{Archive, ArchiveSettings, Limits};

fn settings() -> ArchiveSettings {
    ArchiveSettings {
        user_agent: ArchiveSettings::user_agent("tests@retriever.example"),
        read_timeout: Duration::from_secs(120),
        retries: 4,
        base_delay: Duration::from_millis(1),
        max_delay: Duration::from_millis(4),
        limits: Limits {
            max_concurrency: 3,
            rate_limit: None,
        },
        ..ArchiveSettings::default()
    }
}

fn archive() -> Archive {
    Archive::new(settings()).unwrap()
}

/// An archive that loses patience soon, for faults that stall.
fn impatient() -> Archive {
    let read_timeout = Duration::from_secs(1);
    Archive::new(ArchiveSettings {
        read_timeout,
        retries: 1,
        ..settings()
    })
    .unwrap()
}

/// What lies in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Bytes that differ everywhere, so that no part fits another place.
fn product(length: usize, seed: u32) -> Vec<u8> {
    (0..length as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 13) as u8)
        .collect()
}
