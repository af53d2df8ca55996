//! Rows against files: is everything there that the database speaks of, and nothing else?

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, TryStreamExt};
use serde::Serialize;

use super::{Project, ProjectError, session};
use crate::database::{Database, DatabaseError, FileRow, FileTable, Outcome, RawRecord};
use crate::observatory::Observatory;
use crate::photometry::RawPhotometry;
use crate::sky;
use crate::storage::{self, Hdf5Thread, Store, Stored, Verdict};

/// Raw files that are adopted in one transaction.
const ADOPTED_TOGETHER: usize = 200;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CheckReport {
    /// Files that are what their rows say.
    pub sound: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Raw files without a row, of sources that the catalog of this project does not have: other projects' to
    /// take up.
    pub of_other_projects: u64,
    /// What interrupted runs have downloaded and not used yet: the next run takes it up.
    pub downloads: LeftDownloads,
    /// Whether the findings were mended.
    pub repaired: bool,
}

/// Files in the folder of downloads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LeftDownloads {
    /// How many files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The file, below the data root.
    pub file: String,
    /// Empty if the file does not tell.
    pub source_name: String,
    /// What is wrong with it.
    pub problem: String,
    /// What `--repair` does, or did, about it.
    pub remedy: String,
    /// Whether there is anything that `--repair` does about it.
    pub can_be_mended: bool,
}

impl CheckReport {
    /// Nothing was found, or all of it was mended.
    pub fn is_clean(&self) -> bool {
        let is_mended = |finding: &Finding| self.repaired && finding.can_be_mended;
        self.findings.iter().all(is_mended)
    }
}

impl Project {
    /// Compares the rows of the project with its files: length, checksum, whether they open; and looks for
    /// files that no row speaks of.
    ///
    /// With `repair`, rows whose file is lost or damaged are forgotten, so that the next run does them again;
    /// raw files without a row are taken up again (also after the database was lost); other files without
    /// a row are removed.
    pub async fn check(&self, repair: bool) -> Result<CheckReport, ProjectError> {
        let mut report = CheckReport::default();
        if !self.data_root.exists() {
            // a project that never ran: looking at it makes nothing
            return Ok(report);
        }
        let store = self.store()?;
        let database = match repair {
            true => Some(self.database().await?),
            false => self.existing_database().await?,
        };
        if let (true, Some(database)) = (repair, &database) {
            refuse_beside_a_run(database).await?;
        }
        let mut checker = Checker {
            project: self,
            store,
            encoder: Hdf5Thread::start()?,
            database,
            repair,
        };
        checker.rows_against_files(&mut report).await?;
        checker.files_without_rows(&mut report).await?;
        report.downloads = checker.left_downloads().await?;
        if let Some(database) = checker.database {
            super::close(database).await;
        }
        report.repaired = repair && !report.findings.is_empty();
        Ok(report)
    }
}

/// What a run has put on disk and not yet committed looks like a file that nobody wants.
async fn refuse_beside_a_run(database: &Database) -> Result<(), ProjectError> {
    let sessions = database.sessions().await?;
    let dead = session::dead(&sessions, jiff::Timestamp::now().as_second());
    match sessions.iter().find(|session| !dead.contains(&session.id)) {
        Some(running) => Err(ProjectError::Running {
            pid: running.session.pid,
        }),
        None => Ok(()),
    }
}

struct Checker<'a> {
    project: &'a Project,
    store: Store,
    encoder: Hdf5Thread,
    database: Option<Database>,
    repair: bool,
}

impl Checker<'_> {
    async fn rows_against_files(&mut self, report: &mut CheckReport) -> Result<(), ProjectError> {
        let Some(database) = self.database.clone() else {
            return Ok(());
        };
        let Some(row) = self.project.existing_row(&database).await? else {
            return Ok(());
        };
        let mut files = database.files(row.id);
        let mut broken = Vec::new();
        while let Some(file) = files.try_next().await.map_err(ProjectError::from)? {
            match self.problem_of(&file).await? {
                None => report.sound += 1,
                Some(problem) => {
                    report.findings.push(Finding {
                        file: file.file.clone(),
                        source_name: file.source_name.clone(),
                        problem,
                        remedy: match file.table {
                            FileTable::RawPhotometry => "fetched again by the next run".to_owned(),
                            FileTable::Reductions => "reduced again by the next run".to_owned(),
                            FileTable::Analyses => "analysed again by the next run".to_owned(),
                        },
                        can_be_mended: true,
                    });
                    broken.push(file);
                }
            }
        }
        // what is about to be forgotten goes out of the histograms too
        if self.repair {
            self.forget(&database, &broken).await?;
        }
        self.histograms(&database, row.id, report).await
    }

    /// The files of histograms are the sums of what the rows say.
    async fn histograms(
        &mut self,
        database: &Database,
        project: i64,
        report: &mut CheckReport,
    ) -> Result<(), ProjectError> {
        let images = self
            .project
            .histogram_images(database, project, &self.encoder);
        for (path, image) in images.await? {
            let found = self.store.get(&path).await.ok();
            if found.as_ref() == Some(&image) {
                report.sound += 1;
                continue;
            }
            let problem = match found {
                None => "the file is missing",
                Some(_) => "it is not the sum of what the rows say",
            };
            report.findings.push(Finding {
                file: path.clone(),
                source_name: String::new(),
                problem: problem.to_owned(),
                remedy: "written anew".to_owned(),
                can_be_mended: true,
            });
            if self.repair {
                self.store.put(&path, image).await?;
            }
        }
        Ok(())
    }

    /// What is wrong with the file of a row; none if it is sound.
    async fn problem_of(&self, row: &FileRow) -> Result<Option<String>, ProjectError> {
        let (Some(length), Some(checksum)) = (row.length, row.checksum.as_deref()) else {
            return Ok(Some("the row does not say how long the file is".to_owned()));
        };
        match self.store.verify(&row.file, length, checksum).await? {
            Verdict::Sound => {}
            verdict => return Ok(Some(verdict.to_string())),
        }
        let bytes = self.store.get(&row.file).await?;
        let opened = match row.table {
            FileTable::RawPhotometry => self
                .encoder
                .decode_raw(bytes)
                .await
                .map(|raw| raw.source_name),
            FileTable::Reductions | FileTable::Analyses => {
                self.encoder.decode_lightcurves(bytes).await.map(|curves| {
                    curves
                        .into_iter()
                        .next()
                        .map(|curve| curve.source_name)
                        .unwrap_or_default()
                })
            }
        };
        Ok(match opened {
            Ok(name) if name == row.source_name => None,
            Ok(name) => Some(format!("it is of source {name:?}")),
            Err(error) => Some(super::work::chain(&error)),
        })
    }

    /// Rows first: a crash in between leaves a file without a row.
    async fn forget(&self, database: &Database, broken: &[FileRow]) -> Result<(), ProjectError> {
        let ids = |table| -> Vec<i64> {
            broken
                .iter()
                .filter(|row| row.table == table)
                .map(|row| row.id)
                .collect()
        };
        database.forget_raw(&ids(FileTable::RawPhotometry)).await?;
        database
            .forget_reductions(&ids(FileTable::Reductions))
            .await?;
        database.forget_analyses(&ids(FileTable::Analyses)).await?;
        for row in broken {
            self.store.remove(&row.file).await?;
        }
        Ok(())
    }

    async fn files_without_rows(&mut self, report: &mut CheckReport) -> Result<(), ProjectError> {
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
                orphans.push(file);
            }
        }
        for file in orphans {
            if self.repair {
                self.store.remove(&file).await?;
            }
            report.findings.push(Finding {
                file,
                source_name: String::new(),
                problem: "no row speaks of this file".to_owned(),
                remedy: "removed".to_owned(),
                can_be_mended: true,
            });
        }
        Ok(())
    }

    /// Files that rows speak of: raw ones of all projects, reduced ones of this version.
    async fn known_files(&self) -> Result<HashSet<String>, ProjectError> {
        let Some(database) = &self.database else {
            return Ok(HashSet::new());
        };
        let mut known: HashSet<String> = database
            .all_raw_files()
            .map_ok(|row| row.file)
            .try_collect::<HashSet<_>>()
            .await?;
        if let Some(row) = self.project.existing_row(database).await? {
            let own: Result<Vec<String>, DatabaseError> = database
                .files(row.id)
                .map_ok(|row| row.file)
                .try_collect()
                .await;
            known.extend(own?);
        }
        Ok(known)
    }

    async fn left_downloads(&self) -> Result<LeftDownloads, ProjectError> {
        let mut left = LeftDownloads::default();
        let mut found = self.store.list(storage::DOWNLOADS);
        while let Some(file) = found.next().await {
            left.files += 1;
            left.bytes += file?.length;
        }
        Ok(left)
    }

    async fn raw_orphans(
        &self,
        observatory: &Observatory,
        known: &HashSet<String>,
        report: &mut CheckReport,
    ) -> Result<(), ProjectError> {
        let mut found = self.store.list(observatory.name());
        let mut adopted = Vec::new();
        let mut claimed: HashMap<String, String> = HashMap::new();
        while let Some(file) = found.next().await {
            let file = file?.path;
            if known.contains(&file) {
                continue;
            }
            let bytes = self.store.get(&file).await?;
            let stored = Stored::of(&file, &bytes);
            match self.encoder.decode_raw(bytes).await {
                Ok(raw) if self.is_of_another_project(observatory, &raw, &file) => {
                    report.of_other_projects += 1;
                }
                Ok(raw) => {
                    let problem = self.why_not_adoptable(observatory, &raw, &file, &claimed);
                    claimed
                        .entry(raw.source_name.clone())
                        .or_insert_with(|| file.clone());
                    report
                        .findings
                        .push(orphan(&file, &raw.source_name, problem.as_deref()));
                    if problem.is_none() {
                        adopted.push((
                            raw.source_name.clone(),
                            raw_record(observatory, &raw, &stored),
                        ));
                    }
                }
                Err(error) => {
                    if self.repair {
                        self.store.remove(&file).await?;
                    }
                    report.findings.push(Finding {
                        file,
                        source_name: String::new(),
                        problem: format!(
                            "no row speaks of this file, and it does not open: {error}"
                        ),
                        remedy: "removed".to_owned(),
                        can_be_mended: true,
                    });
                }
            }
            if adopted.len() >= ADOPTED_TOGETHER {
                self.adopt(&mut adopted).await?;
            }
        }
        self.adopt(&mut adopted).await
    }

    async fn adopt(&self, adopted: &mut Vec<(String, RawRecord)>) -> Result<(), ProjectError> {
        if let (true, Some(database)) = (self.repair, &self.database) {
            database.adopt_raw(adopted).await?;
        }
        adopted.clear();
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

fn orphan(file: &str, source_name: &str, not_adoptable: Option<&str>) -> Finding {
    let (problem, remedy) = match not_adoptable {
        None => (
            "no row speaks of this raw photometry".to_owned(),
            "taken up again".to_owned(),
        ),
        Some(why) => (
            format!("no row speaks of this raw photometry, and {why}"),
            "left alone".to_owned(),
        ),
    };
    Finding {
        file: file.to_owned(),
        source_name: source_name.to_owned(),
        problem,
        remedy,
        can_be_mended: not_adoptable.is_none(),
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
    super::work::raw_facts(record, raw, stored)
}
