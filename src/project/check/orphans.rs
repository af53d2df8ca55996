//! Files that no row speaks of: taken up, removed, left alone, or not judged because a run may be writing them.

use std::collections::{HashMap, HashSet};

use futures::StreamExt;

use super::{CheckReport, Checker, Finding};
use crate::database::{Outcome, RawRecord};
use crate::observatory::Observatory;
use crate::photometry::RawPhotometry;
use crate::project::{ProjectError, work};
use crate::sky;
use crate::storage::{self, StorageClass, Stored};

/// Files that are judged, and mended, together: the rows are looked at again before each such number of them.
const TOGETHER: usize = 200;

/// A file that no row spoke of when the rows were read.
struct Orphan {
    finding: Finding,
    cure: Cure,
}

enum Cure {
    Remove,
    /// As raw photometry of this source.
    TakeUp(String, Box<RawRecord>),
    LeaveAlone,
}

impl Checker<'_> {
    pub(super) async fn files_without_rows(
        &self,
        report: &mut CheckReport,
    ) -> Result<(), ProjectError> {
        let known = self.known_files().await?;
        for observatory in self.project.observatories() {
            self.raw_orphans(observatory, &known, report).await?;
        }
        let folder = self.project.folder();
        let own = [storage::config_path(folder), storage::run_path(folder)];
        let mut found = self.store.list(folder);
        let mut orphans = Vec::new();
        while let Some(file) = found.next().await {
            let file = file?.path;
            let is_own = own.contains(&file) || storage::is_histogram_path(folder, &file);
            if !known.contains(&file) && !is_own {
                orphans.push(stray(&file, "no row speaks of this file".to_owned()));
            }
        }
        let mut orphans = orphans.into_iter();
        loop {
            let some: Vec<Orphan> = orphans.by_ref().take(TOGETHER).collect();
            if some.is_empty() {
                return Ok(());
            }
            self.settle(some, report).await?;
        }
    }

    async fn raw_orphans(
        &self,
        observatory: &Observatory,
        known: &HashSet<String>,
        report: &mut CheckReport,
    ) -> Result<(), ProjectError> {
        let mut found = self.store.list(observatory.name());
        let mut orphans = Vec::new();
        let mut claimed: HashMap<String, String> = HashMap::new();
        while let Some(file) = found.next().await {
            let file = file?.path;
            if known.contains(&file) {
                continue;
            }
            let bytes = match self.store.get(&file).await {
                // removed since it was listed
                Err(error) if error.class() == StorageClass::Missing => continue,
                bytes => bytes?,
            };
            let stored = Stored::of(&file, &bytes);
            match self.hdf5.decode_raw(bytes).await {
                Ok(raw) if self.is_of_another_project(observatory, &raw, &file) => {
                    report.of_other_projects += 1;
                }
                Ok(raw) => {
                    let problem = self.why_not_adoptable(observatory, &raw, &file, &claimed);
                    claimed
                        .entry(raw.source_name.clone())
                        .or_insert_with(|| file.clone());
                    orphans.push(match problem {
                        None => adoptable(observatory, &raw, &stored),
                        Some(why) => left_alone(&raw, &file, &why),
                    });
                }
                Err(error) => orphans.push(stray(
                    &file,
                    format!("no row speaks of this file, and it does not open: {error}"),
                )),
            }
            if orphans.len() >= TOGETHER {
                self.settle(std::mem::take(&mut orphans), report).await?;
            }
        }
        self.settle(orphans, report).await
    }

    /// Makes findings of the files that no row speaks of by now, and mends them; of none while a run is at work.
    async fn settle(
        &self,
        mut orphans: Vec<Orphan>,
        report: &mut CheckReport,
    ) -> Result<(), ProjectError> {
        if orphans.is_empty() {
            return Ok(());
        }
        // in this order: a run that is over by now has put into rows what it has written
        self.look_for_runs(report).await?;
        if let Some(database) = &self.database {
            let files = orphans.iter().map(|orphan| orphan.finding.file.as_str());
            let files: Vec<&str> = files.collect();
            let spoken_of = database.checksums_of(&files).await?;
            orphans.retain(|orphan| !spoken_of.contains_key(&orphan.finding.file));
        }
        if report.running.is_some() {
            report.not_judged += orphans.len() as u64;
            return Ok(());
        }
        self.mend(&orphans).await?;
        let findings = orphans.into_iter().map(|orphan| orphan.finding);
        report.findings.extend(findings);
        Ok(())
    }

    async fn mend(&self, orphans: &[Orphan]) -> Result<(), ProjectError> {
        let (Some(database), Some(repairing)) = (&self.database, &self.repairing) else {
            return Ok(());
        };
        repairing.goes_on().await?;
        let mut taken_up = Vec::new();
        for orphan in orphans {
            match &orphan.cure {
                Cure::Remove => {
                    self.store.remove(&orphan.finding.file).await?;
                }
                Cure::TakeUp(source_name, record) => {
                    taken_up.push((source_name.clone(), record.as_ref().clone()));
                }
                Cure::LeaveAlone => {}
            }
        }
        if !taken_up.is_empty() {
            database.adopt_raw(&taken_up).await?;
        }
        Ok(())
    }

    /// Raw photometry is shared: what stands in its place and is of a source that this catalog does not have is
    /// none of this project's concern.
    fn is_of_another_project(
        &self,
        observatory: &Observatory,
        raw: &RawPhotometry,
        file: &str,
    ) -> bool {
        let in_its_place = storage::parse_product_path(file).is_some_and(|name| {
            name.kind.is_none()
                && name.observatory == observatory.name()
                && name.source_name.is_none_or(|name| name == raw.source_name)
        });
        in_its_place
            && raw.observatory == observatory.name()
            && self.project.catalog().row_of(&raw.source_name).is_none()
    }

    /// Only a file under the name of its source, which the catalog knows near that place, is taken up.
    fn why_not_adoptable(
        &self,
        observatory: &Observatory,
        raw: &RawPhotometry,
        file: &str,
        claimed: &HashMap<String, String>,
    ) -> Option<String> {
        if raw.observatory != observatory.name() {
            return Some(format!("it is of {}", raw.observatory));
        }
        if let Some(first) = claimed.get(&raw.source_name) {
            return Some(format!("{first:?} is of the same source"));
        }
        let catalog = self.project.catalog();
        let Some(target) = catalog
            .row_of(&raw.source_name)
            .and_then(|row| catalog.target(row))
        else {
            return Some("the catalog of this project does not have the source".to_owned());
        };
        if file
            != storage::raw_path(observatory.name(), target.ra, &target.name).unwrap_or_default()
        {
            let folder = format!(
                "the catalog has it at RA {:.4}",
                sky::normalize_ra(target.ra)
            );
            return Some(format!("it does not stand where it belongs: {folder}"));
        }
        None
    }
}

fn stray(file: &str, problem: String) -> Orphan {
    Orphan {
        finding: Finding::mendable(file, "", problem, "removed"),
        cure: Cure::Remove,
    }
}

fn adoptable(observatory: &Observatory, raw: &RawPhotometry, stored: &Stored) -> Orphan {
    let problem = "no row speaks of this raw photometry".to_owned();
    let record = Box::new(raw_record(observatory, raw, stored));
    Orphan {
        finding: Finding::mendable(&stored.path, &raw.source_name, problem, "taken up again"),
        cure: Cure::TakeUp(raw.source_name.clone(), record),
    }
}

fn left_alone(raw: &RawPhotometry, file: &str, why: &str) -> Orphan {
    let problem = format!("no row speaks of this raw photometry, and {why}");
    Orphan {
        finding: Finding {
            can_be_mended: false,
            ..Finding::mendable(file, &raw.source_name, problem, "left alone")
        },
        cure: Cure::LeaveAlone,
    }
}

fn raw_record(observatory: &Observatory, raw: &RawPhotometry, stored: &Stored) -> RawRecord {
    let same_request =
        raw.altdata.get("download_parameters") == Some(&observatory.download_parameters());
    let record = RawRecord {
        parameters: if same_request {
            observatory.download_fingerprint()
        } else {
            String::new()
        },
        ..RawRecord::new(observatory.name(), Outcome::Ok)
    };
    work::raw_facts(record, raw, stored)
}
