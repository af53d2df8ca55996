//! Which files the rows speak of, for whoever compares them with what is on disk.

use std::collections::HashMap;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sea_orm::{
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

use super::entity::{analysis_file, raw_photometry, reduction};
use super::insert::LIST;
use super::list::places;
use super::walk::Page;
use super::{Database, DatabaseError, RowFilter};
use crate::photometry::Kind;

/// Rows of one page of all raw files.
const PAGE: u64 = 1_000;

/// A row that has a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    pub table: FileTable,
    pub id: i64,
    pub source_name: String,
    pub observatory: String,
    /// Relative to the data root.
    pub file: String,
    /// Group in the file, of raw photometry.
    pub key: Option<String>,
    /// Bytes.
    pub length: Option<u64>,
    /// SHA-256, 64 hex digits.
    pub checksum: Option<String>,
}

/// Where a file is spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileTable {
    RawPhotometry,
    Reductions,
    /// Processed or simulated lightcurves. A source may have several; the id is that of the *source*, whose analysis
    /// makes them all anew.
    Analyses,
}

/// Id, name, observatory, file, key, length, checksum.
type RawTuple = (
    i64,
    String,
    String,
    String,
    Option<String>,
    Option<i64>,
    Option<String>,
);
/// Id, source id, observatory, file, length, checksum.
type ReductionTuple = (i64, i64, String, String, Option<i64>, Option<String>);
/// File, checksum.
type ChecksumTuple = (String, Option<String>);

impl Database {
    /// The files of a project, raw ones included, as a stream that holds a page at a time.
    pub fn files(&self, project_id: i64) -> BoxStream<'static, Result<FileRow, DatabaseError>> {
        let pages = self.walk(project_id, None);
        self.rows_of_pages(pages, |database, page| async move {
            let mut files = database.raw_files_of(&page).await?;
            files.extend(database.reduced_files_of(&page).await?);
            files.extend(database.analysis_files_of(&page, None).await?);
            Ok(files)
        })
    }

    /// The files with lightcurves of this kind, in the order of the catalog, those of a source by the name of the
    /// observatory. Of the filter, names and observatory count.
    pub fn lightcurve_files(
        &self,
        project_id: i64,
        kind: Kind,
        filter: &RowFilter,
    ) -> BoxStream<'static, Result<FileRow, DatabaseError>> {
        let pages = self.walk(project_id, filter.source_names.as_deref());
        let observatory = filter.observatory.clone();
        self.rows_of_pages(pages, move |database, page| {
            let observatory = observatory.clone();
            async move {
                let mut files = match kind {
                    Kind::Reduced => database.reduced_files_of(&page).await?,
                    kind => database.analysis_files_of(&page, Some(kind)).await?,
                };
                files.retain(|file| {
                    observatory
                        .as_ref()
                        .is_none_or(|wanted| *wanted == file.observatory)
                });
                let places = places(page.names.iter().map(String::as_str));
                files.sort_by(|a, b| {
                    let place = |file: &FileRow| places.get(file.source_name.as_str()).copied();
                    place(a)
                        .cmp(&place(b))
                        .then_with(|| a.observatory.cmp(&b.observatory))
                });
                Ok(files)
            }
        })
    }

    /// The raw files of all projects, as a stream that holds a page at a time.
    pub fn all_raw_files(&self) -> BoxStream<'static, Result<FileRow, DatabaseError>> {
        let database = self.clone();
        stream::try_unfold(0, move |after| {
            let database = database.clone();
            async move {
                let query = raw_query()
                    .filter(raw_photometry::Column::Id.gt(after))
                    .order_by_asc(raw_photometry::Column::Id)
                    .limit(PAGE);
                let page = database.raw_files(query).await?;
                let last = page.last().map(|file| file.id);
                Ok::<_, DatabaseError>(last.map(|last| (page, last)))
            }
        })
        .map_ok(|page| stream::iter(page.into_iter().map(Ok)))
        .try_flatten()
        .boxed()
    }

    /// The checksums that the rows of this moment have for these files. A file that no row speaks of is not in it.
    pub async fn checksums_of(
        &self,
        files: &[&str],
    ) -> Result<HashMap<String, Option<String>>, DatabaseError> {
        let mut known = HashMap::new();
        for files in files.chunks(LIST) {
            let rows: Vec<ChecksumTuple> = self
                .retry("looking for files", || async {
                    let connection = &self.connection;
                    let mut rows = {
                        use raw_photometry::{Column, Entity};
                        checksums_in::<Entity>(connection, files, Column::File, Column::Checksum)
                            .await?
                    };
                    rows.extend({
                        use reduction::{Column, Entity};
                        checksums_in::<Entity>(connection, files, Column::File, Column::Checksum)
                            .await?
                    });
                    rows.extend({
                        use analysis_file::{Column, Entity};
                        checksums_in::<Entity>(connection, files, Column::File, Column::Checksum)
                            .await?
                    });
                    Ok(rows)
                })
                .await?;
            known.extend(rows);
        }
        Ok(known)
    }

    async fn raw_files_of(&self, page: &Page) -> Result<Vec<FileRow>, DatabaseError> {
        use raw_photometry::Column;
        let query = raw_query()
            .filter(Column::SourceName.is_in(&page.names))
            .order_by_asc(Column::Id);
        self.raw_files(query).await
    }

    async fn raw_files(
        &self,
        query: Select<raw_photometry::Entity>,
    ) -> Result<Vec<FileRow>, DatabaseError> {
        let rows: Vec<RawTuple> = self
            .retry("listing raw files", || {
                query.clone().into_tuple().all(&self.connection)
            })
            .await?;
        let file =
            |(id, source_name, observatory, file, key, length, checksum): RawTuple| FileRow {
                table: FileTable::RawPhotometry,
                id,
                source_name,
                observatory,
                file,
                key,
                length: length.and_then(|length| u64::try_from(length).ok()),
                checksum,
            };
        Ok(rows.into_iter().map(file).collect())
    }

    async fn reduced_files_of(&self, page: &Page) -> Result<Vec<FileRow>, DatabaseError> {
        use reduction::Column;
        let columns = [
            Column::Id,
            Column::SourceId,
            Column::Observatory,
            Column::File,
            Column::Length,
            Column::Checksum,
        ];
        let rows: Vec<ReductionTuple> = self
            .retry("listing reduced files", || {
                reduction::Entity::find()
                    .select_only()
                    .columns(columns)
                    .filter(Column::SourceId.is_in(page.ids.iter().copied()))
                    .filter(Column::File.is_not_null())
                    .order_by_asc(Column::Id)
                    .into_tuple()
                    .all(&self.connection)
            })
            .await?;
        let file = |(id, source_id, observatory, file, length, checksum): ReductionTuple| FileRow {
            table: FileTable::Reductions,
            id,
            source_name: page.name_of(source_id),
            observatory,
            file,
            key: None,
            length: length.and_then(|length| u64::try_from(length).ok()),
            checksum,
        };
        Ok(rows.into_iter().map(file).collect())
    }

    async fn analysis_files_of(
        &self,
        page: &Page,
        kind: Option<Kind>,
    ) -> Result<Vec<FileRow>, DatabaseError> {
        use analysis_file::{Column, Entity};
        let mut query = Entity::find()
            .filter(Column::SourceId.is_in(page.ids.iter().copied()))
            .order_by_asc(Column::Id);
        if let Some(kind) = kind {
            query = query.filter(Column::Kind.eq(kind.as_str()));
        }
        let rows = self
            .retry("listing files of analyses", || {
                query.clone().all(&self.connection)
            })
            .await?;
        let file = |row: analysis_file::Model| FileRow {
            table: FileTable::Analyses,
            id: row.source_id,
            source_name: page.name_of(row.source_id),
            observatory: row.observatory,
            file: row.file,
            key: None,
            length: u64::try_from(row.length).ok(),
            checksum: Some(row.checksum),
        };
        Ok(rows.into_iter().map(file).collect())
    }
}

fn raw_query() -> Select<raw_photometry::Entity> {
    use raw_photometry::Column;
    raw_photometry::Entity::find()
        .select_only()
        .columns([
            Column::Id,
            Column::SourceName,
            Column::Observatory,
            Column::File,
            Column::Key,
            Column::Length,
            Column::Checksum,
        ])
        .filter(Column::File.is_not_null())
}

/// The files of these that the rows of one table speak of, with their checksums.
async fn checksums_in<E: EntityTrait>(
    connection: &DatabaseConnection,
    files: &[&str],
    file: E::Column,
    checksum: E::Column,
) -> Result<Vec<ChecksumTuple>, DbErr> {
    E::find()
        .select_only()
        .columns([file, checksum])
        .filter(file.is_in(files.iter().copied()))
        .into_tuple()
        .all(connection)
        .await
}
