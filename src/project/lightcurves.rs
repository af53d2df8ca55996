//! The lightcurves that a project keeps, out of their files.

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::workshop::load;
use super::{Project, ProjectError};
use crate::database::{Database, FileRow, RowFilter};
use crate::photometry::{Kind, Lightcurve};
use crate::storage::{Hdf5Thread, Store};

/// Files that are read while another one is worked on.
const AHEAD: usize = 4;

impl Project {
    /// All lightcurves of a kind: one item for each source and observatory that has any, in the order of the catalog,
    /// each in the order of its numbers. Holds some files at a time, however many there are.
    ///
    /// # Errors
    /// A database that cannot be asked; as an item, a file that is missing, damaged, or not what its row says.
    pub async fn lightcurves(
        &self,
        kind: Kind,
    ) -> Result<BoxStream<'static, Result<Vec<Lightcurve>, ProjectError>>, ProjectError> {
        self.lightcurves_in(kind, RowFilter::default()).await
    }

    /// The lightcurves of one source, by the name of the observatory and their numbers; simulated ones by the number of
    /// the simulated event. None if the project has none of it.
    ///
    /// # Errors
    /// As [`Project::lightcurves`].
    pub async fn lightcurves_of(
        &self,
        source_name: &str,
        kind: Kind,
    ) -> Result<Vec<Lightcurve>, ProjectError> {
        let filter = RowFilter {
            source_names: Some(vec![source_name.to_owned()]),
            ..RowFilter::default()
        };
        let files = self.lightcurves_in(kind, filter).await?;
        files.try_concat().await
    }

    /// The same of some sources.
    pub(super) async fn lightcurves_in(
        &self,
        kind: Kind,
        filter: RowFilter,
    ) -> Result<BoxStream<'static, Result<Vec<Lightcurve>, ProjectError>>, ProjectError> {
        let Some(database) = self.existing_database().await? else {
            return Ok(stream::empty().boxed());
        };
        let Some(row) = self.existing_row(&database).await? else {
            super::close(database).await;
            return Ok(stream::empty().boxed());
        };
        let read = self.files()?.lightcurves(&database, row.id, kind, &filter);
        Ok(read.chain(closing(database)).boxed())
    }

    /// What reads the files of lightcurves.
    pub(super) fn files(&self) -> Result<Files, ProjectError> {
        Ok(Files {
            store: self.store()?,
            decoder: Hdf5Thread::start()?,
        })
    }
}

/// Where the files are, and who decodes them.
pub(super) struct Files {
    store: Store,
    decoder: Hdf5Thread,
}

impl Files {
    /// The lightcurves of the sources that the filter names, as [`Project::lightcurves`] has them.
    pub(super) fn lightcurves(
        &self,
        database: &Database,
        project_id: i64,
        kind: Kind,
        filter: &RowFilter,
    ) -> BoxStream<'static, Result<Vec<Lightcurve>, ProjectError>> {
        let (store, decoder) = (self.store.clone(), self.decoder.clone());
        let files = database.lightcurve_files(project_id, kind, filter);
        let read = files.map(move |file| {
            let (store, decoder) = (store.clone(), decoder.clone());
            async move { read(&store, &decoder, file?).await }
        });
        read.buffered(AHEAD).boxed()
    }
}

/// Lets go of the database when all rows have been read.
pub(super) fn closing<T: Send + 'static>(database: Database) -> BoxStream<'static, T> {
    stream::once(super::close(database))
        .filter_map(|()| futures::future::ready(None))
        .boxed()
}

async fn read(
    store: &Store,
    decoder: &Hdf5Thread,
    row: FileRow,
) -> Result<Vec<Lightcurve>, ProjectError> {
    let checksum = row.checksum.unwrap_or_default();
    let lightcurves = async {
        let image = load(store, &row.file, &checksum).await?;
        decoder.decode_lightcurves(image).await
    };
    let lightcurves = lightcurves.await;
    Ok(lightcurves.map_err(|error| error.within(&row.file))?)
}
