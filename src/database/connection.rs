//! Open a database, bring its tables up to date, begin a transaction.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    AccessMode, ConnectOptions, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, SqliteTransactionMode, SqlxPostgresConnector, SqlxSqliteConnector,
    TransactionOptions, TransactionTrait,
};

use super::migration;
use super::parameters::redact_url;
use super::reading::{self, Access};
use super::retry::retry_within;
use super::{DatabaseError, DatabaseParameters};

/// How long one attempt may take to get a connection, and to get SQLite's write lock.
const ATTEMPT: Duration = Duration::from_secs(5);
/// An address that never answers is more often misspelt than restarting: do not wait a whole window for the first time.
const LONGEST_FIRST_WAIT: Duration = Duration::from_secs(10);
/// Prepared statements kept per connection; multi-row ones are large, so few.
const STATEMENTS: usize = 24;
/// Rows that SQLite's thread may be ahead of who reads them: with the usual 50 the two spend their time waking
/// each other.
const ROWS_ON_THE_WAY: usize = 1_024;
/// Pages that a connection of SQLite keeps, in its notation for 4 MiB: about what the rows of 1 000 demo sources take.
/// With 16 MiB a process with one connection grew by 17 MB while its database grew from 4 to 18 MB; with several, what
/// one of them writes empties the others' caches, so that a large one serves little. Pages that are not in it are still
/// in the memory of the system.
const CACHE: &str = "-4096";

/// A database with up-to-date tables. Cheap to clone; clones share the connections.
#[derive(Clone, Debug)]
pub struct Database {
    pub(super) connection: DatabaseConnection,
    place: Arc<str>,
    retry_window: Duration,
}

impl Database {
    /// Opens the database that the parameters name, `retriever.db` in the data root by default, and makes or
    /// updates its tables. Several processes may do so at once.
    ///
    /// # Errors
    /// Not reachable, not a database, made by a newer program, not writable, user refused.
    pub async fn open(
        parameters: &DatabaseParameters,
        data_root: &Path,
    ) -> Result<Database, DatabaseError> {
        let address = Address::of(parameters, data_root)?;
        let database = Database::connect(&address, parameters).await?;
        migration::bring_up_to_date(&database).await?;
        Ok(database)
    }

    /// Opens the database to look into it: as [`open`](Database::open) where this process may write. A file of SQLite
    /// where it may not is read as it stands, and nothing is made or changed there.
    ///
    /// # Errors
    /// As there; a file that cannot be read, or that an older program has made, where nothing can be written.
    pub async fn open_to_read(
        parameters: &DatabaseParameters,
        data_root: &Path,
    ) -> Result<Database, DatabaseError> {
        let address = Address::of(parameters, data_root)?;
        match address.access() {
            Access::Write => Database::open(parameters, data_root).await,
            access => Database::only_to_read(address.opened_to(access), parameters).await,
        }
    }

    async fn only_to_read(
        address: Address,
        parameters: &DatabaseParameters,
    ) -> Result<Database, DatabaseError> {
        let opened = async {
            let database = Database::connect(&address, parameters).await?;
            migration::expect_up_to_date(&database).await?;
            Ok::<_, DatabaseError>(database)
        };
        opened.await.map_err(DatabaseError::of_reading)
    }

    async fn connect(
        address: &Address,
        parameters: &DatabaseParameters,
    ) -> Result<Database, DatabaseError> {
        let place = address.place();
        let window = Duration::try_from_secs_f64(parameters.retry_window).unwrap_or_default();
        let first_window = window.min(LONGEST_FIRST_WAIT);
        let attempt = ATTEMPT.min(first_window).max(Duration::from_millis(200));
        let connection = retry_within(first_window, &place, "opening it", || {
            address.connect(parameters.max_connections, attempt)
        })
        .await?;
        Ok(Database {
            connection,
            place: place.into(),
            retry_window: window,
        })
    }

    /// Where it is, fit for messages: a path, or a URL without its password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Closes all connections; work in flight on clones ends first.
    pub async fn close(self) -> Result<(), DatabaseError> {
        let place = self.place.clone();
        let closed = self.connection.close().await;
        closed.map_err(|cause| DatabaseError::new(&cause, &place, "closing it", 0.0))
    }

    pub(super) fn retry_window(&self) -> Duration {
        self.retry_window
    }

    pub(super) fn backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    /// A transaction that will write. SQLite takes the write lock here: one that reads first and writes later can
    /// find that another has written in between, and can then only fail.
    pub(super) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.connection
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: match self.backend() {
                    DbBackend::Sqlite => Some(SqliteTransactionMode::Immediate),
                    _ => None,
                },
                ..TransactionOptions::default()
            })
            .await
    }

    /// A transaction that reads only: all that it sees is of one moment.
    pub(super) async fn begin_reading(&self) -> Result<DatabaseTransaction, DbErr> {
        // SQLite knows no other way
        let is_postgres = self.backend() == DbBackend::Postgres;
        self.connection
            .begin_with_options(TransactionOptions {
                isolation_level: is_postgres.then_some(IsolationLevel::RepeatableRead),
                access_mode: is_postgres.then_some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            })
            .await
    }
}

/// Commits after success, rolls back after failure.
pub(super) async fn finish<T>(
    transaction: DatabaseTransaction,
    outcome: Result<T, DbErr>,
) -> Result<T, DbErr> {
    match outcome {
        Ok(value) => transaction.commit().await.map(|()| value),
        Err(cause) => {
            // the first error is the one to tell; a broken connection cannot roll back and need not
            if let Err(rollback) = transaction.rollback().await {
                tracing::debug!(%rollback, "roll-back failed");
            }
            Err(cause)
        }
    }
}

/// A database of one of the two kinds.
enum Address {
    Sqlite(Box<SqliteConnectOptions>, Access),
    Postgres(String),
}

/// Whether there can be a database at the address of the section, as far as that is seen without opening it.
pub(crate) fn check_address(parameters: &DatabaseParameters) -> Result<(), DatabaseError> {
    Address::of(parameters, Path::new("")).map(drop)
}

impl Address {
    fn of(parameters: &DatabaseParameters, data_root: &Path) -> Result<Address, DatabaseError> {
        let Some(url) = &parameters.url else {
            let path = data_root.join("retriever.db");
            let options = SqliteConnectOptions::new().filename(path);
            return Ok(Address::Sqlite(Box::new(options), Access::Write));
        };
        let refused = |words: String| DatabaseError::Url {
            url: redact_url(url),
            words,
        };
        match url.split(':').next().unwrap_or_default() {
            "sqlite" => match url.parse::<SqliteConnectOptions>() {
                Ok(_) if url.contains(":memory:") || url.contains("mode=memory") => Err(refused(
                    "it would be forgotten at the end, use a file".to_owned(),
                )),
                Ok(options) => Ok(Address::Sqlite(Box::new(options), Access::Write)),
                Err(cause) => Err(refused(cause.to_string())),
            },
            "postgres" | "postgresql" => match url::Url::parse(url) {
                Ok(_) => Ok(Address::Postgres(url.clone())),
                // without the cause's words: they could hold a piece of the password
                Err(_) => Err(refused("it cannot be read as a URL".to_owned())),
            },
            _ => Err(refused(
                "it begins neither with postgres: nor with sqlite:".to_owned(),
            )),
        }
    }

    /// What this process may do there; a server decides that for each statement.
    fn access(&self) -> Access {
        match self {
            Address::Sqlite(options, _) => reading::access(options.get_filename()),
            Address::Postgres(_) => Access::Write,
        }
    }

    fn opened_to(self, access: Access) -> Address {
        match self {
            Address::Sqlite(options, _) => Address::Sqlite(options, access),
            server => server,
        }
    }

    /// Fit for messages.
    fn place(&self) -> String {
        match self {
            Address::Sqlite(options, _) => format!("{:?}", options.get_filename()),
            Address::Postgres(url) => redact_url(url),
        }
    }

    async fn connect(
        &self,
        max_connections: u32,
        attempt: Duration,
    ) -> Result<DatabaseConnection, DbErr> {
        let url = match self {
            Address::Sqlite(..) => "sqlite::memory:", // not used: the options below take its place
            Address::Postgres(url) => url,
        };
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(max_connections.max(1))
            .acquire_timeout(attempt)
            .connect_timeout(attempt)
            .sqlx_logging(false);
        match self {
            Address::Sqlite(address, access) => {
                let address = SqliteConnectOptions::clone(address);
                let address = sqlite_options(address, *access, attempt);
                options
                    .test_before_acquire(false)
                    .map_sqlx_sqlite_opts(move |_| address.clone());
                SqlxSqliteConnector::connect(options).await
            }
            Address::Postgres(_) => {
                options.map_sqlx_postgres_opts(|options| {
                    options
                        .application_name("retriever")
                        .statement_cache_capacity(STATEMENTS)
                });
                SqlxPostgresConnector::connect(options).await
            }
        }
    }
}

/// WAL lets readers read while one writes. NORMAL: a power cut may take back the last commits, never break the file.
fn sqlite_options(
    address: SqliteConnectOptions,
    access: Access,
    attempt: Duration,
) -> SqliteConnectOptions {
    use sea_orm::sqlx::ConnectOptions as _;
    let address = match access {
        Access::Write => address
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal),
        Access::Read => address.create_if_missing(false).read_only(true),
        Access::ReadAlone => address
            .create_if_missing(false)
            .read_only(true)
            .immutable(true),
    };
    address
        .foreign_keys(true)
        .busy_timeout(attempt)
        .statement_cache_capacity(STATEMENTS)
        .row_buffer_size(ROWS_ON_THE_WAY)
        .pragma("cache_size", CACHE)
        .disable_statement_logging()
}

#[cfg(test)]
mod tests {
    use sea_orm::ConnectionTrait;

    use super::*;
    use crate::database::{DatabaseErrorClass, Session};

    /// The database of a folder as who may write nothing there opens it.
    async fn read_alone(folder: &Path) -> Result<Database, DatabaseError> {
        let parameters = DatabaseParameters::default();
        let address = Address::of(&parameters, folder).unwrap();
        Database::only_to_read(address.opened_to(Access::ReadAlone), &parameters).await
    }

    async fn written(folder: &Path) -> Database {
        let parameters = DatabaseParameters::default();
        Database::open(&parameters, folder).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_only_read_gives_its_rows_takes_none_and_has_nothing_made_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = written(folder.path()).await;
        let project = database.open_project("TEST", "", "{}").await.unwrap();
        database.close().await.unwrap();
        let database = read_alone(folder.path()).await.unwrap();
        let found = database.find_project("TEST", "").await.unwrap();
        assert_eq!(found, Some(project));
        let session = Session {
            host: "here".to_owned(),
            pid: 1,
            process_start: String::new(),
        };
        let error = database.begin_session(&session).await.unwrap_err();
        assert_eq!(error.class(), DatabaseErrorClass::ReadOnly, "{error}");
        database.close().await.unwrap();
        let files = std::fs::read_dir(folder.path()).unwrap();
        assert_eq!(files.count(), 1);
    }

    #[tokio::test]
    async fn tables_of_an_older_program_are_told_of_and_stay_where_nothing_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let database = written(folder.path()).await;
        let older = "DELETE FROM seaql_migrations WHERE version LIKE '0003%'";
        let connection = &database.connection;
        connection.execute_unprepared(older).await.unwrap();
        database.close().await.unwrap();
        let error = read_alone(folder.path()).await.unwrap_err();
        assert_eq!(error.class(), DatabaseErrorClass::Schema, "{error}");
        assert!(error.to_string().contains("older version"), "{error}");
        assert!(error.to_string().contains("0003"), "{error}");
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_not_said_to_be_unwritable_only() {
        let folder = tempfile::tempdir().unwrap();
        let error = read_alone(folder.path()).await.unwrap_err();
        assert!(matches!(error, DatabaseError::Unreadable { .. }), "{error}");
        assert_eq!(error.class(), DatabaseErrorClass::ReadOnly);
    }
}
