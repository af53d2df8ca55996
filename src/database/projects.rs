//! A project and version, by name and hash.

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::entity::project;
use super::{Database, DatabaseError};

/// A project, or one version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRow {
    pub id: i64,
    pub name: String,
    /// Empty without version control.
    pub cfg_hash: String,
    /// The configuration it was last run with.
    pub config: String,
    /// When it was first opened (ISO 8601, UTC).
    pub created_at: String,
}

impl Database {
    /// The project of this name and hash; made, with this configuration, if there is none.
    ///
    /// The configuration of one that exists stays as it was: compare it, and call
    /// [`set_project_config`](Database::set_project_config) when the run with the new one begins.
    pub async fn open_project(
        &self,
        name: &str,
        cfg_hash: &str,
        config: &str,
    ) -> Result<ProjectRow, DatabaseError> {
        if let Some(row) = self.find_project(name, cfg_hash).await? {
            return Ok(row);
        }
        let created_at = jiff::Timestamp::now().to_string();
        self.retry("opening a project", || async {
            let row = project::ActiveModel {
                id: NotSet,
                name: Set(name.to_owned()),
                cfg_hash: Set(cfg_hash.to_owned()),
                config: Set(config.to_owned()),
                created_at: Set(created_at.clone()),
            };
            let key = [project::Column::Name, project::Column::CfgHash];
            project::Entity::insert_many([row])
                .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
                .exec_without_returning(&self.connection)
                .await?;
            let row = self.select_project(name, cfg_hash).await?;
            row.ok_or_else(|| DbErr::RecordNotFound(format!("project {name:?}")))
        })
        .await
    }

    /// The project of this name and hash, if it was ever opened. Writes nothing.
    pub async fn find_project(
        &self,
        name: &str,
        cfg_hash: &str,
    ) -> Result<Option<ProjectRow>, DatabaseError> {
        self.retry("looking for a project", || {
            self.select_project(name, cfg_hash)
        })
        .await
    }

    /// Stores the configuration that the project is now run with.
    pub async fn set_project_config(
        &self,
        project_id: i64,
        config: &str,
    ) -> Result<(), DatabaseError> {
        self.retry("storing a configuration", || async {
            project::Entity::update_many()
                .col_expr(project::Column::Config, config.into())
                .filter(project::Column::Id.eq(project_id))
                .exec(&self.connection)
                .await
        })
        .await
        .map(|_| ())
    }

    async fn select_project(
        &self,
        name: &str,
        cfg_hash: &str,
    ) -> Result<Option<ProjectRow>, DbErr> {
        let row = project::Entity::find()
            .filter(project::Column::Name.eq(name))
            .filter(project::Column::CfgHash.eq(cfg_hash))
            .one(&self.connection)
            .await?;
        Ok(row.map(|row| ProjectRow {
            id: row.id,
            name: row.name,
            cfg_hash: row.cfg_hash,
            config: row.config,
            created_at: row.created_at,
        }))
    }
}
