//! Where the files and rows of a project are: opened to work there, or only to look.

use std::path::Path;

use super::{Project, ProjectError};
use crate::database::{Database, ProjectRow};
use crate::storage::{self, Store};

impl Project {
    pub(super) fn store(&self) -> Result<Store, ProjectError> {
        Ok(Store::open(&self.data_root, self.settings.storage)?)
    }

    /// The database to write to; made if there is none.
    pub(super) async fn database(&self) -> Result<Database, ProjectError> {
        Ok(Database::open(&self.settings.database, &self.data_root).await?)
    }

    /// There is no SQLite file in the data root, and there should be. While it is in use SQLite goes on with a
    /// file that has no name any more, and all of it is lost in the end.
    pub(super) fn database_file_is_gone(&self) -> bool {
        self.settings.database.url.is_none() && !self.data_root.join(storage::DATABASE).is_file()
    }

    /// Whether there is a data root; there is none before the first run. Makes none.
    ///
    /// # Errors
    /// What stands there can be none.
    pub(super) fn has_data_root(&self) -> Result<bool, ProjectError> {
        if !is_there(&self.data_root) {
            return Ok(false);
        }
        if !self.data_root.is_dir() {
            // told as a run tells it
            self.store()?;
        }
        Ok(true)
    }

    /// The database to look into, if there is one already. Makes none.
    ///
    /// # Errors
    /// What stands there is none, or cannot be read.
    pub(super) async fn existing_database(&self) -> Result<Option<Database>, ProjectError> {
        let parameters = &self.settings.database;
        let has_data_root = self.has_data_root()?;
        let file = self.data_root.join(storage::DATABASE);
        if parameters.url.is_none() && !(has_data_root && is_there(&file)) {
            return Ok(None);
        }
        let database = Database::open_to_read(parameters, &self.data_root).await?;
        Ok(Some(database))
    }

    pub(super) async fn existing_row(
        &self,
        database: &Database,
    ) -> Result<Option<ProjectRow>, ProjectError> {
        Ok(database
            .find_project(&self.settings.name, &self.version.cfg_hash)
            .await?)
    }
}

/// Also of what cannot be looked at: whoever opens it tells why.
fn is_there(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}
