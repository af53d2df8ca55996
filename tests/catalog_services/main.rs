//! Catalogs from services that speak TAP, through the doors that users come by: asked once, found again after any
//! interruption, never cut unnoticed.

#[path = "../support/journey.rs"]
mod journey;
mod service; // a TAP service whose answers the tests write
mod tables; // what services send

mod answers; // answers that are stored, and how they are used
mod jobs; // jobs that outlive the process
mod refusals; // answers that are none
mod weather; // the stand-in's services, and its faults

use std::path::{Path, PathBuf};
use std::time::Duration;

use journey::Journey;
use retriever::archive::{Archive, ArchiveSettings, Limits};
use retriever::observatory::Surroundings;
use retriever::project::{Project, ProjectBuilder};
use service::Service;

/// A project of demo sources with its catalog from the Gaia archive, and these further lines for it.
fn gaia(service: &Service, adql: &str, lines: &str) -> String {
    format!(
        "project: {{name: services, obs_names: [demo]}}\n\
         catalog:\n  gaia:\n    adql: \"{adql}\"\n    url: {}\n    poll_interval: 0.01\n{lines}\
         observatories: {{demo: {{num_points: 20}}, rate_limit: null, retry_delay: 0.01}}\n",
        service.url()
    )
}

/// The same with a table of VizieR.
fn vizier(service: &Service, columns: &str, lines: &str) -> String {
    format!(
        "project: {{name: services, obs_names: [demo]}}\n\
         catalog:\n  vizier:\n    table: J/MNRAS/508/3877/maincat\n    columns: [{columns}]\n    \
         where: Pwd > 0.75\n    url: {}\n{lines}\
         observatories: {{demo: {{num_points: 20}}, rate_limit: null, retry_delay: 0.01}}\n",
        service.url()
    )
}

/// A project of demo sources from code, with one parameter, that gives up soon.
fn impatient(path: &str, value: &str, root: &Path) -> ProjectBuilder {
    let archive = Archive::new(ArchiveSettings {
        retries: 1,
        base_delay: Duration::from_millis(1),
        limits: Limits {
            max_concurrency: 4,
            rate_limit: None,
        },
        ..ArchiveSettings::default()
    });
    Project::builder("coded")
        .observatory("demo")
        .set(path, value)
        .data_root(root)
        .surroundings(Surroundings::new(0).with_archive(archive.unwrap()))
}

/// What is in the folder of stored catalogs, by name.
fn stored(journey: &Journey) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(journey.data().join("catalogs")) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
