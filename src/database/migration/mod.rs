//! How the tables came to be: each change of the schema is a file, applied once, in order, when a database is opened.

mod analysis_tables;
mod definition;
mod extra_properties;
mod first_tables;
mod searched_time;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
};
use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager, seaql_migrations};

use super::connection::finish;
use super::{Database, DatabaseError};

/// Any number that no other program is likely to lock; the letters of the program's name.
const ADVISORY_LOCK: i64 = 0x7265_7472_6965_7665;

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(first_tables::FirstTables),
            Box::new(analysis_tables::AnalysisTables),
            Box::new(extra_properties::ExtraProperties),
            Box::new(searched_time::SearchedTime),
        ]
    }
}

/// Applies what is missing. A database that has all of it is only read, so that a reader needs no right to write.
pub(super) async fn bring_up_to_date(database: &Database) -> Result<(), DatabaseError> {
    if missing_versions(database).await?.is_empty() {
        return Ok(());
    }
    database
        .retry("making its tables", || async {
            let transaction = database.begin().await?;
            let outcome = migrate(&transaction).await;
            finish(transaction, outcome).await
        })
        .await
}

/// Refuses a database that lacks something and can only be read.
pub(super) async fn expect_up_to_date(database: &Database) -> Result<(), DatabaseError> {
    match missing_versions(database).await?.into_iter().next() {
        None => Ok(()),
        Some(version) => Err(DatabaseError::Older {
            place: database.place().to_owned(),
            version,
        }),
    }
}

/// What is to be applied yet, in order. An error if a newer program has made the database.
async fn missing_versions(database: &Database) -> Result<Vec<String>, DatabaseError> {
    let applied = database
        .retry("reading its version", || {
            applied_versions(&database.connection)
        })
        .await?;
    let mut known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    if let Some(version) = applied.iter().find(|version| !known.contains(version)) {
        return Err(DatabaseError::Newer {
            place: database.place().to_owned(),
            version: version.clone(),
        });
    }
    known.retain(|version| !applied.contains(version));
    Ok(known)
}

/// All or nothing, one process at a time: SQLite has its write lock by now, PostgreSQL waits for an advisory one.
async fn migrate(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        let lock = format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})");
        transaction.execute_unprepared(&lock).await?;
    }
    Migrator::up(transaction, None).await
}

/// What was applied to it; nothing to a database that is empty.
async fn applied_versions(connection: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let manager = SchemaManager::new(connection);
    if !manager
        .has_table(Migrator::migration_table_name().to_string())
        .await?
    {
        return Ok(Vec::new());
    }
    let rows = seaql_migrations::Entity::find().all(connection).await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}
