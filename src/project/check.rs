//! Rows against files: is everything there that the database speaks of, and nothing else?

mod orphans; // files that no row speaks of
mod repairing; // one repair, and no run beside it
mod report; // what is said in the end

use std::collections::HashSet;

use futures::{StreamExt, TryStreamExt};

use super::{Project, ProjectError, session};
use crate::database::{Database, DatabaseError, FileRow, FileTable};
use crate::storage::{self, Hdf5Thread, StorageClass, Store, Verdict};

pub use report::{CheckReport, Finding, LeftDownloads};

use repairing::Repairing;

/// Files that are removed after one more look at the rows.
const REMOVED_TOGETHER: usize = 200;

impl Project {
    /// Compares the rows of the project with its files: length, checksum, whether they open; and looks for
    /// files that no row speaks of.
    ///
    /// With `repair`, rows whose file is lost or damaged are forgotten, so that the next run does them again;
    /// raw files without a row are taken up again (also after the database was lost); other files without
    /// a row are removed. No run begins meanwhile. Without it a run may be at work: what that may be writing is not
    /// judged ([`CheckReport::running`]).
    ///
    /// # Errors
    /// A database that cannot be asked or lacks a table; with `repair`, one in which somebody is at work.
    pub async fn check(&self, repair: bool) -> Result<CheckReport, ProjectError> {
        if !self.has_data_root()? {
            // a project that never ran: looking at it makes nothing
            return Ok(CheckReport::default());
        }
        let store = self.store()?;
        let hdf5 = Hdf5Thread::start()?;
        let database = match repair {
            true => Some(self.database().await?),
            false => self.existing_database().await?,
        };
        let mut repairing = None;
        if let Some(database) = &database {
            database.expect_all_tables().await?;
            if repair {
                repairing = Some(Repairing::begin(database).await?);
            }
        }
        let checker = Checker {
            project: self,
            store,
            hdf5,
            database,
            repairing,
        };
        let checked = checker.go().await;
        if let Some(repairing) = checker.repairing {
            repairing.end().await;
        }
        if let Some(database) = checker.database {
            super::close(database).await;
        }
        checked
    }
}

struct Checker<'a> {
    project: &'a Project,
    store: Store,
    hdf5: Hdf5Thread,
    database: Option<Database>,
    /// None if it only looks.
    repairing: Option<Repairing>,
}

impl Checker<'_> {
    async fn go(&self) -> Result<CheckReport, ProjectError> {
        let mut report = CheckReport::default();
        self.look_for_runs(&mut report).await?;
        self.rows_against_files(&mut report).await?;
        self.files_without_rows(&mut report).await?;
        report.downloads = self.left_downloads().await?;
        report.repaired = self.repairing.is_some() && !report.findings.is_empty();
        Ok(report)
    }

    /// Takes note of a run that is at work now. Beside a repair there is none.
    async fn look_for_runs(&self, report: &mut CheckReport) -> Result<(), ProjectError> {
        if let (Some(database), None, None) = (&self.database, &self.repairing, report.running) {
            let living = session::living(database).await?;
            report.running = living.first().map(|session| session.session.pid);
        }
        Ok(())
    }

    async fn rows_against_files(&self, report: &mut CheckReport) -> Result<(), ProjectError> {
        let Some(database) = &self.database else {
            return Ok(());
        };
        let Some(row) = self.project.existing_row(database).await? else {
            return Ok(());
        };
        let mut files = database.files(row.id);
        let mut broken = Vec::new();
        while let Some(file) = files.try_next().await? {
            match self.problem_of(&file).await? {
                None => report.sound += 1,
                Some(problem) => broken.push((file, problem)),
            }
        }
        // a run may have replaced the file, and the row, since the row was read
        let names: Vec<&str> = broken.iter().map(|(row, _)| row.file.as_str()).collect();
        let now = database.checksums_of(&names).await?;
        broken.retain(|(row, _)| now.get(&row.file) == Some(&row.checksum));
        // what is about to be forgotten goes out of the histograms too
        self.forget(&broken).await?;
        for (row, problem) in broken {
            let remedy = match row.table {
                FileTable::RawPhotometry => "fetched again by the next run",
                FileTable::Reductions => "reduced again by the next run",
                FileTable::Analyses => "analysed again by the next run",
            };
            let finding = Finding::mendable(&row.file, &row.source_name, problem, remedy);
            report.findings.push(finding);
        }
        self.histograms(database, row.id, report).await
    }

    /// The files of histograms are the sums of what the rows say, but for those that a run has yet to write.
    async fn histograms(
        &self,
        database: &Database,
        project: i64,
        report: &mut CheckReport,
    ) -> Result<(), ProjectError> {
        let images = self.project.histogram_images(database, project, &self.hdf5);
        for (path, image) in images.await? {
            let found = self.store.get(&path).await.ok();
            if found.as_ref() == Some(&image) {
                report.sound += 1;
                continue;
            }
            self.look_for_runs(report).await?;
            if report.running.is_some() {
                report.not_judged += 1;
                continue;
            }
            let problem = match found {
                None => "the file is missing",
                Some(_) => "it is not the sum of what the rows say",
            };
            let finding = Finding::mendable(&path, "", problem.to_owned(), "written anew");
            report.findings.push(finding);
            if self.repairing.is_some() {
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
        let bytes = match self.store.get(&row.file).await {
            // removed between the two questions
            Err(error) if error.class() == StorageClass::Missing => {
                return Ok(Some(Verdict::Missing.to_string()));
            }
            bytes => bytes?,
        };
        let opened = match row.table {
            FileTable::RawPhotometry => {
                self.hdf5.decode_raw(bytes).await.map(|raw| raw.source_name)
            }
            FileTable::Reductions | FileTable::Analyses => {
                self.hdf5.decode_lightcurves(bytes).await.map(|curves| {
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
    async fn forget(&self, broken: &[(FileRow, String)]) -> Result<(), ProjectError> {
        let (Some(database), Some(repairing)) = (&self.database, &self.repairing) else {
            return Ok(());
        };
        repairing.goes_on().await?;
        let ids = |table| -> Vec<i64> {
            broken
                .iter()
                .filter(|(row, _)| row.table == table)
                .map(|(row, _)| row.id)
                .collect()
        };
        database.forget_raw(&ids(FileTable::RawPhotometry)).await?;
        database
            .forget_reductions(&ids(FileTable::Reductions))
            .await?;
        database.forget_analyses(&ids(FileTable::Analyses)).await?;
        for some in broken.chunks(REMOVED_TOGETHER) {
            repairing.goes_on().await?;
            let files: Vec<&str> = some.iter().map(|(row, _)| row.file.as_str()).collect();
            let spoken_of = database.checksums_of(&files).await?;
            for file in files {
                if !spoken_of.contains_key(file) {
                    self.store.remove(file).await?;
                }
            }
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
}
